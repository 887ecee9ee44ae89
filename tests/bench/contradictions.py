"""Everything that contradicts itself in a city of 4,800 posts over ten years, as the page asks for it, on SQLite: the
first answer of a process, and the first one after another term was recorded."""

from collections.abc import Iterator, Mapping
from statistics import median
from time import perf_counter

from sqlalchemy import Connection

from services.chronicle.projections import PROJECTIONS
from services.chronicle.queries.common.responses import AsOf
from services.chronicle.queries.contradictions.changes import Changes
from services.chronicle.queries.contradictions.detection import find_contradictions
from services.chronicle.queries.contradictions.latest import LatestContradictions
from services.chronicle.queries.contradictions.listing import (
    choose_contradictions,
    name_contradictions,
    page_of_contradictions,
)
from services.chronicle.rows import TenureRow
from shared.core.bitemporal import PeriodRow
from shared.core.partial_dates import FOREVER, Day, Instant, PDate
from shared.readmodel.row_store import RowStore, engine_for
from tests.bench.measure import Line, Options, exact
from tests.bench.nation import FIRST, fill

DAY = Day(PDate("2025-01-01"))


class Recorded:
    """Terms that are recorded one by one, each of another cadre in another post and a second after the one before."""

    def __init__(self, tables: RowStore) -> None:
        self.tables, self.count, self._read = tables, 0, 0
        self.known = FIRST

    def record(self) -> None:
        self.count += 1
        self.known = Instant(f"2040-01-01T00:{self.count // 60:02d}:{self.count % 60:02d}.000000Z")
        cadre, tenure = self._cadre(self.count), f"another-{self.count}"
        first = Day(PDate("2003-03-03"))
        row = TenureRow(
            tenure_id=tenure, cadre_id=cadre, post_id=f"c00.d00.o{self.count % 20:02d}.p05", holding="PRIMARY",
            route="DIRECT", start=first, codes="", opened_by=tenure, decision="", valid_from=first, certain_from=first,
        )  # fmt: skip
        # under a stream of its own, so that the other rows of the cadre stay as they are
        stream = {tenure: [PeriodRow(tenure, row, self.known, FOREVER)]}
        with self.tables.transaction() as connection:
            self.tables.store(connection, "tenures", stream, fresh=True)

    @staticmethod
    def _cadre(number: int) -> str:
        return f"cadre-{number * 37:06d}"

    def find_positions(self, known: Instant) -> dict[str, int]:
        del known
        return {"appointment": self.count}

    def read(self, positions: Mapping[str, int], known: Instant, most: int) -> Changes | None:
        del known, most
        numbers = range(positions["appointment"] + 1, self.count + 1)
        streams = {"appointment": frozenset(map(self._cadre, numbers))}
        return Changes(streams, {"appointment": self.count})


def _answer(connection: Connection, latest: LatestContradictions, known: Instant) -> tuple[float, int]:
    """Milliseconds of the first page with its names, and how many there are."""
    began, when = perf_counter(), AsOf(DAY, known)
    chosen = choose_contradictions(connection, when, among=latest.find(connection, known))
    name_contradictions(connection, when, page_of_contradictions(chosen, "", 200)[0])
    return (perf_counter() - began) * 1000, len(chosen)


def run(options: Options) -> Iterator[Line]:
    tables = RowStore(engine_for(options.folder / "contradictions.db"), PROJECTIONS)
    tables.create()
    fill(tables, 1)
    facts, first, later = Recorded(tables), list[float](), list[float]()
    for _ in range(options.pick(9, 3)):
        latest = LatestContradictions(facts)
        with tables.engine.connect() as connection:
            first.append(_answer(connection, latest, facts.known)[0])
        for _ in range(3):
            facts.record()
            with tables.engine.connect() as connection:
                milliseconds, found = _answer(connection, latest, facts.known)
            later.append(milliseconds)
    with tables.engine.connect() as connection:
        assert latest.find(connection, facts.known) == find_contradictions(connection, facts.known)
    note = f"{found:,} found"
    yield exact("contradictions, 4,800 posts, after a fact", "ms", median(later), 300, note)
    yield exact("contradictions, 4,800 posts, first of a process", "ms", median(first), 300, note)
    tables.engine.dispose()
