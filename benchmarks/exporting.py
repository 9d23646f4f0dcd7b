"""P9: a table of 100,000 rows as XLSX beside csv.writer, its memory, and a PDF of 50 pages.

python benchmarks/exporting.py [--rows 100000]
"""

import argparse
import csv
import io
import multiprocessing
import re
import sys
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from app.reports.definition import Column, Letterhead, Margins, Report, Row
from app.reports.pdf import pdf
from app.reports.spreadsheet import xlsx

PDF_ROWS = 1_700
"""A little more than fifty pages of the layout below."""


def exporting(rows: int = 100_000) -> None:
    """Print both sides, each in a process of its own; making the rows counts for neither."""
    making, _, _ = _alone(_rows_alone, rows)
    csv_seconds, csv_memory, _ = _alone(_csv, rows)
    seconds, memory, _ = _alone(_xlsx, rows)
    pdf_seconds, pdf_memory, pages = _alone(_pdf, PDF_ROWS)
    ratio = (seconds - making) / (csv_seconds - making)
    print(f"\nP9  {rows} rows of 12 columns, CPU seconds and greatest resident memory")
    print(f"    making them {making:8.2f} s")
    print(f"    csv.writer  {csv_seconds - making:8.2f} s {csv_memory:6.0f} MB")
    print(f"    XLSX        {seconds - making:8.2f} s {memory:6.0f} MB, ratio {ratio:.1f}")
    print(f"    PDF         {pdf_seconds:8.2f} s {pdf_memory:6.0f} MB, {pages} pages")


def _alone(work: Callable[[Report], int], size: int) -> tuple[float, float, int]:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (work, size))


def _measured(work: Callable[[Report], int], size: int) -> tuple[float, float, int]:
    """Count processor time, which others on the machine disturb less than the clock."""
    report = _report(size)
    started = time.process_time()
    made = work(report)
    seconds = time.process_time() - started
    return seconds, _greatest_memory(), made


def _greatest_memory() -> float:
    """Return the most MB that this process held; what getrusage says includes its maker's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1024


def _rows_alone(report: Report) -> int:
    return sum(len(row.values) for row in report.rows)


def _csv(report: Report) -> int:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows(row.values for row in report.rows)
    return len(out.getvalue())


def _xlsx(report: Report) -> int:
    return len(xlsx(report))


def _pdf(report: Report) -> int:
    """Draw and return how many pages there are, which stands in the compressed parts."""
    drawn = pdf(report)
    parts = [drawn]
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", drawn, re.DOTALL):
        with suppress(zlib.error):
            parts.append(zlib.decompressobj().decompress(stream))
    return sum(len(re.findall(rb"/Type ?/Page\b", part)) for part in parts)


def _report(rows: int) -> Report:
    columns = (
        Column("Họ và tên", 24),
        Column("Ngày sinh", 10),
        *(Column(f"Cột {number}", 8, is_number=number % 2 == 0) for number in range(10)),
    )
    return Report(
        name="Danh sách",
        title="DANH SÁCH",
        subtitles=(),
        columns=columns,
        rows=map(_row, range(rows)),
        kept_by="đo kiểm",
        letterhead=Letterhead("ĐẢNG CỘNG SẢN VIỆT NAM", "TỈNH ỦY", None, "Ngày 1 tháng 1 năm 2024"),
        margins=Margins(20, 20, 30, 15),
    )


def _row(number: int) -> Row:
    others = (number * 7 if place % 2 == 0 else f"Chữ {number % 97}" for place in range(10))
    return Row((f"Nguyễn Thị Số {number}", date(1990, 1, 1 + number % 28), *others))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    exporting(parser.parse_args().rows)
