"""Rows of the demonstration as the CSV files that the importers read."""

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A line of a units file."""

    code: str
    parent_code: str
    level: str
    name: str
    kind: str
    members: int


@dataclass(frozen=True, slots=True)
class QuotaRow:
    """A line of a quota file."""

    issuer_code: str
    unit_code: str
    measure: str
    segment: str
    period: str
    kind: str
    quota: str
    decision_no: str
    decided_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A line of a file of people with their steps; None is a step not taken."""

    cell_code: str
    full_name: str
    date_of_birth: date
    sex: str
    ethnicity: str
    religion: str
    education: str
    qualification: str
    occupation: str
    segments: str
    listed_on: date
    certificate_on: date | None
    cell_resolution_on: date | None
    decision_no: str
    decision_on: date | None
    ceremony_on: date | None
    recognised_on: date | None
    removed_on: date | None
    introduced_on: date | None
    introduced_by: str


def as_csv(rows: Sequence[UnitRow] | Sequence[QuotaRow] | Sequence[CaseRow]) -> bytes:
    """Write rows of one kind as UTF-8 with a header; there must be at least one."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(field.name for field in fields(rows[0]))
    writer.writerows(astuple(row) for row in rows)
    return text.getvalue().encode()
