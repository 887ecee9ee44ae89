"""Reads whole streams from a log, a few thousand events at a time, and checks that each event is filed correctly."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

import msgspec

from services.audit.replay.comparison import ReplayDifference, ReplayPart
from shared.core.facts import F, Recorded, Topic
from shared.eventlog.corrected_times import CorrectedTimes
from shared.eventlog.key_store import KeyStore, decrypt_events

PAGE_SIZE = 5000


class FiledEvent(NamedTuple):
    """An event as a log keeps it under its stream."""

    position: int
    stream: str
    version: int
    state: bytes


EventsByStream = dict[str, list[Recorded[F]]]
MAX_OFFSETS = 100
"""Offsets of one epoch that are kept apart."""


def read_histories(
    topic: Topic[F],
    pages: Iterator[Sequence[FiledEvent]],
    part: ReplayPart,
    keys: KeyStore,
    times: CorrectedTimes,
) -> Iterator[EventsByStream[F]]:
    """Streams with their events, as they became known. Pages come sorted by stream and version; problems are added to
    `part`."""
    open_: EventsByStream[F] = {}
    for page in pages:
        events = _as_filed(topic, page) or _as_found(topic, page, part)
        _note_lives(page, events, part)
        part.events += len(page)
        if times:
            events = [event and times.correct(event) for event in events]
        if topic.personal:
            held = [event for event in events if event is not None]
            clear = iter(decrypt_events(topic, held, keys))
            events = [event and next(clear) for event in events]
        found, at = open_, 0
        for stream, run in groupby([filed.stream for filed in page]):
            end = at + len(list(run))
            known = found.setdefault(stream, [])
            _append(topic, stream, known, page[at:end], events[at:end], part)
            at = end
        last = page[-1].stream
        open_ = {last: found.pop(last)}  # may go on in the next page
        if found:
            yield found
    if open_:
        yield open_


def _as_filed(topic: Topic[F], page: Sequence[FiledEvent]) -> list[Recorded[F] | None]:
    """The events of a page if all can be read and are filed correctly, else none."""
    try:
        events = [topic.decode(filed.state) for filed in page]
    except (msgspec.DecodeError, UnicodeDecodeError):
        return []
    if [event.stream for event in events] != [filed.stream for filed in page]:
        return []
    if [event.version for event in events] != [filed.version for filed in page]:
        return []
    return events  # type: ignore[return-value]  # a list of some of what it may hold


def _as_found(topic: Topic[F], page: Sequence[FiledEvent], part: ReplayPart) -> list[Recorded[F] | None]:
    """The events of a page one by one; None for one that cannot be read."""
    found: list[Recorded[F] | None] = []
    for position, stream, version, state in page:
        try:
            event = topic.decode(state)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            where = f"position {position}: {error}"
            part.add_difference(
                ReplayDifference(what="unreadable", log=topic.name, stream=stream, detail=where)
            )
            found.append(None)
            continue
        if (event.stream, event.version) != (stream, version):
            _misplaced(topic, position, stream, event, part)
        found.append(event)
    return found


def _append(
    topic: Topic[F],
    stream: str,
    known: list[Recorded[F]],
    page: Sequence[FiledEvent],
    events: Sequence[Recorded[F] | None],
    part: ReplayPart,
) -> None:
    """Add events of one stream. Versions count 1, 2, 3, … without a hole."""
    first = len(known) + 1
    if (page[0].version, page[-1].version) == (first, first + len(page) - 1) and all(events):
        known += events  # type: ignore[arg-type]  # all of them are there
        return
    for (position, _, version, _), event in zip(page, events, strict=True):
        if event is not None:
            if version != (known[-1].version + 1 if known else 1):
                _misplaced(topic, position, stream, event, part)
            known.append(event)


def _misplaced(topic: Topic[F], position: int, stream: str, event: Recorded[F], part: ReplayPart) -> None:
    where = f"position {position} is version {event.version} of {event.stream}"
    part.add_difference(ReplayDifference(what="envelope", log=topic.name, stream=stream, detail=where))


def _note_lives(page: Sequence[FiledEvent], events: Sequence[Recorded[F] | None], part: ReplayPart) -> None:
    """Note by site and epoch how far positions are ahead of sequence numbers: always equally far if none is missing."""
    lives = {
        (event.site, event.epoch, position - event.seq): stream
        for (position, stream, _, _), event in zip(page, events, strict=True)
        if event is not None
    }
    for (site, epoch, ahead), stream in lives.items():
        places = part.lives.setdefault(f"{site} {epoch}", {})
        if len(places) < MAX_OFFSETS:
            places.setdefault(str(ahead), stream)
