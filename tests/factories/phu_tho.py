"""Three provinces before 1 July 2025 from real files, with invented cells, people and quotas."""

import csv
import io
from datetime import date, timedelta

from app.quotas.file_import import import_quotas
from app.tenants.commands import create_tenant
from tests.factories.cases import import_rows
from tests.factories.quotas import quota_csv, quota_row
from tests.factories.reorganisations import DATA
from tests.factories.units import import_lines

BEFORE = DATA / "phu_tho_units_before_2025-07-01.csv"
AFTER = DATA / "phu_tho_units_after_2025-07-01.csv"
FILE = DATA / "phu_tho_reorganisation_2025-07-01.csv"
YEARS = range(2016, 2026)


def rows_of(path, copies=1):
    """Return the rows of a file; of several copies each under codes of its own."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return [_copy(row, number) for number in range(copies) for row in rows]


def file_of(copies):
    """Return what the file of the reorganisation says, for as many copies of the provinces."""
    rows = rows_of(FILE, copies)
    written = io.StringIO()
    writer = csv.DictWriter(written, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue().encode()


def _copy(row, number):
    end = f"-{number}" if number else ""
    return {
        name: f"{value}{end}" if value and name.endswith("code") else value
        for name, value in row.items()
    }


def phu_tho(*, cells=2, people_per_cell=2, clock_on=date(2025, 9, 30), copies=1):
    """Make the tenant: every commune with cells, every cell with admissions of ten years."""
    context = create_tenant("PHUTHO", "Tỉnh Phú Thọ", clock_on=clock_on)
    units = rows_of(BEFORE, copies)
    communes = [row["code"] for row in units if row["level"] == "commune"]
    import_lines(
        context,
        *(f"{row['code']},{row['parent_code']},{row['level']},{row['name']}" for row in units),
    )
    below = {f"{code}-{number:02}": code for code in communes for number in range(1, cells + 1)}
    import_lines(
        context, *(f"{cell},{code},cell,Chi bộ {cell},village_cell" for cell, code in below.items())
    )
    import_rows(context, *_people(below, people_per_cell))
    return context, units, below


def give_phu_tho_quotas(context, units, *, year=2025):
    """Give every level its quotas of a year: Centre to provinces, down to the communes."""
    below = {}
    for row in units:
        below.setdefault(row["parent_code"], []).append(row["code"])
    count = {row["code"]: 3 + len(row["name"]) % 5 for row in units if row["level"] == "commune"}
    for row in units:
        if row["level"] == "district":
            count[row["code"]] = sum(count[code] for code in below.get(row["code"], ())) + 2
    for row in units:
        if row["level"] == "province":
            count[row["code"]] = sum(count[code] for code in below[row["code"]]) + 10
    rows = [
        quota_row(
            parent,
            code,
            count[code],
            period=str(year),
            decided_on=f"{year}-01-05",
            reason="dự phòng",
        )
        for parent, codes in below.items()
        for code in codes
        if parent in count or not parent
    ]
    import_quotas(context, quota_csv(*rows))
    return count


def _people(below, people_per_cell):
    for place, cell in enumerate(below):
        for number in range(people_per_cell):
            sequence = place * people_per_cell + number
            year = YEARS.start + sequence % len(YEARS)
            decided = date(year, 1, 10) + timedelta(sequence * 37 % 240)
            yield {
                "person_code": f"{cell}/{number}",
                "cell_code": cell,
                "full_name": "Nguyễn Thị Bình",
                "sex": "female" if sequence % 2 else "male",
                "date_of_birth": f"19{80 + sequence % 20}-05-0{1 + number % 9}",
                "listed_on": (decided - timedelta(400)).isoformat(),
                "certificate_on": (decided - timedelta(200)).isoformat(),
                "introduced_on": (decided - timedelta(100)).isoformat(),
                "introduced_by": "youth_union",
                "decision_no": f"{sequence}-QĐ/HU",
                "decision_on": decided.isoformat(),
                "ceremony_on": (decided + timedelta(10)).isoformat(),
                **_ending(sequence, decided),
            }


def _ending(sequence, decided):
    """Return what became of a probationary member, where a year has gone since."""
    if decided.year == YEARS[-1]:
        return {}
    day = (decided + timedelta(10 + 366)).isoformat()
    return {"removed_on": day} if sequence % 10 == 0 else {"recognised_on": day}
