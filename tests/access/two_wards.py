"""A city with two wards, their people, and four principals who read different parts of it."""

from typing import Any

from fastapi import Request
from starlette.testclient import TestClient

from shared.http.principal import EVERYTHING, LAPTOP, Grant, Principal, Role, set_principal

SENSITIVE = {"ethnicity": "Dân tộc kín", "religion": "Tôn giáo kín", "national_id": "031169004711"}
PERSONAL = {"birth": "1969-11-23", "home_place": "Quê quán riêng"} | SENSITIVE


class TwoWards:
    """Records everything as whoever may do all, and asks as the principals."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.people: dict[str, Principal] = {"all": LAPTOP}
        self.denied: list[tuple[str, str, str]] = []
        """(principal, action, resource) of each denial."""
        self.city = self.unit("Thành phố Sông", "")
        self.ward, self.other = (self.unit(f"Phường {name}", self.city) for name in ("Trong", "Ngoài"))
        self.team = self.unit("Tổ Trong", self.ward)
        self.posts = {
            unit: [self.post(unit, f"Chủ tịch {number}", self.city) for number in range(2)]
            for unit in (self.city, self.ward, self.other, self.team)
        }
        self.anh = self.person("Anh", **PERSONAL)
        self.binh, self.chi, self.dung, self.hoa = map(self.person, ("Bình", "Chi", "Dũng", "Hoa"))
        self.appoint(self.anh, "anh-1", self.posts[self.other][1], "2015-01-01")
        self.end(self.anh, "anh-1", "2019-01-01")
        self.appoint(self.anh, "anh-2", self.posts[self.ward][0], "2019-01-01")
        self.appoint(self.binh, "binh-1", self.posts[self.other][0], "2018-01-01")
        self.appoint(self.chi, "chi-1", self.posts[self.city][0], "2018-01-01")
        self.appoint(self.dung, "dung-1", self.posts[self.team][0], "2018-01-01")
        self.list = self.open_list(self.ward)
        self.other_list = self.open_list(self.other)
        self.plan(self.list, "e-anh", self.anh, self.posts[self.ward][1])
        self.plan(self.other_list, "e-binh", self.binh, self.posts[self.other][1])
        for name, role, units in (
            ("officer", Role.OFFICER, (self.ward,)),
            ("viewer", Role.VIEWER, (self.ward,)),
            ("head", Role.HEAD, (self.city,)),
            ("auditor", Role.AUDITOR, (EVERYTHING,)),
            ("administrator", Role.ADMINISTRATOR, (EVERYTHING,)),
            ("integration", Role.INTEGRATION, (self.other,)),
        ):
            self.people[name] = Principal(
                name, name.title(), grants=(Grant(role, units),), clearance="CONFIDENTIAL"
            )
        self.people["manager"] = Principal(
            "manager",
            "Ban Thường vụ",
            grants=(Grant(Role.VIEWER, (), (self.city,)),),
            clearance="CONFIDENTIAL",
        )

    async def resolve(self, request: Request) -> None:
        """Say who makes a request: whoever a header names."""
        set_principal(self.people[request.headers.get("who", "all")])

    def record(self, service: str, stream: str, fact: str, /, **fields: Any) -> str:
        path = f"/{service}/{stream}".rstrip("/")
        body = {"type": f"{service}.{fact}", **fields}
        answer = self.client.post(path, json=body, headers={"If-Match": "*"})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["stream"])

    def unit(self, name: str, parent: str) -> str:
        fields = {"name": name, "kind": "WARD", "effective_from": "2000-01-01"}
        return self.record(
            "organization", "", "unit-established", **fields, **({"parent": parent} if parent else {})
        )

    def post(self, unit: str, title: str, managed_by: str) -> str:
        fields = {"unit": unit, "title": title, "title_code": "CT", "managed_by": managed_by}
        return self.record("organization", "", "post-created", effective_from="2000-01-01", **fields)

    def person(self, name: str, **more: str) -> str:
        fields = {"name": f"Nguyễn {name}", "effective_from": "1990-01-01"}
        return self.record("personnel", "", "registered", **fields, **more)

    def appoint(self, cadre: str, tenure: str, post: str, day: str) -> None:
        self.record("appointment", cadre, "appointed", tenure=tenure, post=post, effective_from=day)

    def end(self, cadre: str, tenure: str, day: str) -> None:
        self.record("appointment", cadre, "tenure-ended", tenure=tenure, effective_from=day)

    def open_list(self, owner: str) -> str:
        fields = {"owner": owner, "title_set": "BCH", "term": "2025-2030", "effective_from": "2024-01-01"}
        return self.record("planning", "", "round-opened", **fields)

    def plan(self, list_: str, entry: str, cadre: str, post: str) -> None:
        fields = {"entry": entry, "cadre": cadre, "post": post, "effective_from": "2024-02-01"}
        self.record("planning", list_, "added-to-planning", **fields)
