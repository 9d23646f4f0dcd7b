"""One step of many people in one act: a class, a meeting, a decision, a ceremony."""

from collections.abc import Mapping
from dataclasses import replace

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.cases.rules import STEP_NAMES, StepKind
from app.casework.blueprint import pages
from app.casework.candidates import MOST_CANDIDATES, Candidate, candidates
from app.casework.entering import show
from app.casework.rules import TOGETHER, stages_before
from app.casework.step_forms import StepForm, step_form
from app.core.errors import Conflict, NotFound, Refused
from app.core.messages import message
from app.core.numbers import parse_whole_number
from app.procedure.cases import Taking
from app.procedure.details import VoteDetails, from_json
from app.procedure.queries import law
from app.procedure.taking import RefusedTogether, take_together
from app.tenants.context import Context
from app.tenants.current import current_context
from app.tenants.submissions import claim, new_client_key, settle
from app.units.queries import unit_with_ancestors
from app.units.rows import UnitRow
from app.web.addresses import see_other
from app.web.errors import status_of
from app.web.guards import Permission, requires
from app.web.i18n import render_message
from app.web.opaque import open_id, seal_id


@pages.get("/units/<opaque('unit'):unit_id>/together")
@requires(Permission.RECORD_PEOPLE)
def together(unit_id: int) -> str:
    """Ask which step many people took at once, then who and when."""
    context = current_context()
    unit, above = unit_with_ancestors(context, unit_id)
    kind = request.args.get("kind")
    if kind is None:
        return render_template(
            "cases/together_kinds.html",
            unit=unit,
            above=above,
            kinds=[(each.value, render_message(STEP_NAMES[each])) for each in TOGETHER],
        )
    asked = _known_kind(kind)
    form = step_form(asked, {}, taken_on=context.today)
    return _page(context, unit, above, asked, form)


@pages.post("/units/<opaque('unit'):unit_id>/together")
@requires(Permission.RECORD_PEOPLE)
def save_together(unit_id: int) -> ResponseReturnValue:
    """Record the step for everybody chosen, or for nobody."""
    context = current_context()
    unit, above = unit_with_ancestors(context, unit_id)
    asked = _known_kind(request.args.get("kind", ""))
    form = step_form(asked, {}, taken_on=context.today)
    if not form.validate():
        return _page(context, unit, above, asked, form), form.status
    claimed = claim(context, request.form.get("client_key", ""))
    if not claimed.is_first:
        return see_other(claimed.result or url_for("cases.people", unit_id=unit.id))
    try:
        chosen = [open_id("person", token) for token in request.form.getlist("person")]
        taking = form.taking(from_json(asked, None))
        takings = {person: {asked: _with_votes(taking, person)} for person in chosen}
        done = take_together(context, takings, form.approvals)
    except RefusedTogether as refusal:
        reasons = {
            person: " ".join(map(render_message, texts))
            for person, texts in refusal.reasons.items()
        }
        form.form_errors = [_("Chưa ghi cho ai; xem lý do ở từng người được đánh dấu.")]
        return _page(context, unit, above, asked, form, reasons), status_of(refusal)
    except (Refused, Conflict) as refusal:
        show(form, refusal)
        return _page(context, unit, above, asked, form), status_of(refusal)
    address = url_for("cases.recorded", recording_id=done.recording_id)
    settle(context, request.form["client_key"], address)
    return see_other(address)


def _with_votes(taking: Taking, person_id: int) -> Taking:
    """Give somebody the votes typed beside the name; without any, those of all."""
    typed = request.form.get(f"votes-{seal_id('person', person_id)}", "").strip()
    if not typed or not isinstance(taking.details, VoteDetails):
        return taking
    votes = parse_whole_number(typed)
    return replace(taking, details=replace(taking.details, in_favour=votes, against=None))


def _page(  # noqa: PLR0917 what the page is made of
    context: Context,
    unit: UnitRow,
    above: tuple[UnitRow, ...],
    asked: StepKind,
    form: StepForm,
    reasons: Mapping[int, str] | None = None,
) -> str:
    chosen = set(request.form.getlist("person"))
    found: list[Candidate] = candidates(
        context, unit.path, stages_before(asked), request.args.get("q", "")
    )
    return render_template(
        "cases/together.html",
        unit=unit,
        above=above,
        kind=asked.value,
        name=render_message(STEP_NAMES[asked]),
        form=form,
        rules=law(context).on(form.taken_on.data or context.today),
        words=request.args.get("q", ""),
        has_votes="entitled" in form,
        rows=[
            (
                one,
                token,
                token in chosen,
                (reasons or {}).get(one.person_id),
                request.form.get(f"votes-{token}", ""),
                render_message(STEP_NAMES[one.stage]) if one.stage else "",
            )
            for one in found
            for token in (seal_id("person", one.person_id),)
        ],
        most=MOST_CANDIDATES,
        client_key=new_client_key(),
    )


def _known_kind(kind: str) -> StepKind:
    if kind not in TOGETHER:
        raise NotFound(message("Không ghi chung bước này cho nhiều người được."))
    return StepKind(kind)
