"""What services may ask of the read side: every projection by its view, and nothing that is not there."""

from collections.abc import Callable
from pathlib import Path

import pytest

from services.chronicle import rows
from services.chronicle.projections import PROJECTIONS
from services.chronicle.rows import TENURES, UNITS, TenureRow, UnitRow
from shared.core.decider import EmptyReadModel, ReadModel
from shared.core.projection import Row, UnknownColumn, UnknownView, View
from shared.readmodel.row_store import RowStore, engine_for
from shared.testing import FakeReadModel

VIEWS = {name: value for name, value in vars(rows).items() if isinstance(value, View)}


def test_every_projection_has_a_view_of_its_name_and_rows() -> None:
    assert {(name, view.name, view.row) for name, view in VIEWS.items()} == {
        (each.name.upper(), each.name, each.row) for each in PROJECTIONS
    }


def stored(folder: Path) -> ReadModel:
    tables = RowStore(engine_for(folder / "chronicle.db"), PROJECTIONS)
    tables.create()
    return tables


def fake(folder: Path) -> ReadModel:
    return FakeReadModel(PROJECTIONS)


@pytest.mark.parametrize("read_model", [stored, fake])
def test_what_is_not_there_cannot_be_asked_for(
    read_model: Callable[[Path], ReadModel], tmp_path: Path
) -> None:
    asked = read_model(tmp_path)
    assert asked.rows(TENURES, cadre_id="an") == []
    with pytest.raises(UnknownColumn, match="tenures has no person"):
        asked.rows(TENURES, person="an")
    with pytest.raises(UnknownView, match="no projection tenure has rows"):
        asked.rows(View("tenure", TenureRow))
    with pytest.raises(UnknownView, match="no projection units has rows of TenureRow"):
        asked.rows(View("units", TenureRow))
    assert asked.rows(UNITS) == []
    with pytest.raises(UnknownView):
        asked.rows(View("units", TenureRow))


def test_where_nothing_can_be_read_columns_are_still_checked() -> None:
    assert EmptyReadModel().rows(UNITS, unit_id="ward") == []
    with pytest.raises(UnknownColumn):
        EmptyReadModel().rows(UNITS, unit="ward")


def test_a_fake_refuses_rows_that_its_projections_do_not_have() -> None:
    with pytest.raises(UnknownView):
        FakeReadModel(PROJECTIONS, tenure=())
    with pytest.raises(AssertionError, match="no rows of units"):
        FakeReadModel(PROJECTIONS, units=[Row()])
    assert FakeReadModel(PROJECTIONS, units=()).rows(View("units", UnitRow)) == []
