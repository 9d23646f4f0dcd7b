"""What a form asks when the law warns: whose consent, of which day, under which number."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, StringField

from app.cases.rules import cleaned_number, cleaned_words
from app.casework.fields import Cleaned
from app.procedure.findings import Finding, Rule
from app.procedure.taking import ApprovalDraft, ApprovalNeeded
from app.web.fields import DateField
from app.web.forms import Form
from app.web.i18n import render_message


class ApprovalFields(Form):
    """Fields that are shown once the law has warned; `approved_rules` are those warned of."""

    asked: Sequence[Finding] = ()

    approved_rules = HiddenField()
    approved_by = StringField(_("Cấp đồng ý"), [Cleaned(cleaned_words)])
    approved_on = DateField(_("Ngày đồng ý"))
    approval_no = StringField(_("Số văn bản đồng ý"), [Cleaned(cleaned_number)])

    @property
    def approvals(self) -> list[ApprovalDraft]:
        """The consent for what was shown, once whose and when is said; else none."""
        if not self.approved_by.data or self.approved_on.data is None:
            return []
        return [
            ApprovalDraft(
                Rule(code), self.approved_by.data, self.approved_on.data, self.approval_no.data
            )
            for code in (self.approved_rules.data or "").split()
            if code in list(Rule)
        ]

    @property
    def asked_texts(self) -> list[str]:
        """What the law warns of, in words."""
        return [render_message(finding.message) for finding in self.asked]

    def ask(self, needed: ApprovalNeeded) -> None:
        """Show what the law warns of, and ask for the consent."""
        found = {
            (item.rule, str(item.message)): item
            for each in needed.findings.values()
            for item in each
        }
        self.asked = tuple(found.values())
        self.approved_rules.data = " ".join(sorted({item.rule.value for item in self.asked}))
        self.approved_by.errors = [render_message(needed.message)]
