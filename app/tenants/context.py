"""The context of a transaction: the first argument of every command and query."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Row, select

from app.core import clock
from app.core.database import DatabaseContext, another_context, apply_context, db
from app.core.errors import NotFound
from app.core.events import publish
from app.core.logging import log_origin
from app.core.messages import message
from app.tenants.models import Setting, Tenant

PATH_END = "~"
"""Sorts after every path that begins with what stands before it."""

_LABEL_END = "."


@dataclass(frozen=True)
class Actor:
    """Who acts: a signed-in user, an operator, a command typed on the server, or a job."""

    kind: str
    id: int | None
    name: str


COMMAND_LINE = Actor(kind="command", id=None, name="command line")
JOB = Actor(kind="job", id=None, name="job")


@dataclass(frozen=True)
class Scope:
    """The paths inside which people may be seen and acts done: first <= path < last."""

    first: str
    last: str

    @classmethod
    def under(cls, path: str) -> "Scope":
        """Everything at and below a unit's path."""
        return cls(path, path + PATH_END)

    @property
    def is_of_topmost(self) -> bool:
        """Whether nothing stands above it: the scope of a topmost unit, or the whole tenant."""
        return self.first.count(_LABEL_END) <= 1

    def holds(self, path: str | None) -> bool:
        """Tell whether a path lies inside."""
        return path is not None and self.first <= path < self.last


WHOLE_TENANT = Scope("0", PATH_END)
NOTHING = Scope("", "")
WHOLE_SCOPE = (WHOLE_TENANT.first, WHOLE_TENANT.last)


@dataclass(frozen=True)
class Context:
    """Whose rows, who acts, for which unit, within which scope, and what day it is there.

    `on_behalf_of` is who is away while the actor stands in.
    """

    tenant_id: int
    tenant_code: str
    tenant_name: str
    actor: Actor
    scope: Scope
    today: date
    rating_source: str
    unit_id: int | None = None
    request_id: str | None = None
    on_behalf_of: Actor | None = None

    @property
    def for_database(self) -> DatabaseContext:
        """What the database is told."""
        return DatabaseContext(self.tenant_id, self.scope.first, self.scope.last)


@dataclass(frozen=True)
class TransactionOpened:
    """A transaction has begun in this context, before its own work."""

    context: Context


@contextmanager
def tenant_transaction(code: str, actor: Actor = COMMAND_LINE) -> Iterator[Context]:
    """Run the block as one transaction of the tenant with this code, over its whole tree.

    Commits when the block ends, rolls back when it raises. NotFound when there is no such tenant.
    """
    with db.session.begin():
        found = db.session.execute(select(Tenant.id).where(Tenant.code == code)).scalar()
        if found is None:
            raise NotFound(message("Không có đảng bộ nào mang mã “%(code)s”.", code=code))
        apply_context(db.session(), DatabaseContext(found, *WHOLE_SCOPE))
        context = load_context(found, actor)
        with log_origin(tenant=found):
            publish(TransactionOpened(context))
            yield context


@contextmanager
def whole_tenant(context: Context) -> Iterator[Context]:
    """Let the block reach all of the tenant's people, whatever the actor may see."""
    with another_context(db.session(), DatabaseContext(context.tenant_id, *WHOLE_SCOPE)):
        yield replace(context, scope=WHOLE_TENANT)


def load_context(tenant_id: int, actor: Actor) -> Context:
    """Return the context of a tenant's whole tree; the session is already that tenant's."""
    row: Row[str, str, str, date | None] = db.session.execute(
        select(Tenant.code, Tenant.name, Setting.rating_source, Setting.clock_on)
        .join(Setting, Setting.tenant_id == Tenant.id)
        .where(Tenant.id == tenant_id)
    ).one()
    return Context(
        tenant_id=tenant_id,
        tenant_code=row.code,
        tenant_name=row.name,
        actor=actor,
        scope=WHOLE_TENANT,
        today=row.clock_on or clock.today(),
        rating_source=row.rating_source,
    )
