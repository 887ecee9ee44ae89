"""Term data in the common layout (persons, units, posts, terms, unit links): read, checked, judged, recorded.

Ids of the files are kept as codes of a scheme; ours are derived from them, so importing twice changes nothing.
"""

from collections import defaultdict
from collections.abc import Callable
from functools import cache
from pathlib import Path

from services.appointment.events import Appointed, By, Holding, TenureEnded
from services.intake.batch import Proposal, Streams, id_for, record
from services.intake.csvfile import Line, Sheet, read
from services.intake.report import Report
from services.intake.structure import links_of, posts_of, units_of
from services.personnel.events import Registered
from shared.application import Origin
from shared.dates import FIRST_DAY, LAST_DAY, UNKNOWN, Day, PDate, earliest, latest, may_precede, partial_date
from shared.facts import Code, Finding
from shared.runtime import Ledger

Progress = Callable[[str, int, int], None]
FILES = {
    "persons.csv": (("person_id", "name"), "person_id"),
    "units.csv": (("unit_id", "parent_id", "name", "level"), "unit_id"),
    "posts.csv": (("post_id", "title"), "post_id"),
    "terms.csv": (
        ("term_id", "person_id", "post_id", "start", "end", "start_precision", "end_precision", "end_status"),
        "term_id",
    ),
    "unit_links.csv": (("link_id", "predecessor_id", "successor_id", "type", "effective_from"), ""),
}
OPTIONAL = {"units.csv", "unit_links.csv"}
WIDTH = {"year": 4, "month": 7, "day": 10}
STATUSES = {"closed", "ongoing", "unknown"}


def import_terms(
    ledger: Ledger, folder: Path, scheme: str, *, write: bool, origin: Origin, progress: Progress
) -> Report:
    """All of a folder. `write=False` is the dry run: the same judgement, nothing stored. Raises BadFile for a folder
    that cannot be read as a whole; then nothing of it is taken."""
    sheets = {name: _sheet(folder, name) for name in FILES}
    persons = persons_of(sheets["persons.csv"], scheme)
    units, lives = units_of(sheets["units.csv"], scheme)
    posts, homes = posts_of(sheets["posts.csv"], scheme, lives)
    links = links_of(sheets["unit_links.csv"], scheme, lives)
    terms = terms_of(sheets["terms.csv"], scheme, persons, homes)
    report = Report(batch=origin.correlation, scheme=scheme, dry_run=not write)
    report.ignored_files = sorted(
        path.name for path in folder.iterdir() if path.is_file() and path.name not in FILES
    )
    report.set_aside = [problem for sheet in sheets.values() for problem in sheet.set_aside]
    for what, topic, streams in (
        ("units", "organization", units),
        ("posts", "organization", posts),
        ("unit_links", "organization", links),
        ("persons", "personnel", persons),
        ("terms", "appointment", terms),
    ):
        report.new[what] = report.unchanged[what] = 0
        for outcome in record(ledger.apps[topic], streams.items(), origin, write):
            report.add(what, outcome)
            progress(what, outcome.done, len(streams))
    for name, sheet in sheets.items():
        lost = {problem.line for problem in report.set_aside if problem.file == name}
        report.taken[name.removesuffix(".csv")] = sheet.size - len(lost)
    if write:
        ledger.settle(progress)
    return report


def _sheet(folder: Path, name: str) -> Sheet:
    required, key = FILES[name]
    if name in OPTIONAL and not (folder / name).exists():
        return Sheet()
    return read(folder / name, required, key)


def persons_of(sheet: Sheet, scheme: str) -> Streams:
    streams: Streams = {}
    for line in sheet.lines:
        code = line.get("person_id")
        if not line.get("name"):
            sheet.set_aside.append(
                line.aside("name", "Missing", "the name is empty", "write the person's name")
            )
            continue
        fact = Registered(name=line.get("name"), codes=(Code(scheme, code),))
        streams[id_for(scheme, "person", code)] = [Proposal(fact, line.file, line.number, "name", code)]
    return streams


