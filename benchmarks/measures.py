"""What `run.py` measures: P1 to P4, P6 and P7 of the product's goals, both sides in one run."""

import http.client
import multiprocessing
import os
import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

import psycopg2
from flask import Flask, g, url_for
from sqlalchemy import create_engine, text

from app.accounts.commands import NewUser, create_user
from app.accounts.grants import NewGrant
from app.accounts.rules import Role
from app.cases.queries import PeopleFilter, people
from app.core.database import db
from app.core.settings import Settings
from app.measures.queries import measure_by_code
from app.rollups.models import Tree
from app.rollups.queries import Span, counts
from app.tenants.context import Context, tenant_transaction
from app.units.queries import unit_by_code
from app.units.rows import UnitRow
from benchmarks.walls import walls

TENANT = "QG01"
ROUNDS = 200
UNITS = {
    "province": "U.01",
    "district": "U.01.01",
    "commune": "U.01.01.01",
    "cell": "U.01.01.01.01",
}
AS_OF = date(2022, 10, 17)
LOGIN, PASSWORD = "do.kiem", "mat khau de do kiem"
PORT = 8127
WRITE_SECONDS = 4.0

FLOOR = """
    SELECT u.id, u.name, l.count
    FROM placement p
    JOIN unit u ON u.tenant_id = :tenant AND u.id = p.unit_id
    LEFT JOIN distribution d
        ON d.tenant_id = :tenant AND d.issuer_id = p.parent_id AND d.measure_id = :measure
       AND d.period = '[2022-01-01,2023-01-01)' AND d.state = 'published'
    LEFT JOIN quota_line l
        ON l.tenant_id = :tenant AND l.distribution_id = d.id AND l.unit_id = u.id
       AND l.segment_id IS NULL
    WHERE p.tenant_id = :tenant AND p.parent_id = :unit
"""


@dataclass(frozen=True)
class Writing:
    """How fast admissions were saved: by how many writers, with what kept up."""

    writers: int
    per_second: float


