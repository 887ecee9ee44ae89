"""Every change that would break a reader is seen, with a way to mend it; harmless ones pass."""

from copy import deepcopy
from typing import Any

import pytest

from shared.contract.compatibility import find_breaking_changes

BEFORE: dict[str, Any] = {
    "made": {
        "$ref": "#/$defs/Recorded",
        "$defs": {
            "Recorded": {
                "title": "Recorded",
                "type": "object",
                "properties": {"seq": {"type": "integer"}, "fact": {"$ref": "#/$defs/Made"}},
                "required": ["seq", "fact"],
            },
            "Made": {
                "type": "object",
                "properties": {
                    "what": {"type": "string"},
                    "size": {"type": "integer", "default": 1},
                    "kind": {"$ref": "#/$defs/Kind", "default": "SHIP"},
                    "other": {"$ref": "#/$defs/Kind", "default": "SHIP"},
                    "day": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
                    "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}, "default": []},
                    "more": {"type": "object", "additionalProperties": {"type": "string"}, "default": {}},
                },
                "required": ["what"],
            },
            "Kind": {"enum": ["HOUSE", "SHIP"]},
            "Part": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "of": {"$ref": "#/$defs/Part"}},
                "required": ["name"],
            },
        },
    }
}
MADE = ("made", "$defs", "Made", "properties")
GONE = object()
BREAKING: dict[str, tuple[tuple[Any, ...], Any, str]] = {
    "a fact removed": (("made",), GONE, "made: the fact is gone"),
    "a field removed": ((*MADE, "size"), GONE, "made.fact.size: the field is gone"),
    "a field of another type": (
        (*MADE, "size", "type"),
        "string",
        "made.fact.size: its type was integer and is",
    ),
    "a field that may be empty now": (
        (*MADE, "what"),
        {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "made.fact.what: its type was string and is any",
    ),
    "a new required field": (
        ("made", "$defs", "Made", "required"),
        ["what", "maker"],
        "made.fact.maker: the field is required now",
    ),
    "a required field that may be left out": (
        ("made", "$defs", "Made", "required"),
        [],
        "made.fact.what: the field may be left out now",
    ),
    "another default": ((*MADE, "size", "default"), 2, "made.fact.size: left out, it meant 1; now 2"),
    "another default beside a reference": ((*MADE, "kind", "default"), "HOUSE", "left out, it meant 'SHIP'"),
    "another default where the reference was met before": (
        (*MADE, "other", "default"),
        "HOUSE",
        "made.fact.other",
    ),
    "no default": ((*MADE, "size", "default"), GONE, "made.fact.size: left out, it meant 1"),
    "a value removed": (
        ("made", "$defs", "Kind", "enum"),
        ["SHIP"],
        "made.fact.kind: the value 'HOUSE' is gone",
    ),
    "free text narrowed to values": (
        (*MADE, "what", "enum"),
        ["a"],
        "made.fact.what: it takes only some values",
    ),
    "values widened to free text": (("made", "$defs", "Kind"), {}, "made.fact.kind: any value may come now"),
    "a new bound": ((*MADE, "size", "minimum"), 0, "made.fact.size: minimum was not given and is 0"),
    "one form less": (
        (*MADE, "day", "anyOf"),
        [{"type": "string"}],
        "made.fact.day: it had 2 forms and has 1",
    ),
    "another form": ((*MADE, "day", "anyOf", 0, "type"), "integer", "made.fact.day|0: its type was string"),
    "another thing in a list": (
        (*MADE, "parts", "items"),
        {"type": "string"},
        "made.fact.parts[]: its type was",
    ),
    "a field of a thing in a list": (("made", "$defs", "Part", "properties", "name"), GONE, "parts[].name"),
    "other values in a map": (
        (*MADE, "more", "additionalProperties"),
        {"type": "integer"},
        "made.fact.more[]",
    ),
    "nothing else allowed": (
        ("made", "$defs", "Made", "additionalProperties"),
        False,
        "made.fact[]: it held {} and holds False",
    ),
    "the envelope": (
        ("made", "$defs", "Recorded", "properties", "seq", "type"),
        "string",
        "made.seq: its type",
    ),
}
HARMLESS: dict[str, tuple[tuple[Any, ...], Any]] = {
    "nothing": (("made", "title"), "made"),
    "another fact": (("sold",), {"type": "object"}),
    "a field with a default": ((*MADE, "colour"), {"type": "string", "default": ""}),
    "a new value": (("made", "$defs", "Kind", "enum"), ["BRIDGE", "HOUSE", "SHIP"]),
    "other words": ((*MADE, "what", "description"), "What was made."),
    "a mark of ours": ((*MADE, "what", "x-personal"), True),
    "a new definition": (("made", "$defs", "Colour"), {"enum": ["RED"]}),
}


def changed(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    after = deepcopy(BEFORE)
    place: Any = after
    for step in path[:-1]:
        place = place[step]
    if value is GONE:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return after


@pytest.mark.parametrize(("path", "value", "said"), BREAKING.values(), ids=BREAKING.keys())
def test_what_would_break_a_reader_is_seen(path: tuple[Any, ...], value: Any, said: str) -> None:
    found = [str(each) for each in find_breaking_changes(BEFORE, changed(path, value))]
    assert any(said in each for each in found), found
    assert all(each.remedy for each in find_breaking_changes(BEFORE, changed(path, value)))


@pytest.mark.parametrize(("path", "value"), HARMLESS.values(), ids=HARMLESS.keys())
def test_what_a_reader_does_not_notice_passes(path: tuple[Any, ...], value: Any) -> None:
    assert find_breaking_changes(BEFORE, changed(path, value)) == []
