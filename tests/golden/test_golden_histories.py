"""Every history that any version stored is read, and gives the rows it gave then. New columns may stand beside them."""

import base64
from collections import defaultdict
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.bootstrap.services import SERVICES
from services.chronicle.projections import PROJECTIONS
from shared.core.facts import Finding, Recorded
from shared.eventlog.key_store import KeyStore, decrypt_fields
from tests.golden.making import HERE, computed

HISTORIES = sorted(file.parent for file in HERE.glob("*/keys.json"))
NAMES = [history.name for history in HISTORIES]


class Kept(KeyStore):
    """The keys that were stored with a history."""

    def __init__(self, path: Path) -> None:
        texts: dict[str, str] = msgspec.json.decode(path.read_bytes())
        self._keys = {subject: base64.b64decode(key) for subject, key in texts.items()}

    def find_key(self, subject: str) -> bytes | None:
        return self._keys.get(subject)


def read(history: Path) -> dict[str, dict[str, list[Recorded[Any]]]]:
    """By topic and stream."""
    found: dict[str, dict[str, list[Recorded[Any]]]] = {}
    keys = Kept(history / "keys.json")
    for file in sorted((history / "logs").glob("*.ndjson")):
        topic = SERVICES[file.stem].topic
        streams = found.setdefault(file.stem, defaultdict(list))
        for line in file.read_bytes().splitlines():
            event = topic.decode(line)
            assert topic.encode(event) == line, "what was stored is written otherwise now"
            streams[event.stream].append(decrypt_fields(topic, event, keys))
    return found


def then(rows: list[dict[str, Any]], columns: list[str]) -> list[dict[str, Any]]:
    return [{column: row[column] for column in columns} for row in rows]


def translated(history: str, row: dict[str, Any]) -> dict[str, Any]:
    """A row of a version that joined lists by tabs and line ends, with those lists as JSON."""
    if history != "0.1.0":
        return row
    return row | {name: _as_list(name, row[name]) for name in LISTS & row.keys() if row[name]}


LISTS = {"codes", "findings", "candidates", "duplicates", "supersedes", "votes"}


def _as_list(name: str, text: str) -> str:
    lines = text.split("\n")
    parts = [line.split("\t") for line in lines]
    match name:
        case "codes":
            values: list[Any] = [{"scheme": scheme, "value": value} for scheme, value in parts]
        case "findings":
            values = [[event, msgspec.json.decode(json)] for event, json in parts]
            for _, findings in values:
                findings[:] = msgspec.convert(findings, list[Finding])
        case "candidates":
            values = parts
        case "votes":
            counts = ("votes_for", "cast", "present")
            values = [
                {"step": step} | {key: int(count) for key, count in zip(counts, given, strict=True) if count}
                for step, *given in parts
            ]
        case _:
            values = lines
    return msgspec.json.encode(values).decode()


def test_there_is_a_history() -> None:
    assert HISTORIES


@pytest.mark.parametrize("history", HISTORIES, ids=NAMES)
def test_a_stored_history_gives_the_rows_it_gave(history: Path) -> None:
    logs, compared = read(history), 0
    known = {projection.name: projection for projection in PROJECTIONS}
    for file in sorted((history / "rows").glob("*.ndjson")):
        projection = known[file.stem]
        streams = logs[projection.follows.name]
        met = set()
        for line in file.read_bytes().splitlines():
            stored: dict[str, Any] = msgspec.json.decode(line)
            stream, rows = stored["stream"], stored["rows"]
            now = then(computed(projection, streams[stream]), list(rows[0]))
            rows = [translated(history.name, row) for row in rows]
            assert msgspec.json.encode(now) == msgspec.json.encode(rows), f"{projection.name} of {stream}"
            met.add(stream)
            compared += len(rows)
        others = [stream for stream in streams if stream not in met and computed(projection, streams[stream])]
        assert not others, f"{projection.name} had no rows of {others}"
    assert compared > 100
