"""One process of a worker, ours or bare, over one topic: it tells when its first record came and its last was done."""

import asyncio
import json
import os
import sys
import threading
import time
from collections.abc import AsyncIterator
from typing import Any

import faust

from services.bootstrap.cluster import open_cluster_ledger
from shared.messaging.kafka import create_worker, run_worker
from shared.operations.settings import from_environment

TOPIC = "regulation"
QUIET = 1.5
"""Seconds without a record after which everything has come."""


class Times:
    """When the first record came, when the last was done with, and how many there were."""

    def __init__(self) -> None:
        self.first, self.last, self.done = 0.0, 0.0, 0
        threading.Thread(target=self._tell, daemon=True).start()

    def __call__(self, began: float, number: int) -> None:
        self.first = self.first or began
        self.last = time.time()
        self.done += number

    def _tell(self) -> None:
        while not self.done or time.time() - self.last < (QUIET if self.done else 60):
            time.sleep(0.1)
        sys.stdout.write(json.dumps({"first": self.first, "last": self.last, "done": self.done}) + "\n")
        sys.stdout.flush()
        os._exit(0)


def ours(group: str, times: Times) -> faust.App:
    node = open_cluster_ledger(from_environment(os.environ))
    inbox = node.inbox
    inbox.topics = {TOPIC: inbox.topics[TOPIC]}
    take = inbox.receive

    def timed(messages: Any) -> int:
        began = time.time()
        found = take(messages)
        times(began, len(messages))
        return found

    inbox.receive = timed  # type: ignore[method-assign]  # timed from here on
    return create_worker(group, os.environ["CADRE_KAFKA"], inbox)


def bare(group: str, times: Times) -> faust.App:
    """The same agent and settings, and nothing done."""

    class DiscardAll:
        topics = {TOPIC: None}  # noqa: RUF012

        def receive(self, messages: Any) -> int:
            return 0

    app = create_worker(group, os.environ["CADRE_KAFKA"], DiscardAll())
    [agent] = app.agents.values()
    del app.agents[agent.name]
    channel = app.topic(TOPIC, key_serializer="raw", value_serializer="raw", value_type=bytes)

    async def nothing(stream: Any) -> AsyncIterator[int]:
        async for events in stream.noack_take(500, within=0.05):
            began = time.time()
            for event in events:
                await stream.ack(event)
            times(began, len(events))
            await asyncio.sleep(0)
            yield 0

    app.agent(channel, name="bare")(nothing)
    return app


if __name__ == "__main__":
    kind, group, number, agents = sys.argv[1:]
    run_worker((ours if kind == "ours" else bare)(group, Times()))
