"""Drafts and publications: who may, what is refused, and that nobody overwrites anybody."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.audit.models import AuditEntry
from app.core.database import db
from app.core.errors import Conflict, NotAllowed, NotFound, Refused
from app.quotas.boards import last_change
from app.quotas.commands import publish_distribution, save_draft
from app.quotas.file_import import import_quotas
from app.quotas.in_force import held_on, own_quota
from app.quotas.queries import lines_of_version, versions
from app.quotas.registrations import registered
from app.quotas.rules import OWN, REGISTERED, Decision, Kind, Quota, Seen, WrittenQuota
from app.quotas.stated import state_quota
from app.tenants.context import tenant_transaction
from tests.factories.quotas import board_key, board_of, give_quotas, quota_csv, quota_row
from tests.factories.units import import_lines
from tests.quotas.conftest import make_province

DECISION = Decision("152-QĐ/TU", date(2022, 1, 5))
ADJUSTMENT = Decision("200-QĐ/TU", date(2022, 7, 1), cause="có thêm nguồn")


def unpublished(province, code):
    return versions(province.context, board_key(province.context, province[code])).draft


def totals(context, key):
    found = versions(context, key)
    lines = lines_of_version(context, found.current)
    return {line.unit_id: line.quota.count for line in lines if line.segment_id is None}


def draft_and_publish(province, code, boxes, decision=DECISION):
    key = board_key(province.context, province[code])
    seen = versions(province.context, key).seen
    by_id = {province[child].id: count for child, count in boxes.items()}
    seen = save_draft(province.context, key, seen, by_id)
    return publish_distribution(province.context, key, seen, decision)


def fields(refusal):
    return [problem.field for problem in refusal.value.problems]


def test_a_draft_is_kept_and_seen_by_nobody_below(province):
    key = board_key(province.context, province["P"])

    save_draft(province.context, key, Seen(0, 0), {province["D1"].id: 40, province["D2"].id: None})

    assert totals(province.context, key) == {province["D1"].id: 40}
    assert held_on(province.context, board_key(province.context, province["D1"]), date.max) is None


def test_a_published_quota_is_what_the_child_holds_at_once(province):
    draft_and_publish(province, "P", {"D1": 40, "D2": 50})

    assert (
        held_on(province.context, board_key(province.context, province["D1"]), DECISION.decided_on)
        == 40
    )


def test_publishing_again_makes_a_new_version_and_keeps_the_old(province):
    key = board_key(province.context, province["P"])
    draft_and_publish(province, "P", {"D1": 40, "D2": 50})

    draft_and_publish(province, "P", {"D1": 45}, ADJUSTMENT)

    first, second = versions(province.context, key).published
    assert (first.state, second.state) == ("superseded", "published")
    assert [line.quota.count for line in lines_of_version(province.context, first)] == [40, 50]
    assert [line.quota.count for line in lines_of_version(province.context, second)] == [45, 50]
    assert (
        held_on(province.context, board_key(province.context, province["D1"]), date(2022, 6, 30))
        == 40
    )
    assert (
        held_on(province.context, board_key(province.context, province["D1"]), date(2022, 7, 1))
        == 45
    )


def test_an_adjustment_says_why_whoever_writes_it(province):
    draft_and_publish(province, "P", {"D1": 40})

    with pytest.raises(Refused) as refused:
        draft_and_publish(province, "P", {"D1": 45}, Decision("200-QĐ/TU", date(2022, 7, 1)))

    assert fields(refused) == ["cause"]
    with pytest.raises(IntegrityError, match="adjustment_has_a_cause"):
        db.session.execute(
            text(
                "UPDATE distribution SET state = 'published', decision_no = '1', assigned = 45,"
                " decided_on = '2022-07-01', published_at = now() WHERE state = 'draft'"
            )
        )


def test_a_registration_stands_beside_what_is_given_and_own(province):
    give_quotas(province.context, "P", {"D1": 80})
    key = board_key(province.context, province["D1"])
    handed_in = Decision(None, date(2022, 1, 5), cause="nguồn từ doanh nghiệp")
    state_quota(
        province.acting_for("D1"),
        key,
        REGISTERED,
        Seen(0, 0),
        WrittenQuota(Kind.COUNT, 90),
        handed_in,
    )

    found = registered(
        province.context, (province["D1"].id, province["D2"].id), key.measure_id, key.period
    )

    assert found == {province["D1"].id: Quota("count", 90)}
    assert held_on(province.context, key, date(2022, 10, 31)) == 80
    assert versions(province.context, key, REGISTERED).latest.cause == "nguồn từ doanh nghiệp"
    with pytest.raises(NotAllowed):
        state_quota(
            province.acting_for("P"),
            key,
            REGISTERED,
            Seen(1, 0),
            WrittenQuota(Kind.COUNT, 1),
            handed_in,
        )


def test_what_the_board_does_not_show_goes_into_the_next_version(province):
    import_quotas(
        province.context,
        quota_csv(
            quota_row("P", "D1", "90-100", kind="range"),
            quota_row("P", "D1", 30, segment="female", kind="minimum"),
            quota_row("P", "D2", 4, kind="minimum"),
        ),
    )

    draft_and_publish(province, "P", {"D1": 90, "D2": 5}, ADJUSTMENT)

    key = board_key(province.context, province["P"])
    lines = lines_of_version(province.context, versions(province.context, key).latest)
    assert {(line.unit_id, line.quota.kind, line.quota.count) for line in lines} == {
        (province["D1"].id, "range", 90),
        (province["D1"].id, "minimum", 30),
        (province["D2"].id, "minimum", 5),
    }


def test_a_reserve_needs_a_reason(province):
    give_quotas(province.context, "", {"P": 100}, decided_on="2021-12-10")

    with pytest.raises(Refused) as refused:
        draft_and_publish(province, "P", {"D1": 40, "D2": 50})

    assert fields(refused) == ["reason"]
    key = board_key(province.context, province["P"])
    seen = versions(province.context, key).seen
    publish_distribution(
        province.context, key, seen, Decision("152-QĐ/TU", date(2022, 1, 5), "để bổ sung")
    )
    latest = versions(province.context, key).latest
    assert (latest.assigned, latest.distributed, latest.reserve) == (100, 90, 10)
    assert latest.reserve_reason == "để bổ sung"


@pytest.mark.parametrize(
    ("decision", "field"),
    [
        (Decision("", date(2022, 1, 5)), "decision_no"),
        (Decision("152-QĐ/TU", date(2022, 11, 1)), "decided_on"),
    ],
)
def test_an_impossible_decision_publishes_nothing(province, decision, field):
    with pytest.raises(Refused) as refused:
        draft_and_publish(province, "P", {"D1": 40}, decision)

    assert fields(refused) == [field]
    assert unpublished(province, "P") is not None


def test_a_later_version_is_not_decided_before_the_one_it_replaces(province):
    draft_and_publish(province, "P", {"D1": 40})

    with pytest.raises(Refused) as refused:
        draft_and_publish(
            province, "P", {"D1": 41}, Decision("1-QĐ/TU", date(2022, 1, 4), cause="sửa")
        )

    assert fields(refused) == ["decided_on"]


def test_an_empty_board_is_not_published(province):
    key = board_key(province.context, province["P"])
    save_draft(province.context, key, Seen(0, 0), {province["D1"].id: 40})

    with pytest.raises(Refused, match="còn trống"):
        draft_and_publish(province, "P", {"D1": None})


def test_saving_what_is_there_already_begins_no_draft(province):
    key = board_key(province.context, province["P"])
    draft_and_publish(province, "P", {"D1": 40})
    seen = versions(province.context, key).seen

    assert save_draft(province.context, key, seen, {province["D1"].id: 40}) == seen
    assert unpublished(province, "P") is None


def test_only_children_are_given_quotas(province):
    key = board_key(province.context, province["P"])

    with pytest.raises(Refused) as refused:
        save_draft(province.context, key, Seen(0, 0), {province["C1"].id: 3})

    assert fields(refused) == [str(province["C1"].id)]


def test_each_level_sets_its_own_distribution_alone(province):
    of_province, of_district = (board_key(province.context, province[code]) for code in ("P", "D1"))
    acting = province.acting_for("P")

    save_draft(acting, of_province, Seen(0, 0), {province["D1"].id: 40})

    with pytest.raises(NotAllowed):
        save_draft(acting, of_district, Seen(0, 0), {province["C1"].id: 4})
    with pytest.raises(NotAllowed):
        publish_distribution(acting, of_district, Seen(0, 0), DECISION)
    with pytest.raises(NotFound):
        save_draft(province.acting_for("D1"), of_province, Seen(0, 1), {province["D1"].id: 99})
    with pytest.raises(NotFound):
        save_draft(province.acting_for("D2"), of_district, Seen(0, 0), {province["C1"].id: 4})


def test_another_tenants_board_is_not_found(province):
    key = board_key(province.context, province["P"])
    db.session.commit()
    other = make_province("HOABINH")

    with pytest.raises(NotFound):
        save_draft(other.context, key, Seen(0, 0), {province["D1"].id: 40})
    assert versions(other.context, key).published == ()


def test_a_save_sent_twice_is_one_save(province):
    key = board_key(province.context, province["P"])
    boxes = {province["D1"].id: 40}
    save_draft(province.context, key, Seen(0, 0), boxes)

    again = save_draft(province.context, key, Seen(0, 0), boxes)

    assert again == versions(province.context, key).seen == Seen(0, 1)


def test_whoever_saves_second_is_told_and_overwrites_nothing(province):
    key = board_key(province.context, province["P"])
    save_draft(province.context, key, Seen(0, 0), {province["D1"].id: 40})

    with pytest.raises(Conflict):
        save_draft(province.context, key, Seen(0, 0), {province["D1"].id: 41})

    assert totals(province.context, key) == {province["D1"].id: 40}
    assert last_change(province.context, unpublished(province, "P").id).actor_name == "command line"


def test_what_was_published_meanwhile_is_not_overwritten(province):
    key = board_key(province.context, province["P"])
    seen = save_draft(province.context, key, Seen(0, 0), {province["D1"].id: 40})
    publish_distribution(province.context, key, seen, DECISION)

    with pytest.raises(Conflict):
        save_draft(province.context, key, seen, {province["D1"].id: 41})
    with pytest.raises(Conflict):
        publish_distribution(province.context, key, seen, DECISION)


def test_an_own_quota_stands_beside_the_assigned_one(province):
    give_quotas(province.context, "P", {"D1": 80})
    key = board_key(province.context, province["D1"])

    state_quota(province.context, key, OWN, Seen(0, 0), WrittenQuota(Kind.COUNT, 90), DECISION)

    assert own_quota(province.context, key).count == 90
    assert held_on(province.context, key, date(2022, 10, 31)) == 80
    with pytest.raises(Conflict):
        state_quota(province.context, key, OWN, Seen(0, 0), WrittenQuota(Kind.COUNT, 91), DECISION)
    state_quota(province.context, key, OWN, Seen(1, 0), WrittenQuota(Kind.COUNT, 95), DECISION)
    found = versions(province.context, key, OWN)
    assert [row.state for row in found.published] == ["superseded", "published"]


def test_every_write_leaves_its_trace(province):
    draft_and_publish(province, "P", {"D1": 40})

    entries = db.session.query(AuditEntry).filter_by(subject_kind="distribution").all()
    assert [entry.action for entry in entries] == [
        "distribution.drafted",
        "distribution.published",
    ]
    assert (entries[0].before, entries[0].after) == ({"D1": None}, {"D1": 40})
    assert entries[1].after["decision_no"] == "152-QĐ/TU"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE distribution SET reserve = reserve + 1",
        "UPDATE distribution SET decided_on = '2020-01-01'",
        "UPDATE distribution SET state = 'draft'",
        "DELETE FROM distribution",
        "UPDATE quota_line SET count = count + 1",
        "DELETE FROM quota_line",
        """
        INSERT INTO quota_line (tenant_id, distribution_id, unit_id, count)
        SELECT tenant_id, distribution_id, (SELECT max(id) FROM unit), 1 FROM quota_line
        RETURNING id
        """,
    ],
)
def test_the_database_changes_nothing_published(province, statement):
    draft_and_publish(province, "P", {"D1": 40})

    with pytest.raises(IntegrityError, match="published"):
        db.session.execute(text(statement))


@pytest.mark.parametrize("state", ["published", "superseded"])
@pytest.mark.parametrize(("reserve", "reason"), [(11, "'vì sao'"), (10, "NULL"), (10, "''")])
def test_the_database_publishes_nothing_unbalanced(province, state, reserve, reason):
    key = board_key(province.context, province["P"])
    save_draft(province.context, key, Seen(0, 0), {province["D1"].id: 40})
    db.session.execute(
        text(
            "UPDATE distribution SET assigned = 50, decision_no = '1', decided_on = '2022-01-01',"
            f" published_at = now(), reserve = {reserve}, reserve_reason = {reason},"
            f" state = '{state}'"
        )
    )

    with pytest.raises(IntegrityError, match="reserve"):
        db.session.commit()


def in_parallel(app, works):
    """Run each work in a thread with its own connection, all starting together."""
    together = Barrier(len(works))

    def run(work):
        with app.app_context():
            together.wait()
            try:
                with tenant_transaction("VINHPHUC") as context:
                    return work(context)
            except Conflict as conflict:
                return conflict
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_of_editors_at_once_one_is_saved_and_the_others_are_told(app, committed_province):
    key = board_key(committed_province.context, committed_province["P"])
    db.session.commit()
    unit_id = committed_province["D1"].id

    results = in_parallel(
        app,
        [
            lambda context, count=count: save_draft(context, key, Seen(0, 0), {unit_id: count})
            for count in range(10, 18)
        ],
    )

    saved = [index for index, result in enumerate(results) if result == Seen(0, 1)]
    assert len(saved) == 1
    assert sum(isinstance(result, Conflict) for result in results) == 7
    with tenant_transaction("VINHPHUC") as context:
        assert totals(context, key) == {unit_id: 10 + saved[0]}


def test_editors_who_try_again_lose_nothing(app, committed_province):
    key = board_key(committed_province.context, committed_province["D1"])
    children = [committed_province[code].id for code in ("C1", "C2", "C3")]
    db.session.commit()

    def raise_one(unit_id):
        def work(context):
            found = versions(context, key)
            before = totals(context, key).get(unit_id, 0)
            save_draft(context, key, found.seen, {unit_id: before + 1})

        return work

    raised = dict.fromkeys(children, 0)
    for _ in range(8):
        results = in_parallel(app, [raise_one(unit_id) for unit_id in children])
        for unit_id, result in zip(children, results, strict=True):
            raised[unit_id] += result is None

    assert sum(raised.values()) >= 8
    with tenant_transaction("VINHPHUC") as context:
        assert totals(context, key) == {unit_id: by for unit_id, by in raised.items() if by}


def test_a_district_publishing_while_the_province_does_weighs_against_one_of_its_numbers(
    app, committed_province
):
    province = committed_province
    above, below = (board_key(province.context, province[code]) for code in ("P", "D1"))
    give_quotas(province.context, "P", {"D1": 40}, decided_on="2022-01-01")
    seen_above = save_draft(
        province.context, above, versions(province.context, above).seen, {province["D1"].id: 50}
    )
    seen_below = save_draft(province.context, below, Seen(0, 0), {province["C1"].id: 40})
    db.session.commit()
    decided_on = date(2022, 7, 1)

    results = in_parallel(
        app,
        [
            lambda context: publish_distribution(
                context, above, seen_above, Decision("2-QĐ/TU", decided_on, cause="có thêm nguồn")
            ),
            lambda context: publish_distribution(
                context, below, seen_below, Decision("3-QĐ/HU", decided_on, "lý do")
            ),
        ],
    )

    assert results == [2, 1]
    with tenant_transaction("VINHPHUC") as context:
        published = versions(context, below).latest
        assert published.assigned in (40, 50)
        assert published.distributed + published.reserve == published.assigned


def test_who_left_before_the_period_is_seen_on_the_board_and_given_nothing(province):
    key = board_key(province.context, province["P"], period="2023")
    boxes = {province["D1"].id: 40, province["D2"].id: 50}
    seen = save_draft(province.context, key, Seen(0, 0), boxes)
    moved = ("P,,province,Tỉnh ủy,,", "D2,D1,district,Huyện Tam Đảo,,999")
    import_lines(province.context, *moved, effective=date(2022, 10, 15))

    shown = board_of(province.context, province["P"], period="2023")
    assert {row.unit.code: row.quota and row.quota.count for row in shown.rows} == {
        "C9": None,
        "D1": 40,
        "D2": 50,
    }
    with pytest.raises(Refused) as refused:
        publish_distribution(province.context, key, seen, DECISION)
    assert fields(refused) == [str(province["D2"].id)]
    seen = save_draft(province.context, key, seen, {province["D2"].id: None})
    assert publish_distribution(province.context, key, seen, DECISION) == 1


def test_who_left_within_the_period_keeps_its_quota(province):
    key = board_key(province.context, province["P"])
    seen = save_draft(province.context, key, Seen(0, 0), {province["D2"].id: 50})
    moved = ("P,,province,Tỉnh ủy,,", "D2,D1,district,Huyện Tam Đảo,,999")
    import_lines(province.context, *moved, effective=date(2022, 10, 15))

    assert publish_distribution(province.context, key, seen, DECISION) == 1
