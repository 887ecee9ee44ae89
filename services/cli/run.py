"""`cadre run` and `cadre demo`: everything in one process on one port, and the demonstration."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer
from fastapi import FastAPI
from msgspec.structs import replace
from rich.console import Console

from services.bootstrap.access_control import open_control
from services.bootstrap.http_app import create_http_app, serve_http
from services.bootstrap.identity import add_first_administrator, open_identity
from services.bootstrap.replicas import create_replica, has_site_keys, open_site_exchange
from services.bootstrap.served_ledger import ServedLedger
from services.bootstrap.signed_listener import serve_signed
from services.cli.audit.options import current_actor
from services.cli.context import Context, read_environment_settings
from services.cli.demo_accounts import (
    PublishedSecrets,
    describe_sign_in,
    make_demo_accounts,
    require_one_process,
)
from services.cli.errors import fail
from services.cli.language import translate
from services.cli.ledger_access import ledger_for_writing, open_ledger
from services.cli.output import progress_bar
from services.cli.sign_in_services import read_sign_in_services
from services.demo.demonstration import ACTOR, demonstration_tour, is_loaded, load_demo
from shared.core.clock import SimulatedClock
from shared.core.errors import LogBehindRows, ReadOnlyStore
from shared.core.partial_dates import Instant
from shared.database.failures import is_failure, name_failure
from shared.http.browser_guard import LOOPBACK_HOSTS, BrowserGuard
from shared.http.start_token import start_token
from shared.operations.settings import parse_hosts
from shared.runtime.embedded import LedgerLocked, RowsOutdated
from shared.runtime.lease_handover import lend_lease
from shared.runtime.ledger import Ledger

_SWITCH_SECONDS = 0.001
"""So long a thread goes on before another may: with 5 ms, as usual, a write of somebody waits twice as long while the
facts of another site are taken in."""


def run(
    ctx: typer.Context,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The port to listen on.")] = 8000,
    host: Annotated[
        str, typer.Option("--host", help="The address to listen on; of this machine only.")
    ] = "127.0.0.1",
    empty: Annotated[
        bool, typer.Option("--empty", help="Start with nothing instead of the demonstration.")
    ] = False,
    require_token: Annotated[
        bool,
        typer.Option(
            "--require-token", help="Ask programs for the token too: where others use this machine."
        ),
    ] = False,
    accounts: Annotated[
        bool,
        typer.Option(
            "--accounts",
            help="Ask everybody to sign in; the first time, make an administrator and print a one-time link.",
        ),
    ] = False,
    sync_listen: Annotated[
        str,
        typer.Option(
            "--sync-listen", help="[HOST:]PORT where other sites are answered too, and nobody else."
        ),
    ] = "",
) -> None:
    """Serve the page and the API on this machine; the first time load the demonstration."""
    if host not in ("127.0.0.1", "localhost", "::1"):
        fail(
            "{host} can be reached from other machines",
            "there is no sign-in yet: listen on 127.0.0.1, or run a cluster with tokens (`cadre serve`)",
            host=host,
        )
    context: Context = ctx.obj
    console = Console(stderr=True)
    if not empty:
        with _unless_read_only():
            _load_if_empty(context.home, console)
    settings = context.settings()
    guard = BrowserGuard(
        hosts=LOOPBACK_HOSTS | parse_hosts(settings.hosts),
        token=start_token(settings.home),
        everybody=require_token,
    )
    providers = read_sign_in_services(settings.oidc)
    address = f"http://{'[::1]' if host == '::1' else host}:{port}"
    secrets = PublishedSecrets()

    def create_app(ledger: Ledger, opened: ExitStack) -> FastAPI:
        stored = opened.enter_context(open_identity(ledger, context.clock, settings.database))
        identity, control = opened.enter_context(open_control(ledger, stored, context.clock, providers))
        secrets.check(ledger, identity)
        if accounts and identity and (link := add_first_administrator(identity, current_actor("user"))):
            said = translate("the first administrator sets a password here, within 24 hours:")
            _say(console, f"{said} {address}/sign-in?link={link}")
        has_accounts = (
            identity is not None and identity.principals.is_required()
        )  # then the start token is no sign-in
        app = create_http_app(
            ledger,
            tour=demonstration_tour(ledger),
            guard=replace(guard, token="") if has_accounts else guard,
            exchange=opened.enter_context(open_site_exchange(settings, ledger, context.clock)),
            identity=identity,
            control=control,
        )
        secrets.show(app)
        return app

    try:
        served = ServedLedger(lambda writes: _open_with_replica(context, writes), create_app)
    except LedgerLocked as error:
        fail(str(error))
    except RowsOutdated as error:
        fail(str(error), "open the ledger once where it can be written, so that they are made anew")
    with closing(served), lend_lease(settings.home, served.release, served.take_back):
        entry = f"{address}/?token={guard.token}"
        _say(console, f"Cadre Ledger: {entry}   API: {address}/docs   data: {settings.home}")
        if secrets.found:
            _say(console, describe_sign_in(secrets.found))
        _serve(served, host, port, sync_listen or settings.sync_listen)


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)


def _open_with_replica(context: Context, writes: bool) -> Ledger:
    settings = context.settings()
    if writes and has_site_keys(settings.home):
        create_replica(settings.home, settings.database)
    return open_ledger(context, writes)


@contextmanager
def _unless_read_only() -> Iterator[None]:
    """Leave it at what is there where the ledger may only be read."""
    try:
        yield
    except Exception as error:
        if not is_failure(error) or not isinstance(name_failure(error), ReadOnlyStore):
            raise


def load_demonstration(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Which demonstration; there is one.")] = "five-places",
    empty: Annotated[
        bool,
        typer.Option("--empty", help="Load nothing; else as CADRE_EMPTY says."),
    ] = False,
    if_empty: Annotated[
        bool, typer.Option("--if-empty", help="Leave a ledger that has facts of its own as it is.")
    ] = False,
    accounts: Annotated[
        bool,
        typer.Option(
            "--accounts",
            help="Add a ward officer, a city head, an auditor and a program, with secrets that everybody knows.",
        ),
    ] = False,
) -> None:
    """Load the demonstration that `cadre run` starts with."""
    if name != "five-places":
        fail("no demonstration is called {name}", "there is five-places", name=name)
    context: Context = ctx.obj
    console, start = Console(stderr=True), perf_counter()
    if accounts:
        require_one_process()
    if empty or read_environment_settings().empty:
        if accounts:
            fail(
                "the accounts of the demonstration need the demonstration, and --empty or CADRE_EMPTY leaves it out",
                "leave out one of them",
            )
        return
    if not _load_if_empty(context.home, console):
        if if_empty and not accounts:
            return
        fail("this ledger has facts of its own", "name an empty folder with --home")
    console.print(translate("loaded, {seconds:.1f} s", seconds=perf_counter() - start), highlight=False)
    if accounts:
        _say(console, make_demo_accounts(context))


def _load_if_empty(home: Path | None, console: Console) -> bool:
    """Load the demonstration, recorded by a simulated clock, so that facts became known at different times.

    False where the ledger has facts of its own; then nothing is loaded."""
    clock = SimulatedClock(Instant("2014-01-01T00:00:00.000000Z"))
    with ledger_for_writing(Context(home, clock), borrow=False) as ledger:
        if _has_facts_missing(ledger):
            return False
        first = ledger.logs["organization"].read(limit=1)
        if first and first[0][1].actor not in ("demo", ACTOR):
            return False
        if is_loaded(ledger.tables):
            return True
        console.print(
            translate("First start: loading the units of Viet Nam and what five places published …")
        )
        with progress_bar(False) as progress:
            load_demo(ledger, clock, progress)
            if ledger.projector:
                ledger.projector.project_pending(progress)
            ledger.skip_reactions()
    return True


def _has_facts_missing(ledger: Ledger) -> bool:
    """Whether rows stand on facts that a log does not have: then it is no new ledger, whatever the log says."""
    try:
        ledger.check_stores(ledger.logs)
    except LogBehindRows:
        return True
    return False


def _serve(served: ServedLedger, host: str, port: int, sync_listen: str) -> None:
    sys.setswitchinterval(_SWITCH_SECONDS)
    try:
        with serve_signed(served, sync_listen):
            serve_http(served, host, port)
    except (OSError, ValueError) as error:
        fail("other sites cannot be answered at {address}: {error}", address=sync_listen, error=error)
    except SystemExit as stop:
        if stop.code:
            fail(
                "cannot listen on port {port}",
                "another program uses it; choose another with --port",
                port=port,
            )
