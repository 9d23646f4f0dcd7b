"""The pages where a tenant's administrator keeps its accounts."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import flash, g, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.dialects.postgresql import Range
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from app.accounts import commands, grants, second_factor
from app.accounts.forms import StandInForm
from app.accounts.links import IssuedLink, print_slip
from app.accounts.one_time_codes import picture
from app.accounts.queries import (
    HeldRole,
    UserRow,
    number_of_users,
    own_grants,
    user_in_scope,
    users,
)
from app.accounts.reset_requests import dismiss_request, waiting_for_password
from app.accounts.roles import ROLE_NAMES
from app.accounts.rules import MAY_GIVE, Role
from app.accounts.standing_in import appoint, delegable_roles, end_standing_in, stand_ins_of
from app.accounts.standing_in_views import wanted_appointment
from app.admin.base import Page, at, is_done
from app.admin.forms import NO_CHOICE, GrantForm, NewUserForm, UserForm, choices
from app.admin.paper import list_paper
from app.admin.slips import slip
from app.admin.typed_units import typed_unit
from app.core.errors import NotFound, refused_at
from app.core.messages import message
from app.core.text import clean
from app.reports.definition import Column
from app.reports.downloads import download
from app.tenants.context import Context
from app.tenants.current import current_context
from app.tenants.submissions import claim, new_client_key, settle
from app.web.addresses import page_number, see_other
from app.web.formats import day
from app.web.forms import Form
from app.web.guards import Permission, asks_again
from app.web.i18n import render_message
from app.web.languages import VIETNAMESE, speaking
from app.web.opaque import open_id, seal_id

USERS_ON_A_PAGE = 50
ONE_DAY = timedelta(days=1)

USER_COLUMNS = (
    Column("Họ tên", width=26),
    Column("Tên đăng nhập", width=20),
    Column("Tổ chức", width=30),
    Column("Vai trò", width=34),
    Column("Trạng thái", width=10),
)


@dataclass(frozen=True)
class RoleLine:
    """A role as the page of a user shows it."""

    id: int
    name: str
    unit_name: str
    period: str
    is_over: bool
    is_stand_in: bool


class Accounts(Page):
    """Users of the tenant: find, add, change, their roles, their passwords."""

    permission = Permission.MANAGE_USERS
    kind = "user"
    title = message("Tài khoản")
    description = message("Người dùng, vai trò theo tổ chức, mời và cấp lại mật khẩu.")

    @at("/")
    def index(self) -> str:
        """List the users, those that were searched for."""
        context = current_context()
        text = request.args.get("q", "")
        page = page_number()
        found = users(context, text, first=(page - 1) * USERS_ON_A_PAGE, limit=USERS_ON_A_PAGE)
        pages = -(-number_of_users(context, text) // USERS_ON_A_PAGE)
        return str(
            self.render(
                "admin/users.html",
                trail=self._trail(),
                users=found,
                text=text,
                page_number=page,
                pages=pages,
                role_names=ROLE_NAMES,
                today=context.today,
                waiting=waiting_for_password(context) if page == 1 and not text else [],
                url_of=lambda number: url_for(".index", q=text or None, page=number),
            )
        )

    @at("/table.<ending>")
    def table(self, ending: str) -> Response:
        """Hand out all users that were searched for as a file; the trail keeps who took it."""
        context = current_context()
        text = clean(request.args.get("q", ""))
        found = users(context, text)
        commands.note_users_taken(context, text, len(found))
        with speaking(VIETNAMESE):
            rows = [_written(user, context.today) for user in found]
            paper = list_paper(
                context, render_message(self.title), USER_COLUMNS, rows, taker=context.actor.name
            )
        return download(paper, ending)

    @at("/new", methods=("GET", "POST"))
    @asks_again
    def new(self) -> ResponseReturnValue:
        """Add a user, who chooses a password by a link or a slip that is shown once."""
        context = current_context()
        form = NewUserForm(unit=request.args.get("unit", ""))
        form.role.choices = _role_choices(context)
        key = request.form.get("client_key") or new_client_key()
        if form.validate_on_submit():
            claimed = claim(context, key)
            if not claimed.is_first:
                return see_other(claimed.result or url_for(".index"))
            made: list[IssuedLink] = []
            if is_done(form, lambda: made.append(_invite(context, form))):
                settle(context, key, url_for(".edit", user_id=made[0].user_id))
                return self._link_page(made[0])
        page = self.render("admin/new_user.html", form=form, client_key=key, trail=self._trail())
        return page, form.status

    @at("/<opaque('user'):user_id>", methods=("GET", "POST"))
    def edit(self, user_id: int) -> ResponseReturnValue:
        """Show a user and their roles; correct the name and the home unit."""
        context = current_context()
        user = user_in_scope(context, user_id)
        form = UserForm(full_name=user.full_name, unit=user.unit_code)
        if form.validate_on_submit() and is_done(form, lambda: _change(context, user_id, form)):
            return self._back(user_id, _("Đã lưu."))
        return self._user_page(user, form=form)

    @at("/<opaque('user'):user_id>/roles", methods=("POST",))
    @asks_again
    def grant(self, user_id: int) -> ResponseReturnValue:
        """Give the user a role on a unit."""
        context = current_context()
        user = user_in_scope(context, user_id)
        form = _grant_form(user)
        if form.validate_on_submit() and is_done(form, lambda: _grant(context, user_id, form)):
            return self._back(user_id, _("Đã giao vai trò."))
        return self._user_page(user, grant_form=form)

    @at("/<opaque('user'):user_id>/roles/end", methods=("POST",))
    @asks_again
    def end_role(self, user_id: int) -> ResponseReturnValue:
        """End one of the user's roles."""
        grant_id = open_id("role", request.form.get("role", ""))
        grants.end_role(current_context(), user_id, grant_id)
        return self._back(user_id, _("Đã thôi vai trò."))

    @at("/<opaque('user'):user_id>/disable", methods=("POST",))
    @asks_again
    def disable(self, user_id: int) -> ResponseReturnValue:
        """Keep the user out from now on."""
        commands.disable_user(current_context(), user_id)
        return self._back(user_id, _("Đã khóa tài khoản; mọi phiên đang mở đã kết thúc."))

    @at("/<opaque('user'):user_id>/enable", methods=("POST",))
    @asks_again
    def enable(self, user_id: int) -> ResponseReturnValue:
        """Let the user in again."""
        commands.enable_user(current_context(), user_id)
        return self._back(user_id, _("Đã mở lại tài khoản."))

    @at("/<opaque('user'):user_id>/password", methods=("POST",))
    @asks_again
    def reset_password(self, user_id: int) -> ResponseReturnValue:
        """End the password; show once the link by which its owner chooses another one."""
        return self._link_page(commands.reset_password(current_context(), user_id))

    @at("/<opaque('user'):user_id>/request/dismiss", methods=("POST",))
    def dismiss(self, user_id: int) -> ResponseReturnValue:
        """Take somebody's request for a new password off the list."""
        dismiss_request(current_context(), user_id)
        flash(_("Đã bỏ qua yêu cầu."), "success")
        return see_other(url_for(".index"))

    @at("/<opaque('user'):user_id>/absence", methods=("POST",))
    @asks_again
    def appoint(self, user_id: int) -> ResponseReturnValue:
        """Have somebody stand in for the user while they are away."""
        context = current_context()
        user = user_in_scope(context, user_id)
        form = _absence_form(context, user)
        if form.validate_on_submit() and is_done(form, lambda: _appoint(context, user_id, form)):
            return self._back(user_id, _("Đã ủy quyền. Người làm thay thấy việc từ ngày đầu."))
        return self._user_page(user, absence_form=form)

    @at("/<opaque('user'):user_id>/absence/end", methods=("POST",))
    @asks_again
    def end_absence(self, user_id: int) -> ResponseReturnValue:
        """Have somebody stand in for the user no longer."""
        grant_id = open_id("role", request.form.get("role", ""))
        end_standing_in(current_context(), user_id, grant_id)
        return self._back(user_id, _("Đã thôi ủy quyền."))

    @at("/<opaque('user'):user_id>/invitation", methods=("POST",))
    @asks_again
    def invite_again(self, user_id: int) -> ResponseReturnValue:
        """Show a new link to somebody who has not chosen a password yet."""
        return self._link_page(commands.invite_again(current_context(), user_id))

    @at("/<opaque('user'):user_id>/slip.pdf", methods=("POST",))
    @asks_again
    def slip(self, user_id: int) -> ResponseReturnValue:
        """Print the slip of a link that was just shown: the program itself keeps no code."""
        context = current_context()
        user = user_in_scope(context, user_id)
        code = request.form.get("code", "")
        paper = slip(
            context,
            user,
            address=url_for("accounts.join", _external=True),
            code=code,
            until=print_slip(context, user_id, code),
        )
        return download(paper, "pdf")

    @at("/<opaque('user'):user_id>/second-factor", methods=("POST",))
    @asks_again
    def reset_second_factor(self, user_id: int) -> ResponseReturnValue:
        """Take the second factor away, for somebody who has lost the telephone and the codes."""
        second_factor.reset_second_factor(current_context(), user_id)
        return self._back(
            user_id, _("Đã đặt lại xác thực hai bước; lần đăng nhập sau sẽ phải bật lại.")
        )

    def _link_page(self, link: IssuedLink) -> str:
        user = user_in_scope(current_context(), link.user_id)
        address = url_for("accounts.join", login=user.login_name, code=link.code, _external=True)
        return str(
            self.render(
                "admin/link.html",
                trail=self._trail(),
                user=user,
                link=link,
                address=address,
                picture=picture(address),
            )
        )

    def _trail(self) -> list[tuple[str, str | None]]:
        """Return what stands before this page: the configuration for who may open it."""
        own = (self.heading, url_for(".index"))
        above = (_("Cấu hình"), url_for("admin.index"))
        return [above, own] if g.principal.may(Permission.CONFIGURE) else [own]

    def _back(self, user_id: int, done: str) -> Response:
        flash(done, "success")
        return see_other(url_for(".edit", user_id=user_id))

    def _user_page(
        self,
        user: UserRow,
        *,
        form: Form | None = None,
        grant_form: Form | None = None,
        absence_form: Form | None = None,
    ) -> ResponseReturnValue:
        """Show a user with the form that was refused, the others as they are at first."""
        context = current_context()
        fresh = UserForm(formdata=None, full_name=user.full_name, unit=user.unit_code)
        form = form or fresh
        grant_form = grant_form or _grant_form(user)
        absence_form = absence_form or _absence_form(context, user)
        page = self.render(
            "admin/user.html",
            trail=self._trail(),
            user=user,
            form=form,
            grant_form=grant_form,
            absence_form=absence_form,
            stand_ins=stand_ins_of(context, user.id),
            role_names=ROLE_NAMES,
            roles=[_role_line(held, context.today) for held in user.roles],
        )
        return page, max(form.status, grant_form.status, absence_form.status)


