"""The measures and segments that every tenant begins with; the codes are shared by all files.

Slots follow from the order here; a later addition goes to the end.
"""

from dataclasses import dataclass

from app.measures.rules import Attribute, Origin, SegmentDraft


@dataclass(frozen=True)
class DefaultMeasure:
    """A measure with the kind of step that it counts."""

    code: str
    name_vi: str
    name_en: str
    counted_step: str


def _by(attribute: Attribute, code: str, name_vi: str, name_en: str, *any_of: str) -> SegmentDraft:
    return SegmentDraft(
        code=code,
        name_vi=name_vi,
        name_en=name_en,
        origin=Origin.ATTRIBUTE,
        attribute=attribute,
        any_of=any_of,
    )


def _stated(code: str, name_vi: str, name_en: str) -> SegmentDraft:
    return SegmentDraft(code=code, name_vi=name_vi, name_en=name_en)


def _introducer(code: str, name_vi: str, name_en: str) -> SegmentDraft:
    return SegmentDraft(code=code, name_vi=name_vi, name_en=name_en, origin=Origin.INTRODUCER)


MEASURES = (
    DefaultMeasure("source", "Quần chúng ưu tú được tạo nguồn", "Sources listed", "listed"),
    DefaultMeasure("certificate", "Học lớp nhận thức về Đảng", "Class certificates", "certificate"),
    DefaultMeasure("introduction", "Giới thiệu cho Đảng", "Introductions", "introduction"),
    DefaultMeasure("admission", "Kết nạp đảng viên", "Admissions", "decision"),
    DefaultMeasure("recognition", "Công nhận chính thức", "Recognitions", "recognition"),
    DefaultMeasure("removal", "Xóa tên", "Removals", "removal"),
)

SEGMENTS = (
    _by(Attribute.SEX, "female", "Nữ", "Women", "female"),
    SegmentDraft(
        code="ethnic_minority",
        name_vi="Dân tộc thiểu số",
        name_en="Ethnic minorities",
        origin=Origin.ATTRIBUTE,
        attribute=Attribute.ETHNICITY,
        none_of=("Kinh",),
        is_sensitive=True,
    ),
    SegmentDraft(
        code="religious",
        name_vi="Có đạo",
        name_en="Religious",
        origin=Origin.ATTRIBUTE,
        attribute=Attribute.RELIGION,
        none_of=("Không",),
        is_sensitive=True,
    ),
    _by(
        Attribute.EDUCATION,
        "lower_secondary",
        "Học vấn trung học cơ sở",
        "Lower secondary schooling",
        "lower_secondary",
    ),
    _by(
        Attribute.EDUCATION,
        "upper_secondary",
        "Học vấn trung học phổ thông",
        "Upper secondary schooling",
        "upper_secondary",
    ),
    _by(
        Attribute.QUALIFICATION,
        "university",
        "Trình độ đại học trở lên",
        "University degree or above",
        "university",
        "postgraduate",
    ),
    SegmentDraft(
        code="age_18_30",
        name_vi="Tuổi 18–30",
        name_en="Aged 18–30",
        origin=Origin.ATTRIBUTE,
        attribute=Attribute.AGE,
        age_from=18,
        age_to=30,
    ),
    _stated("youth_union", "Đoàn viên thanh niên", "Youth Union members"),
    _stated("civil_servant", "Cán bộ, công chức", "Civil servants"),
    _stated("public_employee", "Viên chức", "Public employees"),
    _stated("teacher", "Giáo viên", "Teachers"),
    _stated("worker", "Công nhân", "Workers"),
    _stated("farmer", "Nông dân", "Farmers"),
    _stated("student", "Học sinh, sinh viên", "Students"),
    _stated("militia", "Dân quân", "Militia"),
    _stated("armed_forces", "Lực lượng vũ trang", "Armed forces"),
    _stated("private_owner", "Chủ doanh nghiệp tư nhân", "Private-enterprise owners"),
    _stated("private_enterprise", "Doanh nghiệp ngoài nhà nước", "Private enterprises"),
    SegmentDraft(
        code="residential",
        name_vi="Khu dân cư",
        name_en="Residential cells",
        is_residential=True,
    ),
    _introducer("youth_union", "Đoàn Thanh niên", "Youth Union"),
    _introducer("women", "Hội Liên hiệp Phụ nữ", "Women's Union"),
    _introducer("farmers", "Hội Nông dân", "Farmers' Union"),
    _introducer("veterans", "Hội Cựu chiến binh", "Veterans' Association"),
    _introducer("trade_union", "Công đoàn", "Trade Union"),
    _introducer("fatherland_front", "Mặt trận Tổ quốc", "Fatherland Front"),
    _introducer("party_member", "Đảng viên chính thức", "Official Party members"),
)
