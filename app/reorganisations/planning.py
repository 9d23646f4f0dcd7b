"""What operations do to a tree on a day: a pure function from both to a plan, or to what is wrong.

Operations are a set: their order means nothing. The meaning of each share, of units that no
operation names and of units below closed ones is that of DESIGN.md, section 7.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from app.core.messages import message
from app.reorganisations.checks import faults_alone, faults_of_heirs, faults_of_units
from app.reorganisations.rules import (
    Fault,
    Ground,
    Heir,
    How,
    Operation,
    Plan,
    Planned,
    PlannedUnit,
    Question,
    Share,
    by_new_code,
    by_old_code,
)
from app.units.rules import Description


def plan(operations: Sequence[Operation], ground: Ground) -> Planned:
    """Work out what operations do to a tree on a day, or what is wrong with them.

    All that can be said of the operations one by one is said at once; only operations that are
    right by themselves are looked at together.
    """
    for look in (faults_alone, faults_of_units, faults_of_heirs):
        faults = tuple(look(operations, ground))
        if faults:
            return Planned(None, _in_order(faults))
    draft = _Drafting(operations, ground)
    faults = tuple(draft.faults())
    if faults:
        return Planned(None, _in_order(faults))
    return Planned(draft.plan())


def _in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    return tuple(sorted(faults, key=lambda fault: fault.row))


class _Drafting:
    """Puts operations that are right by themselves together to a plan."""

    def __init__(self, operations: Sequence[Operation], ground: Ground) -> None:
        self._ground = ground
        self._standing = ground.standing
        self._of_old = by_old_code(operations)
        self._of_new = by_new_code(operations)
        self._identities = {code: self._identity(code) for code in self._of_new}
        kept = {old: new for new, old in self._identities.items() if old is not None}
        self._codes = {
            **{code: code for code in self._standing if code not in self._of_old},
            **kept,
        }
        """The code of after by the code of before, of the units that keep their identity."""
        self._receivers: dict[str, str | None] = {}
        for code in self._standing:
            self._receiver(code)
        self._after = {unit.code: unit for unit in self._planned_units()}

    def faults(self) -> Iterator[Fault]:
        """Say which heirs cannot stand where they are wanted."""
        yield from self._taken_codes()
        missing = list(self._missing_parents())
        yield from missing
        if missing:
            return
        yield from self._below_cells()
        yield from self._circles()
        yield from self._left_cells()

    def plan(self) -> Plan:
        """Return the plan; there must be no faults."""
        return Plan(
            effective=self._ground.effective,
            before=self._standing,
            after=self._after,
            fates=self._fates(),
            heirs={code: self._heirs(code) for code in self._standing if code in self._of_old},
            receivers=self._receivers,
            recoded=self._recoded(),
            questions=tuple(self._questions()),
        )

    def _identity(self, new_code: str) -> str | None:
        """Return the old code of the unit that goes on as this one; None where one begins."""
        if new_code in self._standing:
            named = self._of_old.get(new_code)
            if named is None or any(op.new_code == new_code for op in named):
                return new_code
        predecessors = self._of_new[new_code]
        is_one_whole = len(predecessors) == 1 and predecessors[0].share is Share.WHOLE
        return predecessors[0].old_code if is_one_whole else None

    def _receiver(self, code: str) -> str | None:
        """Return who stands, after, where a unit stood."""
        way = []
        found: str | None = None
        at: str | None = code
        while at is not None and at in self._standing:
            if at in self._receivers:
                found = self._receivers[at]
                break
            way.append(at)
            ops = self._of_old.get(at)
            if ops is None:
                found = at
                break
            if ops[0].share is not Share.CLOSE:
                default = next((op for op in ops if op.is_default_heir), ops[0])
                found = default.new_code
                break
            at = self._standing[at].parent_code
        for passed in way:
            self._receivers[passed] = found
        return found

    def _planned_units(self) -> Iterator[PlannedUnit]:
        for new_code, ops in self._of_new.items():
            yield PlannedUnit(
                code=new_code,
                parent_code=ops[0].new_parent_code,
                description=self._description(new_code, ops),
                identity=self._identities[new_code],
            )
        for code, unit in self._standing.items():
            if code in self._of_old or code in self._of_new:
                continue
            parent = unit.parent_code
            yield PlannedUnit(
                code=code,
                parent_code=None if parent is None else self._receivers[parent],
                description=unit.description,
                identity=code,
            )

    def _description(self, new_code: str, ops: Sequence[Operation]) -> Description:
        identity = self._identities[new_code]
        first = ops[0]
        if identity is not None:
            own = self._standing[identity].description
            # A unit that takes others in keeps its name unless it is named anew.
            name, level, kind = first.new_name or own.name, own.level, own.kind
        else:
            level = self._level_of_new(ops)
            name, kind = first.new_name or "", self._kind_of_new(level, ops)
        if first.level is not None and first.level != level:
            level = first.level
            kind = self._ground.vocabulary.default_kinds.get(level, kind)
        return Description(name, level, first.kind or kind)

    def _level_of_new(self, ops: Sequence[Operation]) -> str:
        """Return the highest level of the predecessors; a created unit says its own."""
        levels = [
            self._standing[op.old_code].description.level
            for op in ops
            if op.share is not Share.CREATE
        ]
        if not levels:
            return ops[0].level or self._ground.vocabulary.levels[-1]
        return min(levels, key=self._ground.vocabulary.levels.index)

    def _kind_of_new(self, level: str, ops: Sequence[Operation]) -> str:
        """Return the kind that the predecessors of this level share, else the level's usual one."""
        described = [
            self._standing[op.old_code].description for op in ops if op.share is not Share.CREATE
        ]
        kinds = {each.kind for each in described if each.level == level}
        if len(kinds) == 1:
            return kinds.pop()
        usual = self._ground.vocabulary.default_kinds.get(level)
        if usual is not None:
            return usual
        return min(kinds) if kinds else self._ground.vocabulary.kinds[0]

    def _taken_codes(self) -> Iterator[Fault]:
        """Find new codes of units that come to the tree on a later day by themselves."""
        for code, ops in self._of_new.items():
            history = self._ground.tree.get(code)
            if code in self._standing or history is None:
                continue
            if any(placed.end > self._ground.effective for placed in history.parents):
                reason = message("Mã này đã dành cho một tổ chức bắt đầu sau ngày hiệu lực.")
                yield Fault(ops[0].row, "new_code", code, reason)

    def _missing_parents(self) -> Iterator[Fault]:
        for ops in self._of_new.values():
            parent = ops[0].new_parent_code
            if parent is None or parent in self._after:
                continue
            if parent in self._standing:
                reason = message(
                    "Tổ chức cấp trên này không còn sau sắp xếp; hãy ghi mã của tổ chức kế thừa."
                )
            else:
                reason = message("Không có tổ chức cấp trên này trong tệp và trong cây tổ chức.")
            yield from (Fault(op.row, "new_parent_code", parent, reason) for op in ops)

    def _below_cells(self) -> Iterator[Fault]:
        reason = message("Tổ chức cấp trên là chi bộ; chi bộ không có tổ chức trực thuộc.")
        for unit in self._after.values():
            if unit.parent_code is None:
                continue
            above = self._after[unit.parent_code]
            if self._ground.is_cell(above.description):
                ops = self._of_new.get(unit.code) or self._of_new[above.code]
                yield Fault(ops[0].row, "new_parent_code", above.code, reason)

    def _circles(self) -> Iterator[Fault]:
        sound: set[str] = set()
        for start in self._after:
            way: list[str] = []
            at: str | None = start
            while at is not None and at not in sound and at not in way:
                way.append(at)
                at = self._after[at].parent_code
            if at is not None and at in way:
                circle = way[way.index(at) :]
                listed = [code for code in circle if code in self._of_new]
                reason = message(
                    "Các tổ chức trực thuộc vòng tròn: %(codes)s.",
                    codes=" → ".join((*circle, at)),
                )
                for code in listed:
                    op = self._of_new[code][0]
                    yield Fault(op.row, "new_parent_code", op.new_parent_code or "", reason)
            sound.update(way)

    def _left_cells(self) -> Iterator[Fault]:
        """Find closed cells that leave their history to nobody."""
        reason = message("Không còn tổ chức nào phía trên để giữ lịch sử của chi bộ này.")
        for code, ops in self._of_old.items():
            if (
                self._receivers[code] is None
                and ops[0].share is Share.CLOSE
                and self._ground.is_cell(self._standing[code].description)
            ):
                yield Fault(ops[0].row, "share", ops[0].share, reason)

    def _heirs(self, code: str) -> tuple[Heir, ...]:
        if code in self._codes and len(self._of_old[code]) == 1:
            return ()
        ops = self._of_old[code]
        if ops[0].share is Share.CLOSE:
            receiver = self._receivers[code]
            return () if receiver is None else (Heir(receiver, Share.CLOSE, is_default=True),)
        return tuple(
            Heir(op.new_code or "", op.share, op.share is Share.WHOLE or op.is_default_heir)
            for op in ops
        )

    def _fates(self) -> dict[str, How]:
        listed = [code for code in self._of_old if code in self._standing]
        others = [code for code in self._standing if code not in self._of_old]
        return {code: self._fate(code) for code in (*listed, *others)}

    def _fate(self, code: str) -> How:
        ops = self._of_old.get(code)
        if ops is not None:
            if ops[0].share is Share.CLOSE:
                return How.CLOSED
            if ops[0].share is Share.PART:
                return How.SPLIT
            if code not in self._codes:
                return How.MERGED
        before, after = self._standing[code], self._after[self._codes[code]]
        is_moved = after.parent_code != self._code_after(before.parent_code)
        if ops is None and code not in self._of_new:
            return How.FOLLOWS if is_moved else How.STAYS
        if is_moved:
            return How.MOVED
        is_same = (after.code, after.description) == (before.code, before.description)
        return How.STAYS if is_same else How.RENAMED

    def _code_after(self, code: str | None) -> str | None:
        """Return the code of after of a unit that keeps its identity, else its code of before."""
        return None if code is None else self._codes.get(code, code)

    def _recoded(self) -> dict[str, str]:
        """Return the codes that units which have ended, or end, take to free their own."""
        taken = {
            code
            for code in self._of_new
            if self._identities[code] != code
            and code in self._ground.tree
            and self._codes.get(code, code) == code
        }
        known = {*self._ground.tree, *self._after}
        found: dict[str, str] = {}
        for code in sorted(taken):
            freed = f"{code}.{self._ground.effective:%Y%m%d}"
            while freed in known:
                freed += "."
            known.add(freed)
            found[code] = freed
        return found

    def _questions(self) -> Iterator[Question]:
        below = Counter(
            unit.parent_code for code, unit in self._standing.items() if code not in self._of_old
        )
        for code, ops in self._of_old.items():
            first = ops[0]
            if first.share is Share.PART and below[code]:
                yield Question(
                    code,
                    message(
                        "%(units)s tổ chức trực thuộc chưa phân về đâu: theo %(heir)s.",
                        units=below[code],
                        heir=self._receivers[code] or "",
                    ),
                )
            elif first.share is Share.PART:
                yield Question(
                    code,
                    message(
                        "Phần chưa phân của tổ chức này theo %(heir)s.",
                        heir=self._receivers[code] or "",
                    ),
                )
            elif first.share is Share.CLOSE and below[code]:
                yield self._left_below(code, below[code])
        for code, freed in self._recoded().items():
            yield Question(
                code,
                message(
                    "Mã này của tổ chức đã kết thúc được dùng lại; tổ chức cũ mang mã %(code)s.",
                    code=freed,
                ),
            )
        for new_code, ops in self._of_new.items():
            levels = {
                self._standing[op.old_code].description.level
                for op in ops
                if op.share is not Share.CREATE
            }
            if self._identities[new_code] is None and len(levels) > 1:
                yield Question(
                    new_code,
                    message(
                        "Các tổ chức nhập lại khác cấp: tổ chức mới lấy cấp %(level)s.",
                        level=self._after[new_code].description.level,
                    ),
                )

    def _left_below(self, code: str, units: int) -> Question:
        receiver = self._receivers[code]
        if receiver is None:
            return Question(
                code, message("%(units)s tổ chức trực thuộc thành gốc của cây.", units=units)
            )
        return Question(
            code,
            message(
                "%(units)s tổ chức trực thuộc không có trong tệp: theo %(heir)s.",
                units=units,
                heir=receiver,
            ),
        )
