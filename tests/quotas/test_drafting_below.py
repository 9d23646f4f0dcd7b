"""One act drafts the boards from a unit down to its last cells, and overwrites nobody silently."""

from datetime import date

import pytest
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.cases.rules import StepKind
from app.core.database import db
from app.core.errors import Conflict, NotAllowed, Refused
from app.quotas.boxes import BoxKey, Mark
from app.quotas.cascade import Outcome
from app.quotas.commands import save_draft
from app.quotas.criteria import Criterion
from app.quotas.drafting_below import draft_below, plan_below
from app.quotas.drafts import replace_marks
from app.quotas.in_force import quotas_in_force
from app.quotas.models import Distribution
from app.quotas.plans import Bounds, Plan
from app.quotas.queries import lines_of_version, versions
from app.rollups.commands import fold
from tests.factories.cases import make_person
from tests.factories.quotas import board_key, give_quotas
from tests.factories.units import import_lines

BY_MEMBERS = Plan({Criterion.MEMBERS: 1})


@pytest.fixture
def filled(province):
    """The province holds 90 and has published 60 and 30 for its districts."""
    give_quotas(province.context, "", {"P": 90})
    give_quotas(province.context, "P", {"D1": 60, "D2": 30})
    return province


def planned(province, plan=BY_MEMBERS, *, unit="P", replaces=False):
    key = board_key(province.context, province[unit])
    found = plan_below(province.context, province[unit], key, plan, replaces=replaces)
    return {found.units[board.unit_id].code: board for board in found.boards}


def drafted(province, plan=BY_MEMBERS, *, replaces=False, seen=None):
    unit, key = province["P"], board_key(province.context, province["P"])
    looked_at = plan_below(province.context, unit, key, plan, replaces=replaces)
    return draft_below(
        province.context, unit, key, plan, replaces=replaces, seen=seen or looked_at.digest
    )


def draft_of(province, code):
    found = versions(province.context, board_key(province.context, province[code])).draft
    codes = {unit.id: unit.code for unit in province.units.values()}
    return {
        codes[line.unit_id]: line.quota.count for line in lines_of_version(province.context, found)
    }


def test_every_board_below_gets_a_draft_that_gives_just_what_it_was_given(filled):
    drafted(filled)

    assert draft_of(filled, "D1") == {"C1": 20, "C2": 20, "C3": 20}
    assert draft_of(filled, "C1") == {"B1": 10, "B2": 10}
    assert draft_of(filled, "P") == {}, "what the top has published stays"


def test_nothing_is_in_force_before_each_committee_publishes(filled):
    drafted(filled)

    key = board_key(filled.context, filled["D1"])
    found = quotas_in_force(
        filled.context, [filled["C1"].id], key.measure_id, key.period, filled.context.today
    )
    assert found == {}


def test_figures_are_added_up_to_each_level(filled):
    for cell, people in (("B1", 3), ("B2", 1)):
        for number in range(people):
            make_person(filled.context, filled[cell], f"Người {cell} {number}")
    fold(filled.context)
    make_person(
        filled.context,
        filled["B2"],
        "Trần Thị Bình",
        {StepKind.LISTED: date(2021, 1, 4), StepKind.DECISION: date(2021, 5, 4)},
    )

    by_sources = planned(filled, Plan({Criterion.SOURCES: 1}))
    by_result = planned(filled, Plan({Criterion.LAST_RESULT: 1}))

    assert by_sources["D1"].numbers == {
        filled[c].id: n for c, n in (("C1", 60), ("C2", 0), ("C3", 0))
    }
    assert by_sources["C1"].numbers == {filled["B1"].id: 45, filled["B2"].id: 15}
    assert by_result["C1"].numbers == {filled["B1"].id: 0, filled["B2"].id: 60}


def test_where_nothing_asked_for_is_known_a_board_is_divided_equally_and_says_so(filled):
    boards = planned(filled)

    assert boards["D1"].is_equal
    assert not planned(filled, Plan({Criterion.EQUALLY: 1}))["D1"].is_equal


def test_a_draft_of_another_committee_stays_unless_it_is_to_be_replaced(filled):
    key = board_key(filled.context, filled["D1"])
    save_draft(filled.context, key, versions(filled.context, key).seen, {filled["C1"].id: 7})

    kept = planned(filled)
    assert kept["D1"].outcome is Outcome.KEPT_DRAFT
    assert kept["C1"].given == 7, "what is below follows from the numbers that stay"

    assert planned(filled, replaces=True)["D1"].outcome is Outcome.REPLACED
    drafted(filled, replaces=True)
    assert draft_of(filled, "D1") == {"C1": 20, "C2": 20, "C3": 20}


