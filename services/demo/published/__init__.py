"""Five real places and what they published about their cadre work, so that the ledger can answer with the same numbers.

The numbers are from speeches and articles of 2020 to 2023; units are real, people are invented.
"""

from services.demo.city.world import CityWorld
from services.demo.published import bac_giang, ha_noi, kien_an, mong_cai, thu_dau_mot
from services.demo.published.acts import PlaceRecorder

PUBLISHED_PLACES = (kien_an, mong_cai, thu_dau_mot, bac_giang, ha_noi)


def record_places(world: CityWorld) -> None:
    """Record all five places, after the rest of the demonstration."""
    for place in PUBLISHED_PLACES:
        place.record_place(PlaceRecorder(world, place.PLACE_KEY))
