"""Everything that is kept of a person, as a paper that can be handed to that person.

It says what the JSON file says, field by field, in words; a gate holds both to the same columns.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from app.cases.rules import STEP_NAMES, StepKind
from app.cases.words import EDUCATION_NAMES, QUALIFICATION_NAMES, SEX_NAMES
from app.core.clock import now
from app.core.messages import Message
from app.measures.queries import segments
from app.privacy.forms import BASIS_NAMES
from app.procedure.detail_words import detail_lines
from app.procedure.details import from_json
from app.procedure.findings import RULE_NAMES
from app.reports.definition import Column, Report, Row
from app.reports.rules import Issuer, Layout, form_on, letterhead, paper_forms
from app.tenants.context import Context
from app.web.formats import day, instant
from app.web.i18n import render_message
from app.web.languages import VIETNAMESE, speaking

Told = Mapping[str, object]

SECTIONS = {
    "person": "Thông tin cá nhân",
    "private_detail": "Căn cước, căn cứ xử lý",
    "case_file": "Hồ sơ",
    "step": "Bước trong hồ sơ",
    "approval": "Ý kiến đồng ý",
    "person_move": "Chuyển chi bộ",
    "transfer": "Chuyển đảng bộ",
    "carried_step": "Bước làm ở đảng bộ khác",
}
NAMES = {
    "person_code": "Mã",
    "full_name": "Họ và tên",
    "date_of_birth": "Ngày sinh",
    "sex": "Giới tính",
    "education": "Học vấn",
    "qualification": "Trình độ",
    "occupation": "Nghề nghiệp",
    "stated_segments": "Thuộc diện",
    "ethnicity": "Dân tộc",
    "religion": "Tôn giáo",
    "identity_sealed": "Số căn cước",
    "legal_basis": "Căn cứ xử lý dữ liệu",
    "basis_document": "Văn bản căn cứ",
    "is_current": "Là hồ sơ hiện nay",
    "kind": "Bước",
    "taken_on": "Ngày",
    "document_no": "Số văn bản",
    "segments": "Tính vào cơ cấu",
    "recorded_at": "Ghi vào hệ thống lúc",
    "details": "Chi tiết",
    "rule": "Về quy định",
    "approved_by": "Người đồng ý",
    "approved_on": "Ngày đồng ý",
    "moved_on": "Ngày chuyển",
    "number": "Số hiệu",
    "direction": "Chiều chuyển",
    "counterpart": "Nơi chuyển",
    "transferred_on": "Ngày chuyển đảng bộ",
}
_DAYS = frozenset({"date_of_birth", "recorded_at"})
_LENGTH_OF_DAY = len("2022-10-31")


def subject_paper(context: Context, about: Mapping[str, object]) -> Report:
    """Draw up what `everything_about` a person told. A paper is in Vietnamese."""
    form = form_on(context.today, paper_forms())
    with speaking(VIETNAMESE):
        words = _Words({segment.slot: segment.name for segment in segments(context)})
        rows = tuple(_rows(words, about))
    return Report(
        name="du-lieu-ca-nhan",
        title="DỮ LIỆU CÁ NHÂN ĐANG LƯU",
        subtitles=("Lập theo yêu cầu của chính người đó",),
        columns=(Column("Mục", 24), Column("Nội dung", 22), Column("Đang lưu", 44)),
        rows=rows,
        kept_by=f"{context.actor.name} xuất lúc {instant(now())}",
        letterhead=letterhead(
            form, Layout(), Issuer(context.tenant_name, superior=None), context.today
        ),
        margins=form.margins,
    )


def _rows(words: "_Words", about: Mapping[str, object]) -> Iterator[Row]:
    for table, section in SECTIONS.items():
        rows = about[table]
        if not isinstance(rows, Sequence):
            raise TypeError(table)
        for number, told in enumerate(rows, start=1):
            head = section if len(rows) == 1 else f"{section} {number}"
            for name, said in words.lines(told):
                yield Row((head, name, said))
                head = ""


class _Words:
    """Values in words; what is empty is left out."""

    def __init__(self, slots: Mapping[int, str]) -> None:
        self._slots = slots

    def lines(self, told: Told) -> Iterator[tuple[str, str]]:
        """Return the fields of a row by name, in the order of `NAMES`."""
        for column, name in NAMES.items():
            value = told.get(column)
            if value not in (None, "", [], {}):
                yield name, self._said(column, value, told)

    def _said(self, column: str, value: object, told: Told) -> str:
        if isinstance(value, list):
            return ", ".join(self._slots.get(slot, str(slot)) for slot in value)
        if isinstance(value, dict):
            kind = StepKind(str(told["kind"]))
            return "; ".join(detail_lines(from_json(kind, value)))
        if isinstance(value, bool):
            return "có" if value else "không"
        if column in _OF_COLUMN:
            word = _OF_COLUMN[column][str(value)]
            return render_message(word) if isinstance(word, Message) else str(word)
        if column.endswith("_on") or column in _DAYS:
            return day(date.fromisoformat(str(value)[:_LENGTH_OF_DAY]))
        return str(value)


_OF_COLUMN: Mapping[str, Mapping[Any, object]] = {
    "sex": SEX_NAMES,
    "education": EDUCATION_NAMES,
    "qualification": QUALIFICATION_NAMES,
    "direction": {"in": "chuyển đến", "out": "chuyển đi"},
    "kind": STEP_NAMES,
    "rule": RULE_NAMES,
    "legal_basis": {basis.value: name for basis, name in BASIS_NAMES.items()},
}
