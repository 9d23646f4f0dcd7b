"""Puts the packages together."""

from sqlalchemy import MetaData

import app.accounts.models
import app.audit.models
import app.cases.models
import app.core.outbox
import app.measures.models
import app.quotas.models
import app.rollups.models
import app.tenants.models
import app.units.models  # noqa: F401
from app.core.database import Base


def metadata() -> MetaData:
    """Every table of the program."""
    return Base.metadata
