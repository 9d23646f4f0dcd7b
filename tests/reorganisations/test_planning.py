"""Planning: every bad input has its message, every good one its meaning; the tree keeps its law."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reorganisations.consequences import open_questions
from app.reorganisations.histories import histories_after, new_codes
from app.reorganisations.planning import plan
from app.reorganisations.rules import Ground, How, Operation, Share
from app.units.rules import Dated, Description, UnitHistory, Vocabulary, holding_on
from tests.factories.reorganisations import operations_of, reorganisation_csv

ON = date(2025, 7, 1)
VOCABULARY = Vocabulary(
    levels=("province", "district", "commune", "cell"),
    kinds=("province", "district", "commune", "cell"),
    cell_kinds=frozenset({"cell"}),
    default_kinds={level: level for level in ("province", "district", "commune", "cell")},
)
TREE = {
    "P": None, "D": "P", "E": "P",
    "C1": "D", "C2": "D", "C3": "E",
    "B1": "C1", "B2": "C2", "B3": "C3", "B4": "C3",
}  # fmt: skip
LEVELS = {"P": "province", "D": "district", "E": "district", "C": "commune", "B": "cell"}


def ground_of(tree, peopled=()):
    histories = {
        code: UnitHistory(
            (Dated(parent),),
            (Dated(Description(code, LEVELS[code[0]], LEVELS[code[0]])),),
        )
        for code, parent in tree.items()
    }
    return Ground(histories, VOCABULARY, ON, frozenset(peopled))


def planned(*lines, tree=TREE, peopled=()):
    return plan(operations_of(reorganisation_csv(*lines)), ground_of(tree, peopled))


def parents_after(made):
    return {code: unit.parent_code for code, unit in made.after.items()}


@pytest.mark.parametrize(
    ("lines", "column"),
    [
        (["X9,,N,Xã,D,whole,1"], "old_code"),
        (["C1,,,,D,whole,1"], "new_code"),
        (["C1,,N,,D,whole,1"], "new_name"),
        (["C1,,N,Xã,,close,"], "new_code"),
        (["C1,,N,Xã,D,part,1"], "share"),
        (["C1,,N,Xã,D,part,1", "C1,,M,Xã,D,part,1"], "default_heir"),
        (["C1,,N,Xã,D,part,0", "C1,,M,Xã,D,part,0"], "default_heir"),
        (["C1,,N,Xã,D,part,1", "C1,,N,Xã,D,part,0"], "new_code"),
        (["C1,,N,Xã,D,whole,1", "C1,,N,Xã,D,whole,1"], "old_code"),
        (["C1,,N,Xã,D,whole,1", "C1,,M,Xã,D,part,0"], "share"),
        (["C1,,N,Xã,X9,whole,1"], "new_parent_code"),
        (["D,,,,,close,", "C1,,N,Xã,D,whole,1"], "new_parent_code"),
        (["C1,,N,Xã,D,whole,1", "C2,,N,Xã khác,D,whole,1"], "new_name"),
        (["C1,,N,Xã,D,whole,1", "C2,,N,Xã,E,whole,1"], "new_parent_code"),
        (["D,,D,Huyện,C1,whole,1"], "new_parent_code"),
        (["C1,,N,Xã,B3,whole,1"], "new_parent_code"),
        (["C1,,N,Xã,D,whole,1", "B3,,N,Xã,D,whole,1"], "new_code"),
        (["B1,,,,,close,"], "share"),
    ],
)
def test_bad_input_is_told_by_its_row_and_column(lines, column):
    found = planned(*lines, peopled=["B1"])

    assert found.plan is None
    assert column in {fault.column for fault in found.faults}


def test_one_whole_predecessor_keeps_its_identity():
    made = planned("C1,,N1,Xã Mới,E,whole,1").plan

    assert made.after["N1"].identity == "C1"
    assert made.fates["C1"] is How.MOVED
    assert parents_after(made)["B1"] == "N1"


def test_an_existing_code_absorbs_and_a_new_one_begins_at_the_predecessors_level():
    absorbing = planned("C1,,C2,Xã 2,D,whole,1").plan
    merging = planned("C1,,N,Xã Mới,D,whole,1", "C2,,N,Xã Mới,D,whole,1").plan

    assert absorbing.after["C2"].identity == "C2"
    assert absorbing.ended == {"C1"}
    assert merging.after["N"].identity is None
    assert merging.after["N"].description.level == "commune"
    assert {parents_after(merging)[cell] for cell in ("B1", "B2")} == {"N"}


def test_what_is_not_routed_goes_to_the_default_heir():
    made = planned(
        "C3,,N1,Xã 1,P,part,1", "C3,,N2,Xã 2,P,part,0", "B4,,B4,Chi bộ 4,N2,whole,1"
    ).plan

    assert parents_after(made)["B3"] == "N1"
    assert parents_after(made)["B4"] == "N2"
    assert [question.unit for question in made.questions] == ["C3"]


def test_below_closed_units_it_is_the_heir_of_the_nearest_surviving_ancestor():
    made = planned("C1,,,,,close,", "D,,,,,close,", "P,,NP,Tỉnh Mới,,whole,1").plan

    assert parents_after(made)["B1"] == "NP"
    assert parents_after(made)["C2"] == "NP"


def test_the_quotas_of_a_unit_that_takes_another_in_are_added_to_its_own():
    counts = {"quotas": {"C1": 1, "C2": 2}}

    absorbed = list(open_questions(planned("C1,,C2,Xã 2,D,whole,1").plan, counts))
    alone = list(open_questions(planned("C3,,C2,Xã 2,D,whole,1").plan, counts))

    assert [(each.unit, each.question.values) for each in absorbed] == [("C2", {"units": 2})]
    assert alone == []


def test_codes_may_be_handed_on_in_a_row():
    made = planned("C1,,C2,Xã 2,D,whole,1", "C2,,C3,Xã 3,E,whole,1", "C3,,N,Xã,E,whole,1").plan

    assert {code: unit.identity for code, unit in made.after.items() if code[0] in "CN"} == {
        "C2": "C1",
        "C3": "C2",
        "N": "C3",
    }


codes = st.sampled_from([code for code in TREE if code[0] != "B"])
heirs = st.sampled_from(["N1", "N2", "N3", "C1", "C2", "C3", "D"])
above = st.sampled_from([None, "P", "D", "E", "N1", "N2"])
NEW_PARENTS = st.fixed_dictionaries(dict.fromkeys(("N1", "N2", "N3", "C1", "C2", "C3", "D"), above))


@st.composite
def reorganisations(draw):
    """Draw operations that are mostly right; those that are not must be refused."""
    parents = draw(NEW_PARENTS)
    operations = []
    for old in draw(st.lists(codes, min_size=1, max_size=5, unique=True)):
        share = draw(st.sampled_from(Share))
        targets = {
            Share.CREATE: [draw(heirs)],
            Share.WHOLE: [draw(heirs)],
            Share.PART: draw(st.lists(heirs, min_size=2, max_size=3, unique=True)),
            Share.CLOSE: [None],
        }[share]
        operations += [
            Operation(
                row=len(operations) + 2 + place,
                old_code="" if share is Share.CREATE else old,
                share=share,
                new_code=target,
                new_name=target and f"Tên {target}",
                new_parent_code=target and parents[target],
                is_default_heir=place == 0,
            )
            for place, target in enumerate(targets)
        ]
    return operations


@given(operations=reorganisations(), order=st.randoms())
def test_whatever_is_planned_is_a_tree_in_which_everybody_has_a_place(operations, order):
    ground = ground_of(TREE)
    made = plan(operations, ground).plan
    if made is None:
        return

    named = new_codes(made, dict.fromkeys(ground.tree, 0))
    after = histories_after(made, ground.tree, named)
    for code in TREE:
        if code[0] == "B":
            assert made.receivers[code] in made.after
    for code in made.after:
        seen = [code]
        while (parent := made.after[seen[-1]].parent_code) is not None:
            assert parent not in seen
            seen.append(parent)
    standing = {
        code: holding_on(history.parents, ON).value
        for code, history in after.items()
        if holding_on(history.parents, ON)
    }
    assert standing == parents_after(made)
    before = {
        code: holding_on(after[named[code]].parents, date(2025, 6, 30)).value for code in TREE
    }
    assert before == {code: parent and named[parent] for code, parent in TREE.items()}
    shuffled = list(operations)
    order.shuffle(shuffled)
    again = plan(shuffled, ground).plan
    assert (again.after, again.receivers) == (made.after, made.receivers)
