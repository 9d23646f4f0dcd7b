"""Every page that a role leads to, by following the links as a reader would."""

import re
from urllib.parse import urlsplit

import pytest

from app.demo.commands import all_demonstration_accounts
from app.demo.province import build_province, build_second_province
from app.demo.rounds import CAUSES, NOTE

pytestmark = pytest.mark.browser

SEALED = re.compile(r"/[A-Za-z0-9_-]{22}(?=/|$)")
NUMBER = re.compile(r"/\d+(?=/|$)")
STEP = re.compile(r"(?<=/steps)/\w+")
DOCUMENT_NUMBER = re.compile(r"\d+-(QĐ|NQ)/\S+|\d+A?-KNĐ|CN-NTVĐ")
"""Numbers of papers, and the names that the Party's own forms bear in every language."""
VIETNAMESE = re.compile(r"[ăâđêôơưàáãèéìíòóõùúýĩũạ-ỹ]", re.IGNORECASE)

EXAMPLES = {"Mường", "Không", "Chi bộ thôn Đông", "Đảng bộ xã Ngũ Kiên", "Tiếng Việt"}
EXAMPLES |= {"Tỉnh ủy Vĩnh Phúc", "Vĩnh Phúc", "Phú Thọ", "Hòa Bình", "T/M BAN THƯỜNG VỤ", "BÍ THƯ"}
"""What hints quote of Vietnamese data, and how the other language calls itself."""

SEARCH = "/units/search?q=vinh"
"""What a form alone leads to."""

OF_THE_PROVINCE = {
    *("/reorganisations", "/reorganisations/new", "/former-tenants", "/replays"),
    *("/account/devices", "/account/second-factor", "/account/absence", "/two-people"),
    *("/staff/", "/staff/new", "/staff/•"),
    *("/account", "/account/password", "/people/•", SEARCH.partition("?")[0]),
    *("/units/•", "/units/•/attainment", "/units/•/breakdown", "/units/•/members"),
    *("/units/•/ranking", "/units/•/forecast", "/units/•/multiples", "/units/•/treemap"),
    "/units/•/watch",
    *("/units/•/name", "/units/•/new", "/units/•/people", "/units/•/quotas", "/units/•/quotas/own"),
    "/units/•/quotas/versions/•/annex",
    *("/units/•/quotas/versions/•", "/units/•/quotas/allocation", "/units/•/quotas/below"),
    "/units/•/quotas/scenarios",
    *("/units/•/late", "/units/•/ahead", "/units/•/reminders"),
    *("/units/•/inbox", "/units/•/inbox/•", "/units/•/files"),
    *("/people/•/history", "/people/•/summary", "/people/•/readers"),
    *("/units/•/todo", "/units/•/pipeline", "/units/•/holdings", "/units/•/held"),
    "/units/•/handovers",
    *("/units/•/round", "/units/•/tasks", "/units/•/term", "/units/•/transfers", "/units/•/tree"),
}
OF_A_CLERK = {
    *("/people/•", "/people/•/steps/•", "/units/•/admission", "/units/•/attainment"),
    *("/units/•/people", "/units/•/people/new", "/units/•/imports"),
    *("/people/•/private", "/people/•/correct", "/people/•/move", "/people/•/history"),
    *("/people/•/summary", "/people/•/handover", "/units/•/handovers"),
    *("/units/•/todo", "/units/•/nothing", "/units/•/pipeline", "/units/•/holdings"),
    "/units/•/held",
    "/units/•/together",
}
OF_AN_ADMINISTRATOR = {
    "/units/•/attainment",
    *("/admin/papers/", "/admin/papers/new", "/admin/papers/•", "/admin/papers/•/remove"),
    *("/admin/two-people/", "/admin/processing/", "/admin/processing/record"),
    *("/admin/", "/admin/settings/", "/admin/reminders/", "/admin/tenant-jobs/"),
    *("/admin/mailboxes/", "/admin/mailboxes/new"),
    *("/staff/", "/staff/new", "/staff/•", "/admin/operator-access/"),
    *("/admin/levels/", "/admin/levels/new", "/admin/levels/•", "/admin/levels/•/remove"),
    *("/admin/kinds/", "/admin/kinds/new", "/admin/kinds/•", "/admin/kinds/•/remove"),
    *("/admin/measures/", "/admin/measures/•"),
    *("/admin/segments/", "/admin/segments/new", "/admin/segments/•"),
    *("/admin/rule-sets/", "/admin/rule-sets/new"),
    *("/admin/rule-sets/•", "/admin/rule-sets/•/remove"),
    *("/admin/days/", "/admin/days/new"),
}
OF_THE_OPERATOR = {
    *("/account", "/admin/", "/admin/tenants/", "/admin/tenants/new", "/admin/tenants/•"),
    *("/admin/jobs/", "/admin/national/"),
}
READ = {
    "tinh": OF_THE_PROVINCE,
    "xa.lunghoa": OF_A_CLERK,
    "quantri": OF_AN_ADMINISTRATOR,
    "vanhanh": OF_THE_OPERATOR,
}
"""By whom which shapes of pages are read: what the province reads, nobody opens again."""


