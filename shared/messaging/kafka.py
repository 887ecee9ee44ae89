"""Copies logs to Kafka topics, and topics to a consumer's inbox. The only module that uses Kafka and Faust."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import chain, takewhile
from typing import Any, Protocol

import faust
import psycopg
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError
from opentelemetry.trace import SpanKind

from shared.contract.cloudevents import KNOWN_HEADER, build_cloud_event, build_headers, read_tag
from shared.contract.counting_notices import NOTICE_TAG, CountingNotice, CountingNotices
from shared.eventlog.event_log import EventLog
from shared.eventlog.foreign_events import ForeignEvents
from shared.eventlog.recorders import RelayOffset
from shared.messaging.consumer import SourceRecord
from shared.messaging.dead_letters import Message
from shared.messaging.partitioner import PARTITIONS
from shared.telemetry.tracing import Tracing

MAX_RECORD_BYTES = 4_000_000
"""Bytes of a record; a request that proposes a fact has at most a quarter of that."""
TOPIC_SETTINGS = {
    "retention.ms": "-1",
    "retention.bytes": "-1",
    "cleanup.policy": "delete",
    "max.message.bytes": str(MAX_RECORD_BYTES),
}
"""Topic settings: kept for ever and never compacted, because the topic is a copy of the log."""
RECONNECT = {"reconnect_backoff_max_ms": 1_000}  # a broker that is back is found within a second
FLUSH_SECONDS = 12.0
"""Seconds until a relay no longer waits for acknowledgements."""
log = logging.getLogger(__name__)

BROKER_UNAVAILABLE = (KafkaError, psycopg.Error)
"""What a relay raises while the broker or the database cannot be reached."""


def create_topics(servers: str, names: Iterable[str], partitions: int = PARTITIONS) -> dict[str, str]:
    """Create the topics that do not exist, and return the id of every one (a re-created topic has another id)."""
    with _admin(servers) as admin:
        existing = set(admin.list_topics())
        missing = [name for name in names if name not in existing]
        if missing:
            settings = {"num_partitions": partitions, "replication_factor": -1, "configs": TOPIC_SETTINGS}
            admin.create_topics(dict.fromkeys(missing, settings))
        return _ids(admin, names)


def topic_ids(servers: str, names: Iterable[str]) -> dict[str, str]:
    """The ids of those topics that exist."""
    with _admin(servers) as admin:
        existing = set(admin.list_topics())
        return _ids(admin, [name for name in names if name in existing])


def _admin(servers: str) -> Any:
    return closing(KafkaAdminClient(bootstrap_servers=servers, **RECONNECT))


def _ids(admin: Any, names: Iterable[str]) -> dict[str, str]:
    return {topic["name"]: str(topic["topic_id"]) for topic in admin.describe_topics(list(names))}


class Relay:
    """Copies a log to its topic from its stored offset on; it may repeat events but never skips one, because the offset
    follows acknowledgements."""

    def __init__(
        self,
        source: EventLog[Any],
        offset: RelayOffset,
        servers: str,
        topic_id: str,
        tracing: Tracing = Tracing(),  # noqa: B008 - off, and holds nothing
    ) -> None:
        self.tracing = tracing
        self.source, self.offset, self.name = source, offset, source.topic.name
        if self.offset.incarnation != topic_id:
            self.offset.restart(topic_id)  # a new topic has nothing yet, whatever the old one had
        self.producer = KafkaProducer(
            bootstrap_servers=servers,
            **RECONNECT,
            acks="all",
            linger_ms=5,
            max_request_size=MAX_RECORD_BYTES,
            max_block_ms=5_000,
            request_timeout_ms=5_000,
            delivery_timeout_ms=10_000,
            metadata_max_age_ms=5_000,  # a topic that was lost is noticed in seconds
        )

    def copy_page(self, limit: int = 5000) -> int:
        """Copy one page; returns how many events. Raises Fenced when another relay has taken over."""
        page = self.source.read_stored(self.offset.position, limit)
        with self.tracing.batch("send", self.name, (state for *_, state in page), SpanKind.PRODUCER):
            sent = [
                self.producer.send(
                    self.name,
                    key=stream.encode(),
                    value=state,
                    headers=build_headers(build_cloud_event(self.name, tag, state)),
                )
                for _, stream, tag, state in page
            ]
            self.producer.flush(FLUSH_SECONDS)
            for future in sent:
                future.get(0)
        if page:
            self.offset.advance(page[-1][0])
        return len(page)

    def lag(self) -> int:
        """How many events are not copied yet."""
        return self.source.position() - self.offset.position

    def close(self) -> None:
        try:
            self.producer.close(timeout=1)
        except KafkaError:  # a broker that went away can leave a batch behind that is never given up
            self.producer._sender.force_close()
            self.producer._sender.join(1)  # it closes its connections as it ends
        self.offset.close()


class ForeignRelay:
    """Copies the events of other sites that count here to the same topic, with the header `ce_known`. Events come again
    where their stream has changed since this process began, and after a crash; none is skipped.

    That one has ceased to count is told by a `NoticeRelay`.
    """

    def __init__(self, relay: Relay, offset: RelayOffset, foreign: ForeignEvents, topic_id: str) -> None:
        self._relay, self.offset, self._foreign, self.name = relay, offset, foreign, relay.name
        if offset.incarnation != topic_id or offset.position > foreign.position(self.name):
            offset.restart(topic_id)  # a new topic, or a store that was restored from an older copy
        self._since = ""
        """What was known before this instant has been sent: changes are numbered in the order of these instants."""

    def copy_page(self, limit: int = 1000) -> int:
        """Copy what the next changes have brought; returns how many changes."""
        changes = self._foreign.read_changes(self.name, self.offset.position, limit)
        if not changes:
            return 0
        streams = list(dict.fromkeys(stream for _, stream in changes))
        counted = [
            (event.known, stream, event.state)
            for stream, events in self._foreign.load_streams(self.name, streams).items()
            for event in events
            if not event.known_until and event.known >= self._since
        ]
        sent = [self._send(*each) for each in sorted(counted, key=lambda each: each[0])]
        self._relay.producer.flush(FLUSH_SECONDS)
        for future in sent:
            future.get(0)
        self._since = max([self._since, *(known for known, _, _ in counted)])
        self.offset.advance(changes[-1][0])
        return len(changes)

    def _send(self, known: str, stream: str, state: bytes) -> Any:
        headers = build_headers(build_cloud_event(self.name, read_tag(state), state))
        return self._relay.producer.send(
            self.name, key=stream.encode(), value=state, headers=[*headers, (KNOWN_HEADER, known.encode())]
        )


class NoticeRelay:
    """Tells in the same topic that facts which it has ceased to count, or count again: records of a kind of their own,
    with the header `ce_known`, after the facts that were known when they were made. They may come again after a
    crash; none is skipped."""

    def __init__(
        self,
        relay: Relay,
        elsewhere: ForeignRelay,
        offset: RelayOffset,
        notices: CountingNotices,
        topic_id: str,
    ) -> None:
        self._relay, self._elsewhere, self.offset = relay, elsewhere, offset
        self._notices, self.name = notices, relay.name
        if offset.incarnation != topic_id or offset.position > notices.last(self.name):
            offset.restart(topic_id)  # a new topic, or a store that was restored from an older copy

    def copy_page(self, limit: int = 1000) -> int:
        """Copy the next ones whose facts were sent; returns how many."""
        page = self._notices.read(self.name, self.offset.position, limit)
        due = list(takewhile(self._is_due, page))
        sent = [self._send(each.state) for each in due]
        if due:
            self._relay.producer.flush(FLUSH_SECONDS)
            for future in sent:
                future.get(0)
            self.offset.advance(due[-1].number)
        return len(due)

    def _is_due(self, notice: CountingNotice) -> bool:
        own, elsewhere = self._relay.offset.position, self._elsewhere.offset.position
        return notice.position <= own and notice.change <= elsewhere

    def _send(self, state: bytes) -> Any:
        event = build_cloud_event(self.name, NOTICE_TAG, state)
        headers = [*build_headers(event), (KNOWN_HEADER, event.time.encode())]
        return self._relay.producer.send(self.name, key=event.subject.encode(), value=state, headers=headers)


class MessageHandler(Protocol):
    """Receives the messages of a worker, for the topics it names."""

    @property
    def topics(self) -> Iterable[str]: ...

    def receive(self, messages: Sequence[Message]) -> int: ...


def create_worker(
    name: str, servers: str, inbox: MessageHandler, page: int = 500, session: float = 10.0
) -> faust.App:
    """A Faust worker that delivers messages to the inbox. Kafka's offsets are a hint only; the inbox drops repeats.

    Any error ends the process: an exception inside an agent would acknowledge what was not done.
    """
    app = faust.App(
        name,
        broker=f"kafka://{servers}",
        store="memory://",
        web_enabled=False,
        worker_redirect_stdouts=False,
        topic_disable_leader=True,
        stream_wait_empty=False,
        consumer_auto_offset_reset="earliest",
        broker_session_timeout=session,
        broker_heartbeat_interval=session / 5,
    )
    for topic in inbox.topics:
        channel = app.topic(topic, key_serializer="raw", value_serializer="raw", value_type=bytes)
        app.agent(channel, name=f"{name}-{topic}")(_create_agent(topic, inbox.receive, page))
    return app


def end_offsets(app: faust.App) -> dict[tuple[str, int], int]:
    """The end of each partition assigned to this worker, as far as it knows."""
    if not app.started or app.rebalancing:
        return {}
    consumer: Any = app.consumer
    ends = {(tp.topic, tp.partition): consumer.highwater(tp) for tp in consumer.assignment()}
    return {partition: end for partition, end in ends.items() if end is not None}


def run_worker(app: faust.App) -> None:
    """Run until a signal ends the process."""
    program = faust.Worker(app, loglevel="warn", override_logging=False, quiet=True)
    program.spinner = None  # it would draw into the logs
    program.execute_from_commandline()


def read_topic(servers: str, topic: str, timeout: int = 20) -> Iterator[tuple[str, bytes]]:
    """Key and value of every record that a topic holds now. ConnectionError when it cannot be read."""
    try:
        with closing(KafkaConsumer(bootstrap_servers=servers, group_id=None, **RECONNECT)) as consumer:
            parts = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
            consumer.assign(parts)
            consumer.seek_to_beginning(*parts)
            ends = consumer.end_offsets(parts)
            silent = 0
            while any(consumer.position(tp) < end for tp, end in ends.items()):
                records = consumer.poll(timeout_ms=1000)
                silent = 0 if records else silent + 1
                if silent > timeout:
                    raise ConnectionError(f"nothing came for {timeout} seconds")
                for record in chain.from_iterable(records.values()):
                    yield _text(record.key), record.value or b""
    except KafkaError as error:
        raise ConnectionError(str(error)) from error


class TopicReader:
    """Reads whole topics without a consumer group, for a reader that keeps the offsets (topic/partition: offset)
    itself."""

    def __init__(self, servers: str, wait: float = 1.0) -> None:
        self.consumer = KafkaConsumer(
            bootstrap_servers=servers, group_id=None, enable_auto_commit=False, **RECONNECT
        )
        self.wait = wait

    def read(self, topics: Sequence[str], offsets: Mapping[str, str]) -> list[SourceRecord]:
        """What comes within `wait` seconds. Raises what is in `BROKER_UNAVAILABLE`."""
        if not self.consumer.assignment():
            for topic in topics:
                partitions = self.consumer.partitions_for_topic(topic) or ()
                self._assign({TopicPartition(topic, partition) for partition in partitions}, offsets)
        polled = self.consumer.poll(timeout_ms=int(self.wait * 1000), max_records=2000)
        return [
            SourceRecord(
                tp.topic,
                record.value or b"",
                f"{tp.topic}/{tp.partition}",
                str(record.offset + 1),
                _text(dict(record.headers or ()).get(KNOWN_HEADER)),
            )
            for tp, records in polled.items()
            for record in records
        ]

    def _assign(self, new: set[TopicPartition], offsets: Mapping[str, str]) -> None:
        self.consumer.assign(sorted(self.consumer.assignment() | new))
        for tp in new:
            self.consumer.seek(tp, int(offsets.get(f"{tp.topic}/{tp.partition}", "0")))

    def close(self) -> None:
        self.consumer.close()


def _create_agent(topic: str, receive: Callable[[Sequence[Message]], int], page: int) -> Any:
    async def receive_stream(stream: Any) -> AsyncIterator[int]:
        async for events in stream.noack_take(page, within=0.05):
            messages = [
                Message(
                    topic,
                    e.message.partition,
                    e.message.offset,
                    _text(e.message.key),
                    e.message.value or b"",
                    _text(dict(e.message.headers or ()).get(KNOWN_HEADER)),
                )
                for e in events
            ]
            try:
                projected = await asyncio.to_thread(receive, messages)
            except BaseException:
                log.exception("a batch of %s could not be stored; this worker ends", topic)
                os._exit(70)
            for event in events:
                await stream.ack(event)
            yield projected

    return receive_stream


def _text(key: Any) -> str:
    return key.decode(errors="backslashreplace") if isinstance(key, bytes) else str(key or "")
