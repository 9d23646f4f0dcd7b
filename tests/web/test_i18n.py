from datetime import date
from decimal import Decimal

import pytest
from flask_babel import gettext, lazy_gettext, ngettext

from app.core.messages import message
from app.web.guards import public
from app.web.i18n import render_message
from app.web.languages import language


@pytest.fixture
def in_english(shell):
    with shell.test_request_context("/", headers={"Cookie": "language=en"}):
        yield


@pytest.fixture
def in_vietnamese(shell):
    with shell.test_request_context("/"):
        yield


def test_vietnamese_until_another_language_is_chosen(in_vietnamese):
    assert language() == "vi"
    assert gettext("Đăng xuất") == "Đăng xuất"


def test_chosen_language_is_kept_by_the_browser(shell):
    client = shell.test_client()
    shell.config["WTF_CSRF_ENABLED"] = False

    answer = client.post("/language", data={"language": "en", "next": "/units?q=a"})

    assert answer.status_code == 303
    assert answer.location == "/units?q=a"
    cookie = client.get_cookie("language")
    assert cookie.value == "en"
    assert cookie.http_only


def test_an_unknown_language_is_refused(shell):
    shell.config["WTF_CSRF_ENABLED"] = False

    answer = shell.test_client().post("/language", data={"language": "xx"})

    assert answer.status_code == 400
    assert "Set-Cookie" not in answer.headers


def test_an_unknown_language_in_the_cookie_is_vietnamese(shell):
    with shell.test_request_context("/", headers={"Cookie": "language=../en"}):
        assert language() == "vi"


def test_a_request_leaves_its_language_to_none_after_it(shell):
    @shell.get("/spoken")
    @public
    def spoken():
        return language()

    client = shell.test_client()
    for chosen in ("en", "vi", "en"):
        client.set_cookie("language", chosen)
        assert client.get("/spoken").text == chosen

    assert language() == "vi"


def test_switching_asks_for_the_token(shell):
    answer = shell.test_client().post("/language", data={"language": "en"})

    assert answer.status_code == 400


def test_texts_are_translated(in_english):
    assert gettext("Đăng xuất") == "Sign out"
    assert str(lazy_gettext("Đăng xuất")) == "Sign out"


def test_a_text_without_translation_stays_vietnamese(in_english):
    assert gettext("Câu này chỉ có trong bài thử") == "Câu này chỉ có trong bài thử"
    assert ngettext("%(num)s cây", "%(num)s cây", 2) == "2 cây"


VALUES = {
    "count": 1545,
    "share": Decimal("77.25"),
    "day": date(2022, 10, 31),
    "name": "Huyện Sông Lô",
    "inner": message("Đăng xuất"),
    "none": None,
}


def test_values_of_a_message_take_the_language_s_form(shell):
    places = message(
        "%(count)s|%(share)s|%(day)s|%(name)s|%(inner)s|%(none)s",
        **VALUES,
    )

    with shell.test_request_context("/"):
        assert render_message(places) == "1.545|77,25%|31/10/2022|Huyện Sông Lô|Đăng xuất|–"
    with shell.test_request_context("/", headers={"Cookie": "language=en"}):
        assert render_message(places) == "1,545|77.25%|31/10/2022|Huyện Sông Lô|Sign out|–"


def test_texts_of_templates_escape_their_values(render):
    source = "{{ _('Chỉ tiêu %(quota)s', quota=quota) }}|{{ _('Đạt 100% & hơn') }}"

    assert render(source, quota="<b>") == "Chỉ tiêu &lt;b&gt;|Đạt 100% &amp; hơn"
    assert render(source, "en", quota=60).startswith("Quota 60|")


def test_one_template_serves_readers_of_both_languages(shell):
    template = shell.jinja_env.from_string("{{ 1545 | whole_number }} {{ _('Đăng xuất') }}")
    written = []

    for language_of_reader in ("vi", "en", "vi"):
        cookie = {"Cookie": f"language={language_of_reader}"}
        with shell.test_request_context("/", headers=cookie):
            written.append(template.render())

    assert written == ["1.545 Đăng xuất", "1,545 Sign out", "1.545 Đăng xuất"]


def test_a_message_without_values_is_not_interpolated(in_vietnamese):
    assert render_message(message("Đạt 100% chỉ tiêu")) == "Đạt 100% chỉ tiêu"
