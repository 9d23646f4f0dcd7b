"""The form that every form extends: Flask-WTF with messages in both languages."""

from http import HTTPStatus

from flask_wtf import FlaskForm

from app.core.errors import AppError
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
        if len(known) < max(len(error.problems), 1):
            self.form_errors = [*self.form_errors, render_message(error.message)]
