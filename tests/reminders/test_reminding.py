"""Reminding by hand and by rule, reading, mail; two tenants where it matters."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select, update

from app.accounts.models import UserAccount
from app.core import clock, mail
from app.core.database import db
from app.core.errors import NotAllowed, NotFound
from app.core.jobs import run_job
from app.core.mail import MailUnavailable
from app.core.periods import parse_period
from app.measures.queries import measure_by_code
from app.monitoring.queries import Question, attainment
from app.reminders import jobs
from app.reminders.commands import choose_rules, mark_read, send_by_hand
from app.reminders.mailboxes import add_mailbox
from app.reminders.models import OutgoingMail, Reminder
from app.reminders.queries import ground, letters_by, letters_to, standing
from app.reminders.rules import Kind, Origin, Rules
from app.reorganisations.commands import undo
from app.rollups.unit_totals import AskedTotal, unit_totals
from app.rounds.commands import open_round, remind
from app.rounds.queries import child_states, round_of
from app.rounds.rules import Dues
from app.tenants.context import Actor, tenant_transaction
from app.units.queries import unit_by_code
from tests.factories.quotas import board_key, give_quotas
from tests.factories.reorganisations import reorganise
from tests.quotas.conftest import TODAY
from tests.reminders.conftest import admit


def question(context, period="2022"):
    asked = parse_period(period)
    return Question(measure_by_code(context, "admission"), asked, min(TODAY, asked.last_day))


def late_of(context, unit):
    _report, rows = standing(context, unit, question(context), ground(context, unit.id))
    return rows


def remind_late(context, unit, *codes):
    rows = {row.unit.code: row.unit.id for row in late_of(context, unit)}
    return send_by_hand(
        context,
        Kind.REMINDER,
        unit,
        question(context),
        [rows[code] for code in codes],
        "Đề nghị khẩn trương",
        known=ground(context, unit.id),
    )


def user_at(province, login_name, code):
    number = db.session.scalar(select(UserAccount.id).where(UserAccount.login_name == login_name))
    return replace(province.acting_for(code), actor=Actor("user", number, login_name))


def test_the_late_list_shows_figures_last_entry_and_who_was_reminded(province):
    context = province.acting_for("D1")

    c1, c2, c3 = late_of(context, province["D1"])

    # Of the year 304/365 have gone: an even pace asks for 8 of 10 and 7 of 8.
    assert [row.unit.code for row in (c1, c2, c3)] == ["C2", "C1", "C3"]
    assert (c2.figures.count, c2.figures.pace, c2.figures.behind) == (7, 8, 1)
    assert (c1.figures.count, c1.figures.behind, c1.figures.last_entry_on) == (0, 7, None)
    # A pending entry counts as much as a folded one.
    assert c2.figures.last_entry_on == date(2022, 10, 20)
    assert c2.figures.days_silent(TODAY) == 11
    assert c3.figures.quota is None
    assert not c3.figures.is_late

    remind_late(context, province["D1"], "C2")

    assert late_of(context, province["D1"])[0].beside.reminded_on == TODAY


def test_a_unit_is_reminded_once_a_day_and_the_sender_sees_who_read_and_what_changed(province):
    monitor = user_at(province, "theodoi", "D1")

    assert remind_late(monitor, province["D1"], "C1", "C2").now == 2
    again = remind_late(monitor, province["D1"], "C1", "C2")
    assert (again.now, again.already) == (0, 2)

    clerk = user_at(province, "xa", "C1")
    (letter,) = letters_to(clerk, province["C1"].id)
    assert (letter.kind, letter.sender, letter.is_read) == (
        Kind.REMINDER,
        "Huyện Vĩnh Tường",
        False,
    )
    assert (letter.count, letter.quota, letter.pace) == (7, 10, 8)
    assert mark_read(clerk, province["C1"].id, [letter.id]) == 1
    assert mark_read(clerk, province["C1"].id, [letter.id]) == 0
    admit(province, "B1", 2, date(2022, 10, 30))

    sent = {letter.unit: letter for letter in letters_by(monitor, province["D1"].id)}
    assert [reading.name for reading in sent["Xã Ngũ Kiên"].readings] == ["xa"]
    assert (sent["Xã Ngũ Kiên"].count_now, sent["Xã Ngũ Kiên"].gained) == (9, 2)
    assert sent["Xã Lũng Hoà"].readings == ()


def test_only_the_unit_that_got_a_letter_reads_it(province):
    remind_late(province.acting_for("D1"), province["D1"], "C1")
    above = user_at(province, "huyen", "D1")
    (letter,) = letters_to(above, province["C1"].id)

    with pytest.raises(NotAllowed):
        mark_read(above, province["C1"].id, [letter.id])
    with pytest.raises(NotFound):
        mark_read(user_at(province, "tinh", "P"), province["P"].id, [letter.id])


def test_a_unit_elsewhere_cannot_be_reminded(province):
    context = province.acting_for("D1")

    with pytest.raises(NotFound):
        send_by_hand(
            context,
            Kind.REMINDER,
            province["D1"],
            question(context),
            [province["D2"].id],
            "…",
            known=ground(context, province["D1"].id),
        )


def test_totals_side_by_side_are_those_of_each_units_own_page(province):
    context = province.context
    spans = [("2022", TODAY), ("2022", date(2022, 5, 25)), ("2022-05", date(2022, 5, 31))]
    asked = [(unit, period, as_of) for unit in ("P", "D1", "C1", "B2") for period, as_of in spans]
    measure = measure_by_code(context, "admission")

    found = unit_totals(
        context,
        [
            AskedTotal(province[unit].id, measure.id, parse_period(period).start, as_of)
            for unit, period, as_of in asked
        ],
    )

    assert found == tuple(
        attainment(
            context, province[unit], Question(measure, parse_period(period), as_of)
        ).unit.count
        for unit, period, as_of in asked
    )
    assert sum(found) > 0


def letters(origin=None):
    with tenant_transaction("VINHPHUC") as context:
        rows = db.session.execute(
            select(Reminder.origin, Reminder.kind, func.count())
            .where(Reminder.tenant_id == context.tenant_id)
            .group_by(Reminder.origin, Reminder.kind)
        )
        return {(row[0], row[1]): row[2] for row in rows}


def test_rules_remind_once_a_turn_however_often_the_job_runs(province):
    choose_rules(province.context, Rules(silent_days=30, behind_points=15, sends_digest=True))
    give_quotas(province.context, "D1", {"C1": 20}, measure="source")
    db.session.commit()

    run_job("remind_by_rule", {})
    first = letters()
    run_job("remind_by_rule", {})

    assert letters() == first
    # D1 (7/40) and D2 (0/5, no entry ever) are behind, as is C2 (0/8); C1 (7/10) is not, but
    # it has listed nobody this year.
    assert first == {("behind", "reminder"): 4, ("week", "digest"): 2}
    with tenant_transaction("VINHPHUC") as context:
        told = {one.kind: one.body for one in letters_to(context, province["P"].id)}
        (digest,) = letters_to(context, province["D1"].id)[:1]
        asked = {one.measure_code for one in letters_to(context, province["C1"].id)}
    assert "2/2 đơn vị chậm tiến độ: Huyện Vĩnh Tường (chậm 26)" in told[Kind.DIGEST]
    assert asked == {"source"}
    assert "1/1 đơn vị chậm tiến độ: Xã Ngũ Kiên" in digest.body


def test_letters_follow_a_unit_to_its_heir_and_back(province):
    context = province.context
    send_by_hand(
        context,
        Kind.REMINDER,
        province["D1"],
        question(context),
        [province["C2"].id],
        "Gấp",
        known=ground(context, province["D1"].id),
    )
    reorganise(
        context, "C1,,N1,Xã Mới,D1,whole,1", "C2,,N1,Xã Mới,D1,whole,1", on=TODAY, number="5-QĐ/TU"
    )
    heir = unit_by_code(context, "N1")

    (letter,) = letters_to(context, heir.id)
    reader = replace(user_at(province, "xa", "D1"), unit_id=heir.id)
    read = mark_read(reader, heir.id, [letter.id])

    assert (letter.unit_id, letter.body, read) == (province["C2"].id, "Gấp", 1)
    undo(context, "5-QĐ/TU")
    assert [one.id for one in letters_to(context, province["C2"].id)] == [letter.id]


def test_what_a_round_asks_comes_to_the_same_inbox(province):
    context = province.context
    key = board_key(context, province["P"])
    open_round(
        context, key, Dues(date(2022, 11, 10), date(2022, 11, 20), date(2022, 12, 20)), "Gấp"
    )
    states = child_states(context, key, [province["D1"], province["D2"]])
    found = round_of(context, key)

    assert remind(context, found, states) == 2
    assert remind(context, found, states) == 0

    (letter,) = letters_to(context, province["D1"].id)
    assert (letter.origin, letter.count) == (Origin.ROUND, None)
    assert letter.body.endswith("Gấp")


@pytest.fixture
def mail_server(app, monkeypatch):
    """A mail server that keeps what it takes, and refuses while it is told to."""
    taken, is_down = [], []

    def take(letter):
        if is_down:
            raise MailUnavailable("down")
        taken.append(letter)

    settings = replace(app.config["SETTINGS"], smtp_url="smtp://mail.test", mail_from="a@b.vn")
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    monkeypatch.setattr(jobs, "send_mail", take)
    return taken, is_down


def test_a_copy_goes_by_mail_after_commit_and_is_tried_again(province, mail_server):
    taken, is_down = mail_server
    is_down.append(True)
    add_mailbox(province.context, province["C1"].id, "xa@example.vn")
    remind_late(province.acting_for("D1"), province["D1"], "C1", "C2")
    assert taken == []
    db.session.commit()

    run_job("carry_mail", {})
    assert taken == []
    is_down.clear()
    with tenant_transaction("VINHPHUC") as context:
        waiting = db.session.scalars(
            select(OutgoingMail).where(OutgoingMail.tenant_id == context.tenant_id)
        ).one()
        assert (waiting.attempts, waiting.failure) == (1, "down")
        db.session.execute(
            update(OutgoingMail)
            .where(OutgoingMail.tenant_id == context.tenant_id)
            .values(next_try_at=clock.now())
        )

    run_job("carry_mail", {})
    run_job("carry_mail", {})

    (letter,) = taken
    assert (letter.to, letter.subject) == ("xa@example.vn", "Đôn đốc: Kết nạp đảng viên 2022")
    assert "Đến 31/10/2022: 7/10; tiến độ chung 8." in letter.body


def test_nothing_is_kept_for_a_server_that_is_not_named(province):
    assert not mail.is_configured()
    add_mailbox(province.context, province["C1"].id, "xa@example.vn")

    remind_late(province.acting_for("D1"), province["D1"], "C1")

    assert db.session.scalar(select(func.count()).select_from(OutgoingMail)) == 0


def test_another_tenant_has_its_own_letters(province):
    from tests.quotas.conftest import make_province  # noqa: PLC0415 beside the fixture

    remind_late(province.acting_for("D1"), province["D1"], "C1")
    db.session.commit()

    other = make_province("HOABINH")

    assert letters_to(other.context, province["C1"].id) == ()
    assert unit_by_code(other.context, "C1").id != province["C1"].id
