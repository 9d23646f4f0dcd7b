"""The page that says where a count will end, and from what."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask import render_template, url_for
from flask_babel import gettext

from app.accounts.access import may
from app.cases.rules import STEP_NAMES, StepKind
from app.core.messages import Message, message
from app.monitoring import queries
from app.monitoring.asking import Asked, asked
from app.monitoring.blueprint import pages
from app.monitoring.forecast import Forecast, forecast
from app.monitoring.journeys import Duration, Journeys, journeys
from app.monitoring.links import people_url
from app.monitoring.pages import Column, is_running, past_years
from app.monitoring.pipeline import PipelineForecast, foretell
from app.monitoring.queries import AttainmentReport
from app.tenants.context import Context
from app.tenants.current import current_context
from app.web.guards import Permission, requires
from app.web.i18n import render_message

ADMITTED = (StepKind.DECISION, StepKind.CEREMONY)
"""What the steps on the way lead to; other measures are foretold by their seasons alone."""


@dataclass(frozen=True)
class StoodBefore:
    """How many stood at a step on the same day of an earlier year, and where they are listed."""

    on: date
    people: int
    people_url: str | None


@dataclass(frozen=True)
class StepRow:
    """A step on the way: who stands there, what became of those before, and what is expected."""

    kind: StepKind
    name: str
    now: int
    stood: int
    stood_before: tuple[StoodBefore, ...]
    counted: int
    share: Decimal | None
    ever: Decimal | None
    expected: int | None
    duration: Duration | None
    people_url: str | None


@dataclass(frozen=True)
class Outlook:
    """Where a count will end by both ways; what says too little, or is over, is None."""

    report: AttainmentReport
    ways: Journeys | None
    foretold: PipelineForecast | None
    seasonal: Forecast | None

    @property
    def rows(self) -> tuple[StepRow, ...]:
        """The steps on the way, the first first."""
        return _rows(self)

    @property
    def sentences(self) -> list[Message]:
        """What both ways come to, in words."""
        return _sentences(self.report, self.foretold, self.seasonal)


def outlook(context: Context, about: Asked) -> Outlook:
    """Look ahead from a running period; otherwise return its figures alone."""
    report = queries.attainment(context, about.unit, about.question, about.descent)
    if not is_running(report):
        return Outlook(report, None, None, None)
    ways = _journeys(context, about)
    return Outlook(
        report,
        ways,
        _foretold(report, ways) if ways else None,
        forecast(report.unit.count, past_years(report)),
    )


@pages.get("/units/<opaque('unit'):unit_id>/forecast")
@requires(Permission.SEE_FIGURES)
def forecast_page(unit_id: int) -> str:
    """Show where the count will end by the cases on their way, and by the seasons."""
    context = current_context()
    about = asked(context, unit_id)
    found = outlook(context, about)
    foretold = found.foretold
    return render_template(
        "monitoring/forecast.html",
        **about.on_page,
        report=found.report,
        is_running=is_running(found.report),
        ways=found.ways,
        pipeline=foretold.forecast if foretold else None,
        seasonal=found.seasonal,
        newcomers=round(foretold.newcomers) if foretold else None,
        sentences=[render_message(words) for words in found.sentences],
        rows=found.rows,
        columns=_columns(),
        people_url=people_url(about.unit, about.question),
        may_see_people=may(Permission.SEE_PEOPLE),
    )


def _journeys(context: Context, about: Asked) -> Journeys | None:
    question = about.question
    counted = StepKind(question.measure.counted_step)
    if counted not in ADMITTED or not question.period.is_within_a_year:
        return None
    return journeys(context, about.unit.path, counted, question.period, question.as_of)


def _foretold(report: AttainmentReport, ways: Journeys) -> PipelineForecast | None:
    return foretell(report.unit.count, [ways.people[kind] for kind in ways.stages], ways.newcomers)


def _sentences(
    report: AttainmentReport, foretold: PipelineForecast | None, seasonal: Forecast | None
) -> list[Message]:
    """Say in words what the two ways of looking ahead come to, and against which quota."""
    said = []
    if foretold:
        said.append(
            message(
                "Theo hồ sơ đang làm, dự kiến cuối kỳ %(expected)s (từ %(lower)s đến %(upper)s).",
                expected=foretold.forecast.expected,
                lower=foretold.forecast.lower,
                upper=foretold.forecast.upper,
            )
        )
    if seasonal:
        said.append(
            message(
                "Theo nhịp ba năm trước, dự kiến %(expected)s (từ %(lower)s đến %(upper)s).",
                expected=seasonal.expected,
                lower=seasonal.lower,
                upper=seasonal.upper,
            )
        )
    best = foretold.forecast if foretold else seasonal
    if best and report.unit.quota:
        said.append(_against_quota(best, report.unit.quota))
    return said


def _against_quota(found: Forecast, quota: int) -> Message:
    if found.lower >= quota:
        return message("Cả khoảng dự báo đều đạt chỉ tiêu %(quota)s.", quota=quota)
    if found.upper < quota:
        return message(
            "Cả khoảng dự báo đều dưới chỉ tiêu %(quota)s: thiếu ít nhất %(people)s người.",
            quota=quota,
            people=quota - found.upper,
        )
    return message("Chỉ tiêu %(quota)s nằm trong khoảng dự báo: chưa chắc đạt.", quota=quota)


def _rows(found: Outlook) -> tuple[StepRow, ...]:
    ways, foretold = found.ways, found.foretold
    if ways is None:
        return ()
    shares = foretold.shares if foretold else (None,) * len(ways.stages)
    return tuple(
        _row(found.report, ways, kind, share)
        for kind, share in zip(ways.stages, shares, strict=True)
    )


def _row(report: AttainmentReport, ways: Journeys, kind: StepKind, share: float | None) -> StepRow:
    people = ways.people[kind]
    stood = sum(people.stood)
    return StepRow(
        kind=kind,
        name=render_message(STEP_NAMES[kind]),
        now=people.now,
        stood=stood,
        stood_before=tuple(
            StoodBefore(day, number, _standing_url(report, ways, kind, day) if number else None)
            for day, number in zip(ways.days[1:], people.stood, strict=True)
        ),
        counted=sum(people.counted),
        share=_percent(sum(people.counted), stood),
        ever=_percent(ways.ever[kind], stood),
        expected=None if share is None else round(people.now * share),
        duration=ways.durations.get(kind),
        people_url=_standing_url(report, ways, kind, report.as_of) if people.now else None,
    )


def _standing_url(report: AttainmentReport, ways: Journeys, kind: StepKind, on: date) -> str:
    """Return where the people stand who had come to a step by a day, and no further."""
    return url_for(
        "cases.people",
        unit_id=report.unit.unit.id,
        stood=kind.value,
        before=report.measure.counted_step,
        on=on.isoformat(),
        since=ways.since.isoformat(),
    )


def _percent(part: int, whole: int) -> Decimal | None:
    return (Decimal(100 * part) / whole).quantize(Decimal("0.01")) if whole else None


def _columns() -> tuple[Column, ...]:
    return (
        Column(gettext("Đã qua bước")),
        Column(gettext("Hiện có"), is_number=True),
        Column(gettext("Cùng ngày các năm trước"), is_number=True),
        Column(gettext("Được tính trong kỳ"), is_number=True),
        Column(gettext("Về sau"), is_number=True),
        Column(gettext("Dự kiến"), is_number=True),
        Column(gettext("Thường mất"), is_number=True),
        Column(gettext("Lâu"), is_number=True),
    )
