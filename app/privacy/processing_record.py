"""The record of processing: what of whom is kept, why, by whom it is seen, how long, how guarded.

It is drawn from the classification of columns, the table of field rights and what the tenant has
chosen, so that it says what the program does. Of the law it names what `LegalBasis` names, and
leaves open what is open.
"""

from collections.abc import Iterator

from app.accounts.field_rights import Fields, Right, rights
from app.accounts.roles import ROLE_NAMES
from app.accounts.rules import Role
from app.core.clock import now
from app.countersigning.queries import two_person_rules
from app.countersigning.rules import TwoPersonRules
from app.imports.rules import SENT_FILES_KEPT_DAYS
from app.privacy.classification import OF_PEOPLE, DataClass
from app.privacy.forms import BASIS_NAMES
from app.privacy.queries import Processing, Rule, privacy_rule, processing
from app.privacy.subject_paper import NAMES, SECTIONS
from app.reports.definition import Column, Report, Row
from app.reports.rules import Issuer, Layout, form_on, letterhead, paper_forms
from app.tenants.context import Context
from app.web.formats import instant
from app.web.languages import VIETNAMESE, speaking

PURPOSES = (
    "Theo dõi nguồn, bồi dưỡng, kết nạp và công nhận đảng viên; giao chỉ tiêu và tổng hợp kết quả."
)
RECIPIENTS = (
    "Không chuyển cho bên ngoài. Khi một người chuyển sang đảng bộ khác, hồ sơ được trao bằng tệp"
    " chuyển hồ sơ, mỗi lần trao đều ghi nhật ký."
)
PEOPLE = (
    "Quần chúng ưu tú, đối tượng cảm tình Đảng, đảng viên dự bị, đảng viên; người giúp đỡ và giới"
    " thiệu họ."
)
COPIES = {
    "import_file": (
        "Bảng tính các đơn vị gửi lên để nhập: xoá ngay khi nhập xong hoặc bỏ; không ai quyết định"
        f" thì xoá sau {SENT_FILES_KEPT_DAYS} ngày"
    ),
    "import_row": (
        f"Từng dòng của bảng tính đã gửi: xoá sau khi xong {SENT_FILES_KEPT_DAYS} ngày, và khi xoá"
        " thông tin của người đó"
    ),
    "export_file": "Danh sách dài được lập thành tệp, giữ 24 giờ",
}
"""Tables that hold copies of people: sealed whole, so no field of theirs is named."""

MEASURES = {
    "Biện pháp: phạm vi": (
        "Mỗi người chỉ xem được tổ chức của mình và tổ chức trực thuộc; cơ sở dữ liệu cũng chặn"
        " như vậy. Mỗi đảng bộ tách riêng."
    ),
    "Biện pháp: giữ kín": (
        "Số căn cước mã hoá từng trường, khóa để ngoài cơ sở dữ liệu. Dân tộc, tôn giáo, số căn"
        " cước che khi hiện, chỉ mở khi ghi lý do."
    ),
    "Biện pháp: nhật ký": (
        "Mọi thay đổi, mỗi lần mở thông tin nhạy cảm và mỗi lần tải danh sách đều ghi vào nhật ký"
        " không sửa được; tra được ai đã xem từng người."
    ),
    "Biện pháp: tài khoản": (
        "Xác thực hai bước với người giao chỉ tiêu, quản trị và nhập hồ sơ; hỏi lại mật khẩu"
        " trước việc nhạy cảm."
    ),
    "Biện pháp: số nhỏ": (
        "Số người theo cơ cấu nhạy cảm dưới 5 được ẩn với người không có quyền xem hồ sơ."
    ),
    "Nội dung không lưu": (
        "Nội dung thẩm tra lý lịch, vấn đề chính trị và giấy tờ mật: chỉ lưu tình trạng, ngày,"
        " số văn bản và nơi để giấy tờ."
    ),
}
LAW = (
    "Văn bản: Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15 và Nghị định 356/2025/NĐ-CP, có hiệu lực"
    " từ 01/01/2026. Nghị định xếp dân tộc, tôn giáo, quan điểm chính trị vào dữ liệu nhạy cảm."
)
OPEN_QUESTION = (
    "Công việc của cấp ủy có thuộc Điều 19 của Luật hay không là điều còn để ngỏ: đảng bộ cần có"
    " ý kiến pháp lý của mình và ghi căn cứ ở từng hồ sơ."
)
DRAWN_FROM = "Phần về dữ liệu, người xem và biện pháp được lập từ chính chương trình đang chạy."

