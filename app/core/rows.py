"""Many rows in one statement, whose text is as short for a thousand rows as for one.

Each column travels as the text of an array: the database reads that in a fraction of the time that
it takes to parse as many values or parameters. (COPY would be as quick, and is refused on tables
with row-level security.)
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any
from typing import cast as typed

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Insert,
    Table,
    TableValuedAlias,
    Text,
    Update,
    bindparam,
    cast,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, Range
from sqlalchemy.types import TypeEngine

from app.core.database import db

_PLACE = "place_in_list"
_LIST = "_list"


def insert_rows(
    table: Table, columns: Mapping[str, Sequence[object]], same: Mapping[str, object]
) -> None:
    """Write rows, given column by column, with what is the same in all; JSON is given as text."""
    statement = _insertion(table, tuple(columns), tuple(same))
    db.session.execute(statement, {**list_parameters(columns), **same})


def insert_numbered_rows(
    table: Table, columns: Mapping[str, Sequence[object]], same: Mapping[str, object]
) -> list[int]:
    """Write rows as `insert_rows` does and return their numbers, in the order of the rows."""
    statement = _insertion(table, tuple(columns), tuple(same)).returning(table.c.id)
    # Numbers are given in the order in which the rows are selected, and come back in any.
    return sorted(db.session.scalars(statement, {**list_parameters(columns), **same}))


def update_rows(table: Table, tenant_id: int, columns: Mapping[str, Sequence[object]]) -> None:
    """Change rows of a tenant, given column by column, each by its `id`; JSON is given as text."""
    values = {"tenant": tenant_id, **list_parameters(columns)}
    db.session.execute(_change(table, tuple(columns)), values)


def listed(alias: str, types: Mapping[str, TypeEngine[Any]]) -> TableValuedAlias:
    """Return a table of rows whose columns are given as parameters, as `list_parameters` does.

    Lists of lists must be of equal length and JSON has its own form, so both stay texts in it.
    """
    arrays = [cast(bindparam(f"{n}{_LIST}", type_=Text), ARRAY(t)) for n, t in types.items()]
    return func.unnest(*arrays).table_valued(*types, with_ordinality=_PLACE).render_derived(alias)


def list_parameters(columns: Mapping[str, Sequence[object]]) -> dict[str, str]:
    """Return the parameters of a statement with `listed` in it."""
    return {f"{name}{_LIST}": array_text(values) for name, values in columns.items()}


def array_text(values: Sequence[object]) -> str:
    """Return values as the database writes an array of them."""
    kinds = set(map(type, values))
    if kinds <= {int, date}:
        return f"{{{','.join(map(str, values))}}}"
    if all(issubclass(kind, str) for kind in kinds):
        return _array_of_texts(typed("Sequence[str]", values))
    return f"{{{','.join(map(_element, values))}}}"


@cache
def _insertion(table: Table, names: tuple[str, ...], same: tuple[str, ...]) -> Insert:
    rows = _listed_for(table, names)
    values = [
        *(_arrived(rows.c[name], table.c[name].type) for name in names),
        *(cast(bindparam(name), table.c[name].type) for name in same),
    ]
    return insert(table).from_select(
        [*names, *same], select(*values).order_by(rows.c[_PLACE]), include_defaults=False
    )


@cache
def _change(table: Table, names: tuple[str, ...]) -> Update:
    rows = _listed_for(table, names)
    return (
        update(table)
        .where(table.c.tenant_id == bindparam("tenant"), table.c.id == rows.c.id)
        .values({n: _arrived(rows.c[n], table.c[n].type) for n in names if n != "id"})
    )


def _listed_for(table: Table, names: tuple[str, ...]) -> TableValuedAlias:
    kinds: dict[str, TypeEngine[Any]] = {name: table.c[name].type for name in names}
    kinds |= {name: Text() for name, kind in kinds.items() if _has_own_form(kind)}
    return listed("listed", kinds)


def _arrived(column: ColumnElement[object], kind: TypeEngine[Any]) -> ColumnElement[object]:
    return cast(column, kind) if _has_own_form(kind) else column


def _has_own_form(kind: TypeEngine[Any]) -> bool:
    return isinstance(kind, ARRAY | JSONB)


def _array_of_texts(texts: Sequence[str]) -> str:
    """Return what escaping text by text gives; no text that can be stored has a NUL."""
    escaped = _escaped("\0".join(texts))
    if escaped.count("\0") >= len(texts):
        raise ValueError("a text with NUL cannot be stored")
    return '{"' + escaped.replace("\0", '","') + '"}'


def _element(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return f'"{_escaped(value)}"'
    if isinstance(value, bytes):
        return f'"\\\\x{value.hex()}"'
    if isinstance(value, Range):
        return f'"{value}"'
    return str(value)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
