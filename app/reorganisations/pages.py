"""What the pages of reorganisations show, arranged for the reader."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _

from app.core.messages import Message
from app.reorganisations.consequences import OF_CELLS, OF_UNITS, Consequences
from app.reorganisations.queries import ReorganisationRow
from app.reorganisations.results import Result
from app.reorganisations.rules import How, Move, Operation, Share
from app.web.i18n import render_message

STEPS = 5
"""How many steps carrying one out has; the last one is that it is done."""


@dataclass(frozen=True)
class Group:
    """Units with one fate: a title, lines of who it is, and what the two columns hold.

    `units` is given where a line tells of many.
    """

    title: str
    lines: tuple["Line", ...]
    subject: str
    change: str
    units: int | None = None

    @property
    def total(self) -> int:
        """How many units the group tells of."""
        return len(self.lines) if self.units is None else self.units


@dataclass(frozen=True)
class Line:
    """What becomes of units: who, of whom, and how."""

    name: str
    note: str
    detail: str


@dataclass(frozen=True)
class FollowingGroup:
    """How much of one kind of thing goes along, in all and from where to where."""

    title: str
    total: int
    lines: tuple["FollowingLine", ...]


@dataclass(frozen=True)
class FollowingLine:
    """How much goes from one unit to another."""

    origin: str
    target: str
    count: int


def state_words(row: ReorganisationRow) -> tuple[str, str]:
    """Return how a reorganisation stands, in words, and the tone of its badge."""
    if row.requested == "apply":
        return _("Đang thực hiện"), "accent"
    if row.requested == "undo":
        return _("Đang hoàn tác"), "accent"
    words = {
        "draft": (_("Bản nháp"), "neutral"),
        "previewed": (_("Đã xem trước"), "warn"),
        "scheduled": (_("Chờ đến ngày"), "accent"),
        "applied": (_("Đã thực hiện"), "good"),
        "undone": (_("Đã hoàn tác"), "neutral"),
    }
    return words[row.state]


def progress_words(row: ReorganisationRow) -> str:
    """Say what the worker is at."""
    words = (
        _("Chờ đến lượt"),
        _("Giữ cây tổ chức để không ai ghi giữa chừng"),
        _("Tính lại kế hoạch trên cây hiện tại"),
        _("Chuyển tổ chức, người, quyền và chỉ tiêu"),
        _("So số liệu trước và sau"),
        _("Xong"),
    )
    said: str = words[min(row.progress or 0, STEPS)]
    return said


def operation_lines(
    operations: Sequence[Operation], names: Mapping[str, str]
) -> tuple[tuple[Operation, str], ...]:
    """Return operations with what each says in words."""
    return tuple((op, operation_words(op, names)) for op in operations)


def operation_words(op: Operation, names: Mapping[str, str]) -> str:
    """Say what an operation does."""
    old = _named(op.old_code, {**names, **({op.old_code: op.old_name} if op.old_name else {})})
    new = _named(op.new_code, {op.new_code: op.new_name} if op.new_name and op.new_code else names)
    parent = _named(op.new_parent_code, names) if op.new_parent_code else _("gốc của cây")
    texts = {
        Share.CLOSE: _("%(old)s giải thể", old=old),
        Share.CREATE: _("Lập %(new)s, trực thuộc %(parent)s", new=new, parent=parent),
        Share.PART: _("%(old)s: một phần về %(new)s", old=old, new=new),
        Share.WHOLE: _(
            "%(old)s thành %(new)s, trực thuộc %(parent)s", old=old, new=new, parent=parent
        ),
    }
    if op.share is Share.PART and op.is_default_heir:
        texts[Share.PART] = _("%(old)s: phần mặc định về %(new)s", old=old, new=new)
    if (
        op.share is Share.WHOLE
        and op.old_code == op.new_code
        and op.new_name
        in {
            None,
            names.get(op.old_code),
            op.old_name,
        }
    ):
        texts[Share.WHOLE] = _("%(old)s chuyển về %(parent)s", old=old, parent=parent)
    words: str = texts[op.share]
    return words


def move_groups(result: Result, follows: Consequences) -> tuple[Group, ...]:
    """Arrange what becomes of units: merged ones by where they go, others by what happens."""
    by_how: dict[How, list[Move]] = defaultdict(list)
    for move in result.moves:
        by_how[move.how].append(move)
    names = follows.names
    unit, change = _("Tổ chức"), _("Thay đổi")
    groups = [
        Group(
            _("Nhập lại"),
            _by_target(by_how[How.MERGED], follows),
            _("Tổ chức nhận"),
            _("Nhập từ"),
        ),
        Group(_("Chia tách"), _by_origin(by_how[How.SPLIT], names), _("Tổ chức cũ"), _("Chia về")),
        Group(_("Giải thể"), _one_by_one(by_how[How.CLOSED], follows), unit, change),
        Group(
            _("Đổi tên, mã, cấp hoặc loại hình"),
            _one_by_one(by_how[How.RENAMED], follows),
            unit,
            change,
        ),
        Group(_("Chuyển về cấp trên khác"), _one_by_one(by_how[How.MOVED], follows), unit, change),
        Group(
            _("Theo cấp trên"),
            _counted(by_how[How.FOLLOWS], names),
            _("Cấp trên cũ"),
            change,
            units=len(by_how[How.FOLLOWS]),
        ),
    ]
    return tuple(group for group in groups if group.lines)


def question_lines(result: Result, follows: Consequences) -> tuple[Line, ...]:
    """Return what is left to a default; what is the same for many is told once with how many."""
    asked: dict[str, list[str]] = defaultdict(list)
    for each in result.to_decide:
        asked[_words(each.question, follows.names)].append(_named(each.unit, follows.names))
    return tuple(
        Line(words, "", "; ".join(units[:MOST_NAMED]) + _more(len(units) - MOST_NAMED))
        for words, units in asked.items()
    )


MOST_NAMED = 5


def following_groups(follows: Consequences) -> tuple[FollowingGroup, ...]:
    """Arrange what goes along by its kind."""
    titles = {
        "people": _("Người trong danh sách"),
        "open_cases": _("Hồ sơ đang làm"),
        "quotas": _("Chỉ tiêu đã giao"),
        "registrations": _("Đăng ký chỉ tiêu"),
        "commitments": _("Ký cam kết"),
        "periods": _("Đợt giao chỉ tiêu"),
        "reminders": _("Đôn đốc"),
        "users": _("Tài khoản"),
        "rights": _("Quyền và cán bộ được phân công"),
    }
    groups = []
    for what in (*OF_CELLS, *OF_UNITS):
        lines = tuple(
            FollowingLine(
                _named(each.origin, follows.names),
                _("hết theo tổ chức")
                if each.target is None
                else _named(each.target, follows.names),
                each.count,
            )
            for each in follows.following
            if each.what == what
        )
        groups.append(FollowingGroup(titles[what], sum(line.count for line in lines), lines))
    return tuple(groups)


def totals_lines(result: Result, names: Mapping[str, str]) -> tuple[tuple[str, int, int], ...]:
    """Return every measure, in the order of the names, with its count before and after."""
    return tuple(
        (name, result.totals_before[code], result.totals_after.get(code, 0))
        for code, name in names.items()
        if code in result.totals_before
    )


def faults_words(faults: Iterable[object]) -> list[tuple[str, str | None]]:
    """Return what is wrong with operations, as items of an error summary."""
    return [
        (
            _(
                "Dòng %(row)s, “%(value)s”: %(reason)s",
                row=str(fault.row),  # type: ignore[attr-defined]
                value=fault.value,  # type: ignore[attr-defined]
                reason=render_message(fault.reason),  # type: ignore[attr-defined]
            ),
            None,
        )
        for fault in faults
    ]


def address(row: ReorganisationRow) -> str:
    """Return where a reorganisation is read."""
    return url_for("reorganisations.page", reorganisation_id=row.id)


def _by_target(moves: Sequence[Move], follows: Consequences) -> tuple[Line, ...]:
    """Arrange merged units by who receives them; one that takes another name was one of them."""
    names = follows.names
    former = {
        target: _named(code, follows.former_names)
        for code, target in follows.new_codes.items()
        if follows.former_names[code] != names.get(target)
    }
    joined: dict[str, list[str]] = defaultdict(list)
    for move in moves:
        joined[move.target or ""].append(_named(move.unit, names))
    return tuple(
        Line(
            names.get(target, target),
            target,
            "; ".join([former[target], *units] if target in former else units),
        )
        for target, units in joined.items()
    )


def _by_origin(moves: Sequence[Move], names: Mapping[str, str]) -> tuple[Line, ...]:
    parts: dict[str, list[str]] = defaultdict(list)
    for move in moves:
        parts[move.unit].append(move.target or "")
    return tuple(
        Line(
            names.get(unit, unit),
            unit,
            "; ".join(_named(target, names) for target in targets),
        )
        for unit, targets in parts.items()
    )


def _one_by_one(moves: Sequence[Move], follows: Consequences) -> tuple[Line, ...]:
    former = {**follows.names, **follows.former_names}
    return tuple(
        Line(former.get(move.unit, move.unit), move.unit, "; ".join(_changes(move, follows)))
        for move in moves
    )


def _changes(move: Move, follows: Consequences) -> Iterator[str]:
    """Say what becomes of a unit: its new name and code or what else it is, its new place."""
    names = follows.names
    after = _named(follows.new_codes.get(move.unit, move.unit), names)
    if after != _named(move.unit, {**names, **follows.former_names}):
        yield _("thành %(new)s", new=after)
    elif move.how is How.RENAMED:
        yield _("đổi cấp hoặc loại hình")
    if move.how is not How.RENAMED and move.target is not None:
        yield _(
            "từ %(origin)s về %(target)s",
            origin=_named(move.origin, names),
            target=_named(move.target, names),
        )


def _counted(moves: Sequence[Move], names: Mapping[str, str]) -> tuple[Line, ...]:
    """Units that only go along are many: how many go from where to where."""
    ways: dict[tuple[str | None, str | None], int] = defaultdict(int)
    for move in moves:
        ways[move.origin, move.target] += 1
    return tuple(
        Line(
            _named(origin, names),
            "",
            _("%(units)s tổ chức theo về %(target)s", units=count, target=_named(target, names)),
        )
        for (origin, target), count in ways.items()
    )


def _named(code: str | None, names: Mapping[str | None, str] | Mapping[str, str]) -> str:
    if code is None or not code:
        root: str = _("gốc của cây")
        return root
    name = names.get(code)
    return f"{name} ({code})" if name else code


def _words(question: Message, names: Mapping[str, str]) -> str:
    """Say a question with the name of an heir that it knows by its code."""
    heir = question.values.get("heir")
    if not isinstance(heir, str):
        return render_message(question)
    named = Message(question.text, {**question.values, "heir": _named(heir, names)})
    return render_message(named)


def _more(count: int) -> str:
    words: str = _(" và %(count)s tổ chức khác", count=count) if count > 0 else ""
    return words
