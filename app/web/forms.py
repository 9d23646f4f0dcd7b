"""The form that every form extends: Flask-WTF with messages in both languages."""

from http import HTTPStatus

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict

from app.core.errors import AppError
from app.core.text import clean
from app.web.i18n import render_message
from app.web.languages import FormTexts


class Form(FlaskForm):  # type: ignore[misc]
    """A form whose messages, those built into WTForms too, are in the reader's language."""

    form_errors: list[str]

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """What WTForms asks of a form."""

        def get_translations(self, _form: FlaskForm) -> FormTexts:
            """Return the messages of the validators."""
            return FormTexts()

        def wrap_formdata(self, form: FlaskForm, formdata: object) -> MultiDict[str, object] | None:
            """Return what was sent; a field of nothing but blanks was left empty."""
            sent: MultiDict[str, object] | None = super().wrap_formdata(form, formdata)
            if sent is None:
                return None
            return MultiDict(
                (name, "" if isinstance(value, str) and not clean(value) else value)
                for name, values in sent.lists()
                for value in values
            )

    @property
    def status(self) -> HTTPStatus:
        """What the page of the form answers: an error undoes what a refused command had begun."""
        return HTTPStatus.UNPROCESSABLE_ENTITY if self.errors else HTTPStatus.OK

    def show(self, error: AppError) -> None:
        """Show what the rules refused at the fields it concerns, the rest above the form."""
        known = [problem for problem in error.problems if problem.field in self]
        for problem in known:
            field = self[problem.field]
            field.errors = [*field.errors, render_message(problem.message)]
        others = [problem.message for problem in error.problems if problem not in known]
        if not error.problems:
            others = [error.message]
        # Of several fields that the form lacks each says the same once.
        words = dict.fromkeys(render_message(text) for text in others)
        self.form_errors = [*self.form_errors, *words]
