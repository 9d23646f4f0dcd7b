"""Requests as their pages say them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app.core.dates import parse_iso_date
from app.core.messages import message
from app.countersigning.queries import RequestedAct
from app.countersigning.rules import Kind, State
from app.web.formats import day, instant, whole_number
from app.web.i18n import render_message
from app.web.languages import language

KIND_NAMES = {
    Kind.ERASURE: message("Xoá thông tin cá nhân"),
    Kind.EXPORT: message("Xuất danh sách nhiều người"),
    Kind.MERGING: message("Sáp nhập đảng bộ"),
    Kind.RELAXATION: message("Bớt việc phải hai người duyệt"),
}
_STATE_NAMES = {
    State.WAITING: message("đang chờ"),
    State.APPROVED: message("đã duyệt"),
    State.REFUSED: message("không duyệt"),
    State.WITHDRAWN: message("đã rút"),
    State.EXPIRED: message("hết hạn"),
}


@dataclass(frozen=True)
class ActLine:
    """A request in the list."""

    act: RequestedAct
    title: str
    about: str
    state: str


def lines(found: Iterable[RequestedAct]) -> list[ActLine]:
    """Arrange requests for the list."""
    return [
        ActLine(act, render_message(KIND_NAMES[act.kind]), subject(act), state_of(act))
        for act in found
    ]


def subject(act: RequestedAct) -> str:
    """Say whom or what a request is about, in a few words."""
    about = act.about
    if act.kind is Kind.ERASURE:
        return act.person_name or ""
    if act.kind is Kind.EXPORT:
        words = _(
            "%(title)s, %(unit)s: %(rows)s người",
            title=about["title"],
            unit=about["unit"],
            rows=_grouped(about["rows"]),
        )
        return str(words)
    if act.kind is Kind.MERGING:
        words = _("vào %(into)s theo %(number)s", into=about["into"], number=about["decision_no"])
        return str(words)
    return "; ".join(_relaxed(about))


def state_of(act: RequestedAct) -> str:
    """Say what has become of a request; one past its time is so before the job notes it."""
    is_late = act.state is State.WAITING and not act.waits
    return render_message(_STATE_NAMES[State.EXPIRED if is_late else act.state])


def details(act: RequestedAct) -> list[tuple[str, str]]:
    """Say everything about a request that whoever answers must have seen."""
    rows = [(_("Việc"), render_message(KIND_NAMES[act.kind])), *_of_kind(act)]
    rows += [
        (_("Lý do"), act.reason),
        (_("Người đề nghị"), f"{act.requester_name} · {instant(act.requested_at)}"),
        (_("Chờ duyệt đến"), instant(act.expires_at)),
        (_("Tình trạng"), state_of(act)),
    ]
    if act.answerer_name and act.answered_at:
        rows.append((_("Người trả lời"), f"{act.answerer_name} · {instant(act.answered_at)}"))
    if act.refused_because:
        rows.append((_("Lý do không duyệt"), act.refused_because))
    return rows


def _of_kind(act: RequestedAct) -> list[tuple[str, str]]:
    about = act.about
    if act.kind is Kind.ERASURE:
        return [(_("Người"), act.person_name or ""), (_("Chi bộ"), act.cell_name or "")]
    if act.kind is Kind.EXPORT:
        return [
            (_("Danh sách"), about["title"]),
            (_("Tổ chức"), about["unit"]),
            (_("Số người"), _grouped(about["rows"])),
            (_("Loại tệp"), about["ending"].upper()),
        ]
    if act.kind is Kind.MERGING:
        return [
            (_("Vào đảng bộ"), about["into"]),
            (_("Quyết định"), about["decision_no"]),
            (_("Có hiệu lực từ"), day(parse_iso_date(about["effective_on"]))),
        ]
    return [(_("Thay đổi"), line) for line in _relaxed(about)]


def _relaxed(about: dict[str, Any]) -> list[str]:
    """Say which rules a request would make looser, and how."""
    before, wanted = about["before"], about["wanted"]
    found = []
    if before["erasure"] and not wanted["erasure"]:
        found.append(_("Xoá thông tin cá nhân: một người làm được"))
    if before["merging"] and not wanted["merging"]:
        found.append(_("Sáp nhập đảng bộ: một người làm được"))
    if before["export_rows"] != wanted["export_rows"]:
        rows = wanted["export_rows"]
        found.append(
            _("Xuất danh sách: chỉ trên %(rows)s người mới phải duyệt", rows=_grouped(rows))
            if rows
            else _("Xuất danh sách: một người làm được")
        )
    return found


def _grouped(number: int) -> str:
    return whole_number(number, language())
