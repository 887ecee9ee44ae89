"""Merging two files of one person loses no tenure and invents none, whatever was recorded in which file."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.appointment.events import Appointed, Holding, TenureEnded
from services.chronicle.projections import PROJECTIONS
from services.chronicle.queries.common.responses import AsOf
from services.chronicle.queries.tenures.histories import list_terms
from services.personnel.domain.cross_stream import check
from services.personnel.events import RecordsMerged, Registered
from shared.core.bitemporal import fold_periods
from shared.core.decider import Rejected
from shared.core.partial_dates import BY_NOW, Day, PDate, day_after
from shared.readmodel.row_store import RowStore, engine_for
from shared.testing import history, on
from tests.laws.met import scaled, until_enough

DAYS = [on(f"20{year:02d}-01-01") for year in range(10, 24)]
TERM = st.tuples(
    st.sampled_from(("kept", "merged")),
    st.sampled_from(DAYS),
    st.integers(0, 8),
    st.sampled_from(("post a", "post b")),
    st.sampled_from((Holding.PRIMARY, Holding.CONCURRENT)),
)
NOW = AsOf(Day(PDate("2030-01-01")), BY_NOW)
Term = tuple[str, str, int, str, Holding]


def facts(terms: list[Term], file: str) -> list[Any]:
    """Each term from its day for so many years; 0: it lasts."""
    found: list[Any] = [Registered(name="An", effective_from=on("2000-01-01"))]
    for number, (recorded_in, start, years, post, holding) in enumerate(terms):
        if recorded_in == file:
            tenure = f"t{number}"
            found.append(Appointed(tenure=tenure, post=post, holding=holding, effective_from=PDate(start)))
            if years:
                end = PDate(f"{int(start[:4]) + years}-01-01")
                found.append(TenureEnded(tenure=tenure, effective_from=end))
    return found


@pytest.fixture
def tables() -> Iterator[RowStore]:
    tables = RowStore(engine_for("sqlite://"), PROJECTIONS)
    tables.create()
    yield tables
    tables.engine.dispose()


def fill(tables: RowStore, *files: tuple[str, list[Any]]) -> None:
    """With the rows of these files and no others."""
    with tables.transaction() as connection:
        for projection in PROJECTIONS:
            tables.clear(connection, projection.name)
            kinds = tuple(projection.follows.kinds.values())
            rows = {
                stream: fold_periods(
                    projection, history(*(f for f in facts_of_file if isinstance(f, kinds)), stream=stream)
                )
                for stream, facts_of_file in files
                if any(isinstance(f, kinds) for f in facts_of_file)
            }
            if rows:
                tables.store(connection, projection.name, rows)


def held(tables: RowStore, cadre: str) -> list[str]:
    with tables.engine.connect() as connection:
        return sorted(line.tenure for line in list_terms(connection, "cadre", cadre, NOW))


def clash(one: Term, other: Term) -> bool:
    """The oracle: one person cannot hold both."""
    (_, start, years, post, holding), (_, start2, years2, post2, holding2) = one, other
    end, end2 = (
        f"{int(since[:4]) + length}-01-01" if length else "9999"
        for since, length in ((start, years), (start2, years2))
    )
    excluding = post == post2 or holding is holding2 is Holding.PRIMARY
    return excluding and max(start, start2) < min(end, end2)


def test_tenures_before_are_tenures_after_or_the_merger_is_refused(tables: RowStore) -> None:
    met: Counter[str] = Counter()

    @settings(max_examples=scaled(60), deadline=None, derandomize=False)
    @given(st.lists(TERM, min_size=1, max_size=5))
    def law(terms: list[Term]) -> None:
        merger = RecordsMerged(merged="merged", reason="one person", effective_from=day_after(DAYS[-1]))
        kept, merged = facts(terms, "kept"), facts(terms, "merged")
        fill(tables, ("kept", kept), ("merged", merged))
        before = held(tables, "kept") + held(tables, "merged")
        assert len(before) == len(terms)
        across = [(a, b) for a in terms for b in terms if (a[0], b[0]) == ("kept", "merged")]
        try:
            check("kept", merger, tables)
        except Rejected:
            met["refused"] += 1
            assert any(clash(*pair) for pair in across), "nothing stood in the way"
            return
        met["merged"] += 1
        assert not any(clash(*pair) for pair in across), "one person in two places"
        fill(tables, ("kept", [*kept, merger]), ("merged", merged))
        assert held(tables, "kept") == held(tables, "merged") == sorted(before)

    until_enough(law, lambda: min(met["merged"], met["refused"]) >= 5)
