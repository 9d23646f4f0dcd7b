"""The page of what a tenant says of its processing, and its record of processing on paper."""

from dataclasses import asdict

from flask import flash, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.admin.base import Page, at, is_done
from app.admin.forms import ProcessingForm
from app.core.messages import message
from app.exports.commands import note_list_taken
from app.privacy.commands import describe_processing
from app.privacy.notices import processing_notice
from app.privacy.processing_record import processing_record
from app.privacy.queries import Processing, processing
from app.reports.downloads import FILE_FORMS, download
from app.tenants.current import current_context
from app.web.addresses import see_other
from app.web.guards import Permission


class ProcessingPages(Page):
    """Purposes, recipients and the notice; what else the record says follows from the program."""

    permission = Permission.CONFIGURE
    title = message("Hồ sơ xử lý dữ liệu")
    description = message("Mục đích, bên nhận, thông báo cho người có dữ liệu; bản in của hồ sơ.")

    @at("/", methods=("GET", "POST"))
    def index(self) -> ResponseReturnValue:
        """Show and change what the tenant says."""
        context = current_context()
        form = ProcessingForm(**asdict(processing(context)))

        def describe() -> None:
            said = (form.purposes.data, form.recipients.data, form.notice.data)
            describe_processing(context, Processing(*said))

        if form.validate_on_submit() and is_done(form, describe):
            flash(_("Đã lưu."), "success")
            return see_other(url_for(".index"))
        page = self.render(
            "admin/processing.html", page=self, form=form, notice=processing_notice()
        )
        return page, form.status

    @at("/record")
    def record(self) -> str:
        """Show the record as it prints."""
        page = self.render(
            "reports/page.html",
            report=processing_record(current_context()),
            back=(self.heading, url_for(".index")),
            files=[
                (ending.upper(), url_for(".record_file", ending=ending)) for ending in FILE_FORMS
            ],
        )
        return str(page)

    @at("/record.<ending>")
    def record_file(self, ending: str) -> Response:
        """Send the record as a file; who took it is kept."""
        context = current_context()
        note_list_taken(context, "processing record", rows=None)
        return download(processing_record(context), ending)
