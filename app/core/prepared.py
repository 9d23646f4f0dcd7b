"""Statements that the database plans once for each connection.

What every page asks joins several tables below row-level security; planning it takes as long as
running it, or longer. psycopg2 sends each statement as new text, so those that say `PREPARED` are
sent by the names under which their connection has prepared them. Whoever pools connections between
program and database pools them by session.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from psycopg2.extras import DateRange
from sqlalchemy import Connection, Engine, event

PREPARED = {"is_prepared": True}
"""Execution options of a statement whose text is always the same."""

_PLANS = "plans"
_PLACE = re.compile(r"%(?:\((\w+)\)s|%)")

# The others are told from where they stand in the statement.
_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (datetime, "timestamptz"),
    (date, "date"),
    (DateRange, "daterange"),
)
_TOLD_BY_PLACE = "unknown"


def install_prepared_statements(engine: Engine) -> None:
    """Have an engine prepare the statements that ask for it."""
    event.listen(engine, "before_cursor_execute", _by_name, retval=True)


def _by_name(  # noqa: PLR0917 as SQLAlchemy calls it
    connection: Connection,
    cursor: Any,  # noqa: ANN401 the driver's own
    statement: str,
    parameters: Any,  # noqa: ANN401 of one row or of many
    context: Any,  # noqa: ANN401 None for what the driver itself runs
    is_many: bool,  # noqa: FBT001 as SQLAlchemy calls it
) -> tuple[str, Any]:
    if is_many or context is None or "is_prepared" not in context.execution_options:
        return statement, parameters
    plans: dict[str, str] = connection.info.setdefault(_PLANS, {})
    if statement not in plans:
        name = f"plan_{len(plans)}"
        prepare, execute = _prepared(name, statement, parameters)
        cursor.execute(prepare)
        plans[statement] = execute
    return plans[statement], parameters


def _prepared(name: str, statement: str, values: Mapping[str, object]) -> tuple[str, str]:
    """Return what prepares a statement under a name, and what runs it with the driver's places."""
    places: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        if found[1] is None:
            return "%"
        return f"${places.setdefault(found[1], len(places) + 1)}"

    body = _PLACE.sub(number, statement)
    types = ", ".join(_type(values[place]) for place in places)
    arguments = ", ".join(f"%({place})s" for place in places)
    if not places:
        return f"PREPARE {name} AS {body}", f"EXECUTE {name}"
    return f"PREPARE {name} ({types}) AS {body}", f"EXECUTE {name} ({arguments})"


def _type(value: object) -> str:
    return next((name for kind, name in _TYPES if isinstance(value, kind)), _TOLD_BY_PLACE)
