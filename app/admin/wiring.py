"""How the admin package joins the program."""

from flask import Flask

from app.accounts.navigation import Destination, offer
from app.admin.accounts import Accounts
from app.admin.base import install_admin
from app.admin.law import Days, RuleSets
from app.admin.operator_access import OperatorAccess
from app.admin.papers import Papers
from app.admin.processing import ProcessingPages
from app.admin.reminders import Mailboxes, ReminderRules
from app.admin.service import Jobs, NationalTotals, TenantJobs
from app.admin.settings import Settings
from app.admin.two_people import TwoPeople
from app.admin.views import Kinds, Levels, Measures, Segments, Tenants
from app.core.messages import message
from app.web.guards import Permission


def install(app: Flask) -> None:
    """Register the pages, and their entries in the navigation of tenants and of operators."""
    pages = (
        Accounts("accounts", "/staff"),
        OperatorAccess("operator-access"),
        Settings("settings"),
        TwoPeople("two-people"),
        ProcessingPages("processing"),
        Levels("levels"),
        Kinds("kinds"),
        Measures("measures"),
        Segments("segments"),
        Papers("papers"),
        ReminderRules("reminders"),
        Mailboxes("mailboxes"),
        RuleSets("rule-sets"),
        Days("days"),
        TenantJobs("tenant-jobs"),
        Tenants("tenants"),
        NationalTotals("national"),
        Jobs("jobs"),
    )
    install_admin(app, pages)
    blueprints = ("admin", *(page.endpoint for page in pages))
    offer(
        app,
        Destination(
            rank=90,
            endpoint="admin.index",
            label=message("Cấu hình"),
            icon="settings",
            permission=Permission.CONFIGURE,
            blueprints=blueprints,
        ),
    )
    offer(
        app,
        Destination(
            rank=90,
            endpoint="admin.index",
            label=message("Vận hành"),
            icon="building",
            permission=Permission.OPERATE,
            blueprints=blueprints,
        ),
    )
