"""When a commune moves to another district, the next request of either sees it so."""

import re
from datetime import date

import pytest

from app.accounts.rules import Role
from app.tenants.context import tenant_transaction
from app.units.commands import move_unit
from tests.gates.scenery import OWN

OK, NOT_FOUND = 200, 404
MOVED_ON = date(2022, 10, 1)
PAGES = ("", "/tree", "/people", "/quotas", "/attainment", "/breakdown")


class District:
    """What the committee of a district, signed in before the move, is shown."""

    def __init__(self, app, reader):
        self.ids = app.extensions["opaque_ids"]
        self.reader = reader

    def sees(self, commune):
        """Return which pages of a commune, and of a person there, are answered how."""
        addresses = [f"/units/{self._seal('unit', commune)}{page}" for page in PAGES]
        addresses.append(f"/people/{self._seal('person', commune)}")
        return {self.reader.browser.get(address).status_code for address in addresses}

    def words(self, page):
        """Return the words of a page of the district's own."""
        address = f"/units/{self._seal('unit', self.reader.own)}{page}"
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", self.reader.browser.get(address).text))

    @property
    def admitted(self):
        """How many the units that it has today have admitted this year."""
        return int(re.search(r"Đã thực hiện (\d+)", self.words("/attainment?tree=now"))[1])

    def _seal(self, kind, place):
        return self.ids.seal(kind, place.numbers[kind], self.reader.tenant_id)


@pytest.fixture
def districts(app, read_as):
    """The district from which the commune X1 goes, and the one to which it comes."""
    return [District(app, read_as(place, Role.COMMITTEE)) for place in ("H1", "H2")]


def move(scenery, place, parent):
    with tenant_transaction(OWN) as context:
        numbers = [scenery.own[unit].numbers["unit"] for unit in (place, parent)]
        move_unit(context, *numbers, MOVED_ON)


def test_the_commune_its_people_and_its_figures_change_hands(scenery, districts):
    left, joined = districts
    commune = scenery.own["X1"]
    assert left.sees(commune) == {OK}
    assert joined.sees(commune) == {NOT_FOUND}
    assert (left.admitted, joined.admitted) == (2, 2)

    move(scenery, "X1", "H2")

    assert left.sees(commune) == {NOT_FOUND}
    assert joined.sees(commune) == {OK}
    assert (left.admitted, joined.admitted) == (0, 4)


def test_the_lists_of_both_districts_follow(scenery, districts):
    left, joined = districts
    name, person = "Tổ chức VINHPHUC-X1", "Nguyễn Văn VINHPHUC-C1"

    move(scenery, "X1", "H2")

    for page, words in (("/tree", name), ("/people", person), ("/quotas", name)):
        assert words in joined.words(page), page
    for page, words in (("/tree", name), ("/people", person)):
        assert words not in left.words(page), page


def test_whoever_acts_for_the_commune_keeps_it(app, scenery, read_as):
    clerk = District(app, read_as("X1", Role.CLERK))

    move(scenery, "X1", "H2")

    assert clerk.sees(scenery.own["X1"]) == {OK}


def test_a_district_that_moves_takes_along_what_is_below_it(scenery, districts):
    left, joined = districts

    move(scenery, "H1", "H2")

    assert left.sees(scenery.own["X1"]) == {OK}
    assert joined.sees(scenery.own["X1"]) == {OK}
    assert joined.admitted == 4
