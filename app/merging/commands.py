"""Merging tenants, and saying before what it would do.

One transaction as the owner of the tables: killed half-way nothing has happened, and the same
command again does all of it. Once merged, the same command again says what was done.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Engine, delete, func, insert, select, text, update

from app.audit.chain import link_entries
from app.audit.commands import Change, record
from app.core.database import as_owner, db
from app.core.errors import Conflict, NotFound, Refused
from app.core.messages import message
from app.core.text import clean
from app.countersigning.commands import set_rules
from app.countersigning.queries import is_merging_approved, two_person_rules
from app.countersigning.rules import TwoPersonRules, tightened
from app.merging.boards import join_central_boards
from app.merging.copying import carry_over, hold_tables, still_triggers, wake_triggers, work_as
from app.merging.models import FormerTenant
from app.merging.planning import Takeover, known, takeover
from app.merging.queries import former_tenants
from app.merging.reading import differing_figures, keep_figures, note_figures, rows_that_may_clash
from app.merging.trail import Anchor, close_trail
from app.reorganisations.ground import totals
from app.reorganisations.models import Reorganisation
from app.rollups.commands import fold, rebuild, verify
from app.tenants.commands import create_tenant
from app.tenants.context import COMMAND_LINE, Context, load_context
from app.tenants.models import Setting, Tenant
from app.units.commands import refresh_tree
from app.units.models import FormerCode, Unit
from app.units.records import give_codes

LOCK_TIMEOUT = "30s"
"""How long to wait for those who are writing; after it nothing is merged."""


@dataclass(frozen=True)
class Asked:
    """Which tenants shall become one, by whose decision; `name` is for a receiver to be made."""

    sources: tuple[str, ...]
    into: str
    effective_on: date
    decision_no: str
    name: str | None = None


@dataclass(frozen=True)
class Merged:
    """What merging does or did: who went where, what clashed, every measure before and after."""

    into: str
    merged: tuple[str, ...]
    clashes: tuple[Mapping[str, Any], ...]
    totals_before: Mapping[str, int]
    totals_after: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        """Return the stable shape of the command line."""
        return {
            "into": self.into,
            "merged": list(self.merged),
            "clashes": [dict(clash) for clash in self.clashes],
            "totals_before": dict(self.totals_before),
            "totals_after": dict(self.totals_after),
        }


@dataclass(frozen=True)
class _Parties:
    """The receiver and those who still are to be merged into it."""

    into: Context
    sources: tuple[Context, ...]

    @property
    def everyone(self) -> tuple[Context, ...]:
        return (*self.sources, self.into)


def preview(asked: Asked) -> Merged:
    """Say what merging would do: nothing stays of it."""
    db.session.begin()
    try:
        done = _done_before(asked)
        if done is not None:
            return done
        parties = _parties(asked)
        plans = _plans(parties)
        before = _summed(_totals(context) for context in parties.everyone)
        return _result(asked, plans, before, before)
    finally:
        db.session.rollback()


def merge(owner: Engine, asked: Asked) -> Merged:
    """Make one tenant of several. The same again changes nothing.

    Refused while a reorganisation of one of them waits for its day, where they count differently,
    where a tenant wants two of its people to agree first, or where a figure would not be the same
    afterwards.
    """
    with as_owner(owner), db.session.begin():
        done = _done_before(asked)
        if done is not None:
            return done
        db.session.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
        parties = _parties(asked)
        strictest = _strictest_rules(parties, asked)
        hold_tables()
        keep_figures()
        before = _summed(_settled_totals(context) for context in parties.everyone)
        plans = _plans(parties)
        closed = [_closed(source, asked) for source in parties.sources]
        _carry_all(parties, plans, asked)
        into = _moved_on(parties, asked)
        set_rules(into, strictest)
        after = _checked_totals(into, parties, before)
        result = _result(asked, plans, before, after)
        for source, plan, left in zip(parties.sources, plans, closed, strict=True):
            _remember(into, source, plan, left, result=result, asked=asked)
        _record(into, result, asked)
        while link_entries(into, from_the_start=True):
            pass
        return result


@dataclass(frozen=True)
class _Closed:
    """What is known of an old tenant just before its rows leave."""

    anchor: Anchor
    root_id: int | None
    trail_ids: Any


def _done_before(asked: Asked) -> Merged | None:
    """Return what was done where all of them have been merged by this decision already."""
    found = db.session.execute(select(Tenant.id).where(Tenant.code == asked.into)).scalar()
    if found is None:
        return None
    work_as(found)
    into = load_context(found, COMMAND_LINE)
    former = {row.code: row for row in former_tenants(into) if row.decision_no == asked.decision_no}
    if not asked.sources or any(code not in former for code in asked.sources):
        return None
    rows = [former[code] for code in asked.sources]
    return Merged(
        into=asked.into,
        merged=asked.sources,
        clashes=tuple(clash for row in rows for clash in row.clashes),
        totals_before=rows[-1].totals_before,
        totals_after=rows[-1].totals_after,
    )


def _parties(asked: Asked) -> _Parties:
    """Load all tenants, making the receiver where there is none; refuse what cannot be merged."""
    if not clean(asked.decision_no):
        raise Refused(message("Chưa nhập số quyết định."))
    if asked.into in asked.sources or len(set(asked.sources)) < len(asked.sources):
        raise Refused(message("Mỗi đảng bộ chỉ được ghi một lần."))
    rows = {
        row.code: row
        for row in db.session.execute(
            select(Tenant.id, Tenant.code, Tenant.is_demonstration).where(
                Tenant.code.in_((*asked.sources, asked.into))
            )
        )
    }
    for code in asked.sources:
        if code not in rows:
            raise NotFound(message("Không có đảng bộ nào mang mã “%(code)s”.", code=code))
    if len({row.is_demonstration for row in rows.values()}) > 1:
        raise Refused(message("Không sáp nhập bản trình diễn với đảng bộ thật."))
    sources = tuple(_entered(rows[code].id) for code in asked.sources)
    for source in sources:
        _refuse_while_one_waits(source)
    is_demonstration = rows[asked.sources[0]].is_demonstration
    if not is_demonstration and asked.effective_on > sources[0].today:
        raise Refused(message("Chưa đến ngày có hiệu lực; hãy sáp nhập vào ngày ấy hoặc sau đó."))
    if asked.into in rows:
        into = _entered(rows[asked.into].id)
    else:
        clock = max(source.today for source in sources) if is_demonstration else None
        into = create_tenant(asked.into, asked.name or asked.into, clock_on=clock)
    return _Parties(into, sources)


def _entered(tenant_id: int) -> Context:
    work_as(tenant_id)
    return load_context(tenant_id, COMMAND_LINE)


def _refuse_while_one_waits(context: Context) -> None:
    work_as(context.tenant_id)
    waiting = db.session.scalars(
        select(Reorganisation.decision_no).where(
            Reorganisation.tenant_id == context.tenant_id, Reorganisation.state == "scheduled"
        )
    ).first()
    if waiting is not None:
        raise Conflict(
            message(
                "Sắp xếp theo quyết định “%(number)s” của %(tenant)s còn chờ đến ngày; "
                "hãy hoàn tác nó trước.",
                number=waiting,
                tenant=context.tenant_code,
            )
        )


def _strictest_rules(parties: _Parties, asked: Asked) -> TwoPersonRules:
    """Return which acts need a second person in any of the tenants, so that merging loosens none.

    Refused while one of them wants two of its people to agree to it, and they have not.
    """
    strictest = TwoPersonRules()
    for context in parties.everyone:
        work_as(context.tenant_id)
        rules = two_person_rules(context)
        strictest = tightened(strictest, rules)
        if rules.merging and not is_merging_approved(
            context, asked.into, asked.decision_no, asked.effective_on
        ):
            raise Conflict(
                message(
                    "%(tenant)s quy định sáp nhập phải được hai quản trị viên đồng ý; chưa có"
                    " đề nghị nào được duyệt cho “%(into)s” theo “%(number)s”.",
                    tenant=context.tenant_code,
                    into=asked.into,
                    number=asked.decision_no,
                )
            )
    return strictest


def _plans(parties: _Parties) -> list[Takeover]:
    work_as(parties.into.tenant_id)
    there = known(rows_that_may_clash(parties.into))
    plans = []
    for source in parties.sources:
        work_as(source.tenant_id)
        rows = rows_that_may_clash(source)
        _refuse_other_counting(source, rows["measure"], there.matched["measure"])
        plans.append(takeover(source.tenant_code, rows, there))
    return plans


def _refuse_other_counting(
    source: Context,
    measures: Sequence[Mapping[str, Any]],
    there: Mapping[tuple[Any, ...], Mapping[str, Any]],
) -> None:
    for measure in measures:
        other = there.get((measure["code"],))
        if other is not None and other["counted_step"] != measure["counted_step"]:
            raise Conflict(
                message(
                    "%(tenant)s tính “%(measure)s” theo ngày khác; "
                    "hãy chọn cùng một cách tính trước khi sáp nhập.",
                    tenant=source.tenant_code,
                    measure=measure["code"],
                )
            )


def _totals(context: Context) -> Mapping[str, int]:
    work_as(context.tenant_id)
    return totals(context)


def _settled_totals(context: Context) -> Mapping[str, int]:
    """Fold and verify a tenant's books, keep its figures, and return its totals."""
    work_as(context.tenant_id)
    refresh_tree(context)
    while fold(context):
        pass
    wrong = verify(context).mismatches
    if wrong:
        raise Conflict(
            message(
                "Số liệu của %(tenant)s lệch %(count)s chỗ so với đếm lại; không sáp nhập.",
                tenant=context.tenant_code,
                count=len(wrong),
            )
        )
    note_figures(context)
    return totals(context)


