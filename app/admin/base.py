"""What every page of the configuration shares: Flask-Admin's views over our queries and commands.

Flask-Admin's model views are left out on purpose: their edit, delete, look-up and export pages
read and write rows by themselves, past tenants, commands and the trail.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeVar, cast

from flask import Flask, abort, flash, g, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin, BaseView, expose
from flask_admin.theme import Theme
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.accounts.principal import Principal
from app.admin.paper import list_paper
from app.core.errors import NotFound, Refused
from app.core.messages import Message, message
from app.exports.commands import note_list_taken
from app.reports.definition import Column as PaperColumn
from app.reports.downloads import download
from app.tenants.context import Context
from app.tenants.submissions import claim, new_client_key, settle
from app.web.addresses import see_other
from app.web.forms import Form
from app.web.guards import Permission, requires, signed_in
from app.web.i18n import render_message
from app.web.languages import VIETNAMESE, speaking

# Those that Flask-Admin brings need scripts inside the page, which the security policy refuses.
THEME = Theme(folder=str(Path(__file__).parent / "templates"), base_template="base.html")


Function = Callable[..., Any]
Method = TypeVar("Method", bound=Callable[..., Any])


def at(url: str, methods: Sequence[str] = ("GET",)) -> Callable[[Method], Method]:
    """Say at which address below its page's a method answers; Flask-Admin's own, with types."""
    return cast("Callable[[Method], Method]", expose(url, methods))


class Page(BaseView):  # type: ignore[misc]
    """A page, or a few of them, of the configuration for those who hold one permission.

    `title` and `description` are what the overview says of it.
    """

    permission: ClassVar[Permission]
    kind: ClassVar[str] = ""
    title: ClassVar[Message]
    description: ClassVar[Message]
    _urls: list[tuple[str, str, Sequence[str]]]

    def __init__(self, name: str, url: str | None = None) -> None:
        # An address that begins with a slash lies outside /admin.
        super().__init__(name=name, endpoint=f"admin_{name}", url=url or name)
        # Each page seals the numbers in its addresses for its own kind of row.
        self._urls = [
            (rule.replace("{kind}", self.kind), name, methods) for rule, name, methods in self._urls
        ]

    @property
    def heading(self) -> str:
        """The title in the reader's language."""
        return render_message(self.title)

    @property
    def explanation(self) -> str:
        """The description in the reader's language."""
        return render_message(self.description)

    def is_accessible(self) -> bool:
        """Tell Flask-Admin's menu whether the reader may open this page."""
        principal: Principal = g.principal
        return principal.may(self.permission)

    def _run_view(
        self, fn: Callable[..., ResponseReturnValue], *args: object, **kwargs: object
    ) -> ResponseReturnValue:
        # Flask-Admin would call a page a second time after a TypeError.
        return fn(self, *args, **kwargs)


def is_done(form: Form, act: Callable[[], None]) -> bool:
    """Do what a form asks for; a refusal is shown on the form."""
    try:
        act()
    except Refused as refusal:
        form.show(refusal)
        return False
    return True


class Record(Protocol):
    """A row that has a number."""

    @property
    def id(self) -> int:
        """The row's number."""


Row = TypeVar("Row", bound=Record)


@dataclass(frozen=True)
class Column:
    """A column of the list."""

    label: Message
    is_number: bool = False


@dataclass(frozen=True)
class Line:
    """A row as the list shows it: what names it, and the rest in the order of the columns."""

    id: int
    name: str
    cells: tuple[str, ...]


