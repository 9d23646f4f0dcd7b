"""Vietnamese names for invented people."""

from collections.abc import Mapping
from random import Random

from app.demo.chance import happens, weighted

_FAMILIES: Mapping[str, int] = {
    "Nguyễn": 36,
    "Trần": 11,
    "Lê": 9,
    "Phạm": 6,
    "Hoàng": 4,
    "Phan": 4,
    "Vũ": 4,
    "Đặng": 3,
    "Bùi": 3,
    "Đỗ": 4,
    "Ngô": 3,
    "Dương": 2,
    "Đào": 1,
    "Đoàn": 1,
    "Vương": 1,
    "Trịnh": 1,
    "Trương": 1,
    "Đinh": 1,
    "Phùng": 2,
    "Mai": 1,
    "Tạ": 1,
    "Kim": 1,
    "Khổng": 1,
    "Hà": 1,
}
_FAMILIES_BY_ETHNICITY: Mapping[str, Mapping[str, int]] = {
    "Sán Dìu": {"Lưu": 4, "Trương": 4, "Diệp": 3, "Ôn": 2, "Lâm": 3, "Từ": 2, "Lục": 2, "Đàm": 1},
    "Sán Chay": {"Trần": 4, "Hoàng": 3, "Lý": 2, "Ninh": 2, "Tiêu": 1, "Sầm": 1},
    "Dao": {"Triệu": 4, "Đặng": 3, "Bàn": 3, "Lý": 3, "Phùng": 2, "Dương": 2},
    "Tày": {"Nông": 3, "Hoàng": 4, "Lương": 2, "Ma": 2, "Hứa": 1, "Vi": 1},
    "Nùng": {"Nông": 4, "Hoàng": 3, "Lương": 2, "Vi": 2, "Chu": 1},
    "Mường": {"Bùi": 8, "Đinh": 4, "Quách": 3, "Hà": 3, "Bạch": 2, "Xa": 1, "Phùng": 1},
    "Thái": {"Hà": 3, "Lò": 2, "Vì": 2, "Khà": 2, "Lường": 1},
}
_MIDDLES: Mapping[str, Mapping[str, int]] = {
    "female": {
        "Thị": 46,
        "Thu": 7,
        "Thanh": 7,
        "Ngọc": 6,
        "Minh": 4,
        "Phương": 5,
        "Hồng": 4,
        "Bích": 3,
        "Kim": 3,
        "Mai": 2,
        "Thúy": 4,
        "Khánh": 3,
        "Diệu": 2,
    },
    "male": {
        "Văn": 40,
        "Đức": 8,
        "Minh": 6,
        "Quang": 6,
        "Hữu": 5,
        "Xuân": 5,
        "Thanh": 4,
        "Ngọc": 4,
        "Công": 4,
        "Đình": 4,
        "Trung": 4,
        "Tuấn": 3,
        "Anh": 3,
        "Mạnh": 3,
        "Duy": 4,
    },
}
_GIVEN: Mapping[str, tuple[str, ...]] = {
    "female": (
        *("Lan", "Hương", "Hoa", "Hà", "Hằng", "Hạnh", "Hiền", "Huyền", "Linh", "Loan", "Mai"),
        *("Nga", "Ngân", "Ngọc", "Nhung", "Oanh", "Phương", "Quyên", "Quỳnh", "Thảo", "Thu"),
        *("Thúy", "Thủy", "Trang", "Trinh", "Tuyết", "Uyên", "Vân", "Yến", "Anh", "Chi", "Dung"),
        *("Duyên", "Giang", "Liên", "Lý", "My", "Nguyệt", "Tâm", "Xuân"),
    ),
    "male": (
        *("An", "Bình", "Chiến", "Cường", "Dũng", "Duy", "Đạt", "Đông", "Đức", "Hải", "Hiếu"),
        *("Hòa", "Hoàng", "Hùng", "Hưng", "Huy", "Khánh", "Kiên", "Lâm", "Long", "Mạnh", "Minh"),
        *("Nam", "Nghĩa", "Phong", "Phúc", "Quân", "Quang", "Quyết", "Sơn", "Tân", "Thái"),
        *("Thành", "Thắng", "Thịnh", "Tiến", "Toàn", "Trung", "Trường", "Tú", "Tuấn", "Tùng"),
        *("Việt", "Vinh", "Vũ"),
    ),
}
_SECOND_MIDDLES = {name: weight for name, weight in _MIDDLES["female"].items() if name != "Thị"}
_PERCENT_WITH_SECOND_MIDDLE_NAME = 35


def full_name(rng: Random, sex: str, ethnicity: str) -> str:
    """Draw a name: family, middle and given name, after "Thị" often a second middle name."""
    family = weighted(rng, _FAMILIES_BY_ETHNICITY.get(ethnicity, _FAMILIES))
    words = [family, weighted(rng, _MIDDLES[sex])]
    if words[-1] == "Thị" and happens(rng, _PERCENT_WITH_SECOND_MIDDLE_NAME):
        words.append(weighted(rng, _SECOND_MIDDLES))
    given = rng.choice([name for name in _GIVEN[sex] if name not in words])
    return " ".join([*words, given])
