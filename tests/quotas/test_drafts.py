"""What a draft keeps: quotas of every kind, for segments too, held boxes and notes."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.audit.models import AuditEntry
from app.core.database import db
from app.core.errors import Conflict, Refused
from app.measures.queries import measure_by_code, segment_by_code
from app.quotas.boxes import BoxKey, Mark, read_box
from app.quotas.commands import publish_distribution, save_board, save_draft
from app.quotas.queries import lines_of_version, marks_of_version, versions
from app.quotas.rules import Base, Decision, Quota, Seen
from tests.factories.quotas import board_key, give_quotas
from tests.factories.units import import_lines

DECISION = Decision("152-QĐ/TU", date(2022, 1, 5), "theo nguồn")


@pytest.fixture
def key(province):
    return board_key(province.context, province["P"])


@pytest.fixture
def female(province):
    measure = measure_by_code(province.context, "admission")
    return segment_by_code(province.context, measure, "female").id


def save(province, key, texts, marks=None, *, base=Base.YEAR_START, seen=None):
    typed = {box: read_box(typed, base) for box, typed in texts.items()}
    return save_board(
        province.context,
        key,
        seen or versions(province.context, key).seen,
        typed,
        marks=marks or {},
        base=base,
    )


def kept(province, key):
    found = versions(province.context, key).current
    return {
        BoxKey(line.unit_id, line.segment_id): line.quota
        for line in lines_of_version(province.context, found)
    }


def marks(province, key):
    return marks_of_version(province.context, versions(province.context, key).current)


def test_boxes_of_every_kind_are_kept_for_all_and_for_segments(province, key, female):
    first, second = province["D1"].id, province["D2"].id

    save(
        province,
        key,
        {
            BoxKey(first): "90-100",
            BoxKey(first, female): "≥30",
            BoxKey(second): "3,5%",
            BoxKey(second, female): "",
        },
    )

    assert kept(province, key) == {
        BoxKey(first): Quota("range", 90, 100),
        BoxKey(first, female): Quota("minimum", 30),
        BoxKey(second): Quota("percent", 35, None, Decimal("3.500"), "year_start"),
    }


def test_a_percentage_of_uncounted_members_names_its_box(province, key, female):
    box = BoxKey(province["C9"].id, female)

    with pytest.raises(Refused) as refused:
        save(province, key, {BoxKey(province["D1"].id): "4", box: "3%"})

    assert [BoxKey.read(problem.field) for problem in refused.value.problems] == [box]
    assert "số đảng viên" in str(refused.value.problems[0].message)


def test_a_percentage_counts_the_members_of_the_day(province, key):
    box = BoxKey(province["D1"].id)
    import_lines(
        province.context, "D1,P,district,Huyện Vĩnh Tường,,2400", effective=date(2022, 6, 1)
    )

    save(province, key, {box: "10%"})
    at_the_start = kept(province, key)[box].count
    save(province, key, {box: "10%"}, base=Base.CURRENT)

    assert (at_the_start, kept(province, key)[box].count) == (200, 240)


def test_holds_and_notes_stay_beside_boxes_full_and_empty(province, key, female):
    full, empty = BoxKey(province["D1"].id), BoxKey(province["D2"].id, female)

    save(province, key, {full: "40"}, {full: Mark(is_held=True), empty: Mark(note="ít nguồn")})
    assert marks(province, key) == {full: Mark(is_held=True), empty: Mark(note="ít nguồn")}
    save(province, key, {full: "41"}, {full: Mark()})

    assert marks(province, key) == {empty: Mark(note="ít nguồn")}


def test_marks_go_on_into_the_next_draft_and_stay_with_the_old_version(province, key):
    first, second = BoxKey(province["D1"].id), BoxKey(province["D2"].id)
    seen = save(province, key, {first: "40"}, {first: Mark(is_held=True)})
    publish_distribution(province.context, key, seen, DECISION)

    save_draft(province.context, key, versions(province.context, key).seen, {second.unit_id: 5})

    assert marks(province, key) == {first: Mark(is_held=True)}
    save(province, key, {}, {first: Mark()})
    latest = versions(province.context, key).latest
    assert marks_of_version(province.context, latest) == {first: Mark(is_held=True)}


def test_marks_of_a_published_version_cannot_be_changed_by_anybody(province, key):
    box = BoxKey(province["D1"].id)
    seen = save(province, key, {box: "40"}, {box: Mark(is_held=True)})
    publish_distribution(province.context, key, seen, DECISION)

    for statement in (
        "UPDATE box_mark SET is_held = false, note = 'x'",
        "DELETE FROM box_mark",
    ):
        with pytest.raises(IntegrityError, match="published"), db.session.begin_nested():
            db.session.execute(text(statement))


def test_a_save_that_changes_a_mark_alone_is_a_change(province, key):
    box = BoxKey(province["D1"].id)
    save(province, key, {box: "40"}, seen=Seen(0, 0))
    save(province, key, {box: "40"}, seen=Seen(0, 0))  # sent twice

    with pytest.raises(Conflict):
        save(province, key, {box: "40"}, {box: Mark(is_held=True)}, seen=Seen(0, 0))


def test_the_trail_names_boxes_and_marks(province, key, female):
    give_quotas(province.context, "P", {"D1": 30})
    box = BoxKey(province["D1"].id, female)

    save(province, key, {BoxKey(province["D1"].id): "40", box: "≥9"}, {box: Mark(note="n")})

    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "distribution.drafted")
    ).one()
    assert entry.before == {"D1": 30, "D1/female": None, "D1/female:mark": None}
    assert entry.after == {
        "D1": 40,
        "D1/female": 9,
        "D1/female:mark": {"is_held": False, "note": "n"},
    }
