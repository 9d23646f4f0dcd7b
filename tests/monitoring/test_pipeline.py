"""Where a count will end by who is on the way: honest, and as earlier years went."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from app.cases.rules import StepKind
from app.core.periods import parse_period
from app.measures.queries import measure_by_code
from app.monitoring.journeys import journeys
from app.monitoring.pipeline import StepPeople, foretell
from app.tenants.commands import create_tenant
from app.units.queries import unit_by_code
from tests.factories.cases import import_rows
from tests.factories.units import import_lines

STEADY = [StepPeople(100, (90, 110, 100), (9, 11, 10)), StepPeople(20, (20, 19, 21), (18, 17, 19))]


@st.composite
def steps(draw):
    stood = draw(st.tuples(*[st.integers(0, 300)] * 3))
    counted = tuple(draw(st.integers(0, number)) for number in stood)
    return StepPeople(draw(st.integers(0, 300)), stood, counted)


def test_todays_people_do_as_those_before_them_did():
    found = foretell(50, STEADY, (5, 5, 5))

    assert 50 + 10 + 18 + 5 - 2 <= found.forecast.expected <= 50 + 10 + 18 + 5 + 2
    assert 50 < found.forecast.lower < found.forecast.expected < found.forecast.upper


def test_years_that_differ_make_a_wide_interval():
    wild = [StepPeople(100, (100, 100, 100), (5, 60, 25))]
    calm = [StepPeople(100, (100, 100, 100), (30, 30, 30))]

    def width(given_steps):
        forecast = foretell(0, given_steps, (0, 0, 0)).forecast
        return forecast.upper - forecast.lower

    assert width(wild) > 2 * width(calm)


def test_nothing_is_foretold_from_a_short_or_thin_history():
    assert foretell(50, [StepPeople(9, (40, 0, 0), (30, 0, 0))], (0, 0, 0)) is None
    assert foretell(50, [StepPeople(9, (4, 4, 4), (3, 3, 3))], (1, 1, 1)) is None


@given(st.integers(0, 1000), st.lists(steps(), min_size=1, max_size=5))
def test_the_end_is_never_below_what_is_counted(count, given_steps):
    found = foretell(count, given_steps, (1, 0, 2))

    if found is not None:
        forecast = found.forecast
        assert count <= forecast.lower <= forecast.expected <= forecast.upper
        assert all(0 <= share <= 1 for share in found.shares)


def test_a_past_day_is_seen_as_it_was(app_context):
    context = create_tenant("VINHPHUC", "Tỉnh Vĩnh Phúc", clock_on=date(2022, 10, 31))
    import_lines(context, "P,,province,Tỉnh ủy", "C,P,cell,Chi bộ thôn 1")
    rows = [
        # On 30 June 2021: one with a certificate, admitted in time; one listed, admitted later.
        ("2021-01-04", "2021-03-01", "2021-07-01", "2021-09-01"),
        ("2021-05-01", "2021-08-01", "2021-12-01", "2022-02-01"),
        # Begun after that day, and counted in the same year.
        ("2021-07-15", "2021-08-01", "2021-10-01", "2021-12-15"),
        # Today on the way; one whose next step lies after the day asked for.
        ("2022-01-04", "2022-03-01", "", ""),
        ("2022-01-05", "2022-09-01", "", ""),
    ]
    names = ("listed_on", "certificate_on", "cell_resolution_on", "decision_on")
    import_rows(
        context,
        *(
            {
                "cell_code": "C",
                "full_name": f"Nguyễn Văn {letter}",
                **dict(zip(names, row, strict=True)),
            }
            for letter, row in zip("ABCDE", rows, strict=True)
        ),
    )

    measure = measure_by_code(context, "admission")
    found = journeys(
        context,
        unit_by_code(context, "P").path,
        StepKind(measure.counted_step),
        parse_period("2022"),
        date(2022, 6, 30),
    )

    listed, certified = found.people[StepKind.LISTED], found.people[StepKind.CERTIFICATE]
    assert (listed.now, listed.stood[0], listed.counted[0]) == (1, 1, 0)
    assert (certified.now, certified.stood[0], certified.counted[0]) == (1, 1, 1)
    assert found.newcomers == (1, 0, 0)
    assert found.ever[StepKind.LISTED] == 1
    assert found.durations[StepKind.CELL_RESOLUTION].people == 3
