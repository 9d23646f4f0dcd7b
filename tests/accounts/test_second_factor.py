"""The second factor: asked of whom it must, taken once, and never a way around itself."""

import re
from datetime import UTC, date, datetime, timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from app.accounts import second_factor
from app.accounts.commands import create_operator
from app.accounts.models import Operator, UserAccount
from app.accounts.one_time_codes import (
    RECOVERY_CODES,
    STEP_SECONDS,
    accepted_step,
    new_secret,
    step_of,
)
from app.audit.models import AuditEntry
from app.core import clock
from app.core.database import apply_context, db
from app.core.errors import NotAllowed
from app.tenants.commands import create_tenant
from tests.factories.accounts import PASSWORD, acting_as
from tests.fixtures.accounts import new_browser

START = datetime(2026, 11, 3, 1, 0, tzinfo=UTC)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
INSTANTS = st.datetimes(
    datetime(2020, 1, 1),  # noqa: DTZ001 Hypothesis adds the zone
    datetime(2060, 1, 1),  # noqa: DTZ001 as above
    timezones=st.just(UTC),
)


def code_at(secret, at):
    return pyotp.TOTP(secret).at(at)


class TestCodes:
    @given(INSTANTS, st.integers(-29, 29))
    def test_a_code_is_taken_while_clocks_differ_by_less_than_a_step(self, at, seconds):
        typed = code_at(SECRET, at + timedelta(seconds=seconds))

        assert accepted_step(SECRET, typed, at, after=None) is not None

    @given(INSTANTS, st.integers(2 * STEP_SECONDS, 10**6))
    def test_an_old_code_is_refused(self, at, seconds):
        typed = code_at(SECRET, at - timedelta(seconds=seconds))
        others = {code_at(SECRET, at + timedelta(seconds=s)) for s in (-30, 0, 30)}

        assert (accepted_step(SECRET, typed, at, after=None) is None) is (typed not in others)

    @given(INSTANTS)
    def test_a_code_is_used_up_by_itself_and_by_a_later_one(self, at):
        typed = code_at(SECRET, at)
        step = accepted_step(SECRET, typed, at, after=None)

        assert accepted_step(SECRET, typed, at, after=step) is None
        assert accepted_step(SECRET, typed, at, after=step_of(at) + 1) is None

    @pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３４５６", "٣٣٣٣٣٣"])
    def test_nothing_else_is_a_code(self, typed):
        assert accepted_step(SECRET, typed, START, after=None) is None

    def test_a_secret_has_160_random_bits(self):
        made = {new_secret() for _ in range(20)}

        assert len(made) == 20
        assert {len(secret) for secret in made} == {32}


@pytest.fixture
def sign_in_bare(app, sign_in):
    """Type name and password, and nothing else; limits begin empty."""

    def typed(login_name, browser=None):
        browser = browser or new_browser(app)
        form = {"login_name": login_name, "password": PASSWORD, "next": "/account"}
        assert browser.submit("/sign-in", form).status_code == 303
        return browser

    return typed


@pytest.fixture
def at_start():
    with clock.frozen(START):
        yield


def enrol(browser):
    """Take the secret of the page into an app; return it with the recovery codes."""
    page = browser.get("/account/second-factor").text
    secret = re.search(r'"one-time-secret">(\w+)<', page)[1]
    sealed = re.search(r'name="sealed"[^>]* value="([^"]+)"', page)[1]
    form = {"sealed": sealed, "code": code_at(secret, clock.now())}
    answer = browser.submit("/account/second-factor", form)
    assert answer.status_code == 200, answer.text
    return secret, re.findall(r"<li>([a-z0-9]{5}-[a-z0-9]{5})</li>", answer.text)


def show(browser, typed):
    return browser.submit("/account/code", {"code": typed, "next": "/account"})


def opens(browser):
    return browser.get("/account").status_code == 200


@pytest.mark.parametrize(
    ("login_name", "asked"),
    [
        *(("tinh", True), ("quantri", True), ("huyen", True), ("xa", True), ("vanhanh", True)),
        *(("chibo", False), ("xem", False)),
    ],
)
def test_who_must_have_a_second_factor_is_led_to_it_first(
    *, province, operator, sign_in_bare, login_name, asked
):
    browser = sign_in_bare(login_name)

    if asked:
        assert browser.get("/account").location == "/account/second-factor?next=/account"
        assert browser.submit("/account/unit", {"unit": "x"}).status_code == 303
        assert browser.get("/account/devices").location.startswith("/account/second-factor")
    else:
        assert opens(browser)


@pytest.mark.usefixtures("at_start")
@pytest.mark.parametrize("login_name", ["tinh", "vanhanh"])
def test_after_enrolling_each_sign_in_asks_for_a_code(
    *, province, operator, sign_in_bare, login_name
):
    first = sign_in_bare(login_name)
    secret, codes = enrol(first)
    assert opens(first)
    assert len(set(codes)) == RECOVERY_CODES

    again = sign_in_bare(login_name)
    assert again.get("/account").location == "/account/code?next=/account"
    assert "Mã không đúng" in show(again, "000000").text
    with clock.frozen(START + timedelta(seconds=STEP_SECONDS)):
        assert show(again, code_at(secret, clock.now())).location == "/account"
        assert opens(again)


