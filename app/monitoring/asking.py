"""What a page of figures is asked: by its address, and by what holds in the tenant."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import request
from flask_babel import gettext

from app.core.dates import parse_date
from app.core.periods import Period, as_of
from app.measures.filters import asked_measure, asked_period, measure_choices, period_choices
from app.measures.queries import MeasureRow, measures_as_json, measures_of_json
from app.monitoring.queries import TREES, Question
from app.procedure.cases import Law
from app.procedure.queries import law_as_json, law_of_json
from app.reorganisations.lineage import Descent, descent_as_json, descent_of_json
from app.rollups.models import Tree
from app.tenants.context import Context
from app.tenants.queries import WatchThresholds, watch_thresholds_as_json
from app.units.queries import UnitRow, unit_with_ancestors_and
from app.web.addresses import kept_parameters

KEPT = ("period", "measure", "as_of", "tree")
"""What every link from a page of figures to another one takes along."""


@dataclass(frozen=True)
class Asked:
    """A unit, the question about it, and what answers need besides figures.

    `address` is the question as it stands in the address, `offered` the measures to choose from.
    """

    unit: UnitRow
    above: tuple[UnitRow, ...]
    question: Question
    offered: tuple[MeasureRow, ...]
    law: Law
    descent: Descent
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
        context,
        unit_id,
        {
            "measures": measures_as_json(context),
            "law": law_as_json(context),
            "thresholds": watch_thresholds_as_json(context),
            "descent": descent_as_json(context, min(period.start, counted_to)),
        },
    )
    offered = measures_of_json(found["measures"])
    descent = descent_of_json(found["descent"])
    question = Question(
        measure=asked_measure(offered),
        period=period,
        as_of=counted_to,
        tree=_tree(unit, period, descent),
    )
    return Asked(
        unit=unit,
        above=above,
        question=question,
        offered=offered,
        law=law_of_json(found["law"]),
        descent=descent,
        thresholds=WatchThresholds(*found["thresholds"]),
        address=kept_parameters(KEPT),
        today=context.today,
    )


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
