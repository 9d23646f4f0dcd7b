"""How the monitoring package joins the program."""

from flask import Flask

from app.accounts.navigation import Destination, offer
from app.core.messages import message
from app.monitoring import (  # noqa: F401 importing them adds their routes
    composition_views,
    forecast_views,
    multiples_views,
    ranking_views,
    treemap_views,
    views,
    watch_views,
)
from app.monitoring.blueprint import pages
from app.monitoring.cli import attainment, breakdown
from app.web.guards import Permission


def install(app: Flask) -> None:
    """Register the pages, their entry in the navigation, and the commands."""
    app.register_blueprint(pages)
    app.cli.add_command(attainment)
    app.cli.add_command(breakdown)
    offer(
        app,
        Destination(
            rank=10,
            endpoint="monitoring.attainment",
            label=message("Kết quả"),
            icon="chart-line",
            permission=Permission.SEE_FIGURES,
            of_unit=True,
        ),
    )
