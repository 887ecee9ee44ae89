"""Logs of a cluster's processes: one JSON object a line on standard error, and no text that could hold personal data.

Of an exception only its type and where it was raised are said: messages of databases and parsers quote values.
"""

import logging
import sys
import traceback
from typing import TextIO

import msgspec

from shared.core.clock import Clock, system_clock
from shared.telemetry.tracing import trace_id

FRAMES = 8
ABOUT_ITSELF = {"OSError", "OperationalError", "KafkaError", "Fenced"}
"""Kinds of failures whose text speaks of connections, not of values."""


class JsonLines(logging.Formatter):
    def __init__(self, process: str, clock: Clock) -> None:
        super().__init__()
        self.process, self.clock = process, clock

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, object] = {
            "time": self.clock(),
            "level": record.levelname.lower(),
            "process": self.process,
            "logger": record.name,
            "message": _message(record),
        }
        if trace := trace_id():
            said["trace"] = trace
        if record.exc_info and record.exc_info[0]:
            said["error"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])[-FRAMES:]
            said["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        return msgspec.json.encode(said).decode()


def log_to_stderr(process: str, clock: Clock = system_clock, stream: TextIO | None = None) -> None:
    """All logs of this process from now on, warnings and worse; its own from the first word on."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines(process, clock))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in ("services", "shared"):
        logging.getLogger(name).setLevel(logging.INFO)


def _message(record: logging.LogRecord) -> str:
    if not isinstance(record.args, tuple):
        return record.getMessage()
    args = tuple(describe_failure(each) if isinstance(each, BaseException) else each for each in record.args)
    return str(record.msg) % args if args else str(record.msg)


def describe_failure(failure: BaseException) -> str:
    """What may be said of a failure: its type, and its first line where that cannot quote what was stored."""
    kind = type(failure)
    if ABOUT_ITSELF.isdisjoint(each.__name__ for each in kind.__mro__):
        return kind.__name__
    return f"{kind.__name__}: {failure}".partition("\n")[0]
