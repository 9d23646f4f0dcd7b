"""The list of people, in the order of given names, a batch of rows at a time."""

from collections.abc import Iterator

from flask import request

from app.cases.queries import ListedPerson, PeopleFilter, number_of_people, people_in_batches
from app.cases.rules import STEP_NAMES
from app.casework.forms import PeopleFilterForm
from app.casework.pages import picked_words
from app.casework.views import wanted_of
from app.core.errors import NotFound
from app.core.messages import message
from app.exports.tables import ORDINAL, Asked, Table, exported
from app.reports.definition import Column, Row, Value
from app.units.below import cells_under
from app.web.formats import day
from app.web.guards import Permission
from app.web.i18n import render_message


def wanted_people(asked: Asked) -> PeopleFilter:
    """Return the filter of the address, as the page reads it.

    The page passes over a filter that it cannot read; a file that held more than was asked for
    would be kept by somebody, so it is NotFound.
    """
    form = PeopleFilterForm(request.args, cells_under(asked.context, asked.unit.path))
    if not form.validate():
        raise NotFound(message("Không đọc được bộ lọc của danh sách này."))
    return wanted_of(form)


def size(asked: Asked) -> int:
    """Return how many people the list holds."""
    return number_of_people(asked.context, asked.unit, wanted_people(asked))


@exported("people", Permission.SEE_PEOPLE, holds_people=True, size=size)
def people(asked: Asked) -> Table:
    """Return the people at and below a unit, as the page lists them."""
    wanted = wanted_people(asked)
    subtitles = [f"Đến ngày {day(asked.context.today)}"]
    if picked := picked_words(wanted):
        subtitles.append(picked)
    return Table(
        title="Danh sách quần chúng, đảng viên",
        subtitles=tuple(subtitles),
        columns=(
            ORDINAL,
            Column("Họ và tên", width=28),
            Column("Ngày sinh", width=12),
            Column("Chi bộ", width=34),
            Column("Bước hiện nay", width=24),
            Column("Từ ngày", width=12),
        ),
        rows=_rows(asked, wanted),
    )


def _rows(asked: Asked, wanted: PeopleFilter) -> Iterator[Row]:
    number = 0
    for batch in people_in_batches(asked.context, asked.unit, wanted):
        for person in batch:
            number += 1
            yield Row((number, *_values(person)))


def _values(person: ListedPerson) -> tuple[Value, ...]:
    step = render_message(STEP_NAMES[person.step]) if person.step else None
    return (person.full_name, person.date_of_birth, person.cell_name, step, person.step_on)
