"""Sources in hand: who is in the procedure and neither admitted nor out of it."""

from sqlalchemy import Select, any_, func, literal, select

from app.cases.models import Case, Step
from app.cases.rules import BEFORE_ADMISSION, StepKind
from app.tenants.context import Context, Scope


def sources_by_path(context: Context, scope: Scope, slot: int | None = None) -> Select[str, int]:
    """Select how many sources each cell of a scope holds today, by its path as `path`, `sources`.

    In all, or of those who were listed with the segment of a slot. A cell without any is absent.
    """
    statement = (
        select(Case.path.label("path"), func.count().label("sources"))
        .where(
            Case.tenant_id == context.tenant_id,
            # As the partial index of open cases has it.
            Case.is_current,
            ~Case.is_closed,
            Case.stage.in_([kind.value for kind in BEFORE_ADMISSION]),
            Case.path >= scope.first,
            Case.path < scope.last,
        )
        .group_by(Case.path)
    )
    if slot is None:
        return statement
    is_of_segment = (
        select(Step.id)
        .where(
            Step.tenant_id == context.tenant_id,
            Step.case_id == Case.id,
            Step.kind == StepKind.LISTED,
            literal(slot) == any_(Step.segments),
        )
        .exists()
    )
    return statement.where(is_of_segment)
