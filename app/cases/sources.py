"""Sources in hand: who is listed and neither admitted nor out of the procedure."""

from sqlalchemy import Select, any_, func, literal, select
from sqlalchemy.orm import aliased

from app.cases.models import Step
from app.cases.rules import CLOSING_STEPS, StepKind
from app.tenants.context import Context, Scope


def sources_by_path(context: Context, scope: Scope, slot: int | None = None) -> Select[str, int]:
    """Select how many sources each cell of a scope holds today, by its path as `path`, `sources`.

    In all, or of the segment with a slot. A cell without any is absent.
    """
    listed, closing = aliased(Step), aliased(Step)
    is_closed = (
        select(closing.id)
        .where(
            closing.tenant_id == context.tenant_id,
            closing.case_id == listed.case_id,
            # Written out, as the partial index has them.
            closing.kind.in_([literal(kind.value, literal_execute=True) for kind in CLOSING_STEPS]),
        )
        .exists()
    )
    statement = (
        select(listed.path.label("path"), func.count().label("sources"))
        .where(
            listed.tenant_id == context.tenant_id,
            listed.kind == literal(StepKind.LISTED.value, literal_execute=True),
            listed.path >= scope.first,
            listed.path < scope.last,
            ~is_closed,
        )
        .group_by(listed.path)
    )
    return statement if slot is None else statement.where(literal(slot) == any_(listed.segments))
