"""What every column of the database holds, said once. A gate fails on a column that is missing.

Of tables that describe people all columns are named, of the others those that are no keys: numbers
of rows, of tenants and of what is referred to say nothing by themselves.
"""

from collections.abc import Mapping
from enum import StrEnum


class DataClass(StrEnum):
    """What a column holds.

    Personal and sensitive data are of people in the procedure; staff data of those who use the
    program or sign its papers. Free text may name anybody. Credentials open something.
    """

    KEY = "key"
    BOOKKEEPING = "bookkeeping"
    ORGANISATION = "organisation"
    STAFF = "staff"
    FREE_TEXT = "free_text"
    CREDENTIAL = "credential"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"


_K, _B, _P, _S = DataClass.KEY, DataClass.BOOKKEEPING, DataClass.PERSONAL, DataClass.SENSITIVE

OF_PEOPLE: Mapping[str, Mapping[str, DataClass]] = {
    "person": {
        **dict.fromkeys(("tenant_id", "id", "path", "cell_id"), _K),
        **dict.fromkeys(("sort_key", "search_key", "erased_at"), _B),
        **dict.fromkeys(("person_code", "full_name", "date_of_birth", "sex"), _P),
        **dict.fromkeys(("education", "qualification", "occupation", "stated_segments"), _P),
        **dict.fromkeys(("ethnicity", "religion"), _S),
    },
    "private_detail": {
        **dict.fromkeys(("tenant_id", "id", "path", "person_id"), _K),
        "identity_index": _B,
        "identity_sealed": _S,
        **dict.fromkeys(("legal_basis", "basis_document"), _P),
    },
    "case_file": {
        **dict.fromkeys(("tenant_id", "id", "path", "person_id"), _K),
        "is_current": _P,
        **dict.fromkeys(("stage", "stage_on", "is_closed", "clock", "clock_from"), _B),
    },
    "step": {
        **dict.fromkeys(("tenant_id", "id", "path", "case_id", "cell_id", "recording_id"), _K),
        **dict.fromkeys(("kind", "taken_on", "document_no", "segments", "recorded_at"), _P),
        "details": _P,
    },
    "approval": {
        **dict.fromkeys(("tenant_id", "id", "path", "case_id", "recording_id"), _K),
        **dict.fromkeys(("rule", "approved_by", "approved_on", "document_no"), _P),
    },
    "person_move": {
        **dict.fromkeys(("tenant_id", "id", "path", "person_id", "from_cell_id", "to_cell_id"), _K),
        **dict.fromkeys(("moved_on", "document_no"), _P),
    },
    "transfer": {
        **dict.fromkeys(("tenant_id", "id", "path", "case_id"), _K),
        **dict.fromkeys(("number", "direction", "counterpart", "transferred_on"), _P),
    },
    "carried_step": {
        **dict.fromkeys(("tenant_id", "id", "path", "case_id"), _K),
        **dict.fromkeys(("kind", "taken_on", "document_no", "details"), _P),
    },
    "import_file": {
        **dict.fromkeys(("tenant_id", "id", "path", "unit_id", "sender_id"), _K),
        **dict.fromkeys(("sender_name", "file_name"), _B),
        **dict.fromkeys(("state", "takes_duplicates", "header", "notes"), _B),
        **dict.fromkeys(("rows", "done", "sent_at", "ended_at", "cleared_at"), _B),
        "content": _S,
    },
    "export_file": {
        **dict.fromkeys(("tenant_id", "id", "path", "unit_id", "orderer_id"), _K),
        **dict.fromkeys(("table_name", "title", "ending", "orderer_name", "state"), _B),
        **dict.fromkeys(("rows", "done", "ordered_at", "ended_at", "expires_at"), _B),
        # A search by name names a person.
        "query": _P,
        "content": _S,
    },
    "import_row": {
        **dict.fromkeys(("tenant_id", "id", "path", "file_id", "person_id"), _K),
        **dict.fromkeys(("number", "state", "effect", "entries"), _B),
        "sealed": _S,
    },
}
"""Every column of every table that describes people."""


