"""What is watched, by whom, and that neither figures nor log lines tell of people."""

import dataclasses
import json
import logging
import re

import pytest

from app.core.database import db
from app.core.logging import JsonFormatter
from app.rollups import commands
from tests.factories.accounts import PASSWORD
from tests.factories.cases import make_person

TOKEN = "a token for figures, long enough"
NAME = "Hoàng Thị Chim Yến"


def figure(text, name, **labels):
    """Return the value of a figure, 0.0 where it is not told yet."""
    told = ",".join(f'{key}="{value}"' for key, value in sorted(labels.items()))
    found = re.search(
        rf"^{name}{re.escape('{' + told + '}') if told else ''} (\S+)$", text, re.MULTILINE
    )
    return float(found[1]) if found else 0.0


def test_this_machine_reads_how_the_installation_stands(client, province):
    make_person(province.context, province.cell, NAME)
    db.session.commit()

    text = client.get("/metrics").text

    assert figure(text, "ketnap_database_up") == figure(text, "ketnap_redis_up") == 1
    assert figure(text, "ketnap_pending_deltas", tenant="VINHPHUC") == 1
    assert figure(text, "ketnap_queued_jobs", queue="rollups") == 0
    assert "ketnap_verified_seconds_ago{" not in text
    assert NAME not in text


def test_folding_and_verifying_show(client, province):
    make_person(province.context, province.cell, NAME)
    commands.fold(province.context)
    commands.verify(province.context)
    db.session.commit()

    text = client.get("/metrics").text

    assert figure(text, "ketnap_pending_deltas", tenant="VINHPHUC") == 0
    assert figure(text, "ketnap_mismatches", tenant="VINHPHUC") == 0
    assert 0 <= figure(text, "ketnap_verified_seconds_ago", tenant="VINHPHUC") < 60


def test_requests_and_failed_sign_ins_are_counted(client, province, sign_in):
    asked = {"endpoint": "accounts.sign_in", "method": "POST", "status": 303}
    before = client.get("/metrics").text

    sign_in(client, "xa")
    client.submit("/sign-in", {"login_name": "xa", "password": "sai", "next": ""})
    client.submit("/sign-in", {"login_name": "nobody", "password": PASSWORD, "next": ""})

    after = client.get("/metrics").text
    for name, labels in (
        ("ketnap_requests_total", asked),
        ("ketnap_sign_in_failures_total", {"reason": "wrong password"}),
        ("ketnap_sign_in_failures_total", {"reason": "unknown name"}),
    ):
        assert figure(after, name, **labels) - figure(before, name, **labels) == 1


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("192.0.2.7", {}, 404),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}, 404),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.7"}, 404),
    ],
)
def test_without_a_token_only_this_machine_may_read(client, address, headers, status):
    answer = client.get("/metrics", environ_base={"REMOTE_ADDR": address}, headers=headers)

    assert answer.status_code == status


@pytest.mark.parametrize(("given", "status"), [(TOKEN, 200), ("another", 404), (None, 404)])
def test_with_a_token_whoever_holds_it_may_read(*, app, client, monkeypatch, given, status):
    settings = dataclasses.replace(app.config["SETTINGS"], metrics_token=TOKEN)
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    headers = {"Authorization": f"Bearer {given}"} if given else {}

    assert client.get("/metrics", headers=headers).status_code == status


def test_a_request_is_found_in_the_log_and_nobody_is_named_there(client, province, sign_in, caplog):
    with caplog.at_level(logging.INFO):
        sign_in(client, "xa")
        client.get("/units/search", query_string={"q": NAME})
        answer = client.get("/people/unknown", query_string={"q": NAME})
    lines = [JsonFormatter().format(record) for record in caplog.records]
    events = [json.loads(line) for line in lines]

    (search,) = [event for event in events if event.get("endpoint") == "units.search"]
    assert (search["method"], search["status"]) == ("GET", 200)
    assert answer.headers["X-Request-Id"]
    for secret in (NAME, "Hoàng", PASSWORD, "Người dùng xa"):
        assert not any(secret in line for line in lines)
