"""A form that is sent again and again does its work once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select, update

from app.core import clock
from app.core.database import apply_context, db
from app.core.errors import Refused
from app.core.jobs import run_job
from app.tenants.context import Actor
from app.tenants.models import Submission
from app.tenants.submissions import KEPT_FOR, Claim, claim, new_client_key, settle

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


def test_only_keys_sent_long_ago_are_forgotten(tenant):
    context, old, new = as_user(tenant, 1), new_client_key(), new_client_key()
    claim(context, old)
    claim(context, new)
    db.session.execute(
        update(Submission)
        .where(Submission.tenant_id == tenant.tenant_id, Submission.client_key == old)
        .values(created_at=clock.now() - KEPT_FOR - timedelta(minutes=1))
    )
    db.session.commit()

    run_job("forget_submissions", {})

    assert claim(context, old).is_first
    assert not claim(context, new).is_first


@pytest.mark.parametrize("key", ["", "x" * 65, "a\x00b"])
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
