"""The page of what a tenant has chosen for all its figures."""

from dataclasses import asdict

from flask import flash, g, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.admin.base import Page, at, is_done
from app.admin.forms import SettingsForm
from app.core.messages import message
from app.measures.commands import choose_counted_step
from app.measures.filters import ADMISSION
from app.measures.queries import measure_by_code
from app.privacy.commands import choose_privacy_rule
from app.privacy.queries import privacy_rule
from app.privacy.rules import LegalBasis
from app.rounds.transfers import needs_approval
from app.tenants.commands import (
    choose_rating_source,
    choose_transfers_need_approval,
    choose_watch_thresholds,
    set_clock,
)
from app.tenants.context import Context
from app.tenants.current import current_context
from app.tenants.queries import watch_thresholds
from app.web.addresses import see_other
from app.web.forms import Form
from app.web.guards import Permission

_THRESHOLDS = ("watch_percent", "watch_years", "watch_days")


class Settings(Page):
    """How figures are rated and counted, and a demonstration's day."""

    permission = Permission.CONFIGURE
    title = message("Thiết lập")
    description = message("Tỷ lệ tính theo chỉ tiêu nào, kết nạp tính vào ngày nào.")

    @at("/", methods=("GET", "POST"))
    def index(self) -> ResponseReturnValue:
        """Show and change the settings."""
        context = current_context()
        form = _form(context)
        if form.validate_on_submit() and is_done(form, lambda: _save(context, form)):
            flash(_("Đã lưu."), "success")
            return see_other(url_for(".index"))
        return self.render("admin/page_form.html", page=self, form=form), form.status


def _form(context: Context) -> Form:
    kept = privacy_rule(context)
    form = SettingsForm(
        rating_source=context.rating_source,
        counted_step=measure_by_code(context, ADMISSION).counted_step,
        transfers_need_approval=needs_approval(context),
        usual_basis=kept.usual_basis.value,
        retention_months=kept.retention_months,
        clock_on=g.principal.clock_on,
        **asdict(watch_thresholds(context)),
    )
    if g.principal.clock_on is None:
        del form.clock_on
    return form


def _save(context: Context, form: Form) -> None:
    choose_rating_source(context, form.rating_source.data)
    choose_transfers_need_approval(context, need=form.transfers_need_approval.data)
    choose_privacy_rule(context, LegalBasis(form.usual_basis.data), form.retention_months.data)
    choose_watch_thresholds(
        context,
        {name: form[name].data for name in _THRESHOLDS if form[name].data is not None},
    )
    admission = measure_by_code(context, ADMISSION)
    choose_counted_step(context, admission.id, form.counted_step.data)
    if "clock_on" in form:
        set_clock(context, form.clock_on.data)
