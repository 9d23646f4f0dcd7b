"""A report as a PDF on A4, drawn by Typst with the typefaces inside its wheel alone.

The same report gives the same bytes: what varies (who took it out, when) is part of the report.
Its words reach Typst as data, never as markup.
"""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import typst

from app.reports.definition import Report
from app.reports.drawing import cell_text

_PAPER = Path(__file__).with_name("paper.typ").read_bytes()
# Typst stamps its files; the instant that matters stands at the foot of the page.
_NO_INSTANT = datetime(2000, 1, 1, tzinfo=UTC)


def pdf(report: Report) -> bytes:
    """Draw a report."""
    drawn: bytes = typst.compile(
        _PAPER,
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"paper": json.dumps(_paper(report), ensure_ascii=False)},
        timestamp=_NO_INSTANT,
    )
    return drawn


def _paper(report: Report) -> dict[str, object]:
    return {
        "title": report.title,
        "subtitles": report.subtitles,
        "is_wide": report.is_wide,
        "letterhead": asdict(report.letterhead),
        "margins": asdict(report.margins),
        "columns": [asdict(column) for column in report.columns],
        "heads": [[asdict(head) for head in heads] for heads in report.heads],
        "rows": [
            {"cells": [cell_text(value) for value in row.values], "is_total": row.is_total}
            for row in report.rows
        ],
        "notes": report.notes,
        "signature": asdict(report.signature) if report.signature else None,
        "copies_to": report.copies_to,
        "mark": report.mark,
        "kept_by": report.kept_by,
    }
