"""Records many proposals in few transactions, judged like any other. Importing again changes nothing."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha1
from itertools import islice
from time import sleep
from typing import Any, Protocol
from uuid import NAMESPACE_URL

import msgspec
from msgspec.structs import replace

from shared.commands.command_handler import CONDITION_TRIES, AnyApplication, Origin
from shared.core.decider import Rejected
from shared.core.errors import AppendConditionFailed, Conflict, Fenced
from shared.core.facts import Fact
from shared.core.timeline import timeline
from shared.eventlog.group_commit import AppendRequest
from shared.eventlog.union import highest_lamport, version_of
from shared.runtime.ledger import Ledger, Progress

STREAMS_PER_TRANSACTION = 2000
FENCED_TRIES = 3
FENCED_PAUSE_SECONDS = 0.01
"""How often an import writes again when others write, and how much longer it waits each time."""
REMEDY = "correct the line in the file and import again; lines already taken are not taken twice"
TREE_COLUMNS = {"kind": "type", "kind_label": "type", "parent": "parent_code"}
"""The columns of trees of units that have another name than the field of a fact."""
REMEDY_VI = "hãy sửa dòng này trong tệp rồi nhập lại; dòng đã nhập không bị nhập hai lần"


def derive_id(scheme: str, what: str, code: str) -> str:
    """The id of what a coding scheme calls `code`, always the same, so that importing twice changes nothing.

    It is a UUID of version 5 (RFC 9562), computed by hand because a large file needs a million of them.
    """
    name = f"cadre-ledger:{scheme}:{what}:{code}".encode()
    digits = sha1(NAMESPACE_URL.bytes + name, usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"


class SetAsideLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a file that was not imported: where it is, why, and how to correct it."""

    file: str
    line: int
    column: str
    value: str
    rule: str
    reason: str
    remedy: str
    id: str = ""
    """The line's own id, where it has one."""
    reason_vi: str = ""
    remedy_vi: str = ""
    """Both in Vietnamese, where they have been translated."""
    earlier: bool = False
    """Whether it is a line of an earlier import, which was judged again."""


class ChangedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A value that an earlier import took otherwise: where it is, and what it was and is. Of a line that the source no
    longer has, `new` is empty and `line` 0."""

    file: str
    line: int
    id: str
    column: str
    old: str
    new: str


@dataclass(slots=True)
class Proposal:
    """A fact for a stream, and the line it was read from."""

    fact: Fact
    file: str = ""
    line: int = 0
    column: str = ""
    value: str = ""
    unstated: frozenset[str] = frozenset()
    """Fields of which the file has no column: it says nothing about them."""
    also: tuple[tuple[str, int], ...] = ()
    """File and number of the other lines that say the same fact together."""


ProposalsByStream = dict[str, list[Proposal]]
"""Proposals by the stream they are for."""


@dataclass(slots=True)
class BatchOutcome:
    """The result of one transaction of an import; `done` counts the streams processed so far."""

    done: int = 0
    stored: int = 0
    unchanged: int = 0
    new_lines: int = 0
    same_lines: int = 0
    """Lines of the file (streams, where there is no file) that were new, and that changed nothing."""
    set_aside: list[SetAsideLine] = field(default_factory=list)
    corrected: list[ChangedLine] = field(default_factory=list)


class Guard(Protocol):
    """Knows what others than the import have recorded; see `services.importing.outside.OutsideFacts`."""

    def read_rows(self, chunk: Iterable[tuple[str, Sequence[Proposal]]]) -> None: ...

    def guard(
        self, requests: Sequence[AppendRequest[Any]], histories: Mapping[str, Sequence[Any]]
    ) -> bool: ...

    def catch_up(self) -> None: ...

    def skip(self, stored: int, position: int) -> None: ...


def record_proposals(
    app: AnyApplication,
    streams: Iterable[tuple[str, list[Proposal]]],
    origin: Origin,
    write: bool = True,
    checked: bool = False,
) -> Iterator[BatchOutcome]:
    """Judge the proposals of each stream one after another on top of its history, and store those that are accepted.

    Yields an outcome per transaction. An import that stops between two can be run again to do the rest. `write=False`
    only judges. `checked`: also judge against other streams, and add the findings of the rules.
    """

    def find_facts(
        stream: str, history: list[Any], proposals: list[Proposal], outcome: BatchOutcome
    ) -> list[Fact]:
        return _judge(app, history, proposals, outcome, stream if checked else "")

    yield from record_in_transactions(app, streams, origin, write, find_facts)


def record_in_transactions(
    app: AnyApplication,
    streams: Iterable[tuple[str, list[Proposal]]],
    origin: Origin,
    write: bool,
    find_facts: Callable[[str, list[Any], list[Proposal], BatchOutcome], Sequence[Fact]],
    guard: Guard | None = None,
) -> Iterator[BatchOutcome]:
    """Store what `find_facts` finds for (stream, history, proposals, outcome), many streams in a transaction. Yields an
    outcome per transaction; `write=False` stores nothing. With a `guard`, what others record meanwhile is heeded: the
    transaction is decided again."""
    pending, again = iter(streams), list[tuple[str, list[Proposal]]]()
    done, size, tries = 0, STREAMS_PER_TRANSACTION, 0
    while chunk := [*again[:size], *islice(pending, max(0, size - len(again)))]:
        again = again[size:]
        if guard:
            guard.read_rows(chunk)
        outcome = BatchOutcome(done + len(chunk))
        requests: list[AppendRequest[Any]] = []
        histories = app.union.load_streams([stream for stream, _ in chunk])
        if app.log.topic.personal and write:
            app.log.keys.create_keys(stream for stream, _ in chunk)
        for stream, proposals in chunk:
            history = histories.get(stream, [])
            facts = find_facts(stream, history, proposals, outcome)
            if facts:
                requests.append(
                    AppendRequest(
                        stream,
                        version_of(history).own,
                        facts,
                        origin.actor,
                        cause=origin.cause,
                        correlation=origin.correlation,
                        observed_lamport=highest_lamport(history),
                    )
                )
        if write and requests and not _append_guarded(app, requests, histories, guard):
            tries = tries + 1 if len(chunk) == 1 else 0
            if tries == CONDITION_TRIES:
                raise AppendConditionFailed(chunk[0][0], app.log.version(chunk[0][0]))
            # the fewer are decided at once, the less others are in the way
            again, size = [*chunk, *again], max(1, len(chunk) // 4)
            continue
        tries, size, done = 0, min(2 * size, STREAMS_PER_TRANSACTION), done + len(chunk)
        outcome.stored = sum(len(request.facts) for request in requests)
        yield outcome


def _append_guarded(
    app: AnyApplication,
    requests: list[AppendRequest[Any]],
    histories: Mapping[str, Sequence[Any]],
    guard: Guard | None,
) -> bool:
    """Append the requests; False where others record at the same time, and they are to be decided again, fewer at
    once. What was stored of them changes nothing then."""
    if guard is None:
        append_requests(app, requests)
        return True
    if not guard.guard(requests, histories):
        guard.catch_up()
        return False
    try:
        append_requests(app, requests)
        return True
    except (Conflict, Fenced):
        return False
    finally:
        if stored := [request for request in requests if request.stored and not request.error]:
            guard.skip(sum(len(request.stored) for request in stored), max(each.position for each in stored))


def append_requests(app: AnyApplication, requests: list[AppendRequest[Any]]) -> None:
    """A server that writes at the same time may fence this process off; try again twice, each time a little later."""
    for attempt in range(1, FENCED_TRIES + 1):
        app.log.append_all(requests)
        fenced = [request for request in requests if isinstance(request.error, Fenced)]
        if not fenced or attempt == FENCED_TRIES:
            break
        for request in fenced:
            request.error = None
        sleep(FENCED_PAUSE_SECONDS * attempt)
    for request in requests:
        if request.error:
            raise request.error


def _judge(
    app: AnyApplication,
    history: list[Any],
    proposals: list[Proposal],
    outcome: BatchOutcome,
    stream: str = "",
) -> list[Fact]:
    """The facts to store. With a stream: also judge against other streams, and add the findings of the rules."""
    decider = app.service.decider
    state = decider.initial
    known_facts = []
    for event in timeline(history) if history else ():
        state = decider.evolve(state, event.fact)
        known_facts.append(_plain(event.fact))
    new: list[Fact] = []
    rejected_lines: set[int] = set()
    lines: dict[int, bool] = {}
    for proposal in proposals:
        if proposal.line and proposal.line in rejected_lines:
            continue  # one reason a line is enough
        if known_facts and _plain(proposal.fact) in known_facts:
            outcome.unchanged += 1
            lines.setdefault(proposal.line, False)
            continue
        try:
            if stream:
                app.service.check(stream, proposal.fact, app.read_model)
            decided = decider.decide(state, proposal.fact)
        except Rejected as rejected:
            outcome.set_aside.append(set_aside_line(proposal, rejected))
            rejected_lines.add(proposal.line)
            continue
        if not decided:
            outcome.unchanged += 1
        lines[proposal.line] = bool(decided) or lines.get(proposal.line, False)
        for fact in decided:
            state = decider.evolve(state, fact)
            new.append(app.with_findings(stream, fact) if stream else fact)
    kept = [changed for line, changed in lines.items() if line not in rejected_lines or not line]
    outcome.new_lines += sum(kept)
    outcome.same_lines += len(kept) - sum(kept)
    return new


def _plain(fact: Fact) -> Fact:
    """The fact as its source gives it; findings may change once the source has more lines."""
    return replace(fact, findings=()) if fact.findings else fact


def set_aside_line(
    proposal: Proposal, rejected: Rejected, columns: Mapping[str, str] = TREE_COLUMNS
) -> SetAsideLine:
    """The line of a proposal that a rule rejected, in the words of its file: its columns and ids, none of ours.

    `columns`: the column that a field of a fact was read from, where it has another name."""
    field_name = str(rejected.case.get("field", ""))
    values = [value for name, value in rejected.case.items() if name != "field" and isinstance(value, str)]
    dates = ", ".join(value for value in values if value[:4].isdigit() and len(value) <= 10)
    return SetAsideLine(
        file=proposal.file,
        line=proposal.line,
        column=columns.get(field_name, field_name) or proposal.column,
        value=proposal.value,
        id=proposal.value,
        rule=rejected.rule,
        reason=f"{rejected.title} ({dates})" if dates else rejected.title,
        remedy=REMEDY,
        reason_vi=f"{rejected.title_vi} ({dates})" if dates else rejected.title_vi,
        remedy_vi=REMEDY_VI,
    )


def is_ledger_empty(ledger: Ledger) -> bool:
    """Whether nothing was recorded yet."""
    return not any(log.position() for log in ledger.logs.values())


def project_imported(ledger: Ledger, was_empty: bool, progress: Progress) -> None:
    """Project what was imported, where this process projects; all rows at once, without reactions, if the ledger was
    empty, which is faster."""
    if ledger.projector is None:
        return
    if was_empty:
        ledger.rebuild(progress)
    else:
        ledger.projector.project_pending(progress)
