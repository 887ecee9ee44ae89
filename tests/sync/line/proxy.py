"""A TCP proxy between two sites that does to a line what lines do: it is cut anywhere, it is slow, replies are lost, or
somebody else answers."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Thread


@dataclass
class Weather:
    """What happens to every connection from now on. -1: the line is not cut there."""

    cut_request: int = -1
    """After so many bytes of what goes to the server, both ends are closed."""
    cut_answer: int = -1
    """After so many bytes of what comes back."""
    rate: float = 0.0
    """Bytes a second, each way; 0: as fast as it goes."""
    answers: bytes = b""
    """What somebody else answers; the server sees nothing."""


class Proxy:
    """`up`, `down`: bytes that it has carried; `lost`: connections that it cut."""

    def __init__(self, port: int) -> None:
        self.weather, self._target = Weather(), port
        self.up = self.down = self.lost = self.connections = 0
        self._open: set[socket.socket] = set()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self._thread = Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._door.close()

    def cut(self) -> None:
        """End the connections that there are."""
        for end in list(self._open):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
                self.lost += 1

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._door.accept()
                self.connections += 1
                Thread(target=self._serve, args=(client, self.weather), daemon=True).start()

    def _serve(self, client: socket.socket, weather: Weather) -> None:
        with client:
            if weather.answers:
                with suppress(OSError):
                    client.settimeout(0.3)
                    while client.recv(2**16):
                        pass
                with suppress(OSError):
                    client.sendall(weather.answers)
                return
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                return
            with server:
                for end in (client, server):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open.add(client)
                back = Thread(target=self._pump, args=(server, client, weather, False), daemon=True)
                back.start()
                self._pump(client, server, weather, True)
                back.join()
                self._open.discard(client)

    def _pump(self, source: socket.socket, sink: socket.socket, weather: Weather, is_up: bool) -> None:
        left = weather.cut_request if is_up else weather.cut_answer
        try:
            while piece := source.recv(1024 if weather.rate else 2**16):
                if weather.rate:
                    time.sleep(len(piece) / weather.rate)
                if 0 <= left < len(piece):
                    sink.sendall(piece[:left])
                    self.lost += 1
                    break
                left -= len(piece) if left >= 0 else 0
                sink.sendall(piece)
                if is_up:
                    self.up += len(piece)
                else:
                    self.down += len(piece)
        except OSError:
            pass
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def line_to(port: int) -> Iterator[Proxy]:
    """A line to a port of this machine."""
    proxy = Proxy(port)
    try:
        yield proxy
    finally:
        proxy.close()
