"""Corrections of many facts, judged together: all or none of them within a log, one log after another."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from shared.commands.command_handler import AnyApplication, BatchJudgement, FactsToRecord, Origin
from shared.commands.read_model_progress import ConsultedRows
from shared.core.facts import AnyEvent, Corrected

StreamKey = tuple[str, str]
"""(topic, stream)."""


@dataclass(slots=True)
class CorrectionBatch:
    """Corrections by stream, with what was recorded there when they were chosen."""

    histories: dict[StreamKey, Sequence[AnyEvent]] = field(default_factory=dict)
    corrections: dict[StreamKey, list[Corrected]] = field(default_factory=dict)

    def add(self, topic: str, history: Sequence[AnyEvent], corrections: Iterable[Corrected]) -> None:
        """Add corrections of one stream, which fit its facts."""
        key = (topic, history[0].stream)
        self.histories[key] = history
        self.corrections.setdefault(key, []).extend(corrections)


class BatchInterrupted(Exception):
    """A batch was recorded in some logs and not in others; giving it again does the rest."""

    def __init__(self, recorded: Sequence[str], missing: Sequence[str], reason: Exception) -> None:
        super().__init__(str(reason))
        self.recorded, self.missing, self.reason = recorded, missing, reason


@dataclass(frozen=True, slots=True)
class JudgedBatch:
    """A batch with what it would do, and by topic the rows that this rests on."""

    batch: CorrectionBatch
    judgement: BatchJudgement
    rows: Mapping[str, ConsultedRows]


def judge_batch(apps: Mapping[str, AnyApplication], batch: CorrectionBatch) -> JudgedBatch:
    """Find what the corrections would do together: the timeline of each stream is decided again with all of them, and
    the rules across streams too."""
    app = next(iter(apps.values()))
    judge = app.correction_judge
    if judge is None:
        raise RuntimeError("the facts of other services are out of reach of these applications")

    def load(topic: str, stream: str) -> Sequence[AnyEvent]:
        known = batch.histories.get((topic, stream))
        return apps[topic].union.load_stream(stream) if known is None else known

    with app.read_transaction() as read_model:
        rows = {topic: ConsultedRows(read_model, each.progress, topic) for topic, each in apps.items()}
        for topic, consulted in rows.items():
            if progress := apps[topic].progress:
                consulted.after = progress.position(topic, read_model)
        return JudgedBatch(batch, judge.judge_batch(batch.corrections, load, read_model), rows)


def record_batch(apps: Mapping[str, AnyApplication], judged: JudgedBatch, origin: Origin) -> dict[str, int]:
    """Record the corrections, with those of facts that need what they take away; what follows from them, reactions
    correct. The last service comes first, so that nothing refers to what is gone.

    Returns the number of facts that were corrected, by service. Raises Conflict, with nothing recorded, where something
    has changed since it was judged; or BatchInterrupted.
    """
    by_topic: dict[str, list[FactsToRecord]] = {}
    for topic in reversed(list(apps)):
        facts = [
            FactsToRecord(stream, judged.batch.histories[own, stream], tuple(corrections), cause="")
            for (own, stream), corrections in judged.batch.corrections.items()
            if own == topic and corrections
        ]
        facts += [each for each in judged.judgement.facts_of(topic) if not each.reaction]
        if facts:
            by_topic[topic] = facts
    done: list[str] = []
    for topic, facts in by_topic.items():
        try:
            apps[topic].record_batch(facts, origin, judged.rows[topic])
        except Exception as error:
            if not done:
                raise
            raise BatchInterrupted(done, [name for name in by_topic if name not in done], error) from error
        done.append(topic)
    return {topic: sum(len(each.facts) for each in facts) for topic, facts in by_topic.items()}
