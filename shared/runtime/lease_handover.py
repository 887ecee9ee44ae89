"""A process that holds the write lease of a ledger for long lends it to a command that asks, and takes it back."""

import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

from shared.database.sqlite_address import can_write

ADDRESS_FILE = "lease.address"
"""In the folder of the ledger: the path of the socket on which its holder listens for those who ask for the lease."""
ASK, GRANTED, REFUSED, RETURNED = b"lease\n", b"granted\n", b"refused\n", b"returned\n"
ANSWER_SECONDS = 60.0
"""How long a command waits for the lease, and afterwards until its holder has taken it back."""


class LeaseNotLent(Exception):
    """Nobody lends the lease: its holder does not listen, or is too busy."""


@contextmanager
def lend_lease(home: Path, release: Callable[[], bool], take_back: Callable[[], None]) -> Iterator[None]:
    """Lend the lease to one command after another, in a thread, until the block ends.

    `release` gives the lease up, or returns False where it cannot; `take_back` returns when it is held again. The
    socket is in a folder of its own that only this user can open. Nobody can ask in a home that may only be read.
    """
    if not can_write(home / ADDRESS_FILE):
        yield
        return
    with tempfile.TemporaryDirectory(prefix="cadre-lease-") as folder:
        path = Path(folder) / "socket"
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(path))
        listener.listen()
        listener.settimeout(0.2)
        address = home / ADDRESS_FILE
        address.touch(mode=0o600)
        address.write_text(str(path), encoding="utf-8")
        stopping = Event()
        thread = Thread(target=_serve, args=(listener, stopping, release, take_back), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stopping.set()
            thread.join()
            listener.close()
            address.unlink(missing_ok=True)


def _serve(
    listener: socket.socket, stopping: Event, release: Callable[[], bool], take_back: Callable[[], None]
) -> None:
    while not stopping.is_set():
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        with connection, suppress(OSError):
            connection.settimeout(5)
            if connection.recv(len(ASK)) != ASK:
                continue
            if not release():
                connection.sendall(REFUSED)
                continue
            try:
                connection.sendall(GRANTED)
                _wait_for_end(connection, stopping)
            finally:
                take_back()
            connection.sendall(RETURNED)


def _wait_for_end(connection: socket.socket, stopping: Event) -> None:
    """Until the command says that it is done, or its process ends, or this one is told to stop."""
    connection.settimeout(0.2)
    while not stopping.is_set():
        try:
            connection.recv(1)
        except TimeoutError:
            continue
        except OSError:
            pass
        return


@contextmanager
def borrow_lease(home: Path) -> Iterator[None]:
    """Hold the lease of another process during the block. LeaseNotLent where that is not possible."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(ANSWER_SECONDS)
    with connection:
        try:
            connection.connect((home / ADDRESS_FILE).read_text(encoding="utf-8"))
            connection.sendall(ASK)
            if connection.recv(len(GRANTED)) != GRANTED:
                raise LeaseNotLent("it is busy")
        except OSError as error:
            raise LeaseNotLent(os.strerror(error.errno) if error.errno else str(error)) from error
        try:
            yield
        finally:
            with suppress(OSError):
                connection.sendall(b"\n")
                connection.recv(len(RETURNED))
