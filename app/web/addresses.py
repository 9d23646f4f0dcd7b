"""Addresses: building them, going on to another one, and what the running one asks for."""

from collections.abc import Collection
from datetime import date
from functools import lru_cache
from http import HTTPStatus
from types import NoneType
from typing import Any

from flask import Flask, g, has_request_context, redirect, request
from werkzeug.wrappers import Response

LAST_PAGE = 1_000_000
"""No list is longer; the number of its last row is one that the database knows."""

_ADDRESSES_KEPT = 16_384
_KEPT_TYPES = frozenset((bool, int, str, date, NoneType))
_TYPED = frozenset(("q", "born", "login", "next"))
"""Values that readers typed, or that may repeat what they did: nothing of people is kept."""


class KeepsAddresses(Flask):
    """Flask, remembering the addresses it has built: a page has dozens, most of them on every page.

    An address says nothing but its endpoint and values. It is remembered for the reader's tenant,
    under which row numbers are sealed, and for where the program is mounted.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 as Flask takes
        super().__init__(*arguments, **options)
        self._kept_address = lru_cache(_ADDRESSES_KEPT, typed=True)(self._built_address)

    def url_for(
        self,
        /,
        endpoint: str,
        *,
        _anchor: str | None = None,
        _method: str | None = None,
        _scheme: str | None = None,
        _external: bool | None = None,
        **values: Any,  # noqa: ANN401 as in Flask
    ) -> str:
        """Return the address of an endpoint, built anew only where it may be another next time."""
        is_local = not (_anchor or _method or _scheme or _external) and has_request_context()
        is_plain = _KEPT_TYPES.issuperset(map(type, values.values())) and _TYPED.isdisjoint(values)
        if is_local and is_plain and not endpoint.startswith("."):
            return self._kept_address(request.script_root, g.get("tenant_id"), endpoint, **values)
        return super().url_for(
            endpoint,
            _anchor=_anchor,
            _method=_method,
            _scheme=_scheme,
            _external=_external,
            **values,
        )

    def addresses_kept(self) -> int:
        """Return how many addresses are remembered."""
        return self._kept_address.cache_info().currsize

    def _built_address(
        self,
        _script_root: str,
        _tenant_id: int | None,
        endpoint: str,
        /,
        **values: Any,  # noqa: ANN401 as in Flask
    ) -> str:
        return super().url_for(endpoint, **values)


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
