"""What is typed when a list is taken out."""

from flask_babel import lazy_gettext as _
from wtforms import StringField
from wtforms.validators import InputRequired

from app.web.forms import Form


class ReasonForm(Form):
    """Why a list that needs a second person is wanted."""

    reason = StringField(_("Lý do"), [InputRequired()])
