"""A city, two wards and three people; and two planning lists of theirs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from shared.operations.settings import load
from tests.counted.story import ADDED, OPENED, UNIT, Story


@pytest.fixture
def city(tmp_path: Path) -> Iterator[Story]:
    ledger = open_embedded_ledger(load(tmp_path))
    with TestClient(create_http_app(ledger)) as client:
        story = Story(ledger, client)
        for unit, name, kind, level, parent in (
            ("city", "Thành phố", "PROVINCIAL_CITY", "DISTRICT", ""),
            ("ward", "Phường Một", "WARD", "COMMUNE", "city"),
            ("other", "Xã ngoài", "COMMUNE", "COMMUNE", ""),
        ):
            bloc = {"bloc": "PARTY" if unit == "ward" else "GOVERNMENT"}
            fact = {**UNIT, **bloc, "name": name, "kind": kind, "level": level, "parent": parent}
            story.say(f"/organization/{unit}", **fact)
        for post, unit in (("chair", "city"), ("head", "city"), ("secretary", "ward"), ("far", "other")):
            created = {"type": "organization.post-created", "effective_from": "2000-01-01"}
            story.say(f"/organization/{post}", **created, unit=unit, title=post)
        for cadre, sex, birth, ethnicity in (
            ("an", "F", "1985-06-15", "Tày"),
            ("binh", "M", "1970", "Kinh"),
            ("cuc", "", "", ""),
        ):
            person = {"name": cadre, "sex": sex, "birth": birth, "ethnicity": ethnicity}
            story.say(
                f"/personnel/{cadre}", type="personnel.registered", effective_from="2010-01-01", **person
            )
        yield story
    ledger.close()


@pytest.fixture
def lists(city: Story) -> Story:
    """Two horizons: three entries of two people in one, one entry in the next."""
    city.say("/planning/now", **OPENED, title_set="KEY", term="2015-2020", bloc="PARTY")
    city.say("/planning/next", **OPENED, title_set="KEY", term="2020-2025", bloc="PARTY")
    city.say("/planning/now", **ADDED, entry="e1", cadre="an", post="chair", source="INTERNAL")
    city.say("/planning/now", **ADDED, entry="e2", cadre="an", post="head", source="EXTERNAL")
    city.say("/planning/now", **ADDED, entry="e3", cadre="binh", post="chair", source_unit="other")
    city.say("/planning/next", **ADDED, entry="e1", cadre="cuc", post="chair")
    return city
