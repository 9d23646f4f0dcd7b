"""The page on which a tenant's administrator says which acts need a second person."""

from dataclasses import asdict

from flask import flash, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.admin.base import Page, at, is_done
from app.admin.forms import TwoPeopleForm
from app.core.messages import message
from app.countersigning.commands import choose_rules
from app.countersigning.queries import alone_says, two_person_rules
from app.countersigning.rules import TwoPersonRules
from app.tenants.current import current_context
from app.web.addresses import see_other
from app.web.guards import Permission, asks_again
from app.web.i18n import render_message


class TwoPeople(Page):
    """Making the rules stricter holds at once; making them looser needs a second administrator."""

    permission = Permission.CONFIGURE
    title = message("Việc phải hai người duyệt")
    description = message("Xoá thông tin cá nhân, xuất danh sách lớn, sáp nhập đảng bộ.")

    @at("/", methods=("GET", "POST"))
    @asks_again
    def index(self) -> ResponseReturnValue:
        """Show and change the rules."""
        context = current_context()
        form = TwoPeopleForm(**asdict(two_person_rules(context)))
        asked: list[int | None] = []

        def choose() -> None:
            rules = TwoPersonRules(
                form.erasure.data, form.merging.data, form.export_rows.data or None
            )
            asked.append(choose_rules(context, rules, form.reason.data or ""))

        if form.validate_on_submit() and is_done(form, choose):
            if asked[0] is None:
                flash(_("Đã lưu."), "success")
                return see_other(url_for(".index"))
            flash(_("Bớt việc phải duyệt cần một quản trị viên khác đồng ý; đã gửi đề nghị."))
            return see_other(url_for("countersigning.act", act_id=asked[0]))
        alone = alone_says(context)
        page = self.render(
            "admin/page_form.html",
            page=self,
            form=form,
            warning=render_message(alone) if alone else None,
        )
        return page, form.status