def _summed(all_totals: Any) -> dict[str, int]:  # noqa: ANN401 an iterable of totals
    summed: Counter[str] = Counter()
    for each in all_totals:
        summed.update(each)
    return dict(sorted(summed.items()))


def _closed(source: Context, asked: Asked) -> _Closed:
    """Write the last entry of an old tenant's trail, and anchor it."""
    work_as(source.tenant_id)
    record(
        source,
        Change(
            "tenant.merged",
            "tenant",
            source.tenant_id,
            before={"code": source.tenant_code, "name": source.tenant_name},
            after={"into": asked.into, "decision_no": asked.decision_no},
        ),
    )
    root_id = db.session.scalars(
        select(Unit.id)
        .where(Unit.tenant_id == source.tenant_id, Unit.path.is_not(None))
        .order_by(func.length(Unit.path) - func.length(func.replace(Unit.path, ".", "")), Unit.id)
    ).first()
    ids = db.session.execute(
        text(
            "SELECT coalesce(range_agg(int8range(e.id, e.id, '[]')), '{}')"
            " FROM audit_entry e WHERE e.tenant_id = :tenant"
        ),
        {"tenant": source.tenant_id},
    ).scalar_one()
    return _Closed(close_trail(source), root_id, ids)


def _carry_all(parties: _Parties, plans: Sequence[Takeover], asked: Asked) -> None:
    stilled = still_triggers()
    for source, plan in zip(parties.sources, plans, strict=True):
        carry_over(source.tenant_id, parties.into.tenant_id, plan)
        work_as(parties.into.tenant_id)
        join_central_boards(
            parties.into,
            cause=f"Nhập với chỉ tiêu của {source.tenant_name}, {asked.decision_no}",
        )
    db.session.execute(
        delete(Tenant).where(Tenant.id.in_([source.tenant_id for source in parties.sources])),
        execution_options={"synchronize_session": False},
    )
    wake_triggers(stilled)
    for plan in plans:
        _give_codes(parties.into, plan, asked)


