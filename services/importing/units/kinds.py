"""What the words of the official list of units mean: kinds, levels, and codes that carry their level."""

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
}
GRASSROOTS = {Kind.COMMUNE, Kind.WARD, Kind.TOWNSHIP, Kind.SPECIAL_ZONE}
LIST_LEVELS = ("1", "2", "3")


def find_kind(level: str, type_: str, in_municipality: bool) -> Kind:
    """A `thành phố` is what its level and its province make it; a word not in the list is OTHER."""
    word = " ".join(type_.lower().split())
    if word == "thành phố":
        if level == "1":
            return Kind.MUNICIPALITY
        return Kind.SUB_CITY if in_municipality else Kind.PROVINCIAL_CITY
    return KIND_OF_WORD.get(word, Kind.OTHER)


def find_level(level: str, kind: Kind) -> str:
    """The second level of the list is a district until 30 June 2025 and a ward or commune after."""
    if level == "1":
        return "PROVINCE"
    return "COMMUNE" if level == "3" or kind in GRASSROOTS else "DISTRICT"


def build_unit_code(scheme: str, level: str, code: str) -> Code:
    """The same digits name a province, a district and a commune; `LEVEL/CODE` tells them apart."""
    return Code(scheme, f"{level}/{code}")


def build_parent_code(scheme: str, level: str, code: str) -> Code:
    """Kept with a unit whose parent the source names but does not contain."""
    return Code(f"{scheme}:parent", f"{level}/{code}")
