"""Compares two sets of schemas: whether programs that read today's events can read tomorrow's, and what is stored."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
SAYS_NOTHING = {"title", "description", "$id", "$schema", "$defs", "$ref", "examples"}
COMPARED = {
    "type",
    "properties",
    "required",
    "enum",
    "anyOf",
    "oneOf",
    "items",
    "additionalProperties",
    "default",
}
MISSING = object()


@dataclass(frozen=True)
class Breaking:
    """A change that breaks readers: what and where, and how to reach the aim without it."""

    what: str
    where: str
    mend: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. {self.mend}."


def breaking(old: Mapping[str, Schema], new: Mapping[str, Schema]) -> list[Breaking]:
    """Changes between the released and the new schemas, by tag, that break readers; empty when all can go on.

    New facts, new fields with a default, new values of an enumeration and other descriptions are harmless.
    """
    found: list[Breaking] = []
    for tag, schema in old.items():
        if tag not in new:
            mend = "Facts are stored for ever: keep it, and say in its docstring what to use instead"
            found.append(Breaking("the fact is gone", tag, mend))
        else:
            found += _Pair(schema, new[tag]).compare(schema, new[tag], tag)
    return found


class _Pair:
    """Two documents whose references point within themselves; each pair of definitions is compared once."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self.old, self.new = old, new
        self.seen: set[tuple[Any, Any]] = set()

    def compare(self, old: Schema, new: Schema, where: str) -> Iterator[Breaking]:
        was, is_ = _resolved(self.old, old), _resolved(self.new, new)
        if was.get("default", MISSING) != is_.get("default", MISSING) and "default" in was:
            what = (
                f"left out, it meant {was['default']!r}; now {is_.get('default', 'it may not be left out')!r}"
            )
            yield Breaking(what, where, "Defaults are not stored, so they may never change")
        refs = (old.get("$ref"), new.get("$ref"))
        if any(refs) and refs in self.seen:
            return
        self.seen.add(refs)
        if was.get("type") != is_.get("type"):
            what = f"its type was {was.get('type', 'any')} and is {is_.get('type', 'any')}"
            yield Breaking(what, where, "Add a field of another name with the new type, and keep this one")
            return
        yield from self._values(was, is_, where)
        yield from self._fields(was, is_, where)
        for word in {"items", "additionalProperties"} & {*was, *is_}:
            yield from self._part(was.get(word, {}), is_.get(word, {}), f"{where}[]")
        for word in ("anyOf", "oneOf"):
            yield from self._alternatives(was.get(word, ()), is_.get(word, ()), where)
        rest = {
            word for word in (*was, *is_) if word not in SAYS_NOTHING | COMPARED and not word.startswith("x-")
        }
        for word in sorted(rest):
            if was.get(word) != is_.get(word):
                what = f"{word} was {was.get(word, 'not said')} and is {is_.get(word, 'not said')}"
                yield Breaking(what, where, "What is stored was not bound by it: leave it as it was")

    def _values(self, was: Schema, is_: Schema, where: str) -> Iterator[Breaking]:
        if ("enum" in was) != ("enum" in is_):
            what = "it takes only some values now" if "enum" in is_ else "any value may come now"
            yield Breaking(what, where, "Add a field of another name, and keep this one")
        for value in was.get("enum", ()):
            if value not in is_.get("enum", (value,)):
                mend = "It is stored for ever: keep the value, and reject it in the rules where it is no longer wanted"
                yield Breaking(f"the value {value!r} is gone", where, mend)

    def _fields(self, was: Schema, is_: Schema, where: str) -> Iterator[Breaking]:
        needed, needs = set(was.get("required", ())), set(is_.get("required", ()))
        fields: Schema = is_.get("properties", {})
        for name, schema in was.get("properties", {}).items():
            if name not in fields:
                yield Breaking(
                    "the field is gone", f"{where}.{name}", "Keep it, with a default if it had one"
                )
                continue
            if name in needed - needs:
                mend = "Keep it required; those who read it count on it"
                yield Breaking("the field may be left out now", f"{where}.{name}", mend)
            yield from self.compare(schema, fields[name], f"{where}.{name}")
        for name in sorted(needs - needed):
            mend = "What is stored does not have it: give it a default"
            yield Breaking("the field is required now", f"{where}.{name}", mend)

    def _part(self, was: Any, is_: Any, where: str) -> Iterator[Breaking]:
        if isinstance(was, Mapping) and isinstance(is_, Mapping):
            yield from self.compare(was, is_, where)
        elif was != is_:
            yield Breaking(f"it held {was} and holds {is_}", where, "Leave it as it was")

    def _alternatives(self, was: Any, is_: Any, where: str) -> Iterator[Breaking]:
        if len(was) != len(is_):
            what = f"it had {len(was)} forms and has {len(is_)}"
            yield Breaking(what, where, "Add a field of another name with the new form, and keep this one")
            return
        for number, (one, other) in enumerate(zip(was, is_, strict=True)):
            yield from self.compare(one, other, f"{where}|{number}")


def _resolved(document: Schema, schema: Schema) -> Schema:
    """The schema with its reference followed; keywords beside the reference count too (2020-12)."""
    if ref := schema.get("$ref"):
        return {**document["$defs"][str(ref).removeprefix("#/$defs/")], **schema}
    return schema
