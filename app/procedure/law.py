"""A rule set: what the law says from a day on. Pure data; a tenant's rows hold the values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum

from app.cases.rules import EDUCATIONS
from app.core.codes import problems_of_code
from app.core.errors import Problem, Refused
from app.core.messages import Message, message

MOST_MONTHS = 1200
MOST_DAYS = 1000
MOST_YEARS = 150


class Parameter(StrEnum):
    """A value that the law sets. The names are those of the fields of `RuleSet`."""

    YOUNGEST_AGE = "youngest_age"
    OLDEST_AGE = "oldest_age"
    LOWEST_EDUCATION = "lowest_education"
    CERTIFICATE_MONTHS = "certificate_months"
    MENTOR_MONTHS = "mentor_months"
    MENTOR_REMARK_MONTHS = "mentor_remark_months"
    DOSSIER_MONTHS = "dossier_months"
    INTRODUCERS = "introducers"
    INTRODUCER_MONTHS = "introducer_months"
    VOTE_NUMERATOR = "vote_numerator"
    VOTE_DENOMINATOR = "vote_denominator"
    DECISION_DAYS = "decision_days"
    DECISION_EXTRA_DAYS = "decision_extra_days"
    CEREMONY_DAYS = "ceremony_days"
    MEMBER_FILE_DAYS = "member_file_days"
    PROBATION_MONTHS = "probation_months"
    RECOGNITION_MEETING_DAYS = "recognition_meeting_days"
    RECOGNITION_DECISION_DAYS = "recognition_decision_days"
    RECOGNITION_EXTRA_DAYS = "recognition_extra_days"
    READMISSION_MONTHS = "readmission_months"
    READMISSIONS = "readmissions"


PARAMETER_NAMES: Mapping[Parameter, Message] = {
    Parameter.YOUNGEST_AGE: message("Tuổi thấp nhất, đủ tuổi, tính theo tháng"),
    Parameter.OLDEST_AGE: message("Tuổi cao nhất, đủ tuổi, tính theo tháng"),
    Parameter.LOWEST_EDUCATION: message("Học vấn phổ thông thấp nhất"),
    Parameter.CERTIFICATE_MONTHS: message("Giấy chứng nhận lớp nhận thức có giá trị, tháng"),
    Parameter.MENTOR_MONTHS: message("Thời gian được giúp đỡ trước khi xét, tháng"),
    Parameter.MENTOR_REMARK_MONTHS: message("Người giúp đỡ nhận xét mỗi, tháng"),
    Parameter.DOSSIER_MONTHS: message("Hồ sơ đủ mà chưa xét thì phải bổ sung sau, tháng"),
    Parameter.INTRODUCERS: message("Số người, tổ chức giới thiệu"),
    Parameter.INTRODUCER_MONTHS: message("Người giới thiệu cùng công tác hoặc cư trú, tháng"),
    Parameter.VOTE_NUMERATOR: message("Tỷ lệ tán thành, tử số"),
    Parameter.VOTE_DENOMINATOR: message("Tỷ lệ tán thành, mẫu số"),
    Parameter.DECISION_DAYS: message("Ra quyết định sau nghị quyết chi bộ, ngày làm việc"),
    Parameter.DECISION_EXTRA_DAYS: message("Gia hạn ra quyết định, ngày làm việc"),
    Parameter.CEREMONY_DAYS: message("Lễ kết nạp sau khi nhận quyết định, ngày làm việc"),
    Parameter.MEMBER_FILE_DAYS: message("Khai lý lịch đảng viên sau lễ, ngày làm việc"),
    Parameter.PROBATION_MONTHS: message("Thời gian dự bị, tháng"),
    Parameter.RECOGNITION_MEETING_DAYS: message("Chi bộ xét công nhận sau dự bị, ngày làm việc"),
    Parameter.RECOGNITION_DECISION_DAYS: message("Quyết định công nhận sau chi bộ, ngày làm việc"),
    Parameter.RECOGNITION_EXTRA_DAYS: message("Gia hạn quyết định công nhận, ngày làm việc"),
    Parameter.READMISSION_MONTHS: message("Kết nạp lại sau khi ra khỏi Đảng, tháng"),
    Parameter.READMISSIONS: message("Số lần được kết nạp lại"),
}


@dataclass(frozen=True, kw_only=True)
class RuleSet:
    """What the law says from `effective_on` until the next rule set.

    Ages in years, terms in months or working days as their names say; None means the law sets
    no such value. What `only_suggests` names is hearsay: it advises and never warns. `forms` are
    the codes of papers by kind of step, `sources` say where each value was read.
    """

    effective_on: date
    regulation: str
    guidance: str | None = None
    youngest_age: int | None = None
    oldest_age: int | None = None
    lowest_education: str | None = None
    certificate_months: int | None = None
    mentor_months: int | None = None
    mentor_remark_months: int | None = None
    dossier_months: int | None = None
    introducers: int | None = None
    introducer_months: int | None = None
    vote_numerator: int = 0
    vote_denominator: int = 1
    decision_days: int | None = None
    decision_extra_days: int | None = None
    ceremony_days: int | None = None
    member_file_days: int | None = None
    probation_months: int | None = None
    recognition_meeting_days: int | None = None
    recognition_decision_days: int | None = None
    recognition_extra_days: int | None = None
    readmission_months: int | None = None
    readmissions: int | None = None
    deciding_level: str | None = None
    forms: Mapping[str, str] = field(default_factory=dict)
    only_suggests: frozenset[Parameter] = frozenset()
    sources: Mapping[str, str] = field(default_factory=dict)

    def suggests(self, parameter: Parameter) -> bool:
        """Tell whether a value only advises."""
        return parameter in self.only_suggests


def rule_set_on(rule_sets: Iterable[RuleSet], day: date) -> RuleSet:
    """Return the rule set in force on a day: the last that began by then, else the first one."""
    in_order = sorted(rule_sets, key=lambda found: found.effective_on)
    begun = [found for found in in_order if found.effective_on <= day]
    return begun[-1] if begun else in_order[0]


def check_rule_set(rule_set: RuleSet) -> None:
    """Refuse values that no law could set, each at its field."""
    problems = [
        Problem(parameter.value, message("Phải từ %(least)s đến %(most)s.", least=0, most=most))
        for parameter in Parameter
        if isinstance(value := getattr(rule_set, parameter.value), int)
        and not 0 <= value <= (most := _most(parameter))
    ]
    if not rule_set.regulation:
        problems.append(Problem("regulation", message("Chưa nhập số quy định.")))
    numerator, denominator = rule_set.vote_numerator, rule_set.vote_denominator
    if denominator == 0 or not 0 <= numerator <= denominator:
        problems.append(Problem("vote_numerator", message("Tỷ lệ tán thành phải từ 0 đến 1.")))
    if rule_set.lowest_education not in (None, *EDUCATIONS):
        problems.append(Problem("lowest_education", message("Không có mức học vấn này.")))
    if rule_set.deciding_level is not None and problems_of_code(rule_set.deciding_level):
        problems.append(Problem("deciding_level", message("Mã cấp không đúng.")))
    ages = rule_set.youngest_age, rule_set.oldest_age
    if None not in ages and ages[0] > ages[1]:  # type: ignore[operator]
        problems.append(Problem("oldest_age", message("Tuổi cao nhất thấp hơn tuổi thấp nhất.")))
    if problems:
        raise Refused(message("Bộ quy định có chỗ chưa đúng."), problems)


def _most(parameter: Parameter) -> int:
    if parameter.value.endswith("_age"):
        return MOST_YEARS
    return MOST_MONTHS if parameter.value.endswith("_months") else MOST_DAYS


VALUE_FIELDS = tuple(item.name for item in fields(RuleSet))
"""The fields of a rule set, which are the columns of its row too."""