def test_held_boxes_of_a_replaced_draft_keep_their_number_and_mark(filled):
    key = board_key(filled.context, filled["D1"])
    save_draft(filled.context, key, versions(filled.context, key).seen, {filled["C1"].id: 8})
    draft_id = versions(filled.context, key).draft.id
    replace_marks(filled.context, draft_id, {BoxKey(filled["C1"].id): Mark(is_held=True)})

    drafted(filled, replaces=True)

    assert draft_of(filled, "D1") == {"C1": 8, "C2": 26, "C3": 26}


def test_a_published_board_stays_while_it_adds_up_and_is_drafted_anew_when_not(filled):
    give_quotas(filled.context, "D1", {"C1": 40, "C2": 20})
    assert planned(filled)["D1"].outcome is Outcome.KEPT_PUBLISHED
    assert planned(filled)["C1"].given == 40

    give_quotas(filled.context, "P", {"D1": 66}, decision_no="99", decided_on="2022-02-01")
    assert planned(filled)["D1"].outcome is Outcome.DRAFTED_ANEW
    drafted(filled)
    assert draft_of(filled, "D1") == {"C1": 22, "C2": 22, "C3": 22}


def test_a_published_board_that_keeps_a_reserve_stands(filled):
    give_quotas(filled.context, "D1", {"C1": 40, "C2": 15}, reason="để bổ sung")

    assert planned(filled)["D1"].outcome is Outcome.KEPT_PUBLISHED


def test_a_unit_that_has_left_is_in_no_new_draft(filled):
    give_quotas(filled.context, "D1", {"C1": 40, "C2": 19})
    import_lines(filled.context, "C2,D2,commune,Xã Lũng Hoà", effective=date(2022, 6, 1))

    drafted(filled)

    assert draft_of(filled, "D1") == {"C1": 30, "C3": 30}
    assert draft_of(filled, "D2") == {"C2": 30}


def test_what_cannot_be_divided_is_explained_and_left_alone_below(filled):
    boards = planned(filled, Plan({Criterion.EQUALLY: 1}, for_all=Bounds(floor=25)))

    assert boards["D1"].outcome is Outcome.IMPOSSIBLE
    assert "thiếu 15" in str(boards["D1"].problem)
    assert "C1" not in boards


def test_a_unit_that_is_given_nothing_drafts_nothing(filled):
    give_quotas(filled.context, "D1", {"C1": 0, "C2": 60})

    assert planned(filled)["C1"].outcome is Outcome.NOTHING


def test_the_top_divides_what_it_holds_when_it_has_given_nothing_yet(province):
    give_quotas(province.context, "", {"P": 90})

    drafted(province)

    assert draft_of(province, "P") == {"C9": 0, "D1": 60, "D2": 30}
    assert draft_of(province, "C1") == {"B1": 10, "B2": 10}


def test_without_anything_to_give_it_is_refused(province):
    with pytest.raises(Refused) as refused:
        planned(province)

    assert [problem.field for problem in refused.value.problems] == ["total"]


def test_what_has_changed_since_it_was_looked_at_is_a_conflict(filled):
    looked_at = plan_below(
        filled.context,
        filled["P"],
        board_key(filled.context, filled["P"]),
        BY_MEMBERS,
        replaces=True,
    ).digest
    key = board_key(filled.context, filled["D1"])
    save_draft(filled.context, key, versions(filled.context, key).seen, {filled["C1"].id: 7})

    with pytest.raises(Conflict):
        drafted(filled, replaces=True, seen=looked_at)

    assert draft_of(filled, "D1") == {"C1": 7}


def test_only_the_committee_of_the_unit_itself_drafts_what_is_below_it(filled):
    acting, district = filled.acting_for("P"), filled["D1"]
    key = board_key(acting, district)

    with pytest.raises(NotAllowed):
        draft_below(acting, district, key, BY_MEMBERS, replaces=False, seen="")


def test_each_draft_has_its_entry_in_the_trail_and_doing_it_twice_changes_nothing(filled):
    drafted(filled)
    again = drafted(filled)

    assert again.written == ()
    entries = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "distribution.drafted")
    ).all()
    drafts = db.session.scalar(select(func.count()).where(Distribution.state == "draft"))
    assert len(entries) == drafts == 2
    assert {"C1": 20, "C2": 20, "C3": 20} in [entry.after for entry in entries]
