"""`cadre correct --batch`: many corrections that count together, of the facts of an import or as a file lists them."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from services.cli.correct_problems import (
    Choice,
    explain_rejection,
    fail_rejected,
    show_lines,
    split_address,
)
from services.cli.errors import fail
from services.cli.language import translate
from services.cli.unfinished_batches import (
    UnfinishedBatch,
    name_batch,
    note_begun,
    note_ended,
    read_unfinished,
)
from services.importing.line_store import open_line_store
from shared.commands.command_handler import Origin
from shared.commands.correction_batch import (
    BatchInterrupted,
    CorrectionBatch,
    JudgedBatch,
    judge_batch,
    record_batch,
)
from shared.core.clock import new_id
from shared.core.corrections import check_correction
from shared.core.decider import Rejected
from shared.core.facts import AnyEvent, Corrected
from shared.core.timeline import find_void
from shared.runtime.ledger import Ledger

EXAMPLE = '{"fact": "organization/STREAM/EVENT", "amend": {"effective_from": "2020-01-15"}}'
"""A line of a file of corrections."""


class ListedCorrection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of a file of corrections."""

    fact: str
    """Address of the fact, as TOPIC/STREAM/EVENT."""
    amend: dict[str, Any] | None = None
    """The new values, by name of the field; null: the fact is void."""
    reason: str = ""
    """Why; empty: as the command says."""


class BadLine(NamedTuple):
    """What is wrong with a line of a file, and how to mend it."""

    number: int
    problem: str
    remedy: str


@dataclass(slots=True)
class FileLines:
    """The corrections of a file, the line of each, and what is wrong with others."""

    batch: CorrectionBatch = field(default_factory=CorrectionBatch)
    numbers: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    """The lines about a stream, by (topic, stream)."""
    bad: list[BadLine] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)
    """How many lines were recorded before, by service."""


def correct_batch(ledger: Ledger, home: Path, batch: str, reason: str, choice: Choice) -> dict[str, int]:
    """Make the corrections of a file, or void what an import recorded. Returns how many facts, by service."""
    path = Path(batch)
    if path.is_file():
        return correct_as_listed(ledger, home, path, reason, choice)
    counts, corrections = find_facts_of_import(ledger, batch, reason, choice)
    if not counts:
        fail("no import has the id {batch}", "an import printed its id; or name a file", code=1, batch=batch)

    def forget_lines() -> None:
        store = open_line_store(ledger.tables)
        store.forget_batch(batch)
        store.close()

    if not corrections.corrections:
        forget_lines()
        note_ended(home, batch)
        return counts
    judged = judge_batch(ledger.apps, corrections)
    _require_possible(judged, choice)
    forget_lines()
    return counts | _record(ledger, home, batch, judged, Origin(actor="console", correlation=new_id()))


def find_facts_of_import(
    ledger: Ledger, batch: str, reason: str, choice: Choice
) -> tuple[dict[str, int], CorrectionBatch]:
    """How many facts of an import count, by service that has any of it, and the corrections that void them."""
    counts: dict[str, int] = {}
    found = CorrectionBatch()
    for name in reversed(list(ledger.apps)):
        for events in ledger.apps[name].log.iterate_streams():
            if not any(event.correlation == batch for event in events):
                continue
            void = find_void(events)
            facts = [
                Corrected(target=event.event_id, mode="VOID", reason=reason, consequences=choice)
                for event in events
                if event.correlation == batch and event.event_id not in void
            ]
            counts[name] = counts.get(name, 0) + len(facts)
            if facts:
                found.add(name, events, facts)
    return counts, found


def correct_as_listed(ledger: Ledger, home: Path, path: Path, reason: str, choice: Choice) -> dict[str, int]:
    """Make the corrections that a file lists. What an earlier run of the same file recorded is not recorded again."""
    content = path.read_bytes()
    origin = Origin(actor="console", correlation=f"batch-{sha256(content).hexdigest()[:32]}")
    lines = _read_lines(ledger, path, content, reason, choice, origin)
    if lines.bad:
        _fail_bad_lines(path, lines.bad)
    if not lines.batch.corrections:
        if not lines.done:
            fail("{file} lists no correction", "write one a line", code=1, file=path.name)
        note_ended(home, name_batch(str(path)))
        return dict.fromkeys(lines.done, 0)
    judged = judge_batch(ledger.apps, lines.batch)
    in_the_way = {
        number for key in judged.judgement.changes_in_the_way for number in lines.numbers.get(key, ())
    }
    show_lines(
        [
            translate("{file}, line {number}: cannot be corrected so", file=path.name, number=number)
            for number in sorted(in_the_way)
        ]
    )
    _require_possible(judged, choice)
    return _record(ledger, home, name_batch(str(path)), judged, origin)


def _require_possible(judged: JudgedBatch, choice: Choice) -> None:
    try:
        judged.judgement.raise_what_is_in_the_way()
        if not choice:
            judged.judgement.require_no_consequences()
    except Rejected as rejected:
        fail_rejected(rejected)


