"""Translates the words of the official list of units: kinds, levels, and codes that carry their level."""

from services.organization.events import Kind
from shared.core.facts import Code

KIND_OF_WORD = {
    "tỉnh": Kind.PROVINCE,
    "thành phố trung ương": Kind.MUNICIPALITY,
    "thành phố trực thuộc trung ương": Kind.MUNICIPALITY,
    "quận": Kind.URBAN_DISTRICT,
    "huyện": Kind.RURAL_DISTRICT,
    "thị xã": Kind.DISTRICT_TOWN,
    "xã": Kind.COMMUNE,
    "phường": Kind.WARD,
    "thị trấn": Kind.TOWNSHIP,
    "đặc khu": Kind.SPECIAL_ZONE,
    "huyện đảo": Kind.RURAL_DISTRICT,
    "thành phố thuộc tỉnh": Kind.PROVINCIAL_CITY,
    "thành phố thuộc thành phố": Kind.SUB_CITY,
    "thị trấn nông trường": Kind.TOWNSHIP,
}
GRASSROOTS = {Kind.COMMUNE, Kind.WARD, Kind.TOWNSHIP, Kind.SPECIAL_ZONE}
LIST_LEVELS = ("1", "2", "3")


def find_kind(level: str, type_: str, in_municipality: bool) -> Kind:
    """The kind of unit; `thành phố` depends on its level and province, and an unknown word, such as those of kinds
    that ended before (`khu tự trị`, `liên khu`, `phủ`, `tổng`), is OTHER and stays as the label."""
    word = " ".join(type_.lower().split())
    if word == "thành phố":
        if level == "1":
            return Kind.MUNICIPALITY
        return Kind.SUB_CITY if in_municipality else Kind.PROVINCIAL_CITY
    return KIND_OF_WORD.get(word, Kind.OTHER)


def find_level(level: str, kind: Kind) -> str:
    """The level of a unit: the second level of the list is a district until 30 June 2025 and a ward or commune
    after."""
    if level == "1":
        return "PROVINCE"
    return "COMMUNE" if level == "3" or kind in GRASSROOTS else "DISTRICT"


def build_unit_code(scheme: str, level: str, code: str) -> Code:
    """The code `LEVEL/CODE`, because the same digits can name a province, a district and a commune."""
    return Code(scheme, f"{level}/{code}")


def build_parent_code(scheme: str, level: str, code: str) -> Code:
    """The code of a parent that the source names but does not contain, kept with the child."""
    return Code(f"{scheme}:parent", f"{level}/{code}")
