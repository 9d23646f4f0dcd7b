"""Transfers between two brothers, and the years of a term."""

from collections.abc import Mapping

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import may
from app.core.errors import Conflict, NotFound, Refused, refused_at
from app.core.messages import message
from app.core.periods import parse_period
from app.core.text import clean
from app.measures.filters import measure_choices, period_choices
from app.quotas.asked import Asked, asked_of
from app.quotas.queries import sets_quotas_of
from app.quotas.rules import BoardKey, Seen, read_number
from app.rounds.forms import (
    AgreementForm,
    RefusalForm,
    SharesForm,
    TransferForm,
    boxes_of,
    text_of,
)
from app.rounds.pages import transfer_state
from app.rounds.rules import AGREED, suggested_shares
from app.rounds.term import Term, take_shares, term_of
from app.rounds.transfers import (
    Proposal,
    agree_to_transfer,
    brother_named,
    decline_transfer,
    issuer_above,
    propose_transfer,
    transfer_of,
    transfers_of,
)
from app.rounds.views import done_once
from app.rounds.views import pages as pages  # noqa: PLC0414 for wiring
from app.tenants.context import Context
from app.tenants.current import current_context
from app.tenants.submissions import new_client_key
from app.web.errors import status_of
from app.web.guards import Permission, requires
from app.web.i18n import render_message

SHARE, SEEN = "share-", "seen-"
"""Before the year in the names of a term's boxes and of what was seen of them."""


@pages.get("/units/<opaque('unit'):unit_id>/transfers")
@requires(Permission.SEE_FIGURES)
def transfers(unit_id: int) -> str:
    """List the transfers that concern a unit, and let it propose one."""
    context = current_context()
    return _transfers(context, asked_of(context, unit_id), TransferForm(formdata=None))


@pages.post("/units/<opaque('unit'):unit_id>/transfers")
@requires(Permission.SET_QUOTAS)
def propose(unit_id: int) -> ResponseReturnValue:
    """Propose a transfer."""
    context = current_context()
    asked = asked_of(context, unit_id)
    form = TransferForm()
    if not form.validate():
        return _transfers(context, asked, form), form.status
    try:
        return done_once(
            context, asked.url("rounds.transfers"), lambda: _propose(context, asked, form)
        )
    except (Refused, Conflict, NotFound) as refusal:
        form.show(refusal)
        return _transfers(context, asked, form), status_of(refusal)


@pages.get("/units/<opaque('unit'):unit_id>/transfers/<opaque('quota_transfer'):transfer_id>")
@requires(Permission.SEE_FIGURES)
def transfer(unit_id: int, transfer_id: int) -> str:
    """Show a transfer to one that it concerns, who may have to answer."""
    context = current_context()
    asked = asked_of(context, unit_id)
    return _transfer(context, asked, transfer_id, AgreementForm(formdata=None))


@pages.post(
    "/units/<opaque('unit'):unit_id>/transfers/<opaque('quota_transfer'):transfer_id>/agree"
)
@requires(Permission.SET_QUOTAS)
def agree(unit_id: int, transfer_id: int) -> ResponseReturnValue:
    """Say yes to a transfer."""
    context = current_context()
    asked = asked_of(context, unit_id)
    form = AgreementForm()
    if not form.validate():
        return _transfer(context, asked, transfer_id, form), form.status

    def act() -> None:
        because = text_of(form.below_attained_because)
        state = agree_to_transfer(context, unit_id, transfer_id, because)
        flash(
            _("Đã đồng ý; chờ cấp trên duyệt.") if state == AGREED else _("Đã điều chuyển."),
            "success",
        )

    try:
        return done_once(context, asked.url("rounds.transfers"), act)
    except (Refused, Conflict) as refusal:
        form.show(refusal)
        return _transfer(context, asked, transfer_id, form), status_of(refusal)


@pages.post(
    "/units/<opaque('unit'):unit_id>/transfers/<opaque('quota_transfer'):transfer_id>/decline"
)
@requires(Permission.SET_QUOTAS)
def decline(unit_id: int, transfer_id: int) -> ResponseReturnValue:
    """Say no to a transfer."""
    context = current_context()
    asked = asked_of(context, unit_id)
    form = RefusalForm()
    if not form.validate():
        page = _transfer(context, asked, transfer_id, AgreementForm(formdata=None), form)
        return page, form.status

    def act() -> None:
        decline_transfer(context, unit_id, transfer_id, clean(form.because.data))
        flash(_("Đã ghi: không điều chuyển."), "success")

    try:
        return done_once(context, asked.url("rounds.transfers"), act)
    except (Refused, Conflict) as refusal:
        form.show(refusal)
        page = _transfer(context, asked, transfer_id, AgreementForm(formdata=None), form)
        return page, status_of(refusal)


@pages.get("/units/<opaque('unit'):unit_id>/term")
@requires(Permission.SEE_FIGURES)
def term(unit_id: int) -> str:
    """Show the years of a term: their shares, what is done, what remains per year."""
    context = current_context()
    asked = asked_of(context, unit_id)
    return _term(context, asked, term_asked(context, asked), SharesForm(formdata=None))


