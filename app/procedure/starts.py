"""By when somebody must begin to be counted by a day: the spans of the law, walked back. Pure.

Committees may be quicker than the law allows them to be; the days here leave them their whole
terms, so whoever begins in time cannot be late through nobody's fault.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from app.cases.rules import StepKind
from app.procedure.cases import Law
from app.procedure.law import Parameter, RuleSet
from app.procedure.spans import WorkCalendar, months_later

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class LastDay:
    """By which day a step must be taken, and which span follows it.

    `is_hearsay` where that span is custom rather than law.
    """

    kind: StepKind
    on: date
    span: int
    is_in_months: bool
    is_hearsay: bool


def last_days(counted: StepKind, bound: date, law: Law) -> tuple[LastDay, ...]:
    """Return by when each step must be taken for a step to be counted by `bound`, earliest first.

    Nothing for a step before which the law sets no span.
    """
    way = _Way(law, bound)
    if counted is StepKind.RECOGNITION:
        way.step_back(StepKind.CEREMONY, Parameter.PROBATION_MONTHS)
    if counted is StepKind.CEREMONY:
        way.step_back(StepKind.DECISION, Parameter.CEREMONY_DAYS)
    if counted in {StepKind.CEREMONY, StepKind.DECISION}:
        way.step_back(StepKind.CELL_RESOLUTION, Parameter.DECISION_DAYS)
        way.step_back(StepKind.MENTOR, Parameter.MENTOR_MONTHS)
    return tuple(reversed(way.found))


def last_working_start(calendar: WorkCalendar, bound: date, days: int) -> date:
    """Return the last day from which a term of so many working days ends by `bound`."""
    day = bound
    while days > 0:
        days -= calendar.is_working_day(day)
        day -= _ONE_DAY
    return day


def last_start_of_months(bound: date, months: int) -> date:
    """Return the last day from which a term of so many months ends by `bound`."""
    day = months_later(bound, -months)
    # Several last days of a long month lead to the same last day of a short one.
    while months_later(day + _ONE_DAY, months) <= bound:
        day += _ONE_DAY
    return day


class _Way:
    """The way back from a day, step by step."""

    def __init__(self, law: Law, bound: date) -> None:
        self.found: list[LastDay] = []
        self._law = law
        self._bound = bound

    def step_back(self, kind: StepKind, parameter: Parameter) -> None:
        """Go back over a term that `kind` begins; where the law sets none, not at all."""
        rules = self._law.on(self._bound)
        span = _span(rules, parameter)
        if span is None:
            return
        on = self._start(parameter, span)
        # A term is counted by the law of its first day.
        earlier = self._law.on(on)
        if earlier != rules and (other := _span(earlier, parameter)) is not None:
            rules, span, on = earlier, other, self._start(parameter, other)
        is_in_months = _is_in_months(parameter)
        self.found.append(LastDay(kind, on, span, is_in_months, rules.suggests(parameter)))
        self._bound = on

    def _start(self, parameter: Parameter, span: int) -> date:
        if _is_in_months(parameter):
            return last_start_of_months(self._bound, span)
        return last_working_start(self._law.calendar, self._bound, span)


def _is_in_months(parameter: Parameter) -> bool:
    return parameter.value.endswith("_months")


def _span(rules: RuleSet, parameter: Parameter) -> int | None:
    span: int | None = getattr(rules, parameter.value)
    return span
