"""The guide to the events: its commands work, its headers are those of the contract."""

import re
import subprocess
from pathlib import Path

import pytest

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from shared.contract.asyncapi import HEADERS
from shared.contract.cloudevents import CloudEvent
from shared.operations.settings import load
from tests.feeds.serving import listening

GUIDE = Path(__file__).parents[2] / "docs" / "events.md"
START, END = "<!-- headers: made from shared/contract/asyncapi.py -->\n", "<!-- end of headers -->"


def drawn() -> str:
    attributes = {name: name.removeprefix("ce_") for name in HEADERS if name.startswith("ce_")}
    attributes["content-type"] = "datacontenttype"
    shown = {
        name: f"`{each}`" if each in CloudEvent.__struct_fields__ else "" for name, each in attributes.items()
    }
    top = "| header | attribute in a feed | |\n|---|---|---|\n"
    return top + "".join(f"| `{name}` | {shown.get(name, '')} | {said} |\n" for name, said in HEADERS.items())


def test_the_headers_are_those_of_the_contract() -> None:
    shown = GUIDE.read_text(encoding="utf-8").partition(START)[2].partition(END)[0]
    assert shown == drawn(), f"put this there:\n{drawn()}"


def test_the_commands_work(tmp_path: Path) -> None:
    [block] = re.findall(r"```console\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    commands = [line.removeprefix("$ ") for line in block.splitlines()]
    assert len(commands) == 4
    ledger = open_embedded_ledger(load(tmp_path))
    with listening(create_http_app(ledger)) as address:
        for command in commands:
            answers = ["--max-time", "1"] if "/live" in command else ["--fail"]
            done = subprocess.run(
                ["bash", "-c", f'{command} "$@"', "bash", *answers],
                env={"LEDGER": address, "PATH": "/usr/bin:/bin"},
                capture_output=True,
                text=True,
            )
            assert done.stdout.strip() in ("[]", "retry: 1000"), f"{command}\n{done.stderr}"
    ledger.close()


@pytest.mark.parametrize(
    "word", ["x-personal", "ledger.corrected", "Last-Event-ID", "CursorOfAnotherLog", "Cadre-Left"]
)
def test_the_guide_speaks_of_what_there_is(word: str) -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in GUIDE.parents[1].glob("shared/**/*.py"))
    assert word.lower() in code.lower().replace("last_event_id", "last-event-id")
