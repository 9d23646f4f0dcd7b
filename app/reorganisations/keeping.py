"""What a reorganisation did to rows, kept so that it can be undone exactly, and taken back.

Of each table only facts are kept; paths, positions, keys for sorting and books are derived and
drawn up anew. Undoing is refused where a fact is no longer as the reorganisation left it, or where
somebody has come to refer to what it added.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Table,
    delete,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert as insert_unless_there

from app.core.database import Base, db
from app.core.rows import insert_rows
from app.reorganisations.models import KeptRow
from app.tenants.context import Context

FACTS: Mapping[str, tuple[str, ...]] = {
    "unit": ("code",),
    "placement": ("unit_id", "parent_id", "valid"),
    "designation": ("unit_id", "valid", "name", "level_id", "kind_id"),
    "member_count": ("unit_id", "counted_on", "members"),
    "user_account": ("unit_id",),
    "role_grant": ("user_id", "unit_id", "role", "valid"),
    "person": ("cell_id",),
    "step": ("cell_id",),
    "distribution": ("state", "version"),
}
"""What is kept of each table, and compared before undoing."""

_DERIVED = frozenset(("position",))
_WITH_THEIR_DISTRIBUTION = frozenset(("quota_line", "box_mark"))
_OF_THE_AGGREGATE = frozenset(("lineage", "former_code"))

_NAMED_BY_NUMBER = ("unit", "distribution")
"""What a reorganisation may add that other tables come to refer to."""


@dataclass(frozen=True)
class Keeper:
    """Keeps the rows of one reorganisation."""

    context: Context
    reorganisation_id: int

    def changing(self, place: str, condition: ColumnElement[bool]) -> None:
        """Keep the facts of rows that are about to change; what is kept of a row first stays."""
        table = _table(place)
        self._keep(place, table, _facts(place, table), condition)

    def removing(self, place: str, ids: Collection[int]) -> None:
        """Keep whole rows that are about to be taken away."""
        table = _table(place)
        self._keep(place, table, _whole(table), table.c.id.in_(ids))

    def added(self, place: str, ids: Collection[int]) -> None:
        """Note rows that were added."""
        if ids:
            self._note(place, {"row_id": sorted(ids)})

    def removed(self, place: str, images: Mapping[int, Mapping[str, Any]]) -> None:
        """Keep whole rows, read before by `images_of`, that were taken away."""
        if images:
            ids = sorted(images)
            self._note(place, {"row_id": ids, "before": [json.dumps(images[row]) for row in ids]})

    def ids_so_far(self, place: str) -> frozenset[int]:
        """Return the rows of a table of which something is kept."""
        return frozenset(db.session.scalars(select(KeptRow.row_id).where(*self._kept(place))))

    def matching(self, place: str, condition: ColumnElement[bool]) -> frozenset[int]:
        """Return the rows of a table that a condition holds for."""
        table = _table(place)
        return frozenset(
            db.session.scalars(
                select(table.c.id).where(table.c.tenant_id == self.context.tenant_id, condition)
            )
        )

    def finish(self) -> None:
        """Keep what every row has become."""
        for place in FACTS:
            table = _table(place)
            db.session.execute(
                text(
                    f"""
                    UPDATE reorganisation_row k SET after = {_facts_sql(place)}
                    FROM "{table.name}" t
                    WHERE k.tenant_id = :tenant AND k.reorganisation_id = :reorganisation
                      AND k.place = :place AND t.tenant_id = :tenant AND t.id = k.row_id
                    """  # noqa: S608 names of tables and columns of this module
                ),
                self._values(place),
            )

    def changed_since(self) -> tuple[str, ...]:
        """Return the tables in which a row is no longer as the reorganisation left it."""
        return tuple(
            place
            for place in FACTS
            if db.session.execute(
                text(
                    f"""
                    SELECT EXISTS (
                        SELECT 1 FROM reorganisation_row k
                        LEFT JOIN "{place}" t ON t.tenant_id = :tenant AND t.id = k.row_id
                        WHERE k.tenant_id = :tenant AND k.reorganisation_id = :reorganisation
                          AND k.place = :place AND k.after IS NOT NULL
                          AND (t.id IS NULL OR {_facts_sql(place)} <> k.after)
                    )
                    """  # noqa: S608 as above
                ),
                self._values(place),
            ).scalar_one()
        )

    def referred_to_by(self) -> tuple[str, ...]:
        """Return the tables in which something newer refers to a unit or quotas that were added."""
        added = {target: self.ids(target, is_added=True) for target in _NAMED_BY_NUMBER}
        found = {
            table.name
            for target, table, column in may_depend()
            if db.session.execute(self._newer(table, column, added[target])).first()
        }
        return tuple(sorted(found))

    def ids(self, place: str, *, is_added: bool) -> list[int]:
        """Return the rows of a table that were added, or that were there before and still are."""
        return list(
            db.session.scalars(
                select(KeptRow.row_id)
                .where(
                    *self._kept(place),
                    KeptRow.before.is_(None) if is_added else KeptRow.before.is_not(None),
                    KeptRow.after.is_not(None),
                )
                .order_by(KeptRow.row_id)
            )
        )

    def delete_added(self, place: str, *, but_of: Collection[int] = ()) -> None:
        """Delete the rows that were added, but for those of some units."""
        table = _table(place)
        others = [table.c.unit_id.not_in(but_of)] if but_of else []
        db.session.execute(
            delete(table).where(
                table.c.tenant_id == self.context.tenant_id,
                table.c.id.in_(self.ids(place, is_added=True)),
                *others,
            )
        )

    def restore_removed(self, place: str) -> None:
        """Put back the rows that were taken away, with the numbers that they had."""
        columns = ", ".join(f'"{column.name}"' for column in _table(place).columns)
        values = ", ".join(f'(r.row)."{column.name}"' for column in _table(place).columns)
        db.session.execute(
            text(
                f"""
                INSERT INTO "{place}" ({columns})
                SELECT {values}
                FROM (
                    SELECT jsonb_populate_record(NULL::"{place}", k.before) AS row
                    FROM reorganisation_row k
                    WHERE k.tenant_id = :tenant AND k.reorganisation_id = :reorganisation
                      AND k.place = :place AND k.before IS NOT NULL AND k.after IS NULL
                ) r
                RETURNING id
                """  # noqa: S608 as above
            ),
            self._values(place),
        )

    def restore_changed(self, place: str) -> None:
        """Give rows that were changed the facts that they had; the others are left untouched.

        Published quotas, say, are kept beside drafts, and refuse even to be written as they are.
        """
        settings = ", ".join(f'"{name}" = (b.row)."{name}"' for name in FACTS[place])
        db.session.execute(
            text(
                f"""
                UPDATE "{place}" t SET {settings}
                FROM (
                    SELECT k.row_id, jsonb_populate_record(NULL::"{place}", k.before) AS row
                    FROM reorganisation_row k
                    WHERE k.tenant_id = :tenant AND k.reorganisation_id = :reorganisation
                      AND k.place = :place AND k.before IS NOT NULL AND k.after IS NOT NULL
                      AND k.before <> k.after
                ) b
                WHERE t.tenant_id = :tenant AND t.id = b.row_id
                """  # noqa: S608 as above
            ),
            self._values(place),
        )

    def forget(self) -> None:
        """Delete what was kept; nothing is left to be undone."""
        db.session.execute(
            delete(KeptRow).where(
                KeptRow.tenant_id == self.context.tenant_id,
                KeptRow.reorganisation_id == self.reorganisation_id,
            )
        )

    def _values(self, place: str) -> dict[str, object]:
        return {
            "tenant": self.context.tenant_id,
            "reorganisation": self.reorganisation_id,
            "place": place,
        }

    def _kept(self, place: str) -> tuple[ColumnElement[bool], ...]:
        return (
            KeptRow.tenant_id == self.context.tenant_id,
            KeptRow.reorganisation_id == self.reorganisation_id,
            KeptRow.place == place,
        )

    def _note(self, place: str, columns: Mapping[str, Sequence[object]]) -> None:
        of_all = {
            "tenant_id": self.context.tenant_id,
            "reorganisation_id": self.reorganisation_id,
            "place": place,
        }
        insert_rows(_table(KeptRow.__tablename__), columns, of_all)

    def _keep(
        self,
        place: str,
        table: Table,
        image: ColumnElement[Any],
        condition: ColumnElement[bool],
    ) -> None:
        db.session.execute(
            insert_unless_there(KeptRow)
            .from_select(
                ["tenant_id", "reorganisation_id", "place", "row_id", "before"],
                select(
                    table.c.tenant_id,
                    literal(self.reorganisation_id),
                    literal(place),
                    table.c.id,
                    image,
                ).where(table.c.tenant_id == self.context.tenant_id, condition),
            )
            .on_conflict_do_nothing(
                index_elements=["tenant_id", "reorganisation_id", "place", "row_id"]
            )
        )

    def _newer(self, table: Table, column: str, added: Sequence[int]) -> Select[int]:
        """Select rows that refer to what was added and did not come with it."""
        statement = select(literal(1)).where(
            table.c.tenant_id == self.context.tenant_id, table.c[column].in_(added)
        )
        if "id" in table.c:
            statement = statement.where(
                table.c.id.not_in(select(KeptRow.row_id).where(*self._kept(table.name)))
            )
        if "distribution_id" in table.c:
            statement = statement.where(
                table.c.distribution_id.not_in(
                    select(KeptRow.row_id).where(*self._kept("distribution"))
                )
            )
        return statement.limit(1)


def images_of(context: Context, place: str, unit_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Return the whole rows of some units, by their numbers."""
    table = _table(place)
    rows = db.session.execute(
        select(table.c.id, _whole(table).label("image")).where(
            table.c.tenant_id == context.tenant_id, table.c.unit_id.in_(unit_ids)
        )
    )
    return {row.id: row.image for row in rows}


