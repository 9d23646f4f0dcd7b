"""Units for tests: one at a time, or a whole tree from lines of a file."""

from datetime import date

from app.units.commands import import_units
from app.units.queries import unit_by_code

HEADER = "code,parent_code,level,name,kind,members"


def units_csv(*lines, header=HEADER):
    """Return a file of units; a line may leave out cells at its end."""
    width = header.count(",")
    rows = [line + "," * (width - line.count(",")) for line in lines]
    return "\n".join([header, *rows]).encode()


def import_lines(context, *lines, effective=date(2020, 1, 1), skip_bad=False):
    """Import lines of a file; the report."""
    return import_units(context, units_csv(*lines), effective, skip_bad=skip_bad)


def make_unit(context, code, parent=None, level="commune", *, kind="", name=None):
    """Make a unit that was always there, under a unit or as a root."""
    parent_code = parent.code if parent else ""
    import_lines(context, f"{code},{parent_code},{level},{name or f'Đảng bộ {code}'},{kind}")
    return unit_by_code(context, code)


def make_cell(context, code, parent, *, kind="cell", name=None):
    """Make a cell under a unit."""
    return make_unit(context, code, parent, "cell", kind=kind, name=name or f"Chi bộ {code}")
