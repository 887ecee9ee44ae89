"""`cadre sync …`: how this site stands with the others."""

from typing import Annotated

import msgspec
import typer

from services.cli.bundle_exchange import open_exchange
from services.cli.errors import fail
from services.cli.language import translate
from services.cli.options import AsJson
from services.cli.output import write_json, write_result
from services.sync.exchange.listing import count_logs
from services.sync.exchange.status import SyncStatus, read_status
from shared.commands.read_model_progress import Deadline
from shared.core.errors import ReadModelBehind
from shared.readmodel.row_digests import digest_rows

ROWS_SECONDS = 30.0
"""How long to wait for the workers of a cluster."""
ALARMED = 3
"""Exit code where somebody must look into something."""


def status(ctx: typer.Context, as_json: AsJson = False) -> None:
    """What of this site has arrived above, how much of every other one is here, and what is wrong.

    Exit code 3: something needs somebody."""
    with open_exchange(ctx.obj) as replica:
        found = read_status(replica)
    if as_json:
        write_json(msgspec.to_builtins(found))
    else:
        _show(found)
    if found.alarms:
        raise typer.Exit(ALARMED)


def digest(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Digests of all that is shown now. Sites with the same facts have the same ones."""
    with open_exchange(ctx.obj) as replica:
        ledger = replica.ledger
        try:
            ledger.progress.catch_up_with(list(ledger.logs), Deadline(ROWS_SECONDS))
        except ReadModelBehind:
            fail(
                "the rows are behind the facts",
                "see that `cadre worker` and `cadre relay` run, and try again",
                code=1,
            )
        digests = digest_rows(ledger.tables)
    rows = [{"rows": name, "sha256": value} for name, value in digests.items()]
    write_result(rows, as_json, ("rows", "sha256"))


def count(
    ctx: typer.Context,
    site: Annotated[str, typer.Option("--site", help="Id of another site; else this one.")] = "",
    as_json: AsJson = False,
) -> None:
    """How many entries of each log this site has, or another as it said last."""
    with open_exchange(ctx.obj) as replica:
        known = sorted(replica.tree.signing_keys())
        if site and site not in known:
            fail(
                "no site {site} belongs to the tree",
                "name one of these: {sites}",
                site=site,
                sites=", ".join(known),
            )
        rows = [msgspec.to_builtins(each) for each in count_logs(replica, site or replica.site)]
    write_result(rows, as_json, ("origin", "topic", "entries"))


def _show(found: SyncStatus) -> None:
    own = found.own
    lines: list[dict[str, object]] = [
        {
            "site": found.site,
            "states": translate(
                "recorded {recorded}, sent {sent}, delivered {delivered}",
                recorded=own.recorded,
                sent=own.sent,
                delivered=own.delivered,
            ),
            "heard_until": "",
            "behind": 0,
        }
    ]
    lines += [
        {
            "site": line.origin,
            "states": ", ".join(line.states),
            "heard_until": line.heard_until,
            "behind": line.behind,
        }
        for line in found.origins
    ]
    write_result(lines, False, ("site", "states", "heard_until", "behind"))
    if held := [each for line in found.origins for each in line.held]:
        write_result(held, False, ("origin", "topic", "epoch", "first", "last", "why"))
    if letters := [each for line in found.origins for each in line.dead_letters]:
        write_result(letters, False, ("origin", "topic", "epoch", "seq", "stream", "why"))
    for alarm in found.alarms:
        typer.echo(alarm.text)
    for each in found.proposed:
        text = translate(
            "the clock of this site was wrong and is right now; state it with: {command}",
            command=each.command,
        )
        typer.echo(text)
    if found.lines:
        lines = msgspec.to_builtins(found.lines)
        write_result(lines, False, ("site", "last_contact", "failed_at", "failure"))
