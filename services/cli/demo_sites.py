"""`cadre demo-sites`: four sites on this machine that exchange facts, each a process of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import typer
from rich.console import Console

from services.cli.context import Context
from services.cli.errors import fail
from services.cli.language import translate
from services.demo.sites import DEMO_SITES, DemoSite

START_SECONDS = 60.0
"""How long a site may take until it answers."""
STOP_SECONDS = 15.0


def start_demo_sites(
    ctx: typer.Context,
    port: Annotated[
        int, typer.Option("--port", min=1, max=65532, help="The port of the first; the others follow.")
    ] = 8000,
    make_only: Annotated[
        bool, typer.Option("--make-only", help="Make the sites and let them exchange once; start none.")
    ] = False,
) -> None:
    """A province with the demonstration, a city and two wards on this machine, which exchange facts; says what to try.

    --home names the folder that has a home for each of them."""
    context: Context = ctx.obj
    if context.home is None:
        fail("the sites need a folder of their own", "name an empty one: cadre --home FOLDER demo-sites")
    sites = _Sites(context.home, port)
    sites.make()
    if not make_only:
        sites.run()


class _Sites:
    """The processes of the sites; each site has a folder named after it."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder.absolute()
        self._ports = {site.id: port + number for number, site in enumerate(DEMO_SITES)}
        self._console = Console(stderr=True, highlight=False)

    def make(self) -> None:
        """Make what is not there yet. Cut short, the next start goes on."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for site in DEMO_SITES:
            if self._is_made(site):
                continue
            self._say(translate("making {name} …", name=site.name))
            if site.parent:
                self._join(site)
            else:
                self._cadre(site.id, "demo", "--if-empty")
                self._cadre(site.id, *self._init(site), "--root")
            (self._folder / site.id / "made").touch()

    def _is_made(self, site: DemoSite) -> bool:
        return (self._folder / site.id / "made").exists()

    def _init(self, site: DemoSite) -> Sequence[str]:
        address = f"http://127.0.0.1:{self._ports[site.id]}"
        named = ("--name", site.name, "--level", site.level, "--unit", site.unit, "--address", address)
        return ("site", "init", *named)

    def _join(self, site: DemoSite) -> None:
        """Enrol a site, and bring it all that its parent has."""
        request, ticket, bundle = (
            str(self._folder / f"{site.id}.{kind}") for kind in ("request", "ticket", "cadre")
        )
        self._cadre(site.id, *self._init(site), "--out", request)
        self._cadre(site.parent, "site", "admit", request, "--out", ticket)
        self._cadre(site.id, "site", "join", ticket)
        self._cadre(site.parent, "bundle", "make", "--for", site.id, "--out", bundle)
        self._cadre(site.id, "bundle", "apply", bundle)
        for file in (request, ticket, bundle):
            Path(file).unlink()

    def _command(self, site: str, *words: str) -> list[str]:
        return [sys.executable, "-m", "services", "--home", str(self._folder / site), *words]

    def _cadre(self, site: str, *words: str) -> None:
        """Run a command at a site; ends this one where it fails."""
        env = os.environ | {"CADRE_SITE": site}
        done = subprocess.run(
            self._command(site, *words), env=env, capture_output=True, text=True, check=False
        )
        if done.returncode:
            self._fail(site, words, done.stderr)

    def _fail(self, site: str, words: Sequence[str], told: str) -> NoReturn:
        self._console.print(told.rstrip(), markup=False)
        fail(
            "{site}: cadre {command} failed",
            "mend what it says and start again, or remove {folder} to begin anew",
            site=site,
            command=" ".join(words[:2]),
            folder=self._folder,
        )

    def run(self) -> None:
        """Serve all of them until this process is ended."""
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        running = list[subprocess.Popen[bytes]]()
        try:
            for site in DEMO_SITES:
                command = self._command(site.id, "run", "--empty", "--port", str(self._ports[site.id]))
                running.append(subprocess.Popen(command, env=os.environ | {"CADRE_SITE": site.id}))
            for site, process in zip(DEMO_SITES, running, strict=True):
                self._wait_for(site, process)
            self._explain()
            while all(process.poll() is None for process in running):
                time.sleep(0.2)
        except KeyboardInterrupt:
            pass
        finally:
            _stop(running)

    def _wait_for(self, site: DemoSite, process: "subprocess.Popen[bytes]") -> None:
        ask, begun = build_opener(ProxyHandler({})).open, time.monotonic()
        while process.poll() is None and time.monotonic() - begun < START_SECONDS:
            try:
                with ask(f"http://127.0.0.1:{self._ports[site.id]}/health", timeout=5):
                    return
            except (URLError, OSError):
                time.sleep(0.1)
        fail("{site} did not start", "its last lines are above", site=site.id)

    def _explain(self) -> None:
        ward = DEMO_SITES[-1]
        self._say(translate("The sites answer at the addresses above. What to try:"))
        for line in (
            translate("record something at {name}, and find it at the province", name=ward.name),
            translate("stop this, start it again: what was recorded meanwhile arrives"),
            translate(
                "see how they stand: the page, view=sites, or {command}",
                command=self._shown(ward, "sync", "status"),
            ),
            translate("close the city as on 1 July 2025: docs/sites.md"),
        ):
            self._say(f"  - {line}")

    def _shown(self, site: DemoSite, *words: str) -> str:
        return f"cadre --home {self._folder / site.id} {' '.join(words)}"

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False, soft_wrap=True)


def _stop(running: "list[subprocess.Popen[bytes]]") -> None:
    for process in running:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    for process in running:
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
