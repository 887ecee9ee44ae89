"""The same program over a real broker and over a cluster's feed: the same facts, the same answer."""

import httpx2

from docs.examples.terms_ending import Memory, ending, read_on
from services.appointment.events import topic
from shared.core.partial_dates import civil_day
from shared.messaging.consumer import ConsumedEvent, Consumer, HttpFeed
from shared.messaging.kafka import TopicReader
from tests.cluster.conftest import TOKENS, Processes
from tests.contract.test_consuming import all_of, appoint


def ids(told: list[ConsumedEvent]) -> list[str]:
    return sorted(each.event.event_id for each in told if each.event)


def test_a_consumer_reads_the_topic_as_it_reads_the_feed(address: str, cluster: Processes) -> None:
    headers = {"Authorization": f"Bearer {TOKENS['write']}"}
    with httpx2.Client(base_url=address, headers=headers, timeout=30) as client:
        cadre = appoint(client, "soon-in-the-cluster", "2020-03-01")
    feed = HttpFeed(address, TOKENS["read"])
    of_feed = Consumer(feed, [topic])
    expected = ids(all_of(of_feed))
    records = TopicReader(cluster.env["CADRE_KAFKA"])
    of_topic, found = Consumer(records, [topic]), list[ConsumedEvent]()
    for _ in range(30):
        found += all_of(of_topic)
        if len(found) >= len(expected):
            break
    assert ids(found) == expected
    assert of_feed.missing() == of_topic.missing() == []
    records.close()

    again = TopicReader(cluster.env["CADRE_KAFKA"])
    assert all_of(Consumer(again, [topic], of_topic.state)) == [], "it goes on where it was"
    again.close()
    fresh = TopicReader(cluster.env["CADRE_KAFKA"])
    for source in (feed, fresh):
        ends = ending(read_on(source, Memory()), civil_day("2025-01-15"))
        assert ("2025-03-01", cadre, "soon-in-the-cluster") in ends
    fresh.close()
