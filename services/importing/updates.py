"""Records what a source says now where an earlier import recorded what it said before: new facts, and corrections.

An import corrects its own facts only. What a person corrected by hand stays until the source itself changes.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial, reduce
from typing import Any

import msgspec
from msgspec.structs import replace

from services.importing.batches import (
    BatchOutcome,
    ChangedLine,
    Proposal,
    record_in_transactions,
    set_aside_line,
)
from services.importing.outside import OutsideFacts
from shared.commands.command_handler import IMPORT_ACTOR_PREFIX, AnyApplication, Origin
from shared.core.corrections import check_correction
from shared.core.decider import Rejected
from shared.core.facts import Corrected, Fact, Finding, Recorded
from shared.core.timeline import effective_order, timeline

FIELD_COLUMNS = {
    "tenure": "term_id",
    "post": "post_id",
    "unit": "unit_id",
    "parent": "parent_id",
    "kind": "type",
    "kind_label": "type",
    "rank_group": "level_hint",
    "edges": "successor_id",
    "cadre": "person_id",
    "codes": "",
}
"""The column of the file that a field of a fact was read from, where it has another name."""
UNSHOWN_FIELDS = frozenset(
    {"findings", "codes", "decision", "note", "baseline", "same_day_order", "identity"}
)
FILE_OF_FACT = {
    "Appointed": "terms.csv",
    "TenureEnded": "terms.csv",
    "UnitEstablished": "units.csv",
    "UnitDissolved": "units.csv",
    "PostCreated": "posts.csv",
    "Registered": "persons.csv",
    "ReorganisationExecuted": "unit_links.csv",
}
"""The file that a fact was read from."""
DATE_COLUMNS = {
    "Appointed": "start",
    "TenureEnded": "end",
    "UnitDissolved": "valid_to",
    "UnitEstablished": "valid_from",
}
"""The column with the date of a fact."""


@dataclass(frozen=True, slots=True)
class Words:
    """How the reports on one kind of source name the fields of facts, and which fields they do not show."""

    columns: Mapping[str, str] = field(default_factory=lambda: FIELD_COLUMNS)
    unshown: frozenset[str] = UNSHOWN_FIELDS
    files: Mapping[str, str] = field(default_factory=lambda: FILE_OF_FACT)
    dates: Mapping[str, str] = field(default_factory=lambda: DATE_COLUMNS)
    """By kind of fact: the file, and the column with its date."""
    day: str = ""
    """What a date is called that stands in no column; empty: as the column of the line's id."""


Place = tuple[str, int]
"""The file and the number of a line."""


def _place(proposal: Proposal) -> Place:
    return proposal.file, proposal.line


class Names:
    """The ids of the source for ours, so that a report shows only those. `load` is called when a report needs them."""

    def __init__(self, load: Callable[[], dict[str, str]] = dict, words: Words | None = None) -> None:
        self._load, self.words = load, words or Words()

    @cached_property
    def codes(self) -> dict[str, str]:
        return self._load()

    def show(self, value: object) -> str:
        """A value in the words of the source."""
        if isinstance(value, str):
            return self.codes.get(value, value)
        if isinstance(value, (list, tuple)):
            return ", ".join(
                f"{self.show(each.source)} > {self.show(each.target)}"
                if hasattr(each, "source")
                else str(each)
                for each in value
            )
        return "" if value is None else str(value)


def record_updates(
    app: AnyApplication,
    streams: Mapping[str, list[Proposal]],
    origin: Origin,
    write: bool,
    given: Collection[int] | None = None,
    names: Names | None = None,
    outside: OutsideFacts | None = None,
) -> Iterator[BatchOutcome]:
    """Make the import's facts of each stream equal to its proposals: record, amend and void. An outcome a transaction.

    `given`: numbers of the lines that are part of this import; None: all. A fact of another line that somebody voided
    by hand stays void. `outside`: by what others recorded, and on what condition, the facts are recorded.
    """
    known_names = names or Names()
    if outside:
        outside.propose(streams)

    def find_facts(
        stream: str, history: list[Any], proposals: list[Proposal], outcome: BatchOutcome
    ) -> list[Fact]:
        update = _StreamUpdate(app, history, origin.actor, outcome, given, known_names)
        if outside:
            update.check = partial(outside.check, stream, history)
        return update.update(proposals)

    yield from record_in_transactions(app, streams.items(), origin, write, find_facts, outside)


def _no_check(fact: Fact) -> None:
    """Check nothing across streams."""


