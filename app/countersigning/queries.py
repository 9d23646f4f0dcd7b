"""Reading a tenant's rules about second persons, and the requests that a reader may see."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, or_, select

from app.accounts.queries import may_anyone_else
from app.cases.models import Person
from app.core import clock
from app.core.database import db
from app.core.errors import NotFound
from app.core.messages import Message, message
from app.countersigning.models import CountersignedAct
from app.countersigning.rules import (
    MERGING_LASTS,
    NEEDED_TO_ANSWER,
    Kind,
    State,
    TwoPersonRules,
)
from app.tenants.context import Context
from app.tenants.models import Setting
from app.units.models import Unit

MOST_SHOWN = 100


@dataclass(frozen=True)
class RequestedAct:
    """A request with whom it concerns, where it is of a person, and what became of it."""

    id: int
    kind: Kind
    state: State
    path: str | None
    person_id: int | None
    person_name: str | None
    cell_name: str | None
    about: dict[str, Any]
    reason: str
    requester_id: int
    requester_name: str
    requested_at: datetime
    expires_at: datetime
    answerer_name: str | None
    answered_at: datetime | None
    refused_because: str | None

    @property
    def waits(self) -> bool:
        """Whether it can still be answered."""
        return self.state is State.WAITING and clock.now() < self.expires_at


def two_person_rules(context: Context) -> TwoPersonRules:
    """Return which acts of the tenant need a second person."""
    row = db.session.execute(
        select(Setting.two_for_erasure, Setting.two_for_merging, Setting.two_for_export_rows).where(
            Setting.tenant_id == context.tenant_id
        )
    ).one()
    return TwoPersonRules(*row)


def acts(context: Context, answerable: Collection[Kind]) -> tuple[RequestedAct, ...]:
    """Return the reader's own requests and those that they may answer, waiting ones first."""
    waits_first = case((CountersignedAct.state == State.WAITING.value, 0), else_=1)
    rows = db.session.execute(
        _select(context)
        .where(_may_be_seen(context, answerable))
        .order_by(waits_first, CountersignedAct.id.desc())
        .limit(MOST_SHOWN)
    )
    return tuple(_act(row) for row in rows)


def act_in_reach(context: Context, act_id: int, answerable: Collection[Kind]) -> RequestedAct:
    """Return a request that is the reader's own or that they may answer; NotFound otherwise."""
    row = db.session.execute(
        _select(context).where(CountersignedAct.id == act_id, _may_be_seen(context, answerable))
    ).one_or_none()
    if row is None:
        raise NotFound(message("Không tìm thấy đề nghị này."))
    return _act(row)


def waiting_erasure(context: Context, person_id: int) -> RequestedAct | None:
    """Return the request to erase a person of the scope that waits for its answer."""
    row = db.session.execute(
        _select(context).where(
            CountersignedAct.person_id == person_id,
            CountersignedAct.state == State.WAITING.value,
            CountersignedAct.expires_at > clock.now(),
            _is_in_scope(context),
        )
    ).first()
    return None if row is None else _act(row)


def alone_says(context: Context) -> Message | None:
    """Say what to do where nobody but the reader could approve what an administrator must."""
    needed = NEEDED_TO_ANSWER[Kind.RELAXATION]
    if may_anyone_else(context, needed, besides_user_id=context.actor.id or 0):
        return None
    return message(
        "Bạn là quản trị viên duy nhất của đảng bộ, nên không ai duyệt được việc bớt quy định. Hãy"
        " thêm một quản trị viên nữa ở mục Tài khoản, hoặc đề nghị người vận hành chạy lệnh"
        " “two-people rule --tenant %(tenant)s” trên máy chủ.",
        tenant=context.tenant_code,
    )


def is_merging_approved(context: Context, into: str, decision_no: str, effective_on: date) -> bool:
    """Tell whether two people of the tenant have agreed to this merging a short while ago."""
    found = db.session.execute(
        select(CountersignedAct.id).where(
            CountersignedAct.tenant_id == context.tenant_id,
            CountersignedAct.kind == Kind.MERGING.value,
            CountersignedAct.state == State.APPROVED.value,
            CountersignedAct.answered_at > clock.now() - MERGING_LASTS,
            CountersignedAct.about
            == {"into": into, "decision_no": decision_no, "effective_on": effective_on.isoformat()},
        )
    ).first()
    return found is not None


def _may_be_seen(context: Context, answerable: Collection[Kind]) -> ColumnElement[bool]:
    is_own = CountersignedAct.requester_id == context.actor.id
    is_for_answer = CountersignedAct.kind.in_([kind.value for kind in answerable])
    return and_(or_(is_own, is_for_answer), _is_in_scope(context))


def _is_in_scope(context: Context) -> ColumnElement[bool]:
    path = CountersignedAct.path
    return or_(path.is_(None), and_(path >= context.scope.first, path < context.scope.last))


def _select(context: Context) -> Select[Any]:
    return (
        select(
            CountersignedAct.id,
            CountersignedAct.kind,
            CountersignedAct.state,
            CountersignedAct.path,
            CountersignedAct.person_id,
            Person.full_name,
            Unit.name,
            CountersignedAct.about,
            CountersignedAct.reason,
            CountersignedAct.requester_id,
            CountersignedAct.requester_name,
            CountersignedAct.requested_at,
            CountersignedAct.expires_at,
            CountersignedAct.answerer_name,
            CountersignedAct.answered_at,
            CountersignedAct.refused_because,
        )
        .outerjoin(
            Person,
            and_(
                Person.tenant_id == CountersignedAct.tenant_id,
                Person.tenant_id == context.tenant_id,
                Person.id == CountersignedAct.person_id,
            ),
        )
        .outerjoin(
            Unit,
            and_(
                Unit.tenant_id == Person.tenant_id,
                Unit.tenant_id == context.tenant_id,
                Unit.id == Person.cell_id,
            ),
        )
        .where(CountersignedAct.tenant_id == context.tenant_id)
    )


def _act(row: Any) -> RequestedAct:  # noqa: ANN401 a row of many columns
    number, kind, state, *rest = row
    return RequestedAct(number, Kind(kind), State(state), *rest)
