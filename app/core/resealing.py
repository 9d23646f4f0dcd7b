"""Sealing anew, under the first key, what older keys have sealed.

A column that holds sealed fields says so by `sealed_as`, with the name that its rows are sealed
under; a blind index beside it says what it is an index of. So every such column is found here, and
a gate fails on a column of bytes that says nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any

from sqlalchemy import LargeBinary, MetaData, Table, and_, bindparam, func, select, update
from sqlalchemy.orm import Session

from app.core.sealing import FieldKeys

ROWS_AT_ONCE = 200
_SEALED_AS = "sealed_as"
_INDEX_OF = "index_of"
_NOT_SEALED = "not_sealed"


def sealed_as(name: str) -> dict[str, str]:
    """Say that a column is sealed under a name made of its row's columns: "person:{person_id}"."""
    return {_SEALED_AS: name}


def index_of(column: str, purpose: str) -> dict[str, tuple[str, str]]:
    """Say that a column is the blind index of a sealed one, made for a purpose."""
    return {_INDEX_OF: (column, purpose)}


def not_sealed(reason: str) -> dict[str, str]:
    """Say why a column of bytes is not sealed."""
    return {_NOT_SEALED: reason}


@dataclass(frozen=True)
class SealedColumn:
    """A column of sealed fields; `indexes` are columns of the same table, with their purposes."""

    table: Table
    column: str
    name: str
    indexes: Mapping[str, str]

    @property
    def naming(self) -> list[str]:
        """Return the columns that the rows' names are made of."""
        return [field for _, field, _, _ in Formatter().parse(self.name) if field]


def sealed_columns(metadata: MetaData) -> Iterator[SealedColumn]:
    """Go through every column that says it is sealed."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            if _SEALED_AS in column.info:
                indexes = {
                    other.name: other.info[_INDEX_OF][1]
                    for other in table.columns
                    if other.info.get(_INDEX_OF, ("",))[0] == column.name
                }
                yield SealedColumn(table, column.name, column.info[_SEALED_AS], indexes)


def silent_columns(metadata: MetaData) -> set[str]:
    """Return the columns of bytes that say nothing of how they are kept."""
    return {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
        and not {_SEALED_AS, _INDEX_OF, _NOT_SEALED} & set(column.info)
    }


def reseal_some(session: Session, sealed: SealedColumn, keys: FieldKeys, tenant_id: int) -> int:
    """Seal a batch of a tenant's fields anew and return how many; 0 when all are.

    Rows are locked by their keys in order; whoever saves one meanwhile seals it with the first key.
    """
    rows = session.execute(_stale(sealed, keys, tenant_id)).mappings().all()
    if rows:
        session.execute(_written(sealed), [_anew(sealed, keys, dict(row)) for row in rows])
    return len(rows)


def _stale(sealed: SealedColumn, keys: FieldKeys, tenant_id: int) -> Any:  # noqa: ANN401 a select
    table, column = sealed.table, sealed.table.c[sealed.column]
    mark = keys.mark
    wanted = {*(key.name for key in table.primary_key), *sealed.naming, sealed.column}
    # Operators are of no tenant: with the first tenant all of theirs are sealed anew.
    of_tenant = [table.c.tenant_id == tenant_id] if "tenant_id" in table.c else []
    return (
        select(*(table.c[name] for name in sorted(wanted)))
        .where(
            *of_tenant,
            column.is_not(None),
            func.substr(column, 1, len(mark)) != mark,
        )
        .order_by(*table.primary_key)
        .limit(ROWS_AT_ONCE)
        .with_for_update()
    )


def _written(sealed: SealedColumn) -> Any:  # noqa: ANN401 an update
    table = sealed.table
    changed = (sealed.column, *sealed.indexes)
    return (
        update(table)
        .where(and_(*(key == bindparam(f"key_{key.name}") for key in table.primary_key)))
        .values({name: bindparam(f"new_{name}") for name in changed})
    )


def _anew(sealed: SealedColumn, keys: FieldKeys, row: Mapping[str, Any]) -> dict[str, Any]:
    name = sealed.name.format_map({field: row[field] for field in sealed.naming})
    content = keys.open(bytes(row[sealed.column]), name)
    indexes = {
        f"new_{column}": keys.index(purpose, content.decode())
        for column, purpose in sealed.indexes.items()
    }
    return {
        **{f"key_{key.name}": row[key.name] for key in sealed.table.primary_key},
        f"new_{sealed.column}": keys.seal(content, name),
        **indexes,
    }
