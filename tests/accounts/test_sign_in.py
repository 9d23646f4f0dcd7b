from unittest import mock

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, text

from app.accounts import passwords
from app.accounts.models import OperatorSession, UserAccount, UserSession
from app.audit.models import AuditEntry
from app.core.database import DatabaseContext, apply_context, db
from app.core.errors import Refused
from app.tenants.context import WHOLE_SCOPE
from tests.factories.accounts import PASSWORD, make_user
from tests.fixtures.accounts import new_browser

WRONG = "Tên đăng nhập hoặc mật khẩu không đúng."


def try_to_sign_in(client, login_name, password=PASSWORD, **fields):
    return client.submit("/sign-in", {"login_name": login_name, "password": password, **fields})


def entries(province, action):
    apply_context(db.session(), DatabaseContext(province.context.tenant_id, *WHOLE_SCOPE))
    found = db.session.scalars(select(AuditEntry).where(AuditEntry.action == action)).all()
    db.session.rollback()
    return found


def test_the_right_password_opens_the_pages(province, client, sign_in):
    assert client.get("/account").status_code == 303

    sign_in(client, "tinh")

    page = client.get("/account")
    assert page.status_code == 200
    assert "Tỉnh ủy Vĩnh Phúc" in page.text


def test_a_login_name_may_be_typed_in_capitals(province, client, sign_in):
    sign_in(client, " Tinh ")

    assert client.get("/account").status_code == 200


@pytest.mark.parametrize(
    ("login_name", "password"),
    [("tinh", "không phải mật khẩu"), ("khongco", PASSWORD), ("tinh'--", PASSWORD)],
)
def test_a_wrong_guess_gets_one_answer(province, client, login_name, password):
    answer = try_to_sign_in(client, login_name, password)

    assert WRONG in answer.text
    assert client.get("/account").status_code == 303


def test_a_disabled_user_gets_the_same_answer(province, client):
    db.session.execute(text("UPDATE user_account SET is_disabled = true"))
    db.session.commit()

    assert WRONG in try_to_sign_in(client, "tinh").text


@pytest.mark.parametrize("login_name", ["tinh", "khongco", "vanhanh"])
def test_every_guess_takes_the_work_of_one_verification(province, operator, client, login_name):
    with mock.patch.object(
        PasswordHasher, "verify", autospec=True, side_effect=PasswordHasher.verify
    ) as verify:
        try_to_sign_in(client, login_name, "không phải mật khẩu")

    assert verify.call_count == 1


def test_operators_sign_in_by_the_same_form(province, operator, client, sign_in):
    sign_in(client, "vanhanh")

    page = client.get("/account")
    assert page.status_code == 200
    assert "vận hành" in page.text


def test_the_database_keeps_only_a_hash_of_the_token(province, client, sign_in):
    sign_in(client, "tinh")

    with client.session_transaction() as held:
        tenant_id, token = held["membership"]
    kept = db.session.scalars(select(UserSession.token_hash)).one()
    assert tenant_id == province.context.tenant_id
    assert len(token) >= 43
    assert len(kept) == 32
    assert token.encode() not in bytes(kept)


def test_a_sign_in_begins_a_new_session_with_nothing_of_the_old(province, client, sign_in):
    with client.session_transaction() as held:
        held["planted"] = "by somebody else"
        held["membership"] = [province.context.tenant_id, "a token chosen by somebody else"]

    sign_in(client, "tinh")

    with client.session_transaction() as held:
        first = held["membership"]
        assert "planted" not in held
    sign_in(client, "tinh")
    with client.session_transaction() as held:
        assert held["membership"] != first


def test_a_token_made_before_the_sign_in_is_refused_after_it(province, client, sign_in):
    before = client.csrf_token()
    with client.session_transaction() as held:
        held["csrf_token"] = "f" * 40

    sign_in(client, "tinh")

    answer = client.post("/sign-out", data={"csrf_token": before})
    assert answer.status_code == 400


def test_sign_ins_failures_and_sign_outs_are_in_the_trail(province, client, sign_in):
    try_to_sign_in(client, "tinh", "không phải mật khẩu")
    sign_in(client, "tinh")
    client.submit("/sign-out")

    failed = entries(province, "user.sign_in_failed")
    assert [entry.subject_id for entry in failed] == [province.users["tinh"]]
    assert failed[0].actor_id is None
    assert "không phải mật khẩu" not in str([vars(entry) for entry in failed])
    assert len(entries(province, "user.signed_in")) == 1
    assert len(entries(province, "user.signed_out")) == 1


def test_a_sign_in_renews_a_hash_of_older_parameters(province, client, sign_in):
    older = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    db.session.execute(text("UPDATE user_account SET password_hash = :hash"), {"hash": older})
    db.session.commit()

    sign_in(client, "tinh")

    renewed = db.session.scalars(
        select(UserAccount.password_hash).where(UserAccount.login_name == "tinh")
    ).one()
    assert not passwords.is_outdated(renewed)
    assert passwords.is_password(renewed, PASSWORD)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("/account", "/account"),
        ("/account?x=1", "/account?x=1"),
        ("https://example.com/", "/"),
        ("//example.com/", "/"),
        ("/\\example.com", "/"),
        ("\\\\example.com", "/"),
        ("/\t/example.com", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_only_pages_of_this_site_follow_a_sign_in(province, client, wanted, expected):
    assert try_to_sign_in(client, "tinh", next=wanted).location == expected


def test_who_is_signed_in_already_goes_straight_on(province, client, sign_in):
    sign_in(client, "tinh")

    assert client.get("/sign-in?next=/account").location == "/account"


def test_the_language_follows_the_account(province, app, client, sign_in):
    sign_in(client, "tinh")
    client.submit("/language", {"language": "en", "next": "/account"})
    assert 'lang="en"' in client.get("/account").text

    elsewhere = new_browser(app)
    sign_in(elsewhere, "tinh")

    assert '<html lang="en"' in elsewhere.get("/account").text


def test_a_language_chosen_by_nobody_changes_no_account(province, client):
    client.submit("/language", {"language": "en", "next": "/sign-in"})

    assert set(db.session.scalars(select(UserAccount.locale))) == {"vi"}


def test_an_operators_session_is_kept_apart_from_tenants(province, operator, client, sign_in):
    sign_in(client, "vanhanh")

    assert db.session.scalars(select(OperatorSession.operator_id)).all() == [operator]
    assert db.session.scalars(select(UserSession.id)).all() == []


def test_one_name_belongs_to_one_account_of_all_tenants(other_province, province):
    with pytest.raises(Refused) as refused:
        make_user(province.context, "hb.tinh", province.top.id)

    assert refused.value.problems[0].field == "login_name"
    assert make_user(province.context, "hb2.tinh", province.top.id)
