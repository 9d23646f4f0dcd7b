"""Addresses: going on to another one, and what the running one asks for."""

from collections.abc import Collection
from http import HTTPStatus
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

LAST_PAGE = 1_000_000
"""No list is longer; the number of its last row is one that the database knows."""


def see_other(address: str) -> Response:
    """Lead to another page, as every form does that worked: reloading it sends nothing again."""
    return redirect(address, code=HTTPStatus.SEE_OTHER)


def local_address(address: str) -> str:
    """Return an address of this site as it is, anything else as the first page.

    Two slashes begin another host; browsers read a backslash as a slash and skip control
    characters, so all of these are refused.
    """
    is_local = address.startswith("/") and not address.startswith("//")
    is_plain = "\\" not in address and address.isprintable()
    return address if is_local and is_plain else "/"


def kept_parameters(names: Collection[str]) -> dict[str, Any]:
    """Return those parameters of the running address that are not empty, for the page's links."""
    return {name: request.args[name] for name in names if request.args.get(name)}


def page_number() -> int:
    """Return which page of a list is asked for, the first one where none is."""
    return min(max(request.args.get("page", default=1, type=int), 1), LAST_PAGE)