def _role_line(held: HeldRole, today: date) -> RoleLine:
    start, end = held.valid.lower, held.valid.upper
    days = [
        _("từ %(day)s", day=day(start)) if start else "",
        _("đến hết %(day)s", day=day(end - ONE_DAY)) if end else "",
    ]
    return RoleLine(
        id=held.id,
        name=str(ROLE_NAMES[held.role]),
        unit_name=held.unit_name,
        period=" ".join(filter(None, days)) or _("không thời hạn"),
        is_over=held.is_over(today),
        is_stand_in=held.stands_in_for_id is not None,
    )


def _grant_form(user: UserRow) -> GrantForm:
    # Two forms of the page have a field for a unit.
    form = GrantForm(prefix="grant-", unit=user.unit_code)
    form.role.choices = _role_choices(current_context())
    return form


def _absence_form(context: Context, user: UserRow) -> StandInForm:
    form = StandInForm(prefix="absence-")
    form.role.choices = [
        SelectChoice(seal_id("role", held.id), f"{ROLE_NAMES[held.role]} · {held.unit_name}")
        for held in delegable_roles(context, user)
    ]
    return form


def _appoint(context: Context, user_id: int, form: StandInForm) -> None:
    try:
        appoint(context, user_id, wanted_appointment(form))
    except NotFound as missing:
        raise refused_at("login_name", missing.message) from missing


