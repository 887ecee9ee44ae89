"""`cadre` processes that start at once: forked from one that has imported the code already, else like any other."""

import faulthandler
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock

FORKSERVER = multiprocessing.get_context("forkserver")
FORKSERVER.set_forkserver_preload(
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


def do_nothing() -> None:
    """What most processes do first."""


class CadreProcess:
    """A process of its own, with the habits of `subprocess.Popen`. `first`: what it does before anything else."""

    def __init__(
        self,
        words: tuple[str, ...],
        env: Mapping[str, str],
        out: Path,
        err: Path,
        first: Callable[[], None] = do_nothing,
    ) -> None:
        self._process = FORKSERVER.Process(target=_run, args=(words, dict(env), str(out), str(err), first))
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

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def run_cadre(
    words: tuple[str, ...], env: Mapping[str, str], folder: Path, first: Callable[[], None] = do_nothing
) -> subprocess.CompletedProcess[str]:
    """The command to its end, and what it wrote; its two files are left in the folder."""
    out, err = folder / "command.out", folder / "command.err"
    for file in (out, err):
        file.unlink(missing_ok=True)
    code = CadreProcess(words, env, out, err, first).wait()
    return subprocess.CompletedProcess(
        words, code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")
    )


def _run(words: tuple[str, ...], env: dict[str, str], out: str, err: str, first: Callable[[], None]) -> None:
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT), number)
    os.environ.clear()
    os.environ.update(env)
    faulthandler.enable()
    first()
    sys.argv = ["cadre", *words]
    from services.__main__ import main

    main()
