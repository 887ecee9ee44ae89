"""For every field of every fact that a reaction reads: amending it gives what recording the amended fact at first gives
(integrity.md, section 2)."""

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from services.appointment.events import Appointed, Designated, Elected, Holding
from services.bootstrap.services import open_embedded_ledger
from services.organization.events import DissolutionReason, PostAbolished, PostCreated, UnitDissolved
from services.personnel.events import RecordsMerged, Registered, ServiceEnd, ServiceEnded, ServiceResumed
from services.planning.events import AddedToPlanning, RoundOpened
from services.rotation.events import MoveKind, Rotated, RotationEnded, RotationOutcome, Transferred
from shared.core.clock import new_id
from shared.core.decider import Rejected
from shared.core.facts import Corrected
from shared.core.partial_dates import Day
from shared.core.timeline import timeline
from shared.operations.settings import load
from shared.runtime.embedded import EmbeddedLedger
from shared.testing import amend, on
from tests.corrections.test_order import BY, OLD, Story


class World(Story):
    """A cadre with a main post and a concurrent one, planned for two others; the file of the same person that gets
    merged has a post too."""

    def __init__(self, ledger: EmbeddedLedger) -> None:
        super().__init__(ledger)
        self.file, self.lists, self.free = new_id(), (new_id(), new_id()), new_id()
        created = PostCreated(unit=self.other, title="Phó chủ tịch", effective_from=OLD)
        self.record("organization", self.free, created)
        self.tell("appoint 0", "2010-01-01")
        self.tell("appoint 1", "2010-01-01")
        self.record("personnel", self.file, Registered(name="An", effective_from=OLD))
        held = Appointed(
            tenure=f"other-{self.an}",
            post=self.next_post,
            holding=Holding.ACTING,
            effective_from=on("2010-01-01"),
        )
        self.record("appointment", self.file, held)
        for list_, post in zip(self.lists, (self.posts[0], self.next_post), strict=True):
            opened = RoundOpened(owner=self.other, title_set=list_, term="t", effective_from=on("2009-01-01"))
            self.record("planning", list_, opened)
            entry = AddedToPlanning(
                entry=f"e-{list_}", cadre=self.an, post=post, effective_from=on("2011-01-01")
            )
            self.record("planning", list_, entry)

    def facts(self) -> list[Any]:
        """All facts that count about the two files, with names in the place of ids that differ between worlds."""
        streams = [("appointment", self.an), ("appointment", self.file), ("rotation", self.an)]
        streams += [("planning", list_) for list_ in self.lists]
        events = [(topic, e) for topic, s in streams for e in self.ledger.logs[topic].load_stream(s)]
        causes = [("organization", self.unit), ("organization", self.other), ("personnel", self.an)]
        causes += [("organization", post) for post in (*self.posts, self.next_post)]
        named = [(topic, e) for topic, s in causes for e in self.ledger.logs[topic].load_stream(s)]
        names = {
            event.event_id: f"{self.ledger.logs[topic].topic.tag(event.fact)} by {event.actor}"
            for topic, event in (*events, *named)
        }
        places = (
            self.unit,
            self.other,
            self.an,
            self.file,
            *self.posts,
            self.next_post,
            self.free,
            *self.lists,
        )
        names |= {id_: f"id {number}" for number, id_ in enumerate(places)}
        counted = [
            event for topic, s in streams for event in timeline(self.ledger.logs[topic].load_stream(s))
        ]
        texts = [f"{event.stream} {event.cause} {_told_by(event.fact)}" for event in counted]
        for id_, name in names.items():
            texts = [text.replace(id_, name) for text in texts]
        return sorted(texts)


def _told_by(fact: Any) -> str:
    """As JSON, without the findings of rules, which were judged by what was known then."""
    return msgspec.json.encode(replace(fact, findings=())).decode()


Make = Callable[[World], Any]
"""The fact of a world that is amended."""