class RecordPages(Page, Generic[Row]):
    """List, add, change and remove the rows of one kind.

    A subclass says which rows there are and which commands write them. Forms list their fields,
    so nothing else can be assigned; `fixed_fields` are said once, when a row is added. Without
    a `title_of_new` nothing is added.
    """

    title_of_new: ClassVar[Message | None] = None
    form_class: ClassVar[type[Form]]
    columns: ClassVar[tuple[Column, ...]]
    fixed_fields: ClassVar[tuple[str, ...]] = ()
    can_remove: ClassVar[bool] = True

    @property
    def heading_of_new(self) -> str | None:
        """The words on the way to a new row, where there is one."""
        return render_message(self.title_of_new) if self.title_of_new else None

    def rows(self) -> Iterable[Row]:
        """Return the rows that the reader may change."""
        raise NotImplementedError

    def line(self, row: Row) -> Line:
        """Return what the list shows of a row."""
        raise NotImplementedError

    def form(self, row: Row | None = None) -> Form:
        """Return the form of a row, or of a new one."""
        return self.form_class(obj=row)

    def create(self, form: Form) -> None:
        """Add a row by a command."""
        raise NotImplementedError

    def change(self, row: Row, form: Form) -> None:
        """Change a row by a command."""
        raise NotImplementedError

    def remove(self, row: Row) -> None:
        """Remove a row by a command."""
        raise NotImplementedError

    @at("/")
    def index(self) -> str:
        """List all rows."""
        return str(
            self.render(
                "admin/list.html",
                page=self,
                headings=[
                    {"label": render_message(column.label), "is_number": column.is_number}
                    for column in self.columns
                ],
                lines=[self.line(row) for row in self.rows()],
            )
        )

    @at("/table.<ending>")
    def table(self, ending: str) -> Response:
        """Hand out the list as a file; who took it is kept."""
        principal: Principal = g.principal
        with speaking(VIETNAMESE):
            lines = [self.line(row) for row in self.rows()]
            paper = list_paper(
                g.get("context"),
                self.heading,
                [PaperColumn(str(c.label), 24, is_number=c.is_number) for c in self.columns],
                [(line.name, *line.cells) for line in lines],
                taker=principal.name,
            )
        # What an operator lists is no tenant's, not even of one that is being visited.
        is_of_tenant = self.permission is not Permission.OPERATE
        note_list_taken(g.context if is_of_tenant else None, self.name, len(lines))
        return download(paper, ending)

    @at("/new", methods=("GET", "POST"))
    def new(self) -> ResponseReturnValue:
        """Add a row; a form that is sent twice adds one."""
        if self.title_of_new is None:
            raise NotFound(message("Không thêm được ở đây."))
        form = self.form()
        key = request.form.get("client_key") or new_client_key()
        if form.validate_on_submit() and is_done(form, lambda: self._create_once(form, key)):
            return self._back(_("Đã thêm."))
        return self._form_page(form, client_key=key)

    @at("/<opaque('{kind}'):record_id>", methods=("GET", "POST"))
    def edit(self, record_id: int) -> ResponseReturnValue:
        """Change a row."""
        row = self._row(record_id)
        form = self.form(row)
        for name in self.fixed_fields:
            del form[name]
        if form.validate_on_submit() and is_done(form, lambda: self.change(row, form)):
            return self._back(_("Đã lưu."))
        return self._form_page(form, line=self.line(row))

    @at("/<opaque('{kind}'):record_id>/remove", methods=("GET", "POST"))
    def delete(self, record_id: int) -> ResponseReturnValue:
        """Ask whether the row shall go, then remove it."""
        row = self._row(record_id)
        if not self.can_remove:
            raise NotFound(message("Không xóa được ở đây."))
        if request.method == "POST":
            self.remove(row)
            return self._back(_("Đã xóa."))
        return str(self.render("admin/remove.html", page=self, line=self.line(row)))

    def _row(self, record_id: int) -> Row:
        row = next((row for row in self.rows() if row.id == record_id), None)
        if row is None:
            raise NotFound(message("Không tìm thấy mục này."))
        return row

    def _create_once(self, form: Form, client_key: str) -> None:
        """Add the row unless this form has added it before; operators have no such memory."""
        context: Context | None = g.get("context")
        if context is None:
            self.create(form)
        elif claim(context, client_key).is_first:
            self.create(form)
            settle(context, client_key, url_for(".index"))

    def _back(self, done: str) -> Response:
        flash(done, "success")
        return see_other(url_for(".index"))

    def _form_page(self, form: Form, **values: object) -> ResponseReturnValue:
        return self.render("admin/form.html", page=self, form=form, **values), form.status


class Overview(BaseView):  # type: ignore[misc]
    """The first page: which parts of the configuration the reader may open."""

    def __init__(self) -> None:
        super().__init__(name="overview", endpoint="admin", url="/admin")

    @at("/")
    def index(self) -> str:
        """List the parts."""
        parts = [view for view in self.admin._views if view is not self and view.is_accessible()]  # noqa: SLF001
        if not parts:
            abort(403)
        return str(self.render("admin/overview.html", parts=parts))


def install_admin(app: Flask, pages: Sequence[Page]) -> None:
    """Register the pages with Flask-Admin and label every one of their endpoints."""
    overview = Overview()
    admin = Admin(name="admin", url="/admin", index_view=overview, theme=THEME)
    for page in pages:
        admin.add_view(page)
    admin.init_app(app)
    _label(app, overview, signed_in)
    for page in pages:
        _label(app, page, requires(page.permission))


def _label(app: Flask, view: BaseView, guard: Callable[[Function], Function]) -> None:
    """Put a guard on the endpoints of a view, whose methods themselves are shared by others."""
    for endpoint, function in app.view_functions.items():
        if endpoint.startswith(f"{view.endpoint}."):
            app.view_functions[endpoint] = guard(_function_of(function))


def _function_of(method: Function) -> Function:
    @wraps(method)
    def function(**values: Any) -> Any:  # noqa: ANN401 whatever the address holds and Flask takes
        return method(**values)

    return function
