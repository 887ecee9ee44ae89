"""The cadre-work report of a unit over a time: numbers, each with the address of the query that shows its facts."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple
from urllib.parse import urlencode

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.counts import Counts, Figure
from services.chronicle.queries.common.dated_lookup import DatedLookup
from services.chronicle.queries.common.responses import AsOf
from services.chronicle.queries.evaluation import reviews
from services.chronicle.queries.people import trainings
from services.chronicle.queries.reports import planning_section
from services.chronicle.queries.rotation.flows import count_moves
from services.chronicle.queries.tenures.appointments import count_appointments
from services.chronicle.queries.tenures.contests import count_candidacies
from services.chronicle.queries.tenures.replacements import count_replacements
from services.chronicle.queries.units.balances import compare_balances
from shared.core.partial_dates import Day, day_before
from shared.core.text import split_list


class ReportLine(msgspec.Struct, frozen=True, kw_only=True):
    """One number: what is counted (`key`), in which unit, on which basis. `value` None: no data.

    `opens`: the question whose answer has this number with its facts and decision documents; `facts` of them.
    """

    section: str
    """Section of the report."""
    question: str
    """What the section asks."""
    key: dict[str, str]
    """What is counted here; empty: the whole."""
    value: int | None
    """How many; null: no data."""
    share: float | None
    """Share of the whole, 0 to 1; null where that makes no sense."""
    unit: str
    """What is counted: person, case, move …"""
    basis: str
    """plan or actual."""
    facts: int
    """How many facts were counted."""
    opens: str
    """The path and query of the answer that has this number with its facts."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Over [since, until). Lines of one section count different things and are not to be added."""

    as_of: str
    """The day that was asked about."""
    known_at: str
    """The moment up to which facts count."""
    place: str
    """Id of the unit reported on."""
    place_name: str
    """Name of the unit reported on."""
    since: str
    """First day reported on."""
    until: str
    """First day after the time reported on."""
    lines: list[ReportLine]
    """The numbers, section by section."""


class ReportContext(NamedTuple):
    """What every part of a report is given: a unit, and the time [since, until)."""

    connection: Connection
    when: AsOf
    unit: str
    since: Day
    until: Day


class _Part(NamedTuple):
    """A count that is made once, by several dimensions, and the views of it that the report shows: of each its
    name, its dimensions, and the other parameters of its address."""

    section: str
    path: str
    figures: Callable[[ReportContext], Counts]
    views: tuple[tuple[str, str, dict[str, str]], ...]


PARTS = (
    _Part(
        "planning",
        "/planning-pool",
        lambda context: planning_section.count_pool(context.connection, context.when, context.unit),
        (("pool", "title_set", {}), ("source", "source", {})),
    ),
    _Part(
        "planning",
        "/planning-changes",
        lambda context: planning_section.count_changes(
            context.connection, context.when, context.unit, context.since, context.until
        ),
        (("changes", "", {"by": ""}),),
    ),
    _Part(
        "rotation",
        "/rotation-flows",
        lambda context: count_moves(
            context.connection, context.when, context.since, context.until, unit=context.unit, basis="plan"
        ),
        (("planned", "direction", {"basis": "plan"}),),
    ),
    _Part(
        "rotation",
        "/rotation-flows",
        lambda context: count_moves(
            context.connection,
            context.when,
            context.since,
            context.until,
            unit=context.unit,
            by=("direction", "kind"),
        ),
        (("done", "direction", {}), ("kinds", "kind", {})),
    ),
    _Part(
        "appointment",
        "/appointments",
        lambda context: count_appointments(
            context.connection,
            context.when,
            context.since,
            context.until,
            unit=context.unit,
            by=("kind", "planned", "sex"),
        ),
        (("cases", "kind", {}), ("planned", "planned", {}), ("women", "sex", {})),
    ),
    _Part(
        "appointment",
        "/replacements",
        lambda context: count_replacements(
            context.connection,
            context.when,
            context.since,
            context.until,
            unit=context.unit,
            by=("ground",),
            counted="case",
        ),
        (("replaced", "ground", {"unit": "case"}),),
    ),
    _Part(
        "appointment",
        "/candidacies",
        lambda context: count_candidacies(
            context.connection, context.when, context.since, context.until, unit=context.unit, by=("outcome",)
        ),
        (("candidacies", "outcome", {}),),
    ),
    _Part(
        "evaluation",
        "/deep-review-counts",
        lambda context: reviews.count_reviews(
            context.connection, context.when, unit=context.unit, since=context.since, until=context.until
        ),
        (("deep_reviews", "", {}),),
    ),
    _Part(
        "training",
        "/training-summary",
        lambda context: trainings.count_trainings(
            context.connection, context.when, unit=context.unit, since=context.since, until=context.until
        ),
        (("trained", "field,level,status", {}),),
    ),
)