def _role_choices(context: Context) -> list[SelectChoice]:
    """Return the roles that the reader may give."""
    given = {role for own in own_grants(context) for role in MAY_GIVE.get(own.role, ())}
    names = {role: name for role, name in ROLE_NAMES.items() if role in given}
    return [NO_CHOICE, *choices(names)]


def _invite(context: Context, form: Form) -> IssuedLink:
    unit_id = typed_unit(context, form.unit.data)
    return commands.invite_user(
        context,
        commands.NewUser(
            login_name=form.login_name.data,
            full_name=form.full_name.data,
            unit_id=unit_id,
            must_change_password=False,
            grants=(grants.NewGrant(Role(form.role.data), unit_id),),
        ),
    )


def _written(user: UserRow, today: date) -> tuple[str, ...]:
    """Write a user as a line of a file, with the roles that have not ended."""
    roles = (
        f"{ROLE_NAMES[held.role]}"
        + (f" ({held.unit_name})" if held.unit_code != user.unit_code else "")
        for held in user.roles_kept(today)
    )
    state = _("đã khóa") if user.is_disabled else ""
    return user.full_name, user.login_name, user.unit_name, "; ".join(roles), state


def _change(context: Context, user_id: int, form: Form) -> None:
    unit_id = typed_unit(context, form.unit.data)
    commands.change_user(context, user_id, full_name=form.full_name.data, unit_id=unit_id)


def _grant(context: Context, user_id: int, form: Form) -> None:
    grant = grants.NewGrant(
        Role(form.role.data),
        typed_unit(context, form.unit.data),
        _days(form.first_day.data, form.last_day.data),
    )
    grants.grant_role(context, user_id, grant)


def _days(first: date | None, last: date | None) -> Range[date]:
    if first and last and last < first:
        raise refused_at("last_day", message("Ngày cuối phải từ ngày đầu trở đi."))
    return Range(first, last + ONE_DAY if last else None)
