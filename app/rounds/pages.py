"""What the pages of rounds say in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext

from app.quotas.pages import quota_text
from app.rounds.queries import ChildState
from app.rounds.rules import AGREED, DECLINED, DONE, PROPOSED
from app.rounds.waiting import Kind, Waiting
from app.web.formats import day, whole_number
from app.web.languages import language


@dataclass(frozen=True)
class Task:
    """Something to do: what, about which board, until when, and where it is done."""

    title: str
    about: str
    due: str | None
    url: str
    is_late: bool


@dataclass(frozen=True)
class StateRow:
    """A child of a round as a row; empty texts are what has not come yet."""

    state: ChildState
    registered: str
    assigned: str
    url: str | None


_ENDPOINTS = {
    Kind.ANSWER: "rounds.answer",
    Kind.SIGN: "rounds.commitment",
    Kind.AGREE: "rounds.transfers",
    Kind.APPROVE: "rounds.transfers",
    Kind.REDISTRIBUTE: "quotas.board",
    Kind.CHILDREN_REDISTRIBUTE: "rounds.overview",
}


def task(unit_id: int, found: Waiting, today: date) -> Task:
    """Arrange what waits for a unit as a task with the page where it is done."""
    address: dict[str, Any] = {"period": str(found.period), "measure": found.measure_code}
    return Task(
        title=_title(found),
        about=f"{found.measure} · {found.period}",
        due=day(found.due_on) if found.due_on else None,
        url=url_for(_ENDPOINTS[found.kind], unit_id=unit_id, **address),
        is_late=found.due_on is not None and found.due_on < today,
    )


def state_row(state: ChildState, address: Mapping[str, Any]) -> StateRow:
    """Arrange how far a child has come."""
    url = None
    if state.unit.path:
        url = url_for("rounds.overview", unit_id=state.unit.id, **address)
    return StateRow(
        state=state,
        registered=quota_text(state.registered),
        assigned=quota_text(state.assigned),
        url=url,
    )


def transfer_state(state: str) -> str:
    """Say in words how far a transfer has come."""
    words: dict[str, str] = {
        PROPOSED: gettext("Chờ bên kia đồng ý"),
        AGREED: gettext("Chờ cấp trên duyệt"),
        DONE: gettext("Đã điều chuyển"),
        DECLINED: gettext("Không thực hiện"),
    }
    return words[state]


def _title(found: Waiting) -> str:
    number = whole_number(found.number, language())
    titles: dict[Kind, str] = {
        Kind.ANSWER: gettext("Trả lời khảo sát nguồn và đăng ký chỉ tiêu"),
        Kind.SIGN: gettext("Ký cam kết chỉ tiêu %(number)s", number=number),
        Kind.AGREE: gettext("Trả lời đề nghị điều chuyển %(number)s chỉ tiêu", number=number),
        Kind.APPROVE: gettext("Duyệt điều chuyển %(number)s chỉ tiêu", number=number),
        Kind.REDISTRIBUTE: gettext("Phân lại: được giao ít hơn số đã phân"),
        Kind.CHILDREN_REDISTRIBUTE: gettext(
            "Tổ chức trực thuộc chưa phân lại sau điều chỉnh: %(number)s", number=number
        ),
    }
    return titles[found.kind]
