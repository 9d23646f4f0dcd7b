"""Deny by default: every endpoint says here who may call it, or nobody may.

A guard only labels a view; the checker that the factory installs decides. What each role may do
is in `app.accounts.rules`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from flask import Flask, abort, current_app, request

View = TypeVar("View", bound=Callable[..., Any])


class Permission(StrEnum):
    """What a role may allow inside the subtree of the unit it was granted on."""

    SEE_FIGURES = "see_figures"
    SEE_PEOPLE = "see_people"
    RECORD_PEOPLE = "record_people"
    SET_QUOTAS = "set_quotas"
    EDIT_UNITS = "edit_units"
    REORGANISE = "reorganise"
    REMIND = "remind"
    COUNTERSIGN = "countersign"
    SEE_READERS = "see_readers"
    MANAGE_USERS = "manage_users"
    CONFIGURE = "configure"
    OPERATE = "operate"


@dataclass(frozen=True)
class Guard:
    """Who may call an endpoint: anybody, whoever is signed in, or who holds a permission.

    With `asks_again` only who has typed their password a short while ago.
    """

    is_public: bool = False
    permission: Permission | None = None
    asks_again: bool = False


def public(view: View) -> View:
    """Let anybody call the view."""
    return _label(view, Guard(is_public=True))


def signed_in(view: View) -> View:
    """Let whoever is signed in call the view."""
    return _label(view, Guard())


def requires(permission: Permission) -> Callable[[View], View]:
    """Let those call the view who hold the permission on the unit they act for."""

    def label(view: View) -> View:
        return _label(view, Guard(permission=permission))

    return label


def asks_again(view: View) -> View:
    """Have a sensitive view ask for the password again, unless it was typed a short while ago."""
    view.asks_again = True  # type: ignore[attr-defined]
    return view


def guard_of(app: Flask, endpoint: str) -> Guard | None:
    """Return the guard of an endpoint; static files are public, an unlabelled one has none."""
    if endpoint == "static":
        return Guard(is_public=True)
    view = app.view_functions[endpoint]
    guard: Guard | None = getattr(view, "guard", None)
    if guard is not None and getattr(view, "asks_again", False):
        return replace(guard, asks_again=True)
    return guard


def install_guards(app: Flask, check: Callable[[Guard], Any]) -> None:
    """Ask `check` before every request; it raises, or returns a response, to refuse."""

    @app.before_request
    def _check_guard() -> Any:  # noqa: ANN401 a response of any kind that Flask takes
        if request.endpoint is None:
            return None
        guard = guard_of(current_app, request.endpoint)
        if guard is None:
            abort(404)
        return check(guard)


def _label(view: View, guard: Guard) -> View:
    view.guard = guard  # type: ignore[attr-defined]
    return view
