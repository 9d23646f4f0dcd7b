"""Figures as they were, and restated on the tree of after; what the command line says of both."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import func, select, update

from app.casework.queries import cards_of_cell, cards_of_desk, desk
from app.core.database import apply_context, db, mark_audited
from app.core.periods import parse_period
from app.measures.queries import measure_by_code
from app.monitoring.queries import Question
from app.quotas.references import references
from app.reminders.commands import Written, send
from app.reminders.models import Reminder
from app.reminders.rules import Kind, Origin
from app.reorganisations import commands
from app.rollups.commands import verify
from app.tenants.commands import create_tenant, rename
from app.tenants.context import tenant_transaction
from app.tenants.models import Setting
from app.units.below import children
from app.units.queries import unit_by_code, unit_ever_by_code
from tests.factories.cases import import_rows
from tests.factories.quotas import board_key, give_quotas
from tests.factories.reorganisations import ON, decided, reorganise
from tests.factories.units import import_lines

TREE = (
    "P,,province,Tỉnh",
    "D,P,district,Huyện",
    *(f"C{number},D,commune,Xã {number}" for number in (1, 2, 3)),
    *(f"B{number},C{number},cell,Chi bộ {number},village_cell" for number in (1, 2, 3)),
    "B4,C3,cell,Chi bộ 4,village_cell",
)
MERGED = (
    "D,Huyện,,,,close,",
    "C1,Xã 1,N1,Xã Mới,P,whole,1",
    "C2,Xã 2,N1,Xã Mới,P,whole,1",
)
SPLIT = (
    "C3,Xã 3,N2,Xã Trên,P,part,1",
    "C3,Xã 3,N3,Xã Dưới,P,part,0",
    "B4,Chi bộ 4,B4,Chi bộ 4,N3,whole,1",
)


@pytest.fixture
def province(app_context):
    """A province with one admission in each cell in 2024 and 2025, and quotas of both years."""
    context = create_tenant("THU", "Tỉnh thử", clock_on=ON.replace(month=9))
    import_lines(context, *TREE)
    import_rows(
        context,
        *(
            {
                "person_code": f"{cell}/{year}",
                "cell_code": cell,
                "listed_on": f"{year}-02-01",
                "decision_no": f"{cell}{year}",
                "decision_on": f"{year}-03-01",
            }
            for cell in ("B1", "B2", "B3", "B4")
            for year in (2024, 2025)
        ),
    )
    for year in (2024, 2025):
        stated = {"period": year, "decided_on": f"{year}-01-05", "reason": "dự phòng"}
        give_quotas(context, None, {"P": 50}, **stated)
        give_quotas(context, "P", {"D": 40}, **stated)
        give_quotas(context, "D", {"C1": 10, "C2": 11, "C3": 13}, **stated)
    db.session.commit()
    return context


def run(app, *arguments):
    outcome = app.test_cli_runner().invoke(args=[*arguments, "--format", "json"])
    return outcome.exit_code, outcome


def attainment(app, unit, period, *options):
    status, outcome = run(
        app,
        *("attainment", "--tenant", "THU", "--unit", unit, "--measure", "admission"),
        *("--period", period, *options),
    )
    assert status == 0, outcome.output
    return json.loads(outcome.stdout)


def test_a_merged_unit_has_what_its_predecessors_had(app, province):
    reorganise(province, *MERGED, *SPLIT)
    db.session.commit()

    now = attainment(app, "N1", "2024", "--tree", "now")["unit"]
    this_year = attainment(app, "N1", "2025")

    assert (now["count"], now["quota"]) == (2, 21)
    assert this_year["tree"] == "now"
    assert (this_year["unit"]["count"], this_year["unit"]["quota"]) == (2, 21)
    assert this_year["unit"]["last_year"]["count"] == 2


def test_the_first_page_of_a_merged_unit_says_the_same_as_its_results(province):
    reorganise(province, *MERGED)
    merged, cell = unit_by_code(province, "N1"), unit_by_code(province, "B1")

    (card,) = cards_of_desk(province, desk(province, merged.id))
    above, own = reversed(cards_of_cell(province, cell.path))

    assert (card.count, card.quota) == (2, 21)
    assert (above.unit_id, above.count) == (merged.id, 2)
    assert own.count == 1


def test_an_ended_unit_keeps_its_figures_and_names_its_heirs(app, province):
    reorganise(province, *MERGED, *SPLIT)
    db.session.commit()

    then = attainment(app, "C1", "2024")
    status, outcome = run(
        app,
        *("attainment", "--tenant", "THU", "--unit", "C3", "--measure", "admission"),
        *("--period", "2024", "--tree", "now"),
    )

    assert then["tree"] == "then"
    assert (then["unit"]["count"], then["unit"]["quota"]) == (1, 10)
    assert status == 1
    assert "N2" in outcome.stderr
    assert "N3" in outcome.stderr


def test_the_board_of_an_ended_unit_has_what_its_children_had_themselves(province):
    reorganise(province, *MERGED, *SPLIT)
    district = unit_ever_by_code(province, "D")
    key = board_key(province, district, "2025")
    below = children(province, district.id, key.period.start, key.period.last_day)

    known = references(province, district, key, below).of_children

    assert {child.code: known[child.id].last_year_result for child in below} == {
        "C1": 1,
        "C2": 1,
        "C3": 2,
    }


def test_past_quotas_of_a_split_unit_are_not_known(app, province):
    reorganise(province, *MERGED, *SPLIT)
    db.session.commit()

    restated = attainment(app, "N2", "2024", "--tree", "now")["unit"]
    current = [attainment(app, unit, "2025")["unit"] for unit in ("N2", "N3")]

    assert restated["quota"] is None
    assert restated["count"] == 1
    assert sorted(unit["quota"] for unit in current) == [6, 7]


def test_cells_that_merge_hand_over_people_and_what_was_done_since(app, province):
    import_rows(
        province,
        {
            "person_code": "B2/new",
            "cell_code": "B2",
            "decision_no": "9",
            "listed_on": "2025-05-01",
            "decision_on": "2025-08-01",
        },
    )
    db.session.commit()

    result = reorganise(
        province, "B1,Chi bộ 1,B1,Chi bộ 1,C1,whole,1", "B2,Chi bộ 2,B1,Chi bộ 1,C1,whole,1"
    )
    db.session.commit()

    assert result.totals_before == result.totals_after
    assert not verify(province).mismatches
    db.session.commit()
    assert attainment(app, "B1", "2025", "--tree", "now")["unit"]["count"] == 3
    assert attainment(app, "B1", "2025", "--tree", "then")["unit"]["count"] == 2
    assert attainment(app, "B2", "2025")["unit"]["count"] == 1


def test_quotas_after_it_balance_and_the_old_ones_stay(app, province):
    reorganise(province, *MERGED, *SPLIT)
    db.session.commit()

    _, outcome = run(
        app,
        *("quotas", "show", "--tenant", "THU", "--unit", "P", "--measure", "admission"),
        *("--period", "2025"),
    )
    shown = json.loads(outcome.stdout)

    assert (shown["assigned"], shown["distributed"], shown["reserve"]) == (50, 34, 16)
    assert {line["code"]: line["quota"] for line in shown["lines"]} == {"N1": 21, "N2": 7, "N3": 6}
    assert decided().decision_no in shown["reason"]


def test_the_same_again_changes_nothing_and_another_under_its_number_is_refused(app, province):
    first = reorganise(province, *MERGED)
    db.session.commit()

    again = reorganise(province, *reversed(MERGED))

    assert again.as_json() == first.as_json()
    with pytest.raises(commands.Conflict):
        reorganise(province, *MERGED[:1])


def test_one_of_a_day_to_come_is_carried_out_on_its_day(app, province):
    later = ON.replace(year=2026)
    reorganise(province, *MERGED, on=later)
    db.session.commit()
    assert attainment(app, "C1", "2025")["unit"]["count"] == 1

    db.session.execute(
        update(Setting).where(Setting.tenant_id == province.tenant_id).values(clock_on=later)
    )
    mark_audited(db.session())
    db.session.commit()

    assert attainment(app, "N1", "2026")["tree"] == "now"
    assert commands.undo(province, decided().decision_no).units == 9
    db.session.commit()


def test_undoing_brings_back_quotas_that_had_been_corrected_before(app, province):
    stated = {"period": 2025, "decided_on": "2025-02-01", "reason": "dự phòng"}
    give_quotas(province, "D", {"C1": 12, "C2": 11, "C3": 12}, **stated)
    db.session.commit()
    shown = ("quotas", "show", "--tenant", "THU", "--unit", "D", "--measure", "admission")
    _, before = run(app, *shown, "--period", "2025")
    reorganise(province, *MERGED)
    db.session.commit()

    commands.undo(province, decided().decision_no)
    db.session.commit()

    _, after = run(app, *shown, "--period", "2025")
    assert '"quota": 12' in before.output
    assert after.output == before.output


def test_what_came_since_stands_against_undoing(app, province):
    reorganise(province, *MERGED)
    import_lines(province, "B9,N1,cell,Chi bộ 9", effective=ON)
    db.session.commit()

    with pytest.raises(commands.Conflict):
        commands.undo(province, decided().decision_no)


def test_a_tenant_called_as_its_topmost_unit_follows_it_and_is_called_back(app, province):
    rename(province, "Tỉnh")
    called = replace(province, tenant_name="Tỉnh")
    reorganise(called, "P,,P,Tỉnh Mới,,whole,1", *MERGED)
    db.session.commit()
    with tenant_transaction("THU") as context:
        assert context.tenant_name == "Tỉnh Mới"
        commands.undo(context, decided().decision_no)
    with tenant_transaction("THU") as context:
        assert context.tenant_name == "Tỉnh"


def test_what_rules_wrote_goes_with_an_undoing_and_what_people_wrote_stands_against_it(
    app, province
):
    reorganise(province, *MERGED)
    db.session.commit()
    heir = unit_by_code(province, "N1").id
    measure = measure_by_code(province, "admission")
    about = Question(measure, parse_period("2025"), province.today)
    written = Written(heir, Origin.SILENT, "Đề nghị rà soát.", once="silent:2025-W30")
    send(province, Kind.REMINDER, unit_by_code(province, "P").id, about, [written])
    db.session.commit()
    by_hand = replace(written, origin=Origin.HAND, once="hand")
    send(province, Kind.REMINDER, unit_by_code(province, "P").id, about, [by_hand])

    with pytest.raises(commands.Conflict, match="thư đôn đốc"):
        commands.undo(province, decided().decision_no)
    db.session.rollback()
    apply_context(db.session(), province.for_database)
    assert db.session.scalars(select(func.count()).select_from(Reminder)).one() == 1
    commands.undo(province, decided().decision_no)
    db.session.commit()

    apply_context(db.session(), province.for_database)
    assert db.session.scalars(select(func.count()).select_from(Reminder)).one() == 0
