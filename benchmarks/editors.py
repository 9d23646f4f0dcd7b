"""Let many editors at one board and its children, and see whether anything is lost or unbalanced.

    python benchmarks/editors.py [--editors 50] [--edits 10000] [--seed 1]

A province gives to five districts and each of them to six communes. The editors look at boards,
save boxes as of what they have seen, publish, and transfer between brothers. Everything that was
acknowledged is then replayed, board by board, in the order that the numbers of versions and saves
tell. `tests/quotas/test_many_editors.py` runs it in small.
"""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from threading import Barrier
from typing import TypeVar, cast

sys.path.insert(0, str(Path(__file__).parents[1]))

from flask import Flask
from sqlalchemy import Engine, create_engine

from app.core.database import db
from app.core.errors import Conflict, Refused
from app.core.periods import parse_period
from app.factory import create_app
from app.measures.queries import measure_by_code
from app.quotas.boards import last_change
from app.quotas.commands import publish_distribution, save_draft
from app.quotas.file_import import import_quotas
from app.quotas.queries import distributions, versions
from app.quotas.rules import BoardKey, Decision, Seen
from app.rounds.transfers import Proposal, agree_to_transfer, propose_transfer
from app.runtime.throwaway import create_database, throwaway_servers
from app.tenants.commands import choose_transfers_need_approval, create_tenant
from app.tenants.context import Actor, Context, Scope, tenant_transaction
from app.units.commands import import_units
from app.units.queries import units_by_code
from app.units.rows import UnitRow
from benchmarks.replay import Numbers, Shown, Written, judge, numbers_of

TENANT = "DONGNGUOI"
TODAY = date(2022, 10, 31)
DISTRICTS, COMMUNES = 5, 6
ABOVE = 100_000
SPACING = 50
"""Between the numbers of two edits, so that each tells which edit wrote it, transfers aside."""

Answer = TypeVar("Answer")


@dataclass
class Ledger:
    """What all editors were answered."""

    written: list[Written] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def kinds(self) -> Counter[str]:
        """Count what was acknowledged, by kind."""
        return Counter(event.kind for event in self.written)

    def conflicts(self) -> int:
        """Count those who were told that somebody else had been there."""
        return sum(shown.is_conflict for shown in self.shown)


@dataclass(frozen=True)
class Place:
    """A board, the children on it, and the contexts of its own unit and of theirs."""

    key: BoardKey
    unit: UnitRow
    children: tuple[UnitRow, ...]


def main() -> None:
    """Let the editors loose on a throw-away server and print what became of their edits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--editors", type=int, default=50)
    parser.add_argument("--edits", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with throwaway_servers() as servers:
        application = create_app(create_database(servers, "editors"))
        with application.app_context():
            places = make_boards()
        ledger = edit(
            application, places, editors=asked.editors, edits=asked.edits, seed=asked.seed
        )
        with application.app_context():
            verdict = judge(TENANT, ledger.written, ledger.shown)
    kinds = ", ".join(f"{kind} {number}" for kind, number in sorted(ledger.kinds().items()))
    print(
        f"editors {asked.editors}, edits {asked.edits}, {ledger.seconds:.0f} s, seed {asked.seed}"
    )
    print(f"acknowledged: {kinds}; conflicts {ledger.conflicts()}")
    print(f"refused: {dict(ledger.refused)}; boards looked at {len(ledger.shown)}")
    print(f"lost updates {len(verdict.lost)}, told wrongly {len(verdict.misled)}", end=", ")
    print(f"unbalanced of {verdict.published} published versions {verdict.unbalanced}")
    for found in (*verdict.lost[:10], *verdict.misled[:10]):
        print(f"  {found}")
    sys.exit(not verdict.is_clean)


def make_boards() -> tuple[Place, ...]:
    """Make the province with its quotas of the year; commit."""
    context = create_tenant(TENANT, "Tỉnh Đông Người", clock_on=TODAY)
    below = {f"D{n}": [f"D{n}C{m}" for m in range(COMMUNES)] for n in range(DISTRICTS)}
    rows = ["code,parent_code,level,name", "P,,province,Tỉnh ủy"]
    rows += [f"{code},P,district,Huyện {code}" for code in below]
    rows += [f"{code},{d},commune,Xã {code}" for d, codes in below.items() for code in codes]
    import_units(context, "\n".join(rows).encode(), date(2020, 1, 1))
    head = "issuer_code,unit_code,measure,segment,period,kind,quota,decision_no,decided_on"
    given = f",P,admission,,2022,count,{ABOVE},1-QĐ/TW,2021-12-01"
    import_quotas(context, f"{head}\n{given}".encode())
    choose_transfers_need_approval(context, need=False)
    tree = {"P": list(below), **below}
    units = units_by_code(context, {"P", *below, *(c for codes in below.values() for c in codes)})
    measure_id = measure_by_code(context, "admission").id
    db.session.commit()
    return tuple(
        Place(
            BoardKey(units[code].id, measure_id, parse_period("2022")),
            units[code],
            tuple(units[child] for child in children),
        )
        for code, children in tree.items()
    )


def edit(
    application: Flask, places: tuple[Place, ...], *, editors: int, edits: int, seed: int
) -> Ledger:
    """Let editors make that many random edits among them, all at once; return the answers."""
    together = Barrier(editors)

    def work(number: int) -> Ledger:
        editor = Editor(
            application, places[number % len(places)], number, random.Random(seed + number)
        )
        mine = range(number, edits, editors)
        together.wait()
        for edit_number in mine:
            editor.act(edit_number + 1)
        return editor.ledger

    with connections_for_all(application, editors), ThreadPoolExecutor(editors) as pool:
        started = time.perf_counter()
        ledgers = list(pool.map(work, range(editors)))
        whole = Ledger(seconds=time.perf_counter() - started)
    for ledger in ledgers:
        whole.written += ledger.written
        whole.shown += ledger.shown
        whole.refused += ledger.refused
    return whole


@contextmanager
def connections_for_all(application: Flask, number: int) -> Iterator[None]:
    """Give the program that many connections for a while, so that nobody waits for another's."""
    with application.app_context():
        # The extension declares it read-only; it is the very mapping that its sessions look in.
        engines = cast("dict[str | None, Engine]", db.engines)
        usual = engines[None]
    engines[None] = create_engine(usual.url, pool_size=number, hide_parameters=True)
    try:
        yield
    finally:
        engines[None].dispose()
        engines[None] = usual


