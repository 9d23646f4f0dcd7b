"""`python -m worker QUEUE` runs jobs, `python -m worker schedule` queues the periodic ones."""

import click

from app.core.jobs import QUEUES
from app.core.logging import configure_logging
from app.core.settings import Settings
from worker.main import run_worker
from worker.schedule import run_schedule
from wsgi import app

SCHEDULE = "schedule"


@click.command()
@click.argument("part", type=click.Choice([*QUEUES, SCHEDULE]))
def main(part: str) -> None:
    """Run one part of the background work until it is stopped."""
    configure_logging()
    settings: Settings = app.config["SETTINGS"]
    if part == SCHEDULE:
        run_schedule(settings.redis_url)
    else:
        run_worker(app, part)


main()
