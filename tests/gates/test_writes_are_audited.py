"""Whatever writes leaves an entry in the trail, in the same transaction; the trail only grows."""

import os

import click
import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from app.core.database import UnauditedWriteError, apply_context, db
from app.core.privileges import table_privileges
from app.factory import metadata
from app.units.models import Level
from tests.factories.cases import cases_csv, transfer_file
from tests.factories.quotas import quota_csv, quota_row
from tests.factories.reorganisations import reorganisation_csv
from tests.factories.units import units_csv
from tests.gates.samples import REFUSED_TO_ALL, WITHOUT_OCCASION, WRITING, routes
from tests.gates.scenery import OWN
from tests.gates.sweeping import FIRST_ERROR, Sweep

TRAIL = "audit_entry"
WITHOUT_TRAIL = {"operator", "operator_session"}
"""Those who run the service are in the program's log; the trail is a tenant's own."""

WRITTEN = {
    name
    for name, privileges in table_privileges(metadata()).items()
    if "INSERT" in privileges
    and "unaudited" not in metadata().tables[name].info
    and name not in {TRAIL, *WITHOUT_TRAIL}
}
"""The tables that commands write; what the database derives from them follows by itself."""

OF_THE_SESSION_ALONE = {
    "accounts.act_for": "says for which of one's own units the session acts",
    "admin_jobs.retry": "asks the queue alone",
    "admin_jobs.run": "asks the queue alone",
    "allocation.preview": "shows what dividing a board comes to",
    "below.preview": "shows what becomes of the boards below",
}
"""Requests that write nothing, or nothing but the row of the session."""

READING_COMMANDS = {
    "attainment",
    "breakdown",
    "demo accounts",
    "quotas show",
    "reorganise preview",
    "rollups national",
    "rollups verify",
    "trail verify",
    "tenants list",
    "units tree",
    "users list",
}
COMMANDS_WITHOUT_ENTRIES = {
    "reorganise undo": "audited with what it undoes: tests/reorganisations",
    "demo load": "gives the importers their files",
    "demo clock": "audited as the setting that it is: tests/demo",
    "demo replay": "audited as the reorganisation that it is: tests/demo",
    "demo nation": "synthetic rows for measuring, made by plain statements",
    "operators create": "operators belong to no tenant and so to no trail",
    "operators reset-second-factor": "as above",
    "tenants merge": "audited with what it merges: tests/merging",
    "keys reseal": "audited where there is something to seal: tests/privacy",
    "privacy replay-erasures": "audited where somebody came back: tests/privacy",
    "trail link": "links the entries themselves",
    "trail resume": "leaves one only where a restore cut something off: tests/audit",
    "rollups compact": "moves what is counted already",
    "rollups rebuild": "derives the books from audited steps",
}


FILE = "FILE"
OF_TENANT = ("--tenant", OWN)
WRITING_COMMANDS = {
    "cases import": (FILE, *OF_TENANT),
    "privacy rule": (*OF_TENANT, "--retention-months", "24"),
    "quotas import": (FILE, *OF_TENANT),
    "reorganise apply": (FILE, *OF_TENANT, "--effective", "2022-09-01", "--decision", "7"),
    "tenants create": ("SONLA", "Sơn La"),
    "two-people rule": (*OF_TENANT, "--merging"),
    "transfers accept": (FILE, *OF_TENANT, "--cell", f"{OWN}-C1"),
    "transfers send": (
        *(*OF_TENANT, "--person", "P-01", "--to", "Tỉnh khác", "--on", "2022-10-01"),
        *("--output", os.devnull),
    ),
    "units import": (FILE, *OF_TENANT, "--effective", "2022-10-01"),
    "users reset-second-factor": (*OF_TENANT, "--login", "vinhphuc-x1.clerk"),
    "users create": (*OF_TENANT, "--login", "moi", "--name", "Người mới", "--unit", f"{OWN}-X1"),
}
FILES = {
    "cases import": cases_csv({"cell_code": f"{OWN}-C1", "decision_on": "2022-09-01"}),
    "quotas import": quota_csv(quota_row(f"{OWN}-X2", f"{OWN}-C2", 20, decision_no="9")),
    "transfers accept": transfer_file(),
    "reorganise apply": reorganisation_csv(f"{OWN}-X1,,XM,Xã mới,{OWN}-H1,whole,1"),
    "units import": units_csv(f"{OWN}-C1,{OWN}-X2,cell,Chi bộ chuyển đi"),
}
"""Commands that write, and the files that they read."""


