"""The collector rests only while it is told to, whatever happens meanwhile."""

import gc

import pytest

from app.core.collector import collector_at_rest


def test_it_is_at_work_again_also_after_a_failure():
    @collector_at_rest()
    def fail():
        assert not gc.isenabled()
        raise KeyError

    for _ in range(2):
        with pytest.raises(KeyError):
            fail()
        assert gc.isenabled()


def test_who_rests_inside_another_rest_does_not_end_it():
    with collector_at_rest():
        with collector_at_rest():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
