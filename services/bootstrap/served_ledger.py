"""The HTTP application of one process over a ledger whose write lease it lends to commands.

While a command has the lease, or where the home may only be read, questions are answered from a ledger that is opened
only for reading, and writes with 503 and Retry-After. Both ledgers are opened anew each time, so that nothing
remembered of the logs is out of date.
"""

import logging
from collections.abc import Callable
from contextlib import ExitStack
from threading import Condition, Event, Lock, Thread
from types import SimpleNamespace
from typing import Protocol

from fastapi import FastAPI, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.core.errors import LogBehindRows, ReadOnlyStore, StoreUnavailable
from shared.database.failures import is_failure, name_failure
from shared.http.auth import READ_METHODS
from shared.http.problems import Problem, problem_of
from shared.runtime.embedded import LedgerLocked
from shared.runtime.ledger import Ledger

DRAIN_SECONDS = 15.0
"""How long requests under way may take before the lease is refused."""
RETRY_SECONDS = 2

log = logging.getLogger(__name__)


class OpenLedger(Protocol):
    """Opens the ledger, to write or only to read."""

    def __call__(self, writes: bool) -> Ledger: ...


class ServedLedger:
    """An ASGI application that delegates to one over the ledger as it is open now."""

    def __init__(self, open_ledger: OpenLedger, create_app: Callable[[Ledger, ExitStack], FastAPI]) -> None:
        """`create_app` gets what is closed before its ledger is."""
        self._open, self._create = open_ledger, create_app
        self.state = SimpleNamespace(stopping=lambda: False)
        self._changed = Condition()
        self._under_way = 0
        self._draining = self._lent = False
        self._unwritable: ReadOnlyStore | None = None
        """Why nothing can be written, since the ledger was opened; None where it can."""
        self._retrying = Lock()
        self._stopped = Event()
        self._app: ASGIApp | None = None
        self._ledger: Ledger | None = None
        self._opened = ExitStack()
        self._use(writes=True)

    def _use(self, writes: bool) -> None:
        try:
            ledger, self._unwritable = self._open(writes), None
        except Exception as error:
            failure = name_failure(error) if is_failure(error) else None
            if not writes or not isinstance(failure, ReadOnlyStore):
                raise
            log.warning("%s; questions are answered, nothing is recorded", failure)
            ledger, self._unwritable, writes = self._open(False), failure, False
        if writes and ledger.projector:
            try:
                ledger.projector.project_pending()
            except LogBehindRows as error:  # it answers questions, and refuses writes with this reason
                log.error("%s", error)  # noqa: TRY400 - the reason says it all
        with ExitStack() as opened:
            opened.callback(ledger.close)
            app = self._create(ledger, opened)
            app.state.stopping = self._is_ending
            with self._changed:
                self._ledger, self._app, self._lent = ledger, app, not writes
                self._opened = opened.pop_all()

    def _is_ending(self) -> bool:
        """Whether live feeds must end: the process stops, or its ledger is about to be closed."""
        return self._draining or bool(self.state.stopping())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if self._app is not None:
                await self._app(scope, receive, send)
            return
        with self._changed:
            is_read = scope["method"] in READ_METHODS
            app = self._app if not self._draining and (is_read or not self._lent) else None
            self._under_way += app is not None
        if app is None:
            await self._refuse()(scope, receive, send)
            return
        try:
            await app(scope, receive, send)
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def _refuse(self) -> Response:
        """The answer to a request that cannot be served now."""
        unwritable = self._unwritable
        if unwritable is None or self._draining:
            return _refuse_lent()
        if self._ledger is not None and self._retrying.acquire(blocking=False):
            Thread(target=self._open_again_if_writable, args=(self._ledger,), daemon=True).start()
        return problem_of(unwritable).with_headers({"Retry-After": str(RETRY_SECONDS)}).to_response()

    def _open_again_if_writable(self, ledger: Ledger) -> None:
        """Open the ledger to write where its home can be written again."""
        try:
            ledger.check_stores(())
            self.take_back()
        except StoreUnavailable:
            return
        finally:
            self._retrying.release()

    def release(self) -> bool:
        """Finish what is under way and close the ledger; False where that takes too long."""
        if not self._drain():
            return False
        self._close()
        self._use_if_possible(writes=False)
        return True

    def take_back(self) -> None:
        """Open the ledger to write again, as soon as nobody else has it open so."""
        if self._stopped.is_set() or self.state.stopping():
            return
        while not self._drain():
            log.warning("requests under way keep this process from taking its ledger back")
        self._close()
        while not self._use_if_possible(writes=True) and not self._stopped.wait(0.2):
            if self.state.stopping():
                return

    def _use_if_possible(self, writes: bool) -> bool:
        try:
            self._use(writes)
        except LedgerLocked:
            return False
        except Exception:
            log.exception("the ledger cannot be opened")
            return False
        finally:
            with self._changed:
                self._draining = False
        return True

    def _drain(self) -> bool:
        """Let no request begin, and wait for those under way. False after too long; then all go on as before."""
        with self._changed:
            self._draining = True
            if self._changed.wait_for(lambda: not self._under_way, DRAIN_SECONDS):
                return True
            self._draining = False
            return False

    def _close(self) -> None:
        with self._changed:
            opened, self._opened = self._opened, ExitStack()
            self._ledger = self._app = None
        opened.close()

    def close(self) -> None:
        """Close what is open, at the end of the process."""
        self._stopped.set()
        self._close()


def _refuse_lent() -> Response:
    problem = Problem(
        503,
        "LedgerLent",
        "A command is writing to this ledger; try again in a moment.",
        "Một lệnh đang ghi vào sổ này, hãy thử lại sau giây lát",
        "Send the same request again, with the same Idempotency-Key, after the seconds of Retry-After.",
    ).with_headers({"Retry-After": str(RETRY_SECONDS)})
    return problem.to_response()
