"""A stored event as others receive it: CloudEvents 1.0 attributes around the stored bytes, which are not decoded."""

import re
from collections.abc import Mapping

import msgspec

SCHEMA_URN = "urn:cadre-ledger:schema:"
_TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)


class Envelope(msgspec.Struct):
    """The part of a stored event that does not depend on the kind of fact."""

    event_id: str
    site: str
    epoch: str
    seq: int
    stream: str
    recorded_at: str
    correlation: str = ""


class CloudEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An event in the CloudEvents 1.0 form; `site`, `epoch`, `seq` and `cursor` are our extensions.

    `traceparent` is the distributed tracing extension of the specification.
    """

    specversion: str
    """1.0."""
    id: str
    """Id of the event, the same in every copy."""
    source: str
    """/sites/{site}/{topic}"""
    type: str
    """Tag of the fact."""
    subject: str
    """The stream: id of what the fact is about."""
    time: str
    """When it was recorded (UTC)."""
    dataschema: str
    """Which schema the data has: urn:cadre-ledger:schema:{tag}, served at /schemas/{tag}."""
    datacontenttype: str
    """application/json"""
    site: str
    """The installation that recorded it."""
    epoch: str
    """One span of time in which a process at that site alone could write."""
    seq: int
    """1, 2, 3 and so on without holes within (site, topic, epoch)."""
    traceparent: str = ""
    """W3C trace context of the request that led to it."""
    cursor: str = ""
    """Where the event is in its feed: what `after` takes."""
    data: msgspec.Raw
    """The stored envelope with the fact in it."""


class _Fact(msgspec.Struct):
    type: str


class _Tagged(msgspec.Struct):
    fact: _Fact


decode_envelope = msgspec.json.Decoder(Envelope).decode
_decode_tag = msgspec.json.Decoder(_Tagged).decode
KNOWN_HEADER = "ce_known"
"""Header of an event of another site: since when it is known here."""
DECODE_ERRORS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding raises for bytes that are no event of ours."""


def build_cloud_event(topic: str, tag: str, state: bytes, cursor: str = "") -> CloudEvent:
    """The event with attributes from its envelope; `state`, the stored bytes, is its data."""
    event = decode_envelope(state)
    return CloudEvent(
        specversion="1.0",
        id=event.event_id,
        source=f"/sites/{event.site}/{topic}",
        type=tag,
        subject=event.stream,
        time=event.recorded_at,
        dataschema=SCHEMA_URN + tag,
        datacontenttype="application/json",
        site=event.site,
        epoch=event.epoch,
        seq=event.seq,
        traceparent=parse_traceparent(event.correlation),
        cursor=cursor,
        data=msgspec.Raw(state),
    )


def read_tag(state: bytes) -> str:
    """The tag of the fact in a stored event."""
    return _decode_tag(state).fact.type


def build_headers(event: CloudEvent) -> list[tuple[str, bytes]]:
    """Kafka headers of the binary mode: every attribute a header, and the trace context also where tracers look for
    it."""
    fields: Mapping[str, object] = {
        f"ce_{name}": getattr(event, name)
        for name in event.__struct_fields__
        if name not in ("data", "datacontenttype", "cursor")
    }
    values = {**fields, "traceparent": event.traceparent, "content-type": event.datacontenttype}
    return [(name, str(value).encode()) for name, value in values.items() if value]


def parse_traceparent(text: str) -> str:
    """The text if it is a trace context (W3C), else empty."""
    return text if _TRACEPARENT.fullmatch(text) else ""
