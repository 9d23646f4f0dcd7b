"""Handing a case over to another tenant: a file from the sender, taken in by the receiver.

The sender closes the case and goes on counting what it recorded; the receiver keeps those steps
as carried over, counts only what follows, and the number links the two sides.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import insert, select

from app.audit.commands import Change, record
from app.cases.commands import add_person
from app.cases.models import Case
from app.cases.rules import (
    PersonDetails,
    StepDraft,
    StepKind,
    check_born_on,
    check_steps,
    cleaned_name,
    cleaned_words,
)
from app.core.database import db
from app.core.dates import parse_iso_date
from app.core.errors import Conflict, Refused
from app.core.messages import message
from app.measures.queries import segments, stated_segments
from app.procedure.cases import CaseState, TakenStep, Taking
from app.procedure.details import (
    ExitDetails,
    ExitReason,
    from_json,
    to_json,
)
from app.procedure.models import CarriedStep, Transfer
from app.procedure.queries import case_state
from app.procedure.taking import held_cases, take_steps
from app.tenants.context import Context
from app.units.queries import unit_in_scope

FORMAT = "ket-nap-transfer-1"
LARGEST_FILE = 200_000

_PLAIN = ("sex", "ethnicity", "religion", "education", "qualification", "occupation")


@dataclass(frozen=True)
class TransferFile:
    """A transfer's number and the file that the receiver takes in."""

    number: str
    content: bytes


def send_case(
    context: Context, person_id: int, *, to: str, sent_on: date, document_no: str | None = None
) -> TransferFile:
    """Close a person's case as moved to another tenant; return the file for that tenant.

    Asked again for the same person it returns the same file: a lost one can be fetched anew.
    """
    destination = cleaned_words(to)
    if destination is None:
        raise Refused(message("Chưa ghi nơi chuyển đến."))
    state = held_cases(context, (person_id,))[0]
    sent = _sent(context, state)
    if sent is not None:
        return _file(context, state, sent)
    if state.is_closed and StepKind.RECOGNITION not in state.steps:
        raise Refused(message("Hồ sơ đã khép lại nên không chuyển được."))
    number = f"{context.tenant_code}-{sent_on.year}-{state.case_id}"
    why = ExitDetails(
        reason=ExitReason.MOVED_TO_ANOTHER_TENANT, destination=destination, transfer_no=number
    )
    taking = Taking(StepDraft(sent_on, document_no), why)
    take_steps(context, person_id, {StepKind.MOVED_AWAY: taking})
    values = {"number": number, "counterpart": destination, "transferred_on": sent_on}
    db.session.execute(insert(Transfer), [_row(context, state, direction="out", values=values)])
    record(context, Change("case.sent", "person", person_id, after=values, path=state.path))
    return _file(context, state, Transfer(**values))


def accept_case(context: Context, cell_id: int, content: bytes) -> int:
    """Take over a case from another tenant into a cell; return the person's number.

    The same file twice is the same person. Refused when the file is damaged, is no transfer, or
    when the cell has the person already.
    """
    said = _read(content)
    number, steps = said["number"], said["steps"]
    known = db.session.execute(
        select(Transfer.case_id).where(
            Transfer.tenant_id == context.tenant_id,
            Transfer.number == number,
            Transfer.direction == "in",
        )
    ).first()
    if known is not None:
        return _person_of(context, known.case_id)
    if number.startswith(f"{context.tenant_code}-"):
        raise Refused(message("Hồ sơ này do chính đảng bộ này chuyển đi."))
    details, transferred_on = _person(context, said), said["sent_on"]
    if transferred_on > context.today:
        raise Refused(message("Ngày chuyển %(day)s là ngày chưa tới.", day=transferred_on))
    check_born_on(details.date_of_birth, context.today)
    dates = {kind: step.taken_on for kind, step in steps.items()}
    check_steps(dates, born_on=details.date_of_birth, today=context.today)
    person_id = add_person(context, cell_id, details, {})
    cell = unit_in_scope(context, cell_id)
    state = case_state(context, person_id)
    db.session.execute(
        insert(CarriedStep),
        [
            {
                "tenant_id": context.tenant_id,
                "case_id": state.case_id,
                "path": cell.path,
                "kind": kind.value,
                "taken_on": step.taken_on,
                "document_no": step.document_no,
                "details": to_json(step.details) or None,
            }
            for kind, step in steps.items()
        ],
    )
    values = {"number": number, "counterpart": said["from"], "transferred_on": transferred_on}
    db.session.execute(insert(Transfer), [_row(context, state, direction="in", values=values)])
    record(context, Change("case.accepted", "person", person_id, after=values, path=cell.path))
    return person_id


