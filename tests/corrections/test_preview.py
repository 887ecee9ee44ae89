"""What a preview lists is what applying does, no more and no less, whatever is corrected (integrity.md, section 2)."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.bootstrap.services import open_embedded_ledger
from services.organization.events import PostAbolished, UnitDissolved
from services.personnel.events import RecordsMerged, ServiceEnded
from services.rotation.events import RotationEnded, RotationOutcome
from shared.core.decider import Rejected
from shared.core.facts import AnyEvent, Corrected
from shared.core.timeline import find_void, timeline
from shared.operations.settings import load
from shared.runtime.embedded import EmbeddedLedger
from shared.testing import amend, on, void
from tests.conftest import TALLIES
from tests.corrections.test_amended_causes import World
from tests.corrections.test_order import BY

ACTS = ("dissolve", "retire", "abolish", "rotate", "return", "merge")
DAYS = ("2012-06-01", "2014", "2016-01-01", "2018-05", "2021-01-01")
COMPARED = TALLIES["previews of corrections"]
Change = tuple[str, ...]
"""(action, topic, stream, event id or kind, new values or date)."""


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedLedger]:
    ledger = open_embedded_ledger(load(tmp_path_factory.mktemp("home")))
    yield ledger
    ledger.close()


def tell(world: World, what: str, day: str) -> None:
    """Record it, where it can be true."""
    try:
        if what == "return":
            ended = RotationEnded(
                rotation="r",
                outcome=RotationOutcome.RETURNED,
                next_post=world.posts[0],
                effective_from=on(day),
            )
            world.record("rotation", world.an, ended)
        elif what == "merge":
            merged = RecordsMerged(merged=world.file, reason="r", effective_from=on(day))
            world.record("personnel", world.an, merged)
        else:
            world.tell(what, day)
    except Rejected:
        pass


@contextmanager
def refused_proposals() -> Iterator[list[str]]:
    """What the reaction runner says meanwhile of proposals that a service refused."""
    said: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("shared.commands.reaction_runner")
    logger.addHandler(handler)
    try:
        yield said
    finally:
        logger.removeHandler(handler)


def everything(world: World) -> list[tuple[str, AnyEvent]]:
    streams = {
        "organization": (world.unit, world.other, world.free, *world.posts, world.next_post),
        "personnel": (world.an, world.file),
        "appointment": (world.an, world.file),
        "rotation": (world.an,),
        "planning": world.lists,
    }
    return [
        (topic, event)
        for topic, ids in streams.items()
        for stream in ids
        for event in world.ledger.logs[topic].load_stream(stream)
    ]


def counted(world: World) -> dict[tuple[str, str, str], Any]:
    """(topic, stream, event id) -> the fact as it counts; or a correction that is not void."""
    streams: dict[tuple[str, str], list[AnyEvent]] = {}
    for topic, event in everything(world):
        streams.setdefault((topic, event.stream), []).append(event)
    found = {}
    for (topic, stream), events in streams.items():
        void, facts = find_void(events), {event.event_id: event.fact for event in timeline(events)}
        for event in events:
            if event.event_id not in void:
                found[topic, stream, event.event_id] = facts.get(event.event_id, event.fact)
    return found


def changes(
    world: World, known: list[tuple[str, AnyEvent]], before: dict[tuple[str, str, str], Any], target: str
) -> list[Change]:
    """What counts otherwise than before, beside what the correction itself says, and what void corrections say."""
    after = counted(world)
    corrected = {event.event_id: event.fact.target for _, event in known if isinstance(event.fact, Corrected)}
    same = {target}
    same |= {corrected[each[2]] for each in before if each not in after and each[2] in corrected}
    while target in corrected:
        target = corrected[target]
        same.add(target)
    found: list[Change] = []
    for (topic, stream, event_id), fact in before.items():
        now = after.get((topic, stream, event_id))
        if event_id in same or now == fact:
            continue
        if now is None:
            found.append(("VOID", topic, stream, event_id, "{}"))
        else:
            old, new = msgspec.to_builtins(fact), msgspec.to_builtins(now)
            values = {name: value for name, value in new.items() if old.get(name) != value}
            values |= {name: msgspec.to_builtins(getattr(now, name)) for name in old.keys() - new.keys()}
            found.append(("AMEND", topic, stream, event_id, str(sorted(values.items()))))
    old_ids = {event.event_id for _, event in known}
    for (topic, stream, event_id), fact in after.items():
        if event_id not in old_ids and not isinstance(fact, Corrected):
            kind = world.ledger.logs[topic].topic.tag(fact)
            found.append(("RECORD", topic, stream, kind, fact.effective_from))
    return sorted(found)


def expected_changes(plan: Any) -> list[Change]:
    return sorted(
        ("RECORD", each.service, each.stream, each.type, each.effective_from)
        if each.action == "RECORD"
        else (
            each.action,
            each.service,
            each.stream,
            each.event_id,
            str(sorted(each.new_values.items())) if each.action == "AMEND" else "{}",
        )
        for each in plan.consequences
        if not each.refused
    )


@settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    st.lists(
        st.tuples(st.sampled_from(ACTS), st.sampled_from(DAYS)), max_size=4, unique_by=lambda act: act[0]
    ),
    st.data(),
)
def test_a_preview_lists_what_applying_does(
    ledger: EmbeddedLedger, acts: list[tuple[str, str]], data: st.DataObject
) -> None:
    world = World(ledger)
    for what, day in acts:
        tell(world, what, day)
    for _ in range(2):
        correct_something(world, data)


def correct_something(world: World, data: st.DataObject) -> None:
    known = everything(world)
    topic, target = known[data.draw(st.integers(0, 9_999), label="fact") % len(known)]
    mode = data.draw(st.sampled_from(("VOID", "VOID", "AMEND")), label="mode")
    values = {"effective_from": data.draw(st.sampled_from(DAYS), label="date")} if mode == "AMEND" else {}
    correction = amend(target.event_id, **values) if values else void(target.event_id)
    correction = replace(correction, consequences=data.draw(st.sampled_from(("apply", "reopen"))))
    app = world.ledger.apps[topic]
    before = counted(world)
    try:
        plan: Any = app.preview_correction(target.stream, correction)
    except Rejected:
        with pytest.raises(Rejected):
            app.correct(target.stream, correction, BY)
        return
    if plan.rule:
        with pytest.raises(Rejected):
            app.correct(target.stream, correction, BY)
        assert everything(world) == known
        return
    with refused_proposals() as refused:
        recorded = app.correct(target.stream, correction, BY).events[0].event_id
        world.ledger.project_pending()
    COMPARED["refused in part" if refused else "compared"] += 1
    found = changes(world, known, before, target.event_id)
    assert found == expected_changes(plan), (topic, target, correction, refused)
    said = [each for each in plan.consequences if each.refused]
    assert len(said) >= bool(refused), (refused, "is listed with the rule that refuses it")
    progress: Any = app.correction_progress(target.stream, recorded)
    assert (progress.done, progress.waiting) == (progress.asked, [])


def test_the_law_is_about_something(ledger: EmbeddedLedger) -> None:
    """The stories hold facts of all kinds that it corrects, and corrections that bring others along."""
    world = World(ledger)
    for what, day in (("rotate", "2014"), ("dissolve", "2016-01-01"), ("retire", "2018-05")):
        tell(world, what, day)
    app = world.ledger.apps["organization"]
    (established,) = ledger.logs["organization"].load_stream(world.other)
    plan: Any = app.preview_correction(world.other, replace(void(established.event_id), consequences="apply"))
    assert {each.service for each in plan.consequences} == {
        "organization",
        "appointment",
        "rotation",
        "planning",
    }
    kinds = {type(event.fact) for _, event in everything(world)}
    assert kinds >= {UnitDissolved, ServiceEnded}
    assert PostAbolished not in kinds
    assert not find_void([event for _, event in everything(world)])
