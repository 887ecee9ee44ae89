"""Where a reader of a feed is: after a position of the log, and after a notice about facts of the log that ceased to
count, or count again. Both only grow, so that each event and each notice is read once."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from shared.contract.cloudevents import CloudEvent, build_cloud_event
from shared.contract.counting_notices import NOTICE_TAG, CountingNotice
from shared.eventlog.log_writer import GENESIS

_CURSOR = re.compile(r"(\d{1,18})-([0-9a-f]{16})(?:\.(\d{1,18}))?", re.ASCII)


class FeedPlace(NamedTuple):
    """After an event of the log and after a notice."""

    position: int = 0
    notice: int = 0


Row = tuple[int, str, bytes, bytes]
"""Position, tag, stored bytes and chain hash of an event of a log."""


def write_cursor(place: FeedPlace, chain: bytes) -> str:
    """The cursor of a place; `chain`: the hash of the log up to there."""
    cursor = f"{place.position}-{chain[:8].hex()}"
    return f"{cursor}.{place.notice}" if place.notice else cursor


def parse_cursor(cursor: str) -> tuple[FeedPlace, str] | None:
    """The place, and the digits of the hash of the log there; None where it is no cursor."""
    shape = _CURSOR.fullmatch(cursor)
    return (FeedPlace(int(shape[1]), int(shape[3] or 0)), shape[2]) if shape else None


class MergedPage(NamedTuple):
    """Events and notices in order, the place after them, and the hash of the log there; None: of no event here."""

    events: list[CloudEvent]
    place: FeedPlace
    chain: bytes | None
    is_cut: bool
    """Whether more of what was given comes after it."""


def merge_page(
    topic: str,
    after: FeedPlace,
    after_chain: bytes | None,
    rows: Sequence[Row],
    notices: Sequence[CountingNotice],
    upto: int,
    limit: int,
) -> MergedPage:
    """The first `limit` of the next events and notices. A notice comes after the events that were in the log when it
    was made. `rows` are all up to the position `upto`. `after_chain`: the hash at `after`, needed where there are
    notices."""
    due = [each for each in notices if each.position <= upto]
    items: list[tuple[tuple[int, int, int], Row | CountingNotice]] = [
        *(((row[0], 0, 0), row) for row in rows),
        *(((each.position, 1, each.number), each) for each in due),
    ]
    items.sort(key=lambda each: each[0])
    is_cut = len(items) > limit
    place, chain = after, after_chain
    events: list[CloudEvent] = []
    for _, item in items[:limit]:
        if isinstance(item, CountingNotice):
            place = place._replace(notice=item.number)
            tag, state = NOTICE_TAG, item.state
        else:
            place, chain = place._replace(position=item[0]), item[3]
            tag, state = item[1], item[2]
        events.append(build_cloud_event(topic, tag, state, write_cursor(place, chain or GENESIS)))
    if is_cut:
        return MergedPage(events, place, chain, True)
    known = chain if place.position == upto else None
    return MergedPage(events, place._replace(position=upto), known, False)
