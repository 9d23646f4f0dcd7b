"""One-time links: a password of one's own by invitation or reset, once, and not for long."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from app.accounts import commands
from app.accounts.commands import NewUser
from app.accounts.grants import NewGrant
from app.accounts.links import LASTS, Purpose, issue_link
from app.accounts.models import OneTimeLink
from app.accounts.passwords import GENERATED_ALPHABET
from app.accounts.rules import Role
from app.core import clock
from app.core.database import apply_context, db
from tests.factories.accounts import PASSWORD
from tests.fixtures.accounts import new_browser

START = datetime(2026, 11, 3, 1, 0, tzinfo=UTC)
NEW_PASSWORD = "mùa thu Vĩnh Tường 2026"
WRONG = "Tên đăng nhập hoặc mã không đúng, đã dùng, hoặc đã hết hạn."


@pytest.fixture(autouse=True)
def _at_start(sign_in):
    with clock.frozen(START):
        yield


@pytest.fixture
def issue(province):
    """Issue a link and commit it: `issue("xem", Purpose.RESET)`; return its code."""

    def issued(name, purpose=Purpose.INVITATION):
        apply_context(db.session(), province.context.for_database)
        link = issue_link(province.context, province.users[name], purpose)
        db.session.commit()
        return link.code

    return issued


def use(browser, login_name, code, password=NEW_PASSWORD):
    form = {
        "login_name": login_name,
        "code": code,
        "new_password": password,
        "repeated": password,
    }
    return browser.submit("/join", form)


def try_to_sign_in(browser, login_name, password):
    form = {"login_name": login_name, "password": password, "next": "/account"}
    return browser.submit("/sign-in", form).status_code


def test_somebody_invited_chooses_a_password_and_is_in(app, province, client):
    new = NewUser(
        login_name="moi",
        full_name="Người mới",
        unit_id=province.commune.id,
        grants=(NewGrant(Role.READER, province.commune.id),),
        must_change_password=False,
    )
    link = commands.invite_user(province.context, new)
    db.session.commit()
    for password in ("", link.code, PASSWORD):
        assert try_to_sign_in(new_browser(app), "moi", password) == 200
    page = client.get(f"/join?login=moi&code={link.code}").text
    assert f'value="{link.code}"' in page

    assert use(client, "moi", link.code).location == "/"

    assert client.get("/account").status_code == 200
    assert try_to_sign_in(new_browser(app), "moi", NEW_PASSWORD) == 303


def test_a_code_has_more_than_128_bits_and_is_kept_as_a_hash(province, issue):
    codes = {issue("xem") for _ in range(20)}

    assert len(codes) == 20
    assert len(GENERATED_ALPHABET) ** 30 > 2**128
    assert all(len(code.replace("-", "")) == 30 for code in codes)
    apply_context(db.session(), province.context.for_database)
    kept = db.session.scalars(select(OneTimeLink.code_hash)).all()
    db.session.rollback()
    assert [len(row) for row in kept] == [32]


def test_a_code_works_once_and_as_it_is_typed(app, issue):
    code = issue("xem")

    assert use(new_browser(app), "XEM", code.upper().replace("-", " ")).status_code == 303
    assert WRONG in use(new_browser(app), "xem", code, PASSWORD).text


@pytest.mark.parametrize("purpose", Purpose)
def test_a_code_ends_by_itself(app, issue, purpose):
    code = issue("xem", purpose)

    with clock.frozen(START + LASTS[purpose]):
        assert WRONG in use(new_browser(app), "xem", code).text
    with clock.frozen(START + LASTS[purpose] - timedelta(seconds=1)):
        assert use(new_browser(app), "xem", code).status_code == 303


def test_a_reset_lasts_half_an_hour():
    assert LASTS[Purpose.RESET] == timedelta(minutes=30)


def test_a_new_code_ends_the_one_before(app, issue):
    first, second = issue("xem"), issue("xem")

    assert WRONG in use(new_browser(app), "xem", first).text
    assert use(new_browser(app), "xem", second).status_code == 303


def test_nothing_tells_whether_an_account_exists(app, issue):
    issue("xem")
    token = re.compile(r'name="csrf_token" value="[^"]*"')
    answers = {
        (answer.status_code, token.sub("", answer.text).replace(name, ""))
        for name in ("xem", "xa", "khongco")
        for answer in [use(new_browser(app), name, "aaaaa-aaaaa-aaaaa-aaaaa-aaaaa-aaaaa")]
    }

    assert len(answers) == 1


def test_codes_are_guessed_ten_times_an_account(app, issue):
    issue("xem")

    answers = [use(new_browser(app), "xem", f"guess-{n}").status_code for n in range(11)]

    assert answers == [200] * 10 + [429]


def test_a_weak_password_leaves_the_code_as_it_was(app, issue):
    code = issue("xem")

    assert use(new_browser(app), "xem", code, "ngắn").status_code == 422
    assert use(new_browser(app), "xem", code).status_code == 303


def test_a_disabled_account_stays_out(app, province, issue):
    code = issue("xem")
    db.session.execute(text("UPDATE user_account SET is_disabled = true"))
    db.session.commit()

    assert WRONG in use(new_browser(app), "xem", code).text


def test_a_reset_ends_the_old_password_at_once(app, province, sign_in):
    browser = new_browser(app)
    sign_in(browser, "xem")

    link = commands.reset_password(province.context, province.users["xem"])
    db.session.commit()

    assert browser.get("/account").status_code == 303
    assert try_to_sign_in(new_browser(app), "xem", PASSWORD) == 200
    assert use(new_browser(app), "xem", link.code).status_code == 303
