import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.units.rules import (
    WITHOUT_END,
    WITHOUT_START,
    Dated,
    Description,
    Entry,
    UnitHistory,
    Vocabulary,
    changed_from,
    corrected,
    holding_on,
    outcome,
)

FIRST = date(2020, 1, 1)
SECOND = date(2021, 1, 1)
THIRD = date(2022, 1, 1)
DAYS = 10

VOCABULARY = Vocabulary(
    levels=("province", "commune", "section", "cell", "hamlet"),
    kinds=("provincial_committee", "commune_committee", "school_committee", "section", "cell"),
    cell_kinds=frozenset({"cell"}),
    default_kinds={
        "province": "provincial_committee",
        "commune": "commune_committee",
        "section": "section",
        "cell": "cell",
    },
)


def always(value):
    return (Dated(value),)


def unit(parent, level="commune", kind="commune_committee", name="Tên"):
    return UnitHistory(always(parent), always(Description(name, level, kind)))


def entry(code, parent=None, level="commune", *, row=2, name="Tên", kind=None):
    return Entry(row, code, parent, level, name, kind)


def faults(entries, tree=None, effective=SECOND):
    found = outcome(entries, tree or {}, VOCABULARY, effective).faults
    return [(fault.entry.code, fault.column) for fault in found]


class TestHistory:
    def test_a_first_value_reaches_back_and_forward_without_limit(self):
        assert changed_from((), "A", SECOND) == (Dated("A", WITHOUT_START, WITHOUT_END),)

    def test_a_change_holds_from_its_day(self):
        history = changed_from(always("A"), "B", SECOND)

        assert history == (Dated("A", WITHOUT_START, SECOND), Dated("B", SECOND, WITHOUT_END))

    def test_a_change_of_the_past_leaves_later_changes_alone(self):
        history = changed_from(changed_from(always("A"), "C", THIRD), "B", SECOND)

        assert [holding_on(history, day).value for day in (FIRST, SECOND, THIRD)] == ["A", "B", "C"]

    def test_a_change_on_the_day_of_another_takes_its_place(self):
        history = changed_from(changed_from(always("A"), "B", SECOND), "C", SECOND)

        assert history == changed_from(always("A"), "C", SECOND)

    def test_changing_back_on_the_same_day_leaves_one_unbroken_span(self):
        history = changed_from(changed_from(always("A"), "B", SECOND), "A", SECOND)

        assert history == always("A")

    def test_nothing_holds_in_a_gap_and_a_change_there_ends_at_its_end(self):
        history = (Dated("A", WITHOUT_START, FIRST), Dated("A", THIRD, WITHOUT_END))

        changed = changed_from(history, "B", SECOND)

        assert holding_on(history, SECOND) is None
        assert changed == (history[0], Dated("B", SECOND, THIRD), history[1])

    def test_a_correction_replaces_a_value_for_all_its_days(self):
        history = changed_from(always("Xã Ngủ Kiên"), "Phường Ngũ Kiên", THIRD)

        assert corrected(history, "Xã Ngũ Kiên", SECOND) == (
            Dated("Xã Ngũ Kiên", WITHOUT_START, THIRD),
            Dated("Phường Ngũ Kiên", THIRD, WITHOUT_END),
        )

    @given(
        st.lists(
            st.tuples(st.sampled_from("ABC"), st.integers(1, DAYS - 2)), min_size=1, max_size=12
        )
    )
    def test_histories_equal_a_calendar_written_day_by_day(self, changes):
        history = ()
        calendar = [changes[0][0]] * DAYS
        for value, day in changes:
            history = changed_from(history, value, FIRST + timedelta(day))
            following = [d for d in range(day + 1, DAYS) if calendar[d] != calendar[d - 1]]
            end = min(following, default=DAYS)
            calendar[day:end] = [value] * (end - day)

        assert [holding_on(history, FIRST + timedelta(d)).value for d in range(DAYS)] == calendar
        assert history[0].first == WITHOUT_START
        assert history[-1].end == WITHOUT_END
        for one, next_one in itertools.pairwise(history):
            assert one.end == next_one.first
            assert one.value != next_one.value