def _holding(**columns: str) -> dict[str, DataClass]:
    """Classify columns: `_holding(organisation="code name", staff="signatory")`."""
    return {name: DataClass(said) for said, names in columns.items() for name in names.split()}


_QUANTITY = "kind count upper_count percent base"
_NAMES = "code name_vi name_en rank"

OF_OTHERS: Mapping[str, Mapping[str, DataClass]] = {
    "audit_entry": _holding(
        bookkeeping="occurred_at actor_kind action subject_kind request_id redacted_at",
        key="actor_id acting_unit_id subject_id path on_behalf_of_id",
        staff="actor_name on_behalf_of_name",
        personal="before after",
    ),
    "audit_batch": _holding(bookkeeping="entries last_entry_id digest seal linked_at"),
    "audit_link": _holding(bookkeeping="content_seal"),
    "box_mark": _holding(organisation="is_held", free_text="note"),
    "commitment": _holding(staff="signatory signatory_title", organisation="signed_on"),
    "countersigned_act": _holding(
        bookkeeping="kind state requested_at expires_at answered_at",
        key="path answered_for_id",
        personal="about",
        free_text="reason refused_because",
        staff="requester_name answerer_name",
    ),
    "day_count": _holding(organisation="month total"),
    "delta": _holding(
        key="cell_id measure_id then_path now_path",
        organisation="counted_on amount",
        sensitive="segments",
    ),
    "demonstration_move": _holding(
        organisation="replay to_day state failure",
        staff="asker",
        key="asked_by",
        bookkeeping="progress asked_at",
    ),
    "designation": _holding(organisation="valid name"),
    "distribution": _holding(
        organisation="source period version state assigned reserve cause decision_no decided_on",
        free_text="reserve_reason",
        bookkeeping="published_at row_version",
    ),
    "former_code": _holding(organisation="code until_on"),
    "former_tenant": _holding(
        organisation="code name decision_no effective_on clashes set_aside totals_before"
        " totals_after",
        bookkeeping="merged_at trail_entries trail_ids trail_digest",
    ),
    "job_run": _holding(bookkeeping="started_at ended_at failed_at failure failures runs"),
    "kind": _holding(organisation=f"{_NAMES} is_cell is_residential"),
    "level": _holding(organisation=_NAMES),
    "lineage": _holding(organisation="effective_on share is_default"),
    "login_name": _holding(key="tenant_id user_id operator_id", staff="name"),
    "measure": _holding(organisation=f"{_NAMES} counted_step"),
    "member_count": _holding(organisation="counted_on members"),
    "nil_report": _holding(organisation="span", key="recording_id", bookkeeping="reported_at"),
    "one_time_link": _holding(credential="code_hash", bookkeeping="purpose created_at expires_at"),
    "operator": _holding(
        staff="login_name full_name locale is_disabled is_demonstration",
        credential="password_hash factor_sealed recovery_indexes",
        bookkeeping="factor_since factor_step",
    ),
    "operator_access": _holding(
        staff="operator_name", free_text="reason", bookkeeping="sees_people starts_at ends_at"
    ),
    "operator_session": _holding(
        credential="token_hash",
        key="visited_id",
        staff="device",
        bookkeeping="created_at seen_at expires_at proved_at verified_at",
    ),
    "outgoing_mail": _holding(staff="address", bookkeeping="attempts next_try_at sent_at failure"),
    "paper_layout": _holding(
        organisation="issuer_name superior_name place_name signs_for signs_as copies_to",
        staff="signatory_name",
    ),
    "placement": _holding(organisation="valid"),
    "position": _holding(key="path", organisation="valid"),
    "privacy_rule": _holding(
        organisation="usual_basis retention_months purposes recipients notice"
    ),
    "quota_line": _holding(organisation=_QUANTITY),
    "quota_round": _holding(
        organisation="period opened_on survey_due_on registration_due_on commitment_due_on",
        free_text="note",
    ),
    "quota_transfer": _holding(
        organisation="period count document_no state proposed_on",
        key="proposer_id",
        free_text="reason below_attained_because declined_because",
    ),
    "recorded_day": _holding(organisation="day is_working_day", free_text="reason"),
    "recording": _holding(key="user_id added_person_id", bookkeeping="recorded_at undone_at"),
    "reminder": _holding(
        staff="sender_name",
        organisation="kind origin once period sent_on counted quota pace last_entry_on",
        free_text="body",
        bookkeeping="sent_at",
    ),
    "reminder_reading": _holding(staff="reader_name", bookkeeping="read_at"),
    "reminder_rule": _holding(organisation="silent_days behind_points quarter_days sends_digest"),
    "reorganisation": _holding(
        organisation="decision_no issuer effective_on share_by state result failure is_final"
        " consequences tenant_called",
        staff="requester",
        key="requested_by",
        bookkeeping="requested progress created_at applied_at undone_at",
    ),
    "reorganisation_operation": _holding(
        organisation="row old_code old_name new_code new_name new_parent_code share"
        " is_default_heir level kind"
    ),
    "reorganisation_person": _holding(organisation="new_code"),
    "reorganisation_row": _holding(key="place row_id", personal="before after"),
    "reset_request": _holding(bookkeeping="asked_at"),
    "role_grant": _holding(staff="role valid"),
    "rollup_status": _holding(
        bookkeeping="folded_at verified_at verified_figures mismatches mismatched_at"
    ),
    "round_reminder": _holding(organisation="reminded_on", bookkeeping="reminded_at"),
    "rule_set": _holding(
        organisation="effective_on regulation guidance youngest_age oldest_age lowest_education"
        " certificate_months mentor_months mentor_remark_months dossier_months introducers"
        " introducer_months vote_numerator vote_denominator decision_days decision_extra_days"
        " ceremony_days member_file_days probation_months recognition_meeting_days"
        " recognition_decision_days recognition_extra_days readmission_months readmissions"
        " deciding_level forms only_suggests sources"
    ),
    "scenario": _holding(organisation="period name", bookkeeping="kept_at"),
    "scenario_box": _holding(organisation=f"{_QUANTITY} is_held", free_text="note"),
    "segment": _holding(
        organisation=f"{_NAMES} slot origin attribute any_of none_of age_from age_to"
        " is_residential is_sensitive"
    ),
    "setting": _holding(
        organisation="rating_source transfers_need_approval clock_on watch_days watch_percent"
        " watch_years two_for_erasure two_for_merging two_for_export_rows"
    ),
    "submission": _holding(key="user_id", credential="client_key", bookkeeping="result created_at"),
    "summary": _holding(organisation="total", sensitive="segments"),
    "survey": _holding(organisation="sources surveyed_on"),
    "tenant": _holding(organisation="code name is_demonstration", bookkeeping="created_at"),
    "tree_state": _holding(bookkeeping="computed_on changes_on reorganises_on"),
    "unit": _holding(organisation="code name", bookkeeping="sort_key search_key path heir_path"),
    "unit_mailbox": _holding(staff="address"),
    "user_account": _holding(
        staff="login_name full_name locale is_disabled must_change_password",
        credential="password_hash factor_sealed recovery_indexes",
        bookkeeping="created_at factor_since factor_step",
    ),
    "user_session": _holding(
        credential="token_hash",
        key="acting_unit_id acting_for_id",
        staff="device",
        bookkeeping="created_at seen_at expires_at proved_at verified_at",
    ),
}
"""The columns, keys aside, of every other table."""

CLASSIFICATION: Mapping[str, Mapping[str, DataClass]] = {**OF_PEOPLE, **OF_OTHERS}
