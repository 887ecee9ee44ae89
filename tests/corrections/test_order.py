"""What follows is a function of the set of facts: told in any order, with corrections, the tenures are the same."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.appointment.events import Appointed, Holding
from services.bootstrap.services import open_embedded_ledger
from services.chronicle.rows import ROTATIONS, TENURES
from services.organization.events import (
    DissolutionReason,
    Kind,
    PostAbolished,
    PostCreated,
    UnitDissolved,
    UnitEstablished,
)
from services.personnel.events import Registered, ServiceEnd, ServiceEnded
from services.rotation.events import Rotated
from shared.commands.command_handler import Origin
from shared.core.clock import new_id
from shared.operations.settings import load
from shared.runtime.embedded import EmbeddedLedger
from shared.testing import amend, on, void

BY = Origin(actor="tester")
OLD = on("1990-01-01")
Act = tuple[str, str]
"""(what happens, on which day)."""
STARTS = ("2010-01-01", "2012-06-01", "2013")
ENDS = ("2014-01-01", "2015-07-01", "2016", "2018-05", "2020-01-01")
CAUSES = ("dissolve", "retire", "abolish", "rotate")
ACTS = st.tuples(
    st.lists(st.sampled_from(STARTS), min_size=1, max_size=2),
    st.dictionaries(st.sampled_from(CAUSES), st.sampled_from(ENDS), min_size=1, max_size=4),
)
CORRECTIONS = st.dictionaries(
    st.sampled_from(CAUSES), st.one_of(st.just("void"), st.just("void, void the void"), st.sampled_from(ENDS))
)


class Story:
    """A cadre's tenures in a unit that ends, from which the cadre moves and retires, told in a given order."""

    def __init__(self, ledger: EmbeddedLedger) -> None:
        self.ledger = ledger
        self.unit, self.other, self.an = new_id(), new_id(), new_id()
        self.posts, self.next_post = [new_id(), new_id()], new_id()
        for unit in (self.unit, self.other):
            self.record(
                "organization", unit, UnitEstablished(name="Xã", kind=Kind.COMMUNE, effective_from=OLD)
            )
        for post, unit in (
            (self.posts[0], self.unit),
            (self.posts[1], self.unit),
            (self.next_post, self.other),
        ):
            self.record("organization", post, PostCreated(unit=unit, title="Chủ tịch", effective_from=OLD))
        self.record("personnel", self.an, Registered(name="An", effective_from=OLD))
        self.told: dict[str, tuple[str, str, str]] = {}
        """(topic, stream, event id) by what was told."""

    def record(self, topic: str, stream: str, fact: Any) -> tuple[str, str, str]:
        result = self.ledger.apps[topic].handle(stream, fact, BY)
        self.ledger.project_pending()
        return topic, stream, result.events[-1].event_id

    def tenure(self, number: str) -> str:
        """The id of a tenure, which no other cadre has."""
        return f"t{number}-{self.an}"

    def tell(self, what: str, day: str) -> None:
        if what.startswith("correct "):
            self.correct(what.removeprefix("correct "), day)
            return
        when = on(day)
        match what.split():
            case ["appoint", number]:
                holding = Holding.PRIMARY if number == "0" else Holding.CONCURRENT
                post = self.posts[int(number)]
                fact: Any = Appointed(
                    tenure=self.tenure(number), post=post, holding=holding, effective_from=when
                )
                self.told[what] = self.record("appointment", self.an, fact)
            case ["dissolve"]:
                fact = UnitDissolved(reason=DissolutionReason.MERGED, effective_from=when)
                self.told[what] = self.record("organization", self.unit, fact)
            case ["retire"]:
                fact = ServiceEnded(kind=ServiceEnd.RETIRED, effective_from=when)
                self.told[what] = self.record("personnel", self.an, fact)
            case ["abolish"]:
                fact = PostAbolished(reason="r", effective_from=when)
                self.told[what] = self.record("organization", self.posts[0], fact)
            case ["rotate"]:
                fact = Rotated(
                    rotation="r", from_tenure=self.tenure("0"), to_post=self.next_post, effective_from=when
                )
                self.told[what] = self.record("rotation", self.an, fact)

    def correct(self, cause: str, how: str) -> None:
        """Void, void and void again, or amend."""
        topic, stream, target = self.told[cause]
        app = self.ledger.apps[topic]
        if how.startswith("void"):
            correction = replace(void(target), consequences="apply")
        else:
            correction = replace(amend(target, effective_from=how), consequences="apply")
        (recorded, *_) = app.correct(stream, correction, BY).events
        self.ledger.project_pending()
        if how == "void, void the void":
            app.correct(stream, replace(void(recorded.event_id), consequences="apply"), BY)
            self.ledger.project_pending()

    def rows(self) -> list[tuple[Any, ...]]:
        """Every tenure and posting, without ids that differ from one telling to the next."""
        names = {self.posts[0]: "post 0", self.posts[1]: "post 1", self.next_post: "next"}
        tenures = self.ledger.tables.rows(TENURES, cadre_id=self.an)
        moves = self.ledger.tables.rows(ROTATIONS, cadre_id=self.an)
        return sorted(
            [
                *((names[row.post_id], row.start, row.end, bool(row.ended)) for row in tenures),
                *(("move", row.start, row.end, bool(row.ended)) for row in moves),
            ]
        )


def tell(ledger: EmbeddedLedger, acts: Sequence[Act]) -> list[tuple[Any, ...]]:
    story = Story(ledger)
    for what, day in acts:
        story.tell(what, day)
    return story.rows()


def possible_order(acts: list[Act], data: st.DataObject) -> list[Act]:
    """Some order in which each fact can be told: a correction after what it corrects, a move after the tenure that it
    names."""
    left, told = data.draw(st.permutations(acts)), list[Act]()
    while left:
        known = {what for what, _ in told}
        needs = {what: "appoint 0" if what == "rotate" else what.removeprefix("correct ") for what, _ in left}
        act = next(each for each in left if needs[each[0]] in known | {each[0]})
        left.remove(act)
        told.append(act)
    return told


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedLedger]:
    ledger = open_embedded_ledger(load(tmp_path_factory.mktemp("home")))
    yield ledger
    ledger.close()


@settings(max_examples=60, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(ACTS, CORRECTIONS, st.data())
def test_tenures_do_not_depend_on_the_order_of_telling(
    ledger: EmbeddedLedger,
    acts: tuple[list[str], dict[str, str]],
    corrections: dict[str, str],
    data: st.DataObject,
) -> None:
    starts, causes = acts
    if "rotate" in causes:
        causes = {**causes, "rotate": "2013-12-31"}
    story = [
        *((f"appoint {number}", day) for number, day in enumerate(starts)),
        *causes.items(),
        *(
            (f"correct {cause}", how)
            for cause, how in corrections.items()
            if cause in causes and cause != "rotate"
        ),
    ]
    orders = [possible_order(story, data) for _ in range(3)]
    tellings = [tell(ledger, order) for order in orders]
    assert tellings[0] == tellings[1] == tellings[2], orders
