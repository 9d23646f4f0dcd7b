"""What newer things that stand in the way of undoing are called."""

from collections.abc import Collection, Mapping
from functools import reduce

from app.core.messages import Message, message

_UNITS = message("tổ chức, tên gọi, cấp trên hoặc số đảng viên")
_QUOTAS = message("chỉ tiêu đã giao, đang soạn hoặc điều chuyển")
_ROUNDS = message("đợt giao chỉ tiêu, khảo sát nguồn hoặc cam kết")
_PEOPLE = message("người và hồ sơ")
_NIL_REPORTS = message("báo cáo không phát sinh")
_USERS = message("người dùng và quyền")
_LETTERS = message("thư đôn đốc, biểu dương")
_FILES = message("tệp đã gửi lên hoặc đã lập")
_OFFICES = message("hộp thư hoặc mẫu văn bản của tổ chức")
_MERGED = message("đảng bộ đã sáp nhập vào đây")

_NAMES: Mapping[str, Message] = {
    **dict.fromkeys(("unit", "designation", "placement", "member_count"), _UNITS),
    **dict.fromkeys(("distribution", "quota_line", "box_mark", "quota_transfer"), _QUOTAS),
    **dict.fromkeys(("scenario", "scenario_box"), _QUOTAS),
    **dict.fromkeys(("quota_round", "round_reminder", "survey", "commitment"), _ROUNDS),
    **dict.fromkeys(("person", "case_file", "step", "person_move"), _PEOPLE),
    "nil_report": _NIL_REPORTS,
    **dict.fromkeys(("user_account", "role_grant"), _USERS),
    "reminder": _LETTERS,
    **dict.fromkeys(("import_file", "export_file"), _FILES),
    **dict.fromkeys(("unit_mailbox", "paper_layout"), _OFFICES),
    "former_tenant": _MERGED,
}


def named(tables: Collection[str]) -> Message:
    """Name the kinds of things that tables hold, each once."""
    names = {name.text: name for name in (_NAMES[table] for table in sorted(tables))}.values()
    return reduce(lambda one, other: message("%(one)s, %(other)s", one=one, other=other), names)
