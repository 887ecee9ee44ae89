"""The file of providers: what is wrong in it is named, and nothing of it is used."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.identity.oidc.configuration import WrongProviders, read_configuration, read_secret
from tests.oidc.provider import CLIENT_SECRET


def write(folder: Path, **changed: Any) -> Path:
    provider = {
        "name": "tinh",
        "issuer": "https://dang-nhap.tinh.vn",
        "client_id": "so-can-bo",
        "client_secret_file": "secret",
    }
    top = {name: changed.pop(name) for name in ("address", "providers") if name in changed}
    whole = {"address": "https://so.tinh.vn/", "providers": [provider | changed]} | top
    (folder / "secret").write_text(CLIENT_SECRET)
    (folder / "providers.json").write_bytes(msgspec.json.encode(whole))
    return folder / "providers.json"


def test_files_are_beside_the_file(tmp_path: Path) -> None:
    found = read_configuration(write(tmp_path))
    assert found.address == "https://so.tinh.vn"
    assert read_secret(found.providers[0]) == CLIENT_SECRET


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"address": "http://so.tinh.vn"}, "address: give the origin"),
        ({"address": "https://so.tinh.vn/so"}, "address: give the origin"),
        ({"name": "Tỉnh"}, "small letters"),
        ({"issuer": "http://dang-nhap.tinh.vn"}, "`issuer` is an https address"),
        ({"issuer": "https://dang-nhap.tinh.vn?x=1"}, "`issuer` is an https address"),
        ({"algorithms": ["RS256", "HS256"]}, "HS256; there are RS256"),
        ({"algorithms": ["none"]}, "none; there are RS256"),
        ({"algorithms": []}, "`algorithms` is empty"),
        ({"scopes": ["profile"]}, "openid"),
        ({"claim": ""}, "may not be empty"),
        ({"claims": "sub"}, "unknown field `claims`"),
        ({"access_tokens": {"audience": ""}}, "`audience`"),
        ({"access_tokens": {"audience": "a", "longest_life": 100_000}}, "60 to 86400"),
        ({"client_secret_file": None}, "client_secret_file"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, changed: dict[str, Any], words: str) -> None:
    with pytest.raises(WrongProviders, match=words):
        read_configuration(write(tmp_path, **changed))


def test_two_providers_share_no_issuer(tmp_path: Path) -> None:
    one = msgspec.json.decode(write(tmp_path).read_bytes())["providers"][0]
    with pytest.raises(WrongProviders, match="two providers have this name or this issuer"):
        read_configuration(write(tmp_path, providers=[one, one | {"name": "bo"}]))


@pytest.mark.parametrize(
    "suffixes", [("", ""), ("@tinh.vn", ""), ("@tinh.vn", "@tinh.vn"), ("@x.tinh.vn", "tinh.vn")]
)
def test_no_provider_speaks_for_the_people_of_another(tmp_path: Path, suffixes: tuple[str, str]) -> None:
    one = msgspec.json.decode(write(tmp_path).read_bytes())["providers"][0]
    two = one | {"name": "bo", "issuer": "https://bo.vn", "login_suffix": suffixes[1]}
    with pytest.raises(WrongProviders, match="login_suffix"):
        read_configuration(write(tmp_path, providers=[one | {"login_suffix": suffixes[0]}, two]))
    fine = [one | {"login_suffix": "@tinh.vn"}, two | {"login_suffix": "@bo.vn"}]
    assert read_configuration(write(tmp_path, providers=fine)).providers[1].login_of(" an ") == "an@bo.vn"


@pytest.mark.parametrize("content", [b"", b"short", b"\xff\xfe" * 40])
def test_a_secret_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    found = read_configuration(write(tmp_path))
    (tmp_path / "secret").write_bytes(content)
    with pytest.raises(WrongProviders, match="the secret of tinh"):
        read_secret(found.providers[0])


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(WrongProviders, match="nothing-here"):
        read_configuration(tmp_path / "nothing-here")
