"""Imports persons, units, posts, terms and unit links from files in the common layout.

Ids of the files are kept as codes of a scheme; ours are derived from them, so importing twice changes nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from functools import cache
from operator import itemgetter, methodcaller
from pathlib import Path
from typing import NamedTuple

from services.appointment.events import Appointed, AppointmentRoute, Holding, TenureEnded
from services.importing.batches import (
    Proposal,
    ProposalsByStream,
    SetAsideLine,
    derive_id,
    project_imported,
)
from services.importing.csv_reader import CsvLine, Sheet
from services.importing.limited_posts import HeldTerm, LimitedPosts, refuse_excess
from services.importing.line_store import open_line_store
from services.importing.merged_lines import LineKind
from services.importing.national_ids import find_shared_national_ids
from services.importing.organization_proposals import links_of, posts_of, units_of
from services.importing.person_columns import note_personal_words, read_personal_fields
from services.importing.reading.layouts import PERSONAL_DATES, PERSONAL_TEXTS, TERM_LAYOUTS
from services.importing.reading.options import DEFAULT_OPTIONS, ReadingOptions
from services.importing.reading.sources import TableSource, find_tables, missing_table, unused_files
from services.importing.reading.tables import read_table
from services.importing.result import ImportReport
from services.importing.scheme_import import Proposed, RecordedIds, SchemeImport
from services.importing.term_context import find_recorded_ids, find_removed_persons, name_ids
from services.importing.term_owners import refuse_terms_of_two_persons
from services.personnel.events import Registered
from shared.commands.command_handler import Origin
from shared.core.facts import Code, Finding
from shared.core.partial_dates import (
    FIRST_DAY,
    LAST_DAY,
    UNKNOWN,
    Day,
    PDate,
    earliest,
    latest,
    may_precede,
    partial_date,
)
from shared.runtime.ledger import Ledger, Progress

PERSONAL_COLUMNS = frozenset({*PERSONAL_DATES, *PERSONAL_TEXTS, "national_id"})
NO_LIMITS = LimitedPosts()
OPTIONAL_TABLES = {"units", "unit_links"}
WIDTH_OF_PRECISION = {"year": 4, "month": 7, "day": 10}
END_STATUSES = {"closed", "ongoing", "unknown"}


def _read_link_key(line: CsvLine) -> str:
    return "/".join(map(line.get, ("link_id", "predecessor_id", "successor_id")))


def _read_term_key(line: CsvLine) -> str:
    return "/".join(map(line.get, ("term_id", "person_id")))


KEYS = {"unit_links": _read_link_key, "terms": _read_term_key}
"""What tells lines apart that have no id of their own, or one that may contradict another's."""


KINDS = {
    f"{name}.csv": LineKind(
        f"{name}.csv",
        KEYS.get(name) or methodcaller("get", layout.key),
        layout.key or "link_id",
        layout.columns,
        personal=name == "persons",
        owner_column=layout.owner,
        layout=layout,
    )
    for name, layout in TERM_LAYOUTS.items()
}
"""What is kept of the lines of each file."""
TOPICS = {
    "units": "organization",
    "posts": "organization",
    "unit_links": "organization",
    "persons": "personnel",
    "terms": "appointment",
}
"""By kind of line, in the order in which they are recorded: the service whose facts they are."""


def import_terms(
    ledger: Ledger,
    folder: Path,
    scheme: str,
    *,
    write: bool,
    origin: Origin,
    progress: Progress,
    options: ReadingOptions = DEFAULT_OPTIONS,
    remove_missing: bool = False,
    remove_at_most: float = 1.0,
) -> ImportReport:
    """Import all tables of a folder or workbook. `write=False` is the dry run: all is judged, nothing stored.

    The lines are judged together with those of earlier imports of the scheme. `remove_missing`: the files are whole, so
    what only earlier imports had is void, up to the share `remove_at_most` of the lines of each. Raises BadFile for a
    folder that cannot be read as a whole; then nothing of it is imported.
    """
    sources = find_tables(folder, lambda table: table in TERM_LAYOUTS)
    sheets = {f"{name}.csv": _sheet(folder, name, sources, options) for name in TERM_LAYOUTS}
    report = ImportReport(batch=origin.correlation, scheme=scheme, dry_run=not write)
    report.ignored_files = unused_files(folder, sources.values())
    report.readings = [reading for sheet in sheets.values() for reading in sheet.readings]
    store = open_line_store(ledger.tables)
    try:
        run = SchemeImport(
            ledger,
            store,
            scheme,
            KINDS,
            TOPICS,
            propose_terms_source,
            find_recorded_ids,
            find_removed_persons,
            name_ids,
        )
        whole = [f"{name}.csv" for name in TERM_LAYOUTS if remove_missing and name in sources]
        proposed = run.record(
            sheets,
            report,
            write=write,
            origin=origin,
            progress=progress,
            whole=whole,
            remove_at_most=remove_at_most,
        )
        report.contradictions = list(
            find_shared_national_ids(ledger, scheme, proposed["persons"], run.find_place)
        )
    finally:
        store.close()
    for name, sheet in sheets.items():
        lost = {each.line for each in report.set_aside if each.file == sheet.file and not each.earlier}
        report.taken[name.removesuffix(".csv")] = sheet.size - len(lost)
    if write:
        project_imported(ledger, False, progress)
    return report


