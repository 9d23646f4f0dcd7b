"""`transfers`: cases that go from one tenant to another, by files."""

from datetime import date
from pathlib import Path

import click
from sqlalchemy import select

from app.cases.models import Person
from app.core.command_line import DAY, Commands, format_option, print_json, tenant_option
from app.core.database import db
from app.core.errors import NotFound
from app.core.messages import message
from app.procedure.transfers import accept_case, send_case
from app.tenants.context import Context, tenant_transaction
from app.units.queries import unit_by_code


@click.group("transfers", cls=Commands)
def transfer_commands() -> None:
    """Cases that move to another tenant."""


@transfer_commands.command("send")
@tenant_option
@click.option("--person", "person_code", required=True, metavar="CODE", help="person_code.")
@click.option("--to", required=True, metavar="NAME", help="The organisation that takes over.")
@click.option("--on", "sent_on", required=True, type=DAY, help="The day of the move.")
@click.option("--document", "document_no", metavar="NO", help="The number of the paper.")
@click.option("--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
@format_option
def send(  # noqa: PLR0917 as click calls it
    tenant: str,
    person_code: str,
    to: str,
    sent_on: date,
    document_no: str | None,
    output: Path,
    output_format: str,
) -> None:
    """Close a person's case as moved away and write the file for the receiver."""
    with tenant_transaction(tenant) as context:
        person_id = _person_by_code(context, person_code)
        file = send_case(context, person_id, to=to, sent_on=sent_on, document_no=document_no)
        output.write_bytes(file.content)
    if output_format == "json":
        print_json({"number": file.number, "file": str(output)})
    else:
        click.echo(file.number)


@transfer_commands.command("accept")
@click.argument("file", type=click.File("rb"))
@tenant_option
@click.option("--cell", "cell_code", required=True, metavar="CODE", help="The receiving cell.")
@format_option
def accept(file: click.File, tenant: str, cell_code: str, output_format: str) -> None:
    """Take over a case from FILE into a cell; the same file twice changes nothing."""
    content: bytes = file.read()  # type: ignore[attr-defined]
    with tenant_transaction(tenant) as context:
        cell = unit_by_code(context, cell_code)
        person_id = accept_case(context, cell.id, content)
        name = db.session.scalar(
            select(Person.full_name).where(
                Person.tenant_id == context.tenant_id, Person.id == person_id
            )
        )
    if output_format == "json":
        print_json({"cell": cell.code, "full_name": name})
    else:
        click.echo(name)


def _person_by_code(context: Context, code: str) -> int:
    person_id = db.session.scalar(
        select(Person.id).where(Person.tenant_id == context.tenant_id, Person.person_code == code)
    )
    if person_id is None:
        raise NotFound(message("Không có người nào mang mã “%(code)s”.", code=code))
    return person_id