class Trail:
    """What the database's own row versions say of who wrote what in which transaction."""

    def __init__(self, engine):
        self._engine = engine

    def versions(self):
        """Return for each table the transactions that wrote its rows, and its rows."""
        statement = " UNION ALL ".join(
            f"SELECT '{table}', array_agg(DISTINCT xmin::text),"
            f" md5(string_agg(r::text, '|' ORDER BY r::text)) FROM {table} AS r"
            for table in {*WRITTEN, TRAIL}
        )
        with self._engine.connect() as connection:
            rows = connection.execute(text(statement))
            return {table: (set(writers or ()), content) for table, writers, content in rows}

    def missing(self, before):
        """Return what speaks against a write since `before`, or None."""
        after = self.versions()
        changed = {table for table in WRITTEN if after[table][1] != before[table][1]}
        writers = {table: after[table][0] - before[table][0] for table in after}
        if not changed and not writers[TRAIL]:
            return "has changed nothing"
        if not writers[TRAIL]:
            return f"has changed {', '.join(sorted(changed))} without an entry"
        apart = {table for table in changed if writers[table] - writers[TRAIL]}
        return f"has changed {', '.join(sorted(apart))} in another transaction" if apart else None


@pytest.fixture
def trail(superuser_engine):
    return Trail(superuser_engine)


def test_every_route_that_writes_leaves_an_entry(app, scenery, read_as, trail):
    sweep = Sweep(app, scenery)
    unaudited = []

    writing = {route.endpoint: route for route in routes(app) if route.method != "GET"}
    refused = writing.keys() & REFUSED_TO_ALL.keys()
    assert writing.keys() == {*WRITING, *refused, *WITHOUT_OCCASION}
    for route in map(writing.__getitem__, WRITING):
        reader = read_as(route.sample.place, route.sample.role)
        before = trail.versions()
        status = sweep.carry_out(reader, route)
        assert status < FIRST_ERROR, f"{route} as {reader}: {status}"
        found = trail.missing(before)
        if found and route.endpoint not in OF_THE_SESSION_ALONE:
            unaudited.append(f"{route.endpoint} {found}")

    assert unaudited == []
    assert sweep.findings == []


@pytest.fixture
def run(app, scenery, tmp_path):
    """Run a command with its arguments, and its file where it reads one."""
    file = tmp_path / "rows.csv"

    def invoke(command):
        file.write_bytes(FILES.get(command, b""))
        words = (*command.split(), *WRITING_COMMANDS[command])
        arguments = [str(file) if word == FILE else word for word in words]
        return app.test_cli_runner().invoke(args=arguments)

    return invoke


@pytest.mark.parametrize("command", WRITING_COMMANDS)
def test_every_command_that_writes_leaves_an_entry(run, trail, command):
    before = trail.versions()

    outcome = run(command)

    assert outcome.exit_code == 0, outcome.output
    assert trail.missing(before) is None


def test_every_command_is_known_to_write_or_to_read(app):
    def commands(group, *names):
        for name, command in group.commands.items():
            if isinstance(command, click.Group):
                yield from commands(command, *names, name)
            else:
                yield " ".join((*names, name))

    known = {*WRITING_COMMANDS, *READING_COMMANDS, *COMMANDS_WITHOUT_ENTRIES}
    assert set(commands(app.cli)) == known


def test_a_write_without_an_entry_is_not_committed(tenant):
    db.session.commit()
    apply_context(db.session(), tenant.for_database)
    values = {"code": "ward", "name_vi": "Phường", "name_en": "Ward", "rank": 9}
    db.session.execute(insert(Level).values(tenant_id=tenant.tenant_id, **values))

    with pytest.raises(UnauditedWriteError, match="level"):
        db.session.commit()


@pytest.mark.parametrize(
    "statement", ["DELETE FROM {}", "UPDATE {} SET actor_name = ''", "TRUNCATE {}"]
)
@pytest.mark.parametrize("role", ["owner_engine", "superuser_engine"])
def test_not_even_the_owner_changes_the_trail(request, tenant, role, statement):
    db.session.commit()
    engine = request.getfixturevalue(role)

    with engine.connect() as connection, pytest.raises(IntegrityError, match="only grows"):
        connection.execute(text(statement.format(TRAIL)))


def test_the_serving_role_may_only_read_and_add_to_the_trail():
    assert set(table_privileges(metadata())[TRAIL]) == {"SELECT", "INSERT"}
