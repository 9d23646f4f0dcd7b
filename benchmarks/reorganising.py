"""P11: replaying the reorganisation of a whole province, previewed, applied and undone.

    python benchmarks/reorganising.py [--cells 4] [--people 8] [--copies 1]

The three provinces of 1 July 2025 from real files, with invented cells and admissions of ten
years, on throw-away servers. 22 copies of them in one tenant have as many changes as the nation.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy import create_engine, text

from app.core.database import db
from app.core.settings import Settings
from app.factory import create_app
from app.reorganisations import commands
from app.rollups.commands import verify
from app.runtime.throwaway import create_database, throwaway_servers
from tests.factories.phu_tho import file_of, give_phu_tho_quotas, phu_tho
from tests.factories.reorganisations import decided

Result = TypeVar("Result")


def main() -> None:
    """Make the province, then measure."""
    arguments = _arguments()
    with throwaway_servers() as servers:
        settings = create_database(servers, "bench")
        application = create_app(settings)
        with application.app_context():
            context, units, _ = phu_tho(
                cells=arguments.cells,
                people_per_cell=arguments.people,
                copies=arguments.copies,
            )
            give_phu_tho_quotas(context, units)
            db.session.commit()
            settle(settings)
            asked = decided(content=file_of(arguments.copies))
            result = timed("preview", lambda: commands.preview(context, asked))
            print(f"{result.units_before} -> {result.units_after} units, {result.totals_before}")
            timed("apply", lambda: commands.apply(context, asked))
            print(f"mismatches: {len(verify(context).mismatches)}")
            db.session.commit()
            timed("undo", lambda: commands.undo(context, asked.decision_no))


def settle(settings: Settings) -> None:
    """Fold what is pending, and do at once what autovacuum does within minutes of loading."""
    db.session.execute(text("SELECT fold_deltas(1000000)"))
    db.session.commit()
    engine = create_engine(settings.migration_database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()


def timed(name: str, work: Callable[[], Result]) -> Result:
    """Do and commit some work, and print how long that took, and what of it was work.

    Processor seconds are those of the program and of its database connection: on a busy machine
    they say more than the clock does.
    """
    server = db.session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    db.session.rollback()
    before = (time.perf_counter(), time.process_time(), _processor_seconds(server))
    result = work()
    db.session.commit()
    after = (time.perf_counter(), time.process_time(), _processor_seconds(server))
    clock, program, database = (end - start for start, end in zip(before, after, strict=True))
    print(f"{name}: {clock:.2f} s (program {program:.2f}, database {database:.2f})", flush=True)
    return result


def _processor_seconds(process: int) -> float:
    """Return how long a process of this machine has been at work."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    user, system = (int(ticks) for ticks in fields[11:13])
    return (user + system) / os.sysconf("SC_CLK_TCK")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=4)
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--copies", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
