"""Every kind of contradiction in the rows of a PostgreSQL database."""

from pathlib import Path

from tests.contradictions.stored import StoredFacts, cadre, post, unit
from tests.contradictions.test_kinds import CASES
from tests.engines.servers import postgres


def test_the_same_is_found_in_postgresql(tmp_path: Path) -> None:
    with postgres(tmp_path) as address:
        office = StoredFacts(address)
        wrong = {}
        for case, (facts, expected) in CASES.items():
            office.store(unit("u"), post("p", "u"), post("q", "u"), cadre("an"), cadre("binh"), *facts)
            if (kinds := office.kinds()) != expected:
                wrong[case] = kinds
            office.forget()
        office.tables.engine.dispose()
    assert wrong == {}
