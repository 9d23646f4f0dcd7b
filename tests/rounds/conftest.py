"""The small province of the quotas' tests, with quotas published at two levels."""

import pytest

from tests.factories.quotas import board_key, give_quotas
from tests.quotas.conftest import make_province


@pytest.fixture
def province(app_context):
    """P gives D1 80 and D2 50; D1 gives C1 50 and C2 30."""
    province = make_province()
    give_quotas(province.context, "P", {"D1": 80, "D2": 50})
    give_quotas(province.context, "D1", {"C1": 50, "C2": 30})
    return province


@pytest.fixture
def key(province):
    """The province's board."""
    return board_key(province.context, province["P"])
