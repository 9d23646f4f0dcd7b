"""Eight people who write without pause, each at a commune of their own, by the web and by commands.

Each act is tried until its outcome is known: forms carry their key, and commands look first
whether an earlier try was carried out after all. Only then the ledger is told.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count
from threading import Event
from typing import TypeVar

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from app.cases.commands import correct_step, record_steps
from app.cases.duplicates import MOST_QUESTIONS_AN_HOUR
from app.cases.models import Person
from app.cases.queries import recorded_cases
from app.cases.rules import PersonDetails, RecordedCase, StepDraft, StepKind
from app.core.database import db
from app.core.errors import Conflict, Refused, Unavailable
from app.intake.commands import accept_file, send_file
from app.intake.models import ImportFile
from app.intake.rules import FileState
from app.procedure.cases import Taking
from app.procedure.commands import move_person, withdraw_step
from app.procedure.models import Recording
from app.procedure.recordings import undo
from app.procedure.taking import add_person
from app.tenants.context import Actor, Context, Scope, tenant_transaction
from app.units.commands import move_unit
from app.units.queries import unit_by_code
from faults.ledger import CELLS_OF_COMMUNE, DISTRICTS, Fact, Known, Ledger
from faults.visitor import PATIENCE_SECONDS, Visitor

TENANT = "GIANNAN"
TODAY = date(2022, 10, 31)
FIRST_DAY = date(2020, 12, 1)
BORN_ON = date(1998, 5, 20)
PASSWORD = "một mật khẩu bền bỉ 2026"
ROWS_OF_A_FILE = 20
MOST_ADDED_BY_THE_WEB = MOST_QUESTIONS_AN_HOUR // 2
"""Each adding, each try of it too, asks for possible duplicates: writers outrun any clerk."""
DAYS_BETWEEN_MOVES = 9
MOST_MOVES_OF_A_PERSON = 3
WAIT_SECONDS = 0.1

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Post:
    """A writer's commune, user and rights."""

    commune: str
    login_name: str
    user_id: int


