"""What becomes of every row of an old tenant that cannot go over as it is. Pure.

The receiver's rows, and those of tenants that were taken over before, are `Known`; planning one
tenant after the other makes it know each one's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.merging.tables import EMPTIED, MATCHED, OF_RECEIVER, RENAMED

Rows = Mapping[str, list[dict[str, Any]]]
"""The rows of the tables in which something may clash, by table; with what planning needs."""

MOST_SLOTS = 200
DRAFT_KEY = ("measure", "period")


class Rule(StrEnum):
    """How a clash is resolved."""

    RECEIVERS = "receivers"
    RENAMED = "renamed"
    EMPTIED = "emptied"


@dataclass(frozen=True)
class Clash:
    """Something that both tenants have: what of whom, by which rule, and what it becomes."""

    tenant: str
    what: str
    value: str
    rule: Rule
    becomes: str | None

    def as_json(self) -> dict[str, str | None]:
        """Return the stable shape of the command line."""
        return {
            "tenant": self.tenant,
            "what": self.what,
            "value": self.value,
            "rule": self.rule.value,
            "becomes": self.becomes,
        }


@dataclass
class Takeover:
    """What becomes of one old tenant's rows.

    `numbers`: the receiver's rows in place of its own, by table; `renamed`: other values by table
    and row; `emptied`: rows by table; `slots`: where a segment is counted in the receiver's
    vectors; `set_aside`: configuration that the receiver's takes the place of.
    """

    tenant: str
    numbers: dict[str, dict[int, int]] = field(default_factory=dict)
    renamed: dict[str, dict[int, str]] = field(default_factory=dict)
    emptied: dict[str, set[int]] = field(default_factory=dict)
    slots: dict[int, int] = field(default_factory=dict)
    clashes: list[Clash] = field(default_factory=list)
    set_aside: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


@dataclass
class Known:
    """What the receiver has, or will have by then."""

    matched: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = field(default_factory=dict)
    values: dict[tuple[str, str], set[Any]] = field(default_factory=dict)
    receivers: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = field(default_factory=dict)
    slots: set[int] = field(default_factory=set)
    drafts: dict[tuple[Any, ...], int] = field(default_factory=dict)


def known(rows: Rows) -> Known:
    """Return what a tenant with these rows has."""
    found = Known()
    for table, rule in MATCHED.items():
        found.matched[table] = {_key(row, rule.key): row for row in rows[table]}
    for table, column in (*RENAMED.items(), *EMPTIED.items()):
        found.values[table, column] = {
            row[column] for row in rows[table] if row[column] is not None
        }
    for table, key in OF_RECEIVER.items():
        found.receivers[table] = {_key(row, key): row for row in rows[table]}
    found.slots = {row["slot"] for row in rows["segment"]}
    found.drafts = {_key(row, DRAFT_KEY): row["id"] for row in rows["distribution"]}
    return found


def takeover(tenant: str, rows: Rows, there: Known) -> Takeover:
    """Plan what becomes of a tenant's rows; `there` then knows them too."""
    plan = Takeover(tenant)
    for table in MATCHED:
        _match(plan, table, rows[table], there)
    for table, column in RENAMED.items():
        _rename(plan, table, column, rows=rows[table], there=there)
    for table, column in EMPTIED.items():
        _empty(plan, table, column, rows=rows[table], there=there)
    for table, key in OF_RECEIVER.items():
        _set_aside(plan, table, key, rows=rows[table], there=there)
    _join_drafts(plan, rows["distribution"], there)
    return plan


def _key(row: Mapping[str, Any], columns: Iterable[str]) -> tuple[Any, ...]:
    return tuple(row[column] for column in columns)


