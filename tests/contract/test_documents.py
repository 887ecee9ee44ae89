"""The AsyncAPI document is one, the schemas describe what is stored, and both are what the code says."""

import gzip
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import SERVICES, open_embedded_ledger
from services.cli.contract import FOLDER, TOPICS, released, rewrite, stale
from shared.contract.asyncapi import build_asyncapi, build_schemas
from shared.contract.cloudevents import SCHEMA_URN
from shared.contract.compatibility import find_breaking_changes
from shared.contract.counting_notices import NOTICE_TAG
from shared.operations.settings import load
from tests.feeds.test_notices import NOTICE

GOLDEN = Path(__file__).parents[1] / "wire" / "golden"
OFFICIAL = Path(__file__).parent / "asyncapi-3.0.0.json.gz"
"""The schema that the AsyncAPI initiative publishes (npm @asyncapi/specs 6.11.1, Apache-2.0), compressed."""
ALL = build_schemas(TOPICS)


def test_the_contract_is_what_the_code_says() -> None:
    assert stale(FOLDER) == [], "run: make contract"


def test_what_was_released_can_still_be_relied_on() -> None:
    assert [str(each) for each in find_breaking_changes(released(), ALL)] == []


def test_a_contract_that_is_not_what_the_code_says_is_noticed(tmp_path: Path) -> None:
    rewrite(tmp_path)
    assert stale(tmp_path) == []
    (tmp_path / "asyncapi.json").write_text("{}")
    (tmp_path / "schemas" / "personnel.registered.json").unlink()
    (tmp_path / "schemas" / "personnel.forgotten.json").write_text("{}")
    found = ["asyncapi.json", "schemas/personnel.forgotten.json", "schemas/personnel.registered.json"]
    assert stale(tmp_path) == found


def test_the_document_is_asyncapi() -> None:
    official = json.loads(gzip.decompress(OFFICIAL.read_bytes()))
    validator = jsonschema.Draft7Validator(official)
    document = build_asyncapi(TOPICS)
    assert [error.message for error in validator.iter_errors(document)] == []
    broken = {**document, "channels": {"personnel": {"messages": []}}}
    assert list(validator.iter_errors(broken)), "the validator sees faults"


def test_every_reference_leads_somewhere() -> None:
    document = build_asyncapi(TOPICS)

    def references(part: Any) -> list[str]:
        if isinstance(part, dict):
            own = [part["$ref"]] if "$ref" in part else []
            return own + [ref for each in part.values() for ref in references(each)]
        return [ref for each in part for ref in references(each)] if isinstance(part, list) else []

    found = references(document)
    assert len(found) > len(ALL)
    for ref in found:
        if ref.startswith("./"):
            assert (FOLDER / ref).exists(), ref
        else:
            place: Any = document
            for step in ref.removeprefix("#/").split("/"):
                place = place[step]


@pytest.mark.parametrize("tag", sorted(ALL))
def test_a_schema_describes_what_is_stored(tag: str) -> None:
    schema = ALL[tag]
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    line = json.loads(NOTICE if tag == NOTICE_TAG else (GOLDEN / f"{tag}.json").read_bytes())
    assert [error.message for error in validator.iter_errors(line)] == []
    assert schema["$id"] == SCHEMA_URN + tag
    assert not validator.is_valid({**line, "seq": "one"})
    assert not validator.is_valid({**line, "fact": {"type": "somebody.else"}})


def test_personal_fields_are_marked_in_the_schemas() -> None:
    for service in SERVICES.values():
        for kind, names in service.topic.personal.items():
            tag = str(kind.__struct_config__.tag)
            fields = ALL[tag]["$defs"][kind.__name__]["properties"]
            marked = {name for name, field in fields.items() if field.get("x-personal")}
            assert marked == (set() if tag == "ledger.corrected" else set(names))


def test_the_contract_is_served(tmp_path: Path) -> None:
    ledger = open_embedded_ledger(load(tmp_path))
    with TestClient(create_http_app(ledger)) as client:
        document = client.get("/asyncapi.json").json()
        assert document == build_asyncapi(TOPICS)
        for message in document["components"]["messages"].values():
            ref = message["payload"]["schema"]["$ref"]
            schema = client.get("/" + ref.removeprefix("./")).json()
            assert schema["$id"] == SCHEMA_URN + message["name"]
            assert client.get(f"/schemas/{message['name']}").json() == schema
        assert client.get("/schemas/nothing.at-all").json()["rule"] == "NotFound"
    ledger.close()
