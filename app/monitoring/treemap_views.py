"""The page on which quotas are areas and attainment is a colour."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from flask import render_template
from flask_babel import gettext

from app.accounts.access import may
from app.monitoring.asking import Asked, asked
from app.monitoring.blueprint import pages
from app.monitoring.links import child_url, people_url
from app.monitoring.pages import Column
from app.monitoring.queries import Attainment
from app.monitoring.rules import pace_percent
from app.monitoring.treemap import Branch, branches
from app.tenants.current import current_context
from app.units.rows import UnitRow
from app.web.charts import Box, treemap
from app.web.formats import percent, whole_number
from app.web.guards import Permission, requires
from app.web.languages import language

WIDE = Box(0, 0, 1080, 560)
NARROW = Box(0, 0, 328, 460)
HEADING = 18
MARGIN = 1.0
LETTER = 6.4
LINE = 15
FEWEST_LETTERS = 5

_HALF = Decimal("0.5")
_NEARLY = Decimal("0.9")
FULL = Decimal(100)


@dataclass(frozen=True)
class Cell:
    """A unit as an area: where it leads, its words, and how far it is (1 to 5) for its pace."""

    box: Box
    url: str | None
    words: str
    name: str
    figure: str
    level: int


@dataclass(frozen=True)
class Group:
    """A child with the cells below it; a cell of its own where it has none."""

    heading: str
    box: Box
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Drawing:
    """The whole at one size."""

    name: str
    box: Box
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class TreemapRow:
    """A unit as a row of the table beside."""

    attainment: Attainment
    above: str | None
    url: str | None
    level: int
    people_url: str | None


@pages.get("/units/<opaque('unit'):unit_id>/treemap")
@requires(Permission.SEE_FIGURES)
def treemap_page(unit_id: int) -> str:
    """Show the tree below a unit as areas."""
    about = asked(current_context(), unit_id)
    found = branches(current_context(), about)
    drawn = [branch for branch in found if branch.attainment.quota]
    return render_template(
        "monitoring/treemap.html",
        **about.on_page,
        drawings=[_drawing(name, box, drawn, about) for name, box in _SIZES] if drawn else [],
        levels=level_words(),
        rows=list(treemap_rows(found, about)),
        has_below=any(branch.below for branch in found),
        columns=_columns(),
        may_see_people=may(Permission.SEE_PEOPLE),
    )


_SIZES = (("wide", WIDE), ("narrow", NARROW))


def level(attainment: Attainment, paced: Decimal) -> int:
    """Return how far a unit is: 1 below half its pace … 4 on pace, 5 at its quota."""
    if attainment.percent is None:
        return 0
    if attainment.percent >= FULL:
        return 5
    for number, share in ((4, Decimal(1)), (3, _NEARLY), (2, _HALF)):
        if attainment.percent >= paced * share:
            return number
    return 1


def level_words() -> list[tuple[int, str]]:
    """Return what the colours mean, the furthest behind first."""
    return [
        (1, gettext("Dưới nửa tiến độ")),
        (2, gettext("Từ nửa đến 90% tiến độ")),
        (3, gettext("Gần đúng tiến độ")),
        (4, gettext("Đúng hoặc vượt tiến độ")),
        (5, gettext("Đạt chỉ tiêu")),
    ]


def _drawing(name: str, box: Box, drawn: list[Branch], about: Asked) -> Drawing:
    boxes = treemap([branch.attainment.quota or 0 for branch in drawn], box)
    groups = [_group(branch, area, about) for branch, area in zip(drawn, boxes, strict=True)]
    return Drawing(name, box, tuple(groups))


def _group(branch: Branch, box: Box, about: Asked) -> Group:
    below = [unit for unit in branch.below if unit.quota]
    inner = box.within(MARGIN, HEADING)
    if not below or inner.width < HEADING or inner.height < HEADING:
        return Group("", box, (_cell(branch.attainment, box.within(MARGIN), about),))
    boxes = treemap([unit.quota or 0 for unit in below], inner)
    cells = [
        _cell(unit, area.within(MARGIN / 2), about) for unit, area in zip(below, boxes, strict=True)
    ]
    return Group(_fitting(branch.attainment.unit.name, box.width), box, tuple(cells))


def _cell(attainment: Attainment, box: Box, about: Asked) -> Cell:
    question = about.question
    figure = percent(attainment.percent, language())
    has_room = box.height > LINE and box.width > LETTER * len(figure) + 6
    return Cell(
        box=Box(*(round(side, 1) for side in (box.x, box.y, box.width, box.height))),
        url=child_url(attainment.unit, about.address),
        words=_words(attainment, figure),
        name=_fitting(attainment.unit.name, box.width) if box.height > 2 * LINE + 4 else "",
        figure=figure if has_room else "",
        level=level(attainment, pace_percent(question.period, question.as_of)),
    )


def _words(attainment: Attainment, figure: str) -> str:
    count = whole_number(attainment.count, language())
    quota = whole_number(attainment.quota, language())
    return f"{attainment.unit.name}: {count}/{quota}, {figure}"


def _fitting(name: str, width: float) -> str:
    """Return as much of a name as there is room for, nothing of it where that is too little."""
    letters = int((width - 8) / LETTER)
    if len(name) <= letters:
        return name
    return f"{name[: letters - 1].rstrip()}…" if letters > FEWEST_LETTERS else ""


def treemap_rows(found: tuple[Branch, ...], about: Asked) -> Iterator[TreemapRow]:
    """Yield each child and, below it, its own children who have a quota."""
    paced = pace_percent(about.question.period, about.question.as_of)
    for branch in found:
        own = branch.attainment
        yield _row(own, about.unit, about, level(own, paced), above=None)
        for unit in branch.below:
            if unit.quota:
                yield _row(unit, own.unit, about, level(unit, paced), above=own.unit.name)


def _row(
    attainment: Attainment, parent: UnitRow, about: Asked, reached: int, *, above: str | None
) -> TreemapRow:
    unit = attainment.unit
    return TreemapRow(
        attainment=attainment,
        above=above,
        url=child_url(unit, about.address),
        level=reached,
        people_url=people_url(unit, about.question, parent) if attainment.count else None,
    )


def _columns() -> tuple[Column, ...]:
    return (
        Column(gettext("Tổ chức")),
        Column(gettext("Chỉ tiêu"), is_number=True),
        Column(gettext("Đã thực hiện"), is_number=True),
        Column(gettext("Tỷ lệ"), is_number=True),
        Column(gettext("Mức")),
    )
