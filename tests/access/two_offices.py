"""A city with two wards and a person in each, with accounts, and the record of what those who have them are shown."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.identity.access_control import AccessControl, open_access_control
from services.identity.access_record.entries import AccessLine
from services.identity.access_record.reading import list_access
from shared.http.principal import Role
from tests.identity.office import ADDRESS, Office, open_office

NATIONAL_ID = "031169004711"


@dataclass
class TwoOffices:
    """Binh is in the other ward; officer, viewer and head have the first ward, the auditor everything."""

    office: Office
    control: AccessControl
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def app(self) -> FastAPI:
        return self.office.app

    def fill(self) -> None:
        """By whoever has the machine, before there are accounts."""
        with TestClient(self.app, base_url=ADDRESS) as client:
            unit = {"kind": "WARD", "effective_from": "2000-01-01"}
            for name, parent in (("city", ""), ("ward", "city"), ("other", "city")):
                above = {"parent": self.ids[parent]} if parent else {}
                self.ids[name] = _record(client, "/organization/unit-established", name=name, **unit, **above)
            for name, ward, number in (("anh", "ward", "031169000000"), ("binh", "other", NATIONAL_ID)):
                person = {"religion": "Tôn giáo kín", "national_id": number, "effective_from": "2010-01-01"}
                about = {"name": f"Nguyễn {name}", "managed_by": self.ids[ward]}
                self.ids[name] = _record(client, "/personnel/registered", **about, **person)
        for login, role in (("officer", Role.OFFICER), ("viewer", Role.VIEWER), ("head", Role.HEAD)):
            self.office.add(login, role, units=(self.ids["ward"],))
        self.office.add("auditor", Role.AUDITOR)
        self.office.add("city-head", Role.HEAD, units=(self.ids["city"],))
        self.office.add("administrator", Role.ADMINISTRATOR)

    def read_record(self, after: int = 0) -> list[AccessLine]:
        self.control.recorder.flush()
        return list_access(self.control.log, after=after)

    def position(self) -> int:
        """The end of the record."""
        self.control.recorder.flush()
        return self.control.log.position()

    def close(self) -> None:
        self.control.recorder.close()
        self.office.access.store.close()
        self.office.ledger.close()


def _record(client: TestClient, path: str, **body: Any) -> str:
    answer = client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["stream"])


def open_two_offices(folder: Path) -> TwoOffices:
    office = open_office(folder)
    control = open_access_control(office.ledger.logs["identity"], office.access.store, office.clock)
    office.app = create_http_app(office.ledger, office.clock, identity=office.access, control=control)
    offices = TwoOffices(office, control)
    offices.fill()
    return offices
