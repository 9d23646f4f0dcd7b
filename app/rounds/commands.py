"""Opening a round, answering it, reminding those who have not, signing for what was given."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.audit.commands import Change, record, record_all
from app.core.database import db
from app.core.errors import NotAllowed, Problem, Refused, refused_at
from app.core.events import publish
from app.core.messages import message
from app.quotas.commands import (
    changed_meanwhile,
    lock_issuers,
    refuse_if_any,
    require_acting_for,
)
from app.quotas.in_force import as_range
from app.quotas.queries import lines_of_version, versions
from app.quotas.rules import REGISTERED, BoardKey, Decision, Kind, Seen, WrittenQuota
from app.quotas.stated import state_quota
from app.rounds.events import RoundReminded
from app.rounds.models import Commitment, QuotaRound, RoundReminder, Survey
from app.rounds.queries import ChildState, RoundRow, round_of
from app.rounds.rules import Dues, due_problems
from app.tenants.context import Context
from app.units.queries import unit_in_scope

ROUND = "quota_round"
COMMITMENT = "commitment"
"""What the trail calls them."""


@dataclass(frozen=True)
class Answer:
    """What a child says to a round: sources it has found, and how many it would take, and why."""

    sources: int
    quota: int | None
    cause: str | None


@dataclass(frozen=True)
class Signature:
    """Who signs for a unit, in what office, and on which day."""

    name: str
    title: str
    signed_on: date


def open_round(context: Context, key: BoardKey, dues: Dues, note: str | None) -> int:
    """Open the round of a board, or set other days for it; return its number."""
    unit = unit_in_scope(context, key.issuer_id)
    require_acting_for(context, key.issuer_id)
    if unit.is_cell:
        raise Refused(message("Chi bộ không có tổ chức trực thuộc để mở đợt."))
    lock_issuers(context, (key.issuer_id,))
    before = round_of(context, key)
    problems = due_problems(dues, context.today)
    # A round that runs keeps the days that have passed.
    kept = {"survey_due_on"} if before and before.dues.survey_on == dues.survey_on else set()
    refuse_if_any(*(problem for problem in problems if problem.field not in kept))
    values = {
        "survey_due_on": dues.survey_on,
        "registration_due_on": dues.registration_on,
        "commitment_due_on": dues.commitment_on,
        "note": note,
    }
    if before is None:
        round_id: int = db.session.execute(
            insert(QuotaRound)
            .values(
                tenant_id=context.tenant_id,
                issuer_id=key.issuer_id,
                measure_id=key.measure_id,
                period=as_range(key.period),
                opened_on=context.today,
                **values,
            )
            .returning(QuotaRound.id)
        ).scalar_one()
    else:
        round_id = before.id
        db.session.execute(
            update(QuotaRound)
            .where(QuotaRound.tenant_id == context.tenant_id, QuotaRound.id == round_id)
            .values(**values)
        )
    action = "quota_round.opened" if before is None else "quota_round.changed"
    record(context, Change(action, ROUND, round_id, after=values))
    return round_id


def answer_round(  # noqa: PLR0917 who says what to which round
    context: Context, unit_id: int, found: RoundRow, seen: Seen, answer: Answer
) -> None:
    """Keep what a child says to a round; its registration becomes a new version.

    Conflict when the unit has registered otherwise since the form was shown.
    """
    require_acting_for(context, unit_id)
    own = BoardKey(unit_id, found.key.measure_id, found.key.period)
    lock_issuers(context, (unit_id,))
    registered = versions(context, own, REGISTERED)
    if registered.seen != seen:
        raise changed_meanwhile()
    before = next(iter(lines_of_version(context, registered.latest)), None)
    _check_answer(answer, has_registered=before is not None)
    survey = {"sources": answer.sources, "surveyed_on": context.today}
    db.session.execute(
        upsert(Survey)
        .values(tenant_id=context.tenant_id, round_id=found.id, unit_id=unit_id, **survey)
        .on_conflict_do_update(index_elements=["tenant_id", "round_id", "unit_id"], set_=survey)
    )
    record(
        context, Change("quota_round.surveyed", ROUND, found.id, after={"unit": unit_id} | survey)
    )
    is_new = answer.quota is not None and (
        before is None
        or before.quota.count != answer.quota
        or (registered.latest is not None and registered.latest.cause != answer.cause)
    )
    if is_new:
        state_quota(
            context,
            own,
            REGISTERED,
            seen,
            WrittenQuota(Kind.COUNT, answer.quota),
            Decision(None, context.today, cause=answer.cause),
        )


def remind(context: Context, found: RoundRow, states: Sequence[ChildState]) -> int:
    """Remind the children that have not answered; return how many. Once a day to each."""
    unit_in_scope(context, found.key.issuer_id)
    if context.unit_id not in (None, found.key.issuer_id):
        raise NotAllowed(message("Cấp mở đợt đôn đốc các tổ chức trực thuộc của mình."))
    lock_issuers(context, (found.key.issuer_id,))
    # Whoever sent the same at the same time may have been first.
    reminded = set(
        db.session.scalars(
            select(RoundReminder.unit_id).where(
                RoundReminder.tenant_id == context.tenant_id,
                RoundReminder.round_id == found.id,
                RoundReminder.reminded_on == context.today,
            )
        )
    )
    silent = [
        state.unit.id
        for state in states
        if not state.has_answered and state.unit.id not in reminded
    ]
    if not silent:
        return 0
    db.session.execute(
        insert(RoundReminder),
        [
            {
                "tenant_id": context.tenant_id,
                "round_id": found.id,
                "unit_id": unit_id,
                "reminded_on": context.today,
            }
            for unit_id in silent
        ],
    )
    record_all(
        context,
        [
            Change("quota_round.reminded", ROUND, found.id, after={"unit": unit_id})
            for unit_id in silent
        ],
    )
    publish(RoundReminded(context, found.key, found.id, found.note, silent))
    return len(silent)


def sign_commitment(  # noqa: PLR0917 whose, to which version, by whom
    context: Context, unit_id: int, key: BoardKey, version: int, signature: Signature
) -> int:
    """Sign for the quota that a unit's parent has given it; return the commitment's number.

    `version` is the one that the signatory has read: Conflict when another one is in force.
    """
    require_acting_for(context, unit_id)
    lock_issuers(context, (key.issuer_id,))
    latest = versions(context, key).latest
    if latest is None or latest.version != version:
        raise changed_meanwhile()
    if not any(
        line.unit_id == unit_id and line.segment_id is None
        for line in lines_of_version(context, latest)
    ):
        raise Refused(message("Cấp trên chưa giao chỉ tiêu này cho tổ chức."))
    if signature.signed_on > context.today:
        raise refused_at("signed_on", message("Ngày ký sau hôm nay."))
    if latest.decided_on and signature.signed_on < latest.decided_on:
        raise refused_at(
            "signed_on",
            message("Ngày ký trước ngày quyết định (%(day)s).", day=latest.decided_on),
        )
    commitment_id: int = db.session.execute(
        insert(Commitment)
        .values(
            tenant_id=context.tenant_id,
            distribution_id=latest.id,
            unit_id=unit_id,
            signatory=signature.name,
            signatory_title=signature.title,
            signed_on=signature.signed_on,
        )
        .returning(Commitment.id)
    ).scalar_one()
    record(
        context,
        Change(
            "commitment.signed",
            COMMITMENT,
            commitment_id,
            after={
                "unit": unit_id,
                "version": version,
                "signatory": signature.name,
                "title": signature.title,
                "signed_on": signature.signed_on,
            },
        ),
    )
    return commitment_id


def _check_answer(answer: Answer, *, has_registered: bool) -> None:
    problems = []
    if answer.quota is None and has_registered:
        problems.append(
            Problem("quota", message("Đã đăng ký thì phải ghi số; ghi 0 nếu không có."))
        )
    if answer.quota is not None and not answer.cause:
        problems.append(Problem("cause", message("Hãy ghi căn cứ của số đăng ký.")))
    refuse_if_any(*problems)
