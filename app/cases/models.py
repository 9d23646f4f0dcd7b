"""People, cases and steps. All three describe people, so each carries the path of the cell."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.cases.rules import Clock, StepKind
from app.core.database import Base, Personal, TenantScoped

KINDS = ", ".join(f"'{kind.value}'" for kind in StepKind)
_CLOCKS = ", ".join(f"'{clock.value}'" for clock in Clock)


class Person(Personal, TenantScoped, Base):
    """Whoever is in the procedure, in the cell that holds the case today."""

    __tablename__ = "person"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "cell_id", "path"],
            ["unit.tenant_id", "unit.id", "unit.path"],
            name="fk_person_cell_path_unit",
            deferrable=True,
            initially="DEFERRED",
        ),
        UniqueConstraint("tenant_id", "id", "path"),
        UniqueConstraint("tenant_id", "person_code"),
        CheckConstraint("sex IN ('female', 'male')", name="sex_is_known"),
        Index(None, "tenant_id", "cell_id", "full_name", "date_of_birth"),
        Index(None, "tenant_id", "path"),
        Index(None, "tenant_id", "search_key"),
    )

    person_code: Mapped[str | None]
    cell_id: Mapped[int]
    full_name: Mapped[str] = mapped_column(Text(collation="C"))
    sort_key: Mapped[str] = mapped_column(Text(collation="C"))
    search_key: Mapped[str] = mapped_column(Text(collation="C"))
    date_of_birth: Mapped[date]
    sex: Mapped[str]
    ethnicity: Mapped[str | None]
    religion: Mapped[str | None]
    education: Mapped[str | None]
    qualification: Mapped[str | None]
    occupation: Mapped[str | None]
    stated_segments: Mapped[list[int]] = mapped_column(
        ARRAY(SmallInteger), server_default=text("'{}'::smallint[]")
    )
    erased_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))


class Case(Personal, TenantScoped, Base):
    """One person's way through the procedure; a lawful readmission is a second case.

    Of a person's cases the latest is the current one. `stage` is the furthest step that it has
    (a way out, where it has ended), `clock` the term of the law that runs, counted from
    `clock_from`; a trigger on the steps keeps all of them.
    """

    __tablename__ = "case_file"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "person_id", "path"],
            ["person.tenant_id", "person.id", "person.path"],
            name="fk_case_file_person_path_person",
            deferrable=True,
            initially="DEFERRED",
        ),
        UniqueConstraint("tenant_id", "id", "path"),
        Index(
            "uq_case_file_one_current",
            "tenant_id",
            "person_id",
            unique=True,
            postgresql_where=text("is_current"),
        ),
        Index(None, "tenant_id", "person_id"),
        CheckConstraint(f"clock IN ({_CLOCKS})", name="clock_is_known"),
        CheckConstraint("(clock IS NULL) = (clock_from IS NULL)", name="clock_has_its_day"),
        Index(
            "ix_case_file_running",
            "tenant_id",
            "path",
            "clock",
            "clock_from",
            postgresql_where=text("is_current AND clock IS NOT NULL"),
        ),
        Index(
            "ix_case_file_open",
            "tenant_id",
            "path",
            "stage",
            "stage_on",
            postgresql_where=text("is_current AND NOT is_closed"),
        ),
    )

    person_id: Mapped[int]
    is_current: Mapped[bool] = mapped_column(server_default="true")
    stage: Mapped[str | None]
    stage_on: Mapped[date | None]
    is_closed: Mapped[bool] = mapped_column(server_default="false")
    clock: Mapped[str | None]
    clock_from: Mapped[date | None]


class Step(Personal, TenantScoped, Base):
    """One dated event of a case: the fact from which every measure is counted.

    `cell_id` is the cell credited with it, `segments` the slots of the person's segments at that
    moment; both stay when the person moves or changes later. `details` have the shape that the
    procedure declares for the kind; `recording_id` is the act that recorded it, while nobody has
    corrected it.
    """

    __tablename__ = "step"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "case_id", "path"],
            ["case_file.tenant_id", "case_file.id", "case_file.path"],
            name="fk_step_case_path_case_file",
            deferrable=True,
            initially="DEFERRED",
        ),
        ForeignKeyConstraint(["tenant_id", "cell_id"], ["unit.tenant_id", "unit.id"]),
        UniqueConstraint("tenant_id", "case_id", "kind"),
        CheckConstraint(f"kind IN ({KINDS})", name="kind_is_known"),
        CheckConstraint("jsonb_typeof(details) = 'object'", name="details_are_an_object"),
        Index(
            "ix_step_recording",
            "tenant_id",
            "recording_id",
            postgresql_where=text("recording_id IS NOT NULL"),
        ),
        Index(None, "tenant_id", "cell_id", "kind", "taken_on"),
        Index(None, "tenant_id", "kind", "taken_on"),
        Index(None, "tenant_id", "path"),
    )

    case_id: Mapped[int]
    cell_id: Mapped[int]
    kind: Mapped[str]
    taken_on: Mapped[date]
    document_no: Mapped[str | None]
    segments: Mapped[list[int]] = mapped_column(
        ARRAY(SmallInteger), server_default=text("'{}'::smallint[]")
    )
    details: Mapped[dict[str, object] | None] = mapped_column(JSONB(none_as_null=True))
    recording_id: Mapped[int | None]
    recorded_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.now()
    )
