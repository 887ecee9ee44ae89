"""The random driver: proposals and corrections of several threads, then everything that contradicts itself, or does
not, is compared with the oracle."""

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Barrier, Thread
from typing import ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.errors import FlakyFailure
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from msgspec.structs import replace

from services.bootstrap.services import open_embedded_ledger
from services.chronicle.queries.contradictions.candidates import Found, holds_on
from services.chronicle.queries.contradictions.changes import LoggedChanges
from services.chronicle.queries.contradictions.detection import find_contradictions
from services.chronicle.queries.contradictions.latest import LatestContradictions
from shared.commands.command_handler import Origin, VersionMismatch
from shared.core.corrections import UnknownFact
from shared.core.decider import Rejected
from shared.core.errors import Conflict
from shared.core.facts import AnyEvent, Corrected
from shared.core.partial_dates import BY_NOW, FIRST_DAY, LAST_DAY, earliest, latest
from shared.eventlog.group_commit import AppendRequest
from shared.operations.settings import Settings
from shared.runtime.embedded import EmbeddedLedger
from tests.conftest import TALLIES
from tests.contradictions.oracle import BY_DAY, Said, fold, judge
from tests.contradictions.proposals import OWN_TOPICS, Correction, Proposal, corrections, proposals, rename
from tests.contradictions.stored import cadre, post, tenure, unit

REFUSALS = (Rejected, VersionMismatch, Conflict, UnknownFact)
ROUNDS_IN_A_LEDGER = 40
"""A new ledger takes a while to make, and one that has grown takes long to ask."""
STEPS_BETWEEN = 15
CREATING = ("unit-established", "post-created", "registered")
MEMORY = Path("/dev/shm")
TALLY = TALLIES["what the random driver did"]


