"""Imports files of one scheme so that it makes no difference how they are cut, in what order they come, or how often.

All lines of the scheme, given now or kept, are judged together; what follows from them is compared with what followed
before, and only the difference is recorded.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from services.importing.batches import ProposalsByStream, SetAsideLine
from services.importing.csv_reader import BadFile, CsvLine, Sheet
from services.importing.limited_posts import LimitedPosts
from services.importing.line_store import KeptLine, KeptScheme, LineKey, LineStore
from services.importing.merged_lines import LineKind, MergedSource
from services.importing.outside import OutsideFacts
from services.importing.result import ImportReport
from services.importing.sealed_lines import SealedLines
from services.importing.updates import Names, Words, record_updates
from shared.commands.command_handler import Origin
from shared.core.partial_dates import Day
from shared.core.timeline import timeline
from shared.eventlog.union import UnionReader
from shared.runtime.ledger import Ledger, Progress

Proposed = dict[str, ProposalsByStream]
"""Proposals by kind of line."""


def _has_no_key(national_id: str) -> str:
    raise ValueError("only a source of persons has national ids")


@dataclass(slots=True)
class RecordedIds:
    """What the log has of a scheme though no line of it is given or kept: persons, and the days of units and posts."""

    persons: set[str] = field(default_factory=set)
    units: dict[str, tuple[Day, Day]] = field(default_factory=dict)
    posts: dict[str, tuple[Day, Day]] = field(default_factory=dict)
    has_gaps: bool = False
    """Whether lines that cannot be read may belong to what the others say."""
    days: dict[str, Day | None] = field(default_factory=dict)
    """The days in the names of files, by kind."""
    has_contradictions: bool = False
    """Whether lines that contradict each other all propose what they say, as those may have been taken before."""
    limited: LimitedPosts = field(default_factory=LimitedPosts)
    before: "RecordedIds | None" = None
    """The same as it was before this import; None: as now."""
    digest: Callable[[str], str] = _has_no_key
    """The keyed hash of a national id."""


Propose = Callable[[dict[str, Sheet], str, RecordedIds], Proposed]


@dataclass(slots=True)
class SchemeImport:
    """One import into a scheme. `propose` is a pure function of the lines."""

    ledger: Ledger
    store: LineStore
    scheme: str
    kinds: Mapping[str, LineKind]
    topics: Mapping[str, str]
    propose: Propose
    find_recorded: Callable[[Ledger, str, MergedSource], RecordedIds] = lambda ledger, scheme, source: (
        RecordedIds()
    )
    find_removed: Callable[[MergedSource, str], dict[str, list[str]]] = lambda source, scheme: {}
    """Streams of personal lines that the source no longer has, by kind of line: of these only the id is kept."""
    name_ids: Callable[[MergedSource, str], dict[str, str]] = lambda source, scheme: {}
    """The ids of the source by ours."""
    words: Words = field(default_factory=Words)
    find_place: Callable[[int], int] = lambda line: line
    """The number of a line in its file, once it has been recorded."""

    def record(
        self,
        sheets: Mapping[str, Sheet],
        report: ImportReport,
        *,
        write: bool,
        origin: Origin,
        progress: Progress,
        whole: Collection[str] = (),
        remove_at_most: float = 1.0,
    ) -> Proposed:
        """As `_record`, while no other process imports into the scheme: what is kept of it is read and replaced."""
        with self.store.lock(self.scheme):
            return self._record(
                sheets,
                report,
                write=write,
                origin=origin,
                progress=progress,
                whole=whole,
                remove_at_most=remove_at_most,
            )

    def _record(
        self,
        sheets: Mapping[str, Sheet],
        report: ImportReport,
        *,
        write: bool,
        origin: Origin,
        progress: Progress,
        whole: Collection[str],
        remove_at_most: float,
    ) -> Proposed:
        """Record the difference and complete the report; returns all that the lines of the scheme propose now.

        `whole`: the kinds of file that have all lines of their source, so that what they lack is void. Raises BadFile
        where that is more than the share `remove_at_most` of the lines of such a kind."""
        unreadable = list(report.set_aside)
        sealed = SealedLines(self.ledger.logs["personnel"].keys, self.scheme)
        kept, old_keys = _with_present_keys(sealed.open_scheme(self.store.load(self.scheme)), self.kinds)
        source = MergedSource(self.kinds, sheets, kept, whole)
        self.find_place = source.find_place
        for file in whole:
            _check_share(source, file, sheets[file].file, remove_at_most)
        problems = [*source.set_aside, *source.read_dates()]
        report.readings += source.readings.all()
        recorded = self.find_recorded(self.ledger, self.scheme, source)
        proposed, found = self._propose(source, recorded)
        problems += found
        removed_streams = self.find_removed(source, self.scheme)
        before = self._propose_before(source, recorded.before or recorded)
        streams = {
            what: _find_touched(proposed[what], before[what], source, kept.finished) for what in self.topics
        }
        for what, removed in removed_streams.items():
            streams[what] |= {stream: [] for stream in removed}
        if write:
            added, gone = source.kept_after(origin.correlation, problems)
            stays = kept.lines.keys() - gone
            added += [line for line in old_keys.values() if (line.file, line.key) in stays]
            gone += old_keys
            for kind in self._personal_kinds():
                sealed.seal_lines([line for line in added if line.file == kind.file], kind.id_column)
            self.store.begin(self.scheme, origin.correlation, added, gone)
        names = Names(lambda: self.name_ids(source, self.scheme), self.words)
        rejected: list[SetAsideLine] = []
        not_taken: set[str] = set()
        outside = {
            topic: OutsideFacts(self.ledger.apps[topic], origin.actor, not_taken)
            for topic in dict.fromkeys(self.topics.values())
        }
        for what, topic in self.topics.items():
            report.new[what] = report.unchanged[what] = 0
            app, done = self.ledger.apps[topic], len(streams[what])
            given = source.given_numbers()
            for outcome in record_updates(app, streams[what], origin, write, given, names, outside[topic]):
                rejected += outcome.set_aside
                report.add(what, outcome)
                progress(what, outcome.done, done)
        problems += rejected
        if write:
            gone = list(dict.fromkeys(source.key_of(problem) for problem in rejected))
            kept_problems = source.keep_problems(problems, origin.correlation)
            restored = _restore(kept, gone)
            for kind in self._personal_kinds():
                kept_problems = sealed.seal_problems(kept_problems, kind.file)
                sealed.seal_lines([line for line in restored if line.file == kind.file], kind.id_column)
            self.store.finish(self.scheme, kept_problems, restored, gone)
        located = [source.locate(problem) for problem in source.without_replaced(problems)]
        report.set_aside = unreadable + located + source.repeated_problems()
        report.retried = source.count_retaken(problems)
        report.corrected = [
            replace(each, line=source.find_place(each.line)) if each.line < 0 else each
            for each in report.corrected
        ]
        return proposed

    def _personal_kinds(self) -> list[LineKind]:
        return [kind for kind in self.kinds.values() if kind.personal]

    def _propose(self, source: MergedSource, recorded: RecordedIds) -> tuple[Proposed, list[SetAsideLine]]:
        """What the lines propose. Where a new version of a line is set aside, its earlier version still counts."""
        refused: list[SetAsideLine] = []
        while True:
            sheets = {name: Sheet(merged.lines()) for name, merged in source.files.items()}
            proposed = self.propose(sheets, self.scheme, recorded)
            problems = [problem for sheet in sheets.values() for problem in sheet.set_aside]
            newly_refused = source.refuse(problems)
            if not newly_refused:
                return proposed, refused + problems
            refused += newly_refused

    def _propose_before(self, source: MergedSource, recorded: RecordedIds) -> Proposed:
        """What the lines proposed before this import."""
        sheets = {name: Sheet(merged.earlier_lines()) for name, merged in source.files.items()}
        return self.propose(sheets, self.scheme, recorded)


def _check_share(source: MergedSource, kind: str, file: str, most: float) -> None:
    """Refuse a file that lacks more than this share of the lines that earlier imports took."""
    before = sum(each == kind for each, _ in source.earlier.lines)
    gone = sum(each == kind for each, _ in source.removed_lines())
    if not gone or gone <= most * before:
        return
    percent, limit = round(100 * gone / before), round(100 * most)
    raise BadFile(
        SetAsideLine(
            file=file,
            line=0,
            column="",
            value="",
            rule="TooMuchRemoved",
            reason=f"it lacks {gone:,} of the {before:,} lines imported before ({percent} %): --remove-missing voids "
            f"at most {limit} %",
            remedy="leave --remove-missing out if this is a part; if it is the whole, say --remove-at-most 100",
            reason_vi=f"thiếu {gone:,} trong {before:,} dòng đã nhập trước ({percent} %): --remove-missing chỉ hủy "
            f"nhiều nhất {limit} %",
            remedy_vi="hãy bỏ --remove-missing nếu đây là một phần; nếu đây là toàn bộ, hãy thêm --remove-at-most 100",
        )
    )


def _with_present_keys(
    kept: KeptScheme, kinds: Mapping[str, LineKind]
) -> tuple[KeptScheme, dict[LineKey, KeptLine]]:
    """What is kept, by the keys that its kinds have now, and the lines that are kept under another key, by that."""

    def key_of(file: str, key: str, values: dict[str, str]) -> str:
        if file not in kinds or not kinds[file].owner_column or not values:
            return key
        return kinds[file].key(CsvLine(file, 0, values))

    old_keys: dict[LineKey, KeptLine] = {}
    lines: dict[LineKey, KeptLine] = {}
    for (file, key), line in kept.lines.items():
        present = key_of(file, key, line.values)
        if present != key:
            line.key = present
            old_keys[file, key] = line
        lines[file, present] = line
    problems = [replace(each, key=key_of(each.file, each.key, each.values)) for each in kept.problems]
    return KeptScheme(lines, problems, kept.finished), old_keys


def _restore(kept: KeptScheme, keys: list[LineKey]) -> list[KeptLine]:
    return [kept.lines[key] for key in keys if key in kept.lines]


def _find_touched(
    proposed: ProposalsByStream, before: ProposalsByStream, source: MergedSource, finished: bool
) -> ProposalsByStream:
    """The streams that this import can change: those of its lines, and those of which something else follows now.

    Any stream may lack something where an earlier import is not `finished`."""
    retried = source.retried_numbers()
    touched = {
        stream: proposals
        for stream, proposals in proposed.items()
        if not finished
        or any(proposal.line > 0 or proposal.line in retried for proposal in proposals)
        or [proposal.fact for proposal in proposals] != [proposal.fact for proposal in before.get(stream, ())]
    }
    return touched | {stream: [] for stream in before if stream not in proposed}


def find_counting(union: UnionReader[Any], streams: Iterable[str]) -> dict[str, list[Any]]:
    """The facts that count of each of these streams that exists; an empty list where all are void."""
    return {
        stream: [event.fact for event in timeline(events)]
        for stream, events in union.load_streams(list(streams)).items()
    }
