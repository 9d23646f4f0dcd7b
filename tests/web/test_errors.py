import logging
import re

import psycopg2
import pytest
from flask import abort
from sqlalchemy.exc import DatabaseError

from app.web.errors import register_errors


@pytest.fixture
def failing(shell):
    """A program with faults, as it runs for people."""
    register_errors(shell)
    shell.testing = False

    @shell.get("/fault")
    def fault():
        return {}["missing"]

    @shell.get("/status/<int:code>")
    def status(code):
        abort(code)

    @shell.get("/cut")
    def cut():
        raise DatabaseError("COMMIT", None, psycopg2.DatabaseError("server closed the connection"),
                            connection_invalidated=True)  # fmt: skip

    return shell.test_client()


def test_a_fault_is_found_in_the_log_by_the_reference_that_its_page_shows(failing, caplog):
    with caplog.at_level(logging.ERROR):
        answer = failing.get("/fault")

    assert answer.status_code == 500
    reference = re.search(r"Mã tra cứu: ([0-9a-f]{8})", answer.text)[1]
    (entry,) = [record for record in caplog.records if reference in record.getMessage()]
    assert entry.exc_info[0] is KeyError


@pytest.mark.parametrize(("code", "shown"), [(404, 404), (406, 400), (501, 500)])
def test_a_status_without_a_page_gets_the_nearest_one(failing, code, shown):
    assert failing.get(f"/status/{code}").status_code == shown


def test_a_connection_that_was_cut_while_it_spoke_is_no_fault_of_the_program(failing):
    answer = failing.get("/cut")

    assert answer.status_code == 503
    assert "hãy xem lại đã được ghi chưa" in answer.text
