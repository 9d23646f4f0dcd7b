"""What becomes of each tenant table when its tenant is merged into another one.

A table is copied as it is, its rows keeping their numbers, unless it is named here. Whether that
is enough is worked out from its keys and references: `unhandled` names what would go wrong, and
`tests/gates` fails on it, so that a table which is added later cannot be forgotten.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Column, Computed, SmallInteger, Table, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint

from app.core.database import Base


@dataclass(frozen=True)
class Matched:
    """Configuration: what has the same key in both tenants is one thing, under the receiver's row.

    Where `meaning` differs it is another thing with the same code, and is renamed; `shown` are the
    columns whose differences are told.
    """

    key: tuple[str, ...]
    meaning: tuple[str, ...] = ()
    shown: tuple[str, ...] = ("name_vi", "name_en")


MATCHED: Mapping[str, Matched] = {
    "level": Matched(("code",)),
    "kind": Matched(("code",), meaning=("is_cell", "is_residential")),
    "measure": Matched(("code",), shown=("name_vi", "name_en", "counted_step")),
    "segment": Matched(
        ("code", "origin"),
        shown=("name_vi", "name_en", "attribute", "any_of", "none_of", "age_from", "age_to"),
    ),
}

RENAMED: Mapping[str, str] = {
    "unit": "code",
    "person": "person_code",
    "transfer": "number",
    "reorganisation": "decision_no",
}
"""The column that gets the old tenant's code behind it where the receiver has the same value."""

EMPTIED: Mapping[str, str] = {
    "kind": "default_for_level_id",
    "private_detail": "identity_index",
}
"""The column that is emptied where the receiver has the same value: only one may be found by it."""

OF_RECEIVER: Mapping[str, tuple[str, ...]] = {
    "setting": (),
    "privacy_rule": (),
    "reminder_rule": (),
    "rule_set": ("effective_on",),
    "recorded_day": ("day",),
}
"""The receiver's stay, by their keys; the old tenant's are set aside and differences are told."""

LEFT: Mapping[str, str] = {
    "day_count": "drawn up anew from the steps",
    "delta": "drawn up anew from the steps",
    "summary": "drawn up anew from the steps",
    "rollup_status": "the receiver has its own",
    "export_file": "drawn files go within a day, and their addresses lead nowhere afterwards",
    "tree_state": "the receiver has its own, and redraws its tree",
    "demonstration_move": "only a demonstration moves its clock",
    "submission": "forms of the old tenant cannot be sent any more",
    "user_session": "everybody signs in again",
    "audit_batch": "entries are linked anew in the receiver's trail",
    "audit_link": "entries are linked anew in the receiver's trail",
    "operator_access": "leave was given to look into the old tenant alone",
    "reorganisation_row": "what was decided before the merging is not undone after it",
}
"""What is not taken over, and why."""

JOINED = frozenset(("distribution",))
"""Tables with a step of their own: what the Centre gave is given by one board afterwards."""

UNIQUE_EVERYWHERE: Mapping[str, str] = {
    "user_account": "login_name",
}
"""Values that no two tenants share at all, so that they cannot clash."""

UNLOCKED = frozenset(("user_session", "submission", "rollup_status", "tree_state", "delta"))
"""Left tables that others write all the time: nothing is copied from them."""

SLOTS: Mapping[str, str] = {"step": "segments", "person": "stated_segments"}
"""Columns that hold slots of segments, which each tenant numbers by itself."""


def tenant_tables() -> tuple[Table, ...]:
    """Return all tables with a tenant behind walls, those that others refer to first."""
    return tuple(
        table for table in Base.metadata.sorted_tables if "tenant_id" in table.primary_key.columns
    )


def is_copied(table: Table) -> bool:
    """Tell whether the rows of a table go over to the receiver."""
    return table.name not in LEFT and table.name not in OF_RECEIVER


def written_columns(table: Table) -> tuple[str, ...]:
    """Return the columns that are written; others follow from them."""
    return tuple(
        column.name for column in table.columns if not isinstance(column.computed, Computed)
    )


def references(table: Table) -> dict[str, str]:
    """Return the columns whose numbers are of tables with rows of the receiver's, with those."""
    found = {
        element.parent.name: constraint.referred_table.name
        for constraint in table.foreign_key_constraints
        if constraint.referred_table.name in {*MATCHED, *JOINED}
        for element in constraint.elements
        if element.column.name == "id"
    }
    return found | {f"{name}_id": name for name in MATCHED if f"{name}_id" in table.columns}


def unhandled(table: Table) -> Iterator[str]:
    """Say what of a table nobody has decided on: keys that may clash, slots, unknown keys."""
    if not is_copied(table):
        return
    if "id" not in table.primary_key.columns:
        yield f"{table.name}: rows without a number of their own"
    for key in _keys(table):
        if not (_is_apart(table, key) or _is_decided(table, key)):
            yield f"{table.name}: {', '.join(sorted(key))} may be taken in the other tenant"
    for column in table.columns:
        if _holds_small_numbers(column) and SLOTS.get(table.name) != column.name:
            yield f"{table.name}.{column.name}: slots of segments, or not?"


def _keys(table: Table) -> Iterator[frozenset[str]]:
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint | ExcludeConstraint):
            yield frozenset(column.name for column in constraint.columns) - {"tenant_id"}
    for index in table.indexes:
        if index.unique:
            yield frozenset(column.name for column in index.columns) - {"tenant_id"}


def _is_apart(table: Table, key: frozenset[str]) -> bool:
    """Tell whether a key names a row of the old tenant, which keeps its number, so is unique."""
    own = {
        element.parent.name
        for constraint in table.foreign_key_constraints
        if constraint.referred_table.name not in MATCHED
        for element in constraint.elements
        if element.column.name == "id" and not element.parent.nullable
    }
    return bool(key & (own | {"id"}))


def _is_decided(table: Table, key: frozenset[str]) -> bool:
    name = table.name
    if name in JOINED:
        return True
    decided = [RENAMED, EMPTIED, UNIQUE_EVERYWHERE]
    if any(rule.get(name) in key for rule in decided):
        return True
    return name in MATCHED and (key == set(MATCHED[name].key) or key == {"slot"})


def _holds_small_numbers(column: Column[object]) -> bool:
    return isinstance(column.type, ARRAY) and isinstance(column.type.item_type, SmallInteger)
