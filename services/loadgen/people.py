"""Invented people: names by the frequencies of real ones, so that many are called alike."""

from functools import cache
from random import Random

from services.demo.city.names import GIVEN_NAMES, HOME_PLACES, MIDDLE_NAMES, SURNAMES
from services.loadgen.shape import WeightedChoice, load_shape
from services.loadgen.world import GENERATED_NOTE, iso
from services.personnel.events import Category, Registered

RETIRES = {"M": 60, "F": 55}


@cache
def _names() -> tuple[WeightedChoice[str], dict[str, WeightedChoice[str]], dict[str, tuple[str, ...]]]:
    common = {name: share for name, share in load_shape()["surnames"].items() if name != "mark"}
    rare = {name: weight for name, weight in SURNAMES.items() if name not in common}
    part = (100 - sum(common.values())) / sum(rare.values())
    surnames = WeightedChoice(common | {name: weight * part for name, weight in rare.items()})
    return (
        surnames,
        {sex: WeightedChoice(each) for sex, each in MIDDLE_NAMES.items()},
        {s: tuple(g.split()) for s, g in GIVEN_NAMES.items()},
    )


def draw_person(chance: Random, filed: int, born: int, sex: str, number: int) -> Registered:
    surnames, middles, given = _names()
    name = f"{surnames(chance)} {middles[sex](chance)} {chance.choice((*given[sex][:20] * 2, *given[sex]))}"
    if chance.random() < load_shape()["other_spelling"]["share"]:
        name = name.replace("úy", "uý").replace("òa", "oà")
    birth = f"{born}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
    return Registered(
        effective_from=iso(filed),
        name=name,
        sex=sex,
        birth=birth if chance.random() < 0.9 else birth[:4],
        ethnicity="Kinh" if chance.random() < 0.87 else "Tày",
        home_place=chance.choice(HOME_PLACES),
        cadre_no=f"G-{number:07d}",
        category=Category.CADRE,
        note=GENERATED_NOTE,
    )
