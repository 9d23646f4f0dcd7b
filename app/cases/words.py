"""What the values of a person's attributes are called."""

from flask_babel import lazy_gettext as _

from app.cases.rules import EDUCATIONS, QUALIFICATIONS, SEXES

SEX_NAMES = dict(zip(SEXES, (_("Nữ"), _("Nam")), strict=True))
EDUCATION_NAMES = dict(
    zip(EDUCATIONS, (_("Tiểu học"), _("Trung học cơ sở"), _("Trung học phổ thông")), strict=True)
)
QUALIFICATION_NAMES = dict(
    zip(
        QUALIFICATIONS,
        (_("Không"), _("Sơ cấp, trung cấp"), _("Cao đẳng"), _("Đại học"), _("Sau đại học")),
        strict=True,
    )
)
