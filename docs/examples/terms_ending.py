"""Whose term ends soon? A program of its own beside the ledger, which needs nothing of it but the events.

    python docs/examples/terms_ending.py http://127.0.0.1:8000 2026-01-01 state.json

It reads what is new since last time, and says which terms end within three months of the given day.
"""

import sys
from pathlib import Path

import msgspec

from services.appointment.events import Appointed, Designated, Elected, Reappointed, TenureEnded, topic
from shared.core.facts import Corrected
from shared.core.partial_dates import Day, add_months, civil_day, earliest
from shared.messaging.consumer import ConsumedEvent, Consumer, ConsumerState, EventSource, HttpFeed

MONTHS = 3


class Term(msgspec.Struct):
    cadre: str
    begins: Day
    months: int


class Memory(msgspec.Struct):
    """The place in the events and what was made of them, kept together: neither is ever ahead of the other."""

    state: ConsumerState = msgspec.field(default_factory=ConsumerState)
    terms: dict[str, Term] = {}
    to_check: list[str] = []
    """Events this program cannot take into account by itself: corrections, and facts of later versions."""


def note(memory: Memory, told: ConsumedEvent) -> None:
    if told.counting:
        now = "counts again" if told.counting.counts else "does not count any more"
        memory.to_check.append(f"{told.counting.target}: {now}")
        return
    if told.event is None:
        memory.to_check.append(f"{told.tag}: a newer version of this program is needed")
        return
    event = told.event
    match event.fact:
        case Appointed() | Elected() | Designated() | Reappointed() as fact if fact.term_months:
            memory.terms[fact.tenure] = Term(event.stream, earliest(fact.effective_from), fact.term_months)
        case TenureEnded() as fact:
            memory.terms.pop(fact.tenure, None)
        case Corrected() as fact:
            memory.to_check.append(f"{event.stream}: {fact.mode} of {fact.target} ({fact.reason})")


def ending(memory: Memory, today: Day) -> list[tuple[Day, str, str]]:
    """(last day, cadre, tenure) of the terms that run out within three months, soonest first."""
    until = add_months(today, MONTHS)
    ends = [(add_months(term.begins, term.months), term.cadre, name) for name, term in memory.terms.items()]
    return sorted(each for each in ends if today <= each[0] <= until)


def read_on(source: EventSource, memory: Memory) -> Memory:
    """Everything that is new. A hole in the numbers is a loss, and no list may hide it."""
    consumer = Consumer(source, [topic], memory.state)
    while batch := consumer.poll():
        for told in batch:
            note(memory, told)
    if gaps := consumer.missing():
        raise RuntimeError(f"facts are missing: {gaps}")
    return memory


def main(address: str, today: str, file: str) -> None:
    saved = Path(file)
    memory = msgspec.json.decode(saved.read_bytes(), type=Memory) if saved.exists() else Memory()
    read_on(HttpFeed(address), memory)
    saved.write_bytes(msgspec.json.encode(memory))
    for last, cadre, tenure in ending(memory, civil_day(today)):
        sys.stdout.write(f"{last}  {cadre}  {tenure}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
