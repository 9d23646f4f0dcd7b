"""The annex of a version, as a page that prints and as files; a draft's is its committee's own."""

from collections.abc import Callable
from dataclasses import replace

from flask import Blueprint, render_template
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core import clock
from app.core.errors import NotAllowed, NotFound
from app.core.messages import message
from app.quotas.annexes import Stationery, annex
from app.quotas.asked import Asked, asked_of
from app.quotas.decided import decided_version
from app.quotas.queries import VersionRow, Versions, sets_quotas_of
from app.reports.definition import Report
from app.reports.downloads import FILE_FORMS, download
from app.reports.layouts import layout_of
from app.reports.rules import form_on, paper_forms
from app.tenants.context import Context
from app.tenants.current import current_context
from app.units.naming import called_on
from app.web.formats import instant
from app.web.guards import Permission, requires
from app.web.languages import VIETNAMESE, speaking

papers = Blueprint("annexes", __name__, template_folder="templates")


@papers.get("/units/<opaque('unit'):unit_id>/quotas/versions/<int:number>/annex")
@requires(Permission.SEE_FIGURES)
def page(unit_id: int, number: int) -> str:
    """Show the annex of a published version as it prints."""
    asked, report = _published(unit_id, number)
    back = asked.url("quotas.version", number=number)
    return _page(asked, report, "annexes.file", number=number, back=back)


@papers.get("/units/<opaque('unit'):unit_id>/quotas/versions/<int:number>/annex.<ending>")
@requires(Permission.SEE_FIGURES)
def file(unit_id: int, number: int, ending: str) -> Response:
    """Send the annex of a published version as a file."""
    _asked, report = _published(unit_id, number)
    return download(report, ending)


@papers.get("/units/<opaque('unit'):unit_id>/quotas/draft/annex")
@requires(Permission.SET_QUOTAS)
def page_of_draft(unit_id: int) -> str:
    """Show the annex that the draft would have, with its mark."""
    asked, report = _drafted(unit_id)
    return _page(asked, report, "annexes.file_of_draft", back=asked.url("quotas.board"))


@papers.get("/units/<opaque('unit'):unit_id>/quotas/draft/annex.<ending>")
@requires(Permission.SET_QUOTAS)
def file_of_draft(unit_id: int, ending: str) -> Response:
    """Send the annex that the draft would have as a file, with its mark."""
    _asked, report = _drafted(unit_id)
    return download(report, ending)


Choice = Callable[[Versions], VersionRow]


def _published(unit_id: int, number: int) -> tuple[Asked, Report]:
    context = current_context()
    with speaking(VIETNAMESE):
        asked = asked_of(context, unit_id)
        return asked, _annex(context, asked, lambda versions: versions.numbered(number))


def _drafted(unit_id: int) -> tuple[Asked, Report]:
    context = current_context()
    with speaking(VIETNAMESE):
        asked = asked_of(context, unit_id)
        if not sets_quotas_of(context, unit_id):
            raise NotAllowed(message("Bản nháp là việc riêng của cấp ủy lập ra nó."))
        return asked, _annex(context, asked, _the_draft)


def _the_draft(versions: Versions) -> VersionRow:
    if versions.draft is None:
        raise NotFound(message("Không có bản nháp nào."))
    return versions.draft


def _annex(context: Context, asked: Asked, choose: Choice) -> Report:
    """Draw up the annex of the version chosen; its names are in the language spoken.

    Issuer and superior are called as on the day of the decision, whatever became of them since.
    """
    found = decided_version(context, asked.frame, choose=choose)
    day = found.version.decided_on or context.today
    called = called_on(context, asked.unit.id, day)
    paper = Stationery(
        form=form_on(day, paper_forms()),
        layout=layout_of(context, asked.unit.id),
        superior_name=called.superior_name,
        kept_by=f"{context.actor.name} xuất lúc {instant(clock.now())}",
    )
    return annex(replace(found, unit=replace(found.unit, name=called.name)), paper)


def _page(asked: Asked, report: Report, endpoint: str, *, back: str, **number: int) -> str:
    files = [
        (ending.upper(), asked.url(endpoint, ending=ending, **number)) for ending in FILE_FORMS
    ]
    return render_template(
        "reports/page.html", report=report, files=files, back=(_("Quay lại"), back)
    )
