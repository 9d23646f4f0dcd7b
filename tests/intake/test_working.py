"""A spreadsheet of a unit: checked, taken in, taken back; nothing lost and nothing doubled."""

import os
import random
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, text

from app.audit.models import AuditEntry
from app.cases.commands import record_steps
from app.cases.models import Person, Step
from app.cases.rules import StepDraft, StepKind
from app.core import clock
from app.core.database import apply_context, db
from app.core.errors import Conflict, NotFound
from app.intake import working
from app.intake.commands import accept_file, drop_file, send_file, withdraw_file
from app.intake.jobs import advance, advance_imports, forget_sent_files
from app.intake.queries import row_counts, rows_in, sent_file
from app.intake.rules import FileState, RowState
from app.privacy.commands import erase_person
from app.rollups.commands import verify
from tests.cases.conftest import TODAY
from tests.factories.cases import cases_csv, make_person
from tests.intake.conftest import within, work

HEADS = "Chi bộ,Họ và tên,Ngày sinh,Giới tính,Học vấn,Thuộc diện,Ngày đưa vào nguồn"


def sheet(*lines):
    return "\n".join((HEADS, *lines)).encode()


def counted(context, file_id):
    return {state: many for state, many in row_counts(context, file_id).items() if many}


def people(context):
    return db.session.scalar(select(func.count()).select_from(Person))


def take_in(context, file_id, *, takes_duplicates=False):
    accept_file(context, file_id, takes_duplicates=takes_duplicates)
    db.session.commit()
    return work(context, file_id)


def withdraw(context, file_id):
    withdraw_file(context, file_id)
    db.session.commit()
    return work(context, file_id)


def test_checking_sorts_rows_and_stores_nobody(clerk, tree, send):
    make_person(clerk, tree["V2"], "Trần Thị Bưởi", date_of_birth=date(1999, 1, 2))
    db.session.commit()

    file_id = send(
        sheet(
            "V1 · Chi bộ thôn An Lão,NGUYỄN VĂN AN,3/11/95,Nam,THPT,Giáo viên,01032021",
            "V1,Tran  Thi Buoi,2/1/1999,nữ,,,2021-3-1",
            "V1,Lê Văn Cam,30/02/1990,Nam,,,",
            "V3,Người Xã Khác,1/1/1990,Nam,,,",
        )
    )

    assert sent_file(clerk, file_id).state is FileState.CHECKED
    assert counted(clerk, file_id) == {
        RowState.GOOD: 1,
        RowState.DUPLICATE: 1,
        RowState.BAD: 2,
    }
    assert people(clerk) == 1
    found = {
        row.number: row.kept.findings[0]
        for row in rows_in(clerk, file_id, set(RowState))
        if row.kept.findings
    }
    assert "Trần Thị Bưởi" in str(found[3].reason)
    assert "chỉ có 28 ngày" in str(found[4].reason)
    assert found[5].column == "cell_code"


def test_taking_in_stores_the_good_rows_as_people(clerk, tree, send):
    file_id = send(sheet("V1,NGUYỄN VĂN AN,3/11/95,Nam,THPT,Đoàn viên thanh niên,01032021"))

    take_in(clerk, file_id)

    person = db.session.execute(
        select(Person.full_name, Person.date_of_birth, Person.education)
    ).one()
    assert person == ("Nguyễn Văn An", date(1995, 11, 3), "upper_secondary")
    assert db.session.scalar(select(Step.taken_on)) == date(2021, 3, 1)
    assert sent_file(clerk, file_id).state is FileState.DONE
    assert counted(clerk, file_id) == {RowState.STORED: 1}
    entry = db.session.execute(
        select(AuditEntry.actor_kind, AuditEntry.actor_name).where(
            AuditEntry.action == "person.added"
        )
    ).one()
    assert entry == ("user", "Cán bộ xã")


def test_rows_like_somebody_known_wait_for_a_word(clerk, tree, send):
    make_person(clerk, tree["V2"], "Trần Thị Bưởi", date_of_birth=date(1999, 1, 2))
    db.session.commit()
    line = "V1,Trần Thị Bưởi,2/1/1999,Nữ,,,"

    take_in(clerk, send(sheet(line)))
    assert people(clerk) == 1

    take_in(clerk, send(sheet(line)), takes_duplicates=True)
    assert people(clerk) == 2


def test_the_same_file_twice_changes_nothing(clerk, send):
    content = sheet("V1,Nguyễn Văn An,3/11/1995,Nam,,,1/3/2021")
    take_in(clerk, send(content))

    second = send(content)

    assert counted(clerk, second) == {RowState.KNOWN: 1}
    take_in(clerk, second)
    assert people(clerk) == 1


