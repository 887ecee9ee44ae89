"""The rows of one office: a unit, two posts with one seat each, two cadres."""

from collections.abc import Iterator

import pytest

from tests.contradictions.stored import StoredFacts, cadre, post, unit


@pytest.fixture
def office() -> Iterator[StoredFacts]:
    facts = StoredFacts()
    facts.store(unit("u"), post("p", "u"), post("q", "u"), cadre("an"), cadre("binh"))
    yield facts
    facts.tables.engine.dispose()