class _StreamUpdate:
    """Compares the proposals for one stream with what is recorded in it."""

    def __init__(
        self,
        app: AnyApplication,
        history: list[Recorded[Any]],
        actor: str,
        outcome: BatchOutcome,
        given: Collection[int] | None,
        names: Names,
    ) -> None:
        self.decider, self.outcome, self.given, self.names = app.service.decider, outcome, given, names
        self.history = history
        self.check: Callable[[Fact], None] = _no_check
        """Raises Rejected for what a fact cannot be beside those of other streams."""
        self.current = timeline(history) if history else []
        own = _own_events(history, actor)
        counted = {event.event_id for event in self.current}
        self.said: dict[str, Fact] = {
            event.event_id: event.fact for event in timeline(own) if event.event_id in counted
        }
        """By event id: the import's facts that count, as it gave them last."""
        self.voided = [_plain(event.fact) for event in timeline(own) if event.event_id not in counted]
        """The import's facts that somebody else voided."""
        self.rejected: set[Place] = set()
        self.lines: dict[Place, bool] = {}
        """By line: whether anything is stored for it."""

    def update(self, proposals: list[Proposal]) -> list[Fact]:
        """The facts and corrections to store, in order."""
        pairs, new, gone = self._match(proposals)
        changed: dict[str, tuple[Proposal, dict[str, Any]]] = {}
        for event_id, proposal in pairs:
            if values := _changed_values(self.said[event_id], proposal.fact, proposal.unstated):
                changed[event_id] = (proposal, values)
            else:
                self._leave(proposal)
        stored: list[Fact] = [self._void(event_id, proposals) for event_id in gone]
        final = {event.event_id: event for event in self.current if event.event_id not in gone}
        for event_id, (proposal, _) in changed.items():
            final[event_id] = replace(final[event_id], fact=_with_unstated(self.said[event_id], proposal))
        places = {id(proposal): number for number, proposal in enumerate(proposals)}
        for event_id in sorted(changed, key=lambda event_id: places[id(changed[event_id][0])]):
            proposal, values = changed[event_id]
            if proposal.line and _place(proposal) in self.rejected:
                continue  # one reason a line is enough
            was_changed = self.lines.get(_place(proposal), False)
            others = {id_: event for id_, event in final.items() if id_ != event_id}
            if not self._decide(self._replay(others), proposal):
                continue
            if values.keys() <= UNSHOWN_FIELDS:  # another line changed what is said of this one
                self.lines[_place(proposal)] = was_changed
            stored.append(self._amend(event_id, proposal, values))
        state = self._replay(final)
        foreign = [_plain(event.fact) for event in self.current if event.event_id not in self.said]
        for proposal in new:
            if proposal.line and _place(proposal) in self.rejected:
                continue  # one reason a line is enough
            if foreign and _plain(proposal.fact) in foreign:
                self._leave(proposal)
            elif not self._stays_void(proposal):
                for fact in self._decide(state, proposal):
                    state = self.decider.evolve(state, fact)
                    stored.append(fact)
        kept = [
            changed
            for line, changed in self.lines.items()
            if (line not in self.rejected or not line[1]) and (changed or self._is_given(line[1]))
        ]
        self.outcome.new_lines += sum(kept)
        self.outcome.same_lines += len(kept) - sum(kept)
        return stored

    def _is_given(self, line: int) -> bool:
        return self.given is None or line >= 0 or line in self.given

    def _match(
        self, proposals: list[Proposal]
    ) -> tuple[list[tuple[str, Proposal]], list[Proposal], list[str]]:
        """(recorded, proposed) facts about the same, the proposals that are new, and the facts that nothing proposes.

        Equal facts are paired first, then those of one date, then the others of the same kind in their order.
        """
        if not self.said:
            return [], proposals, []
        recorded: dict[tuple[type[Fact], str], dict[str, Fact]] = defaultdict(dict)
        for event_id, fact in self.said.items():
            recorded[_subject(fact)][event_id] = fact
        pairs: list[tuple[str, Proposal]] = []
        pending = proposals
        for is_same in (_is_equal, _is_of_one_date, _is_any):
            rest = []
            for proposal in pending:
                candidates = recorded.get(_subject(proposal.fact), {})
                found = next((id_ for id_, fact in candidates.items() if is_same(fact, proposal.fact)), None)
                if found is None:
                    rest.append(proposal)
                else:
                    del candidates[found]
                    pairs.append((found, proposal))
            pending = rest
        return pairs, pending, [event_id for facts in recorded.values() for event_id in facts]

    def _replay(self, events: Mapping[str, Recorded[Any]]) -> Any:
        """The state after these facts, in effective order."""
        in_order = (event.fact for event in sorted(events.values(), key=effective_order))
        return reduce(self.decider.evolve, in_order, self.decider.initial)

    def _leave(self, proposal: Proposal) -> None:
        self.outcome.unchanged += 1
        for place in (_place(proposal), *proposal.also):
            self.lines.setdefault(place, False)

    def _stays_void(self, proposal: Proposal) -> bool:
        """Whether somebody voided this fact, and this import does not say it again."""
        if self.given is None or proposal.line in self.given:
            return False
        return _plain(proposal.fact) in self.voided

    def _decide(self, state: Any, proposal: Proposal) -> tuple[Fact, ...]:
        """The facts that follow from a proposal; none where it says nothing new or is rejected."""
        try:
            decided: tuple[Fact, ...] = self.decider.decide(state, proposal.fact)
            self.check(proposal.fact)
        except Rejected as rejected:
            columns = {
                **self.names.words.columns,
                "effective_from": _column("effective_from", proposal, self.names),
            }
            self.outcome.set_aside.append(set_aside_line(proposal, rejected, columns))
            self.rejected.add(_place(proposal))
            return ()
        if not decided:
            self.outcome.unchanged += 1
        for place in (_place(proposal), *proposal.also):
            self.lines[place] = bool(decided) or self.lines.get(place, False)
        return decided

    def _amend(self, event_id: str, proposal: Proposal, values: dict[str, Any]) -> Fact:
        said = self.said[event_id]
        for name in values:
            if name not in self.names.words.unshown:
                self._report(
                    proposal,
                    _column(name, proposal, self.names),
                    getattr(said, name),
                    getattr(proposal.fact, name),
                )
        reason = f"the source says so now: {proposal.file}"
        correction = Corrected(target=event_id, mode="AMEND", reason=reason, new_values=values)
        return check_correction(self.history, correction)

    def _void(self, event_id: str, proposals: list[Proposal]) -> Fact:
        said = self.said[event_id]
        tenure = getattr(said, "tenure", "")
        same = [proposal for proposal in proposals if getattr(proposal.fact, "tenure", "") == tenure]
        codes = [code.value for code in getattr(said, "codes", None) or ()]
        id_ = self.names.show(tenure) or next(iter(codes), "") or self.names.show(self.history[0].stream)
        column, old = self._describe(said)
        self.outcome.corrected.append(
            ChangedLine(
                file=same[0].file if same else self.names.words.files.get(type(said).__name__, ""),
                line=same[0].line if same else 0,
                id=id_,
                column=column,
                old=old,
                new="",
            )
        )
        reason = "the source no longer says so"
        return check_correction(self.history, Corrected(target=event_id, mode="VOID", reason=reason))

    def _describe(self, fact: Fact) -> tuple[str, str]:
        """The column by which a report shows a fact that is void, and its value."""
        words, date = self.names.words, fact.effective_from
        if date and (column := words.dates.get(type(fact).__name__, "")):
            return column, date
        for field_name in ("name", "title", "parent", "kind_label"):
            if value := getattr(fact, field_name, ""):
                return words.columns.get(field_name, field_name), self.names.show(value)
        return words.dates.get(type(fact).__name__, ""), date

    def _report(self, proposal: Proposal, column: str, old: object, new: object) -> None:
        self.outcome.corrected.append(
            ChangedLine(
                file=proposal.file,
                line=proposal.line,
                id=proposal.value,
                column=column,
                old=self.names.show(old),
                new=self.names.show(new),
            )
        )


