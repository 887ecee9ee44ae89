"""Five places in the demonstration, so that what they published of their cadre work is what the ledger answers.

The numbers are of speeches and articles of 2020 to 2023; units are real, people are invented.
"""

from services.demo.city.world import CityWorld
from services.demo.published import bac_giang, ha_noi, kien_an, mong_cai, thu_dau_mot
from services.demo.published.acts import PlaceRecorder

PUBLISHED_PLACES = (kien_an, mong_cai, thu_dau_mot, bac_giang, ha_noi)


def record_places(world: CityWorld) -> None:
    """After everything else has happened in the world."""
    for place in PUBLISHED_PLACES:
        place.record(PlaceRecorder(world, place.KEY))