@pytest.fixture(scope="session")
def names():
    """What is written in Vietnamese in every language, the longest first."""
    provinces = (build_province(), build_second_province())
    names = {account.full_name for account in all_demonstration_accounts()} | EXAMPLES
    names |= {*CAUSES, NOTE}
    for province in provinces:
        names |= {
            province.name,
            province.layout.issuer_name,
            province.layout.place_name,
            province.layout.copies_to,
            province.layout.signatory_name,
        }
        names |= {unit.name for unit in province.units}
        names |= {quota.reason for quota in province.quotas}
        names |= {name for case in province.cases for name in (case.full_name, case.occupation)}
    return sorted(names, key=len, reverse=True)


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("login_name", READ)
def test_every_page_can_be_read_by_everybody(visit, names, login_name, language):
    reader = visit().sign_in(login_name)
    if language == "en":
        reader.choose_in_menu("English")

    seen = set()
    for shape in _walk(reader, left_out=OF_THE_PROVINCE - READ[login_name]):
        seen.add(shape)
        assert reader.page.locator("html").get_attribute("lang") == language
        name = _name(login_name, language, shape)
        if language == "vi":
            reader.look_in_both_sizes(name)
            continue
        reader.glance_in_both_sizes(name)
        # A paper is in Vietnamese, whoever looks at it.
        if not shape.endswith(("/annex", "/record")):
            assert _vietnamese_words(reader, names) == [], shape

    assert seen == READ[login_name]


def _walk(reader, left_out):
    """Open one page of each shape that links lead to, the nearest first."""
    waiting = [reader.page.url, SEARCH]
    known = {_shape(waiting[0]), *left_out}
    if _shape(SEARCH) in left_out:
        waiting.remove(SEARCH)
    while waiting:
        reader.page.goto(waiting.pop(0))
        for address in reader.links():
            if _shape(address) not in known:
                known.add(_shape(address))
                waiting.append(address)
        if _shape(reader.page.url) not in left_out:
            yield _shape(reader.page.url)


def _shape(address):
    path = urlsplit(address).path
    return NUMBER.sub("/•", SEALED.sub("/•", STEP.sub("/•", path)))


def _name(*parts):
    return "-".join(part.strip("/").replace("/", "_").replace("•", "x") or "top" for part in parts)


def _vietnamese_words(reader, names):
    return [words for words in reader.words() if VIETNAMESE.search(_without(words, names))]


def _without(words, names):
    if words.endswith("…") and any(name.startswith(words[:-1].rstrip()) for name in names):
        # A box of the map has room for the beginning of its name.
        return ""
    for name in names:
        words = words.replace(name, "")
    return DOCUMENT_NUMBER.sub("", words)
