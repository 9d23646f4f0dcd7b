"""P8: importing people from a workbook, beside reading it with calamine and loading it by COPY.

    python benchmarks/importing.py [--people 100000]

Both sides are told by the clock and, where /proc says it, in processor seconds of the program and
of its database connection: on a machine with other work the clock says little.

Uses the province that `benchmarks/run.py` has made in BENCH_DATA_DIR; what it imports is undone.
"""

import argparse
import io
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import psycopg2
import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import text
from sqlalchemy.engine import make_url

from app.cases.file_import import import_case_table
from app.cases.file_rows import CASE_COLUMNS
from app.core.database import db
from app.core.settings import Settings, load_settings
from app.demo.nation import make_nation
from app.factory import create_app
from app.imports.rules import read_table
from app.runtime import schema
from app.runtime.lease import leased_servers
from app.tenants.context import tenant_transaction
from app.units.below import cells_under
from app.units.queries import top_units

TENANT = "QG01"
HEADER = tuple(column.name for column in CASE_COLUMNS)
LETTERS = "abcdeghiklmnopqrstuvxy"


@dataclass(frozen=True)
class Took:
    """Seconds: by the clock, and of the processor in the program and in the database."""

    clock: float
    program: float
    database: float

    @property
    def processor(self) -> float:
        """Both together."""
        return self.program + self.database

    def __str__(self) -> str:
        parts = f"program {self.program:.2f}, database {self.database:.2f}"
        return f"{self.clock:7.2f} s, processor {self.processor:6.2f} s ({parts})"


class Watch:
    """Begins to time when it is made; `backend` is the process of the database connection."""

    def __init__(self, backend: int) -> None:
        self._backend = backend
        self._database = _processor_seconds(backend)
        self._program = time.process_time()
        self._clock = time.perf_counter()

    def took(self) -> Took:
        """Return what has been taken until now."""
        return Took(
            time.perf_counter() - self._clock,
            time.process_time() - self._program,
            _processor_seconds(self._backend) - self._database,
        )


def _processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


class UndoneError(Exception):
    """Leaves the transaction so that nothing stays."""


def main() -> None:
    """Measure both sides in one run and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    people = parser.parse_args().people
    folder = os.environ.get("BENCH_DATA_DIR") or ".bench-data"
    with leased_servers(load_settings({"DATA_DIR": folder})) as settings:
        schema.upgrade_if_behind(settings)
        application = create_app(settings)
        with application.app_context():
            list(make_nation(provinces=1, admissions=2_000))
            content = _workbook(people)
            floor = _read_and_copy(settings, content)
            whole = _import(content)
    print(f"P8  {people} people, workbook of {len(content) / 1e6:.1f} MB")
    print(f"    calamine + COPY    {floor}")
    print(f"    whole import       {whole}")
    print(f"    {whole.clock / floor.clock:.1f} times by the clock,", end=" ")
    print(f"{whole.processor / floor.processor:.1f} times in processor seconds")


def _workbook(people: int) -> bytes:
    with tenant_transaction(TENANT) as context:
        top = top_units(context)[0]
        codes = [cell.code for cell in cells_under(context, top.path)]
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        for number in range(people):
            said = {
                "cell_code": codes[number % len(codes)],
                "full_name": f"Người Thứ {_word(number)}",
                "date_of_birth": f"{1960 + number % 40}-{1 + number % 12:02}-{1 + number % 28:02}",
                "sex": "female" if number % 2 else "male",
                "ethnicity": "Kinh",
                "education": "upper_secondary",
                "listed_on": "2019-03-01",
                "decision_no": "1-QĐ",
                "decision_on": "2020-05-01",
            }
            for column, name in enumerate(HEADER):
                if name in said:
                    sheet.write_string(number + 1, column, said[name])
    return out.getvalue()


def _word(number: int) -> str:
    word = ""
    while number or not word:
        number, digit = divmod(number, len(LETTERS))
        word += LETTERS[digit]
    return word.capitalize()


def _read_and_copy(settings: Settings, content: bytes) -> Took:
    url = make_url(settings.migration_database_url)
    connection = psycopg2.connect(
        url.set(drivername="postgresql").render_as_string(hide_password=False)
    )
    watch = Watch(connection.get_backend_pid())
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    lines = io.StringIO("\n".join("\t".join(map(str, row)) for row in rows[1:]))
    with connection.cursor() as cursor:
        columns = ", ".join(f"c{number} text" for number in range(len(HEADER)))
        cursor.execute(f"CREATE TEMP TABLE loaded ({columns}) ON COMMIT DROP")
        cursor.copy_expert("COPY loaded FROM STDIN", lines)
    connection.commit()
    took = watch.took()
    connection.close()
    return took


def _import(content: bytes) -> Took:
    try:
        with tenant_transaction(TENANT) as context:
            watch = Watch(db.session.execute(text("SELECT pg_backend_pid()")).scalar_one())
            table = read_table(content, CASE_COLUMNS)
            import_case_table(context, table, may_correct=False, skip_bad=False)
            db.session.flush()
            # Keys that are looked up at the end of a transaction are part of what it costs.
            db.session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
            took = watch.took()
            raise UndoneError  # noqa: TRY301 the transaction is left so on purpose
    except UndoneError:
        return took


if __name__ == "__main__":
    main()
