"""JSON Schemas of types, as they are shown in the OpenAPI document.

The docstring below a field is its description; dates have a format, values of an enumeration their labels.
"""

import ast
import inspect
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from shared.core.facts import Fact, Recorded, Topic
from shared.core.localized_enum import LocalizedEnum
from shared.core.partial_dates import Day, Instant, PDate

Schema = dict[str, Any]

REFERENCE = "#/components/schemas/"
PROPOSED = "Proposed"
"""Begins the name of a fact's schema without its tag: the body of the route of that fact."""
PARTIAL_DATE = r"^(~?(\d{4}(-\d{2}(-\d{2})?)?)?|\.\.\d{4}-\d{2}-\d{2})$"
PARTIAL_DATE_WORDS = (
    "2025-06-30, 2025-06, 2025, ..2025-06-30 (on or before), ~1995 (about), or empty: unknown."
)


def build_component_schemas(kinds: Iterable[Any]) -> dict[str, Schema]:
    """The schemas of all these types and of the types of their fields, by name, with descriptions."""
    wanted = list(kinds)
    _, schemas = msgspec.json.schema_components(wanted, ref_template=REFERENCE + "{name}")
    classes = {name: kind for kind in _classes(wanted) for name in _msgspec_names(kind)}
    for name, schema in schemas.items():
        kind = classes.get(name) or classes.get(name.partition("_")[0])
        if kind and issubclass(kind, msgspec.Struct):
            _describe_struct(schema, kind)
        elif kind and issubclass(kind, LocalizedEnum):
            _describe_enum(schema, kind)
    renamed: dict[str, Schema] = _renamed(schemas, {name: plain_name(name) for name in schemas})
    return {name: {**schema, "title": name} for name, schema in renamed.items()}


def build_recorded_schema(topic: Topic[Any]) -> dict[str, Schema]:
    """The envelope around any fact of a topic, under a name of its own: `RecordedAppointmentFact`."""
    kinds = list(topic.kinds.values())
    first: Any = kinds[0]
    envelope: Schema = build_component_schemas([Recorded[first]])[plain_name(f"Recorded_{first.__name__}_")]
    envelope["properties"]["fact"] = {"description": "What happened.", **one_of(kinds)}
    envelope["title"] = recorded_schema_name(topic)
    return {envelope["title"]: envelope}


def recorded_schema_name(topic: Topic[Any]) -> str:
    """The name of the schema of a topic's recorded facts."""
    return f"Recorded{topic.name.title()}Fact"


def schema_of(kind: Any) -> Schema:
    """A reference to the schema of a type, or the schema itself where it has no name."""
    (schema,), _ = msgspec.json.schema_components([kind], ref_template=REFERENCE + "{name}")
    refs = {name.removeprefix(REFERENCE) for name in find_references(schema)}
    renamed: Schema = _renamed(schema, {name: plain_name(name) for name in refs})
    return renamed


def one_of(kinds: Iterable[type[Fact]]) -> Schema:
    """Any of these facts, told apart by `type`."""
    mapping = {str(kind.__struct_config__.tag): REFERENCE + kind.__name__ for kind in kinds}
    return {
        "oneOf": [{"$ref": ref} for ref in mapping.values()],
        "discriminator": {"propertyName": "type", "mapping": mapping},
    }


def plain_name(name: str) -> str:
    """Without module paths: `services.planning.events.Vote` is `PlanningVote`, `Page_Row_` is `PageOfRow`."""
    if path := re.fullmatch(r"(?:services|shared)\.(\w+)(?:\.\w+)*\.(\w+)", name):
        return path[1].title() + path[2]
    if generic := re.fullmatch(r"([A-Za-z]+)_(\w+?)_", name):
        return f"{generic[1]}Of{plain_name(generic[2])}"
    return re.sub(r"\W", "", name)


