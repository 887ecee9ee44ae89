"""`cadre audit access`, and the file of sign-in services that `cadre run` is given."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.__main__ import application
from services.bootstrap.services import open_embedded_ledger
from services.identity.access_events import SensitiveFieldsRead
from services.identity.access_record.entries import AccessKey
from services.identity.access_record.recorder import AccessRecorder
from shared.core.clock import system_clock
from shared.operations.settings import load


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home in whose log two people looked at two others."""
    ledger = open_embedded_ledger(load(tmp_path))
    recorder = AccessRecorder(ledger.logs["identity"], system_clock)
    for by, of in (("an", "cadre-1"), ("binh", "cadre-1"), ("an", "cadre-2")):
        recorder.note(
            [AccessKey(SensitiveFieldsRead, by, f"name of {by}", of, "2026-11-27T18:45Z")], "/kinship"
        )
    recorder.start_emergency("an", "name of an", "Bão số 9: cần liên hệ người nhà")
    recorder.close()
    ledger.close()
    return tmp_path


def cadre(home: Path, *words: str, lang: str = "en", **env: str) -> tuple[int, str]:
    done = CliRunner(env=env).invoke(application(), ["--home", str(home), "--lang", lang, *words])
    return done.exit_code, done.output


def test_the_record_is_shown_for_people_and_for_programs(home: Path) -> None:
    code, said = cadre(home, "audit", "access")
    assert code == 0
    assert "name of binh" in said
    assert "Bão số 9" in said
    for words, expected in (
        (("--of", "cadre-1"), [("an", "cadre-1"), ("binh", "cadre-1")]),
        (("--by", "an"), [("an", "cadre-1"), ("an", "cadre-2"), ("an", "")]),
        (("--of", "cadre-1", "--by", "binh"), [("binh", "cadre-1")]),
        (("--of", "nobody"), []),
    ):
        code, said = cadre(home, "audit", "access", *words, "--json")
        assert code == 0
        assert sorted((line["by"], line["of"]) for line in json.loads(said)) == sorted(expected)


def test_nothing_on_record_is_said(home: Path) -> None:
    code, said = cadre(home, "audit", "access", "--of", "nobody")
    assert code == 1
    assert "nothing is on record about nobody" in said
    code, said = cadre(home, "audit", "access", "--of", "nobody", lang="vi")
    assert "không có gì được ghi về nobody" in said


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "No such file"),
        (b"{", "truncated"),
        (b'{"address": "http://so.tinh.vn", "providers": []}', "address: give the origin"),
        (
            b'{"address": "https://so.tinh.vn", "providers": [{"name": "tinh", "issuer": "https://tinh.vn", '
            b'"client_id": "so", "client_secret_file": "not-there"}]}',
            "the secret of tinh",
        ),
    ],
)
def test_a_wrong_file_of_sign_in_services_starts_nothing(
    home: Path, tmp_path: Path, content: bytes | None, words: str
) -> None:
    file = tmp_path / "providers.json"
    if content is not None:
        file.write_bytes(content)
    code, said = cadre(home, "run", "--empty", CADRE_OIDC=str(file))
    assert code != 0
    assert "CADRE_OIDC" in said
    assert words in " ".join(said.split())
    assert "docs/security.md" in said
