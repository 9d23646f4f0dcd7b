"""Sending a report as a file. Whoever calls has checked that the reader may see what it says."""

import re
from collections.abc import Callable, Mapping
from io import BytesIO
from types import MappingProxyType
from typing import NamedTuple

from flask import send_file
from werkzeug.wrappers import Response

from app.core.errors import NotFound
from app.core.messages import message
from app.core.text import search_key
from app.reports.definition import Report
from app.reports.pdf import pdf
from app.reports.spreadsheet import csv_table, xlsx


class _FileForm(NamedTuple):
    content_type: str
    draw: Callable[[Report], bytes]


FILE_FORMS: Mapping[str, _FileForm] = MappingProxyType(
    {
        "pdf": _FileForm("application/pdf", pdf),
        "xlsx": _FileForm(
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx
        ),
        "csv": _FileForm("text/csv; charset=utf-8", csv_table),
    }
)
"""The files that a report may become, by the ending of their names."""


def download(report: Report, ending: str) -> Response:
    """Send a report as a file of the form that an ending names; NotFound for any other."""
    form = FILE_FORMS.get(ending)
    if form is None:
        raise NotFound(message("Không xuất được tệp loại này."))
    return send_file(
        BytesIO(form.draw(report)),
        mimetype=form.content_type,
        as_attachment=True,
        download_name=f"{file_name(report.name)}.{ending}",
    )


def file_name(name: str) -> str:
    """Return a name that every system keeps as it is: phu-luc-chi-tieu-2024."""
    return re.sub(r"[^a-z0-9]+", "-", search_key(name)).strip("-") or "bao-cao"