class Editor:
    """Somebody at one board who acts on what they saw last, however long ago that was."""

    def __init__(
        self, application: Flask, place: Place, number: int, chance: random.Random
    ) -> None:
        self.application, self.place, self.chance = application, place, chance
        self.name = f"Biên tập viên {number}"
        self.ledger = Ledger()
        self.seen: Seen | None = None

    def act(self, edit_number: int) -> None:
        """Make one edit, after a look at the board where it is time for one."""
        if self.seen is None or self.chance.random() < 0.5:
            self._in_transaction(self.place.unit, self._look)
        what = self.chance.choices((self._save, self._publish, self._transfer), (80, 10, 10))[0]
        try:
            what(edit_number)
        except Refused as refusal:
            self.ledger.refused[str(refusal)] += 1

    def _save(self, edit_number: int) -> None:
        chosen = self.chance.sample(self.place.children, self.chance.randint(1, 3))
        boxes = {unit.id: edit_number * SPACING + place for place, unit in enumerate(chosen)}
        seen = self._known()
        self._write("save", seen, boxes, lambda c: save_draft(c, self.place.key, seen, boxes))

    def _publish(self, edit_number: int) -> None:
        decision = Decision(f"{edit_number}-QĐ", TODAY, "để bổ sung", "theo nguồn")
        seen = self._known()

        def publish(context: Context) -> Seen:
            return Seen(publish_distribution(context, self.place.key, seen, decision), 0)

        self._write("publish", seen, {}, publish)

    def _transfer(self, edit_number: int) -> None:
        giver, taker = self.chance.sample(self.place.children, 2)
        count = self.chance.randint(1, 3)
        proposal = Proposal(giver.id, taker.id, count, "thừa nguồn", f"{edit_number}-BB", "đồng ý")
        transfer_id = self._in_transaction(
            giver, lambda context: propose_transfer(context, giver.id, self.place.key, proposal)
        )

        def agree(context: Context) -> int:
            agree_to_transfer(context, taker.id, transfer_id)
            return versions(context, self.place.key).seen.version

        version = self._in_transaction(taker, agree)
        self.ledger.written.append(
            Written(
                kind="transfer",
                board=self.place.key,
                editor=self.name,
                before=Seen(version - 1, -1),
                after=Seen(version, -1),
                moved=(giver.id, taker.id, count),
            )
        )

    def _write(
        self, kind: str, seen: Seen, boxes: Numbers, change: Callable[[Context], Seen]
    ) -> None:
        def changed(context: Context) -> Seen | None:
            try:
                return change(context)
            except Conflict:
                # As the page does: in the same transaction, which still holds the board.
                self._look(context, is_conflict=True)
                return None

        after = self._in_transaction(self.place.unit, changed)
        if after is not None:
            self.ledger.written.append(Written(kind, self.place.key, self.name, seen, after, boxes))
            self.seen = after

    def _look(self, context: Context, *, is_conflict: bool = False) -> None:
        found = distributions(context, self.place.key, None)
        current = found.given.current
        lines = found.lines.get(current.id, ()) if current else ()
        change = last_change(context, current.id) if current and is_conflict else None
        self.seen = found.given.seen
        self.ledger.shown.append(
            Shown(
                self.place.key,
                found.given.seen,
                numbers_of(lines),
                change.actor_name if change else None,
                is_conflict,
            )
        )

    def _known(self) -> Seen:
        if self.seen is None:
            raise RuntimeError("an editor acts on what it has seen")
        return self.seen

    def _in_transaction(self, unit: UnitRow, work: Callable[[Context], Answer]) -> Answer:
        with self.application.app_context():
            actor = Actor(kind="command", id=None, name=self.name)
            with tenant_transaction(TENANT, actor) as context:
                acting = replace(context, unit_id=unit.id, scope=Scope.under(unit.path))
                return work(acting)


if __name__ == "__main__":
    main()
