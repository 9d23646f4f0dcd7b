"""`make faults`: eight writers while the program's processes are killed at random.

    python faults/run.py [--kills 1000] [--seed 1] [--pause 0.6]

Everything runs as `make run` starts it, in a folder of its own on loopback. In the end all that was
acknowledged must be there, once, and every figure must equal a recount from what the writers were
told. `tests/faults` runs it in small.
"""

import argparse
import random
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import psutil
from flask import Flask
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.accounts.commands import NewGrant, NewUser, create_user
from app.accounts.rules import Role
from app.core.database import db
from app.core.errors import AppError
from app.factory import create_app
from app.rollups import commands
from app.tenants.commands import create_tenant
from app.tenants.context import tenant_transaction
from app.units.commands import import_units
from app.units.queries import units_by_code
from faults.ledger import (
    CELLS_OF_COMMUNE,
    COMMUNES_BY_HOME,
    DISTRICTS,
    TOP,
    Ledger,
)
from faults.program import Killer, Program
from faults.verdict import Verdict, judge
from faults.writers import (
    FIRST_DAY,
    PASSWORD,
    TENANT,
    TODAY,
    Post,
    Writer,
    accept_checked_files,
)

DRAIN_SECONDS = 120
BACK_SECONDS = 300
KILLED_WHILE_AWAY_ONE_IN = 8
LOOK_SECONDS = 0.05
VERIFY_EVERY_SECONDS = 5
FLUSH_ONE_IN = 25
STOP_REDIS_ONE_IN = 60
REDIS_STOPPED_SECONDS = 3.0
PREFIX = "chi-tieu-faults-"


@dataclass(frozen=True)
class Plan:
    """How much is killed: so many processes, so many seconds apart in the mean, not for longer."""

    kills: int
    pause: float
    minutes: float = 60


@dataclass
class Outcome:
    """What a run came to."""

    killed: dict[str, int]
    seconds: float
    ledger: Ledger
    verdict: Verdict
    flushes: int = 0
    stops: int = 0
    verified_meanwhile: int = 0
    wrong_meanwhile: list[str] = field(default_factory=list)
    outages: list[float] = field(default_factory=list)
    drained_in: float = 0.0

    @property
    def is_clean(self) -> bool:
        """Whether every promise was kept."""
        return not (self.wrong_meanwhile or self.ledger.failures) and self.verdict.is_clean


