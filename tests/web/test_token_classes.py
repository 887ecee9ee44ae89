"""What a token of each class sees (integrity 6): every question of the interface is asked, over a ledger in which each
sealed field holds a text of its own."""

import gc
import re
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import msgspec
import pytest
from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import SERVICES, open_embedded_ledger
from services.chronicle.api.masked_tables import mask_tables
from services.chronicle.projections import PROJECTIONS
from services.chronicle.rows import PERSONAL_COLUMNS
from services.personnel.events import (
    Disciplined,
    DisciplineForm,
    KinshipDeclared,
    ProfileAmended,
    Registered,
    Side,
)
from shared.core.facts import MASKED, Corrected, Fact
from shared.core.text import fold, name_key
from shared.core.timeline import timeline
from shared.database.sql import BatchQuery, Query
from shared.http.auth import BearerTokens, PersonToken
from shared.http.token_classes import TokenClass
from shared.operations.settings import load
from shared.runtime.embedded import EmbeddedLedger
from shared.testing.given import history
from tests.contract.completeness import list_operations
from tests.contract.test_openapi import DOCUMENT
from tests.engines.servers import postgres

READ, WRITE, LAN, MINH = "r" * 40, "w" * 40, "l" * 40, "m" * 40
QUESTIONS = [
    (path, operation)
    for path, method, operation in list_operations(DOCUMENT)
    if method == "get" and operation["security"] and not path.endswith("/live")
]
FILE: dict[str, str] = {
    "name": "Nguyễn Thị Kínmít", "sex": "F", "birth": "1969-11-23", "national_id": "031169004711",
    "ethnicity": "Dân tộc kín", "religion": "Tôn giáo kín", "home_place": "Quê quán kín", "home_unit": "",
    "party_joined": "1991-03-17", "party_full": "1992-03-18", "service_from": "1990-08-19",
}  # fmt: skip
AMENDED = {
    "name": "Nguyễn Thị Sửatên", "sex": "F", "birth": "1969-10-22", "national_id": "031169004722",
    "ethnicity": "Dân tộc sửa", "religion": "Tôn giáo sửa", "home_place": "Quê quán sửa",
    "party_joined": "1991-03-27", "party_full": "1992-03-28", "service_from": "1990-08-29",
}  # fmt: skip
KIN = {"relation": "SIBLING_IN_LAW", "relative_name": "Họ hàng kín", "relative_post": "Việc làm kín"}
CORRECTED = {"birth": "1969-12-24", "name": "Nguyễn Thị Đínhchính"}
GROUNDS = {"grounds": "Căn cứ kỷ luật kín"}
SEALED = {
    text
    for fields in (FILE, AMENDED, KIN, CORRECTED, GROUNDS)
    for text in fields.values()
    if len(text) > 1 and text != "SIBLING_IN_LAW"
}


SECRETS = (
    "Đơn vị tuyệt mật",
    "Tổ thuộc đơn vị mật",
    "Trưởng tổ mật",
    "Đặc phái viên mật",
    "nhiem-ky-mat-1",
    "nhiem-ky-mat-2",
)
"""Names of a secret unit, of one below it, of its post, and of a secret post in an open unit; the tenures in both."""
NEEDED: dict[type[Fact], dict[str, Any]] = {
    Registered: {},
    ProfileAmended: {},
    KinshipDeclared: {"kinship": "k"},
    Disciplined: {"case": "c", "side": Side.PARTY, "form": DisciplineForm.WARNING},
}
"""Each kind of fact with sealed fields, and its other fields that have no default."""