def _record(ledger: Ledger, home: Path, named: str, judged: JudgedBatch, origin: Origin) -> dict[str, int]:
    """Record it. A process that dies between two logs has left a note, which the next command or server shows."""
    services = {topic for topic, _ in judged.batch.corrections}
    services |= {
        topic for topic in ledger.apps if any(not each.reaction for each in judged.judgement.facts_of(topic))
    }
    was_begun = any(each.batch == named for each in read_unfinished(home))
    if len(services) > 1 and ledger.projector:  # a process of a cluster has no home
        note_begun(home, UnfinishedBatch(named, tuple(name for name in ledger.apps if name in services)))
    try:
        recorded = record_batch(ledger.apps, judged, origin)
        note_ended(home, named)
        return recorded
    except BatchInterrupted as interrupted:
        fail(
            "recorded in {recorded}, not yet in {missing}: {failure}",
            "run the same command again: it does the rest",
            code=1,
            recorded=", ".join(interrupted.recorded),
            missing=", ".join(interrupted.missing),
            failure=interrupted.reason,
        )
    except Exception:
        if not was_begun:  # nothing of it is recorded
            note_ended(home, named)
        raise


def _read_lines(
    ledger: Ledger, path: Path, content: bytes, reason: str, choice: Choice, origin: Origin
) -> FileLines:
    found = FileLines()
    seen: dict[str, int] = {}
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        fail("{file} is not UTF-8: {error}", "save it as UTF-8", file=path.name, error=error)
    for number, listed in _parse_lines(text):
        if isinstance(listed, BadLine):
            found.bad.append(listed)
            continue
        address = split_address(ledger, listed.fact)
        if address is None:
            problem = translate("{address!r} is not the address of a fact", address=listed.fact)
            found.bad.append(
                BadLine(number, problem, translate("copy it from an answer: topic/stream/event"))
            )
            continue
        if (first := seen.setdefault(listed.fact, number)) != number:
            problem = translate("it corrects the same fact as line {first}", first=first)
            found.bad.append(BadLine(number, problem, translate("keep one of both")))
            continue
        _add_line(ledger, found, number, address, listed, reason, choice, origin)
    return found


def _add_line(
    ledger: Ledger,
    found: FileLines,
    number: int,
    address: tuple[str, str, str],
    listed: ListedCorrection,
    reason: str,
    choice: Choice,
    origin: Origin,
) -> None:
    topic, stream, event_id = address
    key = (topic, stream)
    history = found.batch.histories.get(key) or ledger.apps[topic].union.load_stream(stream)
    correction = Corrected(
        target=event_id,
        mode="VOID" if listed.amend is None else "AMEND",
        reason=listed.reason or reason,
        new_values=listed.amend or {},
        consequences=choice,
    )
    if _is_recorded(history, correction, origin):
        found.done[topic] = found.done.get(topic, 0) + 1
        return
    try:
        found.batch.add(topic, history, [check_correction(history, correction)])
    except Rejected as rejected:
        remedy = translate("correct this line or leave it out")
        found.bad.append(BadLine(number, explain_rejection(rejected), remedy))
        return
    found.numbers.setdefault(key, []).append(number)


def _is_recorded(history: Iterable[AnyEvent], correction: Corrected, origin: Origin) -> bool:
    """Whether an earlier run of the same file recorded it, and it counts."""
    events = list(history)
    void = find_void(events)
    return any(
        event.correlation == origin.correlation
        and isinstance(event.fact, Corrected)
        and (event.fact.target, event.fact.mode) == (correction.target, correction.mode)
        and event.event_id not in void
        for event in events
    )


def _parse_lines(text: str) -> Iterator[tuple[int, ListedCorrection | BadLine]]:
    """(line number, what it says) of JSON lines, or of CSV with a header."""
    if text.lstrip().startswith("{"):
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                yield number, _parse_json(number, line.encode())
        return
    reader = csv.DictReader(io.StringIO(text))
    if "fact" not in (reader.fieldnames or ()):
        problem = translate("it has no column {column}", column="fact")
        yield 1, BadLine(1, problem, translate("write the columns fact, amend, reason"))
        return
    for row in reader:
        number = reader.line_num
        amend = (row.get("amend") or "").strip()
        listed = {"fact": (row["fact"] or "").strip(), "reason": row.get("reason") or ""}
        raw = msgspec.json.encode(listed | ({"amend": msgspec.Raw(amend.encode())} if amend else {}))
        yield number, _parse_json(number, raw)


def _parse_json(number: int, line: bytes) -> ListedCorrection | BadLine:
    try:
        return msgspec.json.decode(line, type=ListedCorrection)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        remedy = translate("write it as {example}", example=EXAMPLE)
        return BadLine(number, str(error), remedy)


def _fail_bad_lines(path: Path, bad: list[BadLine]) -> None:
    place = translate("{file}, line {number}", file=path.name, number="{number}")
    show_lines([f"{place.format(number=each.number)}: {each.problem}; {each.remedy}" for each in bad])
    fail("{count} lines cannot be read; nothing was recorded", "mend them and run it again", count=len(bad))
