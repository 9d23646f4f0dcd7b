"""Files that units send, and their rows. What they hold of people is sealed.

A file is its own queue entry: what is to be done with it follows from its state alone.
"""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Personal, TenantScoped
from app.core.resealing import sealed_as
from app.intake.rules import (
    AWAITING_WORK,
    FILE_SEALED_AS,
    ROW_SEALED_AS,
    FileState,
    RowState,
)

_STATES = ", ".join(f"'{state.value}'" for state in FileState)
_ROW_STATES = ", ".join(f"'{state.value}'" for state in RowState)
_AWAITING = ", ".join(f"'{state.value}'" for state in AWAITING_WORK)


class ImportFile(Personal, TenantScoped, Base):
    """A spreadsheet sent for a unit, with how far the work on it has come.

    `path` is where the unit stands. `done` counts the rows worked through in the present state.
    `content` goes when the work has ended, the rows `SENT_FILES_KEPT_DAYS` later (`cleared_at`).
    """

    __tablename__ = "import_file"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
        UniqueConstraint("tenant_id", "id", "path"),
        CheckConstraint(f"state IN ({_STATES})", name="state_is_known"),
        Index(None, "tenant_id", "unit_id"),
        Index(
            "ix_import_file_awaiting",
            "tenant_id",
            "id",
            postgresql_where=text(f"state IN ({_AWAITING})"),
        ),
    )

    unit_id: Mapped[int]
    sender_id: Mapped[int]
    sender_name: Mapped[str]
    file_name: Mapped[str]
    content: Mapped[bytes | None] = mapped_column(LargeBinary, info=sealed_as(FILE_SEALED_AS))
    state: Mapped[str]
    takes_duplicates: Mapped[bool] = mapped_column(server_default="false")
    header: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    notes: Mapped[list[object]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    rows: Mapped[int] = mapped_column(server_default="0")
    done: Mapped[int] = mapped_column(server_default="0")
    sent_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    ended_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    cleared_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))


class ImportRow(Personal, TenantScoped, Base):
    """A row of a file: its cells and what was found about it, sealed; what became of it.

    `effect` says what taking it in has done, so that it can be undone; `entries` how many entries
    the trail then had about the person, so that a later change shows.
    """

    __tablename__ = "import_row"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "file_id", "path"],
            ["import_file.tenant_id", "import_file.id", "import_file.path"],
            name="fk_import_row_file_path_import_file",
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        UniqueConstraint("tenant_id", "file_id", "number"),
        CheckConstraint(f"state IN ({_ROW_STATES})", name="state_is_known"),
        Index(None, "tenant_id", "file_id", "state", "number"),
        {"info": {"unaudited": "a copy of the file, whose sending and taking in are audited"}},
    )

    file_id: Mapped[int]
    number: Mapped[int]
    state: Mapped[str]
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_as(ROW_SEALED_AS))
    person_id: Mapped[int | None]
    effect: Mapped[list[str] | None] = mapped_column(JSONB)
    entries: Mapped[int | None]
