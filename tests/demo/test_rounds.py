"""The rounds of the demonstration leave nothing late, and say how the coming year begins."""

from datetime import date

from app.demo.rounds import hold_rounds
from app.rounds.queries import round_with_states
from app.rounds.waiting import Kind, waiting_for
from app.units.below import children
from tests.factories.quotas import board_key, give_quotas
from tests.quotas.conftest import TODAY, make_province


def test_this_years_round_is_finished_and_next_years_is_under_way(app_context):
    province = make_province()
    context, top = province.context, province["P"]
    given = {"D1": 80, "D2": 50, "C9": 7}
    give_quotas(context, "P", given, decided_on="2021-12-14")

    hold_rounds(context, top)

    below = children(context, top.id, TODAY, TODAY)
    this_year, states = round_with_states(context, board_key(context, top, "2022"), below)
    assert this_year is not None
    assert this_year.dues.commitment_on < TODAY
    assert all(state.has_answered and state.is_committed for state in states)
    assert all(state.sources >= state.registered.count > 0 for state in states)
    assert {state.unit.code: state.committed.count for state in states} == given
    assert all(state.committed.signed_on <= this_year.dues.commitment_on for state in states)
    waiting = [found for unit in below for found in waiting_for(context, unit.id)]
    assert {(str(found.period), found.kind) for found in waiting} <= {("2023", Kind.ANSWER)}
    assert all(found.due_on >= TODAY for found in waiting)
    next_year, _ = round_with_states(context, board_key(context, top, "2023"), below)
    assert next_year.opened_on == date(2022, 10, 24)