def _give_codes(into: Context, plan: Takeover, asked: Asked) -> None:
    """Let renamed units be found by their codes of before too."""
    renamed = plan.renamed.get("unit", {})
    if not renamed:
        return
    give_codes(into, renamed)
    before = {clash.becomes: clash.value for clash in plan.clashes if clash.what == "unit"}
    db.session.execute(
        insert(FormerCode),
        [
            {
                "tenant_id": into.tenant_id,
                "reorganisation_id": None,
                "unit_id": unit_id,
                "code": before[code],
                "until_on": asked.effective_on,
            }
            for unit_id, code in renamed.items()
        ],
    )


def _moved_on(parties: _Parties, asked: Asked) -> Context:
    """Return the receiver's context of today; a demonstration is at least at the effective day."""
    into = parties.into
    work_as(into.tenant_id)
    setting = db.session.execute(
        select(Setting.clock_on).where(Setting.tenant_id == into.tenant_id)
    ).scalar_one()
    if setting is None:
        return into
    today = max(asked.effective_on, *(context.today for context in parties.everyone))
    db.session.execute(
        update(Setting).where(Setting.tenant_id == into.tenant_id).values(clock_on=today),
        execution_options={"synchronize_session": False},
    )
    return replace(into, today=today)


def _checked_totals(
    into: Context, parties: _Parties, before: Mapping[str, int]
) -> Mapping[str, int]:
    """Draw the receiver's books up from the steps; refuse unless every figure is as before."""
    refresh_tree(into)
    rebuild(into)
    after = _summed([totals(into)])
    is_same_day = {context.today for context in parties.everyone} == {into.today}
    differing = differing_figures(into, is_same_day=is_same_day)
    if differing or verify(into).mismatches or after != dict(before):
        raise Refused(
            message(
                "Số liệu trước và sau sáp nhập không bằng nhau (%(count)s); không sáp nhập.",
                count=differing,
            )
        )
    return after


def _result(
    asked: Asked,
    plans: Sequence[Takeover],
    before: Mapping[str, int],
    after: Mapping[str, int],
) -> Merged:
    return Merged(
        into=asked.into,
        merged=asked.sources,
        clashes=tuple(clash.as_json() for plan in plans for clash in plan.clashes),
        totals_before=before,
        totals_after=after,
    )


def _remember(
    into: Context,
    source: Context,
    plan: Takeover,
    left: _Closed,
    *,
    result: Merged,
    asked: Asked,
) -> None:
    db.session.execute(
        insert(FormerTenant).values(
            tenant_id=into.tenant_id,
            code=source.tenant_code,
            name=source.tenant_name,
            root_id=left.root_id,
            decision_no=asked.decision_no,
            effective_on=asked.effective_on,
            clashes=[clash.as_json() for clash in plan.clashes],
            set_aside=plan.set_aside,
            totals_before=dict(result.totals_before),
            totals_after=dict(result.totals_after),
            trail_entries=left.anchor.entries,
            trail_ids=left.trail_ids,
            trail_digest=left.anchor.digest,
        )
    )


def _record(into: Context, result: Merged, asked: Asked) -> None:
    record(
        into,
        Change(
            "tenants.merged",
            "tenant",
            into.tenant_id,
            after={
                "tenants": list(result.merged),
                "decision_no": asked.decision_no,
                "effective": asked.effective_on,
                "clashes": len(result.clashes),
                "totals": dict(result.totals_after),
            },
        ),
    )
