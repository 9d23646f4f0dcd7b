"""Which acts need a second person, and what makes a tenant's rules looser. No database here."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum

from app.core.errors import refused_at
from app.core.messages import message
from app.core.text import clean
from app.web.guards import Permission

LASTS = timedelta(days=7)
"""How long a request waits for its answer."""

MERGING_LASTS = timedelta(days=30)
"""How long after its approval a merging may still be carried out."""

SHORTEST_REASON = 5
LONGEST_REASON = 200
MOST_ROWS = 1_000_000


class Kind(StrEnum):
    """What somebody asks another one to approve."""

    ERASURE = "erasure"
    EXPORT = "export"
    MERGING = "merging"
    RELAXATION = "relaxation"


class State(StrEnum):
    """What has become of a request; it never leaves any but the first."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


OF_PEOPLE = frozenset({Kind.ERASURE, Kind.EXPORT})
OF_THE_TENANT = frozenset({Kind.MERGING, Kind.RELAXATION})

NEEDED_TO_ASK: Mapping[Kind, Permission] = {
    Kind.ERASURE: Permission.RECORD_PEOPLE,
    Kind.EXPORT: Permission.SEE_PEOPLE,
    Kind.MERGING: Permission.CONFIGURE,
    Kind.RELAXATION: Permission.CONFIGURE,
}
"""Who asks could do it alone without the rule, still when it is approved."""

NEEDED_TO_ANSWER: Mapping[Kind, Permission] = {
    Kind.ERASURE: Permission.COUNTERSIGN,
    Kind.EXPORT: Permission.COUNTERSIGN,
    Kind.MERGING: Permission.CONFIGURE,
    Kind.RELAXATION: Permission.CONFIGURE,
}


@dataclass(frozen=True)
class TwoPersonRules:
    """Which acts of a tenant need a second person; exports of more people than `export_rows`."""

    erasure: bool = False
    merging: bool = False
    export_rows: int | None = None

    @property
    def is_any(self) -> bool:
        """Whether anything needs a second person."""
        return self != TwoPersonRules()

    def as_values(self) -> dict[str, object]:
        """Return the rules by their names, as the trail and a request keep them."""
        return asdict(self)


def tightened(before: TwoPersonRules, wanted: TwoPersonRules) -> TwoPersonRules:
    """Return the rules of before with what the wanted ones make stricter, and nothing looser."""
    rows = [rows for rows in (before.export_rows, wanted.export_rows) if rows is not None]
    return TwoPersonRules(
        erasure=before.erasure or wanted.erasure,
        merging=before.merging or wanted.merging,
        export_rows=min(rows, default=None),
    )


def checked_rows(rows: int | None) -> int | None:
    """Return from how many people on an export needs a second person; None for never."""
    if rows is not None and not 1 <= rows <= MOST_ROWS:
        raise refused_at(
            "export_rows", message("Phải từ %(least)s đến %(most)s.", least=1, most=MOST_ROWS)
        )
    return rows


def cleaned_why(text: str, field: str = "reason") -> str:
    """Return why somebody asks or refuses; refuse what says nothing."""
    why = clean(text)
    if not SHORTEST_REASON <= len(why) <= LONGEST_REASON:
        raise refused_at(
            field,
            message(
                "Ghi lý do từ %(least)s đến %(most)s ký tự; lý do được lưu trong nhật ký.",
                least=SHORTEST_REASON,
                most=LONGEST_REASON,
            ),
        )
    return why
