"""The database session, the base of all tables and how a transaction learns its context.

Tables declare here, through mixins, which wall stands around them; the migration
builds the wall and `tests/gates` compares the two.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    FromClause,
    Identity,
    Integer,
    MetaData,
    Table,
    Text,
    UpdateBase,
    event,
    inspect,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, Range
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    ORMExecuteState,
    Session,
    SessionTransaction,
    UOWTransaction,
    declared_attr,
    mapped_column,
    registry,
)

from app.core.prepared import PREPARED

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base of all tables."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING_CONVENTION),
        type_annotation_map={int: BigInteger, str: Text, Range[date]: DATERANGE},
    )


class TenantOwned:
    """A table whose every row belongs to one tenant; its key begins with the tenant.

    Row-level security is enabled and forced on it, with a restrictive tenant policy.
    """

    tenant_id: Mapped[int] = mapped_column(
        Integer, primary_key=True, autoincrement=False, sort_order=-2
    )


class TenantScoped(TenantOwned):
    """A tenant's table with a row number of its own.

    The database key is (tenant_id, id); the mapper's is `id` alone, which is enough since a
    session sees one tenant and a table's numbers come from one sequence.
    """

    id: Mapped[int] = mapped_column(Identity(), primary_key=True, sort_order=-1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        """Let the session and Flask-Admin name a row by its number alone."""
        return {"primary_key": ["id"]}


class Personal:
    """A row that describes a person: the database also keeps it inside the reader's subtree."""

    path: Mapped[str] = mapped_column(Text(collation="C"))


db = SQLAlchemy(model_class=Base, disable_autonaming=True)


@dataclass(frozen=True)
class DatabaseContext:
    """What the database must know about a transaction: whose rows, and which paths of people."""

    tenant_id: int
    scope_from: str
    scope_to: str


NOBODY = DatabaseContext(tenant_id=0, scope_from="", scope_to="")
"""Before anyone is known: no tenant has the number 0, and an empty scope holds no path."""


def apply_context(session: Session, context: DatabaseContext) -> None:
    """Set the context of the session's transactions from now on, the running one included."""
    session.info["context"] = context
    if session.in_transaction():
        _set_context(session.connection(), context)


@contextmanager
def another_context(session: Session, context: DatabaseContext) -> Iterator[None]:
    """Set another context for the block; after it the one before holds again.

    A block that raises leaves the running transaction to be rolled back; the next one has the
    context before.
    """
    before: DatabaseContext = session.info["context"]
    apply_context(session, context)
    try:
        yield
    finally:
        session.info["context"] = before
    apply_context(session, before)


@contextmanager
def as_owner(owner: Engine) -> Iterator[None]:
    """Let the block's sessions be those of the tables' owner: migrating and merging tenants only.

    Row-level security is forced, so the walls stand for the owner too. For a process of its own,
    such as a command; the program that serves never calls this.
    """
    engines, serving = cast("dict[str | None, Engine]", db.engines), db.engine
    db.session.remove()
    engines[None] = owner
    try:
        yield
    finally:
        db.session.remove()
        engines[None] = serving


_SET_CONTEXT = text("SELECT set_context(:tenant, :scope_from, :scope_to)").execution_options(
    **PREPARED
)


def _set_context(connection: Connection, context: DatabaseContext) -> None:
    connection.execute(
        _SET_CONTEXT,
        {
            "tenant": context.tenant_id,
            "scope_from": context.scope_from,
            "scope_to": context.scope_to,
        },
    )


@event.listens_for(Session, "after_begin")
def _begin_with_context(
    session: Session, transaction: SessionTransaction, connection: Connection
) -> None:
    """Give each new transaction its context; a savepoint keeps the outer one's."""
    context = session.info.get("context")
    if context is not None and not transaction.nested:
        _set_context(connection, context)


class UnauditedWriteError(Exception):
    """A transaction changed a tenant's rows without an audit entry: a fault of the program."""


def mark_audited(session: Session) -> None:
    """Note that the running transaction has written its audit entry."""
    session.info["audited"] = True


@event.listens_for(Session, "after_flush")
def _note_flushed_rows(session: Session, _flush: UOWTransaction) -> None:
    for instance in (*session.new, *session.dirty, *session.deleted):
        _note_write(session, inspect(instance).mapper.local_table)


@event.listens_for(Session, "do_orm_execute")
def _note_executed_write(state: ORMExecuteState) -> None:
    if isinstance(state.statement, UpdateBase):
        _note_write(state.session, state.statement.table)


def _note_write(session: Session, table: FromClause) -> None:
    if isinstance(table, Table) and "tenant_id" in table.c and "unaudited" not in table.info:
        session.info["wrote"] = table.name


@event.listens_for(Session, "before_commit")
def _refuse_unaudited_write(session: Session) -> None:
    session.flush()
    if session.info.get("wrote") and not session.info.get("audited"):
        raise UnauditedWriteError(session.info["wrote"])


@event.listens_for(Session, "after_transaction_end")
def _forget_writes(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop("wrote", None)
        session.info.pop("audited", None)
