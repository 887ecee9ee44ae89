"""What is installed with the product is used by it, and may be handed on with it."""

import ast
import re
from functools import cache
from importlib.metadata import distribution, metadata, packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOT_IMPORTED = {
    "setuptools": "installs the product",
    "httptools": "uvicorn takes it where it is",
    "uvloop": "uvicorn takes it where it is",
    "uv": "make lock",
    "mypy": "make check",
    "ruff": "make check",
    "import-linter": "make check",
    "coverage": "make cover",
    "mutmut": "make mutants",
    "pytest-timeout": "an option of pytest",
    "testcontainers": "engines in containers",
}
LGPL = {"psycopg", "psycopg-binary", "psycopg-pool"}
"""docs/decisions/0016-licences.md"""
PROVIDERS = packages_distributions()
ELSEWHERE = {"colorama", "httpx2-jsfetch"}
"""Locked for other systems, so not installed here."""


def required(name: str) -> set[str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return {match[0].lower() for line in lines if (match := re.match(r"[A-Za-z][A-Za-z0-9_.-]*", line))}


def imported(*folders: str) -> set[str]:
    """The distributions that the files of these folders import from."""
    modules = set()
    for file in (file for folder in folders for file in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for module in modules for name in distributions(module)}


def distributions(module: str) -> set[str]:
    """Where a module may come from: of those that share a first name, as opentelemetry, the one with the file."""
    top, *rest = module.split(".")
    names = {name.lower().replace("_", "-") for name in PROVIDERS.get(top, ())}
    if len(names) < 2:
        return names
    paths = {f"{'/'.join([top, *rest[:depth]])}/__init__.py" for depth in range(1, len(rest) + 1)}
    return {name for name in names if paths & files_of(name)}


@cache
def files_of(name: str) -> frozenset[str]:
    return frozenset(str(file) for file in distribution(name).files or ())


@pytest.mark.parametrize(
    ("requirements", "folders"),
    [
        ("requirements.in", ("services", "shared")),
        ("requirements-dev.in", ("services", "shared", "tests")),
    ],
)
def test_every_requirement_is_imported_or_said_why(requirements: str, folders: tuple[str, ...]) -> None:
    assert required(requirements) - imported(*folders) - NOT_IMPORTED.keys() == set()


def stated(name: str, field: str) -> list[str]:
    return metadata(name).get_all(field) or []


def title_of_licence(name: str) -> str:
    """The first line of the licence that a package ships, for one that states none in its metadata."""
    files = [each for each in distribution(name).files or () if "/licenses/" in str(each)]
    return files[0].read_text(encoding="utf-8").strip().partition("\n")[0].strip() if files else ""


def test_a_package_that_states_no_licence_ships_it() -> None:
    assert not stated("cedarpy", "License-Expression")
    assert title_of_licence("cedarpy") == "Apache License"


def test_nothing_that_runs_is_under_the_gpl() -> None:
    copyleft = set()
    packages = required("requirements.txt") - ELSEWHERE
    assert len(packages) > 50
    for name in packages:
        classifiers = [each for each in stated(name, "Classifier") if each.startswith("License ::")]
        licence = [each.partition("\n")[0] for each in stated(name, "License")]
        text = " ".join([*stated(name, "License-Expression"), *licence, *classifiers]).strip()
        text = text or title_of_licence(name)
        assert text, f"{name} does not say under which licence it is"
        if re.search(r"GPL|General Public|Affero", text):
            copyleft.add(name)
    assert copyleft == LGPL
    for name in LGPL:
        assert "LGPL" in str(stated(name, "License-Expression"))
