"""Transfers: agreed by both, approved where the tenant wants it, exact, and all or nothing."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.cases.rules import StepKind
from app.core.database import db
from app.core.errors import AppError, NotAllowed, NotFound, Refused
from app.quotas.boards import last_change
from app.quotas.commands import save_draft
from app.quotas.queries import lines_of_version, versions
from app.rounds.rules import AGREED, DECLINED, DONE
from app.rounds.transfers import (
    Proposal,
    agree_to_transfer,
    brother_named,
    decline_transfer,
    propose_transfer,
    transfer_of,
    transfers_of,
)
from app.rounds.waiting import Kind, waiting_for
from app.tenants.commands import choose_transfers_need_approval
from app.tenants.context import tenant_transaction
from tests.factories.cases import make_person
from tests.factories.quotas import give_quotas
from tests.factories.units import import_lines
from tests.quotas.conftest import TODAY, make_province


def totals(context, key):
    lines = lines_of_version(context, versions(context, key).latest)
    return {line.unit_id: line.quota.count for line in lines if line.segment_id is None}


def proposal(province, giver="D1", taker="D2", count=10, **values):
    return Proposal(
        province[giver].id, province[taker].id, count, "D2 có thêm nguồn", "3-BB/HU", **values
    )


def propose(province, key, code="D1", **values):
    return propose_transfer(
        province.acting_for(code), province[code].id, key, proposal(province, **values)
    )


def agree(province, transfer_id, code, because=None):
    return agree_to_transfer(province.acting_for(code), province[code].id, transfer_id, because)


def kinds(province, code):
    return [found.kind for found in waiting_for(province.context, province[code].id)]


def admit(province, code, number):
    for place in range(number):
        make_person(
            province.context,
            province[code],
            f"Nguyễn Văn {place}",
            steps={StepKind.LISTED: date(2021, 3, 1), StepKind.DECISION: date(2022, 5, 19)},
        )


def test_a_transfer_is_agreed_approved_and_then_a_new_version(province, key):
    transfer_id = propose(province, key)
    assert (kinds(province, "D2"), kinds(province, "D1")) == ([Kind.AGREE], [])

    assert agree(province, transfer_id, "D2") == AGREED
    assert kinds(province, "P") == [Kind.APPROVE]
    assert totals(province.context, key) == {province["D1"].id: 80, province["D2"].id: 50}
    assert agree(province, transfer_id, "P") == DONE

    assert totals(province.context, key) == {province["D1"].id: 70, province["D2"].id: 60}
    found = versions(province.context, key)
    assert [row.state for row in found.published] == ["superseded", "published"]
    latest = found.latest
    assert (latest.decision_no, latest.decided_on) == ("3-BB/HU", TODAY)
    assert latest.cause == (
        "Điều chuyển 10 từ Huyện Vĩnh Tường sang Huyện Tam Đảo: D2 có thêm nguồn"
    )
    assert (latest.assigned, latest.distributed, latest.reserve) == (130, 130, 0)
    assert transfer_of(province.context, province["P"].id, transfer_id).state == DONE


def test_without_approval_the_other_sides_yes_is_enough(province, key):
    choose_transfers_need_approval(province.context, need=False)
    transfer_id = propose(province, key, code="D2")

    assert agree(province, transfer_id, "D1") == DONE
    assert totals(province.context, key) == {province["D1"].id: 70, province["D2"].id: 60}


def test_what_stays_in_reserve_and_for_segments_stays(province, key):
    give_quotas(province.context, "", {"P": 150}, decided_on="2021-12-10")
    rows = {"decision_no": "5-QĐ/TU", "decided_on": "2022-02-01", "reason": "dự phòng"}
    give_quotas(province.context, "P", {"D1": 80, "D2": 50}, **rows)
    transfer_id = propose(province, key)
    agree(province, transfer_id, "D2")
    agree(province, transfer_id, "P")

    latest = versions(province.context, key).latest
    assert (latest.assigned, latest.reserve, latest.reserve_reason) == (150, 20, "dự phòng")


def test_only_whose_turn_it_is_may_agree(province, key):
    transfer_id = propose(province, key)

    for code, error in (("D1", Refused), ("P", Refused), ("C1", NotFound), ("C9", NotFound)):
        with pytest.raises(error):
            agree(province, transfer_id, code)
    with pytest.raises(NotAllowed):
        agree_to_transfer(province.acting_for("P"), province["D2"].id, transfer_id)
    agree(province, transfer_id, "D2")
    agree(province, transfer_id, "P")
    with pytest.raises(Refused):
        agree(province, transfer_id, "P")


@pytest.mark.parametrize("code", ["D1", "D2", "P"])
def test_anybody_concerned_may_end_it_with_a_reason(province, key, code):
    transfer_id = propose(province, key)

    decline_transfer(province.acting_for(code), province[code].id, transfer_id, "không còn nguồn")

    (row,) = transfers_of(province.context, province["D1"].id, key.measure_id, key.period)
    assert (row.state, row.declined_because) == (DECLINED, "không còn nguồn")
    with pytest.raises(Refused):
        agree(province, transfer_id, "D2")
    with pytest.raises(IntegrityError, match="keeps what was agreed"):
        db.session.execute(
            text("UPDATE quota_transfer SET state = 'proposed', declined_because = NULL")
        )


def test_only_brothers_transfer_and_only_what_there_is(province, key):
    with pytest.raises(Refused):
        propose(province, key, count=81)
    with pytest.raises(NotAllowed):
        propose(province, key, code="D1", giver="D2", taker="C9")
    with pytest.raises(NotFound):
        propose(province, key, code="C1", giver="C1", taker="C2")
    with pytest.raises(Refused):
        propose(province, replace(key, period=replace(key.period, end=date(2022, 2, 1))))
    for text_typed in ("Xã Ngũ Kiên", "Tỉnh ủy", "không có"):
        with pytest.raises(Refused):
            brother_named(province.acting_for("D1"), province["P"].id, text_typed)
    for text_typed in ("huyen tam dao", "d2"):
        brother = brother_named(province.acting_for("D1"), province["P"].id, text_typed)
        assert brother.id == province["D2"].id


def test_a_giver_goes_below_what_it_has_done_only_with_a_reason(province, key):
    admit(province, "B1", 3)
    with pytest.raises(Refused) as refused:
        propose(province, key, count=78)
    assert [problem.field for problem in refused.value.problems] == ["below_attained_because"]

    transfer_id = propose(province, key, count=77)
    admit(province, "B2", 1)
    with pytest.raises(Refused):
        agree(province, transfer_id, "D2")
    agree(province, transfer_id, "D2", "đã vượt, nhường nơi thiếu")
    agree(province, transfer_id, "P")
    row = transfer_of(province.context, province["D1"].id, transfer_id)
    assert (row.state, row.below_attained_because) == (DONE, "đã vượt, nhường nơi thiếu")


def test_an_open_draft_follows_and_its_editor_is_told(province, key):
    seen = save_draft(
        province.context, key, versions(province.context, key).seen, {province["D1"].id: 90}
    )
    transfer_id = propose(province, key)
    agree(province, transfer_id, "D2")
    agree(province, transfer_id, "P")

    found = versions(province.context, key)
    draft = {
        line.unit_id: line.quota.count for line in lines_of_version(province.context, found.draft)
    }
    assert draft == {province["D1"].id: 80, province["D2"].id: 60}
    assert found.draft.version == 3
    assert found.seen != seen
    assert last_change(province.context, found.draft.id).actor_name == "command line"


def test_nothing_of_another_tenant_is_found(province, key):
    transfer_id = propose(province, key)
    other = make_province("HOABINH")

    with pytest.raises(NotFound):
        transfer_of(other.context, province["D1"].id, transfer_id)
    assert transfers_of(other.context, province["D1"].id, key.measure_id, key.period) == ()


def test_transfers_at_one_time_lose_nothing(app, province, key):
    choose_transfers_need_approval(province.context, need=False)
    ids = [propose(province, key, count=1) for _ in range(6)]
    ids += [propose(province, key, code="D2", giver="D2", taker="C9", count=2) for _ in range(2)]
    acting = {code: province.acting_for(code) for code in ("D2", "C9")}
    db.session.commit()
    sides = ["D2"] * 6 + ["C9"] * 2
    barrier = Barrier(4)

    def work(place):
        with app.app_context(), tenant_transaction("VINHPHUC"):
            if place < 4:
                barrier.wait()
            code = sides[place]
            try:
                return agree_to_transfer(acting[code], province[code].id, ids[place])
            except AppError as error:
                return str(error)

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(work, range(8)))

    assert results == [DONE] * 8
    with tenant_transaction("VINHPHUC") as context:
        assert totals(context, key) == {
            province["D1"].id: 74,
            province["D2"].id: 52,
            province["C9"].id: 4,
        }
        assert len(versions(context, key).published) == 9


@pytest.mark.parametrize("leaving", ["D1", "D2"])
def test_who_has_left_its_parent_meanwhile_neither_gives_nor_takes(province, key, leaving):
    transfer_id = propose(province, key)
    agree(province, transfer_id, "D2")
    new_parent = {"D1": "D2", "D2": "D1"}[leaving]
    names = {"D1": "Huyện Vĩnh Tường", "D2": "Huyện Tam Đảo"}
    moved = f"{leaving},{new_parent},district,{names[leaving]},,"
    import_lines(province.context, moved, effective=date(2022, 10, 15))

    with pytest.raises(Refused, match="không còn cùng trực thuộc"):
        agree(province, transfer_id, "P")
    assert totals(province.context, key) == {province["D1"].id: 80, province["D2"].id: 50}
    decline_transfer(province.context, province["P"].id, transfer_id, "đã sắp xếp lại")


def test_no_transfer_is_agreed_after_its_period(province, key):
    transfer_id = propose(province, key)
    later = replace(province.acting_for("D2"), today=date(2023, 1, 1))

    with pytest.raises(Refused, match="đã kết thúc"):
        agree_to_transfer(later, province["D2"].id, transfer_id)
