"""The cadre-work report of a city of 4,800 posts over ten years, and the forecast of ten more, on SQLite."""

import random
from collections.abc import Iterator
from statistics import median
from time import perf_counter
from typing import Any

from services.chronicle.projections import PROJECTIONS
from services.chronicle.queries.common.responses import AsOf
from services.chronicle.queries.planning.forecast import forecast
from services.chronicle.queries.reports.cadre_work import cadre_work
from services.evaluation.events import DeepReviewOrdered
from services.personnel.events import Trained, TrainingField, TrainingStatus
from services.planning.events import AddedToPlanning, RoundOpened
from services.regulation.application import rulebook
from services.rotation.events import Direction, Rotated
from shared.core.bitemporal import fold_periods
from shared.core.partial_dates import BY_NOW, Day, PDate
from shared.readmodel.row_store import RowStore, engine_for
from shared.testing import history
from tests.bench.measure import Line, Options, exact
from tests.bench.nation import OFFICES, PEOPLE, fill

CITY, SINCE, UNTIL = "c00", Day(PDate("2015-01-01")), Day(PDate("2025-01-01"))
LISTS, ENTRIES, MOVES, TRAININGS, REVIEWS = 10, 300, 1_500, 5_000, 500


def run(options: Options) -> Iterator[Line]:
    tables = RowStore(engine_for(options.folder / "report.db"), PROJECTIONS)
    tables.create()
    fill(tables, 1)
    work(tables)
    when = AsOf(UNTIL, BY_NOW)
    times = options.pick(7, 2)
    with tables.engine.connect() as connection:
        report = cadre_work(connection, when, CITY, SINCE, UNTIL)
        taken = [_timed(lambda: cadre_work(connection, when, CITY, SINCE, UNTIL)) for _ in range(times)]
        facts = sum(line.facts for line in report.lines if not line.key)
        yield exact(
            "cadre-work report, 4,800 posts, 10 years", "ms", median(taken), 1000, f"{facts:,} facts counted"
        )
        book = rulebook()
        ahead = forecast(connection, when, book, CITY, 10)
        taken = [_timed(lambda: forecast(connection, when, book, CITY, 10)) for _ in range(times)]
        yield exact(
            "forecast, 10 years",
            "ms",
            median(taken),
            1000,
            f"{ahead.vacancies:,} seats of {ahead.titles:,} titles",
        )
    tables.engine.dispose()


def _timed(what: Any) -> float:
    began = perf_counter()
    what()
    return (perf_counter() - began) * 1000


def work(tables: RowStore) -> None:
    """Planning lists, rotations, trainings and reviews, through the folds that keep real rows."""
    chance = random.Random(7)

    def day(first: int = 2015, last: int = 2024) -> PDate:
        return PDate(f"{chance.randint(first, last)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}")

    def cadre() -> str:
        return f"cadre-{chance.randrange(PEOPLE):06d}"

    def office() -> str:
        return f"{CITY}.d{chance.randrange(16):02d}.o{chance.randrange(OFFICES):02d}"

    streams: dict[str, list[Any]] = {}
    for n in range(LISTS):
        opened = RoundOpened(
            effective_from=PDate("2014-06-02"), owner=CITY, title_set=str(n), term=f"{2015 + n}"
        )
        entries = [
            AddedToPlanning(effective_from=day(), entry=f"{n}/{m}", cadre=cadre(), post=f"{office()}.p00")
            for m in range(ENTRIES)
        ]
        streams[f"list-{n}"] = history(opened, *entries, stream=f"list-{n}")
    for n in range(MOVES):
        who, to = cadre(), office()
        move = Rotated(
            effective_from=day(), rotation=str(n), to_post=f"{to}.p01", to_unit=to, direction=Direction.DOWN
        )
        streams[f"{who}/{n}"] = history(move, stream=f"{who}/{n}")
    for n in range(TRAININGS):
        sent = Trained(
            effective_from=day(),
            training=str(n),
            field=TrainingField.POL_THEORY,
            status=TrainingStatus.SENT,
            sent_by=CITY,
        )
        streams[f"t{n}"] = history(sent, stream=f"t{n}")
    for n in range(REVIEWS):
        ordered = DeepReviewOrdered(effective_from=day(), review=str(n), grounds="hạn chế", unit=office())
        streams[f"r{n}"] = history(ordered, stream=f"r{n}")
    with tables.transaction() as connection:
        for projection in PROJECTIONS:
            mine = {
                stream: fold_periods(projection, events)
                for stream, events in streams.items()
                if type(events[0].fact) in projection.follows.kinds.values()
            }
            if mine:
                tables.store(connection, projection.name, mine, fresh=True)
