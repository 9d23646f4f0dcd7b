"""The boxes of a board: what is typed into one, what it means, and what an editor marks on it.

A box is one entry of the board: a child's quota in all, or its quota for one segment.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from app.core.errors import Refused
from app.core.messages import message
from app.core.text import clean
from app.quotas.rules import Base, Kind, Line, Quota, WrittenQuota, read_quota

LONGEST_NOTE = 300

_AT_LEAST = re.compile(r"(?:≥|>=|=>)\s*(.*)", re.DOTALL)
_TWO_NUMBERS = re.compile(r"\s*[0-9][^-–—]*[-–—].*", re.DOTALL)
_BOX = re.compile(r"(\d{1,18})(?:\.(\d{1,18}))?", re.ASCII)


@dataclass(frozen=True)
class BoxKey:
    """Which box: of a unit, in all or for one segment."""

    unit_id: int
    segment_id: int | None = None

    def __str__(self) -> str:
        """Return what names the box in a problem."""
        return str(self.unit_id) if self.segment_id is None else f"{self.unit_id}.{self.segment_id}"

    @classmethod
    def read(cls, text: str) -> "BoxKey":
        """Read the name of a box in a problem."""
        match = _BOX.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} names no box")
        return cls(int(match[1]), int(match[2]) if match[2] else None)


@dataclass(frozen=True)
class Mark:
    """What an editor keeps beside a box: that helpers leave its number alone, and a note."""

    is_held: bool = False
    note: str | None = None

    def __bool__(self) -> bool:
        """Tell whether there is anything to keep."""
        return self.is_held or self.note is not None


def key_of(line: Line) -> BoxKey:
    """Return the box that a line stands in."""
    return BoxKey(line.unit_id, line.segment_id)


def read_box(text: str, base: Base) -> WrittenQuota | None:
    """Read a box: 25, ≥25, 90-100 or 3,5% of the members of `base`.

    An empty box gives no quota, which differs from a quota of 0. Refused says what is wrong.
    """
    cleaned = clean(text)
    if not cleaned:
        return None
    at_least = _AT_LEAST.fullmatch(cleaned)
    if at_least:
        return read_quota(Kind.MINIMUM, None, at_least[1])
    if cleaned.endswith("%"):
        return read_quota(Kind.PERCENT, base, cleaned)
    if _TWO_NUMBERS.fullmatch(cleaned):
        return read_quota(Kind.RANGE, None, cleaned)
    return read_quota(Kind.COUNT, None, cleaned)


def box_text(quota: Quota | None) -> str:
    """Write what a box holds, as `read_box` reads it."""
    if quota is None:
        return ""
    if quota.percent is not None:
        return f"{_plain(quota.percent)}%"
    if quota.upper_count is not None:
        return f"{quota.count}-{quota.upper_count}"
    return f"≥{quota.count}" if quota.kind == Kind.MINIMUM else str(quota.count)


def base_of(lines: Iterable[Line]) -> Base:
    """Return the base that a board's percentages are taken of; the year's start without any."""
    bases = (line.quota.base for line in lines if line.quota.base is not None)
    return Base(next(bases, Base.YEAR_START))


def with_own_bases(
    lines: Iterable[Line], typed: Mapping[BoxKey, WrittenQuota | None], base: Base
) -> dict[BoxKey, WrittenQuota | None]:
    """Return what was typed, where a percentage left as it was keeps the base that it has.

    A file may have given percentages of several bases. Choosing another base for the board than
    the one it showed is meant for all of them.
    """
    lines = tuple(lines)
    if base is not base_of(lines):
        return dict(typed)
    bases = {(key_of(line), line.quota.percent): line.quota.base for line in lines}
    return {
        key: _on_base(quota, bases.get((key, quota.percent))) if quota else None
        for key, quota in typed.items()
    }


def with_quotas(lines: Iterable[Line], quotas: Mapping[BoxKey, Quota | None]) -> tuple[Line, ...]:
    """Return the lines after some boxes were given quotas, or none; the others stay."""
    kept = {key_of(line): line for line in lines}
    given = {
        key: None if quota is None else Line(key.unit_id, key.segment_id, quota)
        for key, quota in quotas.items()
    }
    return tuple(line for line in {**kept, **given}.values() if line is not None)


def with_marks(marks: Mapping[BoxKey, Mark], changed: Mapping[BoxKey, Mark]) -> dict[BoxKey, Mark]:
    """Return the marks after some boxes were marked anew; what says nothing is not kept."""
    return {key: mark for key, mark in {**marks, **changed}.items() if mark}


def read_note(text: str) -> str | None:
    """Read the note of a box; Refused when it is too long, None when it is empty."""
    cleaned = clean(text)
    if len(cleaned) > LONGEST_NOTE:
        raise Refused(
            message("Ghi chú dài quá %(longest)s chữ cái và dấu cách.", longest=LONGEST_NOTE)
        )
    return cleaned or None


def _on_base(quota: WrittenQuota, base: str | None) -> WrittenQuota:
    return quota if base is None else replace(quota, base=Base(base))


def _plain(percent: Decimal) -> str:
    whole, _, decimals = f"{percent:.3f}".partition(".")
    decimals = decimals.rstrip("0")
    return f"{whole},{decimals}" if decimals else whole