@pytest.mark.usefixtures("at_start")
def test_a_code_and_a_recovery_code_are_taken_once(province, sign_in_bare):
    secret, codes = enrol(sign_in_bare("tinh"))
    used = code_at(secret, clock.now())

    assert "Mã không đúng" in show(sign_in_bare("tinh"), used).text
    assert show(sign_in_bare("tinh"), codes[0].upper()).status_code == 303
    assert "Mã không đúng" in show(sign_in_bare("tinh"), codes[0]).text
    assert show(sign_in_bare("tinh"), codes[1]).status_code == 303


@pytest.mark.usefixtures("at_start")
def test_the_password_alone_neither_replaces_nor_renews_the_factor(province, sign_in_bare):
    enrol(sign_in_bare("tinh"))
    thief = sign_in_bare("tinh")

    for address in ("/account/second-factor", "/account/password", "/account/devices", "/"):
        assert thief.get(address).location.startswith("/account/code")
    assert thief.submit("/account/recovery-codes").location.startswith("/account/code")
    thief.submit("/language", {"language": "en", "next": "/account"})
    assert thief.get("/account").status_code == 303


@pytest.mark.usefixtures("at_start")
def test_a_sealed_secret_of_somebody_else_is_refused(province, sign_in_bare):
    other = sign_in_bare("tinh")
    page = other.get("/account/second-factor").text
    secret = re.search(r'"one-time-secret">(\w+)<', page)[1]
    sealed = re.search(r'name="sealed"[^>]* value="([^"]+)"', page)[1]

    form = {"sealed": sealed, "code": code_at(secret, clock.now())}
    answer = sign_in_bare("quantri").submit("/account/second-factor", form)

    assert answer.status_code == 422


@pytest.mark.usefixtures("at_start")
def test_codes_are_guessed_ten_times_and_the_owner_still_gets_in(province, sign_in_bare):
    owner = sign_in_bare("tinh")
    _, codes = enrol(owner)
    owner.submit("/sign-out")

    thief = sign_in_bare("tinh")
    answers = [show(thief, "000000").status_code for _ in range(11)]
    assert answers == [200] * 10 + [429]
    another = sign_in_bare("tinh")
    assert show(another, "000000").status_code == 429

    assert show(sign_in_bare("tinh", owner), codes[0]).status_code == 303


@pytest.mark.usefixtures("at_start")
def test_neither_secret_nor_recovery_code_can_be_read_in_the_database(
    province, operator, sign_in_bare
):
    for login_name, table in (("tinh", UserAccount), ("vanhanh", Operator)):
        secret, codes = enrol(sign_in_bare(login_name))
        apply_context(db.session(), province.context.for_database)
        kept = db.session.execute(
            select(table.factor_sealed, table.recovery_indexes).where(
                table.login_name == login_name
            )
        ).one()
        db.session.rollback()
        held = bytes(kept.factor_sealed) + b"".join(map(bytes, kept.recovery_indexes))
        assert len(kept.recovery_indexes) == RECOVERY_CODES
        for clear in (secret, *codes, codes[0].replace("-", "")):
            assert clear.encode() not in held


@pytest.mark.usefixtures("at_start")
def test_a_reset_ends_sessions_and_asks_for_a_new_factor(app, province, sign_in_bare):
    browser = sign_in_bare("tinh")
    enrol(browser)
    run = app.test_cli_runner()

    arguments = ["users", "reset-second-factor", "--tenant", "VINHPHUC", "--login", "tinh"]
    outcome = run.invoke(args=[*arguments, "--format", "json"])

    assert outcome.exit_code == 0, outcome.output
    assert not opens(browser)
    assert sign_in_bare("tinh").get("/account").location.startswith("/account/second-factor")
    apply_context(db.session(), province.context.for_database)
    actions = db.session.scalars(select(AuditEntry.action)).all()
    db.session.rollback()
    assert {"user.second_factor_enrolled", "user.second_factor_reset"} <= set(actions)


def test_nobody_resets_the_factor_of_somebody_mightier(province):
    head = acting_as(province.context, province.users["huyen"], province.district)
    db.session.execute(
        text("UPDATE user_account SET unit_id = :unit WHERE login_name = 'tinh'"),
        {"unit": province.district.id},
    )

    with pytest.raises(NotAllowed):
        second_factor.reset_second_factor(head, province.users["tinh"])
    second_factor.reset_second_factor(head, province.users["xa"])


@pytest.mark.usefixtures("at_start")
def test_the_operator_of_a_demonstration_alone_needs_none_while_no_other_tenant_is_there(
    app_context, sign_in_bare
):
    create_tenant("DEMO", "Trình diễn", clock_on=date(2022, 10, 31))
    create_operator("vanhanh", "Vận hành", PASSWORD, is_demonstration=True)
    db.session.commit()
    browser = sign_in_bare("vanhanh")
    assert opens(browser)

    create_tenant("SONLA", "Sơn La")
    db.session.commit()

    assert browser.get("/account").location.startswith("/account/second-factor")
