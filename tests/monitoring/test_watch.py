"""Who is on which watch list, and how the children of a unit are ranked."""

from datetime import date
from types import SimpleNamespace

import pytest

from app.core.periods import parse_period
from app.measures.queries import measure_by_code, measures
from app.monitoring.queries import Question
from app.monitoring.ranking import ranking
from app.monitoring.watch import Watch, watch_list
from app.procedure.queries import law
from app.reorganisations.lineage import Descent
from app.tenants.commands import choose_watch_thresholds, create_tenant
from app.tenants.queries import watch_thresholds
from app.units.queries import unit_by_code
from tests.factories.cases import import_rows
from tests.factories.quotas import give_quotas
from tests.factories.units import import_lines

TODAY = date(2022, 10, 31)


@pytest.fixture
def province(app_context):
    """A commune with two hamlets and one with one; a cell right below the province."""
    context = create_tenant("VINHPHUC", "Tỉnh Vĩnh Phúc", clock_on=TODAY)
    import_lines(
        context,
        "P,,province,Tỉnh ủy",
        "X1,P,commune,Xã Một",
        "X2,P,commune,Xã Hai",
        "A,X1,cell,Thôn A,village_cell,12",
        "B,X1,cell,Thôn B,village_cell,0",
        "C,X2,cell,Thôn C,village_cell",
        "D,P,cell,Chi bộ cơ quan,agency_cell,9",
        effective=date(2015, 1, 1),
    )
    people = (
        ("A", "2022-03-01", "2022-08-01"),
        ("A", "2022-03-01", ""),
        ("B", "2018-01-05", ""),
        ("C", "2019-03-01", "2019-08-01"),
        ("D", "2021-03-01", "2022-02-01"),
    )
    import_rows(
        context,
        *(
            {
                "cell_code": cell,
                "full_name": f"Nguyễn Văn {letter}",
                "listed_on": "2017-01-02",
                "certificate_on": certificate,
                "decision_on": decision,
            }
            for letter, (cell, certificate, decision) in zip("ABCDE", people, strict=True)
        ),
    )
    give_quotas(context, "P", {"X1": 20, "X2": 10, "D": 1})
    return context


def about(context, unit, period="2022"):
    question = Question(measure_by_code(context, "admission"), parse_period(period), TODAY)
    thresholds = watch_thresholds(context)
    since = date(TODAY.year - thresholds.watch_years, TODAY.month, 1)
    return SimpleNamespace(
        unit=unit_by_code(context, unit),
        question=question,
        offered=measures(context),
        law=law(context),
        descent=Descent(()),
        thresholds=thresholds,
        quiet_since=since if question.period.is_within_a_year else question.period.start,
    )


def listed(context, which, **asked):
    found = watch_list(context, about(context, "P", **asked), which)
    return [(row.unit.name, row.count, row.whole) for row in found.units], found.looked_at


def test_who_is_below_the_threshold_of_the_quota(province):
    assert listed(province, Watch.LOW) == ([("Xã Hai", 0, 10), ("Xã Một", 1, 20)], 3)

    choose_watch_thresholds(province, {"watch_percent": 5})

    assert listed(province, Watch.LOW) == ([("Xã Hai", 0, 10)], 3)


def test_cells_without_anybody_for_years_or_a_term(province):
    quiet, looked_at = listed(province, Watch.QUIET)
    assert ([name for name, *_ in quiet], looked_at) == (["Thôn B", "Thôn C"], 4)

    in_the_term, _ = listed(province, Watch.QUIET, period="2018-2022")
    assert [name for name, *_ in in_the_term] == ["Thôn B"]


def test_hamlets_without_members_are_told_from_those_never_counted(province):
    found = watch_list(province, about(province, "P"), Watch.EMPTY)

    assert [row.unit.name for row in found.units] == ["Thôn B"]
    assert (found.looked_at, found.unknown) == (3, 1)


def test_units_without_sources_and_grassroots_without_admissions(province):
    without, _ = listed(province, Watch.NO_SOURCES)
    assert [name for name, *_ in without] == ["Xã Hai", "Chi bộ cơ quan", "Thôn C"]

    none_yet, organisations = listed(province, Watch.GRASSROOTS)
    assert ([name for name, *_ in none_yet], organisations) == (["Xã Hai"], 3)


def test_certificates_that_run_out(province):
    # The one of 5 January 2018 expires on 5 January 2023: 66 days ahead.
    assert listed(province, Watch.CERTIFICATES)[0] == []

    choose_watch_thresholds(province, {"watch_days": 70})

    assert listed(province, Watch.CERTIFICATES)[0] == [("Thôn B", 0, 1)]


def test_children_stand_in_the_order_of_their_gap_with_what_says_why(province):
    found = ranking(province, about(province, "P"))

    rows = {row.attainment.unit.code: row for row in found.children}
    assert [row.attainment.unit.code for row in found.children] == ["X1", "X2", "D"]
    assert [row.behind for row in found.children] == [16, 8, 0]
    assert rows["X1"].trend == (0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0)
    assert (rows["X1"].activity.in_hand, rows["X1"].activity.last_on) == (2, date(2022, 8, 1))
    assert rows["X1"].days_since == 91
    assert (rows["X2"].activity.in_hand, rows["X2"].days_since) == (0, None)
