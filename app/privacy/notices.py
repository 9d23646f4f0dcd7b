"""What people are told of their data, on every page where data are typed or sent."""

from flask_babel import gettext as _

from app.privacy.forms import BASIS_NAMES
from app.privacy.queries import notice_and_basis
from app.tenants.current import current_context


def processing_notice() -> str:
    """Return the tenant's notice, or what the program says where the tenant has written none."""
    notice, basis = notice_and_basis(current_context())
    return notice or usual_notice(str(BASIS_NAMES[basis]))


def usual_notice(basis: str) -> str:
    """Return the notice in the program's own words."""
    words = _(
        "Thông tin được ghi để theo dõi nguồn, bồi dưỡng và kết nạp đảng viên. Căn cứ: %(basis)s."
        " Chỉ người có trách nhiệm ở tổ chức này và ở cấp trên xem được; dân tộc, tôn giáo, số căn"
        " cước chỉ mở khi có lý do, mỗi lần mở đều ghi nhật ký. Người được ghi thông tin có thể đề"
        " nghị tổ chức đảng nơi lập hồ sơ cho xem, sửa hoặc xoá.",
        basis=basis,
    )
    return str(words)
