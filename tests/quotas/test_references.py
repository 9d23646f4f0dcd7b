"""What stands beside the boxes of a board is what a recount of the people says."""

from datetime import date

import pytest

from app.cases.commands import record_steps
from app.cases.rules import EXITS, StepDraft, StepKind
from app.measures.queries import measure_by_code, segment_by_code
from app.quotas.criteria import Reference
from app.quotas.references import references
from app.quotas.rules import REGISTERED, Base, Decision, Kind, Seen, WrittenQuota
from app.quotas.stated import state_quota
from app.units.below import children
from tests.factories.cases import make_person
from tests.factories.quotas import board_key, give_quotas
from tests.factories.units import import_lines

LISTED = {StepKind.LISTED: date(2021, 3, 1)}


def admitted(day):
    return {**LISTED, StepKind.DECISION: day}


def known(province, code, *, period="2022", segment=None, base=Base.YEAR_START):
    unit, context = province[code], province.context
    key = board_key(context, unit, period)
    below = children(context, unit.id, key.period.start, key.period.last_day)
    found = references(context, unit, key, below, base=base, segment=segment).of_children
    return {child.code: found[child.id] for child in below}


def test_a_child_shows_quota_and_result_of_last_year_members_sources_and_what_is_done(province):
    context, cell = province.context, province["B1"]
    give_quotas(context, "P", {"D1": 7}, period="2021", decided_on="2021-01-05")
    make_person(context, cell, "Nguyễn Văn An", admitted(date(2021, 12, 30)))
    make_person(context, cell, "Trần Thị Bình", admitted(date(2022, 5, 19)))
    make_person(context, province["B2"], "Lê Văn Cường", LISTED)

    assert known(province, "P") == {
        "C9": Reference(last_year_result=0),
        "D1": Reference(
            last_year_quota=7, last_year_result=1, members=2000, sources=1, cells=1, so_far=1
        ),
        "D2": Reference(last_year_result=0, members=999),
    }
    assert {code: row.sources for code, row in known(province, "C1").items()} == {"B1": 0, "B2": 1}


@pytest.mark.parametrize("closing", [StepKind.DECISION, *EXITS])
def test_who_is_admitted_or_out_of_the_procedure_is_no_source_any_more(province, closing):
    person_id = make_person(province.context, province["B1"], steps=LISTED)
    make_person(province.context, province["B1"], "Trần Thị Bình", LISTED)

    record_steps(province.context, person_id, {closing: StepDraft(date(2022, 2, 1), "1")})

    assert known(province, "P")["D1"].sources == 1


def test_with_a_segment_results_and_sources_are_of_that_segment(province):
    context = province.context
    female = segment_by_code(context, measure_by_code(context, "admission"), "female")
    make_person(context, province["B1"], "Nguyễn Văn An", LISTED)
    make_person(context, province["B1"], "Trần Thị Bình", LISTED, sex="female")
    make_person(context, province["B1"], "Lê Thị Hoa", admitted(date(2021, 8, 3)), sex="female")
    make_person(context, province["B1"], "Lê Văn Nam", admitted(date(2021, 8, 3)))

    row = known(province, "P", segment=female)["D1"]

    assert (row.sources, row.last_year_result, row.members) == (1, 1, 2000)


def test_sources_and_results_go_with_a_cell_to_its_new_parent(province):
    make_person(province.context, province["B1"], "Nguyễn Văn An", LISTED)
    make_person(province.context, province["B1"], "Trần Thị Bình", admitted(date(2021, 5, 4)))

    import_lines(province.context, "C1,D2,commune,Xã Ngũ Kiên", effective=date(2022, 7, 1))

    found = known(province, "P")
    assert (found["D1"].sources, found["D1"].last_year_result) == (0, 0)
    assert (found["D2"].sources, found["D2"].last_year_result) == (1, 1)


def test_a_term_is_compared_with_no_year_and_members_are_those_of_the_base_day(province):
    import_lines(province.context, "D2,P,district,Huyện Tam Đảo,,1100", effective=date(2022, 6, 1))

    term = known(province, "P", period="2020-2025")["D2"]
    current = known(province, "P", base=Base.CURRENT)["D2"]

    assert (term.last_year_quota, term.last_year_result) == (None, None)
    assert (current.members, known(province, "P")["D2"].members) == (1100, 999)


def test_cells_with_sources_are_counted_unless_they_have_no_members(province):
    context = province.context
    for cell, name in (("B1", "Nguyễn Văn An"), ("B1", "Lê Văn Cường"), ("B2", "Trần Thị Bình")):
        make_person(context, province[cell], name, LISTED)
    assert known(province, "P")["D1"].cells == 2

    import_lines(context, "B2,C1,cell,Chi bộ thôn 2,,0", effective=date(2021, 1, 1))

    assert (known(province, "P")["D1"].cells, known(province, "D1")["C1"].sources) == (1, 3)


def test_what_a_child_registers_stands_beside_its_box(province):
    key = board_key(province.context, province["D2"])
    quota = WrittenQuota(Kind.COUNT, 12)
    handed_in = Decision("1", date(2022, 1, 3))
    state_quota(province.context, key, REGISTERED, Seen(0, 0), quota, handed_in)

    assert known(province, "P")["D2"].registered == 12


def test_a_unit_without_children_has_nothing_to_know(province):
    assert known(province, "B1") == {}
