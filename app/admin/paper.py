"""The lists of the configuration on paper, for who keeps them."""

from collections.abc import Iterable, Sequence
from datetime import date

from app.core import clock
from app.core.numbers import parse_whole_number
from app.reports.definition import Column, Report, Row, Value
from app.reports.rules import Issuer, Layout, form_on, letterhead, paper_forms
from app.tenants.context import Context
from app.web.formats import NOTHING, instant

OPERATORS = "Đơn vị vận hành"


def list_paper(
    context: Context | None,
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[str]],
    *,
    taker: str,
) -> Report:
    """Draw up a list, of a tenant's or of the service's own; a paper is in Vietnamese."""
    today: date = context.today if context else clock.today()
    form = form_on(today, paper_forms())
    issuer = Issuer(context.tenant_name if context else OPERATORS, superior=None)
    return Report(
        name=title,
        title=title.upper(),
        subtitles=(),
        columns=(Column("STT", width=5, is_number=True), *columns),
        rows=[
            Row((number, *map(_value, row, columns))) for number, row in enumerate(rows, start=1)
        ],
        kept_by=f"{taker} xuất lúc {instant(clock.now())}",
        letterhead=letterhead(form, Layout(), issuer, today),
        margins=form.margins,
    )


def _value(written: str, column: Column) -> Value:
    """Return what a cell of a page says, a number as a number."""
    if not written or written == NOTHING:
        return None
    return parse_whole_number(written) if column.is_number else written