def terms_of(sheet: Sheet, scheme: str, persons: Streams, homes: dict[str, tuple[Day, Day]]) -> Streams:
    """Tenures by person. `homes` gives for every post id the life of its unit."""
    id_of = cache(id_for)  # the same persons and posts come again and again
    streams: dict[str, list[tuple[Day, int, Proposal]]] = defaultdict(list)
    held: dict[tuple[str, str], list[tuple[Day, Day]]] = defaultdict(list)
    for line in sheet.lines:
        person = id_of(scheme, "person", line.get("person_id"))
        post = id_of(scheme, "post", line.get("post_id"))
        read_dates = _dates(line, sheet)
        if read_dates is None:
            continue
        start, end = read_dates
        for column, id_, known in (("person_id", person, persons), ("post_id", post, homes)):
            if id_ not in known:
                reason = f"no line that was taken has this {column}"
                sheet.set_aside.append(
                    line.aside(column, "UnknownReference", reason, "add it or correct the id")
                )
                break
        else:
            _propose(streams[person], line, scheme, post, start, end, held[person, post], homes[post])
    return {
        person: [proposal for *_, proposal in sorted(timed, key=lambda each: each[:2])]
        for person, timed in streams.items()
    }


def _dates(line: Line, sheet: Sheet) -> tuple[PDate, PDate | None] | None:
    """Start, and end (None while it lasts), or None with the line set aside."""
    found: dict[str, PDate] = {}
    for column in ("start", "end"):
        precision = line.get(f"{column}_precision")
        if precision not in ("", "fuzzy", *WIDTH):
            reason = f"{precision!r} is none of day, month, year, fuzzy"
            sheet.set_aside.append(
                line.aside(f"{column}_precision", "BadPrecision", reason, "use one of these words")
            )
            return None
        try:
            when = partial_date(line.get(column))
        except ValueError as error:
            remedy = "write 1995, 1995-06 or 1995-06-30"
            sheet.set_aside.append(line.aside(column, "BadDate", str(error), remedy))
            return None
        if precision == "fuzzy":
            when = PDate("~" + when)
        found[column] = PDate(when[: WIDTH[precision]]) if precision in WIDTH and when[:1].isdigit() else when
    status = line.get("end_status")
    if status not in STATUSES:
        reason = f"{status!r} is none of closed, ongoing, unknown"
        sheet.set_aside.append(line.aside("end_status", "BadStatus", reason, "use one of these words"))
        return None
    end = None if status == "ongoing" and found["end"] == UNKNOWN else found["end"]
    if end is not None and not may_precede(found["start"], end):
        reason = f"the term ends ({end}) before or on the day it starts ({found['start']})"
        sheet.set_aside.append(
            line.aside("end", "EndsBeforeStart", reason, "correct the dates; they are not guessed")
        )
        return None
    return found["start"], end


def _propose(
    stream: list[tuple[Day, int, Proposal]],
    line: Line,
    scheme: str,
    post: str,
    start: PDate,
    end: PDate | None,
    held: list[tuple[Day, Day]],
    home: tuple[Day, Day],
) -> None:
    """The appointment and its end, in an order in which an end frees the post for the next start of the same day.
    What a source says against a rule is recorded with a finding, not dropped."""
    code = line.get("term_id")
    tenure = id_for(scheme, "term", code)
    findings: tuple[Finding, ...] = ()
    certain = latest(start), LAST_DAY if end is None else (earliest(end) if end else FIRST_DAY)
    if any(max(certain[0], since) < min(certain[1], until) for since, until in held):
        findings += (_finding("SamePostTwice", scheme),)
    if (
        latest(start) < home[0]
        or (end is None and home[1] < LAST_DAY)
        or (end is not None and earliest(end) > home[1])
    ):
        findings += (_finding("OutsideUnitLife", scheme),)
    held.append(certain)
    appointed = Appointed(
        effective_from=start,
        tenure=tenure,
        post=post,
        holding=Holding.UNSTATED,
        route=By.UNSTATED,
        codes=(Code(scheme, code),),
        findings=findings,
    )
    first = earliest(start)
    stream.append((first, 1, Proposal(appointed, line.file, line.number, "start", code)))
    if end is not None:
        ended = TenureEnded(effective_from=end, tenure=tenure)
        last = max(first, certain[1])
        stream.append((last, 0 if first < last else 2, Proposal(ended, line.file, line.number, "end", code)))


def _finding(rule: str, scheme: str) -> Finding:
    return Finding(rule=rule, overridden_by=f"import:{scheme}", reason="recorded as the source has it")
