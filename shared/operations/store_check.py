"""Checks whether the stores of an installation belong together: keys, logs and rows of the same time."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from shared.contract.cloudevents import DECODE_ERRORS, decode_envelope
from shared.core.facts import AnyEvent, F, Topic
from shared.eventlog.event_log import EventLog
from shared.eventlog.foreign_events import NO_FOREIGN_EVENTS, ForeignEvents
from shared.eventlog.key_store import ERASED, WITHHELD, KeyStore, decrypt_events
from shared.eventlog.union import UnionReader

_PAGE = 5000


class KeyCheck:
    """Looks whether every personal event has its key, or had one that was destroyed, and whether the key opens it."""

    def __init__(self, topic: Topic[F], keys: KeyStore, report: Callable[[str], None]) -> None:
        self._topic, self._keys, self._report = topic, keys, report
        self._told: set[str] = set()

    def check(self, stored: list[AnyEvent]) -> None:
        """Check events as they are stored, with personal fields as ciphertext."""
        personal = [event for event in stored if type(event.fact) in self._topic.personal]
        owners = {(event.stream, event.site) for event in personal if event.stream not in self._told}
        if not owners:
            return
        keys = self._keys.find_keys(owners)
        missing = {stream for stream, maker in owners - keys.keys() if maker == self._keys.site}
        for stream in sorted(missing):  # a key of another site may be withheld
            self._tell(
                stream, "was never in the store of keys: these are not the keys of this log, or older ones"
            )
        held = {owner for owner, key in keys.items() if key}
        of_held = [event for event in personal if (event.stream, event.site) in held]
        for event in decrypt_events(self._topic, of_held, self._keys):
            text = self._topic.encode(event)
            if event.stream not in self._told and (ERASED.encode() in text or WITHHELD.encode() in text):
                self._tell(
                    event.stream, "does not open its facts: it is not the key they were encrypted with"
                )

    def _tell(self, stream: str, what: str) -> None:
        self._told.add(stream)
        self._report(f"keys: the key of {self._topic.name}/{stream} {what}")


def find_unknown_causes(
    logs: Mapping[str, EventLog[Any]],
    causes: Mapping[str, tuple[str, int]],
    foreign: ForeignEvents = NO_FOREIGN_EVENTS,
) -> Iterator[str]:
    """The facts whose cause is in no log and not among the events of other sites: the log that had it is older than the
    one they are in.

    `causes`: the topic and position of one fact that names it, by the id of each cause.
    """
    missing = dict(causes)
    for log in logs.values() if missing else ():
        position = 0
        while page := log.read_stored(position, _PAGE):
            position = page[-1][0]
            for _, _, _, state in page:
                try:
                    missing.pop(decode_envelope(state).event_id, None)
                except DECODE_ERRORS:
                    continue  # it is reported where its log is checked
    for log in logs.values() if missing else ():
        for state in UnionReader(log, foreign).iterate_foreign_states():
            with suppress(*DECODE_ERRORS):
                missing.pop(decode_envelope(state).event_id, None)
    for cause, (topic, at) in missing.items():
        yield (
            f"{topic}: position {at} follows from event {cause}, which no log has: "
            "the log that recorded it is older than this one"
        )
