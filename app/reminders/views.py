"""Who is late or ahead and what is written to them; what was sent; the inbox of a unit."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.accounts.access import may
from app.core.errors import NotAllowed, Refused
from app.core.periods import as_of
from app.measures.filters import asked_measure, asked_period, measure_choices, period_choices
from app.measures.queries import MeasureRow
from app.monitoring.links import people_url
from app.monitoring.queries import AttainmentReport, Question
from app.reminders.commands import mark_read, send_by_hand
from app.reminders.forms import LetterForm
from app.reminders.pages import late_row, letter_row
from app.reminders.queries import (
    LETTERS_ON_A_PAGE,
    Ground,
    ListedUnit,
    ground,
    letter_to,
    letters_by,
    letters_to,
    standing,
)
from app.reminders.rules import Kind, prepared_commendation, prepared_reminder
from app.rollups.models import Tree
from app.rounds.views import done_once
from app.tenants.context import Context
from app.tenants.current import current_context
from app.tenants.submissions import new_client_key
from app.units.queries import unit_with_ancestors
from app.units.rows import UnitRow
from app.web.addresses import page_number, see_other
from app.web.errors import status_of
from app.web.guards import Permission, requires
from app.web.opaque import open_id

pages = Blueprint("reminders", __name__, template_folder="templates")


@pages.get("/units/<opaque('unit'):unit_id>/late")
@requires(Permission.REMIND)
def late(unit_id: int) -> str:
    """List the units behind pace, chosen already, with the text that reminds them."""
    return _list(_asked(unit_id, Kind.REMINDER), None)


@pages.post("/units/<opaque('unit'):unit_id>/late")
@requires(Permission.REMIND)
def remind(unit_id: int) -> ResponseReturnValue:
    """Remind the units chosen."""
    return _send(_asked(unit_id, Kind.REMINDER))


@pages.get("/units/<opaque('unit'):unit_id>/ahead")
@requires(Permission.REMIND)
def ahead(unit_id: int) -> str:
    """List the units that have reached the pace, with the text that commends them."""
    return _list(_asked(unit_id, Kind.COMMENDATION), None)


@pages.post("/units/<opaque('unit'):unit_id>/ahead")
@requires(Permission.REMIND)
def commend(unit_id: int) -> ResponseReturnValue:
    """Commend the units chosen."""
    return _send(_asked(unit_id, Kind.COMMENDATION))


@pages.get("/units/<opaque('unit'):unit_id>/reminders")
@requires(Permission.REMIND)
def sent(unit_id: int) -> str:
    """List what a unit has written, who has read it, and what has changed since."""
    context = current_context()
    unit, above = unit_with_ancestors(context, unit_id)
    page = page_number()
    letters = letters_by(context, unit_id, offset=(page - 1) * LETTERS_ON_A_PAGE)
    return render_template(
        "reminders/sent.html",
        unit=unit,
        above=above,
        rows=[
            letter_row(letter, url_for("monitoring.attainment", unit_id=letter.unit_id))
            for letter in letters[:LETTERS_ON_A_PAGE]
        ],
        page=page,
        pages=page + (len(letters) > LETTERS_ON_A_PAGE),
        page_url=lambda number: url_for("reminders.sent", unit_id=unit_id, page=number),
    )


@pages.get("/units/<opaque('unit'):unit_id>/inbox")
@requires(Permission.SEE_FIGURES)
def inbox(unit_id: int) -> str:
    """List what was written to a unit."""
    context = current_context()
    unit, above = unit_with_ancestors(context, unit_id)
    page = page_number()
    letters = letters_to(context, unit_id, offset=(page - 1) * LETTERS_ON_A_PAGE)
    shown = letters[:LETTERS_ON_A_PAGE]
    return render_template(
        "reminders/inbox.html",
        unit=unit,
        above=above,
        rows=[
            letter_row(one, url_for("reminders.letter", unit_id=unit_id, reminder_id=one.id))
            for one in shown
        ],
        unread=[one.id for one in shown if not one.is_read],
        may_read=context.unit_id == unit_id,
        page=page,
        pages=page + (len(letters) > LETTERS_ON_A_PAGE),
        page_url=lambda number: url_for("reminders.inbox", unit_id=unit_id, page=number),
    )


@pages.get("/units/<opaque('unit'):unit_id>/inbox/<opaque('reminder'):reminder_id>")
@requires(Permission.SEE_FIGURES)
def letter(unit_id: int, reminder_id: int) -> str:
    """Show what was written to a unit, how it stood then and how it stands."""
    context = current_context()
    unit, above = unit_with_ancestors(context, unit_id)
    found = letter_to(context, unit_id, reminder_id)
    return render_template(
        "reminders/letter.html",
        unit=unit,
        above=above,
        row=letter_row(found, url_for("monitoring.attainment", unit_id=unit_id)),
        may_read=context.unit_id == unit_id,
    )


@pages.post("/units/<opaque('unit'):unit_id>/inbox")
@requires(Permission.SEE_FIGURES)
def read(unit_id: int) -> Response:
    """Note that the reader has read the letters named."""
    context = current_context()
    numbers = {open_id("reminder", token) for token in request.form.getlist("letter")}
    count = mark_read(context, unit_id, numbers)
    if count:
        flash(_("Đã báo cho nơi gửi là đã đọc."), "success")
    return see_other(url_for("reminders.inbox", unit_id=unit_id))


@dataclass(frozen=True)
class _Asked:
    """What a late list, or its opposite, is about."""

    kind: Kind
    unit: UnitRow
    above: tuple[UnitRow, ...]
    question: Question
    known: Ground
    report: AttainmentReport
    rows: tuple[ListedUnit, ...]

    @property
    def address(self) -> dict[str, Any]:
        """What the links of the page carry."""
        return {"period": str(self.question.period), "measure": self.question.measure.code}

    @property
    def measures(self) -> tuple[MeasureRow, ...]:
        """The measures to choose from."""
        return self.known.measures

    def is_meant(self, row: ListedUnit) -> bool:
        """Tell whether a unit is on this list."""
        return row.figures.is_late if self.kind is Kind.REMINDER else row.figures.is_ahead


def _asked(unit_id: int, kind: Kind) -> _Asked:
    context = current_context()
    unit, above = unit_with_ancestors(context, unit_id)
    known = ground(context, unit_id)
    period = asked_period(context.today)
    question = Question(
        asked_measure(known.measures), period, as_of(period, context.today), Tree.THEN
    )
    report, rows = standing(context, unit, question, known)
    return _Asked(kind, unit, above, question, known, report, rows)


def _list(asked: _Asked, form: LetterForm | None) -> str:
    context = current_context()
    meant = [row for row in asked.rows if asked.is_meant(row)]
    if asked.kind is Kind.COMMENDATION:
        meant.reverse()
    return render_template(
        "reminders/late.html",
        asked=asked,
        is_late_list=asked.kind is Kind.REMINDER,
        rows=[
            late_row(
                row,
                asked.address,
                context.today,
                chosen=_is_chosen(row, context),
                people_url=people_url(row.unit, asked.question, asked.unit)
                if row.figures.count and may(Permission.SEE_PEOPLE)
                else None,
            )
            for row in meant
        ],
        form=form or LetterForm(formdata=None, body=_prepared(asked, context)),
        action=url_for(
            "reminders.remind" if asked.kind is Kind.REMINDER else "reminders.commend",
            unit_id=asked.unit.id,
            **asked.address,
        ),
        may_send=may(Permission.REMIND),
        measures=measure_choices(asked.measures),
        periods=period_choices(context.today.year, asked.question.period),
        client_key=new_client_key(),
    )


def _is_chosen(row: ListedUnit, context: Context) -> bool:
    """Tell whether a unit is chosen from the start: who was written to today is not."""
    return row.beside.reminded_on != context.today


def _prepared(asked: _Asked, context: Context) -> str:
    sender = _sender_name(asked, context)
    write = prepared_reminder if asked.kind is Kind.REMINDER else prepared_commendation
    return write(sender, asked.question.measure.name, asked.question.period)


def _sender_name(asked: _Asked, context: Context) -> str:
    line = (*asked.above, asked.unit)
    return next((unit.name for unit in line if unit.id == context.unit_id), asked.unit.name)


def _send(asked: _Asked) -> ResponseReturnValue:
    context = current_context()
    form = LetterForm()
    if not form.validate():
        return _list(asked, form), form.status
    only = request.form.get("only")
    chosen = {open_id("unit", one) for one in ([only] if only else request.form.getlist("unit"))}

    def act() -> None:
        done = send_by_hand(
            context,
            asked.kind,
            asked.unit,
            asked.question,
            chosen,
            form.body.data or "",
            known=asked.known,
        )
        _tell(asked.kind, done.now, done.already)

    address = url_for("reminders.sent", unit_id=context.unit_id or asked.unit.id)
    try:
        return done_once(context, address, act)
    except (Refused, NotAllowed) as refusal:
        form.show(refusal)
        return _list(asked, form), status_of(refusal)


def _tell(kind: Kind, sent_now: int, already: int) -> None:
    if kind is Kind.REMINDER:
        flash(_("Đã đôn đốc %(number)s đơn vị.", number=sent_now), "success")
    else:
        flash(_("Đã biểu dương %(number)s đơn vị.", number=sent_now), "success")
    if already:
        flash(_("%(number)s đơn vị đã nhận trong hôm nay, không gửi lại.", number=already), "info")
