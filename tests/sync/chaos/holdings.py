"""Which events each site holds, and so what a restore may lose: what only the restored site had."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from shared.replica.store import REPLICA_FILE
from shared.replica.store.replica_store import ReplicaStore
from tests.sync.chaos.recorders import Acknowledged, Book

TOPICS = ("personnel", "appointment")


class _Envelope(msgspec.Struct):
    event_id: str


_DECODER = msgspec.json.Decoder(_Envelope)


def read_foreign_events(home: Path) -> Iterator[str]:
    """Ids of the events that a site holds of others, and of its own that others gave back."""
    with closing(ReplicaStore(home / REPLICA_FILE, {})) as store:
        for log in store.logs():
            if log.topic in TOPICS:
                for run in store.load_log(log).runs:
                    for item in store.read_entries(log, (run, run.first, run.last)):
                        if isinstance(item, bytes):
                            yield _DECODER.decode(item).event_id


class OwnEvents:
    """The acknowledged events that the own log of a site has."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._before, self._since = frozenset[str](), 0
        self._backup = frozenset[str]()

    def present(self) -> frozenset[str]:
        return self._before | _events(self._book.acknowledged[self._since :])

    def back_up(self) -> None:
        self._backup = self.present()

    def restore(self) -> frozenset[str]:
        """What the restored log no longer has."""
        lost = self.present() - self._backup
        self._before, self._since = self._backup, len(self._book.acknowledged)
        return lost


def _events(acknowledged: Iterable[Acknowledged]) -> frozenset[str]:
    return frozenset(event for each in acknowledged for event in each.events)