def test_a_file_that_cannot_be_read_says_why(clerk, send):
    file_id = send("Tên,Tuổi\nAn,20".encode())

    file = sent_file(clerk, file_id)
    assert file.state is FileState.REFUSED
    assert any("cell_code" in str(note) for note in file.notes)


def test_old_fonts_are_converted_and_said_so(clerk, send):
    old = "V1,NguyÔn ThÞ H­¬ng,3/11/1995,Nam,,,\nV1,TrÇn V¨n §øc,4/11/1995,Nam,,,"

    file_id = send(sheet(old).decode().split("\n")[0].encode() + b"\n" + old.encode())

    assert "TCVN3" in str(sent_file(clerk, file_id).notes[0])
    take_in(clerk, file_id)
    names = set(db.session.scalars(select(Person.full_name)))
    assert names == {"Nguyễn Thị Hương", "Trần Văn Đức"}


def test_a_dropped_file_leaves_no_row(clerk, send):
    file_id = send(sheet("V1,Nguyễn Văn An,3/11/1995,Nam,,,"))

    drop_file(clerk, file_id)
    db.session.commit()

    assert sent_file(clerk, file_id).state is FileState.DROPPED
    assert counted(clerk, file_id) == {}
    with pytest.raises(Conflict):
        accept_file(clerk, file_id, takes_duplicates=False)


def test_undoing_takes_back_what_nobody_has_changed_since(clerk, tree, send):
    known = make_person(clerk, tree["V2"], "Phạm Văn Ổi", date_of_birth=date(1990, 5, 5))
    db.session.commit()
    header = ("cell_code", "full_name", "date_of_birth", "sex", "listed_on", "certificate_on")
    rows = [
        {"cell_code": "V1", "full_name": "Người Mới", "listed_on": "2021-03-01"},
        {"cell_code": "V1", "full_name": "Người Đổi", "listed_on": "2021-03-01"},
        {
            "cell_code": "V2",
            "full_name": "Phạm Văn Ổi",
            "date_of_birth": "1990-05-05",
            "certificate_on": "2021-06-01",
            "listed_on": "2021-03-01",
        },
    ]
    file_id = send(cases_csv(*rows, header=header))
    take_in(clerk, file_id)
    changed = db.session.scalar(select(Person.id).where(Person.full_name == "Người Đổi"))
    record_steps(clerk, changed, {StepKind.CERTIFICATE: StepDraft(date(2021, 7, 1))})
    db.session.commit()
    apply_context(db.session(), clerk.for_database)

    withdraw(clerk, file_id)

    assert sent_file(clerk, file_id).state is FileState.UNDONE
    assert counted(clerk, file_id) == {RowState.UNDONE: 2, RowState.KEPT: 1}
    assert set(db.session.scalars(select(Person.full_name))) == {"Phạm Văn Ổi", "Người Đổi"}
    kinds = set(db.session.scalars(select(Step.kind).where(Step.case_id.in_(_cases_of(known)))))
    assert kinds == {"listed"}
    db.session.commit()
    whole = within(clerk, tree["T"])
    assert not verify(whole).mismatches


def _cases_of(person_id):
    return db.session.scalars(
        text("SELECT id FROM case_file WHERE person_id = :person"), {"person": person_id}
    ).all()


def test_a_file_of_another_subtree_is_not_found(clerk, tree, send):
    file_id = send(sheet("V1,Nguyễn Văn An,3/11/1995,Nam,,,"))

    other = within(clerk, tree["X2"])

    with pytest.raises(NotFound):
        sent_file(other, file_id)
    assert db.session.scalar(text("SELECT count(*) FROM import_row")) == 0


def test_what_a_file_holds_is_sealed_in_the_database(clerk, tree, owner_engine):
    send_file(clerk, tree["X1"].id, "x.csv", sheet("V1,Nguyễn Kín Đáo,3/11/1995,Nam,,,"))
    db.session.commit()
    work(clerk, 1)

    with owner_engine.connect() as connection:
        connection.execute(text("SET row_security = off"))
        assert "Kín Đáo".encode() not in db.session.scalar(text("SELECT sealed FROM import_row"))


