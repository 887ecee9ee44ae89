"""Makes the rows of a cluster anew where events of other sites come to count, or cease to."""

import logging
from collections.abc import Callable, Iterable, Mapping

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from shared.core.errors import StoreUnavailable
from shared.eventlog.foreign_events import ForeignEvents
from shared.messaging.inbox import Inbox
from shared.readmodel.row_store import RowStore, foreign_follower

_PAGE = 500
"""Changes that are projected in one transaction."""
log = logging.getLogger(__name__)


def load_foreign_positions(tables: RowStore) -> dict[str, int]:
    """By topic, the number of the last change of events of other sites that has rows."""
    prefix = foreign_follower("")
    return {
        follower.removeprefix(prefix): position
        for follower, position in tables.load_positions().items()
        if follower.startswith(prefix)
    }


class ForeignProjector:
    """Follows the changes by their numbers, one process of a cluster at a time. Rows and the number of the last change
    move together, and rows are made of all that is stored, so that whatever is interrupted is done again."""

    def __init__(
        self,
        foreign: ForeignEvents,
        inbox: Inbox,
        find_changed: Callable[[Mapping[str, int]], Iterable[str]],
    ) -> None:
        """`find_changed`: the topics with changes after those numbers."""
        self._foreign, self._inbox, self._tables = foreign, inbox, inbox.tables
        self._find_changed = find_changed

    def poll(self) -> int:
        """Project what has changed; returns how many changes."""
        return sum(map(self._project_topic, self._find_changed(load_foreign_positions(self._tables))))

    def _project_topic(self, topic: str) -> int:
        projected = 0
        while page := self._project_page(topic):
            projected += page
        return projected

    def _project_page(self, topic: str) -> int:
        follower = foreign_follower(topic)
        try:
            with self._tables.transaction() as connection:
                lock = text("SELECT pg_try_advisory_xact_lock(hashtext(:follower), -2)")
                if not connection.execute(lock, {"follower": follower}).scalar():
                    return 0  # another process does it
                after = self._tables.position(connection, follower)
                page = self._foreign.read_changes(topic, after, _PAGE)
                if page:
                    self._inbox.project(connection, topic, sorted({stream for _, stream in page}))
                    self._tables.set_position(connection, follower, page[-1][0])
                return len(page)
        except (SQLAlchemyError, StoreUnavailable, OSError):
            raise
        except Exception:
            log.exception("%s: events of other sites cannot be folded; their streams keep their rows", topic)
            return self._project_one_by_one(topic)

    def _project_one_by_one(self, topic: str) -> int:
        """The same, leaving out the streams that cannot be folded: a bad event must not keep others waiting."""
        follower = foreign_follower(topic)
        with self._tables.transaction() as connection:
            after = self._tables.position(connection, follower)
        page = self._foreign.read_changes(topic, after, _PAGE)
        for stream in sorted({stream for _, stream in page}):
            try:
                with self._tables.transaction() as connection:
                    self._inbox.project(connection, topic, [stream])
            except (SQLAlchemyError, StoreUnavailable, OSError):
                raise
            except Exception as error:  # noqa: BLE001 - whatever a fold raises
                log.warning("%s: stream %s waits: %s", topic, stream, error)
        with self._tables.transaction() as connection:
            if page and self._tables.position(connection, follower) == after:
                self._tables.set_position(connection, follower, page[-1][0])
        return len(page)
