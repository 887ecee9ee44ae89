"""One rule for each dimension: two endpoints that count the same people agree."""

import pytest

from services.audit.erasure import erase
from shared.commands.command_handler import Origin
from shared.core.partial_dates import civil_day
from tests.counted.story import ADDED, OPENED, Story

YEAR = {"place": "city", "from": "2025-01-01", "to": "2025-12-31"}
DAY = {"place": "city", "as_of": "2025-06-30"}
LIST = {**OPENED, "title_set": "KEY", "term": "2025-2030"}
APPOINTED = {"type": "appointment.appointed", "effective_from": "2025-06-30", "tenure": "t1"}


def planned_and_appointed(city: Story, **person: str) -> None:
    """One cadre, who is planned for the city's chair and gets it on the day that is asked for."""
    registered = {"type": "personnel.registered", "effective_from": "2010-01-01", "name": "Dung"}
    city.say("/personnel/dung", **registered, **person)
    city.say("/planning/now", **LIST)
    city.say("/planning/now", **ADDED, entry="e1", cadre="dung", post="head")
    city.say("/appointment/dung", **APPOINTED, post="chair")


@pytest.mark.parametrize(
    ("birth", "under_40", "band"),
    [("1985", "no", "40-49"), ("1985-07", "yes", "<40"), ("1986", "yes", "<40"), ("", "", "")],
)
def test_who_is_born_on_an_unknown_day_has_one_age(city: Story, birth: str, under_40: str, band: str) -> None:
    planned_and_appointed(city, birth=birth)
    assert city.values("/appointments", **YEAR, by="under_40") == {under_40: 1}
    assert city.values("/planning-pool", **DAY, by="age_band") == {band: 1}


@pytest.mark.parametrize(
    ("ethnicity", "minority"),
    [("Kinh", "no"), ("kinh", "no"), (" KINH ", "no"), ("Tày", "yes"), ("", "")],
)
def test_ethnicity_is_read_in_whatever_case_it_is_written(city: Story, ethnicity: str, minority: str) -> None:
    planned_and_appointed(city, ethnicity=ethnicity)
    assert city.values("/appointments", **YEAR, by="minority") == {minority: 1}
    assert city.values("/planning-pool", **DAY, by="minority") == {minority: 1}


def test_of_whom_is_erased_nothing_is_known(city: Story) -> None:
    planned_and_appointed(city, ethnicity="Kinh", sex="Nữ", birth="1980-01-01")
    ledger = city.ledger
    erase(ledger, ledger.apps["audit"], "dung", "theo yêu cầu", civil_day("2025-07-01"), Origin(actor="dpo"))
    for dimension in ("minority", "sex", "under_40"):
        assert city.values("/appointments", **YEAR, by=dimension) == {"": 1}
    for dimension in ("minority", "woman", "age_band"):
        assert city.values("/planning-pool", **DAY, by=dimension) == {"": 1}


@pytest.mark.parametrize(("sex", "key", "woman"), [("Nữ", "F", "yes"), ("nam", "M", "no"), ("?", "", "")])
def test_sex_is_read_in_either_language(city: Story, sex: str, key: str, woman: str) -> None:
    planned_and_appointed(city, sex=sex)
    assert city.values("/appointments", **YEAR, by="sex") == {key: 1}
    assert city.values("/planning-pool", **DAY, by="woman") == {woman: 1}


@pytest.mark.parametrize(("code", "planned"), [("PCT-UBND", "yes"), ("CT-UBND", "no")])
def test_an_equal_title_in_another_unit_is_planned_for(city: Story, code: str, planned: str) -> None:
    created = {"type": "organization.post-created", "effective_from": "2000-01-01", "title": "Phó Chủ tịch"}
    city.say("/organization/vice", **created, unit="ward", title_code="PCT-UBND")
    city.say("/planning/now", **LIST)
    city.say("/planning/now", **ADDED, entry="e1", cadre="an", title_code=code, unit="other")
    city.say("/appointment/an", **APPOINTED, post="vice")
    assert city.values("/appointments", **YEAR, by="planned_title")[planned] == 1
    assert city.values("/planned-share", **YEAR)[planned] == 1
    rules = {line["rule"].split("/")[0] for line in city.ask("/findings", place="city")["items"]}
    assert ("APPT_IN_PLANNING" in rules) is (planned == "no")


def test_nobody_is_planned_on_a_list_that_is_over(city: Story) -> None:
    city.say("/planning/old", **LIST, until="2024-12-31")
    city.say("/planning/old", **ADDED, entry="e1", cadre="an", post="head")
    city.say("/planning/now", **{**LIST, "term": "2026-2031"})
    city.say("/planning/now", **ADDED, entry="e1", cadre="binh", post="head")
    assert city.values("/planning-pool", **DAY, by="title_set") == {"KEY": 1}
    report = city.ask("/reports/cadre-work", place="city", **{"from": "2025-01-01", "to": "2025-06-30"})
    pool = [line["value"] for line in report["lines"] if line["question"] == "pool" and line["key"]]
    assert pool == [1]