def _match(plan: Takeover, table: str, rows: list[dict[str, Any]], there: Known) -> None:
    rule, have = MATCHED[table], there.matched[table]
    numbers = plan.numbers.setdefault(table, {})
    for row in rows:
        other = have.get(_key(row, rule.key))
        if other is not None and _key(row, rule.meaning) == _key(other, rule.meaning):
            numbers[row["id"]] = other["id"]
            if "slot" in row:
                plan.slots[row["slot"]] = other["slot"]
            _tell_differences(plan, table, row, other)
            continue
        kept = dict(row)
        if other is not None:
            kept["code"] = _apart(row["code"], plan.tenant, {key[0] for key in have})
            plan.renamed.setdefault(table, {})[row["id"]] = kept["code"]
            plan.clashes.append(Clash(plan.tenant, table, row["code"], Rule.RENAMED, kept["code"]))
        if "slot" in row:
            kept["slot"] = _free_slot(row["slot"], there.slots)
            there.slots.add(kept["slot"])
            plan.slots[row["slot"]] = kept["slot"]
        have[_key(kept, rule.key)] = kept


def _tell_differences(
    plan: Takeover, table: str, row: Mapping[str, Any], other: Mapping[str, Any]
) -> None:
    for column in MATCHED[table].shown:
        if row[column] != other[column]:
            what = f"{table}.{column} {row['code']}"
            plan.clashes.append(
                Clash(plan.tenant, what, str(row[column]), Rule.RECEIVERS, str(other[column]))
            )


def _free_slot(wanted: int, taken: set[int]) -> int:
    if wanted not in taken:
        return wanted
    return next(slot for slot in range(1, MOST_SLOTS + 1) if slot not in taken)


def _rename(
    plan: Takeover, table: str, column: str, *, rows: list[dict[str, Any]], there: Known
) -> None:
    taken = there.values[table, column]
    own = {row[column] for row in rows}
    for row in rows:
        value = row[column]
        if value is None:
            continue
        if value in taken:
            becomes = _apart(value, plan.tenant, taken | own)
            plan.renamed.setdefault(table, {})[row["id"]] = becomes
            plan.clashes.append(Clash(plan.tenant, table, value, Rule.RENAMED, becomes))
            value = becomes
        taken.add(value)


def _apart(value: str, tenant: str, taken: set[str]) -> str:
    found = f"{value}.{tenant}"
    while found in taken:
        found += "."
    return found


def _empty(
    plan: Takeover, table: str, column: str, *, rows: list[dict[str, Any]], there: Known
) -> None:
    taken = there.values[table, column]
    for row in rows:
        # What a matched row says is not taken over at all.
        if row[column] is None or row["id"] in plan.numbers.get(table, {}):
            continue
        wanted = (
            plan.numbers["level"].get(row[column], row[column]) if table == "kind" else row[column]
        )
        if wanted in taken:
            plan.emptied.setdefault(table, set()).add(row["id"])
            plan.clashes.append(
                Clash(plan.tenant, f"{table}.{column}", str(row["id"]), Rule.EMPTIED, None)
            )
        taken.add(wanted)


def _set_aside(
    plan: Takeover, table: str, key: tuple[str, ...], *, rows: list[dict[str, Any]], there: Known
) -> None:
    have = there.receivers[table]
    for row in rows:
        other = have.get(_key(row, key))
        if other is not None and _said(row) == _said(other):
            continue
        plan.set_aside.setdefault(table, []).append(row)
        named = ", ".join(str(value) for value in _key(row, key))
        plan.clashes.append(Clash(plan.tenant, table, named, Rule.RECEIVERS, None))


def _join_drafts(plan: Takeover, rows: list[dict[str, Any]], there: Known) -> None:
    """Let the lines of what is being prepared above the tenant go to the receiver's draft."""
    numbers = plan.numbers.setdefault("distribution", {})
    for row in rows:
        draft = there.drafts.setdefault(_key(row, DRAFT_KEY), row["id"])
        if draft != row["id"]:
            numbers[row["id"]] = draft


def _said(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in {"id", "tenant_id"}}
