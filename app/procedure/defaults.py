"""The rule sets that a tenant begins with, from the regulations as far as they were read.

[A] is the wording of the regulation, [B] a secondary page; what was only heard [C] is named in
`only_suggests`. A tenant's administrator changes its own copies. The oldest set reaches back
without limit: no earlier wording was at hand, and records from before need some law.
"""

from dataclasses import replace
from datetime import date

from app.core.dates import FIRST_YEAR
from app.procedure.law import Parameter, RuleSet

_FORMS = {
    "certificate": "CN-NTVĐ",
    "application": "1-KNĐ, 2-KNĐ",
    "introduction": "3-KNĐ (3A-KNĐ), 4-KNĐ, 4A-KNĐ",
    "comments": "5-KNĐ",
    "cell_resolution": "6-KNĐ",
    "section_appraisal": "7-KNĐ",
    "committee_resolution": "8-KNĐ",
    "decision": "9-KNĐ",
    "recognition_resolution": "10-KNĐ, 11-KNĐ, 12-KNĐ, 13-KNĐ",
    "recognition": "15-KNĐ",
}

_SOURCES = {
    Parameter.YOUNGEST_AGE: "294-QĐ/TW 1.1.1 [A]",
    Parameter.OLDEST_AGE: "294-QĐ/TW 1.1.1 [A]",
    Parameter.LOWEST_EDUCATION: "24-QĐ/TW (lawnet 104683) [B]",
    Parameter.CERTIFICATE_MONTHS: "06-HD/TW 5.4 [A]",
    Parameter.MENTOR_MONTHS: "[C]",
    Parameter.MENTOR_REMARK_MONTHS: "[C]",
    Parameter.DOSSIER_MONTHS: "[C]",
    Parameter.INTRODUCERS: "294-QĐ/TW 3.2.1 [A]",
    Parameter.INTRODUCER_MONTHS: "294-QĐ/TW 3.2.1 [A]",
    Parameter.VOTE_NUMERATOR: "06-HD/TW 3.6 b; 294-QĐ/TW 9.3.2 [A]",
    Parameter.VOTE_DENOMINATOR: "06-HD/TW 3.6 b; 294-QĐ/TW 9.3.2 [A]",
    Parameter.DECISION_DAYS: "29-QĐ/TW 4.3.1; 232-QĐ/TW [A]",
    Parameter.DECISION_EXTRA_DAYS: "29-QĐ/TW 4.3.1; 232-QĐ/TW [A]",
    Parameter.CEREMONY_DAYS: "294-QĐ/TW 4.1 [A]",
    Parameter.MEMBER_FILE_DAYS: "12-HD/BTCTW 2.2 [A]",
    Parameter.PROBATION_MONTHS: "Điều lệ Đảng, Điều 5.1 [A]",
    Parameter.RECOGNITION_MEETING_DAYS: "294-QĐ/TW 4.2 [A]",
    Parameter.RECOGNITION_DECISION_DAYS: "294-QĐ/TW 4.2; 29-QĐ/TW [A]",
    Parameter.RECOGNITION_EXTRA_DAYS: "294-QĐ/TW 4.2; 29-QĐ/TW [A]",
    Parameter.READMISSION_MONTHS: "294-QĐ/TW 3.5.1 [B]",
    Parameter.READMISSIONS: "294-QĐ/TW 3.5.1 [B]",
}

_HEARSAY = frozenset(
    {Parameter.MENTOR_MONTHS, Parameter.MENTOR_REMARK_MONTHS, Parameter.DOSSIER_MONTHS}
)

_NEWEST = RuleSet(
    effective_on=date(2025, 7, 1),
    regulation="294-QĐ/TW",
    guidance="06-HD/TW (09/06/2025), 12-HD/BTCTW (18/01/2022)",
    youngest_age=18,
    oldest_age=60,
    lowest_education="lower_secondary",
    certificate_months=60,
    mentor_months=12,
    mentor_remark_months=3,
    dossier_months=12,
    introducers=2,
    introducer_months=12,
    vote_numerator=2,
    vote_denominator=3,
    decision_days=60,
    decision_extra_days=30,
    ceremony_days=30,
    member_file_days=30,
    probation_months=12,
    recognition_meeting_days=30,
    recognition_decision_days=30,
    recognition_extra_days=30,
    readmission_months=36,
    readmissions=1,
    deciding_level="commune",
    forms=_FORMS,
    only_suggests=_HEARSAY,
    sources={parameter.value: source for parameter, source in _SOURCES.items()},
)

# Of 29-QĐ/TW only the terms of the decision and of recognition, and who decides, were read.
_READ_OF_29 = frozenset(
    {
        Parameter.VOTE_NUMERATOR,
        Parameter.VOTE_DENOMINATOR,
        Parameter.DECISION_DAYS,
        Parameter.DECISION_EXTRA_DAYS,
        Parameter.PROBATION_MONTHS,
        Parameter.RECOGNITION_DECISION_DAYS,
        Parameter.RECOGNITION_EXTRA_DAYS,
    }
)

RULE_SETS = (
    replace(
        _NEWEST,
        effective_on=date(FIRST_YEAR, 1, 1),
        regulation="29-QĐ/TW",
        guidance=None,
        deciding_level="district",
        only_suggests=frozenset(Parameter) - _READ_OF_29,
    ),
    replace(
        _NEWEST,
        effective_on=date(2021, 7, 30),
        regulation="24-QĐ/TW",
        guidance="01-HD/TW (28/09/2021), 12-HD/BTCTW (18/01/2022)",
        deciding_level="district",
    ),
    replace(
        _NEWEST,
        effective_on=date(2025, 1, 20),
        regulation="232-QĐ/TW",
        guidance="01-HD/TW (28/09/2021), 12-HD/BTCTW (18/01/2022)",
        deciding_level="district",
    ),
    _NEWEST,
)
"""The oldest first."""
