"""What the rules add to one command: judging a promotion among 300,000 cadres and a million terms."""

import random
from collections.abc import Iterator
from statistics import median, quantiles
from time import perf_counter

from services.appointment.events import Appointed, Step
from services.chronicle.projections import PROJECTIONS
from services.regulation.application import find_breaches
from shared.core.partial_dates import Day, PDate
from shared.readmodel.row_store import RowStore, engine_for
from tests.bench.measure import Line, Options, exact
from tests.bench.nation import PEOPLE, fill

CADRES = 300_000


def run(options: Options) -> Iterator[Line]:
    cadres = options.pick(CADRES, 15_000)
    tables = RowStore(engine_for(options.folder / "rules.db"), PROJECTIONS)
    tables.create()
    cities = -(-cadres // PEOPLE)
    fill(tables, cities)
    with tables.engine.connect() as connection:
        posts = [
            row[0] for row in connection.exec_driver_sql("SELECT DISTINCT post_id FROM posts LIMIT 5000")
        ]
    chance = random.Random(3)
    taken, found = [], 0
    for number in range(500):
        cadre = f"cadre-{chance.randrange(PEOPLE * cities):06d}"
        fact = Appointed(
            tenure=f"t{number}",
            post=chance.choice(posts),
            step=Step.PROMOTION,
            effective_from=Day(PDate("2025-05-01")),
            decided_on=Day(PDate("2025-04-20")),
        )
        began = perf_counter()
        found += len(find_breaches(cadre, fact, tables))
        taken.append((perf_counter() - began) * 1000)
    note = f"{PEOPLE * cities:,} cadres, {found / len(taken):.1f} findings each"
    yield exact("rules over one promotion, median", "ms", median(taken), 5, note)
    yield exact("rules over one promotion, 99 of 100", "ms", quantiles(taken, n=100)[98], 5)
    tables.engine.dispose()