FIELDS = {
    Fields.IDENTIFYING: "Họ tên, mã, ngày sinh, giới tính",
    Fields.CIRCUMSTANCES: "Học vấn, trình độ, nghề nghiệp, thuộc diện",
    Fields.COURSE: "Các bước, ý kiến đồng ý, chuyển đi chuyển đến",
    Fields.SENSITIVE: "Dân tộc, tôn giáo",
    Fields.IDENTITY_NUMBER: "Số căn cước, căn cứ xử lý",
}
_RIGHTS = {Right.READ: "xem", Right.WRITE: "ghi", Right.EXPORT: "tải"}


def processing_record(context: Context) -> Report:
    """Draw up the tenant's record of processing. A paper is in Vietnamese."""
    form = form_on(context.today, paper_forms())
    with speaking(VIETNAMESE):
        lines = [
            *_purpose(processing(context), privacy_rule(context)),
            *_data(),
            *_readers(),
            *_measures(two_person_rules(context)),
        ]
    return Report(
        name="ho-so-xu-ly-du-lieu",
        title="HỒ SƠ XỬ LÝ DỮ LIỆU CÁ NHÂN",
        subtitles=(f"của {context.tenant_name}",),
        columns=(Column("Mục", 26), Column("Nội dung", 64)),
        rows=tuple(Row(line) for line in lines),
        kept_by=f"{context.actor.name} lập lúc {instant(now())}",
        letterhead=letterhead(
            form, Layout(), Issuer(context.tenant_name, superior=None), context.today
        ),
        margins=form.margins,
        notes=(LAW, OPEN_QUESTION, DRAWN_FROM),
    )


def _purpose(said: Processing, rule: Rule) -> Iterator[tuple[str, str]]:
    yield "Mục đích", said.purposes or PURPOSES
    yield "Người có dữ liệu được ghi", PEOPLE
    yield "Căn cứ, khi hồ sơ không ghi khác", str(BASIS_NAMES[rule.usual_basis])
    yield "Bên nhận", said.recipients or RECIPIENTS
    yield "Thời gian lưu", _retention(rule.retention_months)


def _retention(months: int | None) -> str:
    if months is None:
        return "Chưa đặt thời hạn: thông tin chỉ bị xoá khi có người làm việc đó."
    return (
        f"Người không được kết nạp: xoá thông tin sau {months} tháng kể từ bước cuối cùng; số liệu"
        " tổng hợp không đổi."
    )


def _data() -> Iterator[tuple[str, str]]:
    """Say of every table that describes people what it holds, by the classification."""
    for table, columns in OF_PEOPLE.items():
        if table in COPIES:
            yield "Bản sao", f"{COPIES[table]}; nội dung được mã hoá."
            continue
        named = [NAMES[name] for name, said in columns.items() if said is DataClass.PERSONAL]
        guarded = [NAMES[name] for name, said in columns.items() if said is DataClass.SENSITIVE]
        words = [", ".join(named)] if named else []
        if guarded:
            words.append(f"giữ kín: {', '.join(guarded)}")
        yield f"Dữ liệu: {SECTIONS[table].lower()}", "; ".join(words)


def _readers() -> Iterator[tuple[str, str]]:
    """Say of every role what it may do with which fields, by the table of field rights."""
    for role in Role:
        may = [
            f"{FIELDS[fields]} ({', '.join(_RIGHTS[right] for right in rights(role, fields))})"
            for fields in Fields
            if rights(role, fields)
        ]
        yield f"Vai trò: {ROLE_NAMES[role]}", "; ".join(may) or "không xem hồ sơ của người nào"


def _measures(rules: TwoPersonRules) -> Iterator[tuple[str, str]]:
    wanted = [
        ("xoá thông tin cá nhân", rules.erasure),
        (f"xuất danh sách trên {rules.export_rows} người", rules.export_rows is not None),
        ("sáp nhập đảng bộ", rules.merging),
    ]
    two = [words for words, is_wanted in wanted if is_wanted]
    yield from MEASURES.items()
    yield "Biện pháp: hai người duyệt", ", ".join(two) or "chưa đặt việc nào"
