"""Scenarios: drafts put aside under names, compared, and one of them made the draft."""

import re

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.database import db
from app.core.errors import Conflict, NotAllowed, NotFound, Refused
from app.quotas.boxes import BoxKey, Mark
from app.quotas.commands import publish_distribution, save_board, save_draft
from app.quotas.queries import lines_of_version, marks_of_version, versions
from app.quotas.rules import Base, Decision, Kind, Seen, WrittenQuota
from app.quotas.scenario_commands import (
    drop_scenario,
    keep_scenario,
    renew_scenario,
    take_scenario,
)
from app.quotas.scenarios import LONGEST_NAME, MOST_SCENARIOS, scenarios_of
from tests.factories.accounts import make_user
from tests.factories.quotas import board_key, give_quotas
from tests.fixtures.accounts import new_browser
from tests.quotas.test_views import QUESTION, Board, words


@pytest.fixture
def key(province):
    """The board of a district that was given 80."""
    give_quotas(province.context, "P", {"D1": 80})
    return board_key(province.context, province["D1"])


@pytest.fixture
def context(province):
    return province.acting_for("D1")


def seen(context, key):
    return versions(context, key).seen


def draft(context, key):
    """Return the numbers of the draft by unit."""
    lines = lines_of_version(context, versions(context, key).draft)
    return {line.unit_id: line.quota.count for line in lines}


def kept(context, key):
    """Return the numbers of each scenario by its name."""
    return {
        row.name: {line.unit_id: line.quota.count for line in row.lines}
        for row in scenarios_of(context, key)
    }


def save(context, key, numbers):
    return save_draft(context, key, seen(context, key), numbers)


@pytest.fixture
def two(province, context, key):
    """Two scenarios of the district's board, the second of which is the draft as well."""
    c1, c2 = province["C1"].id, province["C2"].id
    save(context, key, {c1: 50, c2: 30})
    first = keep_scenario(context, key, seen(context, key), "Theo đảng viên")
    save(context, key, {c1: 20, c2: 60})
    second = keep_scenario(context, key, seen(context, key), "Theo nguồn")
    return (c1, c2), (first, second)


def test_drafts_stand_side_by_side_and_one_becomes_the_draft_again(context, key, two):
    (c1, c2), (first, _) = two

    assert kept(context, key) == {
        "Theo đảng viên": {c1: 50, c2: 30},
        "Theo nguồn": {c1: 20, c2: 60},
    }
    assert draft(context, key) == {c1: 20, c2: 60}

    left_out = take_scenario(context, key, seen(context, key), first, drops_draft=False)

    assert left_out == 0
    assert draft(context, key) == {c1: 50, c2: 30}
    assert len(kept(context, key)) == 2


def test_sub_quotas_kinds_holds_and_notes_go_with_a_scenario(province, context, key):
    total = BoxKey(province["C1"].id)
    noted = BoxKey(province["C2"].id)
    save_board(
        context,
        key,
        seen(context, key),
        {total: WrittenQuota(Kind.RANGE, 40, 50)},
        marks={total: Mark(is_held=True), noted: Mark(note="ít nguồn")},
        base=Base.YEAR_START,
    )
    before = versions(context, key).draft
    lines, marks = lines_of_version(context, before), marks_of_version(context, before)
    number = keep_scenario(context, key, seen(context, key), "Thử")
    save_board(
        context, key, seen(context, key), {total: None}, marks={noted: Mark()}, base=Base.YEAR_START
    )

    take_scenario(context, key, seen(context, key), number, drops_draft=True)

    after = versions(context, key).draft
    assert lines_of_version(context, after) == lines
    assert marks_of_version(context, after) == marks


def test_a_draft_that_stands_nowhere_else_is_not_lost_in_silence(context, key, two):
    (c1, c2), (first, second) = two
    save(context, key, {c1: 33, c2: 47})

    with pytest.raises(Refused) as refusal:
        take_scenario(context, key, seen(context, key), first, drops_draft=False)

    assert [problem.field for problem in refusal.value.problems] == ["drops_draft"]
    assert draft(context, key) == {c1: 33, c2: 47}
    renew_scenario(context, key, seen(context, key), second)
    assert kept(context, key)["Theo nguồn"] == {c1: 33, c2: 47}
    take_scenario(context, key, seen(context, key), first, drops_draft=False)
    assert draft(context, key) == {c1: 50, c2: 30}