class Told:
    """A ledger with one person of whom everything is on file, in office, and the ids of what was recorded."""

    def __init__(self, ledger: EmbeddedLedger) -> None:
        self.ledger = ledger
        self.ids: dict[str, str] = {}
        with TestClient(create_http_app(ledger)) as self.client:
            self.unit = self.record(
                "organization/unit-established",
                name="Phường Mở",
                kind="WARD",
                bloc="TERRITORY",
                effective_from="2000",
            )
            self.post = self.record(
                "organization/post-created",
                unit=self.unit,
                title="Chủ tịch",
                role="HEAD",
                not_local=True,
                effective_from="2000",
            )
            self.cadre = self.record("personnel/registered", **FILE | {"home_unit": self.unit})
            self.relative = self.record("personnel/registered", name="Người thân")
            self.first = self.events("personnel", self.cadre)[0]["event_id"]
            self.add("personnel", self.cadre, "kinship-declared", kinship="k1", relative=self.relative, **KIN)
            amended = self.add("personnel", self.cadre, "profile-amended", change="CORRECTION", **AMENDED)
            self.add(
                "personnel",
                self.cadre,
                "corrections",
                target=amended,
                mode="AMEND",
                reason="nhầm",
                new_values=CORRECTED,
            )
            self.add(
                "appointment",
                self.cadre,
                "appointed",
                tenure="t1",
                post=self.post,
                effective_from="2020-01-01",
            )
            self.add(
                "personnel",
                self.cadre,
                "trained",
                training="tr",
                field="POL_THEORY",
                status="COMPLETED",
                level="ADVANCED",
            )
            self.secret = self.record(
                "organization/unit-established",
                name=SECRETS[0],
                kind="DEPARTMENT",
                parent=self.unit,
                confidentiality="SECRET",
            )
            self.below = self.record(
                "organization/unit-established", name=SECRETS[1], kind="DEPARTMENT", parent=self.secret
            )
            self.secret_post = self.record(
                "organization/post-created", unit=self.below, title=SECRETS[2], role="HEAD"
            )
            self.other_post = self.record(
                "organization/post-created", unit=self.unit, title=SECRETS[3], confidentiality="SECRET"
            )
            self.agent = self.record("personnel/registered", name="Trần Văn Ẩn")
            self.seat = self.add(
                "appointment",
                self.agent,
                "appointed",
                tenure=SECRETS[4],
                post=self.secret_post,
                effective_from="2021-01-01",
            )
            self.add(
                "appointment",
                self.relative,
                "appointed",
                tenure=SECRETS[5],
                post=self.other_post,
                effective_from="2021-01-01",
            )
            case = {"case": "c1", "side": "PARTY", "form": "WARNING"} | GROUNDS
            self.add("personnel", self.cadre, "disciplined", decided_on="2015-01-01", **case)

    def record(self, path: str, **fact: Any) -> str:
        made = self.client.post(f"/{path}", json={"effective_from": "2000"} | fact)
        assert made.status_code == 201, made.text
        return str(made.json()["stream"])

    def add(self, topic: str, stream: str, kind: str, **fact: Any) -> str:
        made = self.client.post(
            f"/{topic}/{stream}/{kind}", json={"effective_from": "2010"} | fact, headers={"If-Match": "*"}
        )
        assert made.status_code == 201, made.text
        return str(made.json()["facts"][-1].rpartition("/")[2])

    def events(self, topic: str, stream: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.client.get(f"/{topic}/{stream}/facts").json()
        return found

    def about_secrets(self, instead: dict[str, str]) -> Iterator[dict[str, str]]:
        """What questions about secrets are about; with other ids `instead`."""
        secret, below, post, other = (
            instead.get(each, each) for each in (self.secret, self.below, self.secret_post, self.other_post)
        )
        for unit, of, stream in (
            (self.unit, self.post, self.unit),
            (secret, post, secret),
            (below, other, post),
            (self.unit, other, other),
        ):
            ids = f"{unit},{of},{self.agent}"
            yield {
                "unit": unit,
                "place": unit,
                "id": unit,
                "post": of,
                "cadre": self.agent,
                "ids": ids,
                "topic": "organization",
                "stream": stream,
                "subject": unit,
            }
        yield {
            "cadre": self.agent,
            "topic": "appointment",
            "stream": self.agent,
            "target": self.seat,
            "event_id": self.seat,
            "subject": self.agent,
        }

    def addresses(self, **about: str) -> list[str]:
        """Every question of the contract, about what was recorded, with each of its optional ids once."""
        return [*dict.fromkeys(self._ask_everything(about))]

    def _ask_everything(self, about: dict[str, str]) -> Iterator[str]:
        values = {
            "unit": self.unit, "place": self.unit, "post": self.post, "cadre": self.cadre, "subject": self.cadre,
            "parent": "root", "ids": f"{self.cadre},{self.relative},{self.unit},{self.post}",
            "target": self.first, "event_id": self.first,
            "from": "1990-01-01", "to": "2026-01-01", "title": "chu tich", "period": "2025",
            "topic": "personnel", "tag": "personnel.registered", "id": self.unit, "stream": self.cadre,
            "correction": self.events("personnel", self.cadre)[3]["event_id"],
        } | about  # fmt: skip
        searched = [
            {"q": words, "place": "Phường Mở"}
            for words in ("mat", "dac phai", "Kínmít", "dinhchinh", "nguyen thi", "a")
        ]
        also = [{name: values[name]} for name in ("place", "post", "cadre", "unit")]
        also += [{"format": form} for form in ("text", "xlsx")]
        for path, operation in QUESTIONS:
            required = [each["name"] for each in operation.get("parameters", ()) if each.get("required")]
            optional = {each["name"] for each in operation.get("parameters", ())}
            for more in ({}, *searched, *also):
                given = values | more
                names = {*required, *(more.keys() & optional)}
                if more and not more.keys() & optional:
                    continue
                address = path.format_map(dict.fromkeys(re.findall(r"\{(\w+)\}", path), self.unit) | given)
                query = "&".join(
                    f"{name}={given.get(name, 'x')}" for name in sorted(names) if f"{{{name}}}" not in path
                )
                yield f"{address}?{query}"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    folder = tmp_path_factory.mktemp("classes")
    with postgres(folder) if request.param == "postgresql" else nullcontext("") as database:
        environment = {"CADRE_DATABASE": database} if database else {}
        ledger = open_embedded_ledger(load(folder / "home", environment))
        yield Told(ledger)
        ledger.close()


@pytest.fixture(scope="module")
def client(told: Told) -> Iterator[TestClient]:
    persons = (
        PersonToken("Lan", LAN, writes=True),
        PersonToken("Minh", MINH, token_class=TokenClass.PERSONAL),
    )
    tokens = BearerTokens(read=READ, write=WRITE, persons=persons)
    with TestClient(create_http_app(told.ledger, tokens=tokens)) as client:
        yield client


def ask(client: TestClient, token: str, address: str) -> tuple[int, str]:
    """The status, and all text of the answer; of a sheet the text of its parts."""
    answer = client.get(address, headers={"Authorization": f"Bearer {token}"})
    if "spreadsheetml" in answer.headers["content-type"]:
        with ZipFile(BytesIO(answer.content)) as parts:
            return answer.status_code, "".join(
                parts.read(name).decode(errors="replace") for name in parts.namelist()
            )
    return answer.status_code, answer.text


def test_no_answer_to_an_internal_token_holds_a_sealed_text(told: Told, client: TestClient) -> None:
    seen: set[str] = set()
    answered: set[str] = set()
    for address in told.addresses():
        status, text = ask(client, READ, address)
        assert not (found := {each for each in SEALED if each in text}), (address, found)
        full, clear = ask(client, MINH, address)
        assert full == status, (address, clear, text)
        if status == 200:
            answered.add(address.partition("?")[0])
            seen |= {each for each in SEALED if each in clear}
    assert seen == SEALED
    assert len(answered) > 60, "nearly every question is answered"


def test_a_masked_field_says_so_and_an_empty_one_stays_empty(told: Told, client: TestClient) -> None:
    def facts(token: str) -> list[dict[str, Any]]:
        answer = client.get(f"/personnel/{told.cadre}/facts", headers={"Authorization": f"Bearer {token}"})
        return [event["fact"] for event in answer.json()]

    registered, kin, amended, corrected, *_ = facts(READ)
    assert {name: registered[name] for name in FILE} == dict.fromkeys(FILE, MASKED)
    assert [kin.get(name) for name in (*KIN, "relative")] == [MASKED] * 4
    assert "home_unit" not in amended
    assert corrected["new_values"] == dict.fromkeys(CORRECTED, MASKED)
    assert facts(WRITE)[0]["birth"] == facts(LAN)[0]["birth"] == FILE["birth"], "who records sees all"


def test_what_a_masked_id_names_is_not_told(told: Told, client: TestClient) -> None:
    address = f"/facts/personnel/{told.cadre}/{told.first}"
    assert told.unit in ask(client, MINH, address)[1], "the home place is named"
    assert told.unit not in ask(client, READ, address)[1]


def test_nobody_is_found_by_what_is_masked(told: Told, client: TestClient) -> None:
    """Neither by name, nor by whose relative somebody is; and a question about the relative tells nothing."""
    for address in (
        "/search?q=Dinhchinh",
        f"/kinship?cadre={told.relative}",
        f"/conflicts?place={told.unit}",
    ):
        full, masked = ask(client, MINH, address)[1], ask(client, READ, address)[1]
        assert told.cadre in full, address
        assert told.cadre not in masked, address


def test_every_column_that_is_made_of_sealed_fields_is_declared() -> None:
    """Rows folded from facts whose sealed fields hold a word of their own: where it comes out is masked."""
    personnel = SERVICES["personnel"].topic
    assert set(personnel.personal) == {*NEEDED, Corrected}
    made = ("markedword", fold("markedword"), name_key("markedword"))
    found: dict[str, set[str]] = {}
    for projection in PROJECTIONS:
        if projection.follows is not personnel:
            continue
        for kind, fields in personnel.personal.items():
            if kind is Corrected:
                continue
            make: Callable[..., Fact] = kind
            facts = [make(**dict.fromkeys(fields, "markedword"), **NEEDED[kind])]
            if kind is not Registered:
                facts.insert(0, Registered(name="x"))
            rows = projection.fold(timeline(history(*facts)))
            for row in rows.values():
                found.setdefault(projection.name, set()).update(
                    name
                    for name in row.__struct_fields__
                    if any(word in str(getattr(row, name)) for word in made)
                )
    assert {name: columns for name, columns in found.items() if columns} == {
        name: set(columns) for name, columns in PERSONAL_COLUMNS.items()
    }


def test_every_query_names_its_tables_so_that_they_can_be_masked(told: Told) -> None:
    """A table that a query read in another way than after FROM or JOIN would not be masked."""
    views = mask_tables(told.ledger.tables)
    queries = [each for each in gc.get_objects() if isinstance(each, Query | BatchQuery)]
    about = [each.sql for each in queries if re.search(r"\b(cadres|kinship)\b", each.sql)]
    assert len(about) > 10
    for sql in about:
        left = views.rewrite(sql)
        left = re.sub(r"'[^']*'", "", left)
        for select in views.selects.values():
            left = left.replace(re.sub(r"'[^']*'", "", f"({select})"), "")
        assert not re.search(r"\b(cadres|kinship)\b(?!\.)", left), sql


@pytest.mark.parametrize(
    ("stated", "sees"),
    [({}, "internal"), ({"class": "personal"}, "personal"), ({"writes": True}, "personal"),
     ({"writes": True, "class": "internal"}, "internal"), ({"class": "public"}, "public")],
)  # fmt: skip
def test_what_a_token_sees_is_what_its_line_says(
    tmp_path: Path, stated: dict[str, object], sees: str
) -> None:
    file = tmp_path / "tokens"
    person = {"name": "Lan", "token": LAN} | stated
    file.write_bytes(msgspec.json.encode({"read": READ, "write": WRITE, "persons": [person]}))
    tokens = BearerTokens.read_file(file)
    assert [tokens.class_of(each) for each in (LAN, READ, WRITE)] == [sees, "internal", "personal"]
    assert tokens.class_of("unknown") == "public"
    file.write_bytes(msgspec.json.encode({"read": READ, "write": WRITE, "read_class": "personal"}))
    assert BearerTokens.read_file(file).class_of(READ) == "personal"
    file.write_bytes(msgspec.json.encode({"read": READ, "write": WRITE, "read_class": "all"}))
    with pytest.raises(msgspec.ValidationError):
        BearerTokens.read_file(file)


def test_what_is_secret_is_in_no_answer_to_an_internal_token(told: Told, client: TestClient) -> None:
    ids = {told.secret, told.below, told.secret_post, told.other_post, told.seat}
    seen: set[str] = set()
    addresses = dict.fromkeys(each for about in told.about_secrets({}) for each in told.addresses(**about))
    for address in addresses:
        _, text = ask(client, READ, address)
        found = {each for each in {*SECRETS, *ids} if each in text and each not in address}
        assert not found, (address, found, text)
        clear = ask(client, MINH, address)[1]
        seen |= {each for each in {*SECRETS, *ids} if each in clear and each not in address}
    assert seen == {*SECRETS, *ids}


def test_an_id_that_is_secret_is_answered_like_one_that_is_not_there(told: Told, client: TestClient) -> None:
    unknown = {
        each: each[:-12] + "0" * 12 for each in (told.secret, told.below, told.secret_post, told.other_post)
    }
    moment = re.compile(r'"known_at":"[^"]*"|W3CDTF">[^<]*')  # also where a spreadsheet says it
    for about, absent in zip(told.about_secrets({}), told.about_secrets(unknown), strict=True):
        for address, other in zip(told.addresses(**about), told.addresses(**absent), strict=True):
            if address == other:
                continue
            status, text = ask(client, READ, address)
            for secret, instead in unknown.items():
                text = text.replace(secret, instead)
            wanted, expected = ask(client, READ, other)
            assert (status, moment.sub("", text)) == (wanted, moment.sub("", expected)), address


@pytest.mark.parametrize("topic", ["personnel", "organization", "appointment"])
def test_a_live_feed_tells_no_secret_to_an_internal_token(told: Told, topic: str) -> None:
    app = create_http_app(told.ledger, tokens=BearerTokens(read=READ, write=WRITE))
    with TestClient(app) as client:
        texts = {}
        for token in (READ, WRITE):
            rounds = iter([False])
            app.state.stopping = lambda rounds=rounds: next(rounds, True)
            texts[token] = ask(client, token, f"/feeds/{topic}/live")[1]
    hidden = (
        {told.secret, told.below, told.secret_post, told.other_post, *SECRETS}
        if topic != "personnel"
        else set()
    )
    assert not {each for each in {*SEALED, *hidden} if each in texts[READ]}
    assert texts[READ].count("data: ") > 0
    assert (told.secret_post in texts[WRITE]) is (topic != "personnel")
