"""Whoever adds a tenant's table has said what becomes of it when tenants merge."""

import pytest
from sqlalchemy import Column, ForeignKeyConstraint, Integer, MetaData, SmallInteger, Table, Text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.dialects.postgresql import ARRAY

from app.merging.tables import (
    EMPTIED,
    LEFT,
    MATCHED,
    OF_RECEIVER,
    RENAMED,
    SLOTS,
    UNLOCKED,
    tenant_tables,
    unhandled,
)


@pytest.mark.parametrize("table", tenant_tables(), ids=lambda table: table.name)
def test_what_becomes_of_a_table_is_decided(app, table):
    assert list(unhandled(table)) == []


def test_rules_are_of_tables_that_there_are(app):
    named = {*MATCHED, *RENAMED, *EMPTIED, *OF_RECEIVER, *LEFT, *SLOTS, *UNLOCKED}

    assert named <= {table.name for table in tenant_tables()}


@pytest.mark.parametrize(
    ("added", "told"),
    [
        (Unique("tenant_id", "title"), "title may be taken"),
        (Column("parts", ARRAY(SmallInteger)), "slots of segments, or not"),
        (Unique("tenant_id", "measure_id"), "measure_id may be taken"),
        (Unique("tenant_id", "unit_id", "title"), None),
    ],
)
def test_the_gate_notices_what_may_clash(app, added, told):
    metadata = MetaData()
    for name in ("unit", "measure"):
        Table(
            name,
            metadata,
            Column("tenant_id", Integer, primary_key=True),
            Column("id", Integer, primary_key=True),
        )
    table = Table(
        "noticeboard",
        metadata,
        Column("tenant_id", Integer, primary_key=True),
        Column("id", Integer, primary_key=True),
        Column("title", Text),
        Column("unit_id", Integer, nullable=False),
        Column("measure_id", Integer, nullable=False),
        ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
        ForeignKeyConstraint(["tenant_id", "measure_id"], ["measure.tenant_id", "measure.id"]),
        added,
    )

    found = list(unhandled(table))

    assert len(found) == (told is not None)
    assert told is None or told in found[0]
