"""An exchange with one neighbour over the line: a message, its answer, and so on until neither has more. It makes and
takes bytes; who carries them is not its concern. Cut off anywhere, the next one begins at what is there."""

from contextlib import nullcontext
from io import BytesIO

import msgspec

from services.sync.bundles.faults import BadBundle, BundleRule, Fault
from services.sync.bundles.reading import Bundle
from services.sync.exchange.introducing import open_introduced
from services.sync.exchange.messages import ROOM, Message, MessageContents, make_message, open_message
from services.sync.exchange.receiving import Applied, Steps, apply_in_steps
from services.sync.exchange.site_replica import SiteReplica
from services.sync.exchange.site_tree import flows
from shared.replica.runs import Head

FIRST_ROOM, LEAST_ROOM = 2**18, 2**16
"""Bytes of entries in the first message, whose line may be slow, and in the smallest."""
_FAST, _SLOW = 5.0, 30.0
"""A round that took fewer seconds is followed by a larger one, one that took more by a smaller one: what a cut line
costs is a round."""


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """A message and its answer."""

    sent: int
    """Entries that the message brought."""
    took: dict[str, int]
    """How many of them had each outcome, as the neighbour says."""
    refused: tuple[Fault, ...]
    """Chunks of them that the neighbour refused."""
    received: Applied
    """What came of the answer."""
    more: bool
    """Whether either side has more."""


class Session:
    """What a site says to a neighbour, and makes of the answers. Raises NotANeighbour."""

    def __init__(self, replica: SiteReplica, neighbour: str, room: int = FIRST_ROOM) -> None:
        self.neighbour, self.room = neighbour, room
        self._replica = replica
        self._message: Message | None = None
        self._before: object = None
        self._answered_for = frozenset[Head]()
        self.settled = frozenset[Head]()
        """What this site had when neither side had more."""

    def count_ahead(self) -> int:
        """How many entries the neighbour lacks, as far as is known."""
        return MessageContents(self._replica, self.neighbour).count_ahead()

    def make_request(self) -> Message:
        """The next message."""
        replica = self._replica
        replica.catch_up()
        replica.refresh_closed()
        self._before = replica.all_heads(), replica.peer(self.neighbour).vector
        self._answered_for = self._find_lost()
        contents = MessageContents(replica, self.neighbour, self.room, answer_room=self.room)
        self._message = make_message(replica, contents, self.neighbour)
        return self._message

    def note_sent(self) -> None:
        """The whole of the message has gone out; whether it has arrived, the answer says."""
        if self._message and self._message.own:
            self._replica.store.exchange.keep_sent(self.neighbour, self._message.own)

    def take_answer(self, raw: bytes, seconds: float) -> Steps[Round]:
        """Apply the answer to the message. `seconds`: how long the round took. Raises BadBundle where these bytes are
        not this answer."""
        message, bundle = self._message, self._open_answer(raw)
        assert message
        applied = yield from apply_in_steps(self._replica, bundle, by_line=True)
        self._adapt(seconds)
        return Round(
            sent=message.entries,
            took={"next": 0, "duplicate": 0} | bundle.vector.took,
            refused=bundle.vector.refused,
            received=applied,
            more=self._has_more(),
        )

    def take_refusal(self, raw: bytes) -> Steps[None]:
        """Apply what came with a refusal: the facts of the registry that say where this site belongs. Raises BadBundle
        where these bytes are no answer to the message."""
        bundle = self._open_answer(raw)
        yield from apply_in_steps(self._replica, bundle, by_line=True)

    def _open_answer(self, raw: bytes) -> Bundle:
        message, file, replica = self._message, BytesIO(raw), self._replica
        bundle = open_introduced(replica, file, lambda: open_message(replica, file), nullcontext())
        assert message
        if (bundle.header.sender, bundle.header.answers) != (self.neighbour, message.digest):
            raise BadBundle(BundleRule.BAD_HEADER, "header", "it does not answer this message")
        return bundle

    def _adapt(self, seconds: float) -> None:
        if seconds < _FAST:
            self.room = min(self.room * 4, ROOM)
        elif seconds > _SLOW:
            self.room = max(self.room // 2, LEAST_ROOM)

    def _find_lost(self) -> frozenset[Head]:
        """Entries of this site that the neighbour waits for and that were lost: it is to be told so."""
        asked = self._replica.store.exchange.asked(self.neighbour)
        site = self._replica.site
        return frozenset(head for head in asked if head.origin == site and not self._replica.is_here(head))

    def _has_more(self) -> bool:
        """Whether another round would bring anything. One that changed nothing is followed by none: what is refused or
        waits for something would go back and forth for ever."""
        replica = self._replica
        here, there = replica.all_heads(), replica.peer(self.neighbour).vector
        if self._find_lost() - self._answered_for:
            return True
        if (here, there) != self._before:
            if MessageContents(replica, self.neighbour, 0).chunks:
                return True
            for head in there - here:
                if flows(replica.tree, head.log, self.neighbour, replica.site) and not replica.is_here(head):
                    return True
        self.settled = here
        return False