def _sent(context: Context, state: CaseState) -> Transfer | None:
    sent: Transfer | None = db.session.scalar(
        select(Transfer).where(
            Transfer.tenant_id == context.tenant_id,
            Transfer.case_id == state.case_id,
            Transfer.direction == "out",
        )
    )
    return sent


def _row(
    context: Context, state: CaseState, *, direction: str, values: Mapping[str, object]
) -> dict[str, object]:
    return {
        "tenant_id": context.tenant_id,
        "case_id": state.case_id,
        "path": state.path,
        "direction": direction,
        **values,
    }


def _file(context: Context, state: CaseState, sent: Transfer) -> TransferFile:
    """Write a case as the receiver reads it, with a checksum that tells a damaged file."""
    codes = {row.slot: code for code, row in stated_segments(segments(context)).items()}
    person = state.person
    body = {
        "format": FORMAT,
        "number": sent.number,
        "from": context.tenant_name,
        "to": sent.counterpart,
        "sent_on": sent.transferred_on.isoformat(),
        "person": {
            "full_name": person.full_name,
            "date_of_birth": person.date_of_birth.isoformat(),
            **{name: getattr(person, name) for name in _PLAIN},
            "segments": sorted(codes[slot] for slot in person.stated_segments if slot in codes),
        },
        "steps": [
            {
                "kind": kind.value,
                "taken_on": step.taken_on.isoformat(),
                "document_no": step.document_no,
                "details": to_json(step.details),
            }
            for kind, step in state.steps.items()
            if kind is not StepKind.MOVED_AWAY
        ],
    }
    return TransferFile(sent.number, _written({**body, "checksum": _checksum(body)}))


def _written(body: Mapping[str, object]) -> bytes:
    return json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _checksum(body: Mapping[str, object]) -> str:
    return hashlib.sha256(_written(body)).hexdigest()


def _read(content: bytes) -> dict[str, Any]:
    """Read a transfer file: its texts, dates and steps; refuse anything else."""
    if len(content) > LARGEST_FILE:
        raise Refused(message("Tệp quá lớn, không phải tệp chuyển hồ sơ."))
    try:
        body = json.loads(content)
        checksum = body.pop("checksum")
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise Refused(message("Đây không phải tệp chuyển hồ sơ.")) from error
    if body.get("format") != FORMAT or _checksum(body) != checksum:
        raise Refused(message("Tệp chuyển hồ sơ bị hỏng hoặc đã bị sửa; hãy xin lại tệp."))
    try:
        return {
            **body,
            "number": str(body["number"]),
            "from": str(body["from"]),
            "sent_on": parse_iso_date(str(body["sent_on"])),
            "steps": dict(map(_step, body["steps"])),
        }
    except (KeyError, TypeError, ValueError) as error:
        raise Refused(message("Đây không phải tệp chuyển hồ sơ.")) from error


def _step(said: Mapping[str, Any]) -> tuple[StepKind, TakenStep]:
    kind = StepKind(said["kind"])
    return kind, TakenStep(
        taken_on=parse_iso_date(said["taken_on"]),
        document_no=said["document_no"],
        details=from_json(kind, said["details"]),
        is_carried=True,
    )


def _person(context: Context, said: Mapping[str, Any]) -> PersonDetails:
    person, known = said["person"], stated_segments(segments(context))
    return PersonDetails(
        full_name=cleaned_name(person["full_name"]),
        date_of_birth=parse_iso_date(person["date_of_birth"]),
        stated_segments=frozenset(known[code].slot for code in person["segments"] if code in known),
        **{name: person[name] for name in _PLAIN},
    )


def _person_of(context: Context, case_id: int) -> int:
    person_id: int | None = db.session.scalar(
        select(Case.person_id).where(Case.tenant_id == context.tenant_id, Case.id == case_id)
    )
    if person_id is None:
        raise Conflict(message("Hồ sơ này đã được nhận."))
    return person_id
