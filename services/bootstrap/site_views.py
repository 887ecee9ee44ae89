"""The views of a ledger in a tree of sites: what was known when elsewhere, and how far other sites are heard."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from threading import Lock
from time import monotonic
from typing import Any

from sqlalchemy import Connection

from services.audit.reports import Knowledge
from services.bootstrap.tree_stores import HomeStores, TreeStores
from services.sites.domain.registry import SiteEvent, fold_registry
from services.sites.domain.tree import Registry, Site
from services.sites.domain.trust import clock_corrections
from services.sites.enrolment import Ticket, read_facts
from services.sites.events import SiteRegistered
from services.sync.exchange.known_axes import (
    HereView,
    OfSites,
    RecordedTimes,
    RecordedView,
    SeenByView,
)
from services.sync.exchange.statements import read_statements
from shared.core.partial_dates import Instant
from shared.eventlog.event_log import EventLog
from shared.eventlog.foreign_events import NO_FOREIGN_EVENTS, ForeignEvents
from shared.eventlog.known_views import KnownSpan, KnownView
from shared.readmodel.row_store import RowStore
from shared.replica.store.exchange_state import Hearing
from shared.replica.store.replica_store import ReplicaStore
from shared.runtime.embedded import EmbeddedLedger
from shared.runtime.ledger import Ledger
from shared.runtime.site_views import CannotSee, HeardSite, SiteAlone, View, ViewChoice
from shared.runtime.view_rows import ViewedRows

KEPT_VIEWS = 2
"""Views whose rows are kept in memory, until something is recorded or received."""
LISTED = 200
"""Sites that are all listed as heard; of more, only those that are not followed: 3,000 would be most of an answer."""
_PAGE = 2000
_ALWAYS = Instant("")
"""Before every instant: what the ticket says is known since before the ledger could be asked."""


def open_site_views(ledger: Ledger) -> "TreeViews":
    """The views of a ledger: those of the tree that it belongs to, if there is one."""
    if isinstance(ledger, EmbeddedLedger):
        stores: TreeStores = HomeStores(ledger)
    else:
        from services.bootstrap.cluster_stores import open_cluster_stores  # brings in the messaging packages

        stores = open_cluster_stores(ledger)
    return TreeViews(ledger, stores, ledger.logs["sites"].site)


class _Tree:
    """The facts of the registry by when they were known here, and the site at the top."""

    def __init__(self, facts: Iterable[tuple[Instant, SiteEvent]], root: str) -> None:
        self._facts, self._root = sorted(facts, key=lambda each: (each[0], each[1].event_id)), root
        self._instants = [since for since, _ in self._facts]
        self._fold = lru_cache(maxsize=8)(self._fold_first)

    def registry(self, known_at: Instant | None = None) -> Registry:
        """As it is known now, or was at an instant."""
        return self._fold(len(self._facts) if known_at is None else bisect_right(self._instants, known_at))

    def _fold_first(self, count: int) -> Registry:
        return fold_registry((event for _, event in self._facts[:count]), self._root)


class TreeViews:
    """Until this site joins a tree, it is alone; nothing has to be opened anew when it does."""

    def __init__(self, ledger: Ledger, stores: TreeStores, site: str) -> None:
        self._ledger, self._stores, self.site = ledger, stores, site
        self._alone = SiteAlone(ledger.tables, site)
        self._lock = Lock()
        self._kept: dict[ViewChoice, tuple[object, ViewedRows]] = {}
        self._tree: tuple[object, _Tree | None] = (None, None)
        self._alone_since = float("-inf")

    def close(self) -> None:
        with self._lock:
            while self._kept:
                self._kept.popitem()[1][1].close()
            self._stores.close()

    def is_alone(self) -> bool:
        return self._read_tree() is None

    def connect(self, choice: ViewChoice) -> Connection:
        tree = self._read_tree()
        if tree is None:
            return self._alone.connect(choice)
        self._check(choice, tree.registry())
        if self._is_stored(choice):
            return self._ledger.tables.engine.connect()
        with self._lock:
            return self._rows(choice, tree).engine.connect()

    def find_heard(self, known_at: Instant, units: Collection[str] | None) -> list[HeardSite]:
        tree = self._read_tree()
        if tree is None:
            return []
        hearings = self._hearings(known_at)
        heard = [
            HeardSite(site.id, hearing.until, _state(site, hearing, known_at))
            for site in self._serving(tree.registry(known_at), units)
            for hearing in (hearings.get(site.id, Hearing(site.id, _ALWAYS, _ALWAYS, "unknown")),)
        ]
        if len(heard) <= LISTED:
            return heard
        return [each for each in heard if each.state != "following"]

    def find_provisional(
        self, choice: ViewChoice, known_at: Instant, units: Collection[str] | None
    ) -> list[str]:
        tree = self._read_tree()
        registry = tree.registry() if tree else Registry("")
        if choice.view is View.HERE and choice.seen_by in ("", self.site):
            return []
        asked = self._serving(registry, units)
        if choice.seen_by:
            asked = [registry.sites[choice.seen_by]]
        elif choice.sites:
            asked = [site for site in asked if site.id in choice.sites]
        hearings = self._hearings(_FOREVER)
        return [site.id for site in asked if not _is_final(site, hearings.get(site.id), known_at)]

    def _serving(self, registry: Registry, units: Collection[str] | None) -> list[Site]:
        """The other sites that serve one of these units; those of no unit serve all."""
        return [
            site
            for _, site in sorted(registry.sites.items())
            if site.id != self.site and (units is None or not site.unit or site.unit in units)
        ]

    def _is_stored(self, choice: ViewChoice) -> bool:
        """Whether the rows of this site are those of the view."""
        return choice.view is View.HERE and choice.seen_by in ("", self.site) and not choice.sites

    def _check(self, choice: ViewChoice, registry: Registry) -> None:
        for site in choice.sites:
            if site not in registry.sites:
                raise CannotSee("UnknownSite", site, sorted(registry.sites))
        answered, site = registry.subtree(self.site), choice.seen_by
        if site and site not in registry.sites:
            raise CannotSee("UnknownSite", site, answered)
        if site and site not in answered:
            raise CannotSee("NotSeenHere", site, answered)

    def _hearings(self, known_at: Instant) -> Mapping[str, Hearing]:
        store = self._stores.replica()
        return store.exchange.hearings(known_at) if store else {}

    # The registry, as it was known here

    def _read_tree(self) -> _Tree | None:
        log, foreign, stores = self._ledger.logs["sites"], self._ledger.foreign, self._stores
        read, tree = self._tree
        if tree is None and monotonic() - self._alone_since < stores.believed:
            return None
        version = stores.ticket_version()
        state = log.position(), foreign.position(log.topic.name), version
        if state != read:
            tree = _load_tree(self.site, log, foreign, stores.load_ticket() if version else None)
            self._tree = state, tree
        if tree is None:
            self._alone_since = monotonic()
        return tree

    # Rows of other views

    def _rows(self, choice: ViewChoice, tree: _Tree) -> RowStore:
        """The rows of a view, made anew where something was recorded or received since; inside the lock."""
        ledger = self._ledger
        state = tuple((log.position(), ledger.foreign.position(name)) for name, log in ledger.logs.items())
        if choice in self._kept:
            made_of, rows = self._kept.pop(choice)
            if made_of == state:
                self._kept[choice] = made_of, rows  # the last used is last
                return rows.tables
            rows.close()
        while len(self._kept) >= KEPT_VIEWS:
            self._kept.pop(next(iter(self._kept)))[1].close()
        unions = {name: app.union for name, app in ledger.apps.items()}
        with self._open_view(choice, tree) as view:
            rows = ViewedRows(ledger.tables.projections.values(), unions, view)
        self._kept[choice] = state, rows
        return rows.tables

    @contextmanager
    def _open_view(self, choice: ViewChoice, tree: _Tree) -> Iterator[KnownView]:
        """When facts were known in a view of which there are no rows here."""
        registry = tree.registry()
        with self._stores.open_with_own_logs(self.site, self._ledger.logs) as store:
            times = RecordedTimes(store, clock_corrections(registry))
            view: KnownView = HereView()
            if choice.seen_by not in ("", self.site):
                view = self._seen_by(choice.seen_by, store, times)
            elif choice.view is View.RECORDED:
                view = RecordedView(times)
            yield OfSites(view, choice.sites) if choice.sites else view

    def read_knowledge(self, site: str, stream: str) -> Iterator[Knowledge]:
        """Every fact about a subject that counts here, and since when a site knows it. Raises CannotSee."""
        tree = self._read_tree()
        if tree is None:
            raise CannotSee("UnknownSite", site, [self.site])
        registry = tree.registry()
        self._check(ViewChoice(seen_by=site), registry)
        with self._stores.open_with_own_logs(self.site, self._ledger.logs) as store:
            times = RecordedTimes(store, clock_corrections(registry))
            seen = self._seen_by(site, store, times)
            for name, app in self._ledger.apps.items():
                own = {stream: app.log.load_stream(stream)}
                for event in app.union.complete_as(RecordedView(times), own).get(stream, ()):
                    first = next(iter(seen.find_spans(name, event, ())), KnownSpan(_ALWAYS))
                    yield app.log.topic, event, first.since, seen.find_receipt(name, event)

    def _seen_by(self, site: str, store: ReplicaStore, times: RecordedTimes) -> SeenByView:
        statements = read_statements(self._ledger.logs["sync"], self._ledger.foreign)
        return SeenByView(site, store, statements, times)


_FOREVER = Instant("~")
"""After every instant."""


def _state(site: Site, hearing: Hearing, known_at: Instant) -> str:
    """What is said about a site: as it was kept, or that it is silent."""
    if hearing.contact and not site.closings and hearing.contact <= known_at:
        quiet = datetime.fromisoformat(known_at) - datetime.fromisoformat(hearing.contact)
        if quiet > timedelta(days=site.silent_days):
            return "silent"
    return hearing.state


def _is_final(site: Site, hearing: Hearing | None, known_at: Instant) -> bool:
    """Whether all that a site recorded by then is here and counts; of a closed one all that it ever will."""
    if hearing is None or hearing.state != "following":
        return False
    return bool(site.closings) or hearing.until >= known_at


def _load_tree(site: str, log: EventLog[Any], foreign: ForeignEvents, ticket: Ticket | None) -> _Tree | None:
    """The registry that a site knows; None where it belongs to no tree."""
    known: dict[str, tuple[Instant, SiteEvent]] = {}
    root = ""
    if ticket:
        root = ticket.root
        known |= {event.event_id: (_ALWAYS, event) for event in read_facts(ticket.stored())}
    after = 0
    while page := log.read(after, _PAGE):
        for _, event in page:
            known.setdefault(event.event_id, (event.recorded_at, event))
            if event.stream == site and isinstance(event.fact, SiteRegistered) and not event.fact.parent:
                root = root or site
        after = page[-1][0]
    if not root:
        return None
    for since, event in _read_foreign(log, foreign):
        known.setdefault(event.event_id, (since, event))
    return _Tree(known.values(), root)


def _read_foreign(log: EventLog[Any], foreign: ForeignEvents) -> Iterator[tuple[Instant, SiteEvent]]:
    """The facts of the registry that other sites recorded and that count, and since when that is known."""
    if foreign is NO_FOREIGN_EVENTS:
        return
    topic, after, streams = log.topic.name, 0, set[str]()
    while changes := foreign.read_changes(topic, after, _PAGE):
        after = changes[-1][0]
        streams |= {stream for _, stream in changes}
    for events in foreign.load_streams(topic, sorted(streams)).values():
        for stored in events:
            for event in read_facts([stored.state]) if not stored.known_until else ():
                yield stored.known, event
