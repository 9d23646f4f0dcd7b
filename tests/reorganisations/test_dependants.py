"""What stands in the way of undoing is told in an officer's words, never by a table's name."""

from app.reorganisations.dependants import named
from app.reorganisations.keeping import FACTS, may_depend


def test_whatever_may_depend_on_a_reorganisation_has_a_name(app):
    tables = {table.name for _target, table, _column in may_depend()} | set(FACTS)

    words = str(named(tables))

    assert not any("_" in word or word in tables for word in words.replace(",", "").split())
    assert str(named({"scenario_box", "quota_line"})).count(",") == 1


def test_what_several_tables_hold_is_named_once():
    assert str(named({"person", "step", "nil_report"})) == "báo cáo không phát sinh, người và hồ sơ"
