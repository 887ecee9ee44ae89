"""Creates database login roles and grants each exactly its privileges. Repeating it changes nothing."""

from collections.abc import Iterable, Mapping

import msgspec
import psycopg
from psycopg.sql import SQL, Composed, Identifier, Literal


class Grant(msgspec.Struct, frozen=True):
    """Privileges of one role on a table; without a table on all tables of the schema.

    `privileges` is a list of them as SQL writes it.
    """

    role: str
    privileges: str
    schema: str
    table: str = ""


def apply_grants(
    url: str, passwords: Mapping[str, str], grants: Iterable[Grant], members: Mapping[str, Iterable[str]]
) -> None:
    """Create the roles of `passwords` and grant them their privileges; `members` names the roles that a role may act
    as.

    `url` is an administrator's. Privileges that a role had on a table before are revoked first.
    """
    with psycopg.connect(url) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('cadre-ledger'))")
        for statement in [
            *_role_statements(connection, passwords),
            *_grant_statements(grants),
            *_member_statements(members),
        ]:
            connection.execute(statement)


def _role_statements(connection: psycopg.Connection, passwords: Mapping[str, str]) -> Iterable[Composed]:
    existing = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
    for role, password in passwords.items():
        # only its digest is sent, so that no log of the server has the password
        digest = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
        verb = SQL("ALTER" if role in existing else "CREATE")
        yield SQL("{} ROLE {} LOGIN PASSWORD {}").format(verb, Identifier(role), Literal(digest.decode()))


def _grant_statements(grants: Iterable[Grant]) -> Iterable[Composed]:
    wanted = list(grants)
    for role, schema in dict.fromkeys((grant.role, grant.schema) for grant in wanted):
        names = {"schema": Identifier(schema), "role": Identifier(role)}
        yield SQL("GRANT USAGE ON SCHEMA {schema} TO {role}").format(**names)
        yield SQL("REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}").format(**names)
    for grant in wanted:
        table = Identifier(grant.schema, grant.table) if grant.table else Identifier(grant.schema)
        kind = SQL("") if grant.table else SQL("ALL TABLES IN SCHEMA ")
        yield SQL("GRANT {} ON {}{} TO {}").format(SQL(grant.privileges), kind, table, Identifier(grant.role))


def _member_statements(members: Mapping[str, Iterable[str]]) -> Iterable[Composed]:
    for member, roles in members.items():
        for role in roles:
            yield SQL("GRANT {} TO {}").format(Identifier(role), Identifier(member))
