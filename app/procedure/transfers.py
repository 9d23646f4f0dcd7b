"""Handing a case over to another tenant: a file from the sender, taken in by the receiver.

The sender closes the case and goes on counting what it recorded; the receiver keeps those steps
as carried over, counts only what follows, and the number links the two sides.
"""

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import insert, select

from app.audit.commands import Change, record
from app.cases.commands import add_person
from app.cases.models import Case, Person
from app.cases.rules import PersonDetails, StepDraft, StepKind, cleaned_words
from app.core.database import db
from app.core.errors import Conflict, Refused, refused_at
from app.core.messages import message
from app.measures.queries import segments, stated_segments
from app.procedure.cases import CaseState, Taking
from app.procedure.details import ExitDetails, ExitReason, to_json
from app.procedure.models import CarriedStep, Transfer
from app.procedure.queries import case_state
from app.procedure.taking import held_cases, take_steps
from app.procedure.transfer_files import Said, read_file, write_file
from app.tenants.context import Context
from app.units.rows import UnitRow

MOST_LISTED = 200
OUT, IN = "out", "in"


@dataclass(frozen=True)
class TransferFile:
    """A transfer's number and the file that the receiver takes in."""

    number: str
    content: bytes


@dataclass(frozen=True)
class Sent:
    """That a case has gone to another tenant: its number, where to and when."""

    number: str
    counterpart: str
    transferred_on: date


@dataclass(frozen=True)
class Arrival:
    """What a transfer file brings to this tenant.

    `unknown_segments` are codes that the tenant does not have; `known_person_id` is who was taken
    over from this very transfer before.
    """

    said: Said
    details: PersonDetails
    unknown_segments: tuple[str, ...]
    known_person_id: int | None


@dataclass(frozen=True)
class ListedTransfer:
    """A line of the list of cases that went and came."""

    person_id: int
    full_name: str
    number: str
    direction: str
    counterpart: str
    transferred_on: date


def send_case(
    context: Context, person_id: int, *, to: str, sent_on: date, document_no: str | None = None
) -> TransferFile:
    """Close a person's case as moved to another tenant; return the file for that tenant.

    Asked again for the same person it returns the same file: a lost one can be fetched anew. What
    was taken back since is sent anew under the same number, so that it arrives once.
    """
    destination = cleaned_words(to)
    if destination is None:
        raise Refused(message("Chưa ghi nơi chuyển đến."))
    state = held_cases(context, (person_id,))[0]
    before = _transfer_out(context, state)
    if before is not None and StepKind.MOVED_AWAY in state.steps:
        return _file(context, state, _said_of(before))
    if state.is_closed and not {StepKind.RECOGNITION, StepKind.MOVED_AWAY} & state.steps.keys():
        raise Refused(message("Hồ sơ đã khép lại nên không chuyển được."))
    number = f"{context.tenant_code}-{sent_on.year}-{state.case_id}"
    sent = Sent(before.number if before else number, destination, sent_on)
    _close(context, state, sent, document_no)
    if before is None:
        _insert_transfer(context, state, OUT, sent)
    else:
        before.counterpart, before.transferred_on = destination, sent_on
    record(context, Change("case.sent", "person", person_id, after=vars(sent), path=state.path))
    return _file(context, state, sent)


def transfer_file(context: Context, person_id: int) -> TransferFile | None:
    """Return the file of a case that has been sent, or None; the trail keeps who took it."""
    state = case_state(context, person_id)
    sent = sent_of(context, state)
    if sent is None:
        return None
    after = {"number": sent.number}
    record(
        context,
        Change("person.seen_handed_over", "person", person_id, after=after, path=state.path),
    )
    return _file(context, state, sent)


def renew_file(context: Context, state: CaseState, moved_on: date) -> None:
    """Have the file of a case that was sent say the day to which the leaving was corrected."""
    sent = _transfer_out(context, state)
    if sent is not None:
        sent.transferred_on = moved_on


def sent_of(context: Context, state: CaseState) -> Sent | None:
    """Return where a case has gone; None for one that is here, or was taken back."""
    sent = _transfer_out(context, state)
    if sent is None or StepKind.MOVED_AWAY not in state.steps:
        return None
    return _said_of(sent)


def arrival(context: Context, content: bytes) -> Arrival:
    """Read a transfer file and check all but the cell that takes it; nothing is written."""
    said = read_file(content, context.today)
    # The code of another tenant may begin as this one's does, and have dashes of its own.
    if said.number.rsplit("-", 2)[0] == context.tenant_code:
        raise Refused(message("Hồ sơ này do chính đảng bộ này chuyển đi."))
    known = stated_segments(segments(context))
    slots = frozenset(known[code].slot for code in said.segment_codes if code in known)
    return Arrival(
        said,
        replace(said.person, stated_segments=slots),
        tuple(code for code in said.segment_codes if code not in known),
        _taken_over(context, said.number),
    )


