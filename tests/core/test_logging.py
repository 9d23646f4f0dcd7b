"""What a line of the log says, and what it never says."""

import json
import logging
import sys

import pytest
from sqlalchemy.exc import IntegrityError

from app.core.logging import (
    JsonFormatter,
    OneLineFormatter,
    begin_log_origin,
    extend_log_origin,
    log_origin,
)

CANARY = "Nguyễn Thị Hoàng Yến"


def line_of(formatter, message="%s happened", *values, fields=None, error=False):
    record = logging.LogRecord(
        "app.cases", logging.ERROR, "x", 1, message, values, sys.exc_info() if error else None
    )
    if fields:
        record.fields = fields
    return formatter.format(record)


def test_a_line_is_an_object_that_says_where_it_comes_from():
    begin_log_origin(request="ab12")
    extend_log_origin(tenant=3, user=7, unit=9)

    with log_origin(job="fold"):
        event = json.loads(line_of(JsonFormatter(), "%s happened", "it", fields={"status": 200}))

    told = {name: event[name] for name in ("request", "tenant", "user", "unit", "job", "status")}
    assert told == {
        "request": "ab12", "tenant": 3, "user": 7, "unit": 9, "job": "fold", "status": 200,
    }  # fmt: skip
    assert (event["level"], event["message"]) == ("ERROR", "it happened")
    begin_log_origin()


def test_a_new_request_keeps_nothing_of_the_one_before():
    begin_log_origin(request="ab12", user=7)
    begin_log_origin(request="cd34")

    event = json.loads(line_of(JsonFormatter(), "seen"))

    assert event["request"] == "cd34"
    assert "user" not in event


def _fail_with(value):
    try:
        {}[value]
    except KeyError as cause:
        raise ValueError(f"cannot read {value}") from cause


@pytest.mark.parametrize("formatter", [JsonFormatter(), OneLineFormatter("%(message)s")])
def test_an_error_is_told_without_the_values_it_met(formatter):
    try:
        _fail_with(CANARY)
    except ValueError:
        line = line_of(formatter, "failure", error=True)

    assert CANARY not in line
    assert CANARY.encode("unicode_escape").decode() not in line
    assert "builtins.KeyError" in line
    assert "builtins.ValueError" in line
    assert "in _fail_with" in line


class _Diagnostics:
    constraint_name = "uq_person_code"


class _DriverError(Exception):
    pgcode = "23505"
    diag = _Diagnostics()


def _be_refused_for(value):
    raise IntegrityError("INSERT", None, _DriverError(f"Key (name)=({value}) exists"))


def test_a_refusal_of_the_database_is_told_by_code_and_constraint():
    try:
        _be_refused_for(CANARY)
    except IntegrityError:
        line = line_of(JsonFormatter(), "failure", error=True)

    assert CANARY not in line
    assert "23505, uq_person_code" in line


def test_a_line_of_json_cannot_be_forged():
    line = line_of(JsonFormatter(), "name %s", 'a"}\n{"level": "INFO"')

    assert "\n" not in line
    assert json.loads(line)["level"] == "ERROR"
