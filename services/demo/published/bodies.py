"""Records documents, bodies and people of a place; one act each."""

from random import Random
from typing import Any

from services.appointment.events import Appointed, AppointmentRoute, Elected, Holding
from services.demo.city.names import SYNTHETIC, draw_person
from services.demo.city.world import DEMO_SCHEME, CityWorld, demo_id
from services.importing.batches import derive_id
from services.importing.vietnam import GSO_SCHEME as GSO
from services.importing.vietnam import load_reform
from services.organization.events import (
    Bloc,
    DissolutionReason,
    Kind,
    PostAbolished,
    PostCreated,
    Role,
    Route,
    UnitDissolved,
    UnitEstablished,
)
from services.personnel.events import Category, Registered
from services.regulation.events import DecisionRegistered, DocumentKind
from shared.core.facts import Code, Fact
from shared.core.partial_dates import Day, PDate

LEVEL_ENDS, BEFORE_IT_ENDS = "2025-07-01", "2025-06-23"
"""The day of the reform, and the day on which its consequences were decided."""
HELD = "@"
"""Stands for the id of the primary tenure that the cadre holds when the act is recorded."""


def derive_unit_id(place: str) -> str:
    """The id of a real unit: `LEVEL/CODE#LIFE` of the official list."""
    return derive_id(GSO, "unit", place)


class BodyRecorder:
    def __init__(self, world: CityWorld, place: str) -> None:
        self.world, self.place, self.chance = world, place, Random(place)
        self.units: list[str] = []
        self.posts: dict[str, str] = {}
        """The unit of each post."""
        self.managed_by = ""

    def id(self, what: str, key: str) -> str:
        return demo_id(what, f"{self.place}/{key}")

    def record(self, recorded: str, stream: str, fact: Fact) -> None:
        """Record a fact on that day, in the topic its tag begins with."""
        topic = str(type(fact).__struct_config__.tag).partition(".")[0]
        self.world.record(Day(PDate(recorded)), topic, stream, fact, living=True)

    # documents

    def paper(
        self,
        number: str,
        issuer: str,
        signed: str,
        title: str,
        kind: DocumentKind = DocumentKind.DECISION,
    ) -> str:
        id_ = self.id("decision", f"{number} {signed}")
        fact = DecisionRegistered(
            effective_from=PDate(signed),
            number=number,
            issuer=issuer,
            signed_on=Day(PDate(signed)),
            kind=kind,
            title=title,
            note=SYNTHETIC,
        )
        self.record(signed, id_, fact)
        return id_

    # bodies

    def unit(
        self,
        key: str,
        name: str,
        kind: Kind,
        parent: str,
        day: str,
        *,
        bloc: Bloc = Bloc.GOVERNMENT,
        paper: str = "",
        known: str = "",
    ) -> str:
        """Establish a body; a day like `..2015-01-01` means that it existed by then. It ends with its district."""
        id_ = self.id("unit", key)
        fact = UnitEstablished(
            effective_from=PDate(day),
            name=name,
            kind=kind,
            bloc=bloc,
            parent=parent,
            codes=(Code(DEMO_SCHEME, f"{self.place}/{key}"),),
            baseline=day.startswith(".."),
            decision=paper,
            note=SYNTHETIC,
        )
        self.record(known or day.removeprefix(".."), id_, fact)
        self.units.append(id_)
        return id_

    def post(
        self, key: str, unit: str, title: str, role: Role, day: str, known: str = "", **more: Any
    ) -> str:
        id_ = self.id("post", key)
        fact = PostCreated(
            effective_from=PDate(day),
            unit=unit,
            title=title,
            role=role,
            codes=(Code(DEMO_SCHEME, f"{self.place}/{key}"),),
            **{"managed_by": self.managed_by, "route": Route.APPOINTED, **more},
        )
        self.record(known or day.removeprefix(".."), id_, fact)
        self.posts[id_] = unit
        return id_

    def end(
        self, unit: str, day: str, reason: DissolutionReason, paper: str, reorganisation: str = ""
    ) -> None:
        """Dissolve a body and abolish its posts; the ledger's reactions end the tenures."""
        known = "2025-06-30" if day == LEVEL_ENDS else day
        for post in [post for post, of in self.posts.items() if of == unit]:
            gone = PostAbolished(
                effective_from=PDate(day),
                reason="đơn vị kết thúc hoạt động",
                reorganisation=reorganisation,
                decision=paper,
            )
            self.record(known, post, gone)
            del self.posts[post]
        fact = UnitDissolved(
            effective_from=PDate(day), reason=reason, reorganisation=reorganisation, decision=paper
        )
        self.record(known, unit, fact)
        self.units.remove(unit)

    def end_of_level(self, paper: str) -> None:
        """On 1 July 2025 every body of the district ended with it, the lowest first."""
        for unit in reversed(list(self.units)):
            self.end(
                unit, LEVEL_ENDS, DissolutionReason.LEVEL_ABOLISHED, paper, load_reform().reorganisation("")
            )

    # people

    def person(self, key: str, known: str, born: tuple[int, int] = (1962, 1985), **more: Any) -> str:
        """Register a new person; `home_unit`, `sex`, `ethnicity` where they matter."""
        made = draw_person(self.chance, self.world.names, born, more.pop("sex", ""))
        id_ = self.id("person", key)
        fact = Registered(
            effective_from=PDate(known),
            name=made.name,
            sex=made.sex,
            birth=made.birth,
            home_place=more.pop("home_place", ""),
            cadre_no=f"DEMO-{self.place}-{key}",
            codes=(Code(DEMO_SCHEME, f"{self.place}/{key}"),),
            note=SYNTHETIC,
            **{"ethnicity": made.ethnicity, "category": Category.CADRE, **more},
        )
        self.record(known, id_, fact)
        return id_

    def people(self, key: str, number: int, known: str, **more: Any) -> list[str]:
        return [self.person(f"{key}{n:03}", known, **more) for n in range(1, number + 1)]

    def appoint(
        self, person: str, post: str, day: str, *, paper: str = "", known: str = "", **more: Any
    ) -> str:
        tenure = demo_id("tenure", f"{person}/{post}/{day}")
        fact = Appointed(
            effective_from=PDate(day),
            tenure=tenure,
            post=post,
            decision=paper,
            **{"term_months": 60, "route": AppointmentRoute.DIRECT, **more},
        )
        self.record(known or day, person, fact)
        return tenure

    def elect(self, person: str, post: str, day: str, *, known: str = "", **more: Any) -> str:
        tenure = demo_id("tenure", f"{person}/{post}/{day}")
        fact = Elected(
            effective_from=PDate(day),
            tenure=tenure,
            post=post,
            **{"election": f"{post}/{day}", "holding": Holding.PRIMARY, **more},
        )
        self.record(known or day, person, fact)
        return tenure
