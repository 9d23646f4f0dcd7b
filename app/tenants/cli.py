"""`tenants …` on the command line."""

import click

from app.core.command_line import Commands, format_option, print_json
from app.core.database import db
from app.tenants.commands import create_tenant
from app.tenants.queries import TenantSize, tenant_sizes


@click.group("tenants", cls=Commands)
def tenant_commands() -> None:
    """Create and list tenants, Party organisations of provinces, each apart from all others."""


@tenant_commands.command("create")
@click.argument("code")
@click.argument("name")
@format_option
def create(code: str, name: str, output_format: str) -> None:
    """Create a tenant with its usual configuration."""
    with db.session.begin():
        context = create_tenant(code, name)
    if output_format == "json":
        print_json({"code": context.tenant_code, "name": context.tenant_name})
    else:
        click.echo(f"{context.tenant_code}  {context.tenant_name}")


@tenant_commands.command("list")
@format_option
def list_tenants(output_format: str) -> None:
    """List all tenants with the number of their units and people."""
    with db.session.begin():
        sizes = tenant_sizes()
    if output_format == "json":
        print_json([_as_json(size) for size in sizes])
        return
    for size in sizes:
        tenant = size.tenant
        click.echo(f"{tenant.code}  {tenant.name}  {size.units} units  {size.people} people")


def _as_json(size: TenantSize) -> dict[str, object]:
    return {
        "code": size.tenant.code,
        "name": size.tenant.name,
        "units": size.units,
        "people": size.people,
    }
