"""What the page around every page is told: who is signed in and where one may go."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """The person at work, for the header, and what every page must say of the way they are in.

    `unread` letters are in the inbox of the unit, `to_answer` requests wait at `requests_url`; the
    tenant's figures were last verified at `verified_at`.
    """

    name: str
    organisation: str
    unit: str
    account_url: str
    sign_out_url: str
    inbox_url: str | None = None
    unread: int = 0
    requests_url: str | None = None
    to_answer: int = 0
    verified_at: datetime | None = None
    stands_in_for: str = ""
    staff_url: str | None = None
    visit: "VisitNotice | None" = None
    visited_until: datetime | None = None


@dataclass(frozen=True)
class VisitNotice:
    """What every page says to an operator who looks into a tenant."""

    reason: str
    ends_at: datetime
    leave_url: str


@dataclass(frozen=True, kw_only=True)
class NavigationItem:
    """One entry of the main navigation; five fit under a thumb."""

    label: str
    url: str
    icon: str
    is_current: bool
