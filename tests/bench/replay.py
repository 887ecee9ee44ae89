"""Decoding and folding whole careers into rows on two time axes, against decoding and the least fold on one axis."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import msgspec
from msgspec.structs import replace

from services.appointment.events import Appointed, AppointmentFact, Reappointed, Suspended, TenureEnded, topic
from services.chronicle.projections.tenures import tenures
from services.chronicle.rows import TenureRow
from shared.core.bitemporal import fold_periods
from shared.core.clock import system_clock
from shared.core.partial_dates import Day
from shared.eventlog.event_log import EventLog
from shared.eventlog.key_store import KeyStore
from tests.bench.careers import PER_STREAM, careers
from tests.bench.measure import Line, Options, exact, line, rounds

Careers = list[tuple[str, list[bytes]]]


def ours(streams: Careers) -> int:
    decode, rows = topic.decode, 0
    for _, stored in streams:
        rows += len(fold_periods(tenures, [decode(state) for state in stored]))
    return rows


def least(
    streams: Careers,
    decode: Any = topic.decode,
    kinds: tuple[Any, ...] = (Appointed, TenureEnded, Reappointed, Suspended),
) -> int:
    """Decode, then who held what from when to when as known now, facts taken as they came."""
    appointed, ended, reappointed, suspended = kinds
    rows = 0
    for stream, stored in streams:
        held: dict[str, tuple[str, str, str, str, str]] = {}
        for state in stored:
            event = decode(state)
            fact = event.fact
            kind = type(fact)
            if kind is appointed:
                held[fact.tenure] = (stream, fact.post, fact.effective_from, "", "ACTIVE")
            elif kind is ended:
                row = held.get(fact.tenure)
                if row:
                    held[fact.tenure] = (stream, row[1], row[2], fact.effective_from, row[4])
            elif kind is reappointed:
                row = held.get(fact.previous)
                if row:
                    held[fact.tenure] = (stream, row[1], fact.effective_from, "", "ACTIVE")
            elif kind is suspended:
                row = held.get(fact.tenure)
                if row:
                    held[fact.tenure] = (*row[:4], "SUSPENDED")
        rows += len(held)
    return rows


def same_columns(streams: Careers) -> int:
    """The least fold again, into rows with all the columns that ours have."""
    rows = 0
    for _, stored in streams:
        held: dict[str, TenureRow] = {}
        for state in stored:
            event = topic.decode(state)
            fact = event.fact
            row: TenureRow | None
            if type(fact) is Appointed:
                held[fact.tenure] = _row(event, fact, fact.post, fact.holding, fact.route)
            elif type(fact) is TenureEnded:
                if row := held.get(fact.tenure):
                    end = Day(fact.effective_from)
                    held[fact.tenure] = replace(
                        row,
                        end=end,
                        ended=str(fact.reason),
                        closed_by=event.event_id,
                        closing_decision=fact.decision,
                        valid_to=end,
                        certain_to=end,
                    )
            elif type(fact) is Reappointed:
                if row := held.get(fact.previous):
                    held[fact.tenure] = _row(event, fact, row.post_id, row.holding, "REAPPOINTED")
            elif type(fact) is Suspended and (row := held.get(fact.tenure)):
                held[fact.tenure] = replace(row, status="SUSPENDED")
        rows += len(held)
    return rows


def _row(event: Any, fact: Appointed | Reappointed, post: str, holding: str, route: str) -> TenureRow:
    start = Day(fact.effective_from)
    return TenureRow(
        tenure_id=fact.tenure,
        cadre_id=event.stream,
        post_id=post,
        holding=str(holding),
        route=str(route),
        start=start,
        codes="",
        opened_by=event.event_id,
        decision=fact.decision,
        valid_from=start,
        certain_from=start,
    )


class _Lean(msgspec.Struct, tag_field="type", gc=False):
    effective_from: str = ""


class _Appointed(_Lean, tag="appointment.appointed"):
    tenure: str = ""
    post: str = ""


class _Ended(_Lean, tag="appointment.tenure-ended"):
    tenure: str = ""


class _Reappointed(_Lean, tag="appointment.reappointed"):
    tenure: str = ""
    previous: str = ""


class _Suspended(_Lean, tag="appointment.suspended"):
    tenure: str = ""


class _Reinstated(_Lean, tag="appointment.reinstated"):
    tenure: str = ""


class _Corrected(_Lean, tag="ledger.corrected"):
    target: str = ""


class _Envelope(msgspec.Struct, gc=False):
    recorded_at: str
    fact: _Appointed | _Ended | _Reappointed | _Suspended | _Reinstated | _Corrected


def lean(streams: Careers) -> int:
    """The same with a decoder that builds nothing but the fields it reads."""
    decode = msgspec.json.Decoder(_Envelope).decode
    return least(streams, decode, (_Appointed, _Ended, _Reappointed, _Suspended))


def run(options: Options) -> Iterator[Line]:
    streams, slices = options.pick(40_000, 2_000), options.pick(10, 3)
    size = streams // slices
    share: Careers = []
    numbers = iter([-1, *range(slices)])  # the first slice serves as warm-up too

    def rate(fold: Any) -> float:
        began = perf_counter()
        fold(share)
        return sum(len(stored) for _, stored in share) / (perf_counter() - began)

    folds = {"ours": ours, "raw": least, "same": same_columns, "lean": lean}
    found: dict[str, list[float]] = {name: [] for name in folds}
    facts = bytes_ = 0
    for number in numbers:
        share[:] = careers(max(number, 0) * size, size)
        turn = list(folds.items())[:: 1 if number % 2 else -1]
        once = rounds({name: partial(rate, fold) for name, fold in turn}, 1, 0)
        if number < 0:
            continue
        facts += sum(len(stored) for _, stored in share)
        bytes_ += sum(len(state) for _, stored in share for state in stored)
        for name, values in once.items():
            found[name] += values
    share.clear()
    note = f"{facts:,} facts of {bytes_ / facts:.0f} bytes, {streams:,} careers"
    yield line(
        "replay to two axes / full decode and one-axis fold", "facts/s", found, "ours", "raw", 0.5, note=note
    )
    yield line(
        "replay to two axes / decode of needed fields and fold", "facts/s", found, "ours", "lean", None
    )
    yield line(
        "replay to two axes / one-axis fold into as many columns", "facts/s", found, "ours", "same", None
    )
    small, large = (_memory(options.folder, count) for count in (streams // 10, streams))
    yield exact(
        "replay memory, growth from a tenth of the careers",
        "MB",
        large - small,
        20,
        note=f"{small:.0f} -> {large:.0f} MB",
    )


def _memory(folder: Path, streams: int) -> float:
    """Peak resident megabytes of a process that streams a real log of so many careers into rows."""
    home = folder / str(streams)
    home.mkdir()
    log = _log(home)
    log.close()
    with sqlite3.connect(home / "log.db") as connection:
        connection.executemany(
            "INSERT INTO stored_events VALUES (?, ?, ?, ?, ?)",
            (
                (stream, version, "", state, b"")
                for stream, stored in careers(0, streams)
                for version, state in enumerate(stored, start=1)
            ),
        )
    connection.close()
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.replay", str(home)], check=True, capture_output=True, text=True
    )
    told = json.loads(done.stdout)
    if told["facts"] != streams * PER_STREAM:
        raise AssertionError(told)
    return float(told["megabytes"])


def _log(home: Path) -> EventLog[AppointmentFact]:
    return EventLog(
        topic, home / "log.db", "site-bench", system_clock, KeyStore(home / "keys.db", "site-bench")
    )


def _stream_all(home: Path) -> None:
    log, facts, rows = _log(home), 0, 0
    for events in log.iterate_streams():
        facts += len(events)
        rows += len(fold_periods(tenures, events))
    print(json.dumps({"facts": facts, "rows": rows, "megabytes": peak()}))


def peak() -> float:
    """Not from getrusage, which on Linux remembers the process that started this one."""
    for row in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if row.startswith("VmHWM"):
            return int(row.split()[1]) / 1024
    raise AssertionError("only Linux tells the peak of a process")


if __name__ == "__main__":
    _stream_all(Path(sys.argv[1]))
