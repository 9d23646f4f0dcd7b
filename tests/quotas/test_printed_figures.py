"""Printed quotas and results, from files through the command line to the screen.

The figures are real (DOMAIN.md sections 3 and 7); the people are invented to have them, and so are
the units of Nhơn Trạch.
"""

import csv
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from flask import g, url_for

from app.core.database import apply_context, db
from app.demo.province import build_province
from app.tenants.commands import create_tenant
from app.tenants.context import Context
from app.units.queries import unit_by_code
from tests.factories.accounts import make_user
from tests.factories.cases import cases_csv
from tests.factories.quotas import quota_csv, quota_row
from tests.factories.units import units_csv

DATA = Path("tests/data")


@dataclass(frozen=True)
class Printed:
    """A tenant filled by the command line, and how to ask it: there and on the screen."""

    context: Context
    command: Callable
    page: Callable

    def distribution(self, unit, period, measure="admission"):
        """Return assigned, distributed and reserve as the command line prints them."""
        found = self.shown(unit, period, measure)
        return found["assigned"], found["distributed"], found["reserve"]

    def shown(self, unit, period, measure="admission"):
        asked = ("--unit", unit, "--measure", measure, "--period", period)
        return self.command("quotas", "show", *asked)

    def attained(self, unit, period, *options):
        asked = ("--unit", unit, "--measure", "admission", "--period", period)
        return self.command("attainment", *asked, *options)


