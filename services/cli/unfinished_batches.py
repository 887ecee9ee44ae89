"""Batches of corrections that were begun and not seen to end, as when the power failed: said at the next start."""

from pathlib import Path

import msgspec

from services.cli.errors import warn

FILE_NAME = "unfinished-corrections.json"


class UnfinishedBatch(msgspec.Struct, frozen=True):
    """A batch whose corrections are to be recorded in several logs. Nothing that it says of anybody is in it."""

    batch: str
    """The file of corrections or the id of the import, as the command named it."""
    services: tuple[str, ...]
    """Whose logs it concerns."""


def name_batch(batch: str) -> str:
    """What is kept of the name of a batch: of a file, where it is."""
    return str(Path(batch).resolve()) if Path(batch).is_file() else batch


def note_begun(home: Path, batch: UnfinishedBatch) -> None:
    """Keep that it was begun, before anything of it is recorded."""
    _write(home, [*(each for each in read_unfinished(home) if each.batch != batch.batch), batch])


def note_ended(home: Path, batch: str) -> None:
    """All of it is recorded, or nothing."""
    before = read_unfinished(home)
    left = [each for each in before if each.batch != batch]
    if left:
        _write(home, left)
    elif before:
        (home / FILE_NAME).unlink(missing_ok=True)


def read_unfinished(home: Path) -> list[UnfinishedBatch]:
    """The batches that were begun; none where the file is not there or was not written to its end."""
    try:
        return msgspec.json.decode((home / FILE_NAME).read_bytes(), type=list[UnfinishedBatch])
    except (OSError, msgspec.DecodeError, msgspec.ValidationError):
        return []


def warn_of_unfinished(home: Path, but: str = "") -> None:
    """Say which batches may be recorded in a part of their logs only; not `but`, which is given again."""
    for each in read_unfinished(home):
        if each.batch != but:
            warn(
                "the corrections of {batch} were cut short: some of {services} may have them, and others not",
                "give them again with the same options, which does the rest: `cadre correct --batch {batch}`",
                batch=each.batch,
                services=", ".join(each.services),
            )


def _write(home: Path, batches: list[UnfinishedBatch]) -> None:
    home.mkdir(parents=True, exist_ok=True)
    new = home / f"{FILE_NAME}.new"
    new.touch(mode=0o600)
    new.write_bytes(msgspec.json.encode(batches))
    new.replace(home / FILE_NAME)
