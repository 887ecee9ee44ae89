"""Calls a neighbour: exchanges messages over a line until neither side has more, and remembers why that failed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Protocol

from services.sync.bundles.faults import BadBundle, BundleRule
from services.sync.exchange.forks import Fork, find_split_views
from services.sync.exchange.hashes import HashesRefused, name_split_views
from services.sync.exchange.line import STOPPED, Line, LineFault
from services.sync.exchange.messages import Message
from services.sync.exchange.partners import NotMyChild
from services.sync.exchange.receiving import Steps, T
from services.sync.exchange.session import FIRST_ROOM, LEAST_ROOM, Round, Session
from services.sync.exchange.site_replica import SiteReplica
from shared.core.errors import SiteClosed
from shared.replica.runs import Head

Progress = Callable[[str, int, int], None]
"""Told (what, done, total)."""


class Importer(Protocol):
    """Does the work of the one importer of a site."""

    def __call__(self, site: str, steps: Steps[T]) -> T: ...


def work_alone(replica: SiteReplica) -> Importer:
    """The importer of a process in which nobody else imports."""

    def work(site: str, steps: Steps[T]) -> T:
        with replica.ledger.import_alone():
            while True:
                try:
                    next(steps)
                except StopIteration as end:
                    done: T = end.value
                    return done

    return work


class Caller:
    """Calls one neighbour again and again. After a line broke, the next message over it is smaller."""

    def __init__(self, replica: SiteReplica, neighbour: str, importer: Importer | None = None) -> None:
        """Raises NotANeighbour."""
        self._replica, self.neighbour, self._importer = replica, neighbour, importer or work_alone(replica)
        self._room, self._asked = FIRST_ROOM, set[Fork]()
        self.settled: frozenset[Head] | None = None
        """What this site had when it had nothing for the neighbour that this lacked; None: that never was."""
        Session(replica, neighbour).count_ahead()  # refused before there is a line

    def exchange(self, line: Line, progress: Progress = lambda what, done, total: None) -> Iterator[Round]:
        """Each round, until neither side has more. Raises LineFault."""
        session = Session(self._replica, self.neighbour, self._room)
        with self._remember_failure(session):
            sent = received = 0
            total = session.count_ahead()
            progress("sent", 0, total)
            more = True
            while more:
                began = monotonic()
                answer = self._ask(session, line)
                done = self._take(session, answer, monotonic() - began)
                sent, received = sent + done.sent, received + sum(done.received.entries.values())
                progress("sent", sent, max(total, sent))
                progress("received", received, received)
                more = done.more
                yield done
            self._name_forks(line)
        self._room, self.settled = session.room, session.settled

    def _name_forks(self, line: Line) -> None:
        """Learn where a history that a checkpoint shows parts from the one here, where that is not known; asked once
        for each of them. What the neighbour does not answer spoils nothing."""
        new = [fork for fork, _ in find_split_views(self._replica) if fork not in self._asked]
        if new:
            self._asked |= set(new)
            with suppress(HashesRefused, LineFault):
                name_split_views(self._replica, self.neighbour, line.ask)

    def _ask(self, session: Session, line: Line) -> bytes:
        """The answer to the next message. Where the neighbour does not remember any more what that is based on, because
        it was restored, it is made again without."""
        message = self._importer(self.neighbour, _make_request(session))
        try:
            return line.exchange(message.raw, session.note_sent)
        except LineFault as fault:
            if fault.rule != BundleRule.UNKNOWN_BASE:
                raise
        self._replica.bases.forget(self.neighbour)
        message = self._importer(self.neighbour, _make_request(session))
        return line.exchange(message.raw, session.note_sent)

    def _take(self, session: Session, answer: bytes, seconds: float) -> Round:
        try:
            return self._importer(self.neighbour, session.take_answer(answer, seconds))
        except BadBundle as error:
            raise LineFault("BadAnswer", f"what came back is not its answer: {error}") from None

    @contextmanager
    def _remember_failure(self, session: Session) -> Iterator[None]:
        exchange = self._replica.store.exchange
        try:
            yield
        except LineFault as fault:
            if fault.registry:
                with suppress(BadBundle, NotMyChild, SiteClosed):
                    self._importer(self.neighbour, session.take_refusal(fault.registry))
            if fault.rule != STOPPED:
                exchange.keep_call(self.neighbour, self._replica.clock(), str(fault))
            self._room = max(session.room // 2, LEAST_ROOM)
            raise
        if exchange.last_call(self.neighbour):
            exchange.keep_call(self.neighbour, self._replica.clock(), "")


def _make_request(session: Session) -> Steps[Message]:
    yield
    return session.make_request()
