"""`cadre generate`: a ledger with a history of the real shape in a new folder, to measure and to audit."""

import shutil
import sqlite3
from pathlib import Path
from typing import Annotated

import typer

from services.cli.errors import fail
from services.cli.options import AsJson
from services.cli.output import progress_bar, write_json, write_result
from services.loadgen import NotEmpty, TooSmall, generate_history, parse_event_count

BYTES_PER_EVENT = 900
"""On disk, with the indexes and the files that sort them."""


def generate(
    folder: Annotated[Path, typer.Argument(help="The new folder; it must not exist yet, or be empty.")],
    events: Annotated[str, typer.Option("--events", help="How many events: 100k, 1M, 10M, 60M.")] = "1M",
    seed: Annotated[
        int, typer.Option("--seed", help="The same seed gives the same events, byte for byte.")
    ] = 7,
    as_json: AsJson = False,
) -> None:
    """Make a ledger of invented people in the real units, in the shape of a national history."""
    folder = folder.expanduser().resolve()
    try:
        count = parse_event_count(events)
        folder.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder.parent).free
        if free < count * BYTES_PER_EVENT:
            fail(
                "{count:,} events need about {needed:.1f} GB, and {free:.1f} GB are free in {folder}",
                "name a folder on a larger disk, or ask for fewer events",
                count=count,
                needed=count * BYTES_PER_EVENT / 1e9,
                free=free / 1e9,
                folder=folder.parent,
            )
        with progress_bar(as_json) as progress:
            history = generate_history(folder, count, seed, lambda done: progress("events", done, count))
    except TooSmall as error:
        fail(str(error))
    except NotEmpty as error:
        fail(str(error), "name a new folder")
    except (OSError, sqlite3.Error) as error:
        fail(
            "{folder}: {error}",
            "nothing was left behind; make room or choose another folder, and try again",
            folder=folder,
            error=error,
        )
    if as_json:
        write_json(history)
    else:
        lines = [{"log": name, "events": count} for name, count in history.events.items()]
        write_result(lines, False, ("log", "events"))