@pages.post("/units/<opaque('unit'):unit_id>/term")
@requires(Permission.SET_QUOTAS)
def take(unit_id: int) -> ResponseReturnValue:
    """Take the shares of a term for its years."""
    context = current_context()
    asked = asked_of(context, unit_id)
    found = term_asked(context, asked)
    form = SharesForm()
    typed = boxes_of(request.form, SHARE)
    shares, problems = _read(typed)
    if not form.validate() or problems:
        page = _term(context, asked, found, form, typed, problems)
        return page, 422
    seen = {year: Seen.read(text) for year, text in boxes_of(request.form, SEEN).items()}

    def act() -> None:
        key = BoardKey(unit_id, asked.measure.id, found.period)
        taken = take_shares(context, key, shares, seen, form.decision)
        flash(_("Đã ghi phần của %(number)s năm.", number=taken), "success")

    try:
        return done_once(context, _term_url(asked, found), act)
    except (Refused, Conflict) as refusal:
        form.show(refusal)
        return _term(context, asked, found, form, typed), status_of(refusal)


def _propose(context: Context, asked: Asked, form: TransferForm) -> None:
    issuer_id = issuer_above(context, asked.unit.id)
    other = brother_named(context, issuer_id, form.other.data)
    if other.id == asked.unit.id:
        raise refused_at("other", message("Hãy chọn một tổ chức khác."))
    sides = (asked.unit.id, other.id)
    giver_id, taker_id = sides if request.form.get("direction") != "take" else sides[::-1]
    propose_transfer(
        context,
        asked.unit.id,
        BoardKey(issuer_id, asked.measure.id, asked.period),
        Proposal(
            giver_id=giver_id,
            taker_id=taker_id,
            count=form.count.data or 0,
            reason=clean(form.reason.data),
            document_no=clean(form.document_no.data),
            below_attained_because=text_of(form.below_attained_because),
        ),
    )
    flash(_("Đã gửi đề nghị; bên kia thấy ngay."), "success")


def _transfers(context: Context, asked: Asked, form: TransferForm) -> str:
    rows = transfers_of(context, asked.unit.id, asked.measure.id, asked.period)
    return render_template(
        "rounds/transfers.html",
        asked=asked,
        rows=[(row, transfer_state(row.state)) for row in rows],
        form=form,
        may_propose=_may_act(context, asked) and not _is_root(asked),
        measures=measure_choices(asked.offered),
        periods=period_choices(context.today.year + 1, asked.period),
        client_key=new_client_key(),
    )


def _transfer(  # noqa: PLR0917 the transfer and its two forms
    context: Context,
    asked: Asked,
    transfer_id: int,
    form: AgreementForm,
    refusal: RefusalForm | None = None,
) -> str:
    row = transfer_of(context, asked.unit.id, transfer_id)
    return render_template(
        "rounds/transfer.html",
        asked=asked,
        row=row,
        state=transfer_state(row.state),
        may_agree=_may_act(context, asked) and row.waits_for() == asked.unit.id,
        may_decline=_may_act(context, asked) and row.waits_for() is not None,
        form=form,
        refusal=refusal or RefusalForm(formdata=None),
        client_key=new_client_key(),
    )


def term_asked(context: Context, asked: Asked) -> Term:
    """Return the term that the address names, else the one that today lies in."""
    wanted = request.args.get("term")
    period = parse_period(wanted) if wanted else None
    if period is not None and period.is_within_a_year:
        raise Refused(
            message(
                "“%(period)s” không phải nhiệm kỳ: nhiệm kỳ dài hơn một năm.", period=str(period)
            )
        )
    return term_of(context, asked.unit.id, asked.measure.id, period)


def _term(  # noqa: PLR0917 the term, its form and what was typed
    context: Context,
    asked: Asked,
    found: Term,
    form: SharesForm,
    typed: dict[int, str] | None = None,
    problems: dict[int, str] | None = None,
) -> str:
    suggested = suggested_shares(found.standing.quota, found.years, context.today)
    values: Mapping[int, str | int | None] = typed or {
        year.year: suggested.get(year.year) if year.share is None else year.share
        for year in found.years
    }
    errors = problems or {}
    return render_template(
        "rounds/term.html",
        asked=asked,
        term=found,
        url=_term_url(asked, found),
        values=values,
        errors=errors,
        summary=[(f"{year}: {words}", f"{SHARE}{year}") for year, words in errors.items()],
        form=form,
        may_set=_may_act(context, asked) and found.standing.quota is not None,
        measures=measure_choices(asked.offered),
        terms=[(str(choice), str(choice)) for choice in found.choices]
        or [(str(found.period), str(found.period))],
        client_key=new_client_key(),
    )


def _term_url(asked: Asked, found: Term) -> str:
    return f"{asked.url('rounds.term')}&term={found.period}"


def _read(typed: dict[int, str]) -> tuple[dict[int, int | None], dict[int, str]]:
    """Read the boxes of years; return their numbers, and what is wrong by year."""
    shares: dict[int, int | None] = {}
    problems: dict[int, str] = {}
    for year, text in typed.items():
        try:
            shares[year] = read_number(text) if clean(text) else None
        except Refused as refusal:
            problems[year] = render_message(refusal.message)
    return shares, problems


def _is_root(asked: Asked) -> bool:
    return asked.unit.path.count(".") == 1


def _may_act(context: Context, asked: Asked) -> bool:
    return may(Permission.SET_QUOTAS) and sets_quotas_of(context, asked.unit.id)
