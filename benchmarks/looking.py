"""P2 over the years, and what each page of figures asks of a whole province.

    python benchmarks/looking.py [--admissions 200000]

The province of ten years is that of `run.py`; beside it stands one with the last year of it alone.
A read is everything that the page asks but for signing in, as the program sends it.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from flask import Flask

from app.core.settings import load_settings
from app.demo.nation import YEARS, make_nation, make_province
from app.factory import create_app
from app.monitoring import queries
from app.monitoring.asking import Asked, asked
from app.monitoring.composition import composition
from app.monitoring.forecast_views import outlook
from app.monitoring.multiples_views import children_by_month
from app.monitoring.ranking import ranking
from app.monitoring.treemap import branches
from app.monitoring.watch import Watch, watch_list
from app.runtime import schema
from app.runtime.lease import leased_servers
from app.tenants.context import Context, tenant_transaction
from app.units.queries import unit_by_code
from benchmarks.measures import AS_OF, TENANT, UNITS
from benchmarks.settling import settle

ONE_YEAR = "MOTNAM"
ROUNDS, WARMING = 40, 5

Read = Callable[[Context, Asked], object]


def _attainment(context: Context, about: Asked) -> object:
    return queries.attainment(context, about.unit, about.question, about.descent)


READS: dict[str, Read] = {
    "attainment": _attainment,
    "ranking": ranking,
    "multiples": children_by_month,
    "treemap": branches,
    "breakdown": lambda context, about: composition(context, about, has_row_rights=True),
    "forecast": outlook,
    **{
        f"watch: {which}": lambda context, about, which=which: watch_list(context, about, which)
        for which in Watch
    },
}


def looking(app: Flask) -> None:
    """Print both."""
    print(f"\nP2  ten years beside one, reading attainment, median ms of {ROUNDS}")
    for level in ("province", "commune"):
        times: dict[str, list[float]] = {TENANT: [], ONE_YEAR: []}
        for _turn in range(4):
            for code in times:
                times[code] += _timed(app, code, UNITS[level], _attainment, ROUNDS // 4)
        ten, one = (statistics.median(times[code]) for code in (TENANT, ONE_YEAR))
        print(f"    {level:<24} {ten:8.2f} {one:8.2f} ratio {ten / one:.2f}")
    print(f"\n    what the pages of a province ask, median ms of {ROUNDS // 4}")
    for name, read in READS.items():
        median = statistics.median(_timed(app, TENANT, UNITS["province"], read, ROUNDS // 4))
        print(f"    {name:<24} {median:8.1f}")


def make_one_year(admissions: int) -> None:
    """Make the province that has only the last year of what the other one has."""
    make_province(ONE_YEAR, "Tỉnh mô phỏng một năm", admissions // YEARS, years=1)


def _timed(  # noqa: PLR0917 what is read, where, how often
    app: Flask, tenant: str, code: str, read: Read, rounds: int
) -> list[float]:
    times = []
    with _asking(app, tenant, code) as (context, about):
        for _ in range(WARMING + rounds):
            started = time.perf_counter()
            read(context, about)
            times.append((time.perf_counter() - started) * 1000)
    return times[WARMING:]


@contextmanager
def _asking(app: Flask, tenant: str, code: str) -> Iterator[tuple[Context, Asked]]:
    with (
        app.test_request_context(f"/?period=2022&as_of={AS_OF}"),
        tenant_transaction(tenant) as context,
    ):
        yield context, asked(context, unit_by_code(context, code).id)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--admissions", type=int, default=200_000)
    number = parser.parse_args().admissions
    folder = os.environ.get("BENCH_DATA_DIR") or ".bench-data"
    with leased_servers(load_settings({"DATA_DIR": folder})) as settings:
        schema.upgrade_if_behind(settings)
        application = create_app(settings)
        with application.app_context():
            list(make_nation(provinces=1, admissions=number))
            make_one_year(number)
        settle(settings)
        looking(application)
