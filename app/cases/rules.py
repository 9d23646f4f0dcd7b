"""The procedure as data and pure functions: kinds of steps and their lawful order."""

from enum import StrEnum


class StepKind(StrEnum):
    """One dated event of a case (DESIGN: the way from outstanding person to member)."""

    LISTED = "listed"
    SYMPATHISER = "sympathiser"
    MENTOR = "mentor"
    CERTIFICATE = "certificate"
    APPLICATION = "application"
    VERIFICATION = "verification"
    INTRODUCTION = "introduction"
    COMMENTS = "comments"
    CELL_RESOLUTION = "cell_resolution"
    SECTION_APPRAISAL = "section_appraisal"
    COMMITTEE_RESOLUTION = "committee_resolution"
    DECISION = "decision"
    DECISION_RECEIVED = "decision_received"
    CEREMONY = "ceremony"
    NEW_MEMBER_CLASS = "new_member_class"
    RECOGNITION = "recognition"
    REMOVAL = "removal"
    WITHDRAWN = "withdrawn"
    MOVED_AWAY = "moved_away"
    TAKEN_OFF = "taken_off"
    REFUSED = "refused"