def accept_case(context: Context, cell_id: int, content: bytes) -> int:
    """Take over a case from another tenant into a cell; return the person's number.

    The same file twice is the same person. Refused when the file is damaged, is no transfer, or
    when the cell has the person already.
    """
    arrived = arrival(context, content)
    if arrived.known_person_id is not None:
        return arrived.known_person_id
    said = arrived.said
    person_id = add_person(context, cell_id, arrived.details, {})
    state = case_state(context, person_id)
    carried = [
        {
            "tenant_id": context.tenant_id,
            "case_id": state.case_id,
            "path": state.path,
            "kind": kind.value,
            "taken_on": step.taken_on,
            "document_no": step.document_no,
            "details": to_json(step.details) or None,
        }
        for kind, step in said.steps.items()
    ]
    if carried:
        db.session.execute(insert(CarriedStep), carried)
    came = Sent(said.number, said.sent_from, said.sent_on)
    _insert_transfer(context, state, IN, came)
    after = vars(came)
    record(context, Change("case.accepted", "person", person_id, after=after, path=state.path))
    return person_id


def transfers_under(context: Context, unit: UnitRow) -> tuple[ListedTransfer, ...]:
    """Return the latest cases that went from, and came to, a unit and what is below it."""
    rows = db.session.execute(
        select(
            Person.id,
            Person.full_name,
            Transfer.number,
            Transfer.direction,
            Transfer.counterpart,
            Transfer.transferred_on,
        )
        .join(Case, (Case.tenant_id == Transfer.tenant_id) & (Case.id == Transfer.case_id))
        .join(Person, (Person.tenant_id == Case.tenant_id) & (Person.id == Case.person_id))
        .where(
            Transfer.tenant_id == context.tenant_id,
            Case.tenant_id == context.tenant_id,
            Person.tenant_id == context.tenant_id,
            Transfer.path >= context.scope.first,
            Transfer.path < context.scope.last,
            Transfer.path >= unit.path,
            Transfer.path < unit.path + "~",
        )
        .order_by(Transfer.transferred_on.desc(), Transfer.id.desc())
        .limit(MOST_LISTED)
    )
    return tuple(ListedTransfer(*row) for row in rows)


def _close(context: Context, state: CaseState, sent: Sent, document_no: str | None) -> None:
    """Record that the person moved away, unless that is recorded without a file so far."""
    recorded = state.steps.get(StepKind.MOVED_AWAY)
    if recorded is None:
        why = ExitDetails(
            reason=ExitReason.MOVED_TO_ANOTHER_TENANT,
            destination=sent.counterpart,
            transfer_no=sent.number,
        )
        taking = Taking(StepDraft(sent.transferred_on, document_no), why)
        take_steps(context, state.person_id, {StepKind.MOVED_AWAY: taking})
    elif recorded.taken_on != sent.transferred_on:
        raise refused_at(
            "sent_on",
            message("Đã ghi chuyển đi ngày %(day)s; hãy ghi ngày đó.", day=recorded.taken_on),
        )


def _transfer_out(context: Context, state: CaseState) -> Transfer | None:
    sent: Transfer | None = db.session.scalar(
        select(Transfer).where(
            Transfer.tenant_id == context.tenant_id,
            Transfer.case_id == state.case_id,
            Transfer.direction == OUT,
        )
    )
    return sent


def _taken_over(context: Context, number: str) -> int | None:
    """Return who was taken over under a number; refuse one whose case is another's now."""
    row = db.session.execute(
        select(Case.person_id)
        .select_from(Transfer)
        .outerjoin(
            Case,
            (Case.tenant_id == Transfer.tenant_id)
            & (Case.tenant_id == context.tenant_id)
            & (Case.id == Transfer.case_id),
        )
        .where(
            Transfer.tenant_id == context.tenant_id,
            Transfer.number == number,
            Transfer.direction == IN,
        )
    ).first()
    if row is not None and row.person_id is None:
        raise Conflict(message("Hồ sơ này đã được nhận."))
    return row.person_id if row else None


def _insert_transfer(context: Context, state: CaseState, direction: str, sent: Sent) -> None:
    db.session.execute(
        insert(Transfer).values(
            tenant_id=context.tenant_id,
            case_id=state.case_id,
            path=state.path,
            direction=direction,
            **vars(sent),
        )
    )


def _said_of(transfer: Transfer) -> Sent:
    return Sent(transfer.number, transfer.counterpart, transfer.transferred_on)


def _file(context: Context, state: CaseState, sent: Sent) -> TransferFile:
    codes = {row.slot: code for code, row in stated_segments(segments(context)).items()}
    said = Said(
        number=sent.number,
        sent_from=context.tenant_name,
        sent_to=sent.counterpart,
        sent_on=sent.transferred_on,
        person=state.person,
        segment_codes=tuple(codes[slot] for slot in state.person.stated_segments if slot in codes),
        steps={k: step for k, step in state.steps.items() if k is not StepKind.MOVED_AWAY},
    )
    return TransferFile(sent.number, write_file(said))
