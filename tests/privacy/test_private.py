"""What is kept most carefully of people: sealed, shown with a reason, handed out, erased."""

import contextlib
import io
import json
import re
from dataclasses import replace
from datetime import date

import pytest
from flask import g, url_for
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from app.audit.models import AuditEntry
from app.cases.commands import retell_everybody
from app.cases.duplicates import look_alikes
from app.cases.models import Person, Step
from app.cases.queries import person
from app.cases.rules import StepKind
from app.core import clock
from app.core.database import apply_context, db
from app.core.errors import NotFound, Refused
from app.core.sealing import SealBrokenError, field_keys, read_keys
from app.privacy.commands import (
    ERASED_NAME,
    choose_privacy_rule,
    erase_person,
    export_person,
    keep_private,
    reveal,
)
from app.privacy.jobs import apply_retention
from app.privacy.models import PrivateDetail
from app.privacy.queries import everything_about, kept_of
from app.privacy.rules import LegalBasis, cleaned_identity, seal_name
from app.privacy.subject_paper import subject_paper
from app.rollups.commands import verify
from app.runtime.local_secrets import kept_secrets
from app.runtime.places import find_places
from app.runtime.postgres import superuser_cursor
from app.tenants.context import Actor, Scope, tenant_transaction
from tests.cases.conftest import TODAY
from tests.factories.cases import details, make_person

CANARY = "079203017345"
KEYS = "b:" + "A" * 43 + ",a:" + "B" * 43


@pytest.fixture(autouse=True)
def _on_a_day():
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def context(province):
    return replace(province.context, actor=Actor("user", province.users["xa"], "Cán bộ"))


def keep(context, number, identity=CANARY):
    keep_private(
        context,
        number,
        identity=identity,
        legal_basis=LegalBasis.CONSENT,
        document="",
    )


def within(context, unit):
    scoped = replace(context, scope=Scope.under(unit.path))
    apply_context(db.session(), scoped.for_database)
    return scoped


@given(st.binary(), st.text(), st.text())
def test_a_sealed_field_opens_in_its_own_row_alone(content, row, other):
    keys = read_keys(KEYS)
    sealed = keys.seal(content, row)

    assert keys.open(sealed, row) == content
    if row != other:
        with pytest.raises(SealBrokenError):
            keys.open(sealed, other)


def test_a_new_key_seals_while_the_old_one_still_opens():
    old, both = read_keys("a:" + "B" * 43), read_keys(KEYS)
    sealed = old.seal(b"x", "row")

    assert both.open(sealed, "row") == b"x"
    assert both.seal(b"x", "row").startswith(b"b:")
    assert old.index("identity", CANARY) in both.indexes("identity", CANARY)
    with pytest.raises(SealBrokenError, match="no key"):
        old.open(both.seal(b"x", "row"), "row")


@pytest.mark.parametrize("typed", ["079203017345", " 079 203 017 345", "079.203.017-345"])
def test_identity_numbers_are_read_as_people_write_them(typed):
    assert cleaned_identity(typed) == CANARY


@pytest.mark.parametrize("typed", ["", "123", "07920301734x", "0792030173455", "٠٧٩٢٠٣٠١٧٣٤٥"])
def test_anything_else_is_refused_without_repeating_it(typed):
    with pytest.raises(Refused) as refused:
        cleaned_identity(typed)

    assert not typed or typed not in str(refused.value)


def test_looking_needs_a_reason_and_leaves_an_entry(province, context):
    number = make_person(context, province.cell, ethnicity="Mường")
    keep(context, number)

    with pytest.raises(Refused):
        reveal(context, number, " x ")
    case, kept = reveal(context, number, "đối chiếu hồ sơ")

    assert (case.details.ethnicity, kept.identity) == ("Mường", CANARY)
    entry = db.session.execute(
        select(AuditEntry.after, AuditEntry.actor_name).where(
            AuditEntry.action == "person.seen_open"
        )
    ).one()
    assert entry == ({"reason": "đối chiếu hồ sơ"}, "Cán bộ")


def test_two_people_of_a_tenant_never_share_a_number(province, context):
    first = make_person(context, province.cell, "Nguyễn Văn An")
    second = make_person(context, province.cell, "Lê Văn Bình")
    keep(context, first)

    with pytest.raises(IntegrityError, match="identity_index"):
        keep(context, second)


