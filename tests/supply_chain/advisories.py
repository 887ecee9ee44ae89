"""Known holes in the libraries of a lock: `make audit-deps` asks a source of advisories that speaks as OSV does.

`python -m tests.supply_chain.advisories [ADDRESS]` ends with 0 where nothing is known, 1 where something is, 2 where
the source does not answer, because then nothing was looked at.
"""

import sys
from typing import NamedTuple

import httpx2
import msgspec

from tests.supply_chain.lock import Library, read_lock

SOURCE = "https://api.osv.dev/v1/querybatch"
TIMEOUT_SECONDS = 30.0


class NoAnswer(Exception):
    """The source of advisories does not answer, or not as it should."""


class Advisory(NamedTuple):
    """A hole that is known."""

    library: Library
    id: str


class _Vulnerability(msgspec.Struct):
    id: str


class _Result(msgspec.Struct):
    vulns: tuple[_Vulnerability, ...] = ()


class _Answer(msgspec.Struct):
    results: tuple[_Result, ...]


def find_advisories(libraries: list[Library], source: str = SOURCE) -> list[Advisory]:
    """What is known about these versions. Raises NoAnswer."""
    question = {"queries": [{"package": {"purl": each.purl}} for each in libraries]}
    try:
        response = httpx2.post(source, json=question, timeout=TIMEOUT_SECONDS)
        answer = msgspec.json.decode(response.raise_for_status().content, type=_Answer)
    except (httpx2.HTTPError, msgspec.MsgspecError, OSError) as error:
        raise NoAnswer(f"{source}: {error or type(error).__name__}") from error
    if len(answer.results) != len(libraries):
        raise NoAnswer(f"{source}: {len(answer.results)} results for {len(libraries)} libraries")
    pairs = zip(libraries, answer.results, strict=True)
    return [Advisory(library, each.id) for library, result in pairs for each in result.vulns]


def main(source: str) -> int:
    libraries = read_lock()
    try:
        found = find_advisories(libraries, source)
    except NoAnswer as error:
        sys.stderr.write(
            f"no source of advisories answers, so nothing was checked: {error}\n"
            "Run it where the network allows it, or name a mirror: make audit-deps ARGS=https://…/v1/querybatch\n"
        )
        return 2
    for each in found:
        sys.stdout.write(f"{each.library.name} {each.library.version}: {each.id}\n")
    sys.stdout.write(f"{len(libraries)} libraries, {len(found)} advisories\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else SOURCE))
