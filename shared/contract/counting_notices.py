"""How other programs are told that a fact ceased to count at this site, or counts again: a record of its own kind.

A notice is stored and told like a fact, in the same envelope and under the same stream, so that whoever reads facts
drops it when it comes again, finds holes, and passes over what it does not know. It is in no log and in no history.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from shared.contract.cloudevents import read_tag
from shared.core.facts import Recorded
from shared.core.partial_dates import Instant

NOTICE_TAG = "ledger.counting-changed"
ACTOR = "site:sync"
"""Who states it."""


class CountingChanged(
    msgspec.Struct, frozen=True, tag=NOTICE_TAG, tag_field="type", kw_only=True, omit_defaults=True
):
    """A fact that was told before ceased to count at this site, or counts again.

    A fork was found or settled, a site was restored or closed, a key was replaced.
    """

    target: str
    """Event id of the fact."""
    counts: bool
    """Whether it counts from now on: the last notice about a fact says so."""
    site: str
    """The installation that recorded the fact."""
    epoch: str
    """Its epoch there."""
    seq: int
    """Its number in that epoch."""
    confidentiality: str = ""
    """SECRET where the fact is; else empty."""


class CountingNotice(msgspec.Struct, frozen=True):
    """A notice as it is kept."""

    number: int
    """In the order in which notices about facts of one topic were made, with holes."""
    position: int
    """Where the own log of the topic ended then: what it is about, and all that was told before, is no later."""
    change: int
    """The change of the events of other sites that it was made with."""
    state: bytes
    """The stored envelope with the notice in it."""


class CountingNotices(Protocol):
    """The notices of a ledger."""

    def read(
        self,
        topic: str,
        after: int,
        limit: int,
        own_only: bool = False,
        tags: Sequence[str] = (),
        stream: str = "",
    ) -> list[CountingNotice]:
        """The next notices after a number, in order. `own_only`: about what the own log has."""
        ...

    def last(self, topic: str) -> int:
        """The number of the last notice about a topic; 0: there is none."""
        ...


class NoNotices:
    """Those of a ledger that belongs to no tree."""

    def read(
        self,
        topic: str,
        after: int,
        limit: int,
        own_only: bool = False,
        tags: Sequence[str] = (),
        stream: str = "",
    ) -> list[CountingNotice]:
        return []

    def last(self, topic: str) -> int:
        return 0


NO_NOTICES = NoNotices()
"""Given where there are none."""


def encode_notice(
    event_id: str, site: str, epoch: str, seq: int, stream: str, known: Instant, what: CountingChanged
) -> bytes:
    """The stored bytes of a notice. `epoch`, `seq`: of this site and its kind of notices, not of the fact."""
    fact: Any = what
    return msgspec.json.encode(
        Recorded(
            event_id=event_id,
            site=site,
            epoch=epoch,
            seq=seq,
            stream=stream,
            version=0,
            recorded_at=known,
            actor=ACTOR,
            command_id="",
            lamport=0,
            fact=fact,
        )
    )


class _Notice(msgspec.Struct):
    fact: CountingChanged


_decode_fact = msgspec.json.Decoder(_Notice).decode


def is_notice(state: bytes) -> bool:
    """Whether a record of a topic is a notice, and no fact."""
    return b'"ledger.counting-changed"' in state and read_tag(state) == NOTICE_TAG


def read_notice(state: bytes) -> CountingChanged:
    """What a stored notice says."""
    return _decode_fact(state).fact
