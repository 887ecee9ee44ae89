"""What is mutated, and which tests must notice."""

from pathlib import PurePath
from typing import NamedTuple


class Package(NamedTuple):
    """Files that are mutated together, as globs, and the quick tests that judge them."""

    files: tuple[str, ...]
    tests: tuple[str, ...]

    def matching(self, files: list[str]) -> list[str]:
        return [file for file in files if any(PurePath(file).match(glob) for glob in self.files)]


def domain(service: str, *tests: str) -> Package:
    return Package((f"services/{service}/domain/*.py",), (f"tests/{service}", *tests))


PACKAGES = {
    "appointment": domain("appointment"),
    "evaluation": domain("evaluation"),
    "organization": domain("organization"),
    "personnel": domain("personnel"),
    "planning": domain("planning"),
    "regulation": Package(
        ("services/regulation/domain/*.py",),
        (
            *(
                f"tests/regulation/test_{name}.py"
                for name in ("appointing", "developing", "domain", "enacting")
            ),
            "tests/kernel/test_rulebook.py",
        ),
    ),
    "rotation": domain("rotation"),
    "projections": Package(
        ("services/chronicle/projections/*.py",),
        (
            *("tests/chronicle", "tests/golden", "tests/personnel", "tests/planning", "tests/rotation"),
            *("tests/appointment/test_others.py", "tests/appointment/test_service_ends.py"),
        ),
    ),
    "queries": Package(
        tuple(
            f"services/chronicle/queries/common/{name}.py"
            for name in ("counts", "dated_lookup", "dimensions")
        ),
        ("tests/chronicle", "tests/counted"),
    ),
    "core": Package(
        tuple(
            f"shared/core/{name}.py"
            for name in (
                *("bitemporal", "corrections", "decider", "normalization", "partial_dates"),
                *("rulebook", "text", "timeline"),
            )
        ),
        (
            *(f"tests/kernel/test_{name}.py" for name in ("dates", "rulebook", "small", "text", "timeline")),
            *(f"tests/kernel/test_{name}.py" for name in ("application", "checks", "corrections")),
            *("tests/chronicle/test_dimensions.py", "tests/chronicle/test_tenures.py", "tests/appointment"),
        ),
    ),
}
"""Every mutated package by its name, with tests that take milliseconds: a mutant meets all that reach its function.
What runs at import is not mutated, as the SQL of `subtree`: a mutant is chosen when its function is called."""
