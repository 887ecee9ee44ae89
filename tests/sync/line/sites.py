"""Sites that answer over HTTP and call each other, each with its own home, in one process."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from services.bootstrap.http_app import create_http_app
from services.personnel.events import Registered
from services.sync.exchange.calling import Caller
from services.sync.exchange.line import Line
from services.sync.exchange.session import Round
from services.sync.exchange.site_exchange import SiteExchange
from services.sync.exchange.status import SyncStatus, read_status
from shared.commands.command_handler import Origin
from tests.sync.line.proxy import Proxy, line_to
from tests.sync.test_random_exchanges import DAY, LiveSite, make_tree
from tests.web.conftest import serving


class CallingSite(LiveSite):
    """A site that calls its parent."""

    def __init__(self, folder: Path, site: str, parent: str) -> None:
        super().__init__(folder, site)
        self.parent = parent

    def register_all(self, persons: Iterable[str]) -> None:
        """Many at once, in one transaction."""
        app, origin = self.ledger.apps["personnel"], Origin(actor="user:lan")
        names = list(persons)
        app.log.keys.create_keys(names)
        requests = [
            app.build_append_request(name, [], [Registered(name=name, effective_from=DAY)], origin)
            for name in names
        ]
        app.log.append_all(requests)
        assert [request.error for request in requests if request.error] == []
        self.ledger.project_pending()

    def register_only(self, person: str) -> None:
        """As a request does it: nothing of other sites is waited for."""
        fact = Registered(name=person, effective_from=DAY)
        self.ledger.apps["personnel"].handle(person, fact, Origin(actor="user:lan"))
        self.ledger.project_recorded()

    def sync(self, address: str) -> list[Round]:
        """`cadre sync now`."""
        line = Line(address)
        try:
            return list(Caller(self.replica, self.parent).exchange(line))
        finally:
            line.close()

    def status(self) -> SyncStatus:
        return read_status(self.replica)

    def own(self) -> tuple[int, int, int]:
        counted = self.status().own
        return counted.recorded, counted.sent, counted.delivered


@contextmanager
def serve_site(site: LiveSite) -> Iterator[Proxy]:
    """The site answers, at the other end of a line."""
    exchange = SiteExchange(site.replica)
    try:
        app = create_http_app(site.ledger, exchange=exchange)
        with serving(app) as port, line_to(port) as line:
            yield line
    finally:
        exchange.close()


def copy_tree(template: Path, folder: Path) -> Path:
    shutil.copytree(template, folder)
    return folder


def make_template(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    make_tree(folder)
    return folder
