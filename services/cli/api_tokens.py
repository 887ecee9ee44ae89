"""`cadre token …`: tokens of programs. What a program sends is shown once."""

import sys
from typing import Annotated

import typer

from services.cli.audit.options import current_actor
from services.cli.errors import fail
from services.cli.language import translate
from services.cli.options import AsJson
from services.cli.output import write_json, write_result
from services.cli.site_options import Reason
from services.cli.users import Login, find_account, open_administration
from services.identity.access.administration import list_tokens
from services.identity.events import TokenScope
from shared.core.partial_dates import civil_day

COLUMNS = ("id", "owner", "label", "scopes", "ends", "used_at", "revoked")


def add_token(
    ctx: typer.Context,
    login: Login,
    label: Annotated[str, typer.Option("--label", help="What the token is for.")],
    ends: Annotated[str, typer.Option("--until", help="The last day.")],
    record: Annotated[
        bool, typer.Option("--record", help="It may record facts too, as its owner may.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Issue a token that acts for an account until a day, and print it once."""
    try:
        day = civil_day(ends)
    except ValueError as error:
        fail(str(error))
    scopes = (TokenScope.READ, TokenScope.RECORD) if record else (TokenScope.READ,)
    with open_administration(ctx.obj) as administration:
        owner = find_account(administration, login).id
        id_, token = administration.issue_token(owner, label, scopes, day, current_actor("user"))
    if as_json:
        write_json({"id": id_, "token": token})
        return
    sys.stdout.write(token + "\n")
    sys.stderr.write(translate("this is shown once; send it as Authorization: Bearer …") + "\n")


def show_tokens(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Every token with its owner, its end and its last use."""
    with open_administration(ctx.obj) as administration:
        last_uses = administration.store.tokens.last_uses()
        write_result(list_tokens(administration.directory(), last_uses), as_json, COLUMNS)


def revoke_token(
    ctx: typer.Context,
    token: Annotated[str, typer.Argument(help="The id of the token, as `cadre token list` shows it.")],
    reason: Reason = "",
) -> None:
    """Refuse a token from now on."""
    with open_administration(ctx.obj) as administration:
        administration.revoke_token(token, current_actor("user"), reason)