class Bench:
    """Measures one application on its loaded data."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self.app = app
        self.settings = settings

    def reading(self) -> None:
        """P1: attainment of a unit's children beside the floor query, at every level."""
        print("\nP1  counts of a unit and its children, this year and last, median ms")
        print(f"    {'level':<10} {'counts':>8} {'floor':>8} {'ratio':>8}")
        with self.app.app_context(), tenant_transaction(TENANT) as context:
            measure = measure_by_code(context, "admission")
            for level, code in UNITS.items():
                unit = unit_by_code(context, code)

                def read(unit: UnitRow = unit) -> None:
                    counts(
                        context,
                        unit_id=unit.id,
                        measure_id=measure.id,
                        spans=_spans(),
                    )

                def floor(unit: UnitRow = unit) -> None:
                    values = {
                        "tenant": context.tenant_id,
                        "unit": unit.id,
                        "measure": measure.id,
                    }
                    db.session.execute(text(FLOOR), values).all()

                read_ms, floor_ms = _in_turn(read, floor)
                print(f"    {level:<10} {read_ms:8.2f} {floor_ms:8.2f} {read_ms / floor_ms:8.1f}")

    def saving(self) -> None:
        """P3: saving admissions with the books kept up and without, by 1 and 8 writers."""
        print("\nP3  admissions saved per second")
        print(f"    {'':<28} {'without':>9} {'with':>9} {'cost':>7}")
        alone: dict[str, float] = {}
        for name, writers, pause in (
            ("1 writer", 1, 0.0),
            ("8 writers", 8, 0.0),
            ("1 writer, 5 ms inside", 1, 0.005),
            ("8 writers, 5 ms inside", 8, 0.005),
        ):
            with self._without_deltas():
                without = self._write(writers, pause)
            kept_up = self._write(writers, pause)
            alone[name] = kept_up
            print(f"    {name:<28} {without:9.0f} {kept_up:9.0f} {without / kept_up:7.2f}")
        speed_up = alone["8 writers, 5 ms inside"] / alone["1 writer, 5 ms inside"]
        print(f"    8 writers save {speed_up:.1f} times as many as one with 5 ms inside")
        with self.app.app_context(), tenant_transaction(TENANT):
            while db.session.scalar(text("SELECT fold_deltas(20000)")):
                pass

    def staleness(self) -> None:
        """P4: every ancestor counts a committed admission at once, with no worker running."""
        ways = list(UNITS.values())
        with self.app.app_context():
            before = self._totals(ways)
            stale = 0
            for saved in range(1, 101):
                _save_admissions(self.settings.database_url, seed=10_000_000 + saved, number=1)
                after = self._totals(ways)
                stale += sum(after[code] != before[code] + saved for code in ways)
        print(f"\nP4  100 admissions saved, 4 ancestors each read at once: {stale} stale figures")

    def pages(self) -> None:
        """P6, P2: a province's page beside hello world, fixed values and a commune's page."""
        print("\nP6  one page of the province, median ms of one client")
        self._make_account()
        with self._server() as connection:
            cookie, path = _sign_in(connection)
            fixed = path.replace("/attainment", "/fixed")
            addresses = {"page": path, "fixed": fixed, "hello": "/hello", **self._pages_below()}
            timed = {
                name: lambda address=address: _get(connection, address, cookie)
                for name, address in addresses.items()
            }
            medians = dict(zip(timed, _in_turn(*timed.values()), strict=True))
        for name, value in medians.items():
            print(f"    {name:<8} {value:8.2f}")
        print(f"    page / hello {medians['page'] / medians['hello']:.1f}")
        print(f"    page / fixed {medians['page'] / medians['fixed']:.2f}")
        print(f"P2  page of the province / of a commune {medians['page'] / medians['commune']:.2f}")

    def walls(self) -> None:
        """P7: reads with row-level security and without."""

        def attainment(context: Context) -> None:
            measure = measure_by_code(context, "admission")
            unit = unit_by_code(context, UNITS["province"])
            counts(context, unit_id=unit.id, measure_id=measure.id, spans=_spans())

        def listing(context: Context) -> None:
            people(context, unit_by_code(context, UNITS["commune"]), PeopleFilter())

        with self.app.app_context():
            walls(self.settings, TENANT, {"attainment": attainment, "list of people": listing})

    def _pages_below(self) -> dict[str, str]:
        """Return the addresses of the same page for a district and a commune."""
        with self.app.test_request_context(), tenant_transaction(TENANT) as context:
            g.tenant_id = context.tenant_id
            return {
                level: url_for(
                    "monitoring.attainment", unit_id=unit_by_code(context, UNITS[level]).id
                )
                for level in ("district", "commune")
            }

    def _totals(self, codes: list[str]) -> dict[str, int]:
        with tenant_transaction(TENANT) as context:
            measure = measure_by_code(context, "admission")
            units = {code: unit_by_code(context, code) for code in codes}
            return {
                code: counts(
                    context,
                    unit_id=unit.id,
                    measure_id=measure.id,
                    spans=_spans()[:1],
                ).total("now")
                for code, unit in units.items()
            }

    def _write(self, writers: int, pause: float) -> float:
        """Save admissions for some seconds; return how many per second."""
        with multiprocessing.get_context("spawn").Pool(writers) as pool:
            saved = pool.starmap(
                _write_for_a_while,
                [(self.settings.database_url, number, pause) for number in range(writers)],
            )
        return sum(saved) / WRITE_SECONDS

    @contextmanager
    def _without_deltas(self) -> Iterator[None]:
        engine = create_engine(self.settings.migration_database_url)
        for change in ("DISABLE", "ENABLE"):
            with engine.begin() as connection:
                for action in ("insert", "delete"):
                    connection.execute(
                        text(f"ALTER TABLE step {change} TRIGGER record_deltas_of_{action}")
                    )
            if change == "DISABLE":
                yield
        engine.dispose()

    def _make_account(self) -> None:
        with self.app.app_context(), tenant_transaction(TENANT) as context:
            taken = db.session.execute(
                text("SELECT 1 FROM user_account WHERE tenant_id = :t AND login_name = :name"),
                {"t": context.tenant_id, "name": LOGIN},
            ).first()
            if taken is None:
                unit_id = unit_by_code(context, UNITS["province"]).id
                grant = NewGrant(Role.COMMITTEE, unit_id)
                create_user(
                    context,
                    NewUser(
                        login_name=LOGIN,
                        full_name="Đo kiểm",
                        unit_id=unit_id,
                        password=PASSWORD,
                        grants=(grant,),
                        must_change_password=False,
                    ),
                )

    @contextmanager
    def _server(self) -> Iterator[http.client.HTTPConnection]:
        """Serve the application with the two pages that it is compared to."""
        environment = {**os.environ, "DATA_DIR": str(self.settings.data_dir), "PORT": str(PORT)}
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "--workers", "1", "--worker-class", "gthread"),
                *("--threads", "2", "--bind", f"127.0.0.1:{PORT}", "--log-level", "error"),
                "benchmarks.served:app",
            ],
            env=environment,
            cwd=Path(__file__).parents[1],
        )
        try:
            yield _connected()
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=20)


