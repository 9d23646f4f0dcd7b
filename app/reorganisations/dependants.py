"""What newer things that stand in the way of undoing are called."""

from collections.abc import Collection, Mapping
from functools import reduce

from app.core.messages import Message, message

_QUOTAS = message("chỉ tiêu đã giao")
_PEOPLE = message("người và hồ sơ")
_USERS = message("người dùng và quyền")
_LETTERS = message("thư đôn đốc, biểu dương")

_NAMES: Mapping[str, Message] = {
    "distribution": _QUOTAS,
    "quota_line": _QUOTAS,
    "person": _PEOPLE,
    "case_file": _PEOPLE,
    "step": _PEOPLE,
    "user_account": _USERS,
    "role_grant": _USERS,
    "reminder": _LETTERS,
}


def named(tables: Collection[str]) -> Message:
    """Name the kinds of things that tables hold, each once; a seldom one by its table."""
    found = [_NAMES.get(table) or message(table) for table in sorted(tables)]
    names = {name.text: name for name in found}.values()
    return reduce(lambda one, other: message("%(one)s, %(other)s", one=one, other=other), names)
