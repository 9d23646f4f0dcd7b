"""A unit as somebody types it into a form of the configuration."""

from app.core.errors import refused_at
from app.core.messages import message
from app.core.text import clean
from app.tenants.context import Context
from app.units.queries import search

_OFFERED_UNITS = 6


def typed_unit(context: Context, typed: str) -> int:
    """Return the one unit that was meant, by its code or by words of its name.

    Refused at the field `unit` when there is none, or more than one.
    """
    found = search(context, typed, _OFFERED_UNITS)
    exact = [unit for unit in found if clean(typed) in {unit.code, unit.name}]
    meant = exact if len(exact) == 1 else found
    if len(meant) == 1:
        return meant[0].id
    if not meant:
        what = message("Không có tổ chức nào có mã hoặc tên “%(typed)s”.", typed=clean(typed))
    else:
        listed = "; ".join(f"{unit.name} ({unit.code})" for unit in meant)
        what = message("Nhiều tổ chức khớp, hãy nhập mã: %(units)s.", units=listed)
    raise refused_at("unit", what)
