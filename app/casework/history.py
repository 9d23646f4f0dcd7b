"""What the trail says of a person, in words and without what the reader may not see."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from app.cases.rules import STEP_NAMES, StepKind
from app.cases.words import EDUCATION_NAMES, QUALIFICATION_NAMES, SEX_NAMES
from app.casework.queries import Entry
from app.core.messages import message
from app.measures.queries import SegmentRow
from app.tenants.context import COMMAND_LINE, JOB
from app.web.formats import NOTHING, day
from app.web.i18n import render_message

ACTIONS = {
    "person.added": message("Thêm người"),
    "person.corrected": message("Sửa thông tin"),
    "person.moved": message("Chuyển chi bộ"),
    "case.advanced": message("Ghi bước"),
    "case.corrected": message("Sửa bước"),
    "case.approved": message("Ghi ý kiến đồng ý"),
    "case.undone": message("Hoàn tác"),
    "case.sent": message("Chuyển hồ sơ sang đảng bộ khác"),
    "case.accepted": message("Nhận hồ sơ từ đảng bộ khác"),
    "person.seen_handed_over": message("Tải tệp chuyển hồ sơ"),
    "person.seen_open": message("Xem thông tin nhạy cảm"),
    "person.seen_exported": message("Tải toàn bộ dữ liệu của người này"),
    "person.kept_private": message("Ghi số căn cước, căn cứ xử lý dữ liệu"),
    "person.erased": message("Xoá thông tin cá nhân"),
    "person.erasure_asked": message("Đề nghị xoá thông tin cá nhân"),
    "person.erasure_approved": message("Duyệt đề nghị xoá"),
    "person.erasure_refused": message("Không duyệt đề nghị xoá"),
    "person.erasure_withdrawn": message("Rút đề nghị xoá"),
    "person.erasure_expired": message("Đề nghị xoá hết hạn"),
    "person.taken_back": message("Rút lại người đã nhập từ tệp"),
    "case.taken_back": message("Rút lại bước đã nhập từ tệp"),
    "step.corrected": message("Sửa chi tiết của bước"),
    "step.detailed": message("Bổ sung chi tiết của bước"),
    "step.withdrawn": message("Bỏ bước ghi nhầm"),
}
NAMES = {
    "full_name": message("Họ và tên"),
    "date_of_birth": message("Ngày sinh"),
    "sex": message("Giới tính"),
    "education": message("Học vấn"),
    "qualification": message("Trình độ"),
    "occupation": message("Nghề nghiệp"),
    "ethnicity": message("Dân tộc"),
    "religion": message("Tôn giáo"),
    "person_code": message("Mã"),
    "stated_segments": message("Thuộc diện"),
    "reason": message("Lý do"),
    "cell": message("Chi bộ"),
    "moved_on": message("Ngày chuyển"),
    "transferred_on": message("Ngày chuyển"),
    "counterpart": message("Đảng bộ bên kia"),
    "number": message("Số chuyển"),
    "document_no": message("Số văn bản"),
    "taken_on": message("Ngày"),
}
SENSITIVE = frozenset({"ethnicity", "religion"})
"""Masked: only the page that asks for a reason shows them."""
_OTHER = message("Thay đổi khác")
_PROGRAMS = {
    COMMAND_LINE.name: message("dòng lệnh trên máy chủ"),
    JOB.name: message("công việc nền"),
}
"""What acts in nobody's name, as the trail calls it."""
_ORDER_OF_KEYS = (*NAMES, *StepKind)
_HIDDEN = "•••"


@dataclass(frozen=True)
class HistoryLine:
    """One change: when, who, what, and what it was before."""

    occurred_at: datetime
    actor_name: str
    on_behalf_of_name: str | None
    action: str
    changes: tuple[tuple[str, str, str], ...]


def history_lines(
    entries: Collection[Entry], segments: Collection[SegmentRow]
) -> tuple[HistoryLine, ...]:
    """Arrange the entries; a change is a name, the value before and the value after."""
    slots = {segment.slot: segment.name for segment in segments}
    return tuple(
        HistoryLine(
            entry.occurred_at,
            _actor(entry.actor_name),
            entry.on_behalf_of_name,
            render_message(ACTIONS.get(entry.action, _OTHER)),
            tuple(_changes(entry, slots)),
        )
        for entry in entries
    )


def _actor(name: str) -> str:
    return render_message(_PROGRAMS[name]) if name in _PROGRAMS else name


def _changes(entry: Entry, slots: Mapping[int, str]) -> Iterator[tuple[str, str, str]]:
    # JSON keeps its own order of keys; people read the name first.
    for key in sorted({*entry.before, *entry.after}, key=_place_of_key):
        name = _name(key)
        if name is None:
            continue
        before, after = entry.before.get(key), entry.after.get(key)
        if key in SENSITIVE:
            before, after = before and _HIDDEN, after and _HIDDEN
        yield name, _value(key, before, slots), _value(key, after, slots)


def _place_of_key(key: str) -> tuple[int, str]:
    known = key in _ORDER_OF_KEYS
    return (_ORDER_OF_KEYS.index(key) if known else len(_ORDER_OF_KEYS), key)


def _name(key: str) -> str | None:
    if key in list(StepKind):
        return render_message(STEP_NAMES[StepKind(key)])
    return render_message(NAMES[key]) if key in NAMES else None


def _value(key: str, value: object, slots: Mapping[int, str]) -> str:
    if value in (None, "", [], {}):
        return NOTHING
    if key == "stated_segments" and isinstance(value, list):
        return ", ".join(slots.get(slot, str(slot)) for slot in value)
    known = {"sex": SEX_NAMES, "education": EDUCATION_NAMES, "qualification": QUALIFICATION_NAMES}
    if key in known:
        return str(known[key].get(str(value), value))
    if isinstance(value, dict):
        shown = (
            _plain(part) for name, part in value.items() if name in {"taken_on", "document_no"}
        )
        return " · ".join(shown) or NOTHING
    return _plain(value)


def _plain(value: object) -> str:
    """Write a date of the trail as people write it, anything else as it is."""
    try:
        return day(date.fromisoformat(str(value)))
    except ValueError:
        return str(value)