def propose_terms_source(sheets: dict[str, Sheet], scheme: str, recorded: RecordedIds) -> Proposed:
    """The proposals of all files together. `recorded`: what the scheme has that no line is kept of."""
    persons = propose_persons(sheets["persons.csv"], scheme, recorded.digest)
    units, lives = units_of(sheets["units.csv"], scheme, recorded.units)
    posts, homes = posts_of(sheets["posts.csv"], scheme, lives, recorded.posts)
    links = links_of(sheets["unit_links.csv"], scheme, lives)
    known = persons.keys() | recorded.persons
    terms = propose_terms(
        sheets["terms.csv"],
        scheme,
        known,
        homes,
        has_contradictions=recorded.has_contradictions,
        limited=recorded.limited,
    )
    return {"units": units, "posts": posts, "unit_links": links, "persons": persons, "terms": terms}


def _sheet(folder: Path, name: str, sources: dict[str, TableSource], options: ReadingOptions) -> Sheet:
    if name in sources:
        sheet = read_table(sources[name], TERM_LAYOUTS[name], options)
        return note_personal_words(sheet) if name == "persons" else sheet
    if name in OPTIONAL_TABLES:
        return Sheet()
    raise missing_table(folder, name)


def propose_persons(sheet: Sheet, scheme: str, digest: Callable[[str], str]) -> ProposalsByStream:
    """Persons by the stream of their file. `digest` makes the keyed hash of a national id."""
    streams: ProposalsByStream = {}
    for line in sheet.lines:
        code = line.get("person_id")
        if not line.get("name"):
            sheet.set_aside.append(
                line.set_aside("name", "Missing", "the name is empty", "write the person's name")
            )
            continue
        fields = read_personal_fields(line)
        if isinstance(fields, SetAsideLine):
            sheet.set_aside.append(fields)
            continue
        number = fields.get("national_id", "")
        identity = digest(number) if number else ""
        fact = Registered(name=line.get("name"), codes=(Code(scheme, code),), identity=identity, **fields)
        unstated = PERSONAL_COLUMNS - line.values.keys()
        if "national_id" in unstated:
            unstated |= {"identity"}
        streams[derive_id(scheme, "person", code)] = [
            Proposal(fact, line.file, line.number, "name", code, unstated)
        ]
    return streams


def propose_terms(
    sheet: Sheet,
    scheme: str,
    persons: Collection[str],
    homes: dict[str, tuple[Day, Day]],
    *,
    has_contradictions: bool = False,
    limited: LimitedPosts = NO_LIMITS,
) -> ProposalsByStream:
    """Tenures by person. `homes` gives for every post id the days of its unit. Lines that give one term to two persons
    are set aside, unless the result `has_contradictions`; so are those for which a `limited` post has no seat."""
    id_of = cache(derive_id)  # the same persons and posts come again and again
    taken: list[tuple[str, _Term]] = []
    for line in sheet.lines:
        person = id_of(scheme, "person", line.get("person_id"))
        post = id_of(scheme, "post", line.get("post_id"))
        read_dates = _dates(line, sheet)
        if read_dates is None:
            continue
        for column, id_, known in (("person_id", person, persons), ("post_id", post, homes)):
            if id_ not in known:
                reason = f"no line that was taken has this {column}"
                sheet.set_aside.append(
                    line.set_aside(column, "UnknownReference", reason, "add it or correct the id")
                )
                break
        else:
            taken.append((person, _Term(latest(read_dates[0]), line.get("term_id"), line, post, *read_dates)))
    if not has_contradictions:
        refused = refuse_terms_of_two_persons([term.line for _, term in taken])
        sheet.set_aside += refused
        numbers = {problem.line for problem in refused}
        taken = [(person, term) for person, term in taken if term.line.number not in numbers]
    if limited.posts:
        full = _refuse_excess(limited, scheme, taken)
        sheet.set_aside += full
        numbers = {problem.line for problem in full}
        taken = [(person, term) for person, term in taken if term.line.number not in numbers]
    terms: dict[str, list[_Term]] = defaultdict(list)
    for person, term in taken:
        terms[person].append(term)
    return {person: _proposals(held, scheme, homes) for person, held in terms.items()}


