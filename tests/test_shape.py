"""Conventions that every source file follows: names inside a service, no hidden time, randomness or global state."""

import ast
import importlib
import pkgutil
import subprocess
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import services
import shared
from services.bootstrap.services import SERVICES as DECLARED
from shared.core.decider import Rejected
from shared.core.localized_enum import LocalizedEnum

ROOT = Path(__file__).parent.parent
FILES_OF_A_SERVICE = {"events", "domain", "reactions", "projections", "queries", "application", "api"}
SERVICES = sorted(file.parent for file in ROOT.glob("services/*/events.py"))
OWN = {
    "portal": {"data"},
    "chronicle": {"rows"},
    "audit": {"data", "sealing", "archive", "replay", "reports", "erasure"},
    "sites": {"enrolment", "membership", "hand_over", "box_keys", "sealed_keys"},
    "sync": {"bundles", "exchange"},
    "identity": {
        "credentials",
        "access",
        "routes",
        "oidc",
        "access_control",
        "access_events",
        "access_record",
        "access_tokens",
        "policy",
        "rate_limits",
    },
}
"""Folders of services that are not like the others."""
READ_SIDE = [ROOT / "services" / "chronicle", ROOT / "services" / "portal"]
WHERE_TIME_AND_CHANCE_COME_FROM = ROOT / "shared" / "core" / "clock.py"
FORBIDDEN = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
}
NO_CHANCE = {"uuid5", "NAMESPACE_URL", "Random", "sleep", "monotonic", "perf_counter"}
"""Names made from names, dice with a given seed, and durations."""
GLOBAL_THINGS = {"FastAPI", "Engine", "Settings", "EmbeddedLedger", "RowStore", "EventLog", "KeyStore"}


def tracked(*suffixes: str) -> list[Path]:
    """Files that are or are about to be in the repository."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    files = [ROOT / name for name in listing.stdout.decode().split("\0") if name]
    return [file for file in files if file.is_file() and (not suffixes or file.suffix in suffixes)]


CODE = [file for file in tracked(".py") if file.relative_to(ROOT).parts[0] in ("services", "shared", "tests")]
PRODUCT = [file for file in CODE if file.relative_to(ROOT).parts[0] != "tests"]


def modules() -> Iterator[ModuleType]:
    for package in (services, shared):
        for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if not found.name.endswith("__main__") and ".testing" not in found.name:
                yield importlib.import_module(found.name)


MODULES = list(modules())


def subclasses(kind: type[Any]) -> set[type[Any]]:
    return {each for direct in kind.__subclasses__() for each in (direct, *subclasses(direct))}


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT))


@pytest.mark.parametrize("file", CODE, ids=name_of)
def test_a_file_says_first_what_it_is(file: Path) -> None:
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    assert docstring, "a module begins with a sentence about itself"


@pytest.mark.parametrize("service", [*SERVICES, *READ_SIDE], ids=name_of)
def test_file_names_inside_a_service_never_vary(service: Path) -> None:
    found = {
        each.stem for each in service.iterdir() if each.suffix == ".py" or (each / "__init__.py").exists()
    }
    allowed = FILES_OF_A_SERVICE | {"__init__"} | OWN.get(service.name, set())
    assert found <= allowed, f"{sorted(found - allowed)}: a new kind of file is an argument in review"


def test_there_are_services() -> None:
    assert {each.name for each in SERVICES} >= {"appointment", "organization", "personnel", "regulation"}


def test_every_reaction_has_a_name_of_its_own() -> None:
    """It names the position up to which a reaction has read; two of one name would skip each other's facts."""
    names = Counter(reaction.name for service in DECLARED.values() for reaction in service.reactions)
    assert [name for name, times in names.items() if times > 1] == []


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_nothing_global_is_made_at_import(module: ModuleType) -> None:
    made = {
        name: type(value).__name__
        for name, value in vars(module).items()
        if type(value).__name__ in GLOBAL_THINGS
    }
    assert not made


def uses_of_time_and_chance(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=of) | ast.Attribute(attr=of), attr=what) if (
                of,
                what,
            ) in FORBIDDEN:
                yield f"line {node.lineno}: {of}.{what}"
            case ast.Import(names=names):
                yield from (
                    f"line {node.lineno}: {each.name}" for each in names if each.name in ("uuid", "random")
                )
            case ast.ImportFrom(module="uuid" | "random" | "time" as of, names=names):
                yield from (
                    f"line {node.lineno}: {of}.{each.name}" for each in names if each.name not in NO_CHANCE
                )


@pytest.mark.parametrize(
    "file", [file for file in PRODUCT if file != WHERE_TIME_AND_CHANCE_COME_FROM], ids=name_of
)
def test_time_and_chance_come_from_the_clock(file: Path) -> None:
    assert not list(uses_of_time_and_chance(ast.parse(file.read_text(encoding="utf-8"))))


@pytest.mark.parametrize(
    "code",
    [
        "datetime.now(UTC)",
        "datetime.datetime.now()",
        "time.time()",
        "import uuid",
        "from uuid import uuid4",
        "from time import time",
        "date.today()",
    ],
)
def test_hidden_time_would_be_found(code: str) -> None:
    assert list(uses_of_time_and_chance(ast.parse(code)))


REJECTIONS = sorted(
    (each for each in subclasses(Rejected) if each.__module__.startswith(("services", "shared"))), key=str
)
LABELLED = sorted(
    (each for each in subclasses(LocalizedEnum) if each.__module__.startswith(("services", "shared"))),
    key=str,
)


@pytest.mark.parametrize("rule", REJECTIONS, ids=lambda rule: f"{rule.__module__}.{rule.__name__}")
def test_every_rule_says_in_two_languages_what_is_wrong(rule: type[Rejected]) -> None:
    assert rule.__doc__
    assert rule.__doc__.strip().endswith("."), "a sentence"
    assert "title_vi" in vars(rule), "a Vietnamese title of its own"
    assert any(ord(letter) > 127 for letter in rule.title_vi), "with its marks"


@pytest.mark.parametrize("labels", LABELLED, ids=lambda labels: str(labels.__name__))
def test_every_value_people_read_has_both_labels(labels: type[LocalizedEnum]) -> None:
    for value in labels:
        assert value.vi.strip(), value
        assert value.en.strip(), value
        assert value.value in (value.name, value.name.lower()), "stored by the name it has in code"
    for language in ("vi", "en"):
        shown = [getattr(value, language) for value in labels]
        assert len(shown) == len(set(shown)), f"two values of {labels.__name__} read alike in {language}"


def test_every_text_file_is_utf8_in_nfc_with_plain_line_ends() -> None:
    wrong = []
    for file in tracked():
        raw = file.read_bytes()
        if b"\0" in raw[:8000]:
            continue
        text = raw.decode("utf-8")
        if not unicodedata.is_normalized("NFC", text) or b"\r" in raw or (raw and not raw.endswith(b"\n")):
            wrong.append(name_of(file))
    assert not wrong
