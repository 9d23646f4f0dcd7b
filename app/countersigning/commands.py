"""Asking for an act that needs a second person, answering, and choosing which acts do."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select, update

from app.accounts.queries import may_still
from app.audit.commands import Change, record, record_all
from app.core import clock
from app.core.database import db
from app.core.errors import Conflict, NotAllowed, NotFound, Problem, Refused
from app.core.events import publish
from app.core.messages import message
from app.countersigning.events import ActApproved
from app.countersigning.models import CountersignedAct
from app.countersigning.queries import (
    RequestedAct,
    act_in_reach,
    alone_says,
    two_person_rules,
)
from app.countersigning.rules import (
    LASTS,
    NEEDED_TO_ASK,
    Kind,
    State,
    TwoPersonRules,
    checked_rows,
    cleaned_why,
    tightened,
)
from app.tenants.commands import choose_two_person_settings
from app.tenants.context import Context

SUBJECT = "countersigned_act"
"""What the trail calls a request, unless it concerns a person."""


@dataclass(frozen=True)
class Named:
    """What the trail says of every request."""

    id: int
    kind: str
    person_id: int | None
    path: str | None


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What somebody asks for and why; `path` is where the people are whom it concerns."""

    kind: Kind
    reason: str
    about: dict[str, Any] = field(default_factory=dict)
    person_id: int | None = None
    path: str | None = None


def ask(context: Context, wanted: Wanted) -> int:
    """Ask for an act; return the request's number. Whoever calls has checked who may ask.

    Refused while the same waits already.
    """
    if context.actor.kind != "user":
        raise NotAllowed(message("Chỉ người có tài khoản mới đề nghị được."))
    reason, now = cleaned_why(wanted.reason), clock.now()
    _refuse_twice(context, wanted)
    number: int = db.session.execute(
        insert(CountersignedAct)
        .values(
            tenant_id=context.tenant_id,
            kind=wanted.kind.value,
            path=wanted.path,
            person_id=wanted.person_id,
            about=wanted.about,
            reason=reason,
            requester_id=context.actor.id,
            requester_name=context.actor.name,
            requested_at=now,
            expires_at=now + LASTS,
        )
        .returning(CountersignedAct.id)
    ).scalar_one()
    named = Named(number, wanted.kind, wanted.person_id, wanted.path)
    after = {"reason": reason, **wanted.about}
    record(context, _change(named, "asked", after))
    return number


def approve(context: Context, act_id: int, answerable: Collection[Kind]) -> RequestedAct:
    """Approve what another person asked for: it is done in this transaction.

    Refused when that person may not do it any more, or when it waits no longer.
    """
    act = _to_answer(context, act_id, answerable)
    if not may_still(context, act.requester_id, NEEDED_TO_ASK[act.kind], act.path):
        raise Refused(
            message("%(name)s không còn quyền làm việc này nữa.", name=act.requester_name)
        )
    _answer(context, act, State.APPROVED)
    if act.kind is Kind.RELAXATION:
        _relax(context, act)
    publish(ActApproved(context, act))
    return act


def refuse(context: Context, act_id: int, answerable: Collection[Kind], because: str) -> None:
    """Refuse what another person asked for, and say why."""
    act = _to_answer(context, act_id, answerable)
    _answer(context, act, State.REFUSED, because=cleaned_why(because, "because"))


def withdraw(context: Context, act_id: int) -> None:
    """Ask for it no more; only who asked does so."""
    act = _waiting(context, act_id, ())
    _set(context, act, state=State.WITHDRAWN.value)
    record(context, _change(act, "withdrawn"))


def expire(context: Context) -> int:
    """Note which requests nobody answered in time; return how many."""
    expired = db.session.execute(
        update(CountersignedAct)
        .where(
            CountersignedAct.tenant_id == context.tenant_id,
            CountersignedAct.state == State.WAITING.value,
            CountersignedAct.expires_at <= clock.now(),
        )
        .values(state=State.EXPIRED.value)
        .returning(
            CountersignedAct.id,
            CountersignedAct.kind,
            CountersignedAct.person_id,
            CountersignedAct.path,
        )
    ).all()
    record_all(context, [_change(Named(*row), "expired") for row in expired])
    return len(expired)