def _refuse_excess(
    limited: LimitedPosts, scheme: str, taken: Iterable[tuple[str, "_Term"]]
) -> list[SetAsideLine]:
    by_post: dict[str, list[HeldTerm]] = defaultdict(list)
    for person, term in taken:
        if term.post in limited.posts:
            tenure = derive_id(scheme, "term", term.code)
            held = HeldTerm(term.first, term.code, tenure, person, term.until(), term.line)
            by_post[term.post].append(held)
    return [problem for post, terms in by_post.items() for problem in refuse_excess(limited, post, terms)]


def _dates(line: CsvLine, sheet: Sheet) -> tuple[PDate, PDate | None] | None:
    """Start, and end (None while it lasts), or None with the line set aside."""
    dates: dict[str, PDate] = {}
    for column in ("start", "end"):
        precision = line.get(f"{column}_precision")
        if precision not in ("", "fuzzy", *WIDTH_OF_PRECISION):
            reason = f"{precision!r} is none of day, month, year, fuzzy"
            sheet.set_aside.append(
                line.set_aside(f"{column}_precision", "BadPrecision", reason, "use one of these words")
            )
            return None
        try:
            when = partial_date(line.get(column))
        except ValueError as error:
            remedy = "write 1995, 1995-06 or 1995-06-30"
            sheet.set_aside.append(line.set_aside(column, "BadDate", str(error), remedy))
            return None
        if precision == "fuzzy":
            when = PDate("~" + when)
        dates[column] = (
            PDate(when[: WIDTH_OF_PRECISION[precision]])
            if precision in WIDTH_OF_PRECISION and when[:1].isdigit()
            else when
        )
    status = line.get("end_status")
    if status not in END_STATUSES:
        reason = f"{status!r} is none of closed, ongoing, unknown"
        sheet.set_aside.append(line.set_aside("end_status", "BadStatus", reason, "use one of these words"))
        return None
    end = None if status == "ongoing" and dates["end"] == UNKNOWN else dates["end"]
    if end is not None and not may_precede(dates["start"], end):
        reason = f"the term ends ({end}) before or on the day it starts ({dates['start']})"
        sheet.set_aside.append(
            line.set_aside(
                "end",
                "EndsBeforeStart",
                reason,
                "correct the dates; if the end is the last day held: --ends inclusive",
            )
        )
        return None
    return dates["start"], end


class _Term(NamedTuple):
    """The half-open time [start, end) in a post; `first` is its first certain day, `end` is None while it lasts."""

    first: Day
    code: str
    line: CsvLine
    post: str
    start: PDate
    end: PDate | None

    def until(self) -> Day:
        """The day from which it is no longer certain."""
        return LAST_DAY if self.end is None else earliest(self.end) if self.end else FIRST_DAY


def _proposals(terms: list[_Term], scheme: str, homes: dict[str, tuple[Day, Day]]) -> list[Proposal]:
    """The appointments of one person and their ends, ordered so that a post is left before the next is taken.

    A term that breaks a rule is recorded with a finding, because the source says so.
    """
    timed: list[tuple[tuple[Day, int, str, int], Proposal]] = []
    for term in sorted(terms):
        line, code, until = term.line, term.code, term.until()
        tenure = derive_id(scheme, "term", code)
        findings: tuple[Finding, ...] = ()
        if any(o.post == term.post and o.first <= term.first < o.until() for o in terms if o is not term):
            findings += (_finding("SamePostTwice", scheme),)
        if _outside(term, homes[term.post]):
            findings += (_finding("OutsideUnitLife", scheme),)
        appointed = Appointed(
            effective_from=term.start,
            tenure=tenure,
            post=term.post,
            holding=Holding.UNSTATED,
            route=AppointmentRoute.UNSTATED,
            codes=(Code(scheme, code),),
            findings=findings,
        )
        order = (term.first, 1, code, 0)
        timed.append((order, Proposal(appointed, line.file, line.number, "start", code)))
        if term.end is not None:
            ended = TenureEnded(effective_from=term.end, tenure=tenure)
            order = (until, 0, "", 0) if until > term.first else (term.first, 1, code, 1)
            timed.append((order, Proposal(ended, line.file, line.number, "end", code)))
    return [proposal for _, proposal in sorted(timed, key=itemgetter(0))]


def _outside(term: _Term, home: tuple[Day, Day]) -> bool:
    """Whether the term includes days on which its unit does not exist."""
    if term.first < home[0]:
        return True
    return home[1] < LAST_DAY if term.end is None else earliest(term.end) > home[1]


def _finding(rule: str, scheme: str) -> Finding:
    return Finding(rule=rule, overridden_by=f"import:{scheme}", reason="recorded as the source has it")
