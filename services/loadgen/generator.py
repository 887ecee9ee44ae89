"""Generates a whole history: it is written to a temporary folder, and moved into place once it is complete."""

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec

from services.loadgen.log_files import GeneratedLogs, HistoryComplete
from services.loadgen.mergers import DistrictMergers
from services.loadgen.sizes import choose_size
from services.loadgen.world import Simulation, iso


class NotEmpty(Exception):
    """There is something in the folder already."""


class GenerationResult(msgspec.Struct, frozen=True):
    """What was generated: events by log, people and posts, first and last day of recording."""

    events: dict[str, int]
    people: int
    first: str
    last: str


def generate_history(
    folder: Path, events: int, seed: int, progress: Callable[[int], None] = lambda _: None
) -> GenerationResult:
    """Generate a history. The same seed and number of events give the same events.

    Raises NotEmpty, and OSError or sqlite3.Error when the disk is full; then there is nothing in `folder`.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise NotEmpty(f"{folder} is not an empty folder")
    draft = folder.with_name(folder.name + ".part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    home = GeneratedLogs(draft, seed, events)
    try:
        made = _generate(home, seed, progress)
        home.close()
    except BaseException:
        home.abandon()
        shutil.rmtree(draft, ignore_errors=True)
        raise
    if folder.exists():
        folder.rmdir()
    draft.rename(folder)
    return made


def _generate(home: GeneratedLogs, seed: int, progress: Callable[[int], None]) -> GenerationResult:
    size = choose_size(home.events)
    world = Simulation(size, home, seed)
    home.open(size.begin)
    story = DistrictMergers(world)
    try:
        story.open()
        world.run(story.daily, progress)
    except HistoryComplete:
        pass
    counts = Counter({name: log.seq for name, log in home.logs.items()})
    return GenerationResult(dict(counts), story.hired, iso(size.begin), iso(world.day))
