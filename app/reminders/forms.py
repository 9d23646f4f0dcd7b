"""What is written to units that are late, or ahead."""

from flask_babel import lazy_gettext as _
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from app.reminders.commands import LONGEST_BODY
from app.web.forms import Form


class LetterForm(Form):
    """The words that go to every unit chosen; each gets its own figures with them."""

    # What is written is Vietnamese, whatever language the page is in.
    body = TextAreaField(
        _("Nội dung"), [InputRequired(), Length(max=LONGEST_BODY)], render_kw={"lang": "vi"}
    )
