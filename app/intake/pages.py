"""What the pages of sent files show, arranged for the reader."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _

from app.cases.sheet_rows import TITLES
from app.core.messages import Message, message
from app.imports.rules import SENT_FILES_KEPT_DAYS
from app.intake.queries import RowPage, SentFile, ShownRow
from app.intake.rules import FileState, Finding, RowState
from app.web.formats import instant, whole_number
from app.web.i18n import render_message
from app.web.languages import language

FILE_STATES: Mapping[FileState, Message] = {
    FileState.SENT: message("Đang kiểm tra"),
    FileState.CHECKED: message("Đã kiểm tra, chờ bạn quyết định"),
    FileState.REFUSED: message("Không đọc được"),
    FileState.ACCEPTED: message("Đang ghi vào hồ sơ"),
    FileState.DONE: message("Đã nhập xong"),
    FileState.WITHDRAWN: message("Đang hoàn tác"),
    FileState.UNDONE: message("Đã hoàn tác"),
    FileState.DROPPED: message("Đã bỏ, không nhập"),
}
ROW_STATES: Mapping[RowState, Message] = {
    RowState.GOOD: message("Tốt, sẽ nhập"),
    RowState.DUPLICATE: message("Có thể trùng"),
    RowState.KNOWN: message("Đã có, không đổi gì"),
    RowState.BAD: message("Có lỗi, không nhập"),
    RowState.STORED: message("Đã nhập"),
    RowState.UNDONE: message("Đã hoàn tác"),
    RowState.KEPT: message("Không hoàn tác được: đã có người sửa sau khi nhập"),
}
_TONES: Mapping[FileState, str] = {
    FileState.REFUSED: "warn",
    FileState.DONE: "good",
    FileState.CHECKED: "accent",
}


@dataclass(frozen=True)
class FileLine:
    """A file of the list."""

    name: str
    url: str
    state: str
    tone: str
    sent: str


@dataclass(frozen=True)
class RowLine:
    """A row of the preview: its number in the file, who, in which state, and why."""

    number: int
    name: str
    note: str
    state: str
    findings: tuple[str, ...]
    url: str | None


@dataclass(frozen=True)
class Tally:
    """How many rows are in a state, with the address that shows them."""

    label: str
    count: int
    url: str
    is_shown: bool


def file_line(file: SentFile) -> FileLine:
    """Return the line of a file."""
    return FileLine(
        name=file.file_name,
        url=url_for("intake.file", import_id=file.id),
        state=render_message(FILE_STATES[file.state]),
        tone=_TONES.get(file.state, "neutral"),
        sent=_("%(sender)s gửi lúc %(sent)s", sender=file.sender_name, sent=instant(file.sent_at)),
    )


def tallies(
    file: SentFile, counts: Mapping[RowState, int], shown: RowState | None
) -> tuple[Tally, ...]:
    """Return how many rows are in each state that has any."""
    return tuple(
        Tally(
            render_message(ROW_STATES[state]),
            count,
            url_for("intake.file", import_id=file.id, state=state.value),
            is_shown=state is shown,
        )
        for state, count in counts.items()
        if count
    )


def row_lines(file: SentFile, page: RowPage) -> tuple[RowLine, ...]:
    """Return the lines of a page of rows."""
    return tuple(_row_line(file, row) for row in page.rows)


def progress_words(file: SentFile) -> str:
    """Say how far the work has come."""
    if not file.rows:
        return render_message(FILE_STATES[file.state])
    words = _(
        "%(state)s: %(done)s trên %(rows)s dòng",
        state=render_message(FILE_STATES[file.state]),
        done=whole_number(file.done, language()),
        rows=whole_number(file.rows, language()),
    )
    return str(words)


def cleared_words(file: SentFile) -> str | None:
    """Say since when the rows are not there any more, None while they are."""
    if file.cleared_at is None:
        return None
    return str(
        _(
            "Các dòng của tệp đã được xoá lúc %(cleared)s vì quá %(days)s ngày; hồ sơ đã nhập vẫn"
            " giữ nguyên.",
            cleared=instant(file.cleared_at),
            days=SENT_FILES_KEPT_DAYS,
        )
    )


def _row_line(file: SentFile, row: ShownRow) -> RowLine:
    cells = dict(zip(file.header, row.kept.cells, strict=False))
    is_there = row.person_id is not None and row.state in {RowState.STORED, RowState.KEPT}
    return RowLine(
        number=row.number,
        name=cells.get("full_name", "") or "–",
        note=" · ".join(filter(None, (cells.get("date_of_birth"), cells.get("cell_code")))),
        state=render_message(ROW_STATES[row.state]),
        findings=tuple(map(_finding, row.kept.findings)),
        url=url_for("cases.person", person_id=row.person_id) if is_there else None,
    )


def _finding(finding: Finding) -> str:
    words = render_message(finding.reason)
    title = TITLES.get(finding.column)
    if title is None:
        return words
    return f"{title} “{finding.value}”: {words}" if finding.value else f"{title}: {words}"
