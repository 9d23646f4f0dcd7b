"""The rule sets and recorded days as a tenant's administrator keeps them, and changing them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import delete, insert, select

from app.audit.commands import Change, record, record_all
from app.cases.rules import cleaned_words
from app.core.database import db
from app.core.errors import NotFound, Refused, refused_at
from app.core.messages import message
from app.core.text import clean
from app.procedure.defaults import RULE_SETS
from app.procedure.law import VALUE_FIELDS, Parameter, RuleSet, check_rule_set
from app.procedure.models import LegalRules, RecordedDay
from app.tenants.context import Context

_TABLE = LegalRules.__table__


@dataclass(frozen=True, kw_only=True)
class KeptRuleSet(RuleSet):
    """A rule set with its number."""

    id: int


@dataclass(frozen=True)
class KeptDay:
    """A recorded day with its number."""

    id: int
    day: date
    is_working_day: bool
    reason: str | None


def create_defaults(context: Context) -> None:
    """Give a new tenant the rule sets as far as the regulations were read."""
    rows = db.session.execute(
        insert(LegalRules).returning(LegalRules.id, LegalRules.regulation),
        [{"tenant_id": context.tenant_id, **_columns(rule_set)} for rule_set in RULE_SETS],
    ).all()
    record_all(
        context,
        [
            Change("rule_set.created", "rule_set", row.id, after={"regulation": row.regulation})
            for row in rows
        ],
    )


def kept_rule_sets(context: Context) -> tuple[KeptRuleSet, ...]:
    """Return the tenant's rule sets, the oldest first."""
    rows = db.session.execute(
        select(_TABLE)
        .where(_TABLE.c.tenant_id == context.tenant_id)
        .order_by(_TABLE.c.effective_on)
    ).mappings()
    return tuple(_kept(row) for row in rows)


def add_rule_set(context: Context, draft: RuleSet) -> int:
    """Add what the law says from a day on; return its number. One for each day."""
    draft = _cleaned(draft)
    check_rule_set(draft)
    if any(kept.effective_on == draft.effective_on for kept in kept_rule_sets(context)):
        raise refused_at("effective_on", message("Đã có bộ quy định hiệu lực từ ngày này."))
    number = db.session.execute(
        insert(LegalRules)
        .values(tenant_id=context.tenant_id, **_columns(draft))
        .returning(LegalRules.id)
    ).scalar_one()
    after = _columns(draft)
    record(context, Change("rule_set.created", "rule_set", number, after=after))
    return number


def change_rule_set(context: Context, rule_set_id: int, draft: RuleSet) -> None:
    """Change what the law says from a day on; the day itself stays."""
    row = _rule_set_held(context, rule_set_id)
    draft = _cleaned(replace(draft, effective_on=row.effective_on))
    check_rule_set(draft)
    after = _columns(draft)
    before = {name: getattr(row, name) for name in after}
    changed = [name for name in after if before[name] != after[name]]
    if not changed:
        return
    for name in changed:
        setattr(row, name, after[name])
    db.session.flush()
    record(
        context,
        Change(
            "rule_set.changed",
            "rule_set",
            rule_set_id,
            {name: before[name] for name in changed},
            {name: after[name] for name in changed},
        ),
    )


def remove_rule_set(context: Context, rule_set_id: int) -> None:
    """Remove a rule set; the one before it then holds on. The last one stays."""
    row = _rule_set_held(context, rule_set_id)
    if len(kept_rule_sets(context)) == 1:
        raise Refused(message("Phải còn ít nhất một bộ quy định."))
    before = {"effective_on": row.effective_on, "regulation": row.regulation}
    db.session.execute(
        delete(LegalRules).where(
            LegalRules.tenant_id == context.tenant_id, LegalRules.id == rule_set_id
        )
    )
    record(context, Change("rule_set.removed", "rule_set", rule_set_id, before=before))


def kept_days(context: Context) -> tuple[KeptDay, ...]:
    """Return the days that the tenant has recorded, the latest first."""
    rows = db.session.execute(
        select(RecordedDay.id, RecordedDay.day, RecordedDay.is_working_day, RecordedDay.reason)
        .where(RecordedDay.tenant_id == context.tenant_id)
        .order_by(RecordedDay.day.desc())
    )
    return tuple(KeptDay(*row) for row in rows)


def record_day(context: Context, day: date, *, is_working_day: bool, reason: str) -> int:
    """Record that offices are open, or closed, on a day; return its number."""
    if any(kept.day == day for kept in kept_days(context)):
        raise refused_at("day", message("Ngày này đã được ghi."))
    values = {"day": day, "is_working_day": is_working_day, "reason": cleaned_words(reason)}
    number = db.session.execute(
        insert(RecordedDay).values(tenant_id=context.tenant_id, **values).returning(RecordedDay.id)
    ).scalar_one()
    record(context, Change("recorded_day.created", "recorded_day", number, after=values))
    return number


def change_day(context: Context, day_id: int, *, is_working_day: bool, reason: str) -> None:
    """Record a day otherwise."""
    row = _day_held(context, day_id)
    before = {"is_working_day": row.is_working_day, "reason": row.reason}
    after = {"is_working_day": is_working_day, "reason": cleaned_words(reason)}
    if before == after:
        return
    row.is_working_day, row.reason = is_working_day, cleaned_words(reason)
    db.session.flush()
    record(context, Change("recorded_day.changed", "recorded_day", day_id, before, after))


def forget_day(context: Context, day_id: int) -> None:
    """Let the country's calendar say again what a day is."""
    row = _day_held(context, day_id)
    before = {"day": row.day, "is_working_day": row.is_working_day}
    db.session.execute(
        delete(RecordedDay).where(
            RecordedDay.tenant_id == context.tenant_id, RecordedDay.id == day_id
        )
    )
    record(context, Change("recorded_day.removed", "recorded_day", day_id, before=before))


def _rule_set_held(context: Context, rule_set_id: int) -> LegalRules:
    row = db.session.scalar(
        select(LegalRules)
        .where(LegalRules.tenant_id == context.tenant_id, LegalRules.id == rule_set_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound(message("Không tìm thấy bộ quy định này."))
    return row


def _day_held(context: Context, day_id: int) -> RecordedDay:
    row = db.session.scalar(
        select(RecordedDay)
        .where(RecordedDay.tenant_id == context.tenant_id, RecordedDay.id == day_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound(message("Không tìm thấy ngày này."))
    return row


def _cleaned(draft: RuleSet) -> RuleSet:
    return replace(
        draft,
        regulation=clean(draft.regulation),
        guidance=clean(draft.guidance or "") or None,
        deciding_level=clean(draft.deciding_level or "") or None,
        lowest_education=draft.lowest_education or None,
    )


def _columns(rule_set: RuleSet) -> dict[str, Any]:
    """Return a rule set as its row holds it."""
    values = {name: getattr(rule_set, name) for name in VALUE_FIELDS}
    values["only_suggests"] = sorted(rule_set.only_suggests)
    values["forms"], values["sources"] = dict(rule_set.forms), dict(rule_set.sources)
    return values


def _kept(row: Mapping[Any, Any]) -> KeptRuleSet:
    values = {name: row[name] for name in VALUE_FIELDS}
    values["only_suggests"] = frozenset(map(Parameter, row["only_suggests"]))
    return KeptRuleSet(id=row["id"], **values)
