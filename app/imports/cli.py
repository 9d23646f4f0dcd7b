"""What the import commands of all packages share: their arguments and how they end."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from app.core.command_line import REFUSED, format_option, print_json
from app.imports.rules import (
    Column,
    ImportRefused,
    ImportReport,
    Reject,
    Table,
    read_table,
    rejects_csv,
)

_STANDARD_INPUT = "-"


@dataclass(frozen=True)
class ImportRequest:
    """What an import command was asked for."""

    content: bytes
    skip_bad: bool
    rejects_path: Path
    output_format: str


def import_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add FILE and the options of every import; the command takes them as `request`."""

    @click.argument(
        "file",
        type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    )
    @click.option(
        "--skip-bad",
        is_flag=True,
        help="Store the good rows and write the rejected ones to a file.",
    )
    @click.option(
        "--rejects-file",
        type=click.Path(dir_okay=False, writable=True),
        help="Where --skip-bad writes rejected rows.  [default: FILE.rejects.csv]",
    )
    @format_option
    @wraps(command)
    def with_request(
        *args: Any,  # noqa: ANN401 what click passes on
        file: str,
        skip_bad: bool,
        rejects_file: str | None,
        output_format: str,
        **options: Any,  # noqa: ANN401 as above
    ) -> None:
        request = ImportRequest(
            content=_content(file),
            skip_bad=skip_bad,
            rejects_path=_rejects_path(file, rejects_file),
            output_format=output_format,
        )
        command(*args, request=request, **options)

    return with_request


def run_import(
    request: ImportRequest, columns: Sequence[Column], store: Callable[[Table], ImportReport]
) -> None:
    """Read the file, store its rows, print the report; exit 1 when the file is refused.

    `store` opens its own transaction, so that `ImportRefused` leaves it and undoes it.
    """
    try:
        table = read_table(request.content, columns)
        report = store(table)
    except ImportRefused as refused:
        _print_report(refused.report, str(refused), request.output_format)
        click.get_current_context().exit(REFUSED)
    summary = (
        f"Đọc {report.read} dòng: {report.accepted} nhận "
        f"({report.unchanged} không đổi), {report.rejected} loại."
    )
    _print_report(report, summary, request.output_format)
    if report.rejected:
        write_rejects(request.rejects_path, table, report.rejects)
        click.echo(f"Các dòng bị loại ghi ở {request.rejects_path}", err=True)


def write_rejects(path: Path, table: Table, rejects: Iterable[Reject]) -> None:
    """Write the rejected rows of a table to a file; the accepted ones are stored already."""
    try:
        path.write_bytes(rejects_csv(table, rejects))
    except OSError as error:
        raise click.ClickException(
            f"Các dòng tốt đã lưu, nhưng không ghi được các dòng bị loại vào {path}: "
            f"{error.strerror}"
        ) from error


def _content(file: str) -> bytes:
    try:
        with click.open_file(file, "rb") as stream:
            content: bytes = stream.read()
    except OSError as error:
        raise click.FileError(file, error.strerror) from error
    return content


def _rejects_path(file: str, given: str | None) -> Path:
    if given is None:
        return Path("stdin.rejects.csv" if file == _STANDARD_INPUT else f"{file}.rejects.csv")
    if Path(given).resolve() == Path(file).resolve():
        raise click.BadParameter("the imported file itself would be overwritten")
    return Path(given)


def _print_report(report: ImportReport, summary: str, output_format: str) -> None:
    if output_format == "json":
        print_json(report.as_json())
        return
    click.echo(summary)
    for reject in report.rejects:
        click.echo(f"  dòng {reject.row}, {reject.column} “{reject.value}”: {reject.reason}")
