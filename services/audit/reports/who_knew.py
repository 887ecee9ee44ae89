"""When each fact was first recorded here, by whom, under which document, and who overrode a finding of a rule."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import msgspec

from services.chronicle.rows import DECISIONS
from shared.core.facts import F, Finding, Recorded, Topic
from shared.core.partial_dates import Instant
from shared.eventlog.event_log import EventLog
from shared.eventlog.union import UnionReader
from shared.readmodel.row_store import RowStore

_PAGE = 5000


class FactOrigin(msgspec.Struct, frozen=True, kw_only=True):
    """When a fact was recorded here, by whom, under which document: `decision` is the number of the document where it is in
    the register, else its id."""

    event: str
    fact: str
    stream: str
    effective_from: str
    recorded_at: Instant
    actor: str
    decision: str = ""
    cause: str = ""
    findings: tuple[Finding, ...] = ()


class FactKnown(FactOrigin, frozen=True, kw_only=True):
    """When a fact was known at a site, and which fact shows it: a receipt of that site, or the fact itself."""

    site: str
    known_at: Instant
    """Empty: it has not said that it knows it."""
    receipt: str


Knowledge = tuple[Topic[Any], Recorded[Any], Instant, str]
"""A fact of a topic, as its site recorded it, since when it is known, and the event id of what shows that."""


def describe_knowledge(site: str, known: Iterable[Knowledge], tables: RowStore) -> list[FactKnown]:
    """Every fact in the order in which it became known at a site; at the end what it has not said that it knows."""
    number = number_reader(tables)
    lines = [
        FactKnown(
            **msgspec.structs.asdict(describe_fact(topic, event, number)),
            site=site,
            known_at=since,
            receipt=by,
        )
        for topic, event, since, by in known
    ]
    return sorted(lines, key=lambda each: (each.known_at or "~", each.recorded_at, each.event))


def list_facts_about(
    unions: Mapping[str, UnionReader[Any]], tables: RowStore, stream: str
) -> list[FactOrigin]:
    """Every fact about a subject, of every service and site, in the order in which it became known here."""
    number = number_reader(tables)
    origins = [
        describe_fact(union.log.topic, event, number)
        for union in unions.values()
        for event in union.load_stream(stream)
    ]
    return sorted(origins, key=lambda each: (each.recorded_at, each.event))


def overrides(logs: Mapping[str, EventLog[Any]], tables: RowStore) -> Iterator[FactOrigin]:
    """Every fact with a finding that some authority overrode."""
    number = number_reader(tables)
    for log in logs.values():
        position = 0
        while page := log.read(position, _PAGE):
            position, _ = page[-1]
            for _, event in page:
                if any(finding.overridden_by for finding in event.fact.findings):
                    yield describe_fact(log.topic, event, number)


def describe_fact(topic: Topic[F], event: Recorded[F], number: Callable[[str], str]) -> FactOrigin:
    return FactOrigin(
        event=event.event_id,
        fact=topic.tag(event.fact),
        stream=event.stream,
        effective_from=event.fact.effective_from,
        recorded_at=event.recorded_at,
        actor=event.actor,
        decision=number(event.fact.decision),
        cause=event.cause,
        findings=event.fact.findings,
    )


def number_reader(tables: RowStore) -> Callable[[str], str]:
    """Of a decision by its id; each is looked up once."""

    @cache
    def number(decision: str) -> str:
        documents = tables.rows(DECISIONS, decision_id=decision) if decision else []
        return str(documents[-1].number) if documents else decision

    return number
