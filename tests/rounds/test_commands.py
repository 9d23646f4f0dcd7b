"""A round from its opening to the commitments, and who may do what in it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core.database import db
from app.core.errors import Conflict, NotAllowed, NotFound, Refused
from app.quotas.registrations import registered
from app.quotas.rules import Seen
from app.rounds.commands import (
    Answer,
    Signature,
    answer_round,
    open_round,
    remind,
    sign_commitment,
)
from app.rounds.queries import child_states, round_asking, round_of
from app.rounds.rules import Dues
from app.rounds.waiting import Kind, waiting_for
from app.tenants.context import tenant_transaction
from app.units.below import children
from tests.factories.quotas import board_key, give_quotas
from tests.quotas.conftest import TODAY, make_province

LATER = Dues(date(2022, 11, 12), date(2022, 11, 25), date(2022, 12, 25))
DUES = Dues(date(2022, 11, 10), date(2022, 11, 20), date(2022, 12, 20))
ANSWER = Answer(sources=120, quota=90, cause="nguồn từ doanh nghiệp")
SIGNATURE = Signature("Nguyễn Văn An", "Bí thư Huyện ủy", TODAY)


@pytest.fixture
def opened(province, key):
    open_round(province.acting_for("P"), key, DUES, "Ưu tiên khu dân cư")
    return round_of(province.context, key)


def state_of(province, key, code):
    below = children(province.context, key.issuer_id, key.period.start, key.period.last_day)
    states = child_states(province.context, key, below)
    return next(state for state in states if state.unit.code == code)


def kinds(province, code):
    return [found.kind for found in waiting_for(province.context, province[code].id)]


def answer(province, opened, seen="0.0", said=ANSWER):
    unit_id = province["D1"].id
    answer_round(province.acting_for("D1"), unit_id, opened, Seen.read(seen), said)


def test_a_round_goes_from_survey_to_commitment(province, key, opened):
    assert kinds(province, "D1") == [Kind.ANSWER, Kind.SIGN]

    answer(province, opened)
    asking = round_asking(province.acting_for("D1"), province["D1"].id, key.measure_id, key.period)
    sign_commitment(province.acting_for("D1"), province["D1"].id, asking.key, 1, SIGNATURE)

    state = state_of(province, key, "D1")
    assert (state.sources, state.registered.count, state.cause) == (
        120,
        90,
        "nguồn từ doanh nghiệp",
    )
    assert state.is_committed
    assert kinds(province, "D1") == []
    other = state_of(province, key, "D2")
    assert (other.has_answered, other.is_committed) == (False, False)
    assert kinds(province, "D2") == [Kind.ANSWER, Kind.SIGN]


def test_a_round_is_opened_by_its_issuer_alone_and_once(province, key, opened):
    with pytest.raises(NotAllowed):
        open_round(
            province.acting_for("P"), board_key(province.context, province["D1"]), DUES, None
        )
    with pytest.raises(NotFound):
        open_round(province.acting_for("D1"), key, DUES, None)
    with pytest.raises(Refused):
        open_round(province.context, board_key(province.context, province["B1"]), DUES, None)

    assert open_round(province.acting_for("P"), key, LATER, None) == opened.id
    assert round_of(province.context, key).dues == LATER


def test_an_answer_is_the_units_own_and_may_come_in_two_parts(province, key, opened):
    with pytest.raises(NotAllowed):
        answer_round(province.acting_for("P"), province["D1"].id, opened, Seen(0, 0), ANSWER)
    with pytest.raises(NotFound):
        answer_round(province.acting_for("D2"), province["D1"].id, opened, Seen(0, 0), ANSWER)

    answer(province, opened, said=Answer(120, None, None))
    assert kinds(province, "D1") == [Kind.ANSWER, Kind.SIGN]
    answer(province, opened)

    with pytest.raises(Conflict):
        answer(province, opened, said=Answer(120, 95, "thêm nguồn"))
    answer(province, opened, seen="1.0", said=Answer(125, 95, "thêm nguồn"))
    found = registered(province.context, [province["D1"].id], key.measure_id, key.period)
    assert found[province["D1"].id].count == 95
    with pytest.raises(Refused) as refused:
        answer(province, opened, seen="2.0", said=Answer(125, 96, None))
    assert [problem.field for problem in refused.value.problems] == ["cause"]


def test_reminding_reaches_the_silent_once_a_day(province, key, opened):
    answer(province, opened)
    acting = province.acting_for("P")

    def states():
        below = children(acting, key.issuer_id, key.period.start, key.period.last_day)
        return child_states(acting, key, below)

    assert remind(acting, opened, states()) == 2
    assert remind(acting, opened, states()) == 0

    assert state_of(province, key, "D1").reminded_on is None
    assert state_of(province, key, "D2").reminded_on == TODAY
    with pytest.raises(NotFound):
        remind(province.acting_for("D1"), opened, states())


def test_a_commitment_is_to_the_number_that_was_read(province, key, opened):
    acting, unit_id = province.acting_for("D1"), province["D1"].id
    sign_commitment(acting, unit_id, key, 1, SIGNATURE)
    give_quotas(
        province.context, "P", {"D1": 85, "D2": 50}, decision_no="9-QĐ/TU", decided_on="2022-07-01"
    )

    state = state_of(province, key, "D1")
    assert (state.is_committed, state.committed.count, state.assigned.count) == (False, 80, 85)
    assert Kind.SIGN in kinds(province, "D1")
    with pytest.raises(Conflict):
        sign_commitment(acting, unit_id, key, 1, SIGNATURE)
    sign_commitment(acting, unit_id, key, 2, SIGNATURE)
    assert state_of(province, key, "D1").is_committed


def test_nobody_signs_for_another_or_for_nothing(province, key, opened):
    with pytest.raises(NotAllowed):
        sign_commitment(province.acting_for("P"), province["D1"].id, key, 1, SIGNATURE)
    with pytest.raises(Refused):
        sign_commitment(province.acting_for("C9"), province["C9"].id, key, 1, SIGNATURE)
    with pytest.raises(IntegrityError, match="nothing published"):
        db.session.execute(
            text(
                "INSERT INTO commitment (tenant_id, distribution_id, unit_id, signatory,"
                " signatory_title, signed_on) SELECT tenant_id, id, :unit, 'A', 'B', '2022-01-01'"
                " FROM distribution WHERE issuer_id = :issuer AND source = 'assigned'"
            ),
            {"unit": province["C9"].id, "issuer": province["P"].id},
        )


def test_less_than_was_given_on_is_flagged_on_both_sides_until_it_is_resolved(province, key):
    give_quotas(
        province.context, "P", {"D1": 70, "D2": 50}, decision_no="9-QĐ/TU", decided_on="2022-07-01"
    )

    assert state_of(province, key, "D1").is_overdistributed
    assert kinds(province, "D1") == [Kind.REDISTRIBUTE]
    assert kinds(province, "P") == [Kind.CHILDREN_REDISTRIBUTE]

    give_quotas(
        province.context,
        "D1",
        {"C1": 45, "C2": 30},
        decision_no="9-QĐ/HU",
        decided_on="2022-07-05",
        reason="giao vượt để bù",
    )
    assert not state_of(province, key, "D1").is_overdistributed
    assert kinds(province, "D1") == kinds(province, "P") == []


def test_nothing_of_another_tenant_is_asked(province, key, opened):
    other = make_province("HOABINH")

    assert round_of(other.context, key) is None
    with pytest.raises(NotFound):
        round_asking(other.context, province["D1"].id, key.measure_id, key.period)
    assert waiting_for(other.context, province["D1"].id) == ()


def test_nobody_signs_before_the_decision_was_made(province, key, opened):
    early = Signature("Nguyễn Văn An", "Bí thư", date(2021, 12, 19))

    with pytest.raises(Refused) as refused:
        sign_commitment(province.acting_for("D1"), province["D1"].id, key, 1, early)

    assert [problem.field for problem in refused.value.problems] == ["signed_on"]
    on_the_day = Signature("Nguyễn Văn An", "Bí thư", date(2021, 12, 20))
    sign_commitment(province.acting_for("D1"), province["D1"].id, key, 1, on_the_day)


def test_twenty_reminders_at_once_remind_each_child_once(app, province, key, opened):
    acting = province.acting_for("P")
    below = children(acting, key.issuer_id, key.period.start, key.period.last_day)
    states = child_states(acting, key, below)
    db.session.commit()
    barrier = Barrier(5)

    def work(_place):
        with app.app_context(), tenant_transaction("VINHPHUC"):
            barrier.wait()
            return remind(acting, opened, states)

    with ThreadPoolExecutor(5) as pool:
        assert sum(pool.map(work, range(20))) == 3