def choose_rules(context: Context, wanted: TwoPersonRules, reason: str) -> int | None:
    """Choose which acts need a second person; return the number of the request, where one is.

    What makes the rules stricter holds at once. What makes them looser needs a second person
    itself: whoever could switch a rule off alone could then do alone what it guards. Refused
    where there is no other one.
    """
    checked_rows(wanted.export_rows)
    before = two_person_rules(context)
    stricter = tightened(before, wanted)
    if stricter != wanted and (alone := alone_says(context)) is not None:
        # A request that nobody can answer would only wait and expire.
        raise Refused(alone, [Problem("", alone), *_said_at_each(before, wanted)])
    choose_two_person_settings(context, stricter.as_values())
    if stricter == wanted:
        return None
    about = {"before": stricter.as_values(), "wanted": wanted.as_values()}
    return ask(context, Wanted(kind=Kind.RELAXATION, reason=reason, about=about))


def _said_at_each(before: TwoPersonRules, wanted: TwoPersonRules) -> Iterator[Problem]:
    """Say at each rule that would change whether it is the one that cannot be kept."""
    kept = tightened(before, wanted).as_values()
    for name, value in wanted.as_values().items():
        if value != kept[name]:
            yield Problem(name, message("Việc này bớt quy định, nên chưa lưu được."))
        elif value != before.as_values()[name]:
            yield Problem(
                name,
                message("Việc này thêm quy định: lưu được ngay nếu để những việc khác như cũ."),
            )


def set_rules(context: Context, rules: TwoPersonRules) -> None:
    """Choose the rules at once: the command line has all rights."""
    checked_rows(rules.export_rows)
    choose_two_person_settings(context, rules.as_values())


def _relax(context: Context, act: RequestedAct) -> None:
    if two_person_rules(context) != TwoPersonRules(**act.about["before"]):
        raise Conflict(message("Quy định đã đổi từ khi có đề nghị này; hãy đề nghị lại."))
    choose_two_person_settings(context, TwoPersonRules(**act.about["wanted"]).as_values())


def _refuse_twice(context: Context, wanted: Wanted) -> None:
    same = db.session.execute(
        select(CountersignedAct.id).where(
            CountersignedAct.tenant_id == context.tenant_id,
            CountersignedAct.kind == wanted.kind.value,
            CountersignedAct.state == State.WAITING.value,
            CountersignedAct.expires_at > clock.now(),
            CountersignedAct.person_id.is_not_distinct_from(wanted.person_id),
            CountersignedAct.path.is_not_distinct_from(wanted.path),
            CountersignedAct.about == wanted.about,
        )
    ).first()
    if same is not None:
        raise Refused(message("Việc này đã có người đề nghị và đang chờ duyệt."))


def _to_answer(context: Context, act_id: int, answerable: Collection[Kind]) -> RequestedAct:
    """Return a request of somebody else, locked until the end; nobody answers their own."""
    act = _waiting(context, act_id, answerable)
    absent = context.on_behalf_of
    if act.requester_id in {context.actor.id, absent and absent.id}:
        raise NotAllowed(message("Không ai tự duyệt đề nghị của mình. Hãy nhờ người khác."))
    if act.kind not in answerable:
        raise NotFound(message("Không tìm thấy đề nghị này."))
    return act


def _waiting(context: Context, act_id: int, answerable: Collection[Kind]) -> RequestedAct:
    db.session.execute(
        select(CountersignedAct.id)
        .where(CountersignedAct.tenant_id == context.tenant_id, CountersignedAct.id == act_id)
        .with_for_update()
    )
    act = act_in_reach(context, act_id, answerable)
    if not act.waits:
        raise Conflict(message("Đề nghị này đã xong hoặc đã hết hạn."))
    return act


def _answer(context: Context, act: RequestedAct, state: State, because: str | None = None) -> None:
    absent = context.on_behalf_of
    _set(
        context,
        act,
        state=state.value,
        answerer_id=context.actor.id,
        answerer_name=context.actor.name,
        answered_for_id=absent.id if absent else None,
        answered_at=clock.now(),
        refused_because=because,
    )
    after = {"asked_by": act.requester_name, "because": because}
    record(context, _change(act, state.value, after))


def _set(context: Context, act: RequestedAct, **values: object) -> None:
    db.session.execute(
        update(CountersignedAct)
        .where(CountersignedAct.tenant_id == context.tenant_id, CountersignedAct.id == act.id)
        .values(**values)
    )


def _change(
    act: Named | RequestedAct, happened: str, after: dict[str, Any] | None = None
) -> Change:
    """Return the entry: under the person whom it concerns, whose erasure forgets it, too."""
    if act.person_id is not None:
        action = f"person.{act.kind}_{happened}"
        return Change(action, "person", act.person_id, after=after, path=act.path)
    return Change(f"{act.kind}.{happened}", SUBJECT, act.id, after=after, path=act.path)
