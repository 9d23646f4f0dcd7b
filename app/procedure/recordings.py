"""Acts of recording, which whoever did them may undo for ten minutes."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, insert, select, update

from app.audit.commands import Change, record_all
from app.cases.models import Case, Person, Step
from app.cases.writing import hold_cells
from app.core import clock
from app.core.database import db
from app.core.errors import Conflict, NotFound, Refused
from app.core.messages import message
from app.procedure.models import Approval, NilReport, Recording
from app.tenants.context import Context

UNDO_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True)
class Recorded:
    """What an act has recorded: its number, whose cases it changed, how many steps."""

    recording_id: int
    person_ids: tuple[int, ...]
    steps: int


def open_recording(context: Context, *, added_person_id: int | None = None) -> int:
    """Begin an act of recording; return its number."""
    number: int = db.session.execute(
        insert(Recording)
        .values(
            tenant_id=context.tenant_id,
            user_id=context.actor.id if context.actor.kind == "user" else None,
            added_person_id=added_person_id,
            recorded_at=clock.now(),
        )
        .returning(Recording.id)
    ).scalar_one()
    return number


def undo(context: Context, recording_id: int) -> tuple[int, ...]:
    """Take back an act as if it had not been; return the people whose cases it changed.

    Only its user may, within ten minutes. What was corrected since is no longer part of it, and
    a person who was added goes only while nothing else is recorded of the case. Afterwards there
    are corrections and withdrawals, with a reason.
    """
    act = _act_held(context, recording_id)
    steps = db.session.execute(
        select(
            Step.case_id,
            Step.cell_id,
            Step.kind,
            Step.taken_on,
            Case.person_id,
            Person.cell_id.label("home"),
        )
        .join(Case, (Case.tenant_id == Step.tenant_id) & (Case.id == Step.case_id))
        .join(Person, (Person.tenant_id == Case.tenant_id) & (Person.id == Case.person_id))
        .where(
            Step.tenant_id == context.tenant_id,
            Case.tenant_id == context.tenant_id,
            Person.tenant_id == context.tenant_id,
            Step.recording_id == recording_id,
        )
    ).all()
    hold_cells(context, {row.home for row in steps})
    of_act = (
        (table, table.tenant_id == context.tenant_id, table.recording_id == recording_id)
        for table in (Step, Approval, NilReport)
    )
    gone = 0
    for table, *conditions in of_act:
        gone += len(db.session.execute(delete(table).where(*conditions).returning(table.id)).all())
    if act.added_person_id is not None:
        _remove_person(context, act.added_person_id)
    elif not gone:
        raise Conflict(message("Nội dung này đã được sửa sau đó nên không hoàn tác được."))
    act.undone_at = clock.now()
    db.session.flush()
    people = {row.person_id for row in steps}
    changes = {
        person_id: {row.kind: row.taken_on for row in steps if row.person_id == person_id}
        for person_id in people
    }
    paths = _paths(context, people)
    record_all(
        context,
        [
            Change("recording.undone", "recording", recording_id),
            *(
                Change("case.undone", "person", person_id, before=before, path=paths.get(person_id))
                for person_id, before in changes.items()
            ),
        ],
    )
    return tuple(sorted(people))


def _act_held(context: Context, recording_id: int) -> Recording:
    act = db.session.scalar(
        select(Recording)
        .where(Recording.tenant_id == context.tenant_id, Recording.id == recording_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    is_own = act is not None and context.actor.kind == "user" and act.user_id == context.actor.id
    if act is None or not is_own:
        raise NotFound(message("Không tìm thấy lần nhập này."))
    if act.undone_at is not None:
        raise Conflict(message("Lần nhập này đã được hoàn tác."))
    if clock.now() - act.recorded_at > UNDO_WITHIN:
        raise Refused(message("Đã quá mười phút; hãy sửa ở trang cá nhân và ghi lý do."))
    return act


def _remove_person(context: Context, person_id: int) -> None:
    """Remove a person who was added by mistake, unless something else was recorded since."""
    case_ids = db.session.scalars(
        select(Case.id).where(Case.tenant_id == context.tenant_id, Case.person_id == person_id)
    ).all()
    others = db.session.scalar(
        select(Step.id).where(Step.tenant_id == context.tenant_id, Step.case_id.in_(case_ids))
    )
    if others is not None:
        raise Conflict(message("Người này đã có thêm bước khác nên không hoàn tác được."))
    db.session.execute(
        delete(Case).where(Case.tenant_id == context.tenant_id, Case.person_id == person_id)
    )
    db.session.execute(
        delete(Person).where(Person.tenant_id == context.tenant_id, Person.id == person_id)
    )


def _paths(context: Context, person_ids: set[int]) -> dict[int, str]:
    rows = db.session.execute(
        select(Person.id, Person.path).where(
            Person.tenant_id == context.tenant_id, Person.id.in_(person_ids)
        )
    )
    return {row.id: row.path for row in rows}


def detach(context: Context, case_id: int, kind: str) -> None:
    """Let a corrected step no longer belong to the act that recorded it."""
    db.session.execute(
        update(Step)
        .where(Step.tenant_id == context.tenant_id, Step.case_id == case_id, Step.kind == kind)
        .values(recording_id=None),
        execution_options={"synchronize_session": False},
    )
