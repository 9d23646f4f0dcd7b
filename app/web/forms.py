"""The form that every form extends: Flask-WTF with messages in both languages."""

from flask_wtf import FlaskForm

from app.web.languages import FormTexts


class Form(FlaskForm):  # type: ignore[misc]
    """A form whose messages, those built into WTForms too, are in the reader's language."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """What WTForms asks of a form."""

        def get_translations(self, _form: FlaskForm) -> FormTexts:
            """Return the messages of the validators."""
            return FormTexts()
