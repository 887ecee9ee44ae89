"""`cadre sync now`: exchanges with a neighbour, once, until neither has more."""

from time import sleep
from typing import Annotated, NoReturn

import msgspec
import typer

from services.cli.bundle_exchange import fail_of_stranger, open_exchange
from services.cli.context import Context
from services.cli.errors import fail, warn
from services.cli.exchange_partners import explain_partners
from services.cli.language import translate
from services.cli.options import AsJson
from services.cli.output import progress_bar, write_json, write_result
from services.sync.exchange.calling import Caller, Progress
from services.sync.exchange.line import Line, LineFault
from services.sync.exchange.partners import NotANeighbour
from services.sync.exchange.session import Round
from services.sync.exchange.site_replica import SiteReplica
from services.sync.exchange.site_tree import find_parent_address

ATTEMPTS = 5
"""How often a neighbour is called that asks to be called again."""


def now(
    ctx: typer.Context,
    site: Annotated[str, typer.Argument(help="Id of the neighbour; else the site above.")] = "",
    address: Annotated[
        str, typer.Option("--address", help="Where it answers; else as the registry says.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Exchange with the site above, or another neighbour, until neither has more. Exit code 1: the line broke; what
    came before stays."""
    context: Context = ctx.obj
    rounds = list[Round]()
    with open_exchange(context) as replica:
        parent = replica.tree.parent(replica.site)
        neighbour = site or parent
        if not neighbour:
            fail("this site is the top of the tree", "name a site below that answers calls")
        configured = context.settings().parent_address
        address = address or _find_address(replica, neighbour, configured)
        fault = _exchange(replica, neighbour, address, rounds, as_json)
        if fault and not site and fault.rule == "Unreachable":
            _ask_above(replica, parent, as_json)
        above = replica.tree.parent(replica.site)
        if fault and not site and above != parent:  # it was said where this site belongs now
            warn("{fault}", "exchanging with {above} now", fault=fault, above=above)
            neighbour, address = above, _find_address(replica, above, configured)
            fault = _exchange(replica, neighbour, address, rounds, as_json)
        _show(replica, neighbour, rounds, as_json, fault)
        if fault:
            _fail_of_line(neighbour, address, fault)


def _ask_above(replica: SiteReplica, parent: str, as_json: bool) -> None:
    """Exchange with the sites above a parent that is not there, the nearest one that answers: this site may have been
    put below another, and its old parent switched off."""
    above = replica.tree.parent(parent)
    while above:
        address = replica.tree.address(above)
        if address and _exchange(replica, above, address, [], as_json) is None:
            return
        above = replica.tree.parent(above)


def _find_address(replica: SiteReplica, neighbour: str, configured: str) -> str:
    if neighbour == replica.tree.parent(replica.site):
        return find_parent_address(replica.tree, replica.site, configured)
    return replica.tree.address(neighbour)


def _exchange(
    replica: SiteReplica, neighbour: str, address: str, rounds: list[Round], as_json: bool
) -> LineFault | None:
    """Exchange until neither side has more, or the line breaks: why it did."""
    try:
        with explain_partners(replica.site):
            caller = Caller(replica, neighbour)
    except NotANeighbour:
        fail_of_stranger(replica, neighbour)
    if not address:
        fail("no address of {site} is known", "give one with --address https://…", site=neighbour)
    try:
        line = Line(address)
        with progress_bar(as_json) as progress:
            _call(caller, line, rounds, progress)
    except LineFault as fault:
        return fault
    return None


def _call(caller: Caller, line: Line, rounds: list[Round], progress: Progress) -> None:
    """Exchange; wait where the neighbour asks for that."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            for each in caller.exchange(line, progress):
                rounds.append(each)  # noqa: PERF402 - those before a fault are kept
        except LineFault as fault:
            if not fault.retry_after or attempt == ATTEMPTS:
                raise
            sleep(min(fault.retry_after, 30))
        else:
            break
    line.close()


def _show(
    replica: SiteReplica, neighbour: str, rounds: list[Round], as_json: bool, fault: LineFault | None
) -> None:
    if as_json:
        write_json(
            {
                "site": replica.site,
                "with": neighbour,
                "rounds": msgspec.to_builtins(rounds),
                "failure": str(fault) if fault else "",
            }
        )
        return
    shown = [
        {
            "round": number,
            "sent": each.sent,
            "took": ", ".join(f"{outcome} {count}" for outcome, count in each.took.items()),
            "received": sum(each.received.entries.values()),
        }
        for number, each in enumerate(rounds, start=1)
    ]
    write_result(shown, False, ("round", "sent", "took", "received"))


def _fail_of_line(site: str, address: str, fault: LineFault) -> NoReturn:
    """End the command because there was no answer."""
    text = translate("{site} at {address}: {fault}", site=site, address=address, fault=fault)
    match fault.rule:
        case "BadAddress":
            fail("{fault}", "give another with --address", code=1, fault=text)
        case "Unreachable":
            fail(
                "{fault}",
                "nothing is lost: try again when the line is up, or exchange in files (`cadre bundle make`)",
                code=1,
                fault=text,
            )
        case "Interrupted":
            fail("{fault}", "nothing is lost: the next call goes on where this one ended", code=1, fault=text)
        case "TlsFailed":
            fail(
                "{fault}",
                "the certificate of that address is not one that this machine trusts",
                code=1,
                fault=text,
            )
        case "NotASite":
            fail(
                "{fault}",
                "sign in to the network in a browser, or correct the address with --address",
                code=1,
                fault=text,
            )
    fail("{fault}", "that site refused it; nothing of it was stored there", code=1, fault=text)
