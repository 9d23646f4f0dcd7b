"""The form that sends a spreadsheet."""

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField, FileRequired

from app.web.forms import Form


class FileForm(Form):
    """A spreadsheet to be sent."""

    spreadsheet = FileField(
        _("Tệp bảng tính (.xlsx hoặc .csv)"), [FileRequired(_("Hãy chọn một tệp."))]
    )
