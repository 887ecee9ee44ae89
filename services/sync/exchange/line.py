"""Carries messages to a neighbour over HTTP. A slow line, one that is cut anywhere, and somebody else who answers, such
as the sign-in page of a network, are the normal case: each has a name."""

import ssl
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from threading import Lock
from urllib.parse import urlsplit

import msgspec

from services.sync.exchange.messages import MAX_MESSAGE

MESSAGES, HASHES = "/sync/messages", "/sync/hashes"
MEDIA_TYPE = "application/vnd.cadre.bundle"
CONNECT_SECONDS = 10.0
SILENT_SECONDS = 60.0
"""So long nothing may come or go before a line counts as down. It says nothing about how long all of it takes."""
ANSWER_SECONDS = 300.0
"""So long a neighbour may take for an answer: it may be working for others first."""
STOPPED = "Stopped"
_PIECE = 2**14


class LineFault(Exception):
    """A message did not get its answer. `rule`: why, by a name that does not change: BadAddress, Unreachable,
    Interrupted, TlsFailed, NotASite, BadAnswer, Stopped (by this site itself), or that by which the neighbour refused
    it. `retry_after`: after how many seconds it asks to be called again; 0: it does not. `registry`: a message with the
    facts that say where this site belongs instead; empty: none came."""

    def __init__(self, rule: str, detail: str, retry_after: int = 0, registry: bytes = b"") -> None:
        super().__init__(f"{rule}: {detail}")
        self.rule, self.detail, self.retry_after, self.registry = rule, detail, retry_after, registry


class _Refusal(msgspec.Struct, frozen=True):
    """What is read of application/problem+json."""

    rule: str
    detail: str = ""
    registry: bytes = b""


class Line:
    """Connections to the site at an address (`https://…`, or `http://…` in a safe network), one for each message."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        try:
            if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
                raise ValueError("it is not https://HOST[:PORT]")
            self._host, self._port = parts.hostname, parts.port
        except ValueError as error:
            raise LineFault("BadAddress", f"{address}: {error}") from None
        self._is_secure, self._path = parts.scheme == "https", parts.path.rstrip("/")
        self._connection: HTTPConnection | None = None
        self._lock, self._is_closed = Lock(), False

    def ask(self, note: str) -> str:
        """Send a request for hashes and wait for the answer, both signed notes. Raises LineFault."""
        return self.exchange(note.encode(), path=HASHES).decode("utf-8", "replace")

    def exchange(
        self, message: bytes, note_sent: Callable[[], None] = lambda: None, path: str = MESSAGES
    ) -> bytes:
        """Send a message and wait for the answer. `note_sent` is called once all of it has gone out. Raises
        LineFault."""
        try:
            connection = self._connect()
        except ssl.SSLError as error:
            raise self._down("TlsFailed", error) from None
        except OSError as error:
            raise self._down("Unreachable", error) from None
        try:
            self._send(connection, message, path)
            note_sent()
            _allow(connection, ANSWER_SECONDS)
            with connection.getresponse() as response:
                _allow(connection, SILENT_SECONDS)
                answer = self._read(response)
        except (OSError, HTTPException) as error:
            raise self._down("Interrupted", error) from None
        except LineFault:
            self._drop()
            raise
        self._drop()  # what is done with an answer may take longer than a server keeps a line that nothing comes on
        return answer

    def close(self) -> None:
        """End it, also while another thread waits for an answer."""
        with self._lock:
            self._is_closed = True
        self._drop()

    def _connect(self) -> HTTPConnection:
        with self._lock:
            if self._is_closed:
                raise LineFault(STOPPED, "this site ends the call")
            if self._connection is None:
                if self._is_secure:
                    context = ssl.create_default_context()
                    self._connection = HTTPSConnection(
                        self._host, self._port, timeout=CONNECT_SECONDS, context=context
                    )
                else:
                    self._connection = HTTPConnection(self._host, self._port, timeout=CONNECT_SECONDS)
            connection = self._connection
        if connection.sock is None:
            connection.connect()
            _allow(connection, SILENT_SECONDS)
        return connection

    def _send(self, connection: HTTPConnection, message: bytes, path: str) -> None:
        connection.putrequest("POST", self._path + path)
        connection.putheader("Content-Type", MEDIA_TYPE)
        connection.putheader("Content-Length", str(len(message)))
        connection.putheader("Connection", "close")
        connection.endheaders()
        try:
            for start in range(0, len(message), _PIECE):
                connection.send(message[start : start + _PIECE])
        except (BrokenPipeError, ConnectionResetError):  # refused before all of it was sent, and it says why
            with suppress(OSError, HTTPException), connection.getresponse() as response:
                self._read(response)
            raise

    def _read(self, response: HTTPResponse) -> bytes:
        if response.status != 200:
            raise _refused(response)
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        expected = response.headers.get("Content-Length", "")
        if kind != MEDIA_TYPE and not MEDIA_TYPE.startswith(kind):
            raise LineFault(
                "NotASite", f"something else answers there, with {kind}: a sign-in page, or a proxy"
            )
        if kind != MEDIA_TYPE or not (expected or response.chunked):
            raise LineFault("Interrupted", "the answer ends in its headers")
        body = bytearray()
        while piece := response.read(2**16):
            body += piece
            if len(body) > MAX_MESSAGE:
                raise LineFault("NotASite", f"the answer has more than {MAX_MESSAGE:,} bytes")
        if expected and str(len(body)) != expected:
            raise LineFault("Interrupted", f"the answer ends after {len(body):,} of {expected} bytes")
        return bytes(body)

    def _down(self, rule: str, error: Exception) -> LineFault:
        self._drop()
        return LineFault(STOPPED if self._is_closed else rule, str(error) or type(error).__name__)

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        with suppress(OSError):
            if connection.sock:
                connection.sock.shutdown(2)
        connection.close()


def _allow(connection: HTTPConnection, seconds: float) -> None:
    """Set how long nothing may come or go."""
    if connection.sock:
        connection.sock.settimeout(seconds)


def _refused(response: HTTPResponse) -> LineFault:
    """Why there is no answer, as whoever answered says it."""
    if 300 <= response.status < 400:
        where = response.headers.get("Location", "")[:200]
        return LineFault(
            "NotASite", f"it leads elsewhere ({response.status} {where}): a sign-in page, or a proxy"
        )
    raw = response.read(2 * MAX_MESSAGE)
    try:
        refusal = msgspec.json.decode(raw, type=_Refusal)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return LineFault("NotASite", f"something answers {response.status} there that is no site")
    after = response.headers.get("Retry-After", "")
    seconds = int(after) if after.isascii() and after.isdigit() else 0
    return LineFault(refusal.rule, refusal.detail, seconds, refusal.registry)
