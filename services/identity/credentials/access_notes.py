"""Notes of access by processes that may not write the log of identity, until the one that may records them."""

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.exc import DBAPIError

from services.identity.credentials.tables import NOTES
from shared.core.clock import new_id
from shared.database.failures import name_failure

PAGE = 5000


class AccessNotes:
    """A queue that outlives every process. Raises StoreUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, notes: Iterable[msgspec.Raw]) -> None:
        """Keep these notes, all or none."""
        rows = [{"id": new_id(), "note": bytes(note).decode()} for note in notes]
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(NOTES), rows)
        except DBAPIError as error:
            raise name_failure(error) from error

    def read(self) -> list[tuple[str, bytes]]:
        """(id, note) of the oldest ones."""
        try:
            with self._engine.connect() as connection:
                rows = connection.execute(select(NOTES).order_by(NOTES.c.id).limit(PAGE)).all()
        except DBAPIError as error:
            raise name_failure(error) from error
        return [(row.id, row.note.encode()) for row in rows]

    def remove(self, ids: Sequence[str]) -> None:
        """Forget notes that are recorded."""
        try:
            with self._engine.begin() as connection:
                connection.execute(delete(NOTES).where(NOTES.c.id.in_(ids)))
        except DBAPIError as error:
            raise name_failure(error) from error
