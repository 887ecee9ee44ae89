"""`cadre generate`: a history of the real shape in a new home, to measure and to audit."""

import shutil
import sqlite3
from pathlib import Path
from typing import Annotated

import typer

from services.cli.common import fail, out, watching
from services.loadgen import NotEmpty, TooSmall, parse_event_count
from services.loadgen import generate_history as make

PER_EVENT = 900
"""Bytes of the disk, with the indexes and the sorting of them."""


def generate(
    folder: Annotated[Path, typer.Argument(help="The new home; it must not exist yet, or be empty.")],
    events: Annotated[str, typer.Option(help="How many: 100k, 1M, 10M, 60M.")] = "1M",
    seed: Annotated[int, typer.Option(help="The same seed gives the same events, byte for byte.")] = 7,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Make a ledger of invented people in the real units, in the shape of a national history."""
    folder = folder.expanduser().resolve()
    try:
        count = parse_event_count(events)
        folder.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder.parent).free
        if free < count * PER_EVENT:
            fail(
                f"{count:,} events need about {count * PER_EVENT / 1e9:.1f} GB, and {free / 1e9:.1f} are free in "
                f"{folder.parent}",
                "name a folder on a larger disk, or ask for fewer events",
            )
        with watching(as_json) as progress:
            made = make(folder, count, seed, lambda done: progress("events", done, count))
    except TooSmall as error:
        fail(str(error))
    except NotEmpty as error:
        fail(str(error), "name a new folder")
    except (OSError, sqlite3.Error) as error:
        fail(
            f"{folder}: {error}", "nothing was left behind; make room or choose another folder, and try again"
        )
    if as_json:
        out(made, True)
    else:
        lines = [{"log": name, "events": told} for name, told in made.events.items()]
        out(lines, False, ("log", "events"))
