"""The published contract, generated from the topics: a JSON Schema per fact in its envelope, and an AsyncAPI
document."""

from collections.abc import Iterable
from typing import Any

import msgspec

from shared.contract.cloudevents import SCHEMA_URN
from shared.contract.counting_notices import NOTICE_TAG, CountingChanged
from shared.core.facts import F, Fact, Recorded, Topic

DIALECT = "https://json-schema.org/draft/2020-12/schema"
CIPHERTEXT = (
    "Personal: `sealed:` and ciphertext in base64 (AES-GCM), under a key that is not part of the events."
)
GUARANTEES = (
    "Facts are never changed or taken back: a correction is a fact of its own (ledger.corrected). "
    "Names of facts, fields and values are for ever; facts, values and fields with a default may be added, "
    "so accept what you do not know. Records of one stream have one key and come in order; delivery is at "
    "least once: drop repeats by (site, topic, epoch, seq). `seq` has no holes within (site, topic, epoch), "
    "so a hole is a loss. In a tree of sites a fact may cease to count (a fork), and count again: "
    "ledger.counting-changed says so; it is no fact, and has an epoch of its own."
)
HEADERS = {
    "ce_specversion": "1.0",
    "ce_id": "Id of the event (UUIDv7), the same in every copy.",
    "ce_source": "/sites/{site}/{topic}",
    "ce_type": "Tag of the fact; says which schema the value has.",
    "ce_subject": "The stream: what the fact is about. Also the key of the record.",
    "ce_time": "When it was recorded (UTC).",
    "ce_dataschema": f"{SCHEMA_URN}{{tag}}: the file schemas/{{tag}}.json.",
    "ce_site": "The installation that recorded it.",
    "ce_epoch": "One writer process of that site, from its first write on; within it, seq counts.",
    "ce_seq": "1, 2, 3, … without holes within (site, topic, epoch).",
    "ce_known": "Of a fact of another site that counts here, and of ledger.counting-changed: since when that is so.",
    "ce_traceparent": "W3C trace context of the request that led to it, if there was one.",
    "traceparent": "The same, where tracers look for it.",
    "content-type": "application/json",
}
OPTIONAL_HEADERS = {"ce_known", "ce_traceparent", "traceparent"}


def build_schemas(topics: Iterable[Topic[Any]]) -> dict[str, dict[str, Any]]:
    """JSON Schemas by tag. They describe the stored bytes: a default is left out there and means what `default`
    says."""
    notice = _schema_of(NOTICE_TAG, msgspec.json.schema(Recorded[CountingChanged]))  # type: ignore[type-var]
    facts = {tag: _schema(topic, tag, kind) for topic in topics for tag, kind in topic.kinds.items()}
    return {**facts, NOTICE_TAG: notice}


def _schema(topic: Topic[F], tag: str, kind: type[Fact]) -> dict[str, Any]:
    schema = msgspec.json.schema(Recorded[kind])  # type: ignore[valid-type]  # a type made at run time
    fact = schema["$defs"][kind.__name__]
    for name in topic.personal.get(kind, ()) if tag.startswith(f"{topic.name}.") else ():
        fact["properties"][name] |= {
            "x-personal": True,
            "x-class": topic.class_of(kind, name),
            "description": CIPHERTEXT,
        }
    return _schema_of(tag, schema)


def _schema_of(tag: str, schema: dict[str, Any]) -> dict[str, Any]:
    schema_body: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(schema))
    return {"$schema": DIALECT, "$id": SCHEMA_URN + tag, "title": tag, **schema_body}


def build_asyncapi(topics: Iterable[Topic[Any]]) -> dict[str, Any]:
    """The AsyncAPI 3.0 document. Payloads are referred to by file, relative to the document."""
    topic_list = list(topics)
    kinds: dict[str, type[msgspec.Struct]] = {
        tag: kind for topic in topic_list for tag, kind in topic.kinds.items()
    }
    kinds[NOTICE_TAG] = CountingChanged
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Cadre Ledger",
            "version": "1",
            "description": GUARANTEES,
            "license": {"name": "Apache-2.0"},
        },
        "servers": {
            "kafka": {
                "host": "{broker}",
                "protocol": "kafka",
                "description": "A cluster's broker: every fact a record, CloudEvents 1.0 in binary mode.",
                "variables": {"broker": {"default": "localhost:9092"}},
            },
            "feed": {
                "host": "{host}",
                "pathname": "/feeds",
                "protocol": "http",
                "description": "Every installation: /feeds/{topic} in pages (a batch of CloudEvents), "
                "/feeds/{topic}/live as Server-Sent Events.",
                "variables": {"host": {"default": "localhost:8000"}},
            },
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in topic_list},
        "operations": {
            f"tell-{topic.name}": {"action": "send", "channel": {"$ref": f"#/channels/{topic.name}"}}
            for topic in topic_list
        },
        "components": {
            "messages": {tag: _message(tag, kind) for tag, kind in kinds.items()},
            "schemas": {
                "headers": {
                    "type": "object",
                    "properties": {
                        name: {"type": "string", "description": description}
                        for name, description in HEADERS.items()
                    },
                    "required": [name for name in HEADERS if name not in OPTIONAL_HEADERS],
                }
            },
        },
    }


def _channel(topic: Topic[F]) -> dict[str, object]:
    return {
        "address": topic.name,
        "description": f"Every fact of {topic.name}, kept for ever.",
        "messages": {tag: {"$ref": f"#/components/messages/{tag}"} for tag in (*topic.kinds, NOTICE_TAG)},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "topicConfiguration": {
                    "cleanup.policy": ["delete"],
                    "retention.ms": -1,
                    "retention.bytes": -1,
                },
            }
        },
    }


def _message(tag: str, kind: type[msgspec.Struct]) -> dict[str, object]:
    return {
        "name": tag,
        "title": kind.__name__,
        "summary": (kind.__doc__ or tag).partition("\n")[0],
        "headers": {"$ref": "#/components/schemas/headers"},
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": {"$ref": f"./schemas/{tag}.json"},
        },
        "bindings": {"kafka": {"key": {"type": "string", "description": "The stream."}}},
    }


def build_contract_files(topics: Iterable[Topic[Any]]) -> dict[str, bytes]:
    """The contract as files, by path in its folder."""
    topic_list = list(topics)
    schema_files = {f"schemas/{tag}.json": schema for tag, schema in build_schemas(topic_list).items()}
    return {
        name: format_json(content)
        for name, content in {"asyncapi.json": build_asyncapi(topic_list), **schema_files}.items()
    }


def format_json(content: object) -> bytes:
    """JSON as it is kept in files: indented, with a line end."""
    return msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"
