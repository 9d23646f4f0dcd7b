"""What follows the units of a plan, from where to where, and what nobody has decided about it."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import text

from app.core.database import db
from app.core.messages import message
from app.reorganisations.ground import Situation
from app.reorganisations.rules import How, Plan, Question, Share
from app.tenants.context import Context

OF_CELLS = ("people", "open_cases")
OF_UNITS = (
    "quotas",
    "registrations",
    "commitments",
    "periods",
    "reminders",
    "users",
    "rights",
)
"""What may follow a unit, in the order in which it is shown."""

# Of periods that go on after the day, and of rights and cases that are open.
_COUNTS = text(
    """
    SELECT 'people' AS what, p.cell_id AS unit_id, count(*) AS number
    FROM person p WHERE p.tenant_id = :tenant GROUP BY p.cell_id
    UNION ALL
    SELECT 'open_cases', p.cell_id, count(*) AS number
    FROM case_file c
    JOIN person p ON p.tenant_id = :tenant AND p.id = c.person_id
    WHERE c.tenant_id = :tenant AND c.is_current AND NOT c.is_closed GROUP BY p.cell_id
    UNION ALL
    SELECT 'quotas', l.unit_id, count(*) AS number
    FROM quota_line l
    JOIN distribution d ON d.tenant_id = :tenant AND d.id = l.distribution_id
    WHERE l.tenant_id = :tenant AND d.state = 'published' AND d.source <> 'registered'
      AND upper(d.period) > :on GROUP BY l.unit_id
    UNION ALL
    SELECT 'registrations', d.issuer_id, count(*) AS number
    FROM distribution d
    WHERE d.tenant_id = :tenant AND d.state = 'published' AND d.source = 'registered'
      AND upper(d.period) > :on GROUP BY d.issuer_id
    UNION ALL
    SELECT 'commitments', c.unit_id, count(*) AS number
    FROM commitment c
    JOIN distribution d ON d.tenant_id = :tenant AND d.id = c.distribution_id
    WHERE c.tenant_id = :tenant AND upper(d.period) > :on GROUP BY c.unit_id
    UNION ALL
    SELECT 'periods', r.issuer_id, count(*) AS number
    FROM quota_round r
    WHERE r.tenant_id = :tenant AND upper(r.period) > :on GROUP BY r.issuer_id
    UNION ALL
    SELECT 'reminders', s.unit_id, count(*) AS number
    FROM (
        SELECT m.unit_id
        FROM round_reminder m
        JOIN quota_round r ON r.tenant_id = :tenant AND r.id = m.round_id
        WHERE m.tenant_id = :tenant AND upper(r.period) > :on
        UNION ALL
        SELECT m.unit_id
        FROM reminder m
        WHERE m.tenant_id = :tenant AND m.kind = 'reminder' AND m.origin <> 'round'
          AND upper(m.period) > :on
    ) s
    GROUP BY s.unit_id
    UNION ALL
    SELECT 'users', a.unit_id, count(*) AS number
    FROM user_account a WHERE a.tenant_id = :tenant AND NOT a.is_disabled GROUP BY a.unit_id
    UNION ALL
    SELECT 'rights', g.unit_id, count(*) AS number
    FROM role_grant g
    WHERE g.tenant_id = :tenant AND g.valid && daterange(:on, NULL) GROUP BY g.unit_id
    """
)


@dataclass(frozen=True)
class Following:
    """How much of what goes from one unit to another; no target where it ends."""

    what: str
    origin: str
    target: str | None
    count: int


@dataclass(frozen=True)
class Consequences:
    """What follows the units of a plan; `names` are those of units by their codes.

    `former_names` and `new_codes` are of listed units that stay, by their code of before.
    """

    following: tuple[Following, ...]
    names: Mapping[str, str]
    former_names: Mapping[str, str] = field(default_factory=dict)
    new_codes: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return what is kept with a preview."""
        return {
            "following": [asdict(each) for each in self.following],
            "names": dict(self.names),
            "former_names": dict(self.former_names),
            "new_codes": dict(self.new_codes),
        }

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> "Consequences":
        """Read back what `as_json` wrote."""
        return cls(
            tuple(Following(**each) for each in kept["following"]),
            kept["names"],
            kept.get("former_names", {}),
            kept.get("new_codes", {}),
        )


Counts = Mapping[str, Mapping[str, int]]
"""How much of what each unit has, by what and by its code of before."""


def counts_by_unit(context: Context, found: Situation, plan: Plan) -> Counts:
    """Count what units have that may follow them."""
    rows: dict[str, dict[str, int]] = defaultdict(dict)
    values = {"tenant": context.tenant_id, "on": plan.effective}
    for row in db.session.execute(_COUNTS, values):
        code = found.code_of.get(row.unit_id)
        if code is not None:
            rows[row.what][code] = row.number
    return rows


