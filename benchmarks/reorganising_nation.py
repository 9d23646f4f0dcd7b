"""P11 for the nation: every province loses its districts, and three communes become one each.

    python benchmarks/reorganising_nation.py [--provinces 63] [--admissions 2000000] [--workers 2]

63 provinces of 11 districts and 165 communes are 10,395 commune changes and 693 closed districts.
The provinces are those of `demo nation`; fewer of them, with their share of the admissions, say
what one costs. Tenants share nothing, so each worker, a process of its own, takes the next province
that waits, as workers of the queue `default` do. Afterwards every figure is recounted.

BENCH_DATA_DIR names a folder in which `run.py` has made the nation; it is reorganised there, so
give a copy. Without it the nation is made on throw-away servers first.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import date
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from app.core.database import db
from app.core.settings import Settings, load_settings
from app.demo.nation import PROVINCES, make_nation
from app.factory import create_app
from app.reorganisations import commands
from app.reorganisations.commands import Decided
from app.reorganisations.rules import Operation, Share
from app.rollups.commands import verify
from app.runtime import schema
from app.runtime.lease import leased_servers
from app.runtime.throwaway import create_database, throwaway_servers
from app.tenants.context import Context, tenant_transaction
from app.units.dated import tree_as_of
from benchmarks.reorganising import timed
from benchmarks.settling import settle

DAY = date(2022, 7, 1)
NUMBER = "1-NQ/TW"
MERGED = 3


def main() -> None:
    """Make the provinces, reorganise them one after the other, recount."""
    arguments = _arguments()
    with _servers() as settings:
        application = create_app(settings)
        with application.app_context():
            list(make_nation(provinces=arguments.provinces, admissions=arguments.admissions))
            codes = [f"QG{number:02}" for number in range(1, arguments.provinces + 1)]
            settle(settings)
            spent = _reorganise_all(settings, codes, arguments.workers)
            wrong = sum(_mismatches(code) for code in codes)
    print(f"{len(codes)} provinces, {arguments.workers} workers: {spent:.1f} s")
    print(f"mismatches: {wrong}")


@contextmanager
def _servers() -> Iterator[Settings]:
    """Yield the settings of the kept nation, else of an empty database that is thrown away."""
    folder = os.environ.get("BENCH_DATA_DIR")
    if folder is None:
        with throwaway_servers() as servers:
            yield create_database(servers, "bench")
        return
    with leased_servers(load_settings({"DATA_DIR": folder})) as settings:
        schema.upgrade_if_behind(settings)
        yield settings


def _reorganise_all(settings: Settings, codes: list[str], workers: int) -> float:
    """Let workers that are ready take the provinces one by one; return how long that took."""
    # A process that is forked would share its parent's connections.
    with ProcessPoolExecutor(
        workers, get_context("spawn"), initializer=_get_ready, initargs=(settings,)
    ) as pool:
        list(pool.map(time.sleep, [1] * workers))
        started = time.perf_counter()
        list(pool.map(_reorganise, codes))
        return time.perf_counter() - started


def _get_ready(settings: Settings) -> None:
    create_app(settings).app_context().push()


def _reorganise(code: str) -> None:
    def apply() -> int:
        with tenant_transaction(code) as context:
            operations = tuple(_operations(context))
            decided = Decided(decision_no=NUMBER, effective_on=DAY, operations=operations)
            commands.apply(context, decided)
        return len(operations)

    timed(code, apply)


def _operations(context: Context) -> list[Operation]:
    """Close all districts, and let every three communes become a new one below the province."""
    rows = tree_as_of(context, DAY)
    root = next(row.unit.code for row in rows if row.parent_code is None)
    districts = [row.unit.code for row in rows if row.unit.level == "district"]
    communes = [row.unit.code for row in rows if row.unit.level == "commune"]
    closed = [
        Operation(row=row, old_code=code, share=Share.CLOSE)
        for row, code in enumerate(districts, start=2)
    ]
    merged = [
        Operation(
            row=2 + len(districts) + place * MERGED + number,
            old_code=code,
            share=Share.WHOLE,
            new_code=f"N{place:03}",
            new_name=f"Xã mới {place}",
            new_parent_code=root,
            is_default_heir=True,
        )
        for place, joined in enumerate(_threes(communes))
        for number, code in enumerate(joined)
    ]
    return [*closed, *merged]


def _threes(codes: list[str]) -> list[list[str]]:
    return [codes[first : first + MERGED] for first in range(0, len(codes), MERGED)]


def _mismatches(code: str) -> int:
    with tenant_transaction(code) as context:
        found = len(verify(context).mismatches)
    db.session.remove()
    return found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--provinces", type=int, default=PROVINCES)
    parser.add_argument("--admissions", type=int, default=2_000_000)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    return parser.parse_args()


if __name__ == "__main__":
    main()
