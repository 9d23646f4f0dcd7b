"""A form that is sent again and again does its work once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from sqlalchemy import func, select

from app.core.database import apply_context, db
from app.core.errors import Refused
from app.tenants.context import Actor
from app.tenants.models import Submission
from app.tenants.submissions import Claim, claim, new_client_key, settle

SENDINGS = 20


def as_user(context, number):
    return replace(context, actor=Actor(kind="user", id=number, name=f"user {number}"))


def test_the_second_sending_finds_the_firsts_result(tenant):
    context, key = as_user(tenant, 1), new_client_key()

    assert claim(context, key) == Claim(is_first=True)
    settle(context, key, "/units/1")
    db.session.commit()

    assert claim(context, key) == Claim(is_first=False, result="/units/1")
    db.session.commit()


def test_other_keys_other_users_and_other_tenants_are_first_themselves(tenant):
    context, key = as_user(tenant, 1), new_client_key()
    claim(context, key)
    db.session.commit()

    assert claim(context, new_client_key()).is_first
    assert claim(as_user(tenant, 2), key).is_first


def test_what_was_rolled_back_was_never_sent(tenant):
    db.session.commit()
    context, key = as_user(tenant, 1), new_client_key()
    claim(context, key)
    db.session.rollback()

    assert claim(context, key).is_first


@pytest.mark.parametrize("key", ["", "x" * 65])
def test_a_form_without_a_proper_key_is_refused(tenant, key):
    with pytest.raises(Refused):
        claim(as_user(tenant, 1), key)


def test_twenty_sendings_at_once_make_one_record(tenant, app):
    db.session.commit()
    context, key = as_user(tenant, 1), new_client_key()
    start = Barrier(SENDINGS)

    def send(number):
        with app.app_context():
            start.wait()
            apply_context(db.session(), context.for_database)
            claimed = claim(context, key)
            if claimed.is_first:
                settle(context, key, f"/made/{number}")
                result = f"/made/{number}"
            else:
                result = claimed.result
            db.session.commit()
            return claimed.is_first, result

    with ThreadPoolExecutor(SENDINGS) as pool:
        outcomes = list(pool.map(send, range(SENDINGS)))

    assert [is_first for is_first, _result in outcomes].count(True) == 1
    assert len({result for _is_first, result in outcomes}) == 1
    apply_context(db.session(), context.for_database)
    assert db.session.scalar(select(func.count()).select_from(Submission)) == 1
