"""Where a demonstration was last asked to move its clock, and how far that is."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, SmallInteger, func
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, TenantOwned


class DemonstrationMove(TenantOwned, Base):
    """The one move of a demonstration that waits or was the last one; its own queue entry.

    With `replay` it prepares that real reorganisation too. `progress` is in percent; `failure` is
    why nothing was done.
    """

    __tablename__ = "demonstration_move"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'done', 'failed')", name="state_is_known"),
        CheckConstraint("(state = 'failed') = (failure IS NOT NULL)", name="failed_for_a_reason"),
        CheckConstraint("progress BETWEEN 0 AND 100", name="progress_is_a_percentage"),
        {"info": {"unaudited": "asking is audited, and what the move does; how far it is, is not"}},
    )

    replay: Mapped[str | None]
    to_day: Mapped[date]
    asked_by: Mapped[int | None]
    asker: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="waiting")
    progress: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    failure: Mapped[str | None]
    asked_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