def words(response):
    """Return what a page says."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text)))


@pytest.fixture
def fill(app_context, client, sign_in, tmp_path):
    """Make a tenant and fill it from files of units, quotas and people, as an office would."""

    app = client.application

    def filled(context, files, *, since, root="P"):
        db.session.commit()

        def command(*arguments):
            outcome = app.test_cli_runner().invoke(
                args=[*arguments, "--tenant", context.tenant_code, "--format", "json"]
            )
            assert outcome.exit_code == 0, outcome.output
            return json.loads(outcome.stdout)

        def page(unit, endpoint, period, **address):
            with app.test_request_context():
                g.tenant_id = context.tenant_id
                apply_context(db.session(), context.for_database)
                number = unit_by_code(context, unit).id
                path = url_for(endpoint, unit_id=number, period=period, **address)
                db.session.rollback()
            answer = client.get(path)
            assert answer.status_code == 200
            return words(answer)

        for name, content in files.items():
            file = tmp_path / f"{name}.csv"
            file.write_bytes(content)
            options = ("--effective", since) if name == "units" else ()
            report = command(name, "import", str(file), *options)
            assert (report["accepted"], report["rejected"]) == (report["read"], 0)
        apply_context(db.session(), context.for_database)
        make_user(context, "tinh", unit_by_code(context, root).id, "committee")
        db.session.commit()
        sign_in(client, "tinh")
        return Printed(context, command, page)

    return filled


def admissions(cell, number, year, **values):
    """Return rows of as many people admitted in a cell in a year."""
    for place in range(number):
        yield {
            "person_code": f"{cell}-{place}",
            "cell_code": cell,
            "full_name": f"Nguyễn Văn {place}",
            "listed_on": f"{year - 1}-03-01",
            "decision_no": f"{place}-QĐ/HU",
            "decision_on": f"{year}-05-19",
        } | values


def files_of(units, quotas, people):
    """Return the files by the command that takes them in, in the order in which it must."""
    return {
        "units": units_csv(*units),
        "quotas": quota_csv(*quotas),
        "cases": cases_csv(*people),
    }


def numbered_rows(name):
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return {f"U{place:02}": row for place, row in enumerate(csv.DictReader(file))}


@pytest.fixture
def quang_nam(fill):
    """Quảng Nam in 2024, with the three results printed and the own target of Tây Giang."""
    units = numbered_rows("quang_nam_2024_quotas.csv")
    codes = {row["unit"]: code for code, row in units.items()}
    lines = ["P,,province,Tỉnh ủy Quảng Nam"]
    rows = [quota_row("", "P", "1.905", period="2024", decided_on="2023-12-10")]
    people = []
    for code, row in units.items():
        lines += [f"{code},P,district,{row['unit']}", f"{code}-CB,{code},cell,Chi bộ {row['unit']}"]
        given = {"period": "2024", "decided_on": "2023-12-15"}
        rows.append(quota_row("P", code, row["quota"], **given))
        people += admissions(f"{code}-CB", int(row["admitted"] or 0), 2024)
    own = codes["Huyện Tây Giang"]
    rows.append(quota_row(own, own, 90, period="2024", decision_no="7-NQ/HU"))
    return codes, fill(
        create_tenant("QUANGNAM", "Tỉnh Quảng Nam", clock_on=date(2024, 12, 31)),
        files_of(lines, rows, people),
        since="2020-01-01",
    )


def test_quang_nam_2024_keeps_back_minus_45(quang_nam):
    _codes, printed = quang_nam

    assert printed.distribution("P", "2024") == (1905, 1950, -45)
    assert len(printed.shown("P", "2024")["lines"]) == 22
    page = printed.page("P", "quotas.board", "2024")
    assert "Được giao 1.905 Đã phân 1.950 Dự phòng −45" in page


def test_quang_nam_2024_measures_the_province_against_its_own_number(quang_nam):
    codes, printed = quang_nam

    found = printed.attained("P", "2024", "--children")

    assert (found["unit"]["quota"], found["unit"]["count"]) == (1905, 138 + 103 + 105)
    percents = {row["code"]: row["percent"] for row in found["children"] if row["count"]}
    assert percents == {
        codes["Huyện Đại Lộc"]: "110.40",
        codes["Huyện Phú Ninh"]: "118.39",
        codes["Huyện Tây Giang"]: "131.25",
    }
    page = printed.page("P", "monitoring.attainment", "2024")
    for name, result in (
        ("Huyện Đại Lộc", "125 138 110,40%"),
        ("Huyện Phú Ninh", "87 103 118,39%"),
        ("Huyện Tây Giang", "80 105 131,25%"),
    ):
        assert f"{name} {result}" in page


def test_tay_giang_2024_stands_against_both_of_its_quotas(quang_nam):
    codes, printed = quang_nam

    unit = printed.attained(codes["Huyện Tây Giang"], "2024")["unit"]

    assert (unit["quota_source"], unit["quota"], unit["percent"]) == ("assigned", 80, "131.25")
    assert unit["quotas"] == [
        {"source": "assigned", "quota": 80, "percent": "131.25"},
        {"source": "own", "quota": 90, "percent": "116.67"},
    ]
    page = printed.page(codes["Huyện Tây Giang"], "monitoring.attainment", "2024")
    assert "Cấp trên giao dùng để đánh giá 80 105 131,25%" in page
    assert "Tự đề ra 90 105 116,67%" in page
    board = printed.page(codes["Huyện Tây Giang"], "quotas.board", "2024")
    assert "Cấp trên giao dùng để đánh giá 80 105 131,25%" in board
    assert "Tự đề ra 90 105 116,67%" in board


@pytest.fixture
def nhon_trach(fill):
    """Nhơn Trạch in 2021: 127 admitted, 8 of them in private enterprises."""
    with (DATA / "nhon_trach_2021_quotas.csv").open(encoding="utf-8", newline="") as file:
        units = list(csv.DictReader(file))
    lines = ["P,,province,Tỉnh ủy Đồng Nai", "NT,P,district,Huyện ủy Nhơn Trạch"]
    rows = [quota_row("P", "NT", 120, period="2021", decided_on="2020-12-10")]
    given = {"period": "2021", "decided_on": "2020-12-25"}
    for unit in units:
        code = unit["code"]
        lines.append(f"{code},NT,{unit['level']},{unit['unit']}")
        if unit["level"] != "cell":
            lines.append(f"{code}-1,{code},cell,Chi bộ 1 {unit['unit']}")
        if unit["quota"]:
            rows.append(quota_row("NT", code, unit["quota"], **given))
        rows.append(quota_row("NT", code, unit["source_quota"], measure="source", **given))
    people = [
        *admissions("NT-DB01-1", 80, 2021),
        *admissions("NT-CB01", 39, 2021),
        *admissions("NT-CB02", 8, 2021, segments="private_enterprise"),
    ]
    return fill(
        create_tenant("DONGNAI", "Tỉnh Đồng Nai", clock_on=date(2021, 12, 31)),
        files_of(lines, rows, people),
        since="2020-01-01",
    )


def test_nhon_trach_2021_gave_157_of_120_to_43_of_58_units(nhon_trach):
    assert nhon_trach.distribution("NT", "2021") == (120, 157, -37)
    assert len(nhon_trach.shown("NT", "2021")["lines"]) == 43
    sources = nhon_trach.shown("NT", "2021", "source")
    assert (sources["distributed"], len(sources["lines"])) == (309, 58)
    page = nhon_trach.page("NT", "quotas.board", "2021")
    assert "Được giao 120 Đã phân 157 Dự phòng −37" in page
    assert "Chi bộ cơ sở 38" in page


def test_nhon_trach_2021_reached_105_83_percent(nhon_trach):
    unit = nhon_trach.attained("NT", "2021")["unit"]

    assert (unit["count"], unit["quota"], unit["percent"]) == (127, 120, "105.83")
    in_enterprises = nhon_trach.attained("NT", "2021", "--segment", "private_enterprise")
    assert in_enterprises["unit"]["count"] == 8
    page = nhon_trach.page("NT", "monitoring.attainment", "2021")
    assert "Tỷ lệ 105,83%" in page
    assert "Huyện ủy Nhơn Trạch 120 127 105,83%" in nhon_trach.page(
        "P", "monitoring.attainment", "2021"
    )


CHAIN = ("P26", "D252", "C09148")
"""The province, Vĩnh Tường and Ngũ Kiên, whose children are cells."""
VINH_PHUC_2022 = {
    ("P26", "2022-09-30"): (1545, 2000, "77.25"),
    ("D243", "2022-09-30"): (146, 212, "68.87"),
    ("D248", "2022-09-30"): (159, 150, "106.00"),
    ("D253", "2022-08-31"): (173, 170, "101.76"),
    ("D252", "2022-10-31"): (197, 240, "82.08"),
}
"""Admitted, quota and percentage by unit and day; the press rounds the percentages."""


def test_the_chain_of_vinh_phuc_2022_holds_from_the_province_to_its_cells(fill):
    whole = build_province()
    this_year = [case for case in whole.cases if case.decision_on and case.decision_on.year == 2022]
    demonstration = replace(whole, cases=this_year)
    vinh_phuc = fill(
        create_tenant("VINHPHUC", "Tỉnh Vĩnh Phúc", clock_on=demonstration.clock),
        {
            "units": demonstration.units_csv(),
            "quotas": demonstration.quotas_csv(),
            "cases": demonstration.cases_csv(),
        },
        since=demonstration.units_effective_on.isoformat(),
        root=demonstration.root_code,
    )

    held = {"P26": 2000}
    for code in CHAIN:
        found = vinh_phuc.shown(code, "2022")
        given = {line["code"]: line["quota"] for line in found["lines"] if not line["segment"]}
        assert found["assigned"] == held[code]
        assert found["distributed"] == sum(given.values())
        assert found["distributed"] + found["reserve"] == found["assigned"]
        held |= given
        page = vinh_phuc.page(code, "quotas.board", "2022")
        figures = (found["assigned"], found["distributed"], found["reserve"])
        said = [f"{number:,}".replace(",", ".") for number in figures]
        assert "Được giao {} Đã phân {} Dự phòng {}".format(*said) in page
    assert (held["D252"], held["D243"], held["D248"], held["D253"]) == (240, 212, 150, 170)
    cells = vinh_phuc.attained("C09148", "2022", "--children")["children"]
    assert given == {row["code"]: row["quota"] for row in cells if row["quota"] is not None}

    for (unit, day), printed in VINH_PHUC_2022.items():
        row = vinh_phuc.attained(unit, "2022", "--as-of", day)["unit"]
        assert (row["count"], row["quota"], row["percent"]) == printed
        page = vinh_phuc.page(unit, "monitoring.attainment", "2022", as_of=day)
        assert f"Tỷ lệ {printed[2].replace('.', ',')}%" in page


def test_sources_classes_and_introductions_have_quotas_of_their_own(fill, app_context):
    """Nhơn Trạch 2021 gave 309 sources beside its admissions (DOMAIN.md 7.10); SEED0 counts who
    introduced."""
    context = create_tenant("NT", "Tỉnh Đồng Nai")
    of_2022 = {"period": "2022", "decided_on": "2021-12-20"}
    introduced = {"measure": "introduction", **of_2022}
    people = [
        {
            "person_code": str(number),
            "cell_code": "C",
            "full_name": f"Trần Văn {number}",
            "listed_on": "2022-02-01",
            "certificate_on": "2022-05-10" if number < 3 else "",
            "introduced_on": "2022-06-10" if number < 2 else "",
            "introduced_by": "youth_union" if number == 0 else "women" if number == 1 else "",
        }
        for number in range(4)
    ]
    printed = fill(
        context,
        {
            "units": units_csv("P,,province,Tỉnh", "D,P,district,Huyện", "C,D,cell,Chi bộ"),
            "quotas": quota_csv(
                quota_row("P", "D", 309, measure="source", **of_2022),
                quota_row("P", "D", 4, measure="certificate", **of_2022),
                quota_row("P", "D", 8, **introduced),
                quota_row("P", "D", 5, segment="youth_union", **introduced),
                quota_row("P", "D", 4, segment="women", **introduced),
            ),
            "cases": cases_csv(*people),
        },
        since="2020-01-01",
    )

    def attained(measure, *options):
        asked = ("--unit", "D", "--measure", measure, "--period", "2022", *options)
        unit = printed.command("attainment", *asked)["unit"]
        return unit["count"], unit["quota"], unit["percent"]

    assert printed.distribution("P", "2022", "source")[1] == 309
    assert attained("source") == (4, 309, "1.29")
    assert attained("certificate") == (3, 4, "75.00")
    assert attained("introduction") == (2, 8, "25.00")
    assert attained("introduction", "--segment", "youth_union") == (1, 5, "20.00")
    assert attained("introduction", "--segment", "women") == (1, 4, "25.00")
    board = printed.page("P", "quotas.board", "2022", measure="introduction")
    assert "Đoàn Thanh niên" in board
    assert "Hội Liên hiệp Phụ nữ" in board
    for organisation in ("Hội Nông dân", "Hội Cựu chiến binh", "Công đoàn", "Mặt trận"):
        assert organisation in board
    page = printed.page("D", "monitoring.attainment", "2022", measure="certificate")
    assert "75,00%" in page
