"""What a unit or a post must know of the units around it."""

from msgspec.structs import replace

from services.chronicle.projections import PROJECTIONS
from services.chronicle.projections.units import units
from services.chronicle.rows import UnitRow
from services.organization.domain.cross_stream import check
from services.organization.domain.rejections import NotFound, NotInExistence, UnderItself
from services.organization.events import Kind, OrganizationFact, UnitEstablished, UnitReparented
from shared.testing import FakeReadModel, history, on, rejects
from tests.organization.facts import NEW_YEAR, REFORM, chair, dissolved, reparented, ward


def unit(name: str, parent: str = "", *more: OrganizationFact) -> list[UnitRow]:
    established = UnitEstablished(name=name, kind=Kind.OTHER, parent=parent, effective_from=on("2020-01-01"))
    return list(units.fold(history(established, *more, stream=name)).values())


def knows(*trees: list[UnitRow]) -> FakeReadModel:
    return FakeReadModel(PROJECTIONS, units=[row for tree in trees for row in tree])


CITY, PROVINCE = unit("city", "province"), unit("province")


def test_a_parent_must_be_known_and_exist_on_the_day() -> None:
    check("ward", ward, knows(CITY, PROVINCE))
    with rejects(NotFound, field="parent", id="city"):
        check("ward", ward, knows(PROVINCE))
    with rejects(NotInExistence, field="parent", id="city", when="2019-12-31"):
        check("ward", replace(ward, effective_from=on("2019-12-31")), knows(CITY, PROVINCE))
    first_day = replace(ward, effective_from=on("2020-01-01"))
    check("ward", first_day, knows(CITY, PROVINCE))
    gone = unit("city", "province", dissolved)
    with rejects(NotInExistence, field="parent", id="city", when="2025-10-01"):
        check("ward", replace(ward, effective_from=on("2025-10-01")), knows(gone, PROVINCE))
    check(
        "ward",
        replace(ward, effective_from=on("2025-10")),
        knows(unit("city", "", replace(dissolved, effective_from=on("2025-10-02")))),
    )


def test_a_unit_may_stand_on_top() -> None:
    check("province", replace(ward, parent=""), knows())
    check("ward", replace(reparented, parent=""), knows())


def test_no_unit_stands_under_itself() -> None:
    with rejects(UnderItself, field="parent", parent="province"):
        check("province", replace(reparented, parent="province"), knows(PROVINCE))


def test_no_unit_stands_under_its_own_descendants() -> None:
    ward_rows = unit("ward", "city")
    with rejects(UnderItself, field="parent", parent="ward"):
        check("province", replace(reparented, parent="ward"), knows(ward_rows, CITY, PROVINCE))


def test_a_former_descendant_may_become_the_parent() -> None:
    left = unit("ward", "city", UnitReparented(parent="", effective_from=on("2025-06-30")))
    check("province", UnitReparented(parent="ward", effective_from=REFORM), knows(left, CITY, PROVINCE))


def test_a_descendant_until_that_day_may_become_the_parent_on_it() -> None:
    left = unit("ward", "city", UnitReparented(parent="", effective_from=REFORM))
    check("province", UnitReparented(parent="ward", effective_from=REFORM), knows(left, CITY, PROVINCE))


def test_a_descendant_to_be_may_not() -> None:
    to_be = unit("ward", "", UnitReparented(parent="city", effective_from=on("2030-01-01")))
    with rejects(UnderItself, field="parent", parent="ward"):
        check("province", UnitReparented(parent="ward", effective_from=REFORM), knows(to_be, CITY, PROVINCE))


def test_a_circle_that_came_in_from_elsewhere_does_not_hang_the_check() -> None:
    circle = knows(unit("a", "b"), unit("b", "a"))
    check("c", replace(ward, parent="a"), circle)


def test_a_post_belongs_to_a_unit_that_exists_on_the_day() -> None:
    check("chair", chair, knows(unit("ward")))
    with rejects(NotFound, field="unit", id="ward"):
        check("chair", chair, knows(CITY))
    with rejects(NotInExistence, field="unit", id="ward", when="2019"):
        check("chair", replace(chair, effective_from=on("2019")), knows(unit("ward")))


def test_a_post_may_belong_to_no_unit_yet() -> None:
    check("chair", replace(chair, unit=""), knows())


def test_other_facts_ask_nothing_of_others() -> None:
    check("ward", dissolved, knows())
    check("ward", replace(ward, parent="", effective_from=NEW_YEAR), knows())