class Writer:
    """One writer. `work` returns when it is told to stop and the last act is known to be done."""

    def __init__(self, application: Flask, post: Post, port: int, chance: random.Random) -> None:
        self._application, self._post, self._chance = application, post, chance
        self._visitor = Visitor(port)
        self._numbers = count(1)
        self._cells = CELLS_OF_COMMUNE[post.commune]
        self._may_be_undone: list[tuple[str, int]] = []
        self._tokens: dict[str, str] = {}
        self.ledger = Ledger()

    def sign_in(self) -> None:
        """Sign in, before anything fails: guesses are counted."""
        self._visitor.sign_in(self._post.login_name, PASSWORD)

    def work(self, stop: Event) -> Ledger:
        """Write until told to stop; return what was acknowledged."""
        acts = {
            self._add: 30,
            self._decide: 25,
            self._correct: 20,
            self._add_for_a_while: 6,
            self._undo: 6,
            self._withdraw: 5,
            self._move_person: 5,
            self._move_commune: 2,
            self._send_file: 1,
        }
        while not stop.is_set():
            (act,) = self._chance.choices(list(acts), list(acts.values()))
            act()
        self.ledger.tried_again += self._visitor.tried_again
        self.ledger.failures += self._visitor.failures
        return self.ledger

    # By the web.

    def _add(self) -> None:
        if self.ledger.done.get("added", 0) >= MOST_ADDED_BY_THE_WEB:
            self._correct()
            return
        name, cell, sex = self._new_name(), self._chance.choice(self._cells), self._sex()
        listed_on = self._day(FIRST_DAY, date(2021, 6, 30))
        address = f"/units/{self._token('unit', self._post.commune)}/people/new"
        typed = {
            "cell": self._token("unit", cell),
            "full_name": name,
            "date_of_birth": f"{BORN_ON:%d/%m/%Y}",
            "sex": sex,
            "listed": f"{listed_on:%d/%m/%Y}",
        }
        self._visitor.submit(address, {**self._visitor.fields(address), **typed})
        facts = {"listed": Fact(listed_on, cell)}
        self.ledger.people[name] = Known(cell, sex, facts, listed_on, is_kept=True)
        self.ledger.note("added")

    def _correct(self) -> None:
        name = self._somebody()
        if name is None:
            return
        person, before = self.ledger.people[name], self.ledger.people[name].steps["listed"]
        listed_on = self._day(FIRST_DAY, date(2021, 6, 30))
        address = f"/people/{self._person_token(name)}/steps/listed"
        typed = {"taken_on": f"{listed_on:%d/%m/%Y}", "reason": "ghi nhầm ngày"}
        self._visitor.submit(address, {**self._visitor.fields(address), **typed})
        person.steps["listed"] = Fact(listed_on, before.cell)
        self.ledger.note("corrected")

    def _somebody(self) -> str | None:
        """Choose among those who are not going to be undone."""
        kept = [name for name, person in self.ledger.people.items() if person.is_kept]
        return self._chance.choice(kept) if kept else None

    def _person_token(self, name: str) -> str:
        def seal(context: Context) -> str:
            case = self._recorded(context, name)
            number = case.person_id if case else 0
            sealed: str = self._application.extensions["opaque_ids"].seal(
                "person", number, context.tenant_id
            )
            return sealed

        person = self.ledger.people[name]
        person.token = person.token or self._until_done(seal)
        return person.token

    # By commands, as pages, jobs and the command line run them.

    def _decide(self) -> None:
        """Record a decision on admission, or correct the day of the one that is recorded."""
        name = self._somebody()
        if name is None:
            return
        person = self.ledger.people[name]
        known = person.steps.get("decision")
        first = date(2021, 7, 1) if known else max(person.moved_on, date(2021, 7, 1))
        decided_on = self._day(first, TODAY)
        draft = StepDraft(decided_on, f"{next(self._numbers)}-QĐ")

        def decide(context: Context) -> None:
            case = self._recorded(context, name)
            if case is not None and StepKind.DECISION in case.steps:
                correct_step(context, case.person_id, StepKind.DECISION, draft)
            elif case is not None:
                record_steps(context, case.person_id, {StepKind.DECISION: draft})

        self._until_done(decide)
        person.steps["decision"] = Fact(decided_on, known.cell if known else person.cell)
        self.ledger.note("decision corrected" if known else "decided")

    def _add_for_a_while(self) -> None:
        name, cell, sex = self._new_name(), self._chance.choice(self._cells), self._sex()
        listed_on = self._day(FIRST_DAY, date(2021, 6, 30))
        listed = {StepKind.LISTED: Taking(StepDraft(listed_on))}

        def add(context: Context) -> int:
            case = self._recorded(context, name)
            if case is not None:
                number = db.session.scalar(
                    select(Recording.id).where(
                        Recording.tenant_id == context.tenant_id,
                        Recording.added_person_id == case.person_id,
                    )
                )
                return number or 0
            details = PersonDetails(full_name=name, date_of_birth=BORN_ON, sex=sex)
            cell_id = unit_by_code(context, cell).id
            return add_person(context, cell_id, details, listed).recording_id

        recording_id = self._until_done(add)
        self._may_be_undone.append((name, recording_id))
        self.ledger.people[name] = Known(cell, sex, {"listed": Fact(listed_on, cell)}, listed_on)
        self.ledger.note("added by command")

    def _undo(self) -> None:
        if not self._may_be_undone:
            return
        name, recording_id = self._may_be_undone.pop(0)

        def take_back(context: Context) -> None:
            if self._recorded(context, name) is not None:
                undo(context, recording_id)

        try:
            self._until_done(take_back)
        except Refused:
            # More than ten minutes after it was recorded, which is too late.
            return
        del self.ledger.people[name]
        self.ledger.gone.add(name)
        self.ledger.note("undone")

    def _withdraw(self) -> None:
        decided = [n for n, p in self.ledger.people.items() if "decision" in p.steps]
        if not decided:
            return
        name = self._chance.choice(decided)

        def withdraw(context: Context) -> None:
            case = self._recorded(context, name)
            if case is not None and StepKind.DECISION in case.steps:
                withdraw_step(context, case.person_id, StepKind.DECISION, reason="ghi nhầm người")

        self._until_done(withdraw)
        del self.ledger.people[name].steps["decision"]
        self.ledger.note("withdrawn")

    def _move_person(self) -> None:
        movable = [
            name
            for name, person in self.ledger.people.items()
            if person.is_kept and person.moves < MOST_MOVES_OF_A_PERSON and person.moved_on < TODAY
        ]
        if not movable:
            return
        name = self._chance.choice(movable)
        person = self.ledger.people[name]
        cell = self._chance.choice([cell for cell in self._cells if cell != person.cell])
        moved_on = self._day(person.moved_on + timedelta(1), TODAY)

        def move(context: Context) -> None:
            target = unit_by_code(context, cell).id
            case = self._recorded(context, name)
            if case is not None and case.cell_id != target:
                move_person(context, case.person_id, target, moved_on=moved_on)

        self._until_done(move)
        person.cell, person.moved_on, person.moves = cell, moved_on, person.moves + 1
        self.ledger.note("moved")

    def _move_commune(self) -> None:
        moves = self.ledger.parents.setdefault(self._post.commune, [])
        on = (moves[-1][0] if moves else FIRST_DAY) + timedelta(DAYS_BETWEEN_MOVES)
        others = [d for d in DISTRICTS if not moves or d != moves[-1][1]]
        if on > TODAY:
            return
        district = self._chance.choice(others)

        def move(context: Context) -> None:
            commune, parent = (unit_by_code(context, c) for c in (self._post.commune, district))
            move_unit(context, commune.id, parent.id, on)

        self._until_done(move, is_everywhere=True)
        moves.append((on, district))
        self.ledger.note("communes moved")

    def _send_file(self) -> None:
        names = [self._new_name() for _ in range(ROWS_OF_A_FILE)]
        cell, listed_on = self._chance.choice(self._cells), self._day(FIRST_DAY, date(2021, 6, 30))
        rows = [f"{cell},{name},{BORN_ON:%d/%m/%Y},female,{listed_on:%d/%m/%Y}" for name in names]
        content = "\n".join(["cell_code,full_name,date_of_birth,sex,listed_on", *rows]).encode()
        file_name = f"{self._post.commune}-{next(self._numbers)}.csv"

        def send(context: Context) -> int:
            sent = db.session.scalar(
                select(ImportFile.id).where(
                    ImportFile.tenant_id == context.tenant_id, ImportFile.file_name == file_name
                )
            )
            commune_id = unit_by_code(context, self._post.commune).id
            return sent or send_file(context, commune_id, file_name, content)

        file_id = self._until_done(send)
        self.ledger.files.append(file_id)
        for name in names:
            fact = Fact(listed_on, cell)
            self.ledger.people[name] = Known(cell, "female", {"listed": fact}, listed_on)
        self.ledger.note("files sent")

    def _until_done(
        self, work: Callable[[Context], Answer], *, is_everywhere: bool = False
    ) -> Answer:
        """Run a transaction until it is known to be committed."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                with self._application.app_context():
                    return in_transaction(work, self._post, is_everywhere=is_everywhere)
            except (DBAPIError, Conflict, Unavailable):
                if time.monotonic() > deadline:
                    raise
                self.ledger.tried_again += 1
                time.sleep(WAIT_SECONDS)

    def _recorded(self, context: Context, name: str) -> RecordedCase | None:
        found = recorded_cases(context, Person.full_name == name)
        return found[0] if found else None

    def _token(self, kind: str, code: str) -> str:
        def seal(context: Context) -> str:
            number = unit_by_code(context, code).id
            sealed: str = self._application.extensions["opaque_ids"].seal(
                kind, number, context.tenant_id
            )
            return sealed

        if code not in self._tokens:
            self._tokens[code] = self._until_done(seal)
        return self._tokens[code]

    def _new_name(self) -> str:
        return f"Người {self._post.commune} thứ {next(self._numbers)}"

    def _sex(self) -> str:
        return self._chance.choice(("female", "male"))

    def _day(self, first: date, last: date) -> date:
        return first + timedelta(self._chance.randint(0, (last - first).days))


def in_transaction(work: Callable[[Context], Answer], post: Post, *, is_everywhere: bool) -> Answer:
    """Run work as one transaction in the name of a writer, inside its commune or everywhere."""
    actor = Actor(kind="user", id=post.user_id, name=post.login_name)
    with tenant_transaction(TENANT, actor) as context:
        if is_everywhere:
            return work(context)
        commune = unit_by_code(context, post.commune)
        scope = Scope.under(commune.path)
        return work(replace(context, unit_id=commune.id, scope=scope))


def accept_checked_files(application: Flask, posts: list[Post]) -> int:
    """Have every file that a worker has checked taken in; return how many are not done yet."""

    def accept(context: Context) -> int:
        files = db.session.execute(
            select(ImportFile.id, ImportFile.state).where(ImportFile.tenant_id == context.tenant_id)
        ).all()
        for file in files:
            if file.state == FileState.CHECKED:
                accept_file(context, file.id, takes_duplicates=True)
        return sum(file.state not in {FileState.DONE, FileState.REFUSED} for file in files)

    try:
        with application.app_context():
            return in_transaction(accept, posts[0], is_everywhere=True)
    except (DBAPIError, Conflict, Unavailable):
        return -1
