"""Identity numbers, legal bases and what each column says of a person. No database here."""

import re
from collections.abc import Mapping
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


class LegalBasis(StrEnum):
    """Why a person's data may be kept (Law 91/2025/QH15)."""

    CONSENT = "consent"
    ARTICLE_19 = "article_19"
    INTERNAL_REGULATION = "internal_regulation"


class DataClass(StrEnum):
    """What a column holds: keys and bookkeeping, ordinary data of a person, sensitive data."""

    KEY = "key"
    BOOKKEEPING = "bookkeeping"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"


_K, _B, _P, _S = DataClass.KEY, DataClass.BOOKKEEPING, DataClass.PERSONAL, DataClass.SENSITIVE

CLASSIFICATION: Mapping[str, Mapping[str, DataClass]] = {
    "person": {
        **dict.fromkeys(("tenant_id", "id", "path", "cell_id"), _K),
        **dict.fromkeys(("sort_key", "search_key", "erased_at"), _B),
        **dict.fromkeys(("person_code", "full_name", "date_of_birth", "sex"), _P),
        **dict.fromkeys(("education", "qualification", "occupation", "stated_segments"), _P),
        **dict.fromkeys(("ethnicity", "religion"), _S),
    },
    "private_detail": {
        **dict.fromkeys(("tenant_id", "id", "path", "person_id"), _K),
        "identity_index": _B,
        "identity_sealed": _S,
        **dict.fromkeys(("legal_basis", "basis_document"), _P),
    },
    "case_file": {
        **dict.fromkeys(("tenant_id", "id", "path", "person_id"), _K),
        "is_current": _P,
        **dict.fromkeys(("stage", "stage_on", "is_closed", "clock", "clock_from"), _B),
    },
    "step": {
        **dict.fromkeys(("tenant_id", "id", "path", "case_id", "cell_id", "recording_id"), _K),
        **dict.fromkeys(("kind", "taken_on", "document_no", "segments", "recorded_at"), _P),
        "details": _P,
    },
    "approval": {
        **dict.fromkeys(("tenant_id", "id", "path", "case_id", "recording_id"), _K),
        **dict.fromkeys(("rule", "approved_by", "approved_on", "document_no"), _P),
    },
    "person_move": {
        **dict.fromkeys(("tenant_id", "id", "path", "person_id", "from_cell_id", "to_cell_id"), _K),
        **dict.fromkeys(("moved_on", "document_no"), _P),
    },
    "transfer": {
        **dict.fromkeys(("tenant_id", "id", "path", "case_id"), _K),
        **dict.fromkeys(("number", "direction", "counterpart", "transferred_on"), _P),
    },
    "carried_step": {
        **dict.fromkeys(("tenant_id", "id", "path", "case_id"), _K),
        **dict.fromkeys(("kind", "taken_on", "document_no", "details"), _P),
    },
    "import_file": {
        **dict.fromkeys(("tenant_id", "id", "path", "unit_id", "sender_id"), _K),
        **dict.fromkeys(("sender_name", "file_name"), _B),
        **dict.fromkeys(("state", "takes_duplicates", "header", "notes"), _B),
        **dict.fromkeys(("rows", "done", "sent_at", "ended_at"), _B),
        "content": _S,
    },
    "export_file": {
        **dict.fromkeys(("tenant_id", "id", "path", "unit_id", "orderer_id"), _K),
        **dict.fromkeys(("table_name", "title", "ending", "orderer_name", "state"), _B),
        **dict.fromkeys(("rows", "done", "ordered_at", "ended_at", "expires_at"), _B),
        # A search by name names a person.
        "query": _P,
        "content": _S,
    },
    "import_row": {
        **dict.fromkeys(("tenant_id", "id", "path", "file_id", "person_id"), _K),
        **dict.fromkeys(("number", "state", "effect", "entries"), _B),
        "sealed": _S,
    },
}
"""Every column of every table that describes people; a gate fails on one that is missing."""


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
