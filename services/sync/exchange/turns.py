"""One importer for a site: the messages of its neighbours are worked on in turns, so that one who brings much does not
hold up those who bring little."""

import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from threading import Condition, Thread
from time import monotonic
from typing import Any

from services.sync.exchange.receiving import Steps, T

Lease = Callable[[], AbstractContextManager[None]]
"""Gives what is held while something is imported."""
TURN_SECONDS = 0.25
"""A turn ends with the first step that is over after so long; it has one at least."""
MAX_WAITING = 64
"""Messages that are worked on or wait."""
RETRY_SECONDS = 5
log = logging.getLogger(__name__)


class Busy(Exception):
    """A message cannot be worked on now; it is to be sent again after `retry_after` seconds."""

    def __init__(self, text: str, retry_after: int = RETRY_SECONDS) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class Stopped(Busy):
    """The process ends, or lends its ledger."""


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    site: str
    steps: Steps[Any]
    done: "Future[Any]"


class TurnQueue:
    """A thread that works on what it is given, a turn for each site after another. `lease`: held during a turn, so that
    no other process imports meanwhile. `tidy`: does a little of what nobody waits for, between two turns, and says
    whether there is more."""

    def __init__(
        self,
        lease: Lease = nullcontext,
        turn: float = TURN_SECONDS,
        waiting: int = MAX_WAITING,
        tidy: Callable[[], bool] = lambda: False,
    ) -> None:
        self._tidy, self._is_tidy = tidy, True
        self._lease, self._turn, self._most = lease, turn, waiting
        self._changed = Condition()
        self._waiting: deque[_Work] = deque()
        self._sites: set[str] = set()
        self._is_closed = False
        self._thread = Thread(target=self._run, name="importer", daemon=True)
        self._thread.start()

    def submit(self, site: str, steps: Steps[T]) -> "Future[T]":
        """Work for a site, and what comes of it once it is done. Raises Busy where that site has work under way
        already, or too many others wait."""
        work = _Work(site, steps, Future[T]())
        with self._changed:
            if self._is_closed:
                raise Stopped("this site is not exchanging now")
            if site in self._sites:
                raise Busy(f"an earlier message of {site} is still being worked on")
            if len(self._sites) >= self._most:
                raise Busy(f"messages of {len(self._sites)} sites are waiting")
            self._sites.add(site)
            self._waiting.append(work)
            self._changed.notify()
        return work.done

    def close(self) -> None:
        """End after the step under way; what is not done is given up, and what was stored of it stays."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while not self._is_closed:
            if work := self._next():
                finish = self._take_turn(work)
                with self._changed:
                    if finish:
                        self._sites.discard(work.site)  # before it is told: it may come again at once
                    else:
                        self._waiting.append(work)
                if finish:
                    finish()
                self._is_tidy = False
            if not self._is_tidy:
                self._tidy_up()
        for work in self._waiting:
            work.steps.close()
            work.done.set_exception(Stopped("this site is not exchanging now"))

    def _next(self) -> _Work | None:
        """The work whose turn it is; None: there is none, and something is to be tidied up."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_closed or not self._is_tidy)
            return self._waiting.popleft() if self._waiting and not self._is_closed else None

    def _tidy_up(self) -> None:
        try:
            self._is_tidy = not self._tidy()
        except Exception:
            log.exception("what came cannot be shown yet")
            self._is_tidy = True  # whoever asks next tries again, and is told why

    def _take_turn(self, work: _Work) -> Callable[[], None] | None:
        """Where the work is done, what tells so; else None."""
        until = monotonic() + self._turn
        try:
            with self._lease():
                while not self._is_closed:
                    next(work.steps)
                    if monotonic() >= until:
                        break
        except StopIteration as end:
            return partial(work.done.set_result, end.value)
        except BaseException as error:  # noqa: BLE001 - whoever waits for it gets it
            return partial(work.done.set_exception, error)
        return None
