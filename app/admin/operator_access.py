"""The page on which a tenant's administrator lets an operator look into the tenant for a while."""

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.accounts.operator_access import accesses, end_access, give_access
from app.admin.base import Page, at, is_done
from app.admin.forms import OperatorAccessForm
from app.core.messages import message
from app.tenants.current import current_context
from app.web.addresses import see_other
from app.web.guards import Permission, asks_again
from app.web.opaque import open_id


class OperatorAccess(Page):
    """Who runs the service sees nothing inside, unless leave is given here; it ends by itself."""

    permission = Permission.CONFIGURE
    kind = "operator_access"
    title = message("Cho người vận hành xem")
    description = message("Cho phép có thời hạn, có lý do; đang mở thì mọi trang đều báo.")

    @at("/", methods=("GET", "POST"))
    @asks_again
    def index(self) -> ResponseReturnValue:
        """Show what was given, and give leave."""
        form = OperatorAccessForm()
        if form.validate_on_submit() and is_done(form, lambda: _give(form)):
            flash(_("Đã cho phép. Quyền này tự hết hạn."), "success")
            return see_other(url_for(".index"))
        page = self.render(
            "admin/operator_access.html",
            page=self,
            form=form,
            accesses=accesses(current_context()),
        )
        return page, form.status

    @at("/end", methods=("POST",))
    def end(self) -> Response:
        """Take leave back."""
        end_access(current_context(), open_id(self.kind, request.form.get("access", "")))
        flash(_("Đã thu lại quyền xem."), "success")
        return see_other(url_for(".index"))


def _give(form: OperatorAccessForm) -> None:
    give_access(
        current_context(),
        form.login_name.data,
        form.reason.data,
        form.hours.data or 0,
        sees_people=form.sees_people.data,
    )
