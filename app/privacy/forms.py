"""The forms of what is kept most carefully of people."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired

from app.cases.duplicates import LookAlikes
from app.privacy.rules import LegalBasis
from app.web.forms import Form

BASIS_NAMES = {
    LegalBasis.CONSENT: _("Người đó đã đồng ý"),
    LegalBasis.ARTICLE_19: _("Điều 19 Luật Bảo vệ dữ liệu cá nhân"),
    LegalBasis.INTERNAL_REGULATION: _("Quy định nội bộ của Đảng"),
}


class ReasonForm(Form):
    """Why somebody looks at sensitive data, takes them out or erases them."""

    reason = StringField(_("Lý do"), [InputRequired()])


class PrivateForm(Form):
    """An identity number and the basis for keeping a person's data."""

    identity = StringField(_("Số căn cước"))
    legal_basis = SelectField(
        _("Căn cứ xử lý dữ liệu"),
        choices=[SelectChoice(basis.value, name) for basis, name in BASIS_NAMES.items()],
    )
    basis_document = StringField(_("Số văn bản"))

    def refuse_identity(self, found: LookAlikes) -> None:
        """Say that somebody else has the number."""
        self.identity.errors = [taken_identity(found)]


def taken_identity(found: LookAlikes) -> str:
    """Say who has an identity number already; of somebody outside the scope not even the name."""
    if not found.inside:
        words = gettext("Số này có thể đã có ở một hồ sơ nơi khác trong đảng bộ; hãy hỏi cấp trên.")
    else:
        (one,) = found.inside
        words = gettext(
            "%(name)s (%(cell)s) đã có số căn cước này.", name=one.full_name, cell=one.cell_name
        )
    return str(words)
