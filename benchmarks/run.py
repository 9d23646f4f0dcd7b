"""`make bench`: the key figures, each beside its counterpart in the same run.

    python benchmarks/run.py [--provinces 1] [--admissions 200000]

The data are kept in BENCH_DATA_DIR (default .bench-data), so a second run only measures.
"""

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from app.core.settings import load_settings
from app.demo.nation import make_nation
from app.factory import create_app
from app.runtime import schema
from app.runtime.lease import leased_servers
from benchmarks import allocation, measures
from benchmarks.exporting import exporting
from benchmarks.looking import looking, make_one_year
from benchmarks.recomputing import recomputing
from benchmarks.settling import settle


def main() -> None:
    """Make the synthetic data where they are missing, then measure."""
    arguments = _arguments()
    allocation.dividing()
    folder = os.environ.get("BENCH_DATA_DIR") or ".bench-data"
    with leased_servers(load_settings({"DATA_DIR": folder})) as settings:
        schema.upgrade_if_behind(settings)
        application = create_app(settings)
        with application.app_context():
            nation = make_nation(provinces=arguments.provinces, admissions=arguments.admissions)
            for made in nation:
                print(f"made {made.code}: {made.units} units, {made.admissions} admissions")
            make_one_year(arguments.admissions // arguments.provinces)
        settle(settings)
        bench = measures.Bench(application, settings)
        for measure in (bench.reading, bench.saving, bench.staleness, bench.pages, bench.walls):
            measure()
        looking(application)
        recomputing(settings)
    exporting()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--provinces", type=int, default=1)
    parser.add_argument("--admissions", type=int, default=200_000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
