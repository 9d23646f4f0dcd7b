"""Identity numbers, legal bases and reasons for looking. No database here."""

import re
from enum import StrEnum

from app.core.errors import refused_at
from app.core.messages import message
from app.core.text import clean

_IDENTITY = re.compile(r"\d{12}", re.ASCII)
IDENTITY_SEALED_AS = "person:{person_id}:identity"
IDENTITY_PURPOSE = "identity"
_SEPARATORS = str.maketrans("", "", " .-")
SHORTEST_REASON = 5
LONGEST_REASON = 200
MOST_RETENTION_MONTHS = 600
LONGEST_NOTICE = 2000


class LegalBasis(StrEnum):
    """Why a person's data may be kept (Law 91/2025/QH15)."""

    CONSENT = "consent"
    ARTICLE_19 = "article_19"
    INTERNAL_REGULATION = "internal_regulation"


def cleaned_identity(text: str) -> str:
    """Return an identity number (CCCD) as its twelve digits; refuse anything else."""
    digits = clean(text).translate(_SEPARATORS)
    if not _IDENTITY.fullmatch(digits):
        # The number itself is not repeated: messages are shown, kept and logged.
        raise refused_at("identity", message("Số căn cước phải có đúng 12 chữ số."))
    return digits


def cleaned_reason(text: str) -> str:
    """Return the reason for looking at sensitive data; refuse one that says nothing."""
    reason = clean(text)
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise refused_at(
            "reason",
            message(
                "Ghi lý do từ %(least)s đến %(most)s ký tự; lý do được lưu trong nhật ký.",
                least=SHORTEST_REASON,
                most=LONGEST_REASON,
            ),
        )
    return reason


def masked_identity(identity: str) -> str:
    """Return an identity number of which the last three digits show."""
    return "•" * 9 + identity[-3:]


def seal_name(person_id: int) -> str:
    """Name the row of a sealed identity number, without its tenant."""
    return IDENTITY_SEALED_AS.format(person_id=person_id)
