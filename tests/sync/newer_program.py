"""A later version of the product, as a process of its own: it has a kind of fact, a field and a whole service more.

`python -m tests.sync.newer_program` reads orders as lines of JSON, each a home and words: those of a command, or what
to record. It answers each with a line.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from services.__main__ import application
from services.bootstrap import services
from services.bootstrap.services import SERVICES, open_embedded_ledger
from services.chronicle.projections import PROJECTIONS
from services.chronicle.rows import CADRES
from services.personnel import events
from services.personnel.events import ProfileAmended, Registered
from shared.commands.command_handler import Origin
from shared.core.facts import Topic
from shared.core.partial_dates import PDate
from shared.operations.settings import Settings
from tests.kernel import toy
from tests.sites.office import ENV

DAY = PDate("2026-01-01")


class RegisteredLater(Registered, frozen=True, kw_only=True, tag="personnel.registered"):
    """The kind that there is, with a field more."""

    badge: str = ""


class Renamed(ProfileAmended, frozen=True, kw_only=True, tag="personnel.renamed"):
    """A kind more."""


FACTS = {"registered": RegisteredLater, "renamed": Renamed, "noted": toy.Noted, "signed": toy.Signed}


def become_newer() -> None:
    """Let this process be of the later version."""
    kinds = [kind for tag, kind in events.topic.kinds.items() if tag.startswith("personnel.")]
    kinds = [RegisteredLater if kind is Registered else kind for kind in kinds]
    later: Topic[Any] = Topic("personnel", reduce(or_, [*kinds, Renamed]))
    vars(events.topic).update(vars(later))
    for projection in PROJECTIONS:
        if Registered in projection.handles:
            vars(projection).update(handles=(*projection.handles, RegisteredLater, Renamed))
            vars(projection).pop("kinds", None)  # what was made of it before
    SERVICES["toy"] = toy.service
    vars(services)["PROJECTIONS"] = (*PROJECTIONS, toy.notes)


def record(home: Path, kind: str, stream: str, fields: dict[str, Any]) -> str:
    """Record one fact. Returns its stored bytes."""
    fact = FACTS[kind](effective_from=DAY, **fields)
    with closing(open_embedded_ledger(Settings(home=home, site=home.name))) as ledger:
        topic = "toy" if isinstance(fact, toy.ToyFact) else "personnel"
        ledger.apps[topic].handle(stream, fact, Origin(actor="user:lan"))
        ledger.project_pending()
        log = ledger.logs[topic]
        [(_, _, _, state)] = log.read_stored(log.position() - 1, 1)
        return bytes(state).decode()


def read_rows(home: Path) -> tuple[list[str], list[str]]:
    """The names of all cadres, and what the rows of the later service say."""
    with closing(open_embedded_ledger(Settings(home=home, site=home.name))) as ledger:
        ledger.project_pending()
        cadres, notes = ledger.tables.rows(CADRES), ledger.tables.rows(toy.notes)
        return sorted(row.name for row in cadres), sorted(row.what for row in notes)


def obey(home: Path, words: list[Any]) -> Any:
    if words[0] == "record":
        return record(home, *words[1:])
    if words[0] == "rows":
        return read_rows(home)
    env = ENV | {"CADRE_SITE": home.name}
    done = CliRunner().invoke(application(), ["--home", str(home), *words], env=env)
    return done.exit_code, done.stdout, done.stderr + repr(done.exception or "")


class NewerProgram:
    """The process of the later version, as a test gives it orders."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def order(self, home: Path, *words: Any) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps([str(home), words]) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def cadre(self, home: Path, *words: str) -> str:
        """A command that must succeed, or alarm."""
        code, output, errors = self.order(home, *words)
        assert code in (0, 3), f"{words}: {output}{errors}"
        return str(output)


@contextmanager
def newer_program() -> Iterator[NewerProgram]:
    command = [sys.executable, "-m", "tests.sync.newer_program"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        yield NewerProgram(process)
        assert process.stdin
        process.stdin.close()


if __name__ == "__main__":
    become_newer()
    for line in sys.stdin:
        place, given = json.loads(line)
        sys.stdout.write(json.dumps(obey(Path(place), given)) + "\n")
        sys.stdout.flush()
