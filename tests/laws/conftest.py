"""Every law is tried on few histories whenever tests run, and again by `make test-long` on as many times more as it has
rounds, up to five; not where that is one round and would be the same again."""

import pytest

from tests.faults.counting import ROUNDS
from tests.laws import met

SHORT = 0.4
EFFORTS = [pytest.param(SHORT, id="short")]
if ROUNDS > 1:
    EFFORTS.append(pytest.param(SHORT * min(ROUNDS, 5), id="long", marks=pytest.mark.long))


@pytest.fixture(autouse=True, params=EFFORTS)
def effort(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> float:
    """Sets how many examples the laws are tried on, in parts of what each asks for."""
    parts: float = request.param
    monkeypatch.setattr(met, "effort", parts)
    return parts