def consequences(plan: Plan, counts: Counts) -> Consequences:
    """Return what follows the units of a plan."""
    following = (*_of_cells(plan, counts), *_of_units(plan, counts))
    staying = [code for code, how in plan.fates.items() if how in {How.RENAMED, How.MOVED}]
    return Consequences(
        tuple(following),
        _names(plan),
        former_names={code: plan.before[code].description.name for code in staying},
        new_codes={code: plan.continuing[code].code for code in staying},
    )


def open_questions(plan: Plan, counts: Counts) -> Iterator[Question]:
    """Say what is done by default with quotas and with users whose unit ends."""
    given = Counter(
        heir.code
        for code, heirs in plan.heirs.items()
        for heir in heirs
        if heir.share is not Share.CLOSE and counts.get("quotas", {}).get(code)
    )
    given.update(
        unit.code
        for code, unit in plan.continuing.items()
        if unit.code in given and counts.get("quotas", {}).get(code)
    )
    for code, heirs in plan.heirs.items():
        if len(heirs) > 1 and counts.get("quotas", {}).get(code):
            yield Question(code, message("Chỉ tiêu của tổ chức này được chia cho các phần."))
    for code, predecessors in given.items():
        if predecessors > 1:
            yield Question(
                code,
                message("Chỉ tiêu của %(units)s tổ chức được cộng lại.", units=predecessors),
            )
    for code in sorted(plan.ended & counts.get("rights", {}).keys()):
        yield _question_of_rights(plan, code, counts["rights"][code])


def _question_of_rights(plan: Plan, code: str, rights: int) -> Question:
    if plan.fates[code] is How.CLOSED:
        return Question(
            code, message("%(rights)s quyền tại tổ chức này hết theo tổ chức.", rights=rights)
        )
    return Question(
        code,
        message(
            "%(rights)s quyền tại tổ chức này theo về %(heir)s.",
            rights=rights,
            heir=plan.receivers[code] or "",
        ),
    )


def _of_cells(plan: Plan, counts: Counts) -> Iterator[Following]:
    """Tell people and their open cases by the units that their cells leave and come to."""
    for what in OF_CELLS:
        moved: Counter[tuple[str, str | None]] = Counter()
        for cell, count in counts.get(what, {}).items():
            if cell not in plan.before:
                continue
            origin, target = _way(plan, cell)
            if origin != target:
                moved[origin, target] += count
        yield from (Following(what, *way, count) for way, count in sorted_by_way(moved))


def _way(plan: Plan, cell: str) -> tuple[str, str | None]:
    """Return under whom a cell's people stand before and after; themselves where a cell ends."""
    receiver = plan.receivers[cell]
    before = plan.before[cell].parent_code
    if cell in plan.ended or receiver is None:
        return cell, receiver
    after = plan.after[receiver].parent_code
    kept = plan.continuing.get(before or "")
    # Who keeps its identity under another code is the same unit.
    is_same = kept is not None and kept.code == after
    return before or cell, before or cell if is_same or before == after else after


def _of_units(plan: Plan, counts: Counts) -> Iterator[Following]:
    for what in OF_UNITS:
        have = counts.get(what, {})
        for code in plan.ended:
            if not have.get(code):
                continue
            ends = plan.fates[code] is How.CLOSED and what in {"rights", "commitments"}
            target = None if ends else plan.receivers[code]
            yield Following(what, code, target, have[code])


def sorted_by_way(
    moved: Mapping[tuple[str, str | None], int],
) -> list[tuple[tuple[str, str | None], int]]:
    """Order by where things go, then from where."""
    return sorted(moved.items(), key=lambda item: (item[0][1] or "", item[0][0]))


def _names(plan: Plan) -> dict[str, str]:
    """Return the names of units that change, and of those that they come to."""
    names = {
        code: plan.before[code].description.name
        for code, how in plan.fates.items()
        if how not in {How.STAYS, How.FOLLOWS}
    }
    above = {unit.parent_code for unit in plan.after.values() if unit.identity is None}
    above |= {unit.parent_code for unit in plan.before.values()}
    names |= {
        code: unit.description.name
        for code, unit in plan.before.items()
        if code in above and code not in names
    }
    heirs = {heir.code for each in plan.heirs.values() for heir in each}
    heirs |= {unit.code for unit in plan.begun}
    heirs |= {unit.parent_code for unit in plan.after.values() if unit.parent_code is not None}
    heirs |= {unit.code for unit in plan.after.values() if unit.identity in names}
    return names | {code: plan.after[code].description.name for code in heirs if code in plan.after}
