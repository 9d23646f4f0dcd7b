"""Files of reorganisations: their columns, and what a row asks for. Pure."""

from typing import cast

from app.core.errors import Refused
from app.core.messages import message
from app.core.text import clean
from app.imports.rules import Column, Row, choice, code, optional, text
from app.reorganisations.rules import Operation, Share

_YES, _NO = "1", "0"


def _default_heir(cell: str) -> bool:
    """Read 1 for the heir that takes what is not routed; 0 or nothing for any other."""
    cleaned = clean(cell)
    if cleaned not in {_YES, _NO, ""}:
        raise Refused(message("Chỉ nhận: %(allowed)s.", allowed=f"{_NO}, {_YES}"))
    return cleaned == _YES


REORGANISATION_COLUMNS = (
    Column("old_code", code),
    Column("old_name", optional(text)),
    Column("new_code", optional(code)),
    Column("new_name", optional(text)),
    Column("new_parent_code", optional(code)),
    Column("share", choice(share.value for share in (Share.WHOLE, Share.PART, Share.CLOSE))),
    Column("default_heir", _default_heir),
)


def operation(row: Row) -> Operation:
    """Return what a row that was read asks for."""
    values = row.values
    return Operation(
        row=row.number,
        old_code=cast("str", values["old_code"]),
        old_name=cast("str | None", values["old_name"]),
        new_code=cast("str | None", values["new_code"]),
        new_name=cast("str | None", values["new_name"]),
        new_parent_code=cast("str | None", values["new_parent_code"]),
        share=Share(cast("str", values["share"])),
        is_default_heir=cast("bool", values["default_heir"]),
    )
