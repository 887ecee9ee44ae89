"""Every history that any version stored is read, and gives the rows it gave then. New columns may stand beside them."""

import base64
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.bootstrap.services import SERVICES
from services.chronicle.projections import PROJECTIONS
from services.chronicle.rows import CandidateOfContest, FindingsOfFact, list_from_text
from services.planning.events import Vote
from shared.core.facts import Code, Recorded
from shared.eventlog.key_store import KeyOwner, KeyStore, decrypt_fields
from tests.golden.making import HERE, computed

HISTORIES = sorted(file.parent for file in HERE.glob("*/keys.json"))
NAMES = [history.name for history in HISTORIES]


class Kept(KeyStore):
    """The keys that were stored with a history."""

    def __init__(self, path: Path) -> None:
        texts: dict[str, str] = msgspec.json.decode(path.read_bytes())
        self._keys = {subject: base64.b64decode(key) for subject, key in texts.items()}

    def find_keys(self, wanted: Iterable[KeyOwner]) -> dict[KeyOwner, bytes | None]:
        return {(subject, maker): self._keys[subject] for subject, maker in wanted if subject in self._keys}


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


def joined(row: dict[str, Any]) -> dict[str, Any]:
    """A row as version 0.1.0 wrote it: lists joined by tabs and line ends, which values could contain."""
    return row | {name: join(row[name]) for name, join in JOINED.items() if row.get(name)}


def _codes(text: str) -> str:
    return "\n".join(f"{code.scheme}\t{code.value}" for code in list_from_text(text, Code))


def _findings(text: str) -> str:
    return "\n".join(
        f"{event}\t{msgspec.json.encode(findings, order='sorted').decode()}"
        for event, findings in list_from_text(text, FindingsOfFact)
    )


def _candidates(text: str) -> str:
    lines = ([*map(_one_line, each[:2]), each.score] for each in list_from_text(text, CandidateOfContest))
    return "\n".join(map("\t".join, lines))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _votes(text: str) -> str:
    return "\n".join(
        "\t".join(
            (
                vote.step.value,
                *("" if n is None else str(n) for n in (vote.votes_for, vote.cast, vote.present)),
            )
        )
        for vote in list_from_text(text, Vote)
    )


def _ids(text: str) -> str:
    return "\n".join(list_from_text(text, str))


JOINED = {
    "codes": _codes,
    "findings": _findings,
    "candidates": _candidates,
    "votes": _votes,
    "duplicates": _ids,
    "supersedes": _ids,
}


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
            if history.name == "0.1.0":
                now = list(map(joined, now))
            assert msgspec.json.encode(now) == msgspec.json.encode(rows), f"{projection.name} of {stream}"
            met.add(stream)
            compared += len(rows)
        others = [stream for stream in streams if stream not in met and computed(projection, streams[stream])]
        assert not others, f"{projection.name} had no rows of {others}"
    assert compared > 100
