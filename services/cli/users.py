"""`cadre user …`: who may sign in, with which role and where. Whoever has this machine may."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, NoReturn, get_args

import typer

from services.bootstrap.identity import open_identity
from services.cli.audit.options import current_actor
from services.cli.context import Context
from services.cli.errors import fail
from services.cli.language import current_language, translate
from services.cli.ledger_access import ledger_for_writing
from services.cli.options import AsJson
from services.cli.output import write_json, write_result
from services.cli.site_options import Reason
from services.identity.access.administration import Administration
from services.identity.domain.directory import Account
from services.identity.routes.account_routes import list_accounts
from shared.core.decider import Rejected
from shared.core.facts import Confidentiality
from shared.core.partial_dates import Day, civil_day
from shared.http.principal import Role

Login = Annotated[str, typer.Argument(help="The login of the account.")]
RoleName = Annotated[Role, typer.Option("--role", help="The role.")]
Units = Annotated[
    list[str] | None,
    typer.Option(
        "--unit", help="Id of a unit: the role holds in it and below. May be given again; else everywhere."
    ),
]
Bodies = Annotated[
    list[str] | None,
    typer.Option(
        "--body", help="Id of a body: the role holds for the persons it manages. May be given again."
    ),
]
COLUMNS = ("login", "name", "enabled", "clearance", "roles", "id")


@contextmanager
def open_administration(context: Context) -> Iterator[Administration]:
    """What changes accounts. Ends the command where a rule refuses the change."""
    with ledger_for_writing(context) as ledger:
        settings = context.settings()
        with open_identity(ledger, context.clock, settings.database) as access:
            if access is None:
                fail("the folder of the ledger may only be read", "make it writable and run it again")
            try:
                yield access.administration
            except Rejected as rejected:
                _fail_rejected(rejected)


def find_account(administration: Administration, login: str) -> Account:
    """The account with this login. Ends the command where there is none."""
    account = administration.directory().find_login(login)
    if account is None:
        fail("no account has the login {login}", "`cadre user list` shows them", login=login)
    return account


def add_user(
    ctx: typer.Context,
    login: Login,
    name: Annotated[str, typer.Option("--name", help="Name of the person: the actor of what they record.")],
    role: Annotated[Role | None, typer.Option("--role", help="The role.")] = None,
    unit: Units = None,
    clearance: Annotated[
        str, typer.Option("--clearance", help="The highest class of facts they see: OPEN to SECRET.")
    ] = "INTERNAL",
    as_json: AsJson = False,
) -> None:
    """Add an account, and print a one-time link with which its owner sets the password."""
    context: Context = ctx.obj
    with open_administration(context) as administration:
        if not administration.directory().accounts and role is not Role.ADMINISTRATOR:
            fail(
                "the first account is that of an administrator",
                "add --role administrator; from then on everybody has to sign in",
            )
        account, link = administration.add_account(
            login, name, current_actor("user"), _parse_clearance(clearance), role, tuple(unit or ())
        )
    show_link(account, link, as_json)


def change_role(
    ctx: typer.Context,
    login: Login,
    role: Annotated[Role, typer.Argument(help="The role.")],
    unit: Units = None,
    body: Bodies = None,
    starts: Annotated[str, typer.Option("--from", help="The first day.")] = "",
    ends: Annotated[str, typer.Option("--until", help="The last day.")] = "",
    end: Annotated[bool, typer.Option("--end", help="Take the role away, wherever it holds.")] = False,
    reason: Reason = "",
) -> None:
    """Grant a role in some units or everywhere, or take it away."""
    context: Context = ctx.obj
    first, last = _parse_day(starts), _parse_day(ends)
    with open_administration(context) as administration:
        account, actor = find_account(administration, login), current_actor("user")
        if not end:
            administration.grant(
                account.id,
                role,
                actor,
                units=tuple(unit or ()),
                bodies=tuple(body or ()),
                starts=first,
                ends=last,
            )
            return
        held = [
            each.granted.grant
            for each in administration.directory().grants.values()
            if each.granted.account == account.id and each.granted.role is role and not each.ended
        ]
        if not held:
            fail("{login} does not have this role", "`cadre user list` shows who has which", login=login)
        for grant in held:
            administration.end_grant(grant, actor, reason)


def disable_user(ctx: typer.Context, login: Login, reason: Reason = "") -> None:
    """Disable an account: nobody can sign in, and its sessions and tokens are over at once."""
    with open_administration(ctx.obj) as administration:
        administration.disable(find_account(administration, login).id, current_actor("user"), reason)


def enable_user(ctx: typer.Context, login: Login, reason: Reason = "") -> None:
    """Let a disabled account be used again."""
    with open_administration(ctx.obj) as administration:
        administration.enable(find_account(administration, login).id, current_actor("user"), reason)


def reset_user(ctx: typer.Context, login: Login, as_json: AsJson = False) -> None:
    """Take one-time codes away, end all sessions and print a link for a new password."""
    with open_administration(ctx.obj) as administration:
        account = find_account(administration, login)
        link = administration.reset(account.id, current_actor("user"))
    show_link(account.id, link, as_json)


def list_users(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Every account with its roles of today."""
    context: Context = ctx.obj
    with open_administration(context) as administration:
        write_result(list_accounts(administration.directory(), context.clock()[:10]), as_json, COLUMNS)


def show_link(account: str, link: str, as_json: bool) -> None:
    """Print a one-time link once."""
    path = f"/sign-in?link={link}"
    if as_json:
        write_json({"account": account, "link": path})
        return
    sys.stdout.write(path + "\n")
    sys.stderr.write(
        translate("open this at the address of the ledger, within 24 hours; it works once") + "\n"
    )


def _parse_clearance(text: str) -> Confidentiality:
    known: dict[str, Confidentiality] = {each: each for each in get_args(Confidentiality)}
    if text.upper() not in known:
        fail("{text} is no class of facts", "there are OPEN, INTERNAL, CONFIDENTIAL and SECRET", text=text)
    return known[text.upper()]


def _parse_day(text: str) -> Day | None:
    try:
        return civil_day(text) if text else None
    except ValueError as error:
        fail(str(error))


def _fail_rejected(rejected: Rejected) -> NoReturn:
    title = rejected.title_vi if current_language() == "vi" else rejected.title
    details = ", ".join(f"{name}: {value}" for name, value in rejected.case.items())
    reason = f"{rejected.rule}: {title} ({details})" if details else f"{rejected.rule}: {title}"
    fail("{reason}", code=1, reason=reason)
