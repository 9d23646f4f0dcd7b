import pytest
from babel.messages.catalog import Catalog

from app.web.catalogue import main, merged, problems, texts_of_sources


def catalogue(*texts):
    result = Catalog(locale="en")
    for text, translation in texts:
        result.add(text, translation)
    return result


FOUND = catalogue(("Xin chào", ""), ("Còn %(count)s người", ""))
COMPLETE = (("Xin chào", "Hello"), ("Còn %(count)s người", "%(count)s people left"))


def test_the_shipped_catalogues_are_complete():
    assert main(["check"]) == 0


def test_a_complete_catalogue_has_no_problems():
    assert list(problems(FOUND, catalogue(*COMPLETE))) == []


def test_a_missing_text_is_named():
    assert list(problems(FOUND, catalogue(*COMPLETE[:1]))) == ["missing: 'Còn %(count)s người'"]


def test_an_empty_translation_is_named():
    kept = catalogue(COMPLETE[0], ("Còn %(count)s người", ""))

    assert list(problems(FOUND, kept)) == ["not translated: 'Còn %(count)s người'"]


def test_a_half_translated_plural_is_named():
    found = catalogue((("một", "%(num)s"), ""))
    kept = catalogue((("một", "%(num)s"), ("one", "")))

    assert list(problems(found, kept)) == ["not translated: ('một', '%(num)s')"]


@pytest.mark.parametrize("translation", ["people left", "%(number)s people left"])
def test_lost_or_other_places_are_named(translation):
    kept = catalogue(COMPLETE[0], ("Còn %(count)s người", translation))

    assert list(problems(FOUND, kept)) == [
        "other places than its source: 'Còn %(count)s người'",
    ]


def test_a_doubtful_translation_is_named():
    kept = catalogue(COMPLETE[0])
    kept.add("Còn %(count)s người", "%(count)s people left", flags=["fuzzy"])

    assert list(problems(FOUND, kept)) == ["fuzzy: 'Còn %(count)s người'"]


def test_a_text_that_left_the_sources_is_named():
    kept = catalogue(*COMPLETE, ("Tạm biệt", "Good bye"))

    assert list(problems(FOUND, kept)) == ["no longer in the sources: 'Tạm biệt'"]


def test_update_keeps_translations_adds_new_texts_and_drops_old_ones():
    result = merged(FOUND, catalogue(COMPLETE[0], ("Tạm biệt", "Good bye")))

    assert {text.id: text.string or "" for text in result if text.id} == {
        "Xin chào": "Hello",
        "Còn %(count)s người": "",
    }


def test_texts_are_found_in_code_and_templates(tmp_path):
    package = tmp_path / "app" / "cases"
    (package / "templates").mkdir(parents=True)
    (package / "rules.py").write_text(
        'raise Refused(message("Ngày %(day)s "\n    "ở tương lai.", day=day))\n'
        'label = lazy_gettext("Họ và tên")\n'
        'said = ngettext("%(num)s người", "%(num)s người", count)\n',
        encoding="utf-8",
    )
    (package / "templates" / "page.html").write_text('<p>{{ _("Kết quả") }}</p>', encoding="utf-8")

    found = texts_of_sources(tmp_path / "app")

    assert {text.id for text in found if text.id} == {
        "Ngày %(day)s ở tương lai.",
        "Họ và tên",
        ("%(num)s người", "%(num)s người"),
        "Kết quả",
    }
