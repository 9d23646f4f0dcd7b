"""How long saving a wide board takes: 130 organisations, a total and three sub-quotas each.

    python benchmarks/board.py [--rounds 100]

Every round sends the whole form with every number changed, through the program as a browser would,
session, token and audit included, and reads nothing back. The first save makes the draft.
"""

import argparse
import re
import statistics
import sys
import time
from datetime import date
from html import unescape
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from flask.testing import FlaskClient

from app.accounts.commands import NewUser, create_user
from app.accounts.grants import NewGrant
from app.accounts.rules import Role
from app.core.database import db
from app.factory import create_app
from app.quotas.file_import import import_quotas
from app.runtime.throwaway import create_database, throwaway_servers
from app.tenants.commands import create_tenant
from app.units.commands import import_units
from app.units.queries import unit_by_code

CHILDREN = 130
SEGMENTS = ("", "female", "student", "ethnic_minority")
TODAY = date(2022, 10, 31)
LOGIN, PASSWORD = "do.kiem", "mat khau de do kiem"
WARMING_UP = 5
GOAL_MILLISECONDS = 300
FIELD = re.compile(r'<input[^>]*?name="([^"]+)"[^>]*?value="([^"]*)"', re.DOTALL)


def main() -> None:
    """Make a province, fill its board in again and again, and print what that took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    rounds: int = parser.parse_args().rounds
    with throwaway_servers() as servers:
        application = create_app(create_database(servers, "board"))
        with application.app_context():
            _make_province()
        browser = application.test_client()
        address = _sign_in(browser)
        took = [_save(browser, address, number) for number in range(rounds + WARMING_UP)]
    measured = sorted(took[WARMING_UP:])
    p95 = measured[int(len(measured) * 0.95) - 1]
    print(f"boxes {CHILDREN * len(SEGMENTS)}, saves {len(measured)}")
    print(f"median {statistics.median(measured):.0f} ms, p95 {p95:.0f} ms", end=" ")
    print(f"(goal {GOAL_MILLISECONDS} ms)")


def _make_province() -> None:
    # A tenant whose clock stands asks for no second factor.
    context = create_tenant("RONG", "Tỉnh Rộng", clock_on=TODAY)
    codes = [f"X{number:03}" for number in range(CHILDREN)]
    units = ["code,parent_code,level,name", "R,,province,Tỉnh ủy Rộng"]
    units += [f"{code},R,commune,Đảng bộ xã {code}" for code in codes]
    import_units(context, "\n".join(units).encode(), context.today.replace(month=1, day=1))
    year = context.today.year
    lines = [
        "issuer_code,unit_code,measure,segment,period,kind,quota,decision_no,decided_on",
        f",R,admission,,{year},count,5000,1-QĐ/TU,{year}-01-01",
    ]
    lines += [
        f"R,{code},admission,{segment},{year},count,9,2-QĐ/TU,{year}-01-01"
        for code in codes
        for segment in SEGMENTS
    ]
    import_quotas(context, "\n".join(lines).encode())
    top = unit_by_code(context, "R")
    create_user(
        context,
        NewUser(
            login_name=LOGIN,
            full_name="Người đo",
            unit_id=top.id,
            password=PASSWORD,
            grants=(NewGrant(Role.COMMITTEE, top.id),),
            must_change_password=False,
        ),
    )
    db.session.commit()


def _sign_in(browser: FlaskClient) -> str:
    fields = dict(FIELD.findall(browser.get("/sign-in").text))
    fields |= {"login_name": LOGIN, "password": PASSWORD}
    browser.post("/sign-in", data=fields)
    links = re.findall(r'href="([^"]*/quotas)"', browser.get("/", follow_redirects=True).text)
    return str(links[0])


def _save(browser: FlaskClient, address: str, number: int) -> float:
    page = browser.get(address).text
    form = page.partition("data-board")[2].partition("</form>")[0]
    fields = {name: unescape(value) for name, value in FIELD.findall(form)}
    boxes = {name: str(10 + number % 7) for name in fields if name.startswith("box-")}
    data = {n: v for n, v in fields.items() if not n.startswith("held-")} | boxes
    started = time.perf_counter()
    answer = browser.post(address, data=data | {"then": "stay", "base": "year_start"})
    took = (time.perf_counter() - started) * 1000
    if answer.status_code != 303 or len(boxes) != CHILDREN * len(SEGMENTS):
        raise RuntimeError(f"not saved: {answer.status_code}, {len(boxes)} boxes")
    return took


if __name__ == "__main__":
    main()