def test_who_has_not_seen_the_newest_board_takes_and_keeps_nothing(context, key, two):
    (c1, _), (first, second) = two
    stale = seen(context, key)
    save(context, key, {c1: 21})

    for attempt in (
        lambda: keep_scenario(context, key, stale, "Khác"),
        lambda: renew_scenario(context, key, stale, second),
        lambda: take_scenario(context, key, stale, first, drops_draft=True),
    ):
        with pytest.raises(Conflict):
            attempt()

    assert draft(context, key)[c1] == 21
    assert len(kept(context, key)) == 2


@pytest.mark.parametrize("name", ["", "   ", "THEO ĐẢNG VIÊN", "x" * (LONGEST_NAME + 1)])
def test_a_scenario_has_a_name_of_its_own(context, key, two, name):
    with pytest.raises(Refused) as refusal:
        keep_scenario(context, key, seen(context, key), name)

    assert refusal.value.problems[0].field == "name"


def test_no_more_are_kept_than_can_be_read_side_by_side(context, key, two):
    for number in range(MOST_SCENARIOS - 2):
        keep_scenario(context, key, seen(context, key), f"Số {number}")

    with pytest.raises(Refused):
        keep_scenario(context, key, seen(context, key), "Một nữa")

    drop_scenario(context, key, two[1][0])
    keep_scenario(context, key, seen(context, key), "Một nữa")
    assert len(kept(context, key)) == MOST_SCENARIOS


def test_a_scenario_outlives_publishing_and_every_act_is_in_the_trail(context, key, two):
    _, (first, second) = two
    decision = Decision("1-QĐ/HU", context.today)
    publish_distribution(context, key, seen(context, key), decision)

    take_scenario(context, key, seen(context, key), first, drops_draft=False)
    drop_scenario(context, key, second)

    assert versions(context, key).draft.version == 2
    actions = db.session.scalars(
        select(AuditEntry.action)
        .where(AuditEntry.tenant_id == context.tenant_id, AuditEntry.subject_kind == "scenario")
        .order_by(AuditEntry.id)
    ).all()
    assert actions == ["scenario.kept", "scenario.kept", "scenario.taken", "scenario.dropped"]


def test_scenarios_are_the_business_of_their_own_committee(province, context, key, two):
    _, (first, _) = two
    other = board_key(province.context, province["P"])

    with pytest.raises(NotAllowed):
        drop_scenario(province.acting_for("P"), key, first)
    with pytest.raises(NotFound):
        drop_scenario(province.acting_for("P"), other, first)
    with pytest.raises(NotFound):
        take_scenario(province.acting_for("P"), other, Seen(1, 0), first, drops_draft=True)


def test_an_empty_board_is_no_scenario(context, key):
    with pytest.raises(Refused):
        keep_scenario(context, key, seen(context, key), "Trống")


@pytest.fixture
def page(app, sign_in, province):
    make_user(province.context, "tinh", province["P"].id, "committee")
    give_quotas(province.context, "", {"P": 90}, decided_on="2021-12-10")
    browser = new_browser(app)
    db.session.commit()
    sign_in(browser, "tinh")
    return Board(app, browser, province, "P")


def test_a_committee_compares_and_chooses_by_plain_forms(page):
    page.save({"D1": "50", "D2": "30"})
    address = page.path + "/scenarios"
    board_keys = {name: page.hidden(name, "/scenarios") for name in ("seen", "client_key")}
    first = page.browser.submit(address + QUESTION, board_keys | {"name": "Theo đảng viên"})
    again = page.browser.submit(address + QUESTION, board_keys | {"name": "Theo đảng viên"})
    assert (first.status_code, again.status_code) == (303, 303), "sent twice, kept once"
    page.save({"D1": "40", "D2": "55"})

    shown = words(page.get("/scenarios"))

    assert "Tổ chức Bản nháp Theo đảng viên" in shown
    assert "Huyện Vĩnh Tường khác nhau 40 50 +10" in shown
    assert "Huyện Tam Đảo khác nhau 55 30 −25" in shown.replace("-25", "−25")
    assert "Cộng 95 80 Dự phòng -5 10 Số ô khác cột đầu 0 2" in shown.replace("−5", "-5")

    (taken,) = re.findall(r'action="([^"]*/taken[^"]*)"', page.get("/scenarios").text)
    taken = taken.replace("&amp;", "&")
    refused = page.browser.submit(taken, {"seen": page.hidden("seen", "/scenarios")})
    assert refused.status_code == 422
    assert "chưa được giữ thành phương án nào" in words(refused)
    assert page.stored()[1] == {"D1": 40, "D2": 55}

    form = {"seen": page.hidden("seen", "/scenarios"), "drops_draft": "1"}
    assert page.browser.submit(taken, form).status_code == 303
    assert page.stored()[1] == {"D1": 50, "D2": 30}