class TestOutcome:
    def test_rows_may_come_in_any_order(self):
        entries = [entry("C", "B", "cell"), entry("B", "A"), entry("A", None, "province")]

        result = outcome(entries, {}, VOCABULARY, SECOND)

        assert result.faults == ()
        assert result.histories["C"] == unit("B", "cell", "cell")

    def test_several_roots_are_allowed(self):
        assert faults([entry("A"), entry("B")]) == []

    @pytest.mark.parametrize(
        ("bad", "column"),
        [
            (entry("A", name=""), "name"),
            (entry("A", level="nation"), "level"),
            (entry("A", kind="club"), "kind"),
            (entry("A", level="hamlet"), "kind"),
            (entry("A", "A"), "parent_code"),
            (entry("A", "Z"), "parent_code"),
        ],
    )
    def test_an_entry_that_cannot_be_is_refused(self, bad, column):
        assert faults([bad]) == [("A", column)]

    def test_the_second_row_of_one_code_is_refused_and_names_the_first(self):
        found = outcome([entry("A", row=2), entry("A", row=5)], {}, VOCABULARY, SECOND).faults

        assert [(fault.entry.row, fault.column) for fault in found] == [(5, "code")]
        assert "dòng 2" in str(found[0].reason)

    def test_units_below_a_refused_new_unit_are_refused_with_its_row(self):
        entries = [
            entry("A", level="nation", row=2),
            entry("B", "A", row=3),
            entry("C", "B", row=4),
        ]

        found = outcome(entries, {}, VOCABULARY, SECOND).faults

        assert [fault.entry.code for fault in found] == ["A", "B", "C"]
        assert "dòng 2" in str(found[1].reason)
        assert "dòng 3" in str(found[2].reason)

    def test_units_below_a_refused_known_unit_are_taken(self):
        tree = {"A": unit(None)}

        assert faults([entry("A", name=""), entry("B", "A")], tree) == [("A", "name")]

    def test_a_circle_inside_the_file_names_its_codes(self):
        entries = [entry("A", "C"), entry("B", "A"), entry("C", "B"), entry("D", "A")]

        found = outcome(entries, {}, VOCABULARY, SECOND).faults

        assert {fault.entry.code for fault in found} == {"A", "B", "C", "D"}
        circle = next(fault for fault in found if fault.entry.code == "A")
        assert "A → C → B → A" in str(circle.reason)

    def test_a_circle_through_the_recorded_tree_is_refused(self):
        tree = {"A": unit(None), "B": unit("A")}

        assert faults([entry("A", "B")], tree) == [("A", "parent_code")]

    def test_a_circle_that_a_later_recorded_move_would_close_is_refused(self):
        tree = {
            "A": unit(None),
            "B": UnitHistory(
                changed_from(always(None), "A", THIRD), always(Description("B", "commune", "x"))
            ),
        }

        assert faults([entry("A", "B")], tree, effective=SECOND) == [("A", "parent_code")]

    def test_changing_places_is_no_circle(self):
        tree = {"A": unit(None), "B": unit("A")}

        assert faults([entry("A", "B"), entry("B", None)], tree) == []

    def test_a_move_that_relied_on_a_refused_one_is_refused_too(self):
        tree = {"A": unit(None), "B": unit("A")}

        assert faults([entry("A", "B"), entry("B", None, name="", row=3)], tree) == [
            ("A", "parent_code"),
            ("B", "name"),
        ]

    def test_nothing_stands_below_a_cell(self):
        tree = {"A": unit(None), "K": unit("A", "cell", "cell")}

        assert faults([entry("B", "K")], tree) == [("B", "parent_code")]
        assert faults([entry("K2", "A", "cell"), entry("B", "K2")], tree) == [("B", "parent_code")]

    def test_a_unit_with_units_below_it_does_not_become_a_cell(self):
        tree = {"A": unit(None), "B": unit("A"), "K": unit("B", "cell", "cell")}

        assert faults([entry("B", "A", "cell")], tree) == [("B", "level")]
        assert faults([entry("B", "A", kind="cell")], tree) == [("B", "kind")]

    def test_a_unit_becomes_a_cell_when_the_file_moves_its_units_away(self):
        tree = {"A": unit(None), "B": unit("A"), "K": unit("B", "cell", "cell")}

        assert faults([entry("B", "A", "cell"), entry("K", "A", "cell")], tree) == []

    def test_a_cell_becomes_a_committee_with_cells_of_its_own(self):
        tree = {"A": unit(None), "B": unit("A", "cell", "cell")}

        assert faults([entry("B", "A"), entry("K", "B", "cell")], tree) == []

    def test_no_unit_is_placed_below_one_that_is_to_become_a_cell(self):
        becomes_a_cell = changed_from(
            always(Description("B", "section", "section")),
            Description("B", "cell", "cell"),
            THIRD,
        )
        tree = {"A": unit(None), "B": UnitHistory(always("A"), becomes_a_cell)}

        assert faults([entry("K", "B", "cell")], tree, SECOND) == [("K", "parent_code")]

    def test_the_kind_is_the_one_given_else_the_units_own_else_the_levels(self):
        tree = {"A": unit(None, "commune", "school_committee")}

        def kind_of(wanted):
            history = outcome([wanted], tree, VOCABULARY, SECOND).histories["A"]
            return holding_on(history.descriptions, SECOND).value.kind

        assert kind_of(entry("A", kind="commune_committee")) == "commune_committee"
        assert kind_of(entry("A")) == "school_committee"
        assert kind_of(entry("A", level="section")) == "section"
