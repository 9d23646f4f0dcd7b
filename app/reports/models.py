"""What units have set for their papers."""

from sqlalchemy import ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped

from app.core.database import Base, TenantScoped


class PaperLayout(TenantScoped, Base):
    """The lines of a unit's papers that its name does not tell; see `rules.Layout`."""

    __tablename__ = "paper_layout"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
        UniqueConstraint("tenant_id", "unit_id"),
    )

    unit_id: Mapped[int]
    issuer_name: Mapped[str | None]
    superior_name: Mapped[str | None]
    place_name: Mapped[str | None]
    signs_for: Mapped[str | None]
    signs_as: Mapped[str | None]
    signatory_name: Mapped[str | None]
    copies_to: Mapped[str | None]