class Office:
    """A ledger for some rounds. Each has things of its own, whose names begin with its number."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        self.ledger: EmbeddedLedger = open_embedded_ledger(Settings(home=Path(self.folder.name), site="here"))
        self.latest = LatestContradictions(LoggedChanges(self.ledger.logs))
        self.rounds = self.steps = 0

    def is_asked(self) -> bool:
        """Whether somebody asks after this step: after some of them, as asking takes longer than recording."""
        self.steps += 1
        return self.steps % STEPS_BETWEEN == 0

    def close(self) -> None:
        self.ledger.close()
        self.folder.cleanup()


class Round(RuleBasedStateMachine):
    """Each thread has a list of what it is going to propose; `run` lets all of them go at once."""

    office: ClassVar[Office | None] = None
    numbers: ClassVar[Iterator[int]] = count(1)
    met: ClassVar[Counter[str]] = Counter()

    @initialize(threads=st.integers(2, 4), held=st.booleans())
    def open(self, threads: int, held: bool) -> None:
        office = Round.office
        if office is None or office.rounds >= ROUNDS_IN_A_LEDGER:
            if office:
                office.close()
            office = Round.office = Office()
        office.rounds += 1
        self.asked, self.ledger = office, office.ledger
        self.prefix = f"{next(Round.numbers)}."
        self.streams: set[tuple[str, str]] = set()
        self.events: list[tuple[str, AnyEvent]] = []
        self.queues: list[list[Proposal | Correction]] = [[] for _ in range(threads)]
        for fact in (
            unit("u"),
            unit("v", parent="u"),
            post("p", "u"),
            post("q", "v"),
            cadre("an"),
            cadre("binh"),
            *(tenure("an", "q", "2025-03-01", id_="t1") if held else ()),
        ):
            self.take_over(Proposal("sync", *fact))
        self.ledger.project_pending()

    def of_round(self, name: str) -> str:
        return self.prefix + name

    @rule(thread=st.integers(0, 3), some=st.lists(proposals(), min_size=4, max_size=9))
    def propose(self, thread: int, some: list[Proposal]) -> None:
        self.queues[thread % len(self.queues)] += some

    @rule(thread=st.integers(0, 3), correction=corrections)
    def correct(self, thread: int, correction: Correction) -> None:
        self.queues[thread % len(self.queues)].append(correction)

    @rule()
    def run(self) -> None:
        """Let the threads go, one proposal after another each."""
        waiting = [queue for queue in self.queues if queue]
        barrier, failures = Barrier(len(waiting) or 1), list[BaseException]()

        def go(queue: list[Proposal | Correction]) -> None:
            barrier.wait()
            try:
                for step in queue:
                    self.carry_out(step)
            except BaseException as failure:  # noqa: BLE001 - whatever it is, the round has failed
                failures.append(failure)

        threads = [Thread(target=go, args=(queue,)) for queue in waiting]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        self.queues = [[] for _ in self.queues]
        if failures:
            raise failures[0]

    def carry_out(self, step: Proposal | Correction) -> None:
        name = step.how + " correction" if isinstance(step, Correction) else step.how
        try:
            done = self.send_correction(step) if isinstance(step, Correction) else self.send(step)
        except REFUSALS as refusal:
            Round.met[f"refused: {type(refusal).__name__}"] += 1
            return
        self.ledger.project_pending()
        if self.asked.is_asked():
            self.bring_forward()
        if done:
            Round.met[f"{name}: {done}"] += 1

    def send(self, proposal: Proposal) -> str:
        if proposal.how == "sync":
            return self.take_over(proposal)
        stream, fact = self.of_round(proposal.stream), rename(proposal.fact, self.of_round)
        self.streams.add((proposal.topic, stream))
        actor = "import:file" if proposal.how == "import" else "user:lan"
        result = self.ledger.apps[proposal.topic].handle(stream, fact, Origin(actor=actor))
        self.events += [(proposal.topic, event) for event in result.events]
        return proposal.topic + "." + type(fact).__name__

    def take_over(self, proposal: Proposal) -> str:
        """Append a fact as it came from another site. Nothing is created twice under one name."""
        stream, fact = self.of_round(proposal.stream), rename(proposal.fact, self.of_round)
        log = self.ledger.logs[proposal.topic]
        version = log.version(stream)
        if version and log.topic.tag(fact).rpartition(".")[2] in CREATING:
            return ""
        if log.topic.personal and not version:
            self.ledger.keys.create_keys([stream])
        self.streams.add((proposal.topic, stream))
        events = log.append(AppendRequest(stream, version, (fact,), "import:another-site"))
        self.events += [(proposal.topic, event) for event in events]
        return proposal.topic + "." + type(fact).__name__

    def send_correction(self, step: Correction) -> str:
        events = [each for each in self.events if each[0] == step.topic] or self.events
        topic, event = events[-1 - step.number % len(events)]
        fact = Corrected(target=event.event_id, mode="VOID", reason="wrong")
        if step.mode == "AMEND":
            fact = replace(fact, mode="AMEND", new_values={"effective_from": step.date})
        if step.how == "command":
            self.ledger.apps[topic].correct(event.stream, fact, Origin(actor="user:lan"))
        else:
            log = self.ledger.logs[topic]
            log.append(AppendRequest(event.stream, log.version(event.stream), (fact,), "import:another-site"))
        return f"{step.mode} of a {'correction' if isinstance(event.fact, Corrected) else topic}"

    def teardown(self) -> None:
        if not hasattr(self, "ledger"):
            return
        self.run()
        self.ledger.project_pending()
        Round.met["rounds"] += 1
        wrong = self.judged()
        shown = self.shown()
        Round.met.update(
            f"contradiction: {kind}" for kind, _, _ in {(kind, things, "") for kind, things, _ in wrong}
        )
        assert shown == wrong, (
            f"silent: {sorted(wrong - shown)[:3]}; wrongly shown: {sorted(shown - wrong)[:3]}"
        )

    def judged(self) -> set[Said]:
        """What the oracle says of all facts of the round, those that reactions recorded included."""
        names = {stream for _, stream in self.streams}
        facts = {
            (topic, stream): self.ledger.logs[topic].load_stream(stream)
            for topic in OWN_TOPICS
            for stream in names
        }
        self.world = fold({key: events for key, events in facts.items() if events})
        return judge(self.world)

    def bring_forward(self) -> list[Found]:
        """What a serving process finds, which was asked before."""
        known = self.ledger.watermark()
        with self.ledger.tables.engine.connect() as connection:
            return self.asked.latest.find(connection, known)

    def shown(self) -> set[Said]:
        """What the product shows of it, for every day that the oracle asks about."""
        days = {bound for date in self.world.dates for bound in (earliest(date), latest(date))} | {FIRST_DAY}
        days.discard(LAST_DAY)
        brought_forward = self.bring_forward()
        with self.ledger.tables.engine.connect() as connection:
            found = find_contradictions(connection, BY_NOW)
        assert brought_forward == found, (
            f"not as found anew: {[e for e in found if e not in brought_forward]}"
        )
        said: set[Said] = set()
        for each in found:
            if not any(concern.id.startswith(self.prefix) for concern in each.concerns):
                continue
            things = frozenset((what, id_) for what, id_ in each.concerns)
            dateless = each.kind not in BY_DAY or _names_nobody(each)
            chosen = [""] if dateless else [day for day in days if holds_on(each, day)]
            said |= {(each.kind.value, things, day) for day in chosen}
        return said


def _names_nobody(found: Found) -> bool:
    """A unit under one that is not on record, for which there is no fact."""
    parent = f"organization/{found.concerns[-1].id}/"
    return found.kind == "PARENT_NOT_THERE" and not any(fact.startswith(parent) for fact in found.facts)


@contextmanager
def fresh_office() -> Iterator[None]:
    """Rounds begin with a ledger of their own, and leave none behind."""
    Round.office = None
    Round.met.clear()
    try:
        yield
    finally:
        if Round.office:
            Round.office.close()
        Round.office = None
        TALLY.update(Round.met)


def drive(rounds: int, *, shrink: bool = False) -> Counter[str]:
    """Run so many rounds; AssertionError where something is silent or wrongly shown. Returns what they met."""
    phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
    chosen = settings(
        max_examples=rounds,
        stateful_step_count=7,
        deadline=None,
        phases=phases,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    with fresh_office():
        try:
            run_state_machine_as_test(Round, settings=chosen)
        except (
            FlakyFailure
        ) as failure:  # threads take turns as they like, so the same round may do well the next time
            raise failure.exceptions[0] from None
        return Counter(Round.met)
