"""How long a clerk waits for an admission to be saved, alone and while a long file is taken in.

    python benchmarks/entering.py [--rounds 200] [--people 30000]

The whole program answers, session, token, law, roll-up and audit included, in one process; the
file is checked and taken in by another one, as the worker does it. Waiting for the network is not
in the figures. P8 asks that others wait no longer than twice as long meanwhile.
"""

import argparse
import io
import multiprocessing
import re
import statistics
import sys
import time
from dataclasses import replace
from html import unescape
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import xlsxwriter
from flask import Flask, g, url_for
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.commands import NewUser, create_user
from app.accounts.grants import NewGrant
from app.accounts.models import UserAccount
from app.accounts.rules import Role
from app.cases.file_import import import_cases
from app.cases.file_rows import CASE_COLUMNS
from app.cases.models import Person
from app.core.database import db
from app.core.settings import Settings
from app.demo.nation import make_nation
from app.factory import create_app
from app.intake.commands import accept_file, send_file
from app.intake.jobs import advance
from app.runtime.throwaway import create_database, throwaway_servers
from app.tenants.context import Actor, tenant_transaction
from app.units.below import cells_under
from app.units.queries import top_units
from app.web.opaque import seal_id

TENANT, LOGIN, PASSWORD = "QG01", "do.nhap", "mat khau de do kiem"
LISTED_ON, DECIDED_ON = "2019-03-01", "1/5/2020"
WARMING_UP = 10
HEADER = tuple(column.name for column in CASE_COLUMNS)
FIELD = re.compile(r'<input[^>]*?name="([^"]+)"[^>]*?value="([^"]*)"', re.DOTALL)


def main() -> None:
    """Save admissions alone, then while a file is taken in, and print both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--people", type=int, default=30_000)
    asked = parser.parse_args()
    with throwaway_servers() as servers:
        settings = create_database(servers, "entering")
        application = create_app(settings)
        with application.app_context():
            list(make_nation(provinces=1, admissions=20_000))
            addresses = _make_people(application, 2 * asked.rounds + WARMING_UP)
        browser = application.test_client()
        _sign_in(browser)
        _saving(browser, addresses[:WARMING_UP])
        alone = _saving(browser, addresses[WARMING_UP : WARMING_UP + asked.rounds])
        spawned = multiprocessing.get_context("spawn")
        importing = spawned.Process(target=_take_file_in, args=(settings, asked.people))
        importing.start()
        meanwhile = _saving(browser, addresses[-asked.rounds :], importing)
        importing.join()
    print(f"saving an admission, {len(alone)} times alone      {_told(alone)}")
    print(f"{len(meanwhile)} times while {asked.people} people are taken in {_told(meanwhile)}")
    print(f"p95 {_p95(meanwhile) / _p95(alone):.2f} times (goal 2)")


def _told(took: list[float]) -> str:
    return f"median {statistics.median(took):.0f} ms, p95 {_p95(took):.0f} ms"


def _p95(took: list[float]) -> float:
    return sorted(took)[int(len(took) * 0.95) - 1]


def _make_people(application: Flask, many: int) -> list[str]:
    """List people in the first commune, with a clerk there; return the pages that admit them."""
    with tenant_transaction(TENANT) as context:
        cells = cells_under(context, top_units(context)[0].path)
        commune = int(cells[0].path.rstrip(".").split(".")[-2])
        import_cases(context, _file([cells[0].code], many, LISTED_ON, "Được Đo"))
        create_user(
            context,
            NewUser(
                login_name=LOGIN,
                full_name="Người đo",
                unit_id=commune,
                password=PASSWORD,
                grants=(NewGrant(Role.CLERK, commune),),
                must_change_password=False,
            ),
        )
        people = db.session.scalars(
            select(Person.id)
            .where(Person.tenant_id == context.tenant_id, Person.full_name.like("Được Đo%"))
            .order_by(Person.id)
        ).all()
        tenant_id = context.tenant_id
    with application.test_request_context():
        g.tenant_id = tenant_id
        return [
            url_for("cases.record_admission", unit_id=commune, person=seal_id("person", number))
            for number in people
        ]


def _file(codes: list[str], many: int, listed_on: str, name: str) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        for number in range(many):
            said = {
                "cell_code": codes[number % len(codes)],
                "full_name": f"{name} {'abcdeghikl'[number % 10]}{number}",
                "date_of_birth": f"{1960 + number % 40}-{1 + number % 12:02}-{1 + number % 28:02}",
                "sex": "female" if number % 2 else "male",
                "listed_on": listed_on,
            }
            for column, heading in enumerate(HEADER):
                if heading in said:
                    sheet.write_string(number + 1, column, said[heading])
    return out.getvalue()


def _sign_in(browser: FlaskClient) -> None:
    fields = dict(FIELD.findall(browser.get("/sign-in").text))
    browser.post("/sign-in", data=fields | {"login_name": LOGIN, "password": PASSWORD})


def _saving(
    browser: FlaskClient,
    addresses: list[str],
    meanwhile: multiprocessing.process.BaseProcess | None = None,
) -> list[float]:
    """Admit people one after another, only as long as something else goes on where one is given."""
    took = []
    for address in addresses:
        if meanwhile is not None and not meanwhile.is_alive():
            break
        fields = {name: unescape(value) for name, value in FIELD.findall(browser.get(address).text)}
        typed = {"decision_no": "97-QĐ/ĐU", "decision": DECIDED_ON, "ceremony": ""}
        started = time.perf_counter()
        answer = browser.post(address, data=fields | typed)
        took.append((time.perf_counter() - started) * 1000)
        if answer.status_code != 303:
            raise RuntimeError(f"not saved: {answer.status_code}")
    return took


def _take_file_in(settings: Settings, people: int) -> None:
    with create_app(settings).app_context():
        with tenant_transaction(TENANT) as context:
            sender = db.session.scalars(
                select(UserAccount.id).where(UserAccount.tenant_id == context.tenant_id)
            ).one()
            sending = replace(context, actor=Actor("user", sender, "Người đo"))
            top = top_units(context)[0]
            codes = [cell.code for cell in cells_under(context, top.path)]
            content = _file(codes, people, LISTED_ON, "Theo Tệp")
            file_id = send_file(sending, top.id, "danh-sach.xlsx", content)
        advance(TENANT, file_id)
        with tenant_transaction(TENANT) as context:
            accept_file(context, file_id, takes_duplicates=True)
        while advance(TENANT, file_id):
            pass


if __name__ == "__main__":
    main()
