"""Files that `cadre site` reads and writes: requests, tickets, and lists of the last entries of logs."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from errno import EISDIR
from pathlib import Path
from typing import NoReturn

import msgspec

from services.cli.errors import fail
from services.sites.events import LogHead


def read_file(file: Path) -> str:
    """The text of a file. Ends the command where it cannot be read."""
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        fail(
            "{file} cannot be read: {reason}",
            "name a file that is there and that you may read",
            file=file,
            reason=error.strerror or error,
        )
    except UnicodeDecodeError:
        fail("{file} is no text in UTF-8", "name the file as it was written", file=file)


def read_heads(file: Path) -> tuple[LogHead, ...]:
    """The last entries of logs in a file, as `cadre site heads` writes them."""
    return parse_heads(file, read_file(file))


def parse_heads(file: Path, text: str) -> tuple[LogHead, ...]:
    """The same of the text in a file."""
    try:
        return msgspec.json.decode(text, type=tuple[LogHead, ...])
    except msgspec.MsgspecError as error:
        fail(
            "{file} is no list of log heads: {error}",
            "make it with `cadre site heads` at the site that they are about",
            file=file,
            error=error,
        )


@contextmanager
def open_output(out: Path | None) -> Iterator[Callable[[str], object]]:
    """What writes a text to a file, or to standard output where none is named. The file can be written before the
    command does anything else, else it ends here; afterwards it holds the whole text or is as it was."""
    if out is None:
        yield sys.stdout.write
    elif out.exists() and not out.is_file() and not out.is_dir():  # a pipe, or a device
        with _named(out), out.open("w", encoding="utf-8") as device:
            yield device.write
    else:
        with _named(out):
            if out.is_dir():
                raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
            draft = out.with_name(f".{out.name}.{os.getpid()}.new")
            number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            with os.fdopen(number, "w", encoding="utf-8") as file:
                yield file.write
                with _named(out):
                    file.flush()
                    os.fsync(number)
            with _named(out):
                draft.replace(out)
        finally:
            draft.unlink(missing_ok=True)


@contextmanager
def _named(out: Path) -> Iterator[None]:
    """Ends the command where a file cannot be written, and says which and why."""
    try:
        yield
    except OSError as error:
        fail_to_write(out, error)


def fail_to_write(file: Path, error: OSError) -> NoReturn:
    """End the command because a file cannot be written."""
    reason = error.strerror or error
    if isinstance(error, FileNotFoundError):
        fail(
            "{file} cannot be written: {reason}",
            "make the folder first, or name another file",
            file=file,
            reason=reason,
        )
    fail(
        "{file} cannot be written: {reason}",
        "name a file in a folder that you may write to, on a disk with room",
        file=file,
        reason=reason,
    )