def cadre_work(connection: Connection, when: AsOf, unit: str, since: Day, until: Day) -> Report:
    """The report of a unit and all below it, for [since, until); as of its last day."""
    at_end = AsOf(min(day_before(until), when.as_of), when.known_at)
    context = ReportContext(connection, at_end, unit, since, until)
    lookup = DatedLookup(connection, when)
    lookup.read_asked_for(unit)
    return Report(
        as_of=at_end.as_of,
        known_at=when.known_at,
        place=unit,
        place_name=lookup.unit(unit, at_end.as_of).name,
        since=since,
        until=until,
        lines=[line for part in PARTS for line in _list_lines(part, context)]
        + list(_list_organisation_lines(context)),
    )


def _list_lines(part: _Part, context: ReportContext) -> Iterator[ReportLine]:
    """Of each view the total first, then each figure. Every counted thing has one value of each dimension."""
    whole = part.figures(context)
    for question, by, more in part.views:
        opens = _build_address(part.path, context, more | ({"by": by} if by else {}))
        shown = partial(
            ReportLine,
            section=part.section,
            question=question,
            unit=whole.unit,
            basis=whole.basis,
            opens=opens,
        )
        facts = sum(len(figure.facts) for figure in whole.figures)
        yield shown(key={}, value=whole.total, share=None, facts=facts)
        for key, figures in _group_figures(by, whole.figures).items():
            values = [figure.value for figure in figures if figure.value is not None]
            yield shown(
                key=dict(key),
                value=sum(values) if values else None,
                share=sum(values) / whole.total if values and whole.total else None,
                facts=sum(len(figure.facts) for figure in figures),
            )


def _group_figures(by: str, figures: list[Figure]) -> dict[tuple[tuple[str, str], ...], list[Figure]]:
    """The figures with equal values of these dimensions; of all dimensions where none is named."""
    groups: dict[tuple[tuple[str, str], ...], list[Figure]] = defaultdict(list)
    for figure in figures:
        dimensions = split_list(by) or list(figure.key)
        groups[tuple((name, figure.key[name]) for name in dimensions)].append(figure)
    return dict(sorted(groups.items()))


def _list_organisation_lines(context: ReportContext) -> Iterator[ReportLine]:
    """What changed in units by kind and in posts by role, from the day before to the last day."""
    first, last = day_before(context.since), context.when.as_of
    for of in ("unit", "post", "quota"):
        changed = compare_balances(context.connection, context.when, first, last, of=of, unit=context.unit)
        for change in changed.changes:
            if change.change:
                yield ReportLine(
                    section="organisation",
                    question=f"{of}s",
                    key=change.key,
                    value=change.change,
                    share=None,
                    unit=of,
                    basis="actual",
                    facts=len(change.facts),
                    opens="/balances?"
                    + urlencode({"place": context.unit, "of": of, "from": first, "to": last}),
                )


def _build_address(path: str, context: ReportContext, more: dict[str, str]) -> str:
    time = {"from": context.since, "to": day_before(context.until)}
    times = {} if path == "/planning-pool" else time
    return f"{path}?" + urlencode({"place": context.unit, "as_of": context.when.as_of, **times, **more})