def transferred(world: World, kind: MoveKind) -> Transferred:
    left = "" if kind is MoveKind.SECONDMENT else world.tenure("0")
    move, to_post, when = f"m-{world.an}", world.next_post, on("2015-01-01")
    return Transferred(move=move, kind=kind, from_tenure=left, to_post=to_post, effective_from=when)


CAUSES: dict[str, tuple[str, Callable[[World], str], Make]] = {
    "dissolved": (
        "organization",
        lambda world: world.unit,
        lambda world: UnitDissolved(reason=DissolutionReason.MERGED, effective_from=on("2020-01-01")),
    ),
    "abolished": (
        "organization",
        lambda world: world.posts[0],
        lambda world: PostAbolished(reason="r", effective_from=on("2020-01-01")),
    ),
    "planned post abolished": (
        "organization",
        lambda world: world.next_post,
        lambda world: PostAbolished(reason="r", effective_from=on("2020-01-01")),
    ),
    "retired": (
        "personnel",
        lambda world: world.an,
        lambda world: ServiceEnded(kind=ServiceEnd.RETIRED, effective_from=on("2020-01-01")),
    ),
    "rotated": (
        "rotation",
        lambda world: world.an,
        lambda world: Rotated(
            rotation=f"r-{world.an}",
            from_tenure=world.tenure("0"),
            to_post=world.next_post,
            effective_from=on("2015-01-01"),
        ),
    ),
    "transferred": ("rotation", lambda world: world.an, lambda world: transferred(world, MoveKind.TRANSFER)),
    "seconded": ("rotation", lambda world: world.an, lambda world: transferred(world, MoveKind.SECONDMENT)),
    "replaced": ("rotation", lambda world: world.an, lambda world: transferred(world, MoveKind.REPLACEMENT)),
    "appointed": (
        "appointment",
        lambda world: world.an,
        lambda world: Appointed(
            tenure=f"new-{world.an}",
            post=world.next_post,
            holding=Holding.CONCURRENT,
            effective_from=on("2015-01-01"),
        ),
    ),
    "elected": (
        "appointment",
        lambda world: world.an,
        lambda world: Elected(
            tenure=f"new-{world.an}",
            post=world.next_post,
            election="v",
            holding=Holding.CONCURRENT,
            effective_from=on("2015-01-01"),
        ),
    ),
    "designated": (
        "appointment",
        lambda world: world.an,
        lambda world: Designated(
            tenure=f"new-{world.an}",
            post=world.next_post,
            authority="a",
            legal_basis="l",
            holding=Holding.CONCURRENT,
            effective_from=on("2015-01-01"),
        ),
    ),
}
"""Facts that reactions of other services react to: (topic, its stream, the fact)."""


def ended(world: World) -> None:
    _, stream, make = CAUSES["rotated"]
    world.record("rotation", stream(world), make(world))


AFTER: dict[str, tuple[Callable[[World], None], tuple[str, Callable[[World], str], Make]]] = {
    "rotation ended": (
        ended,
        (
            "rotation",
            lambda world: world.an,
            lambda world: RotationEnded(
                rotation=f"r-{world.an}",
                outcome=RotationOutcome.RETURNED,
                next_post=world.posts[0],
                effective_from=on("2019-01-01"),
            ),
        ),
    ),
    "merged with one who retired": (
        lambda world: (
            world.record(
                "personnel",
                world.an,
                ServiceEnded(kind=ServiceEnd.RETIRED, effective_from=on("2020-01-01")),
            )
            and None
        ),
        (
            "personnel",
            lambda world: world.an,
            lambda world: RecordsMerged(merged=world.file, reason="r", effective_from=on("2021-01-01")),
        ),
    ),
    "back in service": (
        lambda world: (
            world.record(
                "personnel",
                world.an,
                ServiceEnded(kind=ServiceEnd.RETIRED, effective_from=on("2012-01-01")),
            )
            and None
        ),
        (
            "personnel",
            lambda world: world.an,
            lambda world: ServiceResumed(effective_from=on("2014-01-01")),
        ),
    ),
}
"""Facts that come after another one."""


