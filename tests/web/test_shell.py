"""The pages' frame: what the templates may not hold, and what the macros make of their values."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import RadioField, SelectChoice, StringField
from wtforms.validators import InputRequired

import app
from app.web.charts import MonthFigure, cumulative_chart, progress_bar
from app.web.forms import Form
from app.web.shell import NavigationItem, SignedIn

SOURCES = Path(app.__file__).parent
TEMPLATES = sorted(SOURCES.glob("**/templates/**/*.html"))

ERRORS = (400, 403, 404, 405, 409, 413, 422, 429, 500, 503)


def named(path):
    return str(path.relative_to(SOURCES))


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_templates_hold_nothing_that_the_content_policy_refuses(path):
    source = path.read_text(encoding="utf-8")

    assert not re.search(r"<script(?![^>]*\ssrc=)", source)
    assert not re.search(r"<style|\sstyle\s*=|javascript:", source)
    assert not re.search(r"\son[a-z]+\s*=|\shx-on", source)
    assert not re.search(r"(?:src|href)=[\"'](?:https?:)?//", source)


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_templates_trust_no_markup_and_post_no_form_without_a_token(path):
    source = path.read_text(encoding="utf-8")
    forms = re.findall(r"<form\b[^>]*method=\"post\".*?</form>", source, re.DOTALL)

    assert "|safe" not in source.replace(" ", "")
    assert all("csrf_field()" in form or "hidden_tag()" in form for form in forms)


@pytest.mark.parametrize("status", ERRORS)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_error_pages_need_neither_user_nor_database(render, status, language):
    page = render(f"{{% include 'errors/{status}.html' %}}", language)

    assert f'<html lang="{language}">' in page
    assert str(status) in page
    assert "<form" not in page


def test_error_pages_say_what_the_rules_said(render):
    page = render("{% include 'errors/409.html' %}", message="Bản 2 vừa được công bố.")

    assert "Bản 2 vừa được công bố." in page


def test_a_page_names_the_product_the_person_and_where_one_is(render):
    page = render(
        "{% extends 'base.html' %}{% block title %}Kết quả{% endblock %}",
        navigation=[
            NavigationItem(label="Kết quả", url="/", icon="user-circle", is_current=True),
            NavigationItem(label="Tổ chức", url="/units", icon="inbox", is_current=False),
        ],
        signed_in=SignedIn(
            name="Nguyễn Thị Thảo",
            organisation="Đảng bộ tỉnh Vĩnh Phúc",
            unit="Đảng bộ <Quân sự> tỉnh",
            account_url="/account",
            sign_out_url="/sign-out",
        ),
        demonstration_today=date(2022, 10, 31),
    )

    assert "<title>Kết quả – Chỉ tiêu kết nạp</title>" in page
    assert "Bản trình diễn · hôm nay là 31/10/2022" in page
    assert "Đảng bộ &lt;Quân sự&gt; tỉnh" in page
    assert page.count('aria-current="page"') == 1
    assert page.count('name="csrf_token"') == page.count('method="post"') == 2


def test_a_page_of_nobody_has_neither_navigation_nor_sign_out(render):
    page = render("{% extends 'base.html' %}{% block title %}Đăng nhập{% endblock %}")

    assert "<nav" not in page
    assert "sign-out" not in page
    assert "Bản trình diễn" not in page


class Admission(Form):
    name = StringField("Họ và tên", [InputRequired()])
    number = StringField("Số quyết định")
    sex = RadioField(
        "Giới tính", choices=[SelectChoice("female", "Nữ"), SelectChoice("male", "Nam")]
    )

    class Meta(Form.Meta):
        csrf = False


def rendered_form(shell, macro, values):
    with shell.test_request_context("/"):
        form = Admission(MultiDict(values))
        form.validate()
        source = f"{{% import 'macros/forms.html' as forms %}}{{{{ forms.{macro} }}}}"
        return shell.jinja_env.from_string(source).render(form=form)


def test_an_error_stands_at_its_field_and_is_read_with_it(shell):
    field = rendered_form(shell, "text_field(form.name, hint='Như giấy khai sinh')", {"name": ""})

    assert 'aria-describedby="name-hint name-error"' in field
    assert 'aria-invalid="true"' in field
    assert 'id="name-error"' in field
    assert "Phải điền mục này." in field


def test_values_are_kept_and_optional_fields_say_so(shell):
    field = rendered_form(shell, "text_field(form.number)", {"number": '"45"-QĐ/HU'})

    assert 'value="&#34;45&#34;-QĐ/HU"' in field
    assert "(không bắt buộc)" in field
    assert "aria-describedby" not in field


def test_the_summary_links_each_error_to_its_field(shell):
    summary = rendered_form(shell, "error_summary(form, [('Đã có người này', none)])", {})

    assert 'href="#name"' in summary
    assert "Họ và tên: Phải điền mục này." in summary
    assert "Đã có người này" in summary


def test_a_form_without_errors_has_no_summary(shell):
    assert rendered_form(shell, "error_summary(form)", {"name": "An", "sex": "male"}).strip() == ""


def test_radios_are_a_group_with_a_legend(shell):
    field = rendered_form(shell, "radio_field(form.sex)", {"sex": "male"})

    assert re.search(r"<fieldset[^>]* id=\"sex\".*<legend[^>]*>Giới tính", field, re.DOTALL)
    assert field.count('type="radio"') == 2
    assert field.count(" checked") == 1


def test_a_bar_says_in_words_what_it_shows(render):
    bar = render(
        "{% from 'macros/figures.html' import progress_bar %}{{ progress_bar(bar, '77,25%') }}",
        bar=progress_bar(Decimal("77.25"), Decimal("74.79")),
    )

    assert 'aria-label="77,25%"' in bar
    assert 'class="pace"' in bar
    assert 'class="goal"' not in bar


def test_a_bar_past_the_quota_shows_where_it_was_reached(render):
    bar = render(
        "{% from 'macros/figures.html' import progress_bar %}{{ progress_bar(bar, '125,00%') }}",
        bar=progress_bar(Decimal(125)),
    )

    assert 'class="goal" x="80"' in bar


def test_a_chart_says_its_figures_in_words_and_in_a_table(render):
    months = [MonthFigure(date(2022, month, 1), month, None) for month in range(1, 13)]

    chart = render(
        "{% from 'macros/figures.html' import cumulative_chart %}"
        "{{ cumulative_chart(chart, 'Kết nạp năm 2022', 'Đã kết nạp') }}",
        chart=cumulative_chart(months, 20, date(2022, 12, 31)),
    )

    assert "Đã kết nạp 12. Chỉ tiêu 20, đúng tiến độ là 20." in chart
    assert "Cùng kỳ" not in chart
    assert chart.count("<svg") == 3
    assert chart.count('<th scope="row">') == 12


def test_pages_lead_to_their_neighbours(render):
    source = (
        "{% from 'macros/navigation.html' import pagination %}{{ pagination(page, 3, url_of) }}"
    )

    first = render(source, page=1, url_of="/people?page={}".format)
    middle = render(source, page=2, url_of="/people?page={}".format)

    assert 'rel="prev"' not in first
    assert 'href="/people?page=2"' in first
    assert 'href="/people?page=1"' in middle
    assert 'href="/people?page=3"' in middle
