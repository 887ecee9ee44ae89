"""What an OpenAPI document leaves out: summaries, descriptions, examples, schemas and refusals."""

from collections.abc import Iterator
from typing import Any

METHODS = ("get", "put", "post", "delete", "patch")
WITHOUT_CONTENT = ("204", "303")
"""Statuses of answers that have no body: done, and go on elsewhere."""
Document = dict[str, Any]


def list_operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    """(path, method, operation)."""
    for path, ways in document["paths"].items():
        for method, operation in ways.items():
            if method in METHODS:
                yield path, method, operation


def resolve(document: Document, part: Document) -> Document:
    """What a reference leads to; anything else is itself."""
    while "$ref" in part:
        place: Any = document
        for step in part["$ref"].removeprefix("#/").split("/"):
            place = place[step]
        part = place
    return part


def find_missing_of_operation(document: Document, operation: Document) -> list[str]:
    """What one operation does not say."""
    missing = [word for word in ("operationId", "summary", "description", "tags") if not operation.get(word)]
    silent = [each for each in operation.get("parameters", ()) if not each.get("description")]
    missing += [f"description of parameter {each['name']}" for each in silent]
    body = operation.get("requestBody")
    for content in body["content"].values() if body else ():
        missing += [word for word in ("schema", "example") if word not in content]
    for status, response in operation["responses"].items():
        described_part = resolve(document, response)
        if not described_part.get("description"):
            missing.append(f"description of {status}")
        if status == "303" and "Location" not in described_part.get("headers", {}):
            missing.append("Location of 303")
        if bool(described_part.get("content")) is (status in WITHOUT_CONTENT):
            missing.append(f"content of {status}")
        if int(status) >= 400 and list(described_part.get("content", ())) != ["application/problem+json"]:
            missing.append(f"problem+json of {status}")
    return missing


def find_missing_of_schema(document: Document, name: str) -> list[str]:
    """What one schema does not say of itself and its fields."""
    schema = document["components"]["schemas"][name]
    missing = [] if schema.get("description") else ["description"]
    for field, described_part in schema.get("properties", {}).items():
        if not described_part.get("description") and not any(
            map(_described, _choices(document, described_part))
        ):
            missing.append(f"description of {field}")
    return missing


def _choices(document: Document, schema: Document) -> Iterator[Document]:
    """What a field may be, and what a list of it holds."""
    yield resolve(document, schema)
    for each in schema.get("anyOf", ()):
        yield resolve(document, each)
    if isinstance(schema.get("items"), dict):
        yield resolve(document, schema["items"])


def _described(schema: Document) -> bool:
    return bool(schema.get("description"))


def find_reachable_schemas(document: Document, part: Any) -> set[str]:
    """Names of all schemas that a part of the document leads to."""
    names: set[str] = set()
    waiting = [part]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            if str(each.get("$ref", "")).startswith("#/components/"):
                name = each["$ref"]
                if name not in names:
                    names.add(name)
                    waiting.append(resolve(document, each))
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
    return {name.rpartition("/")[2] for name in names if "/schemas/" in name}
