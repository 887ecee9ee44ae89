"""`cadre bundle show` and `cadre bundle verify`, at real sites; and docs/bundles.md."""

import base64
import json
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.__main__ import application
from services.sites.box_keys import BOX_KEY_FILE
from services.sync.bundles.faults import BundleRule
from services.sync.bundles.sealing import parse_box_key
from services.sync.bundles.writing import write_bundle
from shared.eventlog.signed_notes import Signer
from shared.replica.chunks import Chunk, encode_chunk
from tests.replica.signed_lines import SignedLine
from tests.sites.office import ENV, Office
from tests.sync.bundles.made import AT, VECTOR

GUIDE = (Path(__file__).parents[3] / "docs" / "bundles.md").read_text(encoding="utf-8")
RULE_LINES = [line for line in GUIDE.splitlines() if line.startswith("| `")]


class Exchange:
    """A district and its ward, and what the ward sends."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tinh, self.huyen, self.px = (Office(folder, site) for site in ("tinh", "huyen", "px"))
        self.tinh.well("init", "--name", "Tỉnh T", "--level", "PROVINCE", "--root")
        self.huyen.join_below(self.tinh)
        self.px.join_below(self.huyen)
        self.line = SignedLine([("e1", 12)], signer=self.signer)
        self.file = folder / "px-41.cadre"

    @property
    def signer(self) -> Signer:
        return Signer.parse((self.px.home / "signing.key").read_text(encoding="ascii").strip())

    def send(
        self, *chunks: Chunk, to: str = "huyen", signer: Signer | None = None, more: bytes = b""
    ) -> None:
        shown = json.loads(self.huyen.well("show", to, "--json"))
        members = [
            (VECTOR[0], [VECTOR[1]]),
            *((f"entries/toy/px/e1-{chunk.header.first}.chunk", [encode_chunk(chunk)]) for chunk in chunks),
            *([("proposals/1.json", [more])] if more else []),
        ]
        with self.file.open("wb") as out:
            boxes = {to: parse_box_key(shown["box_key"])}
            write_bundle(out, members, signer or self.signer, boxes, sender="px", number=41, at=AT)

    def bundle(self, *words: str, site: str = "huyen", language: str = "C.UTF-8") -> tuple[int, str, str]:
        env = ENV | {"CADRE_SITE": site, "LC_ALL": language}
        home = str(self.folder / site)
        done = CliRunner().invoke(application(), ["--home", home, "bundle", *words], env=env)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.stdout, done.stderr


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Exchange:
    return Exchange(tmp_path_factory.mktemp("exchange"))


def files_of(home: Path) -> dict[str, bytes]:
    return {str(file.relative_to(home)): file.read_bytes() for file in home.rglob("*") if file.is_file()}


def test_a_bundle_is_shown_and_verified_and_nothing_is_written(exchange: Exchange) -> None:
    exchange.send(exchange.line.chunk(0, 5), exchange.line.chunk(5, 12, withheld=[7]), more=b"later")
    file, before = str(exchange.file), files_of(exchange.huyen.home)
    code, output, errors = exchange.bundle("show", file, "--json")
    assert (code, errors) == (0, "")
    shown = json.loads(output)
    assert (shown["from"], shown["to"], shown["number"], shown["signature"]) == ("px", ["huyen"], 41, "valid")
    assert shown["bytes"] == exchange.file.stat().st_size
    assert "sealed" not in shown
    code, output, errors = exchange.bundle("verify", file, "--json")
    assert (code, errors) == (0, "")
    found = json.loads(output)
    assert found["logs"] == [{"origin": "px", "topic": "toy", "entries": 12, "payloads": 11}]
    assert (found["members"], found["passed_over"]) == (3, ["proposals/1.json"])
    assert (found["waiting"], found["faults"]) == ([], [])
    assert "passed over: 1" in exchange.bundle("verify", file)[1]
    assert files_of(exchange.huyen.home) == before


def test_whoever_carries_a_bundle_can_show_it_and_not_open_it(exchange: Exchange) -> None:
    exchange.send(exchange.line.chunk(0, 5))
    assert exchange.bundle("show", str(exchange.file), site="px")[0] == 0
    code, _, errors = exchange.bundle("verify", str(exchange.file), site="px")
    assert code == 2
    assert "NotAddressed" in errors
    assert "it is for huyen, not for px" in errors


def test_what_is_wrong_is_named_with_place_and_remedy(exchange: Exchange) -> None:
    """cases 6: exit code 2 and the rule, in both languages."""
    file = str(exchange.file)
    exchange.send(exchange.line.chunk(0, 5), signer=Signer("px", bytes(32)))
    code, _, errors = exchange.bundle("verify", file)
    assert code == 2
    assert "UnknownKey" in errors
    assert "trust nothing in it" in errors
    assert "UnknownKey" in json.loads(exchange.bundle("show", file, "--json")[1])["signature"]
    exchange.send(exchange.line.chunk(0, 5))
    good = exchange.file.read_bytes()
    for bad, rule, remedy in (
        (good[:-1], "Truncated", "chép lại"),
        (good + b"x", "TrailingBytes", "chép lại"),
        (good[:-9] + b"x" + good[-8:], "WrongDigest", "chép lại"),
        (b"PK", "NotABundle", "đúng tệp"),
        (good.replace(b"bundle-1", b"bundle-7", 1), "UnknownFormat", "nâng cấp"),
        (good.replace(b'"from":"px"', b'"from":"pz"', 1), "UnknownSite", "cadre site list"),
        (good.replace(b'"number":41', b'"number":40', 1), "BadSignature", "đừng tin"),
    ):
        exchange.file.write_bytes(bad)
        code, output, errors = exchange.bundle("verify", file, language="vi_VN.UTF-8")
        assert (code, output) == (2, "")
        assert f"lỗi: {rule}: {file}: " in errors
        assert remedy in errors


def test_chunks_that_are_not_their_origins_are_named(exchange: Exchange) -> None:
    good, other = exchange.line.chunk(0, 5), exchange.line.chunk(5, 12)
    changed = Chunk(other.header, (other.payloads[0].replace(b"op", b"oq"), *other.payloads[1:]))
    exchange.send(good, changed)
    code, output, errors = exchange.bundle("verify", str(exchange.file), "--json")
    assert code == 2
    found = json.loads(output)
    assert [(fault["rule"], fault["where"]) for fault in found["faults"]] == [
        ("RootDiffers", "entries/toy/px/e1-6.chunk")
    ]
    assert found["logs"][0]["entries"] == 5
    assert "entries/toy/px/e1-6.chunk: RootDiffers" in errors


def test_two_bundles_with_two_histories(exchange: Exchange) -> None:
    """cases 16: exit code 1, both signed notes and the first entry that differs; honest bundles exit 0."""
    cloned = SignedLine([("e1", 8)], after=exchange.line, shared=4, signer=exchange.signer, salt=500)
    other = exchange.folder / "px-42.cadre"
    exchange.send(exchange.line.chunk(0, 10, 10))
    exchange.file.replace(other)
    exchange.send(exchange.line.chunk(0, 12))
    code, output, errors = exchange.bundle("compare", str(exchange.file), str(other))
    assert (code, output, errors) == (0, "", "")
    exchange.send(cloned.chunk(0, 12))
    code, output, errors = exchange.bundle("compare", str(exchange.file), str(other))
    assert code == 1
    assert exchange.line.note(10) in output
    assert cloned.note(12) in output
    assert "the first entry that differs: e1 5" in output
    assert "px/toy" in errors
    code, output, _ = exchange.bundle("compare", str(exchange.file), str(other), "--json")
    [view] = json.loads(output)
    assert (code, view["seq"], view["first_seq"]) == (1, 10, 5)
    other.write_bytes(other.read_bytes()[:-1])
    code, _, errors = exchange.bundle("compare", str(exchange.file), str(other))
    assert (code, f"Truncated: {other}" in errors) == (2, True)


def test_a_bundle_sealed_to_another_box_key(exchange: Exchange) -> None:
    exchange.send(exchange.line.chunk(0, 5))
    key = exchange.huyen.home / BOX_KEY_FILE
    before = key.read_text(encoding="ascii")
    try:
        key.write_text(base64.b64encode(bytes([3] * 32)).decode() + "\n", encoding="ascii")
        code, _, errors = exchange.bundle("verify", str(exchange.file))
        assert (code, "CannotUnseal" in errors) == (2, True)
        key.write_text("no key\n", encoding="ascii")
        code, _, errors = exchange.bundle("verify", str(exchange.file))
        assert (code, "is damaged" in errors) == (1, True)
    finally:
        key.write_text(before, encoding="ascii")


def test_files_that_are_not_there_and_sites_without_a_tree(exchange: Exchange, tmp_path: Path) -> None:
    code, _, errors = exchange.bundle("show", str(tmp_path / "none"))
    assert (code, "cannot be read" in errors) == (2, True)
    code, _, errors = exchange.bundle("verify", str(tmp_path))
    assert (code, "cannot be read" in errors) == (2, True)
    code, _, errors = exchange.bundle("verify", str(exchange.file), site="new")
    assert (code, "belongs to no tree" in errors) == (2, True)
    assert not (exchange.folder / "new" / BOX_KEY_FILE).exists()
    assert not (exchange.folder / "new" / "signing.key").exists()


def test_the_commands_of_the_guide_work_as_they_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange, site, ran = Exchange(tmp_path), "", 0
    monkeypatch.chdir(tmp_path)
    for block in re.findall(r"```console\n(.*?)```", GUIDE, re.DOTALL):
        for line in block.splitlines():
            if line.startswith("# at the "):
                site = {"ward": "px", "district": "huyen"}[re.split(r"[ :,]", line)[3]]
            elif line.startswith("$ "):
                code, _, errors = exchange.bundle(*shlex.split(line)[3:], site=site)
                assert (code, errors) == (0, ""), (line, errors)
                ran += 1
    assert ran == 6


def test_the_guide_names_every_rule_once() -> None:
    named = [rule for line in RULE_LINES for rule in re.findall(r"`([A-Z]\w+)`", line.split(" | ")[0])]
    assert sorted(named) == sorted(BundleRule)


def test_the_guide_shows_the_header_as_it_is(exchange: Exchange) -> None:
    exchange.send(exchange.line.chunk(0, 5))
    line = exchange.file.read_bytes().partition(b"\n")[0].decode()
    shown = next(each for each in GUIDE.splitlines() if each.startswith('{"format"'))
    assert list(json.loads(line)) == list(json.loads(re.sub(r":…", ":0", shown)))
