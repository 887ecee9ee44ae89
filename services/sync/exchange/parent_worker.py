"""Calls the site above by itself while the ledger is served: from time to time, at once after something new, and less
and less often while the line is down."""

import logging
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Lock, Thread
from time import monotonic

import msgspec

from services.sync.exchange.calling import Caller
from services.sync.exchange.line import CONNECT_SECONDS, Line, LineFault
from services.sync.exchange.partners import NotANeighbour, NotMyChild
from services.sync.exchange.site_exchange import SiteExchange
from services.sync.exchange.turns import Busy
from shared.core.errors import SiteClosed

_LOOK_SECONDS = 0.1
"""How often it is looked whether something is new: no query is needed for that."""
_ASK_ABOVE = 4
"""After so many calls in a row that failed, and again after as many more, the site above the parent is asked."""
log = logging.getLogger(__name__)


class CallPlan(msgspec.Struct, frozen=True):
    """When the next call is due, in seconds of a clock that only goes on."""

    every: float
    """Seconds between calls while nothing is new; the longest pause while the line is down."""
    pause: float
    """Seconds between calls at least, however much is new."""
    last: float = float("-inf")
    """When the last call ended."""
    failures: int = 0
    """How many calls in a row failed."""
    asked: float = 0.0
    """Seconds for which the neighbour asked not to be called."""

    def due(self, is_new: bool) -> float:
        """When the next call is due. `is_new`: whether something has come since the last that the neighbour lacks."""
        if self.failures:
            grown = max(self.pause, 1.0) * 2.0 ** min(self.failures - 1, 20)
            return self.last + max(min(grown, self.every), self.asked)
        return self.last + (min(self.pause, self.every) if is_new else self.every)

    def succeed(self, now: float) -> "CallPlan":
        return CallPlan(self.every, self.pause, now)

    def fail(self, now: float, asked: float) -> "CallPlan":
        return CallPlan(self.every, self.pause, now, self.failures + 1, asked)


class ParentWorker:
    """A thread that calls the parent. `find_address`: where a site answers; empty: nowhere."""

    def __init__(self, exchange: SiteExchange, find_address: Callable[[str], str], plan: CallPlan) -> None:
        self._exchange, self._replica = exchange, exchange.replica
        self._find_address, self._plan = find_address, plan
        self._stopped, self._lock = Event(), Lock()
        self._line: Line | None = None
        self._caller: Caller | None = None
        self._seen: object = None
        self._is_new = True
        self._thread = Thread(target=self._run, name="calls to the site above", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End, also in the middle of a call: what came stays."""
        self._stopped.set()
        with self._lock:
            if self._line:
                self._line.close()
        self._thread.join(CONNECT_SECONDS / 2)  # where it is still connecting, it touches nothing afterwards

    def _run(self) -> None:
        while not self._stopped.wait(_LOOK_SECONDS):
            try:
                parent = self._replica.tree.parent(self._replica.site)
                if parent and self._is_due(parent) and (address := self._find_address(parent)):
                    self._call(parent, address)
                    self._ask_above(parent)
            except Exception:
                log.exception("the site above cannot be called")
                self._plan = self._plan.fail(monotonic(), 0)

    def _is_due(self, parent: str) -> bool:
        if self._caller is None or self._caller.neighbour != parent:
            return monotonic() >= self._plan.due(is_new=True)
        if (stamp := self._stamp()) != self._seen:
            self._seen, self._is_new = stamp, self._replica.all_heads() != self._caller.settled
        return monotonic() >= self._plan.due(self._is_new)

    def _stamp(self) -> object:
        """Changes with everything that this process writes."""
        logs = self._replica.ledger.logs.values()
        return self._replica.store.transactions, *(log.commits[0] for log in logs)

    def _call(self, parent: str, address: str) -> None:
        asked = 0
        try:
            self._exchange_with(parent, address)
        except (LineFault, Busy) as fault:
            asked, failure = fault.retry_after, str(fault)
        except (NotANeighbour, NotMyChild, SiteClosed) as error:  # it has just been told where it belongs
            failure = str(error)
        else:
            if self._plan.failures:
                log.warning("%s answers again", parent)
            self._plan, self._seen = self._plan.succeed(monotonic()), None
            return
        if not self._plan.failures and not self._stopped.is_set():
            log.warning("%s at %s: %s", parent, address, failure)
        self._plan = self._plan.fail(monotonic(), asked)

    def _ask_above(self, parent: str) -> None:
        """Now and then, while the parent does not answer, exchange with the site above it: this one may have been put
        below another, and its old parent switched off."""
        above = self._replica.tree.parent(parent)
        if self._plan.failures % _ASK_ABOVE or not self._plan.failures or not above:
            return
        if self._replica.tree.parent(self._replica.site) == parent and (
            address := self._replica.tree.address(above)
        ):
            with suppress(LineFault, Busy, NotANeighbour, NotMyChild, SiteClosed):
                self._exchange_with(above, address)

    def _exchange_with(self, parent: str, address: str) -> None:
        if self._caller is None or self._caller.neighbour != parent:
            self._caller = Caller(self._replica, parent, self._exchange.work)
        with self._lock:
            if self._stopped.is_set():
                return
            self._line = Line(address)
        try:
            for _ in self._caller.exchange(self._line):
                continue
        finally:
            self._line.close()
