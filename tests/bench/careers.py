"""Forty thousand careers as the log stores them: terms, suspensions, late facts, corrections. Deterministic."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.appointment.events import (
    Appointed,
    EndReason,
    Holding,
    Reappointed,
    Reinstated,
    Suspended,
    TenureEnded,
    topic,
)
from shared.core.clock import generate_event_id
from shared.core.facts import Code, Corrected, Recorded
from shared.core.partial_dates import Instant, PDate, instant

PER_STREAM = 25
EPOCH = "0195e0c3-5b1a-7c55-9d1e-2f6f0b6f1d10"
_ENDS = (EndReason.TERM_EXPIRED, EndReason.MOVED, EndReason.RELIEVED, EndReason.RETIRED)
Entry = tuple[str, str, Any]
"""Recorded instant, event id, fact."""


def careers(first: int, count: int, seed: int = 11) -> Iterator[tuple[str, list[bytes]]]:
    """Each stream with its stored bytes in the order of versions; the same for any division into ranges."""
    for number in range(first, first + count):
        stream = f"cadre-{number:07d}"
        entries = _history(random.Random(f"{seed}/{number}"), number)
        yield (
            stream,
            [
                topic.encode(
                    Recorded(
                        event_id=identity,
                        site="site-bench",
                        epoch=EPOCH,
                        seq=version * 1_000_000 + number,
                        stream=stream,
                        version=version,
                        recorded_at=Instant(recorded_at),
                        actor="user:lan",
                        command_id="",
                        lamport=version * 1_000_000 + number,
                        fact=fact,
                    )
                )
                for version, (recorded_at, identity, fact) in enumerate(entries, start=1)
            ],
        )


def _history(chance: random.Random, number: int) -> list[Entry]:
    entries: list[Entry] = []
    when = date(1985, 1, 1) + timedelta(days=chance.randrange(4000))

    def tell(fact: Any) -> None:
        late = chance.randrange(300, 1500) if chance.random() < 0.02 else chance.randrange(1, 6)
        moment = datetime(when.year, when.month, when.day, 8, tzinfo=UTC)
        moment += timedelta(days=late, seconds=len(entries), microseconds=chance.randrange(1_000_000))
        at = instant(moment)
        entries.append((at, generate_event_id(at, chance.getrandbits), fact))
        if chance.random() < 0.02:
            at = instant(moment + timedelta(days=chance.randrange(1, 900)))
            entries.append((at, generate_event_id(at, chance.getrandbits), _correction(chance, entries[-1])))

    tenure = 0
    while len(entries) < PER_STREAM:
        tenure += 1
        name = f"{number:07d}-{tenure:02d}"
        common: dict[str, Any] = {
            "effective_from": PDate(when.isoformat()),
            "decision": f"qd-{chance.randrange(10**6):06d}",
            "managed_by": f"u-{chance.randrange(5000):04d}",
        }
        if tenure > 1 and chance.random() < 0.35:
            tell(Reappointed(tenure=name, previous=f"{number:07d}-{tenure - 1:02d}", term_no=2, **common))
        else:
            code = Code("hr", f"{chance.randrange(10**6):06d}")
            holding = chance.choice((Holding.PRIMARY, Holding.PRIMARY, Holding.CONCURRENT))
            post = f"post-{chance.randrange(60_000):06d}"
            tell(Appointed(tenure=name, post=post, holding=holding, term_months=60, codes=(code,), **common))
        when += timedelta(days=chance.randrange(60, 500))
        if chance.random() < 0.05:
            tell(Suspended(tenure=name, reason="under inspection", effective_from=PDate(when.isoformat())))
            when += timedelta(days=chance.randrange(10, 90))
            tell(Reinstated(tenure=name, effective_from=PDate(when.isoformat())))
            when += timedelta(days=chance.randrange(10, 200))
        end: dict[str, Any] = {
            **common,
            "effective_from": PDate(when.isoformat()),
            "decision": f"qd-{chance.randrange(10**6):06d}",
        }
        tell(TenureEnded(tenure=name, reason=chance.choice(_ENDS), **end))
    return sorted(entries)[:PER_STREAM]


def _correction(chance: random.Random, entry: Entry) -> Corrected:
    _, identity, fact = entry
    if chance.random() < 0.2:
        return Corrected(target=identity, mode="VOID", reason="recorded by mistake")
    moved = date.fromisoformat(fact.effective_from) + timedelta(days=chance.randrange(-20, 20))
    values = {"effective_from": moved.isoformat(), "decision": f"qd-{chance.randrange(10**6):06d}"}
    return Corrected(target=identity, mode="AMEND", reason="wrong date", new_values=values)
