"""A city with two wards, their people, and seven accounts that read and record in different parts of it."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
from limits import RateLimitItemPerMinute
from starlette.testclient import TestClient

from services.bootstrap.access_control import open_control
from services.bootstrap.http_app import create_http_app
from services.bootstrap.identity import open_identity
from services.bootstrap.services import SERVICES, open_embedded_ledger
from services.identity.access.identity_access import IdentityAccess
from services.identity.access_control import AccessControl
from services.identity.access_record.entries import AccessLine
from services.identity.access_record.reading import list_access
from services.identity.rate_limits import RateLimits, RateRules
from shared.core.clock import system_clock
from shared.http.auth import BearerTokens
from shared.http.authentication import OWN_PREFIXES
from shared.http.principal import Role
from shared.operations.settings import load
from shared.runtime.ledger import Ledger
from tests.identity.office import ADDRESS, COOKIE, PASSWORD, sign_in

SENSITIVE = {"ethnicity": "Dân tộc kín", "religion": "Tôn giáo kín", "national_id": "031169004711"}
PERSONAL = {"birth": "1969-11-23", "home_place": "Quê quán riêng"} | SENSITIVE


class SignedInClient:
    """Sends each request as whom its header `who` names: by the cookie of their session, from our own page. Without it
    whoever has the machine sends it, to an application without accounts over the same ledger. What others ask goes
    where the gateway of a cluster leads it: to `identity`, or to the application with all other services."""

    def __init__(self, laptop: TestClient, identity: TestClient, others: TestClient) -> None:
        self.laptop, self.identity, self.others = laptop, identity, others
        self.sessions: dict[str, str] = {}

    def sign_in(self, login: str) -> str:
        """Begin a session for an account with the password of all. Returns what its cookie holds."""
        self.identity.cookies.clear()
        assert sign_in(self.identity, login).status_code == 200
        self.sessions[login] = self.identity.cookies[COOKIE]
        self.identity.cookies.clear()
        return self.sessions[login]

    def request(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **more: Any
    ) -> httpx2.Response:
        sent = dict(headers or {})
        who = sent.pop("who", "all")
        if who == "all":
            return self.laptop.request(method, path, headers=sent, **more)
        return self.send(method, path, {"cookie": f"{COOKIE}={self.sessions[who]}", **sent}, **more)

    def send(self, method: str, path: str, headers: Mapping[str, str], **more: Any) -> httpx2.Response:
        """A request with just these headers, and the origin of our own page."""
        first, _, rest = path.lstrip("/").partition("?")[0].partition("/")
        topic = rest.partition("/")[0] if first == "feeds" else first
        served = self.identity if topic in ("identity", *OWN_PREFIXES) else self.others
        return served.request(method, path, headers=headers, **more)

    def get(self, path: str, **more: Any) -> httpx2.Response:
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx2.Response:
        return self.request("POST", path, **more)


OTHERS = [*(name for name in SERVICES if name != "identity"), "chronicle"]
"""What a cluster serves beside `identity` and the page."""
MANY = RateRules(*[(RateLimitItemPerMinute(10_000),)] * 4)
"""More requests than a test sends in a minute."""
TOKENS = BearerTokens("r" * 40, "w" * 40)


@contextmanager
def open_two_wards(folder: Path, database: str = "") -> Iterator["TwoWards"]:
    """The city in a new ledger, served with its accounts in one application. With a `database` as a cluster serves it:
    accounts in one application, all else in another one, which only reads who has signed in and remembers it for a
    moment."""
    with ExitStack() as opened:
        ledger = open_embedded_ledger(load(folder, {"CADRE_DATABASE": database} if database else {}))
        opened.callback(ledger.close)

        def serve(*names: str) -> tuple[IdentityAccess, AccessControl, TestClient]:
            keeps = not names or "identity" in names
            stored = opened.enter_context(open_identity(ledger, system_clock, database, keeps=keeps))
            access, control = opened.enter_context(open_control(ledger, stored, system_clock, keeps=keeps))
            assert access
            assert control
            control = replace(control, limits=RateLimits(MANY))
            tokens = TOKENS if database else None
            app = create_http_app(ledger, tokens=tokens, names=names, identity=access, control=control)
            client = TestClient(app, base_url=ADDRESS, headers={"origin": ADDRESS}, follow_redirects=False)
            return access, control, opened.enter_context(client)

        laptop = opened.enter_context(TestClient(create_http_app(ledger)))
        access, control, identity = serve(*(["identity"] if database else []))
        others = serve(*OTHERS)[2] if database else identity
        yield TwoWards(ledger, access, control, SignedInClient(laptop, identity, others))


class TwoWards:
    """Records everything as whoever has the machine, and asks as the accounts."""

    def __init__(
        self, ledger: Ledger, access: IdentityAccess, control: AccessControl, client: SignedInClient
    ) -> None:
        self.ledger, self.access, self.control, self.client = ledger, access, control, client
        self.accounts: dict[str, str] = {}
        """The ids of the accounts, by login."""
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
        for login, role, units in (
            ("officer", Role.OFFICER, (self.ward,)),
            ("viewer", Role.VIEWER, (self.ward,)),
            ("head", Role.HEAD, (self.city,)),
            ("auditor", Role.AUDITOR, ()),
            ("administrator", Role.ADMINISTRATOR, ()),
            ("integration", Role.INTEGRATION, (self.other,)),
        ):
            self.add(login, role, units)
        self.add("manager", Role.VIEWER, bodies=(self.city,))

    def add(self, login: str, role: Role, units: tuple[str, ...] = (), bodies: tuple[str, ...] = ()) -> None:
        """An account that has signed in, without units and bodies for the whole tree."""
        administration = self.access.administration
        account, link = administration.add_account(login, f"Người {login}", "test", "CONFIDENTIAL")
        administration.grant(account, role, "test", units=units, bodies=bodies)
        self.access.sign_in.set_password_by_link(link, PASSWORD)
        self.accounts[login] = account
        self.client.sign_in(login)

    def denied(self, login: str) -> list[AccessLine]:
        """What is on record that somebody was refused."""
        self.control.recorder.flush()
        lines = list_access(self.control.log, by=self.accounts[login])
        return [line for line in lines if line.what == "DENIED"]

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
