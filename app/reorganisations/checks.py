"""What is wrong with operations: with each alone, with those of one unit, of one heir."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from app.core.messages import Message, message
from app.reorganisations.rules import Fault, Ground, Operation, Share, by_new_code, by_old_code


def faults_alone(operations: Iterable[Operation], ground: Ground) -> Iterator[Fault]:
    """Say what is wrong with operations each by itself."""
    for op in operations:
        if op.share is Share.CREATE:
            yield from _faults_of_created(op, ground)
        elif op.old_code not in ground.standing:
            yield Fault(op.row, "old_code", op.old_code, _why_not_standing(op.old_code, ground))
        if op.share is Share.CLOSE:
            if op.new_code is not None:
                reason = message("Tổ chức giải thể không có tổ chức kế thừa; hãy ghi whole.")
                yield Fault(op.row, "new_code", op.new_code, reason)
            continue
        if op.new_code is None:
            reason = message("Thiếu mã của tổ chức kế thừa (nếu giải thể, hãy ghi close).")
            yield Fault(op.row, "new_code", "", reason)
        if op.new_code is not None and op.new_parent_code == op.new_code:
            reason = message("Một tổ chức không thể trực thuộc chính mình.")
            yield Fault(op.row, "new_parent_code", op.new_code, reason)
        if op.level is not None and op.level not in ground.vocabulary.levels:
            yield Fault(op.row, "level", op.level, message("Không có cấp này."))
        if op.kind is not None and op.kind not in ground.vocabulary.kinds:
            yield Fault(op.row, "kind", op.kind, message("Không có loại hình này."))


def _faults_of_created(op: Operation, ground: Ground) -> Iterator[Fault]:
    if op.new_code in ground.standing:
        reason = message("Mã này đã có tổ chức khác dùng.")
        yield Fault(op.row, "new_code", op.new_code or "", reason)
    if op.level is None:
        yield Fault(op.row, "level", "", message("Thiếu cấp của tổ chức mới."))


def _why_not_standing(code: str, ground: Ground) -> Message:
    if code in ground.tree:
        return message("Tổ chức này không có trong cây tổ chức ngày %(day)s.", day=ground.effective)
    return message("Không có tổ chức nào mang mã này.")


def faults_of_units(operations: Iterable[Operation], ground: Ground) -> Iterator[Fault]:
    """Say what is wrong with all that is said of one old unit."""
    for code, ops in by_old_code(operations).items():
        first, *others = ops
        shares = {op.share for op in ops}
        if len(shares) > 1:
            reason = message("Một tổ chức không thể vừa giữ nguyên, vừa chia tách hay giải thể.")
            yield from (Fault(op.row, "share", op.share, reason) for op in others)
        elif first.share is Share.PART:
            yield from _faults_of_split(ops)
        elif others:
            reason = message("Tổ chức này đã có ở dòng %(row)s của tệp.", row=str(first.row))
            yield from (Fault(op.row, "old_code", code, reason) for op in others)
        if first.share is Share.CLOSE and code in ground.peopled:
            reason = message(
                "Chi bộ còn người trong danh sách: hãy ghi chi bộ nhận (whole) thay vì giải thể."
            )
            yield Fault(first.row, "share", first.share, reason)


def _faults_of_split(parts: Sequence[Operation]) -> Iterator[Fault]:
    first, *others = parts
    if not others:
        reason = message("Chia tách phải có ít nhất hai phần; chỉ có một.")
        yield Fault(first.row, "share", first.share, reason)
        return
    named = Counter(part.new_code for part in parts)
    for part in others:
        if named[part.new_code] > 1:
            reason = message("Hai phần của một tổ chức cùng về một tổ chức.")
            yield Fault(part.row, "new_code", part.new_code or "", reason)
    defaults = [part for part in parts if part.is_default_heir]
    if not defaults:
        reason = message("Chia tách phải có một phần mặc định (default_heir là 1).")
        yield Fault(first.row, "default_heir", "0", reason)
    for part in defaults[1:]:
        reason = message(
            "Phần mặc định đã là dòng %(row)s; chỉ được có một.", row=str(defaults[0].row)
        )
        yield Fault(part.row, "default_heir", "1", reason)


def faults_of_heirs(operations: Iterable[Operation], ground: Ground) -> Iterator[Fault]:
    """Say where rows of one heir contradict each other, or mix cells with other units."""
    for code, ops in by_new_code(operations).items():
        first, *others = ops
        if others and any(op.share is Share.CREATE for op in ops):
            reason = message("Tổ chức mới lập không nhận từ tổ chức nào; hãy dùng nhập hay chia.")
            yield Fault(others[0].row, "new_code", code, reason)
            continue
        for op in others:
            for column in ("new_name", "new_parent_code", "level", "kind"):
                said, before = getattr(op, column), getattr(first, column)
                if said != before:
                    reason = message(
                        "Dòng %(row)s ghi “%(other)s” cho cùng tổ chức này.",
                        row=str(first.row),
                        other=before or "",
                    )
                    yield Fault(op.row, column, said or "", reason)
        if first.new_name is None and code not in ground.standing:
            yield Fault(first.row, "new_name", "", message("Thiếu tên tổ chức mới."))
        joined = [ground.standing[op.old_code] for op in ops if op.share is not Share.CREATE]
        if code in ground.standing:
            joined.append(ground.standing[code])
        if len({ground.is_cell(unit.description) for unit in joined}) > 1:
            reason = message("Chi bộ chỉ nhập được với chi bộ.")
            yield Fault(ops[-1].row, "new_code", code, reason)
