"""`cadre` processes that begin in a moment: forked from one that has read all the code already, else as any other."""

import faulthandler
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

NURSERY = multiprocessing.get_context("forkserver")
NURSERY.set_forkserver_preload(
    [
        "__main__",
        "services.__main__",
        "services.cli.cluster",
        "services.cli.maintenance",
        "services.cli.repair",
        "services.cli.run",
        "services.bootstrap.cluster",
        "services.bootstrap.http_app",
        "shared.messaging.kafka",
        __name__,
    ]
)


class Started:
    """A process of its own, with the habits of `subprocess.Popen`."""

    def __init__(self, words: tuple[str, ...], env: Mapping[str, str], out: Path, err: Path) -> None:
        self._process = NURSERY.Process(target=_live, args=(words, dict(env), str(out), str(err)))
        self._lock = Lock()
        self._process.start()
        assert self._process.pid
        self.pid = self._process.pid

    def poll(self) -> int | None:
        with self._lock:
            return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if (code := self.poll()) is None:
            raise subprocess.TimeoutExpired("cadre", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _live(words: tuple[str, ...], env: dict[str, str], out: str, err: str) -> None:
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT), number)
    os.environ.clear()
    os.environ.update(env)
    faulthandler.enable()
    sys.argv = ["cadre", *words]
    from services.__main__ import main

    main()
