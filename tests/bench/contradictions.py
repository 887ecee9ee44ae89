"""Everything that contradicts itself in a city of 4,800 posts over ten years, as the page asks for it, on SQLite."""

from collections.abc import Iterator
from statistics import median
from time import perf_counter

from services.chronicle.projections import PROJECTIONS
from services.chronicle.queries.common.responses import AsOf
from services.chronicle.queries.contradictions.listing import choose_contradictions, name_contradictions
from shared.core.partial_dates import BY_NOW, Day, PDate
from shared.readmodel.row_store import RowStore, engine_for
from tests.bench.measure import Line, Options, exact
from tests.bench.nation import fill


def run(options: Options) -> Iterator[Line]:
    tables = RowStore(engine_for(options.folder / "contradictions.db"), PROJECTIONS)
    tables.create()
    fill(tables, 1)
    when, taken, found = AsOf(Day(PDate("2025-01-01")), BY_NOW), [], 0
    with tables.engine.connect() as connection:
        for _ in range(options.pick(9, 3)):
            began = perf_counter()
            chosen = choose_contradictions(connection, when)
            name_contradictions(connection, when, chosen[:200])
            taken.append((perf_counter() - began) * 1000)
            found = len(chosen)
        yield exact("contradictions, 4,800 posts, 10 years", "ms", median(taken), 300, f"{found:,} found")
    tables.engine.dispose()
