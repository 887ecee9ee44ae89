"""The store says what the pure core says of the same chunks, in any order, twice, cut, forged, forked and restored."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from shared.replica.chunks import Stubs
from shared.replica.counting import Closing
from tests.conftest import TALLIES
from tests.faults.counting import ROUNDS
from tests.replica import sites
from tests.replica.packing import pack_chunks
from tests.replica.sites import Message, Replica
from tests.replica.store.observers import Observer
from tests.replica.tampering import tampered, without_first

MUST_MEET = (
    "appended",
    "restarted",
    "restored",
    "cloned",
    "exchanged",
    "sent",
    "sent again",
    "tail first",
    "cut",
    "shuffled",
    "stub sent",
    "filled",
    "closed",
    "admitted",
    "tampered",
    "reopened",
    "next",
    "duplicate",
    "early",
    "fork",
    "first synchronisation under way",
    "counts no more",
    "counts again",
    "sent on",
)


class History:
    """Two wards, a clone of one, and the site that observes them; one seed is one history."""

    def __init__(self, seed: int, where: Path | str) -> None:
        self.chance = Random(seed)
        self.observer = Observer("D", where)
        self.met = self.observer.met
        self.writers = {"W": Replica("W", "D"), "X": Replica("X", "D")}
        self.backups = dict(self.writers)
        self.old: list[tuple[Replica, Message]] = []
        self.epochs = 0

    def run(self, steps: int) -> None:
        actions = (
            *[self.append] * 5,
            *[self.send] * 8,
            self.restart,
            self.back_up,
            self.restore,
            self.clone,
            self.exchange,
            self.send_again,
            self.close,
            self.observer.reopen,
            self.forge,
        )
        for _ in range(steps):
            self.chance.choice(actions)()
            if self.chance.random() < 0.7:
                self.observer.mark()
                self.observer.compare()
        self.observer.mark()
        self.observer.compare()

    def pick(self) -> str:
        return self.chance.choice(sorted(self.writers))

    def append(self, name: str = "") -> None:
        name = name or self.pick()
        for _ in range(self.chance.randint(1, 4)):
            if len(self.writers[name].entries) < 30:
                self.epochs += 1
                text = f"S{self.chance.randint(1, 4)}"
                self.writers[name] = sites.append_fact(self.writers[name], text, f"e{self.epochs:03d}")
                self.met["appended"] += 1

    def restart(self) -> None:
        name = self.pick()
        self.writers[name] = self.writers[name]._replace(epoch="")
        self.met["restarted"] += 1

    def back_up(self) -> None:
        name = self.pick()
        self.backups[name] = self.writers[name]

    def restore(self) -> None:
        name = self.pick()
        if name in self.backups:
            self.writers[name] = self.backups[name]._replace(epoch="")
            self.append(name)
            self.met["restored"] += 1

    def clone(self) -> None:
        if self.writers["W"].epoch and "W'" not in self.writers and self.chance.random() < 0.5:
            self.writers["W'"] = self.writers["W"]
            self.append("W")
            self.append("W'")
            self.met["cloned"] += 1

    def exchange(self) -> None:
        """One ward hears of another: what it records later sorts later, and it passes on what it heard."""
        one, other = self.pick(), self.pick()
        if one != other and len(self.writers[one].entries) < 30:
            vector = sites.version_vector(self.writers[one])
            message = sites.export_message(self.writers[other], vector)
            self.writers[one], _ = sites.import_message(self.writers[one], message)
            self.met["exchanged"] += 1

    def send(self) -> None:
        source = self.writers[self.pick()]
        known = sites.version_vector(self.observer.memory)
        vector = self.chance.choice([known, known, frozenset(), frozenset(list(known)[:1])])
        hidden = self.chance.random() < 0.3
        letter = self.chance.randint(1, 4)
        held = dict(self.observer.memory.payloads)
        bare = frozenset(e.head for e in self.observer.memory.entries if e.head not in held)
        message = sites.export_message(
            source,
            vector,
            bare=bare,
            visible=lambda origin, state: not hidden or f'"S{letter}"'.encode() not in state,
        )
        self.met["stub sent"] += any(not chunk.payloads for chunk in message.chunks)
        self.met["filled"] += bool(message.fills)
        self.old.append((source, message))
        self.deliver(source, self.changed(message))
        self.met["sent"] += 1

    def changed(self, message: Message) -> Message:
        """The message as it may come: its beginning or its end lost, or its parts in any order."""
        chunks = message.chunks
        if len(chunks) < 2:
            return message
        match self.chance.randint(0, 5):
            case 0:
                self.met["tail first"] += 1
                return without_first(message)
            case 1:
                self.met["cut"] += 1
                return message._replace(chunks=chunks[: self.chance.randint(1, len(chunks) - 1)])
            case 2:
                self.met["shuffled"] += 1
                return message._replace(chunks=tuple(self.chance.sample(chunks, len(chunks))))
        return message

    def send_again(self) -> None:
        if self.old:
            source, message = self.chance.choice(self.old)
            self.deliver(source, self.changed(message))
            self.met["sent again"] += 1

    def deliver(self, source: Replica, message: Message) -> None:
        packed = pack_chunks(source, message.chunks, self.chance)
        self.observer.take(message._replace(chunks=packed))

    def forge(self) -> None:
        source = self.writers[self.pick()]
        message = sites.export_message(source, frozenset())
        if message.chunks:
            at = self.chance.randrange(len(message.chunks))
            for _, chunk, genuine in tampered(message._replace(chunks=message.chunks[at:])):
                if not genuine:
                    self.observer.refuse(chunk)

    def close(self) -> None:
        """The registry closes a ward with some entry that is here; a second time it admits all that is."""
        memory = self.observer.memory
        held = sites.version_vector(memory) if memory.closings else sites.solid_heads(memory)
        last = frozenset(head for head in held if head.origin == "X")
        if not memory.closings:
            last = frozenset(self.chance.sample(sorted(last), min(1, len(last))))
        if last and self.chance.random() < 0.6:
            closing = Closing("X", "D", last)
            self.met["admitted" if memory.closings else "closed"] += 1
            self.observer.memory = memory._replace(closings=memory.closings | {closing})

    def send_on(self, where: Path | str) -> None:
        """What the store sends to a site that has nothing makes the same logs there. Withheld neighbours go as one: the
        sets in memory, which know the root at every entry, cannot take them, and where lines part inside they wait."""
        store = self.observer.store
        chunks = [chunk for log in store.logs() for chunk in store.chunks_to_send(log, ())]
        if any(isinstance(each, Stubs) and each.stubs > 1 for chunk in chunks for each in chunk.header.items):
            self.met["withheld neighbours, not sent on"] += 1
            return
        other = Observer("C", where)
        for chunk in chunks:
            replica, expected, payloads = sites.take_chunk(other.memory, chunk)
            other.memory = replica._replace(payloads=replica.payloads | set(payloads.items()))
            other.import_chunk(chunk, expected)
            assert not {"invalid", "waiting", "early"} & other.met.keys(), chunk.header
            self.met["sent on"] += 1
        other.mark()
        other.compare()
        assert sites.solid_heads(other.memory) == sites.solid_heads(self.observer.memory)
        other.close()


def run_history(seed: int, where: Path | str, further: Path | str, steps: int = 40) -> Counter[str]:
    history = History(seed, where)
    try:
        history.run(steps)
        history.send_on(further)
    finally:
        history.observer.close()
    return history.met


def run_histories(seeds: range, folder: Path) -> Counter[str]:
    met = Counter[str]()
    for seed in seeds:
        sites.forget_all()
        met += run_history(seed, folder / f"{seed}.db", folder / f"{seed}-on.db")
    TALLIES["histories of a stored replica"] += met
    return met


def test_the_store_does_what_the_core_does(tmp_path: Path) -> None:
    """The law of the store. Every action and every outcome is met."""
    met = run_histories(range(20), tmp_path)
    assert [what for what in MUST_MEET if not met[what]] == [], met


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_the_store_does_what_the_core_does_in_many_histories(tmp_path: Path) -> None:
    met = run_histories(range(1000, 1000 + 60 * ROUNDS), tmp_path)
    assert min(met[what] for what in MUST_MEET) >= 5 * ROUNDS, met
