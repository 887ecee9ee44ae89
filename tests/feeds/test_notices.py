"""Notices among the events of a feed: each event and each notice once, in order, whatever the size of the pages."""

import pytest

from shared.contract.cloudevents import CloudEvent
from shared.contract.counting_notices import (
    NOTICE_TAG,
    CountingChanged,
    CountingNotice,
    encode_notice,
    is_notice,
    read_notice,
)
from shared.core.partial_dates import Instant
from shared.http.feed_places import FeedPlace, Row, merge_page, parse_cursor, write_cursor
from shared.messaging.consumer import ConsumedEvent, Consumer, Offsets, SourceRecord
from shared.testing import moment
from tests.kernel.toy import note, topic
from tests.wire.golden import line

END = 6
NOTICE = (
    b'{"event_id":"n2","site":"px","epoch":"of notices","seq":1,"stream":"stream-1","version":0,'
    b'"recorded_at":"2030-01-01T00:00:01.000000Z","actor":"site:sync","command_id":"","lamport":0,'
    b'"fact":{"type":"ledger.counting-changed","target":"e2","counts":false,"site":"px","epoch":"e","seq":2}}'
)
"""As it is stored, and stays."""


def chain(position: int) -> bytes:
    return bytes([position]) * 32


def event(position: int) -> Row:
    state = topic.encode(line(note(f"rain {position}"))).replace(b'"seq":42', b'"seq":%d' % position)
    return position, "toy.noted", state, chain(position)


def notice(number: int, position: int, about: int, counts: bool, seq: int) -> CountingNotice:
    what = CountingChanged(target=f"e{about}", counts=counts, site="px", epoch="e", seq=about)
    state = encode_notice(f"n{number}", "px", "of notices", seq, "stream-1", Instant(moment(1)), what)
    return CountingNotice(number, position, number, state)


NOTICES = [notice(2, 3, 2, False, 1), notice(3, 3, 3, False, 2), notice(7, END, 2, True, 3)]
WHOLE = ["1", "2", "3", "n2", "n3", "4", "5", "6", "n7"]


def read_page(after: FeedPlace, limit: int) -> tuple[list[CloudEvent], FeedPlace, str]:
    """As a feed reads its log and its notices."""
    rows = [event(position) for position in range(after.position + 1, END + 1)][:limit]
    notices = [each for each in NOTICES if each.number > after.notice][: limit + 1]
    upto = rows[-1][0] if len(rows) == limit else END
    page = merge_page("toy", after, chain(after.position), rows, notices, upto, limit)
    return page.events, page.place, write_cursor(page.place, page.chain or chain(page.place.position))


def told(each: CloudEvent) -> str:
    return each.id if each.type == NOTICE_TAG else str(each.seq)


def test_the_stored_bytes_of_a_notice() -> None:
    assert NOTICES[0].state == NOTICE
    assert (is_notice(NOTICE), is_notice(event(1)[2])) == (True, False)
    assert read_notice(NOTICE).target == "e2"


@pytest.mark.parametrize("limit", range(1, len(WHOLE) + 2))
def test_each_is_told_once_and_in_order_in_pages_of_any_size(limit: int) -> None:
    place, seen, cursors = FeedPlace(), list[str](), list[str]()
    while (page := read_page(place, limit))[0]:
        seen += [told(each) for each in page[0]]
        cursors += [each.cursor for each in page[0]]
        place = page[1]
        assert parse_cursor(page[2]) == (place, chain(place.position)[:8].hex())
    assert seen == WHOLE
    assert place == FeedPlace(END, 7)
    for number, cursor in enumerate(cursors, start=1):
        resumed = parse_cursor(cursor)
        assert resumed is not None
        assert [told(each) for each in read_page(resumed[0], 100)[0]] == WHOLE[number:], cursor


def test_cursors_without_notices_are_those_of_before() -> None:
    assert write_cursor(FeedPlace(3), chain(3)) == "3-0303030303030303"
    assert parse_cursor("3-0303030303030303") == (FeedPlace(3), "0303030303030303")
    assert parse_cursor("3-0303030303030303.") is parse_cursor("x") is None


class _Records:
    """The same as a source of records."""

    def read(self, topics: object, offsets: Offsets) -> list[SourceRecord]:
        parsed = parse_cursor(offsets.get("toy", ""))
        page = read_page(parsed[0] if parsed else FeedPlace(), 2)[0]
        return [SourceRecord("toy", bytes(each.data), "toy", each.cursor) for each in page]


def test_a_consumer_is_told_what_ceased_to_count_and_misses_nothing() -> None:
    consumer, seen = Consumer(_Records(), [topic]), list[ConsumedEvent]()
    while batch := consumer.poll():
        seen += batch
    said = [each.counting for each in seen if each.counting]
    assert [(each.target, each.counts) for each in said] == [("e2", False), ("e3", False), ("e2", True)]
    assert all(each.event is None and each.tag == NOTICE_TAG for each in seen if each.counting)
    assert len([each for each in seen if each.event]) == END
    assert consumer.missing() == []
    again = Consumer(_Records(), [topic], consumer.state)
    again.state.offsets.clear()
    assert again.poll() == [], "all of it came before"