def _renamed(part: Any, names: Mapping[str, str]) -> Any:
    """The schemas under their new names, and what refers to them."""
    if isinstance(part, dict):
        return {names.get(key, key): _renamed(value, names) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [_renamed(each, names) for each in part]
    if isinstance(part, str) and part.startswith(REFERENCE):
        name = part.removeprefix(REFERENCE)
        return REFERENCE + names.get(name, name)
    return part


def _msgspec_names(kind: type[Any]) -> tuple[str, str]:
    return kind.__name__, f"{kind.__module__}.{kind.__qualname__}"


def _classes(kinds: Iterable[Any]) -> list[type[Any]]:
    """Every struct and enumeration in these types, however deep."""
    classes: dict[type[Any], None] = {}
    waiting = list(kinds)
    while waiting:
        hint = waiting.pop()
        waiting += get_args(hint)
        kind = get_origin(hint) or hint
        if (
            isinstance(kind, type)
            and kind not in classes
            and issubclass(kind, msgspec.Struct | LocalizedEnum)
        ):
            classes[kind] = None
            if issubclass(kind, msgspec.Struct):
                waiting += get_type_hints(kind).values()
    return list(classes)


def _describe_struct(schema: Schema, kind: type[msgspec.Struct]) -> None:
    docs, hints = field_docs(kind), get_type_hints(kind)
    for name, field in schema.get("properties", {}).items():
        if name == "type" and name not in hints:
            field |= {"type": "string", "description": "Tag of the fact."}
            continue
        _describe_text(field, hints.get(name))
        if description := " ".join(each for each in (docs.get(name), field.get("description")) if each):
            field["description"] = description


def _describe_text(field: Schema, hint: Any) -> None:
    """The format of the text in a field: a day, a partial date or an instant."""
    leaves = set(_leaves(hint))
    for part in _parts(field):
        if "enum" in part and "type" not in part:
            part["type"] = "string"
            part["enum"] = sorted(part["enum"])
        if part.get("type") != "string" or "enum" in part:
            continue
        if PDate in leaves or (Day in leaves and field.get("default") == ""):
            part |= {"pattern": PARTIAL_DATE}
            field.setdefault("description", PARTIAL_DATE_WORDS)
        elif Day in leaves:
            part["format"] = "date"
        elif Instant in leaves:
            part["format"] = "date-time"


def _leaves(hint: Any) -> Iterator[Any]:
    if of := get_args(hint):
        for each in of:
            yield from _leaves(each)
    else:
        yield hint


def _parts(schema: Schema) -> Iterator[Schema]:
    """The schema of a field and those inside it."""
    yield schema
    for each in (*schema.get("anyOf", ()), *schema.get("prefixItems", ())):
        yield from _parts(each)
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            yield from _parts(schema[name])


def _describe_enum(schema: Schema, kind: type[LocalizedEnum]) -> None:
    """Values in their own order, each with its labels."""
    lines = [f"- `{value.value}`: {value.en} ({value.vi})" for value in kind]
    words = inspect.cleandoc(kind.__doc__ or "") if kind.__doc__ != LocalizedEnum.__doc__ else ""
    schema |= {
        "type": "string",
        "enum": [value.value for value in kind],
        "description": "\n".join([*([words, ""] if words else []), *lines]),
    }


def field_docs(kind: type[Any]) -> dict[str, str]:
    """The docstrings below the fields of a class and of its bases, by field."""
    docs: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if issubclass(base, msgspec.Struct) and base is not msgspec.Struct:
            docs |= _docs_of_module(base.__module__).get(base.__qualname__, {})
    return docs


@cache
def _docs_of_module(module: str) -> dict[str, dict[str, str]]:
    """Docstrings below fields, by class and field. Slow, because it parses the source of the module."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {
        node.name: {
            field.target.id: " ".join(inspect.cleandoc(text.value.value).split())
            for field, text in zip(node.body, node.body[1:], strict=False)
            if isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
            and isinstance(text.value.value, str)
        }
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    }


def make_example(schema: Schema, schemas: Mapping[str, Schema], name: str = "text") -> Any:
    """A plain value that the schema allows, always the same: of an object what it demands, and the date of a fact."""
    if "$ref" in schema:
        return make_example(schemas[schema["$ref"].removeprefix(REFERENCE)], schemas, name)
    for word in ("examples", "enum"):
        if word in schema:
            return schema[word][0]
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return make_example(schema[word][0], schemas, name)
    match schema.get("type"):
        case "object":
            properties = schema.get("properties", {})
            shown = dict.fromkeys([*schema.get("required", ()), *({"effective_from"} & properties.keys())])
            return {each: make_example(properties[each], schemas, each) for each in shown}
        case "array":
            return [make_example(schema["items"], schemas, name)] if schema.get("items") else []
        case "integer" | "number":
            return max(1, schema.get("minimum", 1))
        case "boolean":
            return True
        case "null":
            return None
    if schema.get("format") == "date-time":
        return "2025-07-01T01:30:00.000000Z"
    return "2025-07-01" if "pattern" in schema or "format" in schema else f"{name}-1"


def omit_tag(schema: Schema, name: str) -> Schema:
    """The schema of a fact under another name, without its `type`."""
    properties = {key: value for key, value in schema["properties"].items() if key != "type"}
    required = [key for key in schema.get("required", ()) if key != "type"]
    return {**schema, "title": name, "properties": properties, "required": required}


def find_references(part: Any) -> Iterator[str]:
    """The names of the component schemas that any part of a document refers to."""
    if isinstance(part, dict):
        for key, each in part.items():
            if key == "$ref" and each.startswith(REFERENCE):
                yield each.removeprefix(REFERENCE)
            else:
                yield from find_references(each)
    elif isinstance(part, list | tuple):
        for each in part:
            yield from find_references(each)