MANY = int(os.environ.get("IMPORT_ROWS", "600"))
"""TRUST.md 15 is about 10,000: `IMPORT_ROWS=10000 pytest tests/intake -k make_the_rows_read`."""


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5])
def test_accepted_and_rejected_rows_make_the_rows_read(clerk, send, share, monkeypatch):
    monkeypatch.setattr(working, "ROWS_AT_ONCE", MANY // 5)
    chance = random.Random(3)
    lines = [
        f"V{1 + n % 2},Người Thứ {_word(n)},{1 + n % 28}/{1 + n % 12}/{1960 + n % 40},"
        f"{'Nam' if chance.random() > share else 'không rõ'},,,1/3/2021"
        for n in range(MANY)
    ]
    bad = sum("không rõ" in line for line in lines)

    file_id = send(sheet(*lines))
    assert counted(clerk, file_id) == {RowState.GOOD: MANY - bad, RowState.BAD: bad}

    _take_in_with_a_kill(clerk, file_id, monkeypatch)

    assert counted(clerk, file_id) == {RowState.STORED: MANY - bad, RowState.BAD: bad}
    assert people(clerk) == MANY - bad
    assert db.session.scalar(select(func.count()).select_from(Step)) == MANY - bad


def _take_in_with_a_kill(context, file_id, monkeypatch):
    """Die once inside a batch, after its people are written, as a killed worker does."""
    accept_file(context, file_id, takes_duplicates=False)
    db.session.commit()
    assert advance(context.tenant_code, file_id)
    with monkeypatch.context() as patched:

        def die(*_):
            raise KeyboardInterrupt

        patched.setattr(working, "_write_outcomes", die)
        with pytest.raises(KeyboardInterrupt):
            advance(context.tenant_code, file_id)
    apply_context(db.session(), context.for_database)
    before = people(context)
    assert before == working.ROWS_AT_ONCE
    db.session.commit()
    advance_imports()
    apply_context(db.session(), context.for_database)


def _word(number):
    """Tell people apart by letters, as names do."""
    letters = "abcdeghiklmnopqrstuvxy"
    word = ""
    while True:
        number, digit = divmod(number, len(letters))
        word += letters[digit]
        if not number:
            return word.capitalize()


def keep_for(days, since=TODAY):
    """Clear away what is due so many days later."""
    db.session.commit()
    with clock.frozen(since + timedelta(days=days)):
        forget_sent_files()


def test_rows_go_when_nobody_needs_them_any_more_and_people_stay(clerk, send):
    file_id = send(sheet("V1,Nguyễn Văn An,3/11/1995,Nam,,,", "V1,Lê Văn Cam,30/02/1990,Nam,,,"))
    take_in(clerk, file_id)

    keep_for(29)
    apply_context(db.session(), clerk.for_database)
    assert counted(clerk, file_id) == {RowState.STORED: 1, RowState.BAD: 1}
    keep_for(31)
    apply_context(db.session(), clerk.for_database)

    assert counted(clerk, file_id) == {}
    assert people(clerk) == 1
    assert sent_file(clerk, file_id).cleared_at is not None
    with pytest.raises(Conflict, match="hết hạn lưu"):
        withdraw_file(clerk, file_id)
    said = select(AuditEntry.action).where(AuditEntry.subject_kind == "import")
    assert "import.cleared" in db.session.scalars(said).all()


def test_a_file_that_nobody_decides_on_is_dropped_whole(clerk, send):
    file_id = send(sheet("V1,Nguyễn Văn An,3/11/1995,Nam,,,"))
    sent_at = sent_file(clerk, file_id).sent_at

    keep_for(29, sent_at)
    apply_context(db.session(), clerk.for_database)
    assert sent_file(clerk, file_id).state is FileState.CHECKED
    keep_for(31, sent_at)
    apply_context(db.session(), clerk.for_database)

    assert sent_file(clerk, file_id).state is FileState.DROPPED
    assert counted(clerk, file_id) == {}
    content = db.session.execute(text("SELECT content, notes FROM import_file")).all()
    assert content == [(None, [])]
    with pytest.raises(Conflict):
        accept_file(clerk, file_id, takes_duplicates=False)


def test_erasing_somebody_deletes_the_rows_that_brought_them(clerk, context, tree, send):
    file_id = send(sheet("V1,Nguyễn Văn An,3/11/1995,Nam,,,", "V1,Trần Thị Bưởi,2/1/1999,Nữ,,,"))
    take_in(clerk, file_id)
    number = db.session.scalars(select(Person.id).where(Person.full_name.endswith("An"))).one()
    cell = within(clerk, tree["V1"])

    erase_person(cell, number, "theo yêu cầu của người đó")

    db.session.commit()
    apply_context(db.session(), clerk.for_database)
    (left,) = rows_in(clerk, file_id, set(RowState))
    assert left.kept.cells[1] == "Trần Thị Bưởi"
