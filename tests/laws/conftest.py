"""Every law is tried twice: on few histories whenever tests run, on five times as many by `make test-long`,
less where it has fewer rounds."""

import pytest

from tests.faults.counting import ROUNDS
from tests.laws import met


@pytest.fixture(
    autouse=True,
    params=[
        pytest.param(0.4, id="short"),
        pytest.param(0.4 * min(ROUNDS, 5), id="long", marks=pytest.mark.long),
    ],
)
def effort(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> float:
    """Sets how many examples the laws are tried on, in parts of what each asks for."""
    parts: float = request.param
    monkeypatch.setattr(met, "effort", parts)
    return parts
