"""Every page that a role leads to, by following the links as a reader would."""

import re
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.browser

SEALED = re.compile(r"/[A-Za-z0-9_-]{22}(?=/|$)")
NUMBER = re.compile(r"/\d+(?=/|$)")

SEARCH = "/units/search?q=vinh"
"""What a form alone leads to."""

OF_UNITS = {
    "/units/search",
    "/units/•",
    "/units/•/attainment",
    "/units/•/breakdown",
    "/units/•/quotas",
    "/units/•/quotas/versions/•",
    "/units/•/tree",
}
OF_PEOPLE = {"/people/•", "/units/•/people"}
OF_ACCOUNT = {"/account", "/account/password"}
TO_EDIT_UNITS = {"/units/•/members", "/units/•/name", "/units/•/new"}
EXPECTED = {
    "tinh": OF_UNITS | OF_PEOPLE | OF_ACCOUNT | TO_EDIT_UNITS | {"/units/•/quotas/own"},
    "xa.lunghoa": OF_UNITS | OF_PEOPLE | OF_ACCOUNT | {"/units/•/admission", "/units/•/people/new"},
    "quantri": OF_UNITS
    | OF_ACCOUNT
    | TO_EDIT_UNITS
    | {
        f"/admin/{page}"
        for page in (
            *("", "accounts/", "accounts/new", "accounts/•", "settings/", "levels/", "levels/new"),
            *("levels/•", "levels/•/remove", "kinds/", "kinds/new", "kinds/•", "kinds/•/remove"),
            *("measures/", "measures/•", "segments/", "segments/new", "segments/•"),
        )
    },
    "vanhanh": OF_ACCOUNT | {"/admin/tenants/", "/admin/tenants/new", "/admin/tenants/•"},
}


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("login_name", EXPECTED)
def test_every_page_can_be_read_by_everybody(visit, login_name, language):
    reader = visit().sign_in(login_name)
    if language == "en":
        reader.choose_in_menu("English")

    seen = set()
    starts = [SEARCH] if _shape(SEARCH) in EXPECTED[login_name] else []
    for shape in _walk(reader, starts):
        seen.add(shape)
        assert reader.page.locator("html").get_attribute("lang") == language
        reader.look_in_both_sizes(_name(login_name, language, shape))

    assert seen == EXPECTED[login_name]


def _walk(reader, starts):
    """Open one page of each shape that links lead to, the nearest first."""
    waiting = [reader.page.url, *starts]
    known = {_shape(address) for address in waiting}
    while waiting:
        reader.page.goto(waiting.pop(0).partition("#")[0])
        for address in reader.page.locator("a[href]").evaluate_all(
            "links => links.map(a => a.href)"
        ):
            if _shape(address) not in known:
                known.add(_shape(address))
                waiting.append(address)
        yield _shape(reader.page.url)


def _shape(address):
    path = urlsplit(address).path
    return NUMBER.sub("/•", SEALED.sub("/•", path))


def _name(*parts):
    return "-".join(part.strip("/").replace("/", "_").replace("•", "x") or "top" for part in parts)
