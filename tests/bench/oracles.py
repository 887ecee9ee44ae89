"""A generated history: how fast it is made, and its terms by the one fold beside DuckDB and Polars. CPU seconds."""

from collections.abc import Callable, Iterator
from functools import partial
from time import process_time
from typing import Any

from services.audit.archive.parquet import write_columns
from services.bootstrap.services import open_embedded_ledger
from services.loadgen import generate_history
from shared.operations.settings import load
from tests.bench.measure import Line, Options, exact, line, rounds
from tests.oracles import Term, duck, ours, polar


def run(options: Options) -> Iterator[Line]:
    """AssertionError where the three do not agree."""
    events, home = options.pick(1_000_000, 30_000), options.folder / "home"
    began = process_time()
    generate_history(home, events, 7)
    rate = events / (process_time() - began)
    yield Line(
        name="generate",
        unit="events/s",
        ours=rate,
        raw=30_000,
        ratio=rate / 30_000,
        goal=1,
        note=f"{events:,}",
    )
    ledger = open_embedded_ledger(load(home), writes=False)
    log = ledger.logs["appointment"]
    began, size = process_time(), log.position()
    write_columns(log, options.folder, size)
    yield exact(
        "Parquet, per event", "us", (process_time() - began) / size * 1e6, 30, note=f"{size:,} events"
    )
    file = options.folder / "parquet" / "appointment.parquet"
    computed: dict[str, list[Term]] = {}
    cells = {
        "ours": partial(_rate, size, computed, "ours", lambda: ours.terms(log.iterate_streams())),
        "DuckDB": partial(_rate, size, computed, "DuckDB", lambda: duck.terms(file)),
        "Polars": partial(_rate, size, computed, "Polars", lambda: polar.terms(file)),
    }
    found = rounds(cells, options.pick(5, 1))
    ledger.close()
    if not sorted(computed["ours"]) == sorted(computed["DuckDB"]) == sorted(computed["Polars"]):
        raise AssertionError("the terms differ")
    note = f"{len(computed['ours']):,} terms of {size:,} events"
    for other in ("DuckDB", "Polars"):
        yield line(
            f"terms by the one fold / by {other} from Parquet",
            "events/s",
            found,
            "ours",
            other,
            1 / 3,
            note=note,
        )


def _rate(events: int, computed: dict[str, list[Term]], name: str, work: Callable[[], Any]) -> float:
    began = process_time()
    computed[name] = work()
    return events / (process_time() - began)
