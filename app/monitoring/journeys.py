"""How people went from step to step below a unit: on a day, and on the same day of earlier years.

Told from the dates of steps, so a past day is seen as it was; people count where they are today.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, text

from app.cases.rules import EXITS, StepKind
from app.core.database import db
from app.core.periods import Period, same_span_last_year
from app.monitoring.pipeline import StepPeople
from app.tenants.context import Context, Scope

YEARS = 3
"""How many earlier years are looked at."""

LONGEST_WAY_YEARS = 6
"""What began longer ago than this before the earliest day looked at is left out."""

STAGES = (
    StepKind.LISTED,
    StepKind.CERTIFICATE,
    StepKind.INTRODUCTION,
    StepKind.CELL_RESOLUTION,
    StepKind.DECISION,
)
"""The steps at which people are counted, those that files carry too; the earliest first."""


@dataclass(frozen=True)
class Duration:
    """How many days it took from a step to being counted: half were quicker, a fifth slower."""

    people: int
    median: int
    slow: int


@dataclass(frozen=True)
class Journeys:
    """Who stands at each stage now and stood there before, newcomers, and how long it took.

    `ever` counts those of the earlier years who were counted at any time since.
    """

    stages: tuple[StepKind, ...]
    people: Mapping[StepKind, StepPeople]
    ever: Mapping[StepKind, int]
    newcomers: tuple[int, ...]
    durations: Mapping[StepKind, Duration]
    days: tuple[date, ...]
    since: date


@dataclass(frozen=True)
class _Look:
    name: int
    day: date
    end: date


def journeys(  # noqa: PLR0917 a question in full
    context: Context, path: str, counted: StepKind, period: Period, as_of: date
) -> Journeys:
    """Return the journeys below a path by one statement; `counted` is the step that counts."""
    looks = list(_looks(period, as_of))
    inside = Scope.under(path)
    stages = stages_before(counted)
    since = _years_before(looks[-1].day, LONGEST_WAY_YEARS)
    rows = db.session.execute(
        _JOURNEYS,
        {
            "tenant": context.tenant_id,
            "first_path": inside.first,
            "last_path": inside.last,
            "since": since,
            "as_of": as_of,
            "counted": counted.value,
            "exits": [kind.value for kind in EXITS],
            "stages": [kind.value for kind in stages],
            "kinds": [kind.value for kind in {*stages, *EXITS, counted}],
            "names": [look.name for look in looks],
            "days": [look.day for look in looks],
            "ends": [look.end for look in looks],
            "lasted_since": _years_before(as_of, YEARS),
        },
    ).all()
    return _arranged(rows, stages, looks, since)


def stages_before(counted: StepKind) -> tuple[StepKind, ...]:
    """Return the stages on the way to a step that counts."""
    return STAGES[: STAGES.index(counted)] if counted in STAGES else STAGES


def passed_beyond(stage: StepKind, counted: StepKind) -> frozenset[StepKind]:
    """Return the steps after which one stands at a stage no longer."""
    stages = stages_before(counted)
    return frozenset((*stages[stages.index(stage) + 1 :], *EXITS, counted))


def _looks(period: Period, as_of: date) -> Iterable[_Look]:
    yield _Look(0, as_of, period.last_day)
    for back in range(1, YEARS + 1):
        span = same_span_last_year(period, as_of)
        if span is None:
            return
        whole = same_span_last_year(period, period.last_day)
        assert whole is not None  # noqa: S101 both spans are of one period
        yield _Look(back, span[1], whole[1])
        as_of = span[1]
        period = Period(whole[0], date.fromordinal(whole[1].toordinal() + 1))


def _years_before(day: date, years: int) -> date:
    return date(day.year - years, day.month, min(day.day, 28))


def _arranged(
    rows: Sequence[Row[Any]], stages: Sequence[StepKind], looks: list[_Look], since: date
) -> Journeys:
    stood: dict[tuple[int, str | None], tuple[int, int, int]] = {}
    durations: dict[StepKind, Duration] = {}
    for row in rows:
        if row.look is None:
            durations[StepKind(row.stage)] = Duration(row.people, row.counted, row.ever)
        else:
            stood[row.look, row.stage] = (row.people, row.counted, row.ever)
    past = [look.name for look in looks[1:]]
    nobody = (0, 0, 0)
    people = {
        kind: StepPeople(
            now=stood.get((0, kind.value), nobody)[0],
            stood=tuple(stood.get((year, kind.value), nobody)[0] for year in past),
            counted=tuple(stood.get((year, kind.value), nobody)[1] for year in past),
        )
        for kind in stages
    }
    return Journeys(
        stages=tuple(stages),
        people=people,
        ever={
            kind: sum(stood.get((year, kind.value), nobody)[2] for year in past) for kind in stages
        },
        newcomers=tuple(stood.get((year, None), nobody)[1] for year in past),
        durations=durations,
        days=tuple(look.day for look in looks),
        since=since,
    )


# Each case as the days of its steps, then looked at on each of the days. What happened after
# :as_of is not known. A stage is the furthest step taken by the day; whoever has none yet and is
# counted by the end is a newcomer; those who come later still are not looked at.
_JOURNEYS = text("""
    WITH look (name, day, end_on) AS (
        SELECT * FROM unnest(CAST(:names AS integer[]), CAST(:days AS date[]),
                             CAST(:ends AS date[]))
    ),
    stage (kind, place) AS (
        SELECT * FROM unnest(CAST(:stages AS text[])) WITH ORDINALITY
    ),
    journey AS MATERIALIZED (
        SELECT s.case_id,
               array_agg(g.place ORDER BY g.place) FILTER (WHERE g.place IS NOT NULL) AS places,
               array_agg(s.taken_on ORDER BY g.place) FILTER (WHERE g.place IS NOT NULL) AS days,
               min(s.taken_on) FILTER (WHERE g.place IS NOT NULL) AS begun_on,
               min(s.taken_on) FILTER (WHERE s.kind = :counted) AS counted_on,
               min(s.taken_on) FILTER (WHERE s.kind = ANY(CAST(:exits AS text[]))) AS left_on
        FROM step s
        LEFT JOIN stage g ON g.kind = s.kind
        WHERE s.tenant_id = :tenant AND s.path >= :first_path AND s.path < :last_path
          AND s.kind = ANY(CAST(:kinds AS text[]))
          AND s.taken_on BETWEEN :since AND :as_of
        GROUP BY s.case_id
    ),
    seen AS (
        SELECT l.name, l.day, l.end_on, j.counted_on,
               (SELECT max(p.place)
                FROM unnest(j.places, j.days) AS p (place, taken_on)
                WHERE p.taken_on <= l.day) AS place
        FROM look l
        JOIN journey j
            ON (j.counted_on IS NULL OR j.counted_on > l.day)
           AND (j.left_on IS NULL OR j.left_on > l.day)
           AND (j.begun_on <= l.day OR j.counted_on <= l.end_on)
    )
    SELECT n.name AS look, g.kind AS stage, count(*)::integer AS people,
           count(*) FILTER (WHERE n.counted_on <= n.end_on)::integer AS counted,
           count(n.counted_on)::integer AS ever
    FROM seen n
    LEFT JOIN stage g ON g.place = n.place
    GROUP BY n.name, g.kind
    UNION ALL
    SELECT NULL, g.kind, t.people, t.median, t.slow
    FROM (SELECT p.place, count(*)::integer AS people,
                 percentile_disc(0.5) WITHIN GROUP (ORDER BY j.counted_on - p.taken_on) AS median,
                 percentile_disc(0.8) WITHIN GROUP (ORDER BY j.counted_on - p.taken_on) AS slow
          FROM journey j
          CROSS JOIN LATERAL unnest(j.places, j.days) AS p (place, taken_on)
          WHERE j.counted_on > :lasted_since AND p.taken_on <= j.counted_on
          GROUP BY p.place) t
    JOIN stage g ON g.place = t.place
    """)
