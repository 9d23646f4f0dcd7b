"""What is kept apart of a person, and what a tenant has chosen about keeping people."""

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Personal, TenantOwned, TenantScoped
from app.core.resealing import index_of, sealed_as
from app.privacy.rules import IDENTITY_PURPOSE, IDENTITY_SEALED_AS, LegalBasis

_BASES = ", ".join(f"'{basis.value}'" for basis in LegalBasis)


class PrivateDetail(Personal, TenantScoped, Base):
    """A person's identity number, sealed, with its blind index; the basis for keeping the data."""

    __tablename__ = "private_detail"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "person_id", "path"],
            ["person.tenant_id", "person.id", "person.path"],
            name="fk_private_detail_person_path_person",
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        UniqueConstraint("tenant_id", "person_id"),
        UniqueConstraint("tenant_id", "identity_index"),
        CheckConstraint(f"legal_basis IN ({_BASES})", name="legal_basis_is_known"),
    )

    person_id: Mapped[int]
    identity_sealed: Mapped[bytes | None] = mapped_column(
        LargeBinary, info=sealed_as(IDENTITY_SEALED_AS)
    )
    identity_index: Mapped[bytes | None] = mapped_column(
        LargeBinary, info=index_of("identity_sealed", IDENTITY_PURPOSE)
    )
    legal_basis: Mapped[str | None]
    basis_document: Mapped[str | None]


class PrivacyRule(TenantOwned, Base):
    """What a tenant has chosen: the usual legal basis, how long those not admitted are kept.

    `purposes` and `recipients` stand in its record of processing, `notice` where data are typed;
    empty ones are said in the program's own words.
    """

    __tablename__ = "privacy_rule"
    __table_args__ = (
        CheckConstraint(f"usual_basis IN ({_BASES})", name="usual_basis_is_known"),
        CheckConstraint("retention_months > 0", name="retention_is_some_time"),
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
    )

    usual_basis: Mapped[str]
    retention_months: Mapped[int | None]
    purposes: Mapped[str | None]
    recipients: Mapped[str | None]
    notice: Mapped[str | None]
