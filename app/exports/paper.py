"""A table on the paper of the unit that it is about, with who took it out and when."""

from app.core import clock
from app.exports.tables import Asked, Table
from app.reports.definition import Report
from app.reports.layouts import layout_of
from app.reports.rules import Issuer, form_on, letterhead, paper_forms
from app.web.formats import instant


def paper(asked: Asked, table: Table) -> Report:
    """Return the report of a table. Nobody signs what anybody may take out at any time."""
    context, unit = asked.context, asked.unit
    form, layout = form_on(context.today, paper_forms()), layout_of(context, unit.id)
    superior = asked.above[-1].name if asked.above else None
    return Report(
        name=f"{table.title} {unit.name}",
        title=table.title.upper(),
        subtitles=table.subtitles,
        columns=table.columns,
        rows=table.rows,
        kept_by=f"{context.actor.name} xuất lúc {instant(clock.now())}",
        letterhead=letterhead(form, layout, Issuer(unit.name, superior), context.today),
        margins=form.margins,
        notes=table.notes,
    )
