"""Logs of a cluster's processes: one JSON object a line on standard error, and no text that could hold personal data.

Of an exception only its type and where it was raised are logged: messages of databases and parsers quote values.
"""

import logging
import sys
import traceback
from typing import TextIO

import msgspec

from shared.core.clock import Clock, system_clock
from shared.telemetry.tracing import trace_id

FRAMES = 8
TEXT_ALLOWED = {"OSError", "OperationalError", "KafkaError", "Fenced"}
"""Exceptions whose text is about connections, not about values."""


class JsonLines(logging.Formatter):
    """Formats a record as one JSON object, with the name of the process and the current trace."""

    def __init__(self, process: str, clock: Clock) -> None:
        super().__init__()
        self.process, self.clock = process, clock

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, object] = {
            "time": self.clock(),
            "level": record.levelname.lower(),
            "process": self.process,
            "logger": record.name,
            "message": _message(record),
        }
        if trace := trace_id():
            fields["trace"] = trace
        if record.exc_info and record.exc_info[0]:
            fields["error"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])[-FRAMES:]
            fields["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        return msgspec.json.encode(fields).decode()


def log_to_stderr(process: str, clock: Clock = system_clock, stream: TextIO | None = None) -> None:
    """Write all logs of this process from now on: warnings and worse, and of our own packages from INFO on."""
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
    """Describe a failure without what was stored: its type, and its first line where that cannot quote values."""
    kind = type(failure)
    if TEXT_ALLOWED.isdisjoint(each.__name__ for each in kind.__mro__):
        return kind.__name__
    return f"{kind.__name__}: {failure}".partition("\n")[0]
