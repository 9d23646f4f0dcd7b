"""What the roles are called on pages."""

from flask_babel import lazy_gettext as _

from app.accounts.rules import Role

ROLE_NAMES = {
    Role.COMMITTEE: _("Cấp ủy: giao chỉ tiêu, sửa tổ chức"),
    Role.MONITOR: _("Theo dõi, đôn đốc"),
    Role.CLERK: _("Văn phòng đảng ủy: nhập hồ sơ"),
    Role.CELL_SECRETARY: _("Bí thư chi bộ: nhập hồ sơ của chi bộ"),
    Role.READER: _("Chỉ xem số liệu"),
    Role.TENANT_ADMINISTRATOR: _("Quản trị đảng bộ: cấu hình, tài khoản"),
}
