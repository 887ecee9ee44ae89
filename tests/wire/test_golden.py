"""Every fact type of every topic has one stored line, which is read and written again byte for byte."""

import json
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest

from services.bootstrap.services import SERVICES
from shared.core.facts import Corrected, Fact, Recorded, Topic
from tests.wire.golden import GOLDEN, fault, stored


def defaults_of(kind: type[Any]) -> dict[str, Any]:
    fields = msgspec.structs.fields(kind)
    known = {each.name: each.default for each in fields if each.default is not msgspec.NODEFAULT}
    made = {
        each.name: each.default_factory() for each in fields if each.default_factory is not msgspec.NODEFAULT
    }
    return dict(json.loads(msgspec.json.encode({**known, **made})))


def types_in(hint: Any) -> set[Any]:
    """Every struct and enumeration that a value of this type may hold."""
    if get_origin(hint) in (Union, UnionType, tuple, dict):
        return {found for each in get_args(hint) for found in types_in(each)}
    if not isinstance(hint, type):
        return set()
    within = get_type_hints(hint).values() if issubclass(hint, msgspec.Struct) else ()
    return {found for each in within for found in types_in(each)} | (
        {hint} if issubclass(hint, Enum | msgspec.Struct) else set()
    )


TOPICS = [service.topic for service in SERVICES.values()]
KINDS = {tag: kind for topic in TOPICS for tag, kind in topic.kinds.items()}
HELD = sorted(
    {held for kind in KINDS.values() for held in types_in(kind)}, key=lambda kind: str(kind.__name__)
)
EVERY = [pytest.param(topic, tag, id=f"{topic.name}/{tag}") for topic in TOPICS for tag in topic.kinds]


@pytest.mark.parametrize(("topic", "tag"), EVERY)
def test_every_fact_is_read_and_written_as_it_was_stored(topic: Topic[Any], tag: str) -> None:
    assert not (said := fault(topic, tag, stored(tag))), said


def test_no_stored_fact_has_been_forgotten() -> None:
    forgotten = sorted({file.stem for file in GOLDEN.glob("*.json")} - KINDS.keys())
    assert not forgotten, f"stored but no longer known: {forgotten}; names of facts are for ever"


def test_a_field_left_out_means_today_what_it_meant_then() -> None:
    """Defaults are not stored, so a changed default would change the past."""
    defaults = json.loads((Path(__file__).parent / "defaults.json").read_text(encoding="utf-8"))
    kinds: dict[str, Any] = {**KINDS, "": Recorded}
    found = {tag: defaults_of(kind) for tag, kind in kinds.items()}
    changed = [
        f"{tag or 'the envelope'}.{name}: {value!r} became {found[tag].get(name)!r}"
        for tag, fields in defaults.items()
        for name, value in fields.items()
        if tag in found and found[tag].get(name) != value
    ]
    missing = sorted(found.keys() - defaults.keys())
    assert not changed, changed
    assert not missing, (
        f"store in tests/wire/defaults.json: {json.dumps({tag: found[tag] for tag in missing}, ensure_ascii=False)}"
    )


def test_a_stored_value_of_an_enumeration_is_known_for_ever() -> None:
    stored_values = json.loads((Path(__file__).parent / "values.json").read_text(encoding="utf-8"))
    enumerations = [kind for kind in HELD if issubclass(kind, Enum)]
    found = {kind.__name__: [member.value for member in kind] for kind in enumerations}
    forgotten = {
        name: sorted(set(values) - set(found.get(name, ()))) for name, values in stored_values.items()
    }
    missing = {
        name: values for name, values in found.items() if set(values) - set(stored_values.get(name, ()))
    }
    assert not any(forgotten.values()), f"values that were stored: {forgotten}"
    assert not missing, f"new values; store in tests/wire/values.json: {json.dumps(missing)}"


@pytest.mark.parametrize("kind", [kind for kind in HELD if issubclass(kind, msgspec.Struct)])
def test_defaults_are_left_out_so_that_what_is_stored_may_grow(kind: type[msgspec.Struct]) -> None:
    assert kind.__struct_config__.omit_defaults, f"{kind.__name__} needs omit_defaults=True"


class Made(Fact, frozen=True, tag="toy.made"):
    what: str
    size: int = 1


class MadeLonger(Fact, frozen=True, tag="toy.made"):
    what: str
    size: int = 1
    colour: str = ""


class MadeRenamed(Fact, frozen=True, tag="toy.made"):
    thing: str
    size: int = 1


class MadeShorter(Fact, frozen=True, tag="toy.made"):
    what: str


class MadeStricter(Fact, frozen=True, tag="toy.made"):
    what: str
    maker: str
    size: int = 1


class MadeOtherwise(Fact, frozen=True, tag="toy.produced"):
    what: str
    size: int = 1


LINE = Topic[Any]("toy", Made).encode(
    {
        "event_id": "1",
        "site": "s",
        "epoch": "e",
        "seq": 1,
        "stream": "x",
        "version": 1,
        "recorded_at": "t",
        "actor": "a",
    }
    | {"command_id": "", "lamport": 1, "fact": {"type": "toy.made", "what": "ship", "size": 2}}
)


@pytest.mark.parametrize("kind", [Made, MadeLonger], ids=["as it was", "with one field more"])
def test_a_fact_may_grow_by_a_field_with_a_default(kind: type[Fact]) -> None:
    assert fault(Topic("toy", kind), "toy.made", LINE) == ""


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (MadeRenamed, "no longer read"),
        (MadeShorter, "no longer what was stored"),
        (MadeStricter, "no longer read"),
        (MadeOtherwise, "no longer known"),
    ],
    ids=["a field renamed", "a field dropped", "a field demanded", "a new name"],
)
def test_nothing_else_about_a_fact_may_change(kind: type[Fact], said: str) -> None:
    assert said in fault(Topic("toy", kind), "toy.made", LINE)


def test_a_missing_line_is_given_in_the_message() -> None:
    said = fault(Topic("toy", Made), "toy.made", None)
    assert "toy.made has no golden line" in said
    assert '"what":"a","size":2' in said


def test_corrections_are_read_by_every_topic() -> None:
    assert all(topic.kinds["ledger.corrected"] is Corrected for topic in TOPICS)
