"""Events of topics come in any order and more than once; what is missing among them is named."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

from services.audit.replay import IncompleteSource, read_topics
from shared.runtime.embedded import EmbeddedLedger
from tests.audit.office import opened
from tests.audit.replays import found_in, replayed, seal

Held = dict[str, list[tuple[str, bytes]]]


def partitions(ledger: EmbeddedLedger) -> Held:
    """As three partitions hold them: the streams of each in order, and one partition after the other."""
    found: Held = {}
    for name, log in ledger.logs.items():
        by: dict[int, list[tuple[str, bytes]]] = defaultdict(list)
        for _, stream, _, state in log.read_stored(0, 1000):
            by[sum(stream.encode()) % 3].append((stream, state))
        found[name] = [record for part in sorted(by, reverse=True) for record in by[part]]
    return found


def read(ledger: EmbeddedLedger, held: Held, folder: Path) -> Path:
    def records(name: str) -> Iterable[tuple[str, bytes]]:
        return iter(held[name])

    read_topics(records, ledger, folder)
    return folder


def test_topics_are_replayed_as_the_store_is(home: Path, tmp_path: Path) -> None:
    seal(home)
    with opened(home) as ledger:
        held = partitions(ledger)
        whole = [(stream, state) for _, stream, _, state in ledger.logs["appointment"].read_stored(0, 1000)]
        assert held["appointment"] != whole
        again = {name: records + records[:3] for name, records in held.items()}
        copy = read(ledger, again, tmp_path / "copy")
    assert replayed(home, copy=copy) == replayed(home)
    assert not list(copy.glob("*.sort"))


def test_an_event_that_is_missing_is_named(home: Path, tmp_path: Path) -> None:
    seal(home)
    with opened(home) as ledger:
        held = partitions(ledger)
        place = next(n for n, (stream, _) in enumerate(held["appointment"]) if stream == "c4")
        del held["appointment"][place]
        copy = read(ledger, held, tmp_path / "copy")
    found = replayed(home, copy=copy)
    kinds = {(what, log) for what, log, _ in found_in(found)}
    assert {("sequence", "appointment"), ("seal", "appointment")} <= kinds
    assert "c4" in {stream for _, _, stream in found_in(found)}


def test_a_topic_that_ends_too_early_is_no_evidence(home: Path, tmp_path: Path) -> None:
    with opened(home) as ledger:
        held = partitions(ledger)
        last = max(
            held["appointment"], key=lambda each: ledger.logs["appointment"].topic.decode(each[1]).lamport
        )
        held["appointment"].remove(last)
        with pytest.raises(
            IncompleteSource, match=f"appointment ends before the log does: {len(held['appointment'])} of"
        ):
            read(ledger, held, tmp_path / "copy")


def test_two_events_in_one_place(home: Path, tmp_path: Path) -> None:
    with opened(home) as ledger:
        held = partitions(ledger)
        stream, state = held["appointment"][0]
        held["appointment"].append((stream, state.replace(b'"user:lan"', b'"user:nam"')))
        with pytest.raises(IncompleteSource, match="two events of the topic appointment claim place"):
            read(ledger, held, tmp_path / "copy")
