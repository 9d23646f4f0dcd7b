"""What the page around every page is told: who is signed in and where one may go."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """The person at work, for the header; `unread` letters are in the inbox of the unit."""

    name: str
    organisation: str
    unit: str
    account_url: str
    sign_out_url: str
    inbox_url: str | None = None
    unread: int = 0


@dataclass(frozen=True, kw_only=True)
class NavigationItem:
    """One entry of the main navigation; five fit under a thumb."""

    label: str
    url: str
    icon: str
    is_current: bool