def _table(place: str) -> Table:
    return Base.metadata.tables[place]


def _whole(table: FromClause) -> ColumnElement[Any]:
    return func.to_jsonb(text(f'"{cast("Table", table).name}"'))


def _facts(place: str, table: Table) -> ColumnElement[Any]:
    pairs: list[Any] = []
    for name in FACTS[place]:
        pairs += [literal(name), table.c[name]]
    return func.jsonb_build_object(*pairs)


def _facts_sql(place: str) -> str:
    pairs = ", ".join(f"'{name}', t.\"{name}\"" for name in FACTS[place])
    return f"jsonb_build_object({pairs})"


def may_depend() -> Iterable[tuple[str, Table, str]]:
    """Yield what may be added, with each table and column in which something may refer to it."""
    for target in _NAMED_BY_NUMBER:
        for table, column in _references_to(target):
            is_with_it = target == "distribution" and table.name in _WITH_THEIR_DISTRIBUTION
            if table.name not in _DERIVED | _OF_THE_AGGREGATE and not is_with_it:
                yield target, table, column


def _references_to(target: str) -> Iterable[tuple[Table, str]]:
    """Yield the tables, each with its column, that refer to a table's rows by their number."""
    for table in Base.metadata.sorted_tables:
        for constraint in table.foreign_key_constraints:
            if constraint.referred_table.name == target:
                for element in constraint.elements:
                    if element.column.name == "id":
                        yield table, element.parent.name
