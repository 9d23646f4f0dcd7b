"""The pages where a tenant's administrator sets when units are reminded, and where copies go."""

from collections.abc import Iterable
from dataclasses import asdict

from flask import flash, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.admin.base import Column, Line, Page, RecordPages, at, is_done
from app.admin.forms import MailboxForm, ReminderRulesForm
from app.admin.typed_units import typed_unit
from app.core.messages import message
from app.reminders.commands import choose_rules
from app.reminders.mailboxes import (
    KeptMailbox,
    add_mailbox,
    change_mailbox,
    kept_mailboxes,
    remove_mailbox,
)
from app.reminders.queries import rules
from app.reminders.rules import Rules
from app.tenants.current import current_context
from app.web.addresses import see_other
from app.web.forms import Form
from app.web.guards import Permission


class ReminderRules(Page):
    """When units are reminded without anybody pressing a button."""

    permission = Permission.CONFIGURE
    title = message("Đôn đốc tự động")
    description = message("Khi nào đơn vị được đôn đốc tự động; bản tổng hợp hằng tuần.")

    @at("/", methods=("GET", "POST"))
    def index(self) -> ResponseReturnValue:
        """Show and change the rules."""
        context = current_context()
        form = ReminderRulesForm(**asdict(rules(context)))
        if form.validate_on_submit() and is_done(
            form, lambda: choose_rules(context, _chosen(form))
        ):
            flash(_("Đã lưu."), "success")
            return see_other(url_for(".index"))
        return self.render("admin/page_form.html", page=self, form=form), form.status


class Mailboxes(RecordPages[KeptMailbox]):
    """Where copies of what is written to units go."""

    permission = Permission.CONFIGURE
    kind = "unit_mailbox"
    title = message("Hộp thư điện tử")
    title_of_new = message("Thêm hộp thư")
    description = message("Địa chỉ thư của cơ quan, nơi nhận bản sao lời đôn đốc.")
    columns = (
        Column(message("Tổ chức")),
        Column(message("Mã")),
        Column(message("Địa chỉ thư điện tử")),
    )
    form_class = MailboxForm
    fixed_fields = ("unit",)

    def rows(self) -> Iterable[KeptMailbox]:
        """Return the tenant's mailboxes."""
        return kept_mailboxes(current_context())

    def line(self, row: KeptMailbox) -> Line:
        """Show the unit and its address."""
        return Line(row.id, row.unit_name, (row.unit_code, row.address))

    def create(self, form: Form) -> None:
        """Keep the address of a unit."""
        context = current_context()
        add_mailbox(context, typed_unit(context, form.unit.data), form.address.data)

    def change(self, row: KeptMailbox, form: Form) -> None:
        """Keep another address."""
        change_mailbox(current_context(), row, form.address.data)

    def remove(self, row: KeptMailbox) -> None:
        """Forget the address."""
        remove_mailbox(current_context(), row)


def _chosen(form: Form) -> Rules:
    return Rules(**{name: form[name].data for name in asdict(Rules())})
