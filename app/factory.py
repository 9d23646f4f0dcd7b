"""Puts the packages together."""

from sqlalchemy import MetaData

from app.accounts import wiring as accounts
from app.admin import wiring as admin
from app.audit import wiring as audit
from app.cases import wiring as cases
from app.casework import wiring as casework
from app.core.database import Base, db
from app.core.prepared import install_prepared_statements
from app.core.sealing import install_field_keys
from app.core.settings import Settings
from app.countersigning import wiring as countersigning
from app.demo import wiring as demo
from app.exports import wiring as exports
from app.intake import wiring as intake
from app.measures import wiring as measures
from app.merging import wiring as merging
from app.monitoring import wiring as monitoring
from app.operations import wiring as operations
from app.privacy import wiring as privacy
from app.procedure import wiring as procedure
from app.quotas import wiring as quotas
from app.reminders import wiring as reminders
from app.reorganisations import wiring as reorganisations
from app.reports import wiring as reports
from app.rollups import wiring as rollups
from app.rounds import wiring as rounds
from app.runtime.checks import refuse_unsafe_role
from app.tenants import wiring as tenants
from app.units import wiring as units
from app.web import wiring as web
from app.web.unit_of_work import Application

PACKAGES = (
    web,
    tenants,
    audit,
    accounts,
    units,
    reports,
    measures,
    cases,
    procedure,
    countersigning,
    intake,
    privacy,
    rollups,
    quotas,
    rounds,
    reorganisations,
    monitoring,
    casework,
    reminders,
    exports,
    merging,
    operations,
    admin,
    demo,
)
"""Lowest first: handlers of one event run in this order."""


def create_app(settings: Settings) -> Application:
    """Build the program for these settings; refuses a database role that walls cannot hold."""
    application = Application("app", static_folder=None)
    application.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        # What a statement that failed was given would stand in the log.
        SQLALCHEMY_ENGINE_OPTIONS={"pool_pre_ping": True, "hide_parameters": True},
        SETTINGS=settings,
    )
    install_field_keys(application, settings.field_keys)
    db.init_app(application)
    with application.app_context():
        refuse_unsafe_role(db.engine)
        install_prepared_statements(db.engine)
    for package in PACKAGES:
        package.install(application)
    return application


def metadata() -> MetaData:
    """Every table of the program."""
    return Base.metadata
