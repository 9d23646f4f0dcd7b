"""Reading the files that units have sent, and what was found in them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from sqlalchemy import Row, func, select

from app.core.database import db
from app.core.errors import NotFound
from app.core.messages import Message, message
from app.core.sealing import field_keys
from app.intake.models import ImportFile, ImportRow
from app.intake.rules import (
    AWAITING_WORK,
    FileState,
    KeptRow,
    RowState,
    message_from_json,
    row_name,
)
from app.tenants.context import Context

Counts = Mapping[RowState, int]
"""How many rows are in each state."""

ROWS_ON_A_PAGE = 50
FILES_SHOWN = 30

_COLUMNS = (
    ImportFile.id,
    ImportFile.unit_id,
    ImportFile.path,
    ImportFile.sender_id,
    ImportFile.sender_name,
    ImportFile.file_name,
    ImportFile.state,
    ImportFile.takes_duplicates,
    ImportFile.header,
    ImportFile.notes,
    ImportFile.rows,
    ImportFile.done,
    ImportFile.sent_at,
    ImportFile.ended_at,
    ImportFile.cleared_at,
)


@dataclass(frozen=True)
class SentFile:
    """A file with how far the work on it has come; `done` of `rows` in the present state."""

    id: int
    unit_id: int
    path: str
    sender_id: int
    sender_name: str
    file_name: str
    state: FileState
    takes_duplicates: bool
    header: tuple[str, ...]
    notes: tuple[Message, ...]
    rows: int
    done: int
    sent_at: datetime
    ended_at: datetime | None
    cleared_at: datetime | None

    @property
    def is_awaiting(self) -> bool:
        """Whether a worker has something to do with it."""
        return self.state in AWAITING_WORK


@dataclass(frozen=True)
class ShownRow:
    """A row of a file with what is known of it."""

    number: int
    state: RowState
    kept: KeptRow
    person_id: int | None


@dataclass(frozen=True)
class RowPage:
    """A page of the rows of a file."""

    rows: tuple[ShownRow, ...]
    page: int
    pages: int


def sent_file(context: Context, file_id: int) -> SentFile:
    """Return a file of the scope; NotFound for any other number."""
    row = db.session.execute(
        select(*_COLUMNS).where(*_in_scope(context), ImportFile.id == file_id)
    ).one_or_none()
    if row is None:
        raise NotFound(message("Không tìm thấy tệp này."))
    return _sent_file(row)


def files_under(context: Context, path: str) -> tuple[SentFile, ...]:
    """Return the files sent for the unit at a path, the latest first."""
    rows = db.session.execute(
        select(*_COLUMNS)
        .where(*_in_scope(context), ImportFile.path == path)
        .order_by(ImportFile.sent_at.desc(), ImportFile.id.desc())
        .limit(FILES_SHOWN)
    )
    return tuple(map(_sent_file, rows))


def row_counts(context: Context, file_id: int) -> Counts:
    """Count the rows of a file by what is known of them."""
    rows = db.session.execute(
        select(ImportRow.state, func.count().label("many"))
        .where(ImportRow.tenant_id == context.tenant_id, ImportRow.file_id == file_id)
        .group_by(ImportRow.state)
    )
    counts = dict.fromkeys(RowState, 0)
    return counts | {RowState(row.state): row.many for row in rows}


def row_page(context: Context, file_id: int, states: Collection[RowState], page: int) -> RowPage:
    """Return a page of the rows in some states, in the order of the file."""
    conditions = (
        ImportRow.tenant_id == context.tenant_id,
        ImportRow.file_id == file_id,
        ImportRow.state.in_(states),
    )
    total = db.session.execute(
        select(func.count()).select_from(ImportRow).where(*conditions)
    ).scalar_one()
    pages = max(1, ceil(total / ROWS_ON_A_PAGE))
    page = min(max(page, 1), pages)
    rows = db.session.execute(
        select(ImportRow.number, ImportRow.state, ImportRow.sealed, ImportRow.person_id)
        .where(*conditions)
        .order_by(ImportRow.number)
        .limit(ROWS_ON_A_PAGE)
        .offset((page - 1) * ROWS_ON_A_PAGE)
    )
    return RowPage(tuple(_shown(file_id, row) for row in rows), page, pages)


def rows_in(
    context: Context, file_id: int, states: Collection[RowState], limit: int | None = None
) -> tuple[ShownRow, ...]:
    """Return rows of a file in some states, in its order."""
    rows = db.session.execute(
        select(ImportRow.number, ImportRow.state, ImportRow.sealed, ImportRow.person_id)
        .where(
            ImportRow.tenant_id == context.tenant_id,
            ImportRow.file_id == file_id,
            ImportRow.state.in_(states),
        )
        .order_by(ImportRow.number)
        .limit(limit)
    )
    return tuple(_shown(file_id, row) for row in rows)


def _shown(file_id: int, row: Row[*tuple[Any, ...]]) -> ShownRow:
    content = field_keys().open(row.sealed, row_name(file_id, row.number))
    return ShownRow(row.number, RowState(row.state), KeptRow.from_bytes(content), row.person_id)


def _in_scope(context: Context) -> tuple[Any, ...]:
    return (
        ImportFile.tenant_id == context.tenant_id,
        ImportFile.path >= context.scope.first,
        ImportFile.path < context.scope.last,
    )


def _sent_file(row: Row[*tuple[Any, ...]]) -> SentFile:
    notes: Sequence[Any] = row.notes
    return SentFile(
        id=row.id,
        unit_id=row.unit_id,
        path=row.path,
        sender_id=row.sender_id,
        sender_name=row.sender_name,
        file_name=row.file_name,
        state=FileState(row.state),
        takes_duplicates=row.takes_duplicates,
        header=tuple(row.header),
        notes=tuple(map(message_from_json, notes)),
        rows=row.rows,
        done=row.done,
        sent_at=row.sent_at,
        ended_at=row.ended_at,
        cleared_at=row.cleared_at,
    )
