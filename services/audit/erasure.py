"""Erases a person: the encryption key is destroyed, and the rows are projected again without personal data."""

from sqlalchemy import Engine

from services.audit.events import SubjectErased
from services.audit.replay import ReplaySource
from shared.commands.command_handler import AnyApplication, Origin
from shared.core.partial_dates import Day
from shared.eventlog.union import UnionReader
from shared.readmodel.projector import project_streams, projections_of


class NotOnFile(Exception):
    """Nobody with this id has, or had, a key."""


def erase(
    source: ReplaySource,
    app: AnyApplication,
    subject: str,
    reason: str,
    day: Day,
    origin: Origin,
    decision: str = "",
) -> int:
    """Destroy the key, project the rows again, remove old pages from disk, and record it. Repeating it changes nothing.

    Returns how many facts cannot be read any more. Raises NotOnFile; then nothing was done.
    """
    unions = {
        name: UnionReader(log, source.foreign) for name, log in source.logs.items() if log.topic.personal
    }
    held = {name: union for name, union in unions.items() if union.find_known_streams([subject])}
    if not held:
        raise NotOnFile(subject)
    fact = SubjectErased(reason=reason, decision=decision, effective_from=day)
    app.log.check_open((fact,))
    source.keys.destroy(subject)
    for name, union in held.items():
        with source.tables.transaction() as connection:
            project_streams(source.tables, connection, name, union.load_histories([subject]))
    names = [each.name for name in held for each in projections_of(source.tables.projections.values(), name)]
    _forget(source.tables.engine, names)
    app.handle(subject, fact, origin)
    return sum(union.count_events(subject) for union in held.values())


def _forget(engine: Engine, names: list[str]) -> None:
    """Rewrite the tables: a changed row stays in free pages and in the journal until then."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("VACUUM")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            for name in names:
                connection.exec_driver_sql(f"VACUUM FULL {engine.dialect.identifier_preparer.quote(name)}")
