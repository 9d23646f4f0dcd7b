"""Reorganisations for tests: rows of a file, applied by a decision."""

from datetime import date
from pathlib import Path

from app.imports.rules import conclude, read_table
from app.reorganisations import commands
from app.reorganisations.commands import Decided
from app.reorganisations.file_rows import REORGANISATION_COLUMNS, operation

HEADER = "old_code,old_name,new_code,new_name,new_parent_code,share,default_heir"
DATA = Path(__file__).parents[1] / "data"
ON = date(2025, 7, 1)
NUMBER = "1676/NQ-UBTVQH15"


def operations_of(content):
    """Read the operations of a file."""
    table = read_table(content, REORGANISATION_COLUMNS)
    conclude(table, unchanged=0, skip_bad=False)
    return tuple(operation(row) for row in table.rows)


def reorganisation_csv(*lines):
    """Return a file of operations."""
    return "\n".join((HEADER, *lines)).encode()


def decided(*lines, on=ON, number=NUMBER, content=None, **values):
    """Return a reorganisation as it was decided, by lines of a file or by a file."""
    return Decided(
        decision_no=number,
        effective_on=on,
        operations=operations_of(content or reorganisation_csv(*lines)),
        **values,
    )


def reorganise(context, *lines, **values):
    """Apply a reorganisation; its result."""
    return commands.apply(context, decided(*lines, **values))
