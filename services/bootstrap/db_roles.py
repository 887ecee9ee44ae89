"""One login role for each process of a cluster, and what it may do. No role may change or take away a fact."""

from collections.abc import Iterator, Mapping

from services.bootstrap.services import SERVICES
from services.identity.credentials.tables import ACCOUNTS, EMERGENCIES, NOTES, REVOKED, SESSIONS, TOKENS
from services.identity.credentials.tables import SCHEMA as CREDENTIALS
from shared.commands.command_handler import AnyService
from shared.database.db_grants import Grant, apply_grants
from shared.eventlog.key_store_postgres import PostgresKeyStore
from shared.readmodel.row_store import ROWS_NAME
from shared.replica.store.database import SCHEMA as REPLICA

READER, RELAY, PORTAL, OPERATOR = "chronicle", "relay", "portal", "operator"
IMPORTER = "sync"
"""The service that exchanges facts with other sites, and its one importer."""
IDENTITY = "identity"
"""The service that keeps accounts and their credentials."""
READ, ADD, KEEP = "SELECT", "SELECT, INSERT", "SELECT, INSERT, UPDATE"
ROWS = "SELECT, INSERT, UPDATE, DELETE"
READ_POSITIONS = "SELECT (notification_id)"
"""The column that numbers events, and no other."""


def roles() -> list[str]:
    """Every login role: the services that write, then the others."""
    return [*SERVICES, READER, RELAY, PORTAL, OPERATOR]


def grants() -> Iterator[Grant]:
    """The privileges of every role."""
    for name, service in SERVICES.items():
        yield from _writer(name, service)
        yield Grant(READER, READ, name, "stored_events")
        yield Grant(READER, READ, name, "epochs")
        yield Grant(RELAY, READ, name, "stored_events")
        yield Grant(RELAY, KEEP, name, "bookmarks")
        if not service.local:
            yield Grant(IMPORTER, READ, name, "stored_events")  # it passes every log on to other sites
    yield from _importer()
    yield from _credentials()
    for role in (READER, RELAY, *(name for name in SERVICES if name != IMPORTER)):
        yield Grant(role, READ, REPLICA)  # what of other sites counts
    yield Grant(READER, ROWS, ROWS_NAME)
    yield Grant(READER, READ, "keys", "keys")
    yield Grant(PORTAL, READ, ROWS_NAME, "decisions")  # whether the demonstration is loaded


def _credentials() -> Iterator[Grant]:
    """One service keeps them. Every process that serves HTTP finds out by itself who asks, and says when it last saw
    them; it reads no password and no secret of codes."""
    yield Grant(IDENTITY, ROWS, CREDENTIALS)
    for role in (*(name for name in SERVICES if name != IDENTITY), READER, PORTAL):
        yield Grant(role, READ, CREDENTIALS, ACCOUNTS.name)
        yield Grant(role, "SELECT, UPDATE (seen_at)", CREDENTIALS, SESSIONS.name)
        yield Grant(role, "SELECT, UPDATE (used_at)", CREDENTIALS, TOKENS.name)
        yield Grant(role, "INSERT", CREDENTIALS, NOTES.name)  # who looked at what
        yield Grant(role, READ, CREDENTIALS, REVOKED.name)
        yield Grant(role, READ, CREDENTIALS, EMERGENCIES.name)


def _importer() -> Iterator[Grant]:
    """The process that exchanges facts with other sites keeps the replica, records in the registry of sites, and takes
    in the keys of people that come with their facts."""
    yield Grant(IMPORTER, ROWS, REPLICA)
    yield Grant(IMPORTER, ADD, "sites", "stored_events")
    yield Grant(IMPORTER, ADD, "sites", "commands")
    yield Grant(IMPORTER, KEEP, "sites", "epochs")
    yield Grant(IMPORTER, ADD, "keys", "keys")
    yield Grant(IMPORTER, KEEP, ROWS_NAME, "closed")


def _writer(name: str, service: AnyService) -> Iterator[Grant]:
    """A service appends to its own log and reads the rows. It reads the keys, and creates some where its facts have
    personal fields; row security shows the others only the key of the site."""
    yield Grant(name, ADD, name, "stored_events")
    yield Grant(name, ADD, name, "commands")
    yield Grant(name, KEEP, name, "epochs")
    yield Grant(name, KEEP, name, "bookmarks")
    yield Grant(name, READ, ROWS_NAME)
    yield Grant(name, ADD if service.topic.personal else READ, "keys", "keys")
    for other in SERVICES.keys() - {
        name
    }:  # how far the rows are behind the other logs, and no fact of theirs
        yield Grant(name, READ, other, "epochs")
        yield Grant(name, READ_POSITIONS, other, "stored_events")


def keyholders() -> list[str]:
    """Who may read the keys of people: the services that keep personal fields, the read side that shows them, and the
    importer that passes them on."""
    return [*(name for name, service in SERVICES.items() if service.topic.personal), READER, IMPORTER]


def create_roles(database: str, passwords: Mapping[str, str]) -> None:
    """Create every role with its privileges; the operator may act as every service. ValueError without a password."""
    missing = [role for role in roles() if not passwords.get(role)]
    if missing:
        raise ValueError(f"no password for {', '.join(missing)}")
    known = {role: passwords[role] for role in roles()}
    apply_grants(database, known, grants(), {OPERATOR: [*SERVICES, READER]})
    PostgresKeyStore.restrict_access(database, keyholders())
