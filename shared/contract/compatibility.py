"""Compares two sets of schemas: whether programs that read today's events can read tomorrow's, and what is stored."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_Schema = Mapping[str, Any]
DESCRIPTIVE_KEYWORDS = {"title", "description", "$id", "$schema", "$defs", "$ref", "examples"}
COMPARED_KEYWORDS = {
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
class BreakingChange:
    """A change that breaks readers: what and where, and how to reach the aim without it."""

    what: str
    where: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. {self.remedy}."


def find_breaking_changes(old: Mapping[str, _Schema], new: Mapping[str, _Schema]) -> list[BreakingChange]:
    """Changes between the released and the new schemas, by tag, that break readers; empty when all can go on.

    New facts, new fields with a default, new values of an enumeration and other descriptions are harmless.
    """
    changes: list[BreakingChange] = []
    for tag, schema in old.items():
        if tag not in new:
            remedy = "Facts are stored for ever: keep it, and say in its docstring what to use instead"
            changes.append(BreakingChange("the fact is gone", tag, remedy))
        else:
            changes += _Comparison(schema, new[tag]).compare(schema, new[tag], tag)
    return changes


class _Comparison:
    """Two documents whose references point within themselves; each pair of definitions is compared once."""

    def __init__(self, old: _Schema, new: _Schema) -> None:
        self.old, self.new = old, new
        self.seen: set[tuple[Any, Any]] = set()

    def compare(self, old: _Schema, new: _Schema, where: str) -> Iterator[BreakingChange]:
        old_schema, new_schema = _follow_reference(self.old, old), _follow_reference(self.new, new)
        if (
            old_schema.get("default", MISSING) != new_schema.get("default", MISSING)
            and "default" in old_schema
        ):
            meaning = new_schema.get("default", "it may not be left out")
            what = f"left out, it meant {old_schema['default']!r}; now {meaning!r}"
            yield BreakingChange(what, where, "Defaults are not stored, so they may never change")
        refs = (old.get("$ref"), new.get("$ref"))
        if any(refs) and refs in self.seen:
            return
        self.seen.add(refs)
        if old_schema.get("type") != new_schema.get("type"):
            what = f"its type was {old_schema.get('type', 'any')} and is {new_schema.get('type', 'any')}"
            yield BreakingChange(
                what, where, "Add a field of another name with the new type, and keep this one"
            )
            return
        yield from self._compare_values(old_schema, new_schema, where)
        yield from self._compare_fields(old_schema, new_schema, where)
        for keyword in {"items", "additionalProperties"} & {*old_schema, *new_schema}:
            yield from self._compare_part(
                old_schema.get(keyword, {}), new_schema.get(keyword, {}), f"{where}[]"
            )
        for keyword in ("anyOf", "oneOf"):
            yield from self._compare_alternatives(
                old_schema.get(keyword, ()), new_schema.get(keyword, ()), where
            )
        rest = {
            keyword
            for keyword in (*old_schema, *new_schema)
            if keyword not in DESCRIPTIVE_KEYWORDS | COMPARED_KEYWORDS and not keyword.startswith("x-")
        }
        for keyword in sorted(rest):
            if old_schema.get(keyword) != new_schema.get(keyword):
                old_value, new_value = (part.get(keyword, "not given") for part in (old_schema, new_schema))
                what = f"{keyword} was {old_value} and is {new_value}"
                yield BreakingChange(what, where, "What is stored was not bound by it: leave it as it was")

    def _compare_values(
        self, old_schema: _Schema, new_schema: _Schema, where: str
    ) -> Iterator[BreakingChange]:
        if ("enum" in old_schema) != ("enum" in new_schema):
            what = "it takes only some values now" if "enum" in new_schema else "any value may come now"
            yield BreakingChange(what, where, "Add a field of another name, and keep this one")
        for value in old_schema.get("enum", ()):
            if value not in new_schema.get("enum", (value,)):
                remedy = "It is stored for ever: keep the value, and let the rules reject it where it is not wanted"
                yield BreakingChange(f"the value {value!r} is gone", where, remedy)

    def _compare_fields(
        self, old_schema: _Schema, new_schema: _Schema, where: str
    ) -> Iterator[BreakingChange]:
        old_required, new_required = set(old_schema.get("required", ())), set(new_schema.get("required", ()))
        fields: _Schema = new_schema.get("properties", {})
        for name, schema in old_schema.get("properties", {}).items():
            if name not in fields:
                yield BreakingChange(
                    "the field is gone", f"{where}.{name}", "Keep it, with a default if it had one"
                )
                continue
            if name in old_required - new_required:
                remedy = "Keep it required; those who read it count on it"
                yield BreakingChange("the field may be left out now", f"{where}.{name}", remedy)
            yield from self.compare(schema, fields[name], f"{where}.{name}")
        for name in sorted(new_required - old_required):
            remedy = "What is stored does not have it: give it a default"
            yield BreakingChange("the field is required now", f"{where}.{name}", remedy)

    def _compare_part(self, old_schema: Any, new_schema: Any, where: str) -> Iterator[BreakingChange]:
        if isinstance(old_schema, Mapping) and isinstance(new_schema, Mapping):
            yield from self.compare(old_schema, new_schema, where)
        elif old_schema != new_schema:
            yield BreakingChange(f"it held {old_schema} and holds {new_schema}", where, "Leave it as it was")

    def _compare_alternatives(self, old_schema: Any, new_schema: Any, where: str) -> Iterator[BreakingChange]:
        if len(old_schema) != len(new_schema):
            what = f"it had {len(old_schema)} forms and has {len(new_schema)}"
            yield BreakingChange(
                what, where, "Add a field of another name with the new form, and keep this one"
            )
            return
        for number, (one, other) in enumerate(zip(old_schema, new_schema, strict=True)):
            yield from self.compare(one, other, f"{where}|{number}")


def _follow_reference(document: _Schema, schema: _Schema) -> _Schema:
    """The schema with its reference followed; keywords beside the reference count too (2020-12)."""
    if ref := schema.get("$ref"):
        return {**document["$defs"][str(ref).removeprefix("#/$defs/")], **schema}
    return schema
