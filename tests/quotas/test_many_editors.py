"""Many editors at once on a board and its children: nothing lost, nothing unbalanced."""

import pytest

from benchmarks.editors import TENANT, edit, make_boards
from benchmarks.replay import judge


@pytest.fixture
def edited(app, app_context):
    """Fifty editors have made 400 edits."""
    places = make_boards()
    return edit(app, places, editors=50, edits=400, seed=7)


def test_no_acknowledged_edit_is_lost_and_no_version_unbalanced(edited):
    verdict = judge(TENANT, edited.written, edited.shown)

    assert (verdict.lost, verdict.misled, verdict.unbalanced) == ([], [], 0)
    kinds = edited.kinds()
    assert set(kinds) == {"save", "publish", "transfer"}
    assert edited.conflicts() > 20
    assert verdict.published == kinds["publish"] + kinds["transfer"]