def _spans() -> list[Span]:
    return [
        Span("now", date(2022, 1, 1), AS_OF, Tree.THEN),
        Span("before", date(2021, 1, 1), AS_OF.replace(year=2021), Tree.NOW),
        *(
            Span(f"past {year}", date(year, 1, 1), date(year, 12, 31), Tree.NOW, has_children=False)
            for year in (2021, 2020, 2019)
        ),
    ]


def _in_turn(*calls: Callable[[], object]) -> list[float]:
    """Time the calls in turn, so that all meet the same machine; return medians in ms."""
    times: list[list[float]] = [[] for _ in calls]
    for turn in range(ROUNDS + 20):
        for kept, call in zip(times, calls, strict=True):
            begun = time.perf_counter()
            call()
            if turn >= 20:
                kept.append((time.perf_counter() - begun) * 1000)
    return [statistics.median(kept) for kept in times]


def _write_for_a_while(database_url: str, writer: int, pause: float) -> int:
    return _save_admissions(database_url, seed=writer * 1_000_000, pause=pause)


def _save_admissions(
    database_url: str, *, seed: int, number: int | None = None, pause: float = 0.0
) -> int:
    """Record decisions of listed people, one transaction each, as the serving role does."""
    connection = psycopg2.connect(database_url.replace("postgresql+psycopg2", "postgresql"))
    cursor = connection.cursor()
    cursor.execute("SELECT id FROM tenant WHERE code = %s", [TENANT])
    tenant = cursor.fetchone()[0]
    connection.commit()
    end = time.perf_counter() + WRITE_SECONDS
    saved = 0
    while saved < number if number is not None else time.perf_counter() < end:
        cursor.execute("SELECT set_context(%s, '0', '~')", [tenant])
        cursor.execute(_SAVE, {"tenant": tenant, "name": f"Đo kiểm {seed + saved}"})
        if pause:
            cursor.execute("SELECT pg_sleep(%s)", [pause])
        connection.commit()
        saved += 1
    connection.close()
    return saved


_SAVE = """
    WITH cell AS (
        SELECT id, path FROM unit WHERE tenant_id = %(tenant)s AND code = 'U.01.01.01.01'
    ),
    a_person AS (
        INSERT INTO person (tenant_id, cell_id, path, full_name, sort_key, search_key,
                            date_of_birth, sex)
        SELECT %(tenant)s, id, path, %(name)s, 'do', 'do', '1995-01-01', 'female' FROM cell
        RETURNING id, path
    ),
    a_case AS (
        INSERT INTO case_file (tenant_id, person_id, path)
        SELECT %(tenant)s, id, path FROM a_person RETURNING id, path
    )
    INSERT INTO step (tenant_id, case_id, cell_id, path, kind, taken_on, segments)
    SELECT %(tenant)s, a_case.id, cell.id, a_case.path, kind, taken_on, ARRAY[1, 3]
    FROM a_case, cell,
         (VALUES ('decision', date '2022-10-03'), ('ceremony', date '2022-10-12'))
             AS taken (kind, taken_on)
"""


def _connected() -> http.client.HTTPConnection:
    for _ in range(100):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", PORT)
            connection.request("GET", "/hello")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.2)
        else:
            return connection
    raise RuntimeError("the server did not start")


def _sign_in(connection: http.client.HTTPConnection) -> tuple[str, str]:
    """Sign in; return the session's cookie and the address of the province's page."""
    connection.request("GET", "/sign-in")
    response = connection.getresponse()
    page = response.read().decode()
    cookie = _cookie(response)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    form = {"csrf_token": token, "login_name": LOGIN, "password": PASSWORD}
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/sign-in", urlencode(form), headers)
    response = connection.getresponse()
    response.read()
    cookie = _cookie(response)
    connection.request("GET", "/", headers={"Cookie": cookie})
    response = connection.getresponse()
    response.read()
    return cookie, f"{response.headers['Location']}?as_of={AS_OF}"


def _cookie(response: http.client.HTTPResponse) -> str:
    return "; ".join(held.split(";")[0] for held in response.headers.get_all("Set-Cookie") or [])


def _get(connection: http.client.HTTPConnection, path: str, cookie: str) -> None:
    connection.request("GET", path, headers={"Cookie": cookie})
    response = connection.getresponse()
    response.read()
    if response.status != 200:
        raise RuntimeError(f"{path}: {response.status}")
