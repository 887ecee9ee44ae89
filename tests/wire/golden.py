"""The stored lines, and what is wrong with one, in words."""

from pathlib import Path
from typing import Any

import msgspec

from shared.core.facts import Recorded, Topic
from shared.testing import moment
from shared.testing.histories import build_example

GOLDEN = Path(__file__).parent / "golden"


def line(fact: Any) -> Recorded[Any]:
    """The fact in an envelope with every field filled."""
    return Recorded(
        event_id="0195f2c4-5a00-7000-8000-000000000001",
        site="ward-cốc-lếu",
        epoch="0195f2c4-5a00-7000-8000-000000000000",
        seq=42,
        stream="stream-1",
        version=3,
        recorded_at=moment(0),
        actor="Trần Thị Bưởi",
        command_id="command-1",
        lamport=99,
        fact=fact,
        cause="0195f2c4-5a00-7000-8000-000000000002",
        correlation="batch-1",
    )


def fault(topic: Topic[Any], tag: str, stored: bytes | None) -> str:
    """Why this golden line no longer stands; empty when it does."""
    if stored is None:
        new = topic.encode(line(build_example(topic.kinds[tag], whole=True))).decode()
        return f"{tag} has no golden line. If the fact is new, store this in tests/wire/golden/{tag}.json:\n{new}"
    if tag not in topic.kinds:
        return (
            f"{tag} is stored but no longer known: names of facts are for ever. Old lines: {stored.decode()}"
        )
    try:
        again = topic.encode(topic.decode(stored))
    except msgspec.MsgspecError as error:
        return f"{tag} as stored before is no longer read: {error}"
    if again != stored:
        words = "is no longer what was stored: names, types and order of fields are for ever."
        return f"{tag} {words}\n-{stored.decode()}\n+{again.decode()}"
    return ""


def stored(tag: str) -> bytes | None:
    file = GOLDEN / f"{tag}.json"
    return file.read_bytes().rstrip(b"\n") if file.exists() else None
