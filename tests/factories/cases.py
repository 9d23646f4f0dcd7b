"""People for tests: one at a time, or rows of a file."""

import csv
import hashlib
import io
import json
from datetime import date

from app.cases.commands import add_person
from app.cases.file_import import import_cases
from app.cases.file_rows import CASE_COLUMNS
from app.cases.rules import PersonDetails, StepDraft, StepKind

HEADER = tuple(column.name for column in CASE_COLUMNS)

ORDINARY = {
    "full_name": "Nguyễn Văn An",
    "date_of_birth": "1998-05-20",
    "sex": "male",
    "education": "upper_secondary",
    "listed_on": "2021-03-01",
}
"""What a row says unless the test says otherwise; every other cell is empty."""


def details(full_name="Nguyễn Văn An", **values):
    """Describe a person of whom little is known."""
    return PersonDetails(
        full_name=full_name,
        date_of_birth=values.pop("date_of_birth", date(1998, 5, 20)),
        sex=values.pop("sex", "male"),
        **values,
    )


def make_person(context, cell, full_name="Nguyễn Văn An", steps=None, **values):
    """Add a person to a cell, listed on 1 March 2021 unless steps are given; the number."""
    taken = steps or {StepKind.LISTED: date(2021, 3, 1)}
    drafts = {kind: StepDraft(day) for kind, day in taken.items()}
    return add_person(context, cell.id, details(full_name, **values), drafts)


def admission(decision_no, decided_on, ceremony_on=None):
    """Return the steps of an admission: the decision, and the ceremony where it has been held."""
    steps = {StepKind.DECISION: StepDraft(decided_on, decision_no)}
    if ceremony_on is not None:
        steps[StepKind.CEREMONY] = StepDraft(ceremony_on)
    return steps


def cases_csv(*rows, header=HEADER):
    """Return a file of people; a row says only what is not ordinary about it."""
    out = io.StringIO()
    writer = csv.DictWriter(out, header, restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows({**ORDINARY, **row} for row in rows)
    return out.getvalue().encode()


def import_rows(context, *rows, **options):
    """Import rows of a file; the report."""
    return import_cases(context, cases_csv(*rows), **options)


def transfer_file(number="SONLA-2022-7", **said):
    """Return the file of a case that another tenant has sent; `said` are other parts of it."""
    body = {
        "format": "ket-nap-transfer-1",
        "number": number,
        "from": "Tỉnh Sơn La",
        "to": "Tỉnh Vĩnh Phúc",
        "sent_on": "2022-09-01",
        "person": {
            "full_name": "Lò Văn Chuyển",
            "date_of_birth": "1998-05-20",
            "sex": "male",
            "ethnicity": None,
            "religion": None,
            "education": None,
            "qualification": None,
            "occupation": None,
            "segments": [],
        },
        "steps": [{"kind": "listed", "taken_on": "2021-03-01", "document_no": None, "details": {}}],
        **said,
    }
    written = json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True).encode()
    return json.dumps({**body, "checksum": hashlib.sha256(written).hexdigest()}).encode()
