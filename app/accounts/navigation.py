"""The main navigation: packages offer their pages, each reader sees those they may open."""

from dataclasses import dataclass

from flask import Flask, current_app, g, request, url_for

from app.accounts.principal import Principal
from app.core.messages import Message
from app.web.guards import Permission
from app.web.i18n import render_message
from app.web.shell import NavigationItem, SignedIn, VisitNotice

EXTENSION = "navigation"
INBOX = "inbox"
STAFF = "admin_accounts.index"
REQUESTS = "countersigning.index"


@dataclass(frozen=True, kw_only=True)
class Destination:
    """A page offered in the navigation to whoever holds the permission.

    `rank` orders the entries. A page `of_unit` takes the unit acted for as `unit_id`. The entry
    is the current one on every page of its `blueprints`, by default the endpoint's own.
    """

    rank: int
    endpoint: str
    label: Message
    icon: str
    permission: Permission
    of_unit: bool = False
    blueprints: tuple[str, ...] = ()

    @property
    def is_current(self) -> bool:
        """Whether the running request is for a page of this entry."""
        own = self.endpoint.partition(".")[0]
        return request.blueprint in (self.blueprints or (own,))


def offer(app: Flask, destination: Destination) -> None:
    """Add an entry to the main navigation."""
    destinations: list[Destination] = app.extensions.setdefault(EXTENSION, [])
    destinations.append(destination)
    destinations.sort(key=lambda offered: offered.rank)


def offer_inbox(app: Flask, endpoint: str) -> None:
    """Show the way to a unit's inbox, and how much in it is unread, on top of every page."""
    app.extensions[INBOX] = endpoint


def shell_context() -> dict[str, object]:
    """Return what base.html is told; nothing where nobody is signed in."""
    principal: Principal | None = g.get("principal")
    if principal is None:
        return {}
    return {
        "signed_in": _signed_in(principal),
        "navigation": () if principal.unfinished else _navigation(principal),
        "demonstration_today": principal.clock_on,
    }


def _signed_in(principal: Principal) -> SignedIn:
    return SignedIn(
        name=principal.name,
        organisation=principal.context.tenant_name if principal.context else "",
        unit=principal.unit.name if principal.unit else "",
        account_url=url_for("accounts.overview"),
        sign_out_url=url_for("accounts.sign_out"),
        inbox_url=_inbox_address(principal),
        unread=principal.unread,
        requests_url=_requests_address(principal),
        to_answer=principal.to_answer,
        stands_in_for=_name_of_absent(principal),
        staff_url=_staff_url(principal),
        visit=_visit_notice(principal),
        visited_until=principal.visited_until if principal.may(Permission.CONFIGURE) else None,
        verified_at=principal.figures_verified_at,
    )


def _name_of_absent(principal: Principal) -> str:
    absent = principal.context.on_behalf_of if principal.context else None
    return absent.name if absent else ""


def _staff_url(principal: Principal) -> str | None:
    """Return where a unit's head keeps accounts; an administrator goes by the configuration."""
    keeps = principal.may(Permission.MANAGE_USERS) and not principal.may(Permission.CONFIGURE)
    return url_for(STAFF) if keeps else None


def _visit_notice(principal: Principal) -> VisitNotice | None:
    visit = principal.visit
    if visit is None:
        return None
    return VisitNotice(visit.reason, visit.ends_at, url_for("accounts.leave_tenant"))


def _inbox_address(principal: Principal) -> str | None:
    endpoint: str | None = current_app.extensions.get(INBOX)
    if endpoint is None or principal.unit is None or principal.unfinished or principal.visit:
        return None
    return url_for(endpoint, unit_id=principal.unit.id)


def _requests_address(principal: Principal) -> str | None:
    """Return where acts that need two people are asked for and answered."""
    may_ask = principal.may(Permission.SEE_PEOPLE) or principal.may(Permission.CONFIGURE)
    return url_for(REQUESTS) if may_ask and not principal.visit else None


def _navigation(principal: Principal) -> tuple[NavigationItem, ...]:
    destinations: list[Destination] = current_app.extensions.get(EXTENSION, [])
    return tuple(
        NavigationItem(
            label=render_message(destination.label),
            url=_address(destination, principal),
            icon=destination.icon,
            is_current=destination.is_current,
        )
        for destination in destinations
        if principal.may(destination.permission)
    )


def _address(destination: Destination, principal: Principal) -> str:
    if destination.of_unit and principal.unit is not None:
        return url_for(destination.endpoint, unit_id=principal.unit.id)
    return url_for(destination.endpoint)
