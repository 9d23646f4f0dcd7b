"""The running program with two tenants, before hostile clients and in hostile surroundings."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Flask

from app.accounts.commands import NewGrant, NewUser, create_user
from app.accounts.rules import Role
from app.core.database import db
from app.rollups import commands
from app.tenants.commands import create_tenant
from app.tenants.context import tenant_transaction
from app.units.commands import import_units
from app.units.queries import unit_by_code
from faults.program import Program
from faults.visitor import Visitor
from faults.writers import FIRST_DAY, PASSWORD, TENANT, TODAY, Post

NEIGHBOUR, NEIGHBOUR_LOGIN, NEIGHBOUR_NAME = "LANGGIENG", "lang.gieng", "Người láng giềng"


@dataclass(frozen=True)
class Line:
    """A promise, what was seen of it, and whether it was kept."""

    promise: str
    seen: str
    is_kept: bool


@dataclass(frozen=True)
class Scene:
    """The running program, the application beside it, and the clerks whom it knows."""

    program: Program
    application: Flask
    posts: Sequence[Post]

    def clerk(self, number: int = 0) -> Visitor:
        """Return a clerk who is signed in."""
        return _signed_in(self.program.port, self.posts[number % len(self.posts)].login_name)

    def neighbour(self) -> Visitor:
        """Return somebody of the other tenant who is signed in."""
        return _signed_in(self.program.port, NEIGHBOUR_LOGIN)

    def mismatches(self) -> int:
        """Recount every figure; return how many were wrong."""
        with self.application.app_context(), tenant_transaction(TENANT) as context:
            return len(commands.verify(context).mismatches)


def make_neighbour() -> None:
    """Make a second tenant with one reader; commit."""
    context = create_tenant(NEIGHBOUR, "Tỉnh Láng Giềng", clock_on=TODAY)
    import_units(context, "code,parent_code,level,name\nN,,province,Tỉnh ủy".encode(), FIRST_DAY)
    unit = unit_by_code(context, "N")
    new = NewUser(
        login_name=NEIGHBOUR_LOGIN,
        full_name=NEIGHBOUR_NAME,
        unit_id=unit.id,
        password=PASSWORD,
        grants=(NewGrant(Role.READER, unit.id),),
        must_change_password=False,
    )
    create_user(context, new)
    db.session.commit()


def spread(seconds: Sequence[float]) -> str:
    """Say how long things took."""
    if not seconds:
        return "none answered"
    median, longest = statistics.median(seconds) * 1000, max(seconds) * 1000
    return f"median {median:.0f} ms, longest {longest:.0f} ms"


def _signed_in(port: int, login_name: str) -> Visitor:
    visitor = Visitor(port)
    visitor.sign_in(login_name, PASSWORD)
    return visitor
