"""Taking tables out and ordering long ones: what the trail keeps, and what the worker draws."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace

from sqlalchemy import delete, insert, select, update

from app.audit.commands import Change, record, record_all
from app.core import clock
from app.core.database import db
from app.core.errors import NotFound
from app.core.messages import message
from app.core.sealing import field_keys
from app.countersigning.commands import Wanted, ask
from app.countersigning.queries import RequestedAct, two_person_rules
from app.countersigning.rules import Kind
from app.exports.models import SEALED_AS, ExportFile
from app.exports.paper import paper
from app.exports.tables import Asked, Export
from app.reports.definition import Row
from app.reports.downloads import FILE_FORMS
from app.tenants.context import Actor, Context
from app.web.languages import VIETNAMESE, speaking

LONGEST_AT_ONCE = 3000
"""Longer tables of people are drawn by the worker."""

ROWS_TO_A_NOTE = 1000
SUBJECT = "export_file"
"""What the trail calls a file of the shelf."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Order:
    """A table to be drawn: of which unit, which one, what the address asked for, how long."""

    unit_id: int
    path: str
    table_name: str
    title: str
    query: str
    ending: str
    rows: int


def note_taken(export: Export, asked: Asked, rows: int) -> None:
    """Note in the trail who took people out, of which list and how many; figures leave nothing."""
    if not export.holds_people:
        return
    after = {"table": export.name, "query": asked.query, "rows": rows}
    record(
        asked.context,
        Change("people.exported", "unit", asked.unit.id, after=after, path=asked.unit.path),
    )


def note_list_taken(context: Context | None, name: str, rows: int | None) -> None:
    """Note who took a list of the configuration out: in the trail, or for an operator in the log.

    Whoever runs the service belongs to no tenant, and so to no trail.
    """
    if context is None:
        _log.info("list taken out: %s, %s rows", name, rows)
        return
    after = {"table": name, "rows": rows}
    record(context, Change("list.exported", "tenant", context.tenant_id, after=after))


def needs_second(export: Export, asked: Asked, rows: int) -> bool:
    """Tell whether the tenant wants a second person to approve a list of so many people."""
    limit = two_person_rules(asked.context).export_rows if export.holds_people else None
    return limit is not None and rows > limit


def order_file(export: Export, asked: Asked, ending: str, reason: str = "") -> int | None:
    """Put an order on the shelf, which the worker draws.

    Where the tenant wants a second person for it, another one is asked instead, and the number of
    the request returned.
    """
    if export.size is None or ending not in FILE_FORMS:
        raise NotFound(message("Không xuất được tệp loại này."))
    rows = export.size(asked)
    with speaking(VIETNAMESE):
        title = export.draw(asked).title
    unit = asked.unit
    order = Order(unit.id, unit.path, export.name, title, asked.query, ending, rows)
    if needs_second(export, asked, rows):
        about = {**asdict(order), "unit": unit.name}
        wanted = Wanted(kind=Kind.EXPORT, reason=reason, about=about, path=unit.path)
        return ask(asked.context, wanted)
    _put_on_shelf(asked.context, order, asked.context.actor)
    return None


def order_as_approved(context: Context, act: RequestedAct) -> None:
    """Put on the shelf what one asked for and another approved, in the name of who asked."""
    about = {name: value for name, value in act.about.items() if name != "unit"}
    requester = Actor("user", act.requester_id, act.requester_name)
    _put_on_shelf(context, Order(**about), requester)


def _put_on_shelf(context: Context, order: Order, orderer: Actor) -> None:
    number: int = db.session.execute(
        insert(ExportFile)
        .values(
            tenant_id=context.tenant_id,
            orderer_id=orderer.id,
            orderer_name=orderer.name,
            **asdict(order),
        )
        .returning(ExportFile.id)
    ).scalar_one()
    after = {
        "table": order.table_name,
        "query": order.query,
        "rows": order.rows,
        "ending": order.ending,
        "orderer": orderer.name,
    }
    record(context, Change("export_file.ordered", SUBJECT, number, after=after, path=order.path))


def draw(
    export: Export, asked: Asked, ending: str, progress: Callable[[int], None] | None = None
) -> tuple[bytes, int]:
    """Draw a table as a file, in Vietnamese whatever the reader's language; and how many rows."""
    with speaking(VIETNAMESE):
        table = export.draw(asked)
        counted = _Counted(table.rows, progress)
        report = paper(asked, replace(table, rows=counted))
        return FILE_FORMS[ending].draw(report), counted.number


def keep_drawn(context: Context, file_id: int, content: bytes, rows: int) -> None:
    """Put a drawn file on the shelf, sealed; one that has gone meanwhile stays gone."""
    db.session.execute(
        update(ExportFile)
        .where(
            ExportFile.tenant_id == context.tenant_id,
            ExportFile.id == file_id,
            ExportFile.state == "waiting",
        )
        .values(
            state="done",
            content=field_keys().seal(content, _seal_name(file_id)),
            rows=rows,
            done=rows,
            ended_at=clock.now(),
        )
    )


def give_up(context: Context, file_id: int) -> None:
    """Note that a file could not be drawn; the log says why."""
    db.session.execute(
        update(ExportFile)
        .where(
            ExportFile.tenant_id == context.tenant_id,
            ExportFile.id == file_id,
            ExportFile.state == "waiting",
        )
        .values(state="failed", ended_at=clock.now())
    )


def retry_exports(context: Context) -> int:
    """Have the files that could not be drawn drawn again; return how many."""
    retried = db.session.execute(
        update(ExportFile)
        .where(
            ExportFile.tenant_id == context.tenant_id,
            ExportFile.state == "failed",
            ExportFile.expires_at > clock.now(),
        )
        .values(state="waiting", done=0, ended_at=None)
        .returning(ExportFile.id, ExportFile.path)
    ).all()
    record_all(
        context,
        [Change("export_file.retried", SUBJECT, row.id, path=row.path) for row in retried],
    )
    return len(retried)


def take_file(context: Context, unit_id: int, file_id: int) -> tuple[ExportFile, bytes]:
    """Return a drawn file of a unit and its content, noting who takes it; NotFound once gone."""
    found = db.session.scalars(
        select(ExportFile).where(
            ExportFile.tenant_id == context.tenant_id,
            ExportFile.unit_id == unit_id,
            ExportFile.id == file_id,
            ExportFile.expires_at > clock.now(),
        )
    ).one_or_none()
    if found is None or found.content is None:
        raise NotFound(message("Không tìm thấy tệp này."))
    after = {"table": found.table_name, "rows": found.rows}
    record(context, Change("export_file.taken", SUBJECT, file_id, after=after, path=found.path))
    return found, field_keys().open(found.content, _seal_name(file_id))


def forget_expired(context: Context) -> None:
    """Take off the shelf what has been there for a day."""
    db.session.execute(
        delete(ExportFile).where(
            ExportFile.tenant_id == context.tenant_id, ExportFile.expires_at <= clock.now()
        )
    )


class _Counted:
    """Rows that are counted as they are drawn, from time to time aloud."""

    def __init__(self, rows: Iterable[Row], progress: Callable[[int], None] | None) -> None:
        self._rows = rows
        self._progress = progress
        self.number = 0

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.number += 1
            if self._progress is not None and self.number % ROWS_TO_A_NOTE == 0:
                self._progress(self.number)
            yield row


def _seal_name(file_id: int) -> str:
    return SEALED_AS.format(id=file_id)
