"""When each job last ran and how that ended: what the queue itself forgets.

The table belongs to no tenant: it holds the names of jobs, instants and kinds of errors.
"""

from datetime import datetime

from sqlalchemy import BigInteger, select
from sqlalchemy.dialects.postgresql import TIMESTAMP, insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.database import Base, db


class JobRun(Base):
    """The runs of one job. `failure` is the kind of the last error, whatever came after it."""

    __tablename__ = "job_run"
    __table_args__ = ({"info": {"privileges": ("SELECT", "INSERT", "UPDATE")}},)

    name: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    failed_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    failure: Mapped[str | None]
    runs: Mapped[int] = mapped_column(BigInteger, server_default="1")
    failures: Mapped[int] = mapped_column(BigInteger, server_default="0")


def note_start(name: str) -> None:
    """Note that a job begins, in a transaction of its own: a run that is killed has begun, too."""
    now = clock.now()
    _write(
        insert(JobRun)
        .values(name=name, started_at=now)
        .on_conflict_do_update(
            index_elements=["name"], set_={"started_at": now, "runs": JobRun.runs + 1}
        )
    )


def note_end(name: str) -> None:
    """Note that a job has ended well."""
    now = clock.now()
    _write(
        insert(JobRun)
        .values(name=name, started_at=now, ended_at=now)
        .on_conflict_do_update(index_elements=["name"], set_={"ended_at": now})
    )


def note_failure(name: str, error: BaseException) -> None:
    """Note that a job has failed; of the error its kind alone, for its words may hold anything."""
    values = {"failed_at": clock.now(), "failure": type(error).__name__}
    _write(
        insert(JobRun)
        .values(name=name, started_at=clock.now(), failures=1, **values)
        .on_conflict_do_update(
            index_elements=["name"], set_={**values, "failures": JobRun.failures + 1}
        )
    )


def job_runs() -> dict[str, JobRun]:
    """Return the runs of all jobs that ever ran, by name."""
    return {run.name: run for run in db.session.scalars(select(JobRun))}


def _write(statement: object) -> None:
    with db.engine.begin() as connection:
        connection.execute(statement)  # type: ignore[call-overload]
