"""What a page of figures is asked: by its address, and by what holds in the tenant."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import request
from sqlalchemy import ScalarSelect

from app.core.dates import parse_date
from app.core.errors import Refused
from app.core.messages import message
from app.core.periods import Period, as_of, same_span_last_year
from app.measures.filters import asked_measure, asked_period, measure_choices, period_choices
from app.measures.queries import MeasureRow, measures_as_json, measures_of_json
from app.monitoring.queries import TREES, Question
from app.procedure.cases import Law
from app.procedure.queries import law_as_json, law_of_json
from app.reorganisations.lineage import (
    Descent,
    descent_as_json,
    descent_of_json,
    heirs_today,
)
from app.rollups.models import Tree
from app.tenants.context import Context
from app.tenants.queries import WatchThresholds, watch_thresholds_as_json
from app.units.queries import unit_with_ancestors_and
from app.units.relatives import CLOSE, Life, Relative, life_as_json, relatives
from app.units.rows import UnitRow
from app.web.addresses import kept_parameters
from app.web.languages import gettext

KEPT = ("period", "measure", "as_of", "tree")
"""What every link from a page of figures to another one takes along."""


@dataclass(frozen=True)
class Absence:
    """That a unit does not stand on the tree that is asked for, and who stands in its stead.

    It had not begun yet, or had ended: then those are its heirs, else its predecessors.
    """

    life: Life
    has_ended: bool
    relatives: tuple[Relative, ...]


@dataclass(frozen=True)
class Asked:
    """A unit, the question about it, and what answers need besides figures.

    `address` is the question as it stands in the address, `offered` the measures to choose from.
    There are no figures to speak of where `absence` says that the unit does not stand.
    """

    unit: UnitRow
    above: tuple[UnitRow, ...]
    question: Question
    offered: tuple[MeasureRow, ...]
    law: Law
    descent: Descent
    life: Life
    absence: Absence | None
    thresholds: WatchThresholds
    address: dict[str, Any]
    today: date

    @property
    def quiet_since(self) -> date:
        """Since when a cell that counts nobody is quiet: for some years, or the whole of a term."""
        if not self.question.period.is_within_a_year:
            return self.question.period.start
        last = self.question.as_of
        return date(last.year - self.thresholds.watch_years, last.month, 1)

    @property
    def on_page(self) -> dict[str, Any]:
        """What the template of every page of figures is given."""
        question = self.question
        return {
            "unit": self.unit,
            "above": self.above,
            "question": question,
            "absence": self.absence,
            "address": self.address,
            "measures": measure_choices(self.offered),
            "periods": period_choices(self.today.year, question.period),
            "trees": tree_choices(),
            "subjects": subjects(self.unit),
        }


def asked(context: Context, unit_id: int) -> Asked:
    """Read the question from the address, and with one statement what it is about.

    A bare address asks for this year's admissions up to today. The tree is that of then unless
    the address names one, but today's for a unit that a reorganisation began inside the period.
    """
    period = asked_period(context.today)
    counted_to = _as_of(context, period)
    unit, above, found = unit_with_ancestors_and(
        context, unit_id, _asked_with_unit, since=min(period.start, counted_to)
    )
    offered = measures_of_json(found["measures"])
    descent = descent_of_json(found["descent"])
    life = Life.of_json(found["life"])
    question = Question(
        measure=asked_measure(offered),
        period=period,
        as_of=counted_to,
        tree=_tree(unit, period, descent),
    )
    question = replace(question, compares=_compares(unit, life, question))
    return Asked(
        unit=unit,
        above=above,
        question=question,
        offered=offered,
        law=law_of_json(found["law"]),
        descent=descent,
        life=life,
        absence=_absence(context, unit, life, question),
        thresholds=WatchThresholds(*found["thresholds"]),
        address=kept_parameters(KEPT),
        today=context.today,
    )


def _asked_with_unit() -> Mapping[str, ScalarSelect[Any]]:
    return {
        "measures": measures_as_json(),
        "law": law_as_json(),
        "thresholds": watch_thresholds_as_json(),
        "descent": descent_as_json(),
        "life": life_as_json(),
    }


def asked_of_standing(context: Context, unit_id: int) -> Asked:
    """Read the question for a file, which has no place to say where the figures are instead.

    Refused where the unit does not stand on the tree that is asked for.
    """
    about = asked(context, unit_id)
    if about.absence is not None:
        raise Refused(message("Kỳ này không có tổ chức này trên cây tổ chức đã chọn."))
    return about


def _compares(unit: UnitRow, life: Life, question: Question) -> bool:
    """Tell whether a unit stood on all the days whose counts a year earlier is compared with."""
    if question.tree is Tree.NOW:
        return True
    before = same_span_last_year(question.period, question.as_of)
    # Who stands today is mapped to its predecessors; who has ended to none but itself.
    first = question.period.start if unit.path or before is None else before[0]
    return life.covers(first, question.as_of)


def _absence(context: Context, unit: UnitRow, life: Life, question: Question) -> Absence | None:
    if question.tree is Tree.NOW:
        stands = bool(unit.path)
    else:
        stands = life.touches(question.period.start, question.as_of)
    if stands:
        return None
    has_begun = life.began_on is None or life.began_on <= question.as_of
    if has_begun:
        return Absence(life, has_ended=True, relatives=heirs_today(context, unit.id))
    came_from = relatives(context, unit.id).predecessors
    whole_or_part = tuple(each for each in came_from if each.share != CLOSE)
    return Absence(life, has_ended=False, relatives=whole_or_part)


def subjects(unit: UnitRow) -> list[tuple[str, str]]:
    """Return the pages of figures of a unit: endpoints with their words."""
    of_children = [
        ("monitoring.ranking_page", gettext("Xếp hạng")),
        ("monitoring.multiples_page", gettext("Biểu đồ từng nơi")),
        ("monitoring.treemap_page", gettext("Bản đồ chỉ tiêu")),
    ]
    return [
        ("monitoring.attainment", gettext("Kết quả")),
        *(of_children if not unit.is_cell else ()),
        ("monitoring.breakdown", gettext("Cơ cấu")),
        ("monitoring.forecast_page", gettext("Dự báo")),
        ("monitoring.watch_page", gettext("Cần chú ý")),
    ]


def tree_choices() -> list[tuple[str, str]]:
    """Return the trees to choose from, in words."""
    return [
        (Tree.THEN.name.lower(), gettext("Tổ chức tại thời điểm đó")),
        (Tree.NOW.name.lower(), gettext("Quy về tổ chức hiện nay")),
    ]


def _as_of(context: Context, period: Period) -> date:
    requested = request.args.get("as_of")
    return as_of(period, context.today, parse_date(requested) if requested else None)


def _tree(unit: UnitRow, period: Period, descent: Descent) -> Tree:
    wanted = TREES.get(request.args.get("tree", ""))
    if wanted is not None:
        return wanted
    return Tree.NOW if descent.has_begun_inside(unit.id, period) else Tree.THEN