def main() -> None:
    """Run, print the figures, and end with status 1 where a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pause", type=float, default=0.6, help="seconds between kills, mean")
    parser.add_argument("--minutes", type=float, default=60, help="stop killing after these")
    parser.add_argument("--log", type=Path, help="where to keep the program's log")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    # The servers' account must pass through.
    folder.chmod(0o711)
    try:
        plan = Plan(asked.kills, asked.pause, asked.minutes)
        outcome = run(folder, plan, seed=asked.seed)
    finally:
        if asked.log:
            shutil.copy(folder / "log", asked.log)
        shutil.rmtree(folder, ignore_errors=True)
    report(outcome)
    sys.exit(not outcome.is_clean)


def run(folder: Path, plan: Plan, *, seed: int) -> Outcome:
    """Let writers write and the killer kill; then wait for what is left to do, and judge."""
    chance = random.Random(seed)
    program = Program(folder / "data", folder / "log", WEB_PROCESSES="4")
    with program.running():
        application = create_app(program.settings)
        with application.app_context():
            posts = make_posts()
        writers = [
            Writer(application, post, program.port, random.Random(seed + number))
            for number, post in enumerate(posts)
        ]
        for writer in writers:
            writer.sign_in()
        stop = threading.Event()
        killer = Killer(program, chance)
        outcome = Outcome(killer.killed, 0.0, Ledger(), Verdict())
        started = time.monotonic()
        with ThreadPoolExecutor(len(writers)) as pool, _watching(application, program, outcome):
            work = [pool.submit(writer.work, stop) for writer in writers]
            try:
                _kill(killer, outcome, plan, work)
            finally:
                stop.set()
        outcome.seconds = time.monotonic() - started
        for each in work:
            outcome.ledger.take_over(each.result())
        outcome.drained_in = program.wait_until(
            lambda: accept_checked_files(application, posts) == 0 and _pending(application) == 0,
            DRAIN_SECONDS,
        )
        with application.app_context():
            outcome.verdict = judge(TENANT, outcome.ledger)
    return outcome


def make_posts() -> list[Post]:
    """Make a province with a clerk at each commune; commit."""
    context = create_tenant(TENANT, "Tỉnh Gian Nan", clock_on=TODAY)
    rows = ["code,parent_code,level,name", f"{TOP},,province,Tỉnh ủy"]
    rows += [f"{code},{TOP},district,Huyện {code}" for code in DISTRICTS]
    rows += [f"{code},{home},commune,Xã {code}" for code, home in COMMUNES_BY_HOME.items()]
    rows += [f"{c},{code},cell,Chi bộ {c}" for code, cs in CELLS_OF_COMMUNE.items() for c in cs]
    import_units(context, "\n".join(rows).encode(), FIRST_DAY)
    units = units_by_code(context, set(COMMUNES_BY_HOME))
    posts = []
    for code, unit in units.items():
        name = f"xa.{code.lower()}"
        grants = (NewGrant(Role.CLERK, unit.id),)
        new = NewUser(
            login_name=name,
            full_name=f"Người ghi {code}",
            unit_id=unit.id,
            password=PASSWORD,
            grants=grants,
            must_change_password=False,
        )
        posts.append(Post(code, name, create_user(context, new)))
    db.session.commit()
    return posts


def _kill(killer: Killer, outcome: Outcome, plan: Plan, work: list[Future[Ledger]]) -> None:
    program = killer.program
    end = time.monotonic() + plan.minutes * 60
    while killer.kills < plan.kills and time.monotonic() < end:
        if any(each.done() for each in work):
            return
        time.sleep(killer.chance.expovariate(1 / plan.pause))
        # Mostly what runs is killed, now and then what is just getting up.
        if killer.chance.randrange(KILLED_WHILE_AWAY_ONE_IN):
            program.wait_until(program.is_ready, BACK_SECONDS)
        if killer.chance.randrange(FLUSH_ONE_IN) == 0:
            outcome.flushes += _flush(program)
        if killer.chance.randrange(STOP_REDIS_ONE_IN) == 0:
            outcome.stops += _stop_redis_for_a_while(program)
        killer.kill_one()


def _flush(program: Program) -> int:
    with suppress(RedisError), Redis.from_url(program.settings.redis_url) as redis:
        redis.flushall()
        return 1
    return 0


def _stop_redis_for_a_while(program: Program) -> int:
    with suppress(psutil.NoSuchProcess):
        for redis in program.redis():
            redis.suspend()
            time.sleep(REDIS_STOPPED_SECONDS)
            redis.resume()
            return 1
    return 0


@contextmanager
def _watching(application: Flask, program: Program, outcome: Outcome) -> Iterator[None]:
    """Note how long the program was away each time, and verify every figure again and again."""
    end = threading.Event()

    def watch() -> None:
        away_since: float | None = None
        while not end.wait(LOOK_SECONDS):
            now = time.monotonic()
            if not program.is_ready():
                away_since = away_since or now
            elif away_since is not None:
                outcome.outages.append(time.monotonic() - away_since)
                away_since = None

    def verify() -> None:
        while not end.wait(VERIFY_EVERY_SECONDS):
            with suppress(DBAPIError, AppError), application.app_context():
                with tenant_transaction(TENANT) as context:
                    found = commands.verify(context)
                outcome.verified_meanwhile += 1
                outcome.wrong_meanwhile += [str(each) for each in found.mismatches]

    threads = [threading.Thread(target=each) for each in (watch, verify)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        end.set()
        for thread in threads:
            thread.join()


def _pending(application: Flask) -> int:
    with application.app_context(), tenant_transaction(TENANT) as context:
        pending: int = db.session.execute(
            text("SELECT count(*) FROM delta WHERE tenant_id = :tenant"),
            {"tenant": context.tenant_id},
        ).scalar_one()
    return pending


def report(outcome: Outcome) -> None:
    """Print what a run came to."""
    verdict, ledger = outcome.verdict, outcome.ledger
    parts = ", ".join(f"{name} {number}" for name, number in outcome.killed.items())
    print(f"killed in {outcome.seconds:.0f} s: {sum(outcome.killed.values())} ({parts})")
    print(f"Redis flushed {outcome.flushes} times, stopped for 3 s {outcome.stops} times")
    done = ", ".join(f"{act} {number}" for act, number in sorted(ledger.done.items()))
    print(f"acknowledged: {sum(ledger.done.values())} ({done})")
    print(f"tried again {ledger.tried_again}, answered 500 {len(ledger.failures)}")
    away = sorted(outcome.outages)
    if away:
        print(
            f"away {len(away)} times, median {away[len(away) // 2]:.1f} s, longest {away[-1]:.1f} s"
        )
    print(f"backlog and files done {outcome.drained_in:.1f} s after the last kill")
    print(
        f"verified {outcome.verified_meanwhile} times meanwhile: "
        f"{len(outcome.wrong_meanwhile)} mismatches; in the end {verdict.figures} figures: "
        f"{len(verdict.mismatches)} mismatches"
    )
    print(
        f"people {verdict.people}: lost or changed {len(verdict.lost)}, doubled "
        f"{len(verdict.doubled)}; recounted {verdict.recounted} figures: "
        f"{len(verdict.miscounted)} wrong"
    )
    broken = (*verdict.lost, *verdict.doubled, *verdict.miscounted, *verdict.mismatches)
    for found in (*broken, *outcome.wrong_meanwhile, *ledger.failures)[:20]:
        print(f"  {found}")


if __name__ == "__main__":
    main()