def test_another_subtree_and_another_tenant_find_nothing(province, other_province, context):
    apply_context(db.session(), context.for_database)
    number = make_person(context, province.cell)
    keep(context, number)
    db.session.commit()

    outside = within(context, province.other_district)
    for attempt in (
        lambda: reveal(outside, number, "tò mò một chút"),
        lambda: export_person(outside, number, "tò mò một chút"),
        lambda: erase_person(outside, number, "tò mò một chút"),
        lambda: keep(outside, number),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert db.session.scalar(select(func.count()).select_from(PrivateDetail)) == 0
    within(other_province.context, other_province.top)
    assert db.session.scalar(select(func.count()).select_from(PrivateDetail)) == 0
    inside = within(context, province.top)
    assert kept_of(inside, number).identity == CANARY


def test_erasing_leaves_every_count_as_it_was(province, context):
    steps = {
        StepKind.LISTED: date(2021, 3, 1),
        StepKind.DECISION: date(2022, 5, 19),
        StepKind.CEREMONY: date(2022, 6, 1),
    }
    number = make_person(context, province.cell, ethnicity="Mường", steps=steps)
    keep(context, number)
    steps_kept = select(Step.kind, Step.taken_on, Step.segments).order_by(Step.taken_on)
    before = db.session.execute(steps_kept).all()

    erase_person(context, number, "người đó yêu cầu")
    retell_everybody(context)

    db.session.expire_all()
    assert db.session.execute(steps_kept).all() == before
    left = person(context, number).details
    assert (left.full_name, left.ethnicity) == (ERASED_NAME, None)
    assert left.date_of_birth == date(1998, 1, 1)
    assert kept_of(context, number).identity is None
    db.session.commit()
    with tenant_transaction("VINHPHUC") as whole:
        assert not verify(whole).mismatches


def test_retention_erases_those_not_admitted_long_ago(province, context):
    old = make_person(context, province.cell, "Người Cũ", {StepKind.LISTED: date(2019, 1, 5)})
    new = make_person(context, province.cell, "Người Mới", {StepKind.LISTED: date(2022, 1, 5)})
    admitted = make_person(
        context,
        province.cell,
        "Đảng Viên",
        {StepKind.LISTED: date(2017, 1, 5), StepKind.DECISION: date(2018, 1, 5)},
    )
    db.session.commit()
    apply_retention()
    assert _names(context, old, new, admitted) == ["Người Cũ", "Người Mới", "Đảng Viên"]

    choose_privacy_rule(context, LegalBasis.INTERNAL_REGULATION, 24)
    db.session.commit()
    apply_retention()
    apply_retention()

    assert _names(context, old, new, admitted) == [ERASED_NAME, "Người Mới", "Đảng Viên"]


def _names(context, *numbers):
    apply_context(db.session(), context.for_database)
    names = [person(context, number).details.full_name for number in numbers]
    db.session.commit()
    return names


def test_look_alikes_outside_the_subtree_are_only_hinted_at(province, context):
    make_person(context, province.cell, "Nguyễn Thị Hoà")
    db.session.commit()
    typed = details("Nguyen Thi Hoà")

    inside = within(context, province.commune)
    found = look_alikes(inside, province.cell.id, typed)
    assert [one.full_name for one in found.inside] == ["Nguyễn Thị Hoà"]
    assert not found.is_one_outside

    outside = within(context, province.other_district)
    found = look_alikes(outside, province.cell.id, typed)
    assert (found.inside, found.is_one_outside) == ((), True)
    assert not look_alikes(outside, province.cell.id, details("Không Có Ai")).is_any
    assert db.session.scalar(select(func.count()).select_from(Person)) == 0
    asked = select(func.count()).where(AuditEntry.action == "duplicate.asked")
    assert db.session.scalar(asked) == 3


def test_another_tenants_people_are_not_hinted_at(province, other_province):
    apply_context(db.session(), province.context.for_database)
    make_person(province.context, province.cell, "Nguyễn Thị Hoà")
    db.session.commit()

    foreign = within(other_province.context, other_province.commune)

    assert not look_alikes(foreign, other_province.cell.id, details("Nguyễn Thị Hoà")).is_any


def test_who_asks_too_often_is_refused(province, context, monkeypatch):
    monkeypatch.setattr("app.cases.duplicates.MOST_QUESTIONS_AN_HOUR", 2)
    for _ in range(2):
        look_alikes(context, province.cell.id, details())

    with pytest.raises(Refused, match="quá nhiều lần"):
        look_alikes(context, province.cell.id, details())


def test_the_pages_mask_until_a_reason_is_given(app, client, sign_in, province):
    number = make_person(province.context, province.cell, ethnicity="Mường", religion="Công giáo")
    db.session.commit()
    sign_in(client, "xa")

    def url(endpoint):
        with app.test_request_context():
            g.tenant_id = province.context.tenant_id
            return url_for(endpoint, person_id=number)

    assert "Mường" not in client.get(url("cases.person")).text
    kept = client.submit(
        url("privacy.keep"),
        {"identity": CANARY, "legal_basis": "consent", "basis_document": "12-QĐ/ĐU"},
    )
    assert kept.status_code == 303
    assert client.submit(url("privacy.show"), {"reason": ""}).status_code == 422
    shown = client.submit(url("privacy.show"), {"reason": "đối chiếu hồ sơ"}).text
    assert all(words in shown for words in ("Mường", "Công giáo", CANARY, "12-QĐ/ĐU"))
    everything = json.loads(
        client.submit(url("privacy.export"), {"reason": "người đó yêu cầu"}).text
    )
    assert everything["private_detail"][0]["identity_sealed"] == CANARY
    assert everything["person"][0]["religion"] == "Công giáo"
    paper = client.submit(url("privacy.export"), {"reason": "người đó yêu cầu", "form": "pdf"})
    assert paper.data.startswith(b"%PDF")
    assert paper.mimetype == "application/pdf"
    assert client.submit(url("privacy.erase"), {"reason": ""}).status_code == 422
    assert client.submit(url("privacy.erase"), {"reason": "người đó yêu cầu"}).status_code == 303
    assert ERASED_NAME in client.get(url("cases.person")).text


def test_the_paper_says_in_words_what_the_file_says(app, province, context):
    steps = {StepKind.LISTED: date(2021, 3, 1), StepKind.DECISION: date(2022, 5, 19)}
    number = make_person(context, province.cell, ethnicity="Mường", sex="female", steps=steps)
    keep(context, number)

    with app.test_request_context():
        report = subject_paper(context, everything_about(context, number))

    said = [row.values for row in report.rows]
    assert ("Thông tin cá nhân", "Họ và tên") in {values[:2] for values in said}
    assert {("Giới tính", "Nữ"), ("Dân tộc", "Mường"), ("Số căn cước", CANARY)} <= {
        values[1:] for values in said
    }
    assert ("Bước", "Quyết định kết nạp") in {values[1:] for values in said}
    assert ("Ngày", "19/05/2022") in {values[1:] for values in said}
    assert report.kept_by.startswith("Cán bộ xuất lúc")


@pytest.fixture
def written(settings, superuser_engine):
    """What the servers have written by now: the paths of their files, and a dump."""

    def write_out():
        with Redis.from_url(settings.redis_url) as redis:
            redis.save()
        places = find_places(settings.data_dir)
        with superuser_cursor(places, kept_secrets(settings.data_dir)) as cursor:
            cursor.execute("CHECKPOINT")
        return _files_of(places), _dumped(superuser_engine)

    return write_out


def test_the_canary_is_nowhere_on_the_disk(client, sign_in, province, written):
    """In data files, write-ahead log, a dump, Redis, logs; a name kept in the open is found."""
    app = client.application
    number = make_person(province.context, province.cell, "Kimtuyến Đốichứng")
    db.session.commit()
    sign_in(client, "xa")
    with app.test_request_context():
        g.tenant_id = province.context.tenant_id
        address = url_for("privacy.keep", person_id=number)
    form = {"identity": CANARY, "legal_basis": "consent", "basis_document": ""}
    assert client.submit(address, form).status_code == 303
    assert client.submit(address, {**form, "identity": CANARY + "9"}).status_code == 422

    found = {"canary": [], "control": []}
    paths, dump = written()
    for path in paths:
        if not path.is_file() or path.is_socket():
            continue
        with contextlib.suppress(FileNotFoundError):  # the server removes files of its own
            content = path.read_bytes()
        if re.search(CANARY.encode(), content):
            found["canary"].append(path)
        if "Kimtuyến".encode() in content:
            found["control"].append(path)

    assert found["canary"] == []
    assert CANARY.encode() not in dump
    assert CANARY.encode().hex().encode() not in dump
    assert "Kimtuyến".encode() in dump
    assert any("pg_wal" in str(path) for path in found["control"])
    assert any("base" in str(path) for path in found["control"])
    assert field_keys().open(_sealed(), seal_name(number)) == CANARY.encode()


def _dumped(engine):
    """Return every row of every table as a dump holds it."""
    out = io.BytesIO()
    with engine.connect() as connection:
        tables = connection.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ).all()
        cursor = connection.connection.cursor()
        for table in tables:
            cursor.copy_expert(f"COPY {table} TO STDOUT", out)
    return out.getvalue()


def _sealed():
    db.session.rollback()
    return db.session.scalar(select(PrivateDetail.identity_sealed))


def _files_of(places):
    return [path for path in places.home.rglob("*") if path.is_file() and not path.is_symlink()]