def values_of(world: World, fact: Any, name: str) -> Iterator[Any]:
    """Other values of a field."""
    value = getattr(fact, name)
    match name:
        case "effective_from":
            yield from ("2018-03-01", "2018", "2019-06")
        case "decided_on":
            yield Day(on("2014-05-05"))
        case "decision" | "reorganisation" | "note":
            yield "x-1"
        case "managed_by":
            yield world.other
        case "to_post" | "next_post" | "post":
            yield from (world.free, "")
        case "from_tenure":
            yield from ("", world.tenure("1"))
        case "confidentiality" | "findings" | "codes" | "tenure":
            return
        case _ if isinstance(value, Enum):
            yield from (each for each in type(value) if each is not value)
        case _ if value is None and name in ("until", "expected_end"):
            yield Day(on("2022-01-01"))
        case _ if type(value) is int and name != "term_no":
            yield value + 7


def told(ledger: EmbeddedLedger, name: str, fact: Make | None = None) -> tuple[World, str, str, str]:
    world = World(ledger)
    if name in AFTER:
        before, (topic, stream, make) = AFTER[name]
        before(world)
    else:
        topic, stream, make = CAUSES[name]
    _, _, event_id = world.record(topic, stream(world), (fact or make)(world))
    return world, topic, stream(world), event_id


def amended(ledger: EmbeddedLedger, name: str, values: dict[str, Any]) -> list[Any] | str:
    """The facts after a fact was told and then amended; "refused" where it was."""
    world, topic, stream, event_id = told(ledger, name)
    same = {key: value(world) if callable(value) else value for key, value in values.items()}
    correction = replace(amend(event_id, **msgspec.to_builtins(same)), consequences="apply")
    try:
        ledger.apps[topic].correct(stream, correction, BY)
    except Rejected:
        return "refused"
    ledger.project_pending()
    return world.facts()


def told_at_first(ledger: EmbeddedLedger, name: str, values: dict[str, Any]) -> list[Any] | str:
    make = AFTER[name][1][2] if name in AFTER else CAUSES[name][2]

    def changed(world: World) -> Any:
        same = {key: value(world) if callable(value) else value for key, value in values.items()}
        return replace(make(world), **same)

    try:
        world, *_ = told(ledger, name, changed)
    except Rejected:
        return "refused"
    return world.facts()


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedLedger]:
    ledger = open_embedded_ledger(load(tmp_path_factory.mktemp("home")))
    yield ledger
    ledger.close()


PLACES: tuple[Callable[[World], str], ...] = (
    lambda world: world.other,
    lambda world: world.free,
    lambda world: world.tenure("1"),
)


def in_every_world(world: World, value: Any) -> Any:
    """A value, or how to find it in another world, where it is an id of this one."""
    return next((find for find in PLACES if value == find(world)), value)


@pytest.mark.parametrize("name", [*CAUSES, *AFTER])
def test_amending_gives_what_recording_so_at_first_gives(ledger: EmbeddedLedger, name: str) -> None:
    sample = World(ledger)
    make = AFTER[name][1][2] if name in AFTER else CAUSES[name][2]
    fact = make(sample)
    tried = 0
    for field in fact.__struct_fields__:
        for value in values_of(sample, fact, field):
            values = {field: in_every_world(sample, value)}
            expected = told_at_first(ledger, name, values)
            assert amended(ledger, name, values) == expected, (field, value)
            tried += not isinstance(expected, str)
    assert tried > 5, "most were accepted"


def test_nothing_else_is_recorded_by_a_correction_that_changes_nothing_of_it(ledger: EmbeddedLedger) -> None:
    world, topic, stream, event_id = told(ledger, "rotated")
    before = ledger.logs["appointment"].position()
    ledger.apps[topic].correct(stream, amend(event_id, note="n"), BY)
    ledger.project_pending()
    assert ledger.logs["appointment"].position() == before
    assert not any(isinstance(e.fact, Corrected) for e in ledger.logs["appointment"].load_stream(world.an))