def _own_events(history: list[Recorded[Any]], actor: str) -> list[Recorded[Any]]:
    """What the import itself recorded, without corrections that somebody else voided."""
    undone = {
        event.fact.target
        for event in history
        if event.actor != actor and isinstance(event.fact, Corrected) and event.fact.mode == "VOID"
    }
    return [
        event
        for event in history
        if event.actor == actor and not (isinstance(event.fact, Corrected) and event.event_id in undone)
    ]


def _subject(fact: Fact) -> tuple[type[Fact], str]:
    """What tells the facts of one stream apart, beside their date."""
    return type(fact), getattr(fact, "tenure", "")


def _is_equal(recorded: Fact, proposed: Fact) -> bool:
    return not _changed_values(recorded, proposed)


def _is_of_one_date(recorded: Fact, proposed: Fact) -> bool:
    return recorded.effective_from == proposed.effective_from


def _is_any(recorded: Fact, proposed: Fact) -> bool:
    return True


def _with_unstated(recorded: Fact, proposal: Proposal) -> Fact:
    """The proposed fact with the recorded values of the fields about which the file says nothing."""
    return replace(proposal.fact, **{name: getattr(recorded, name) for name in proposal.unstated})


def _changed_values(
    recorded: Fact, proposed: Fact, unstated: Collection[str] = frozenset()
) -> dict[str, Any]:
    """The fields in which a proposal differs from what is recorded, with its values. Findings of rules do not count,
    those of imports do. `unstated`: fields about which the proposal says nothing."""
    if recorded == proposed:
        return {}
    values = {
        name: msgspec.to_builtins(getattr(proposed, name))
        for name in proposed.__struct_fields__
        if name != "findings" and name not in unstated and getattr(recorded, name) != getattr(proposed, name)
    }
    ours = tuple(finding for finding in recorded.findings if _is_of_import(finding))
    if ours != proposed.findings and any(map(_is_of_import, (*ours, *proposed.findings))):
        others = tuple(finding for finding in recorded.findings if not _is_of_import(finding))
        values["findings"] = msgspec.to_builtins((*proposed.findings, *others))
    return values


def _is_of_import(finding: Finding) -> bool:
    return finding.overridden_by.startswith(IMPORT_ACTOR_PREFIX)


def _plain(fact: Fact) -> Fact:
    return replace(fact, findings=()) if fact.findings else fact


def _column(field_name: str, proposal: Proposal, names: Names) -> str:
    """The column of the file from which a field was read."""
    if field_name == "effective_from":
        if names.words.day:
            return names.words.day
        return names.words.dates.get(type(proposal.fact).__name__, proposal.column)
    return names.words.columns.get(field_name, field_name)
