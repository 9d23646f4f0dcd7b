"""The pages of a demonstration: replaying real reorganisations, moving its clock."""

from flask import Blueprint, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms.validators import InputRequired

from app.demo import replays
from app.tenants.context import whole_tenant
from app.tenants.current import current_context
from app.web.addresses import see_other
from app.web.fields import DateField
from app.web.forms import Form
from app.web.guards import Permission, requires
from app.web.i18n import render_message

pages = Blueprint("replays", __name__, url_prefix="/replays", template_folder="templates")


class ClockForm(Form):
    """To which day the clock shall go."""

    on = DateField(lazy_gettext("Ngày của bản trình diễn"), [InputRequired()])


@pages.get("")
@requires(Permission.REORGANISE)
def index() -> str:
    """Offer the replays, and another day."""
    return _page(ClockForm(formdata=None, on=replays.LATEST_DAY))


@pages.post("/<replay>")
@requires(Permission.REORGANISE)
def prepare(replay: str) -> ResponseReturnValue:
    """Move the clock to the day and lead to the preview of what happened then."""
    with whole_tenant(current_context()) as everywhere:
        draft = replays.prepare(everywhere, replay)
    return see_other(url_for("reorganisations.page", reorganisation_id=draft))


@pages.post("")
@requires(Permission.REORGANISE)
def move_clock() -> ResponseReturnValue:
    """Move the clock."""
    form = ClockForm()
    if not form.validate() or form.on.data is None:
        return _page(form), form.status
    with whole_tenant(current_context()) as everywhere:
        replays.move_clock(everywhere, form.on.data)
    flash(_("Đã chuyển ngày của bản trình diễn."), "success")
    return see_other(url_for("replays.index"))


def _page(form: ClockForm) -> str:
    context = current_context()
    return render_template(
        "demo/replays.html",
        offered=[(each, render_message(each.replay.title)) for each in replays.offered(context)],
        today=context.today,
        form=form,
    )
