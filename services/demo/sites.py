"""The sites of `make demo-sites`: a province with the demonstration, a city below it, and two wards below the city."""

from typing import NamedTuple

from services.importing.batches import derive_id
from services.importing.vietnam import GSO_SCHEME
from services.sites.events import SiteLevel


class DemoSite(NamedTuple):
    """One of them. `place`: its unit, by `LEVEL/CODE#LIFE` of the official list. `parent`: empty at the top."""

    id: str
    name: str
    level: SiteLevel
    place: str
    parent: str = ""

    @property
    def unit(self) -> str:
        return derive_id(GSO_SCHEME, "unit", self.place)


DEMO_SITES = (
    DemoSite("quang-ninh", "Tỉnh Quảng Ninh", SiteLevel.PROVINCE, "1/22#1"),
    DemoSite("mong-cai", "Thành phố Móng Cái", SiteLevel.DISTRICT, "2/194#1", "quang-ninh"),
    DemoSite("mong-cai-1", "Phường Móng Cái 1", SiteLevel.COMMUNE, "2/06712#1", "mong-cai"),
    DemoSite("mong-cai-2", "Phường Móng Cái 2", SiteLevel.COMMUNE, "2/06709#1", "mong-cai"),
)
"""In an order in which each can be admitted by its parent."""
