"""Quotas that a unit states for itself: by its own resolution, as a registration, for a term."""

from app.audit.commands import record
from app.quotas.commands import (
    NewDraft,
    Publication,
    changed_meanwhile,
    insert_drafts,
    last_decision,
    lock_board,
    publication_change,
    publish_drafts,
    refuse_if_any,
    replace_lines,
    require_acting_for,
)
from app.quotas.rules import (
    STATED,
    Base,
    BoardKey,
    Decision,
    Line,
    Seen,
    WrittenQuota,
    base_date,
    decision_problems,
)
from app.tenants.context import Context
from app.units.dated import members_on


def state_quota(  # noqa: PLR0917 whose, of which source, what and by what
    context: Context,
    key: BoardKey,
    source: str,
    seen: Seen,
    quota: WrittenQuota,
    decision: Decision,
) -> int:
    """Publish the number that a unit states for itself; return the number of the version.

    Conflict when another one was stated since the editor looked. A registration needs no number
    of a document; its `decided_on` is the day on which it was handed in.
    """
    if source not in STATED:
        raise ValueError(f"{source} is not stated by a unit for itself")
    require_acting_for(context, key.issuer_id)
    found = lock_board(context, key, source)
    if found.seen != seen:
        raise changed_meanwhile()
    refuse_if_any(
        *decision_problems(decision, today=context.today, not_before=last_decision(found))
    )
    line = Line(key.issuer_id, None, quota.meaning(_members(context, key, quota.base)))
    version = seen.version + 1
    (draft_id,) = insert_drafts(context, (NewDraft(key.of(source), version),))
    replace_lines(context, {draft_id: (line,)})
    publication = Publication(draft_id, decision, assigned=None, reserve=0)
    publish_drafts(context, (publication,))
    record(context, publication_change(publication, version, (line,)))
    return version


def _members(context: Context, key: BoardKey, base: Base | None) -> int | None:
    if base is None:
        return None
    on = base_date(base, key.period, context.today)
    return members_on(context, (key.issuer_id,), on).get(key.issuer_id)
