"""What cannot all be true, day by day and pair by pair, from the facts that count: simple, slow, without SQL.

`Said` is (kind, the things concerned, day); the day is empty for kinds that are not about days.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations, zip_longest
from typing import Any

from services.appointment import events as appointment
from services.evaluation import events as evaluation
from services.organization import events as organization
from services.personnel import events as personnel
from services.planning import events as planning
from services.regulation import events as regulation
from services.rotation import events as rotation
from shared.core.facts import AnyEvent, Code
from shared.core.partial_dates import FIRST_DAY, LAST_DAY, PDate, earliest, latest
from shared.core.timeline import timeline

Thing = tuple[str, str]
Said = tuple[str, frozenset[Thing], str]
BY_DAY = frozenset(
    {
        *("TWO_PRIMARY", "SAME_POST_TWICE", "SEATS_EXCEEDED", "HOLDER_IN_DISSOLVED_UNIT"),
        *("HOLDER_IN_ABOLISHED_POST", "HOLDER_AFTER_SERVICE", "UNIT_CIRCLE", "PARENT_NOT_THERE"),
    }
)
"""Kinds that are judged for every day; of the others only whom they concern is compared."""


def surely(start: PDate, end: PDate | None) -> tuple[str, str]:
    """The days on which what lasts from one date to another certainly is; None: it has not ended."""
    return latest(start), LAST_DAY if end is None else earliest(end)


def possibly(start: PDate, end: PDate | None) -> tuple[str, str]:
    return earliest(start), LAST_DAY if end is None else latest(end)


def within(day: str, days: tuple[str, str]) -> bool:
    return days[0] <= day < days[1]


@dataclass
class Tenure:
    file: str
    id: str
    post: str
    holding: str
    route: str
    start: PDate
    event: AnyEvent
    end: PDate | None = None
    changes: list[tuple[PDate, str]] = field(default_factory=list)
    """Each change of its status, with the date."""

    def active(self, day: str) -> bool:
        steps = [(self.start, "ACTIVE"), *self.changes]
        ends = [*(step[0] for step in steps[1:]), self.end]
        return any(
            status == "ACTIVE" and within(day, surely(start, end))
            for (start, status), end in zip(steps, ends, strict=True)
        )


@dataclass
class Thread:
    """A unit or a post: the value that matters (parent, or seats) from each date on."""

    id: str
    start: PDate
    steps: list[tuple[PDate, Any]]
    unit: str = ""
    baseline: bool = False
    end: PDate | None = None
    codes: tuple[Any, ...] = ()
    codes_end: PDate | None = None

    def spans(self) -> list[tuple[PDate, PDate | None, Any]]:
        """Each value with its dates. One that another of the same date replaces was never there."""
        lasting = [
            step
            for step, after in zip_longest(self.steps, self.steps[1:])
            if after is None or (earliest(step[0]), latest(step[0])) != (earliest(after[0]), latest(after[0]))
        ]
        ends: list[PDate | None] = [*(step[0] for step in lasting[1:]), self.end]
        return [(date, end, value) for (date, value), end in zip(lasting, ends, strict=True)]


@dataclass
class CodeSpan:
    """What a scheme calls the cadre of a file, over a time."""

    file: str
    code: Code
    start: PDate
    end: PDate | None = None


@dataclass
class World:
    """Everything that counts, of one set of streams."""

    units: dict[str, Thread] = field(default_factory=dict)
    posts: dict[str, Thread] = field(default_factory=dict)
    clauses: list[tuple[str, str, PDate]] = field(default_factory=list)
    people: dict[str, str] = field(default_factory=dict)
    """The national id in each file."""
    codes: list[CodeSpan] = field(default_factory=list)
    away: list[tuple[str, PDate, PDate | None]] = field(default_factory=list)
    mergers: list[tuple[str, str, tuple[str, ...], PDate, AnyEvent]] = field(default_factory=list)
    tenures: list[Tenure] = field(default_factory=list)
    entries: list[tuple[str, str, AnyEvent, PDate]] = field(default_factory=list)
    moves: list[dict[str, Any]] = field(default_factory=list)
    dates: set[PDate] = field(default_factory=set)
    idle: list[tuple[str, str, Thing]] = field(default_factory=list)
    """Topic and stream of each fact that changes nothing, and the thing that it is about."""

    def person(self, file: str) -> str:
        kept: dict[str, str] = {}
        for into, merged, *_ in sorted(self.mergers, key=lambda each: (each[4].recorded_at, each[0])):
            kept.setdefault(merged, into)
        seen = [file]
        while seen[-1] in kept:
            if kept[seen[-1]] in seen:
                return min(seen[seen.index(kept[seen[-1]]) :])
            seen.append(kept[seen[-1]])
        return seen[-1]

    def repeated(self, tenure: Tenure) -> bool:
        return any(tenure.file == merged and tenure.id in twice for _, merged, twice, *_ in self.mergers)


def fold(streams: Mapping[tuple[str, str], Iterable[AnyEvent]]) -> World:
    world = World()
    folds: dict[str, Callable[[World, str, list[AnyEvent]], None]] = {
        "organization": _units,
        "personnel": _file,
        "appointment": _tenures,
        "planning": _entries,
        "rotation": _moves,
    }
    for (topic, stream), events in sorted(streams.items()):
        counted = timeline(events)
        world.dates |= {event.fact.effective_from for event in counted}
        world.idle += [(topic, stream, thing) for thing in _idle(topic, stream, counted)]
        if topic in folds:
            folds[topic](world, stream, counted)
    return world


OPENING: dict[type[Any], str] = {
    organization.UnitEstablished: "unit", organization.PostCreated: "post", personnel.Registered: "cadre",
    personnel.RecordsMerged: "merger", appointment.Appointed: "tenure", appointment.Elected: "tenure",
    appointment.Designated: "tenure", appointment.Reappointed: "tenure", planning.AddedToPlanning: "entry",
    rotation.Rotated: "rotation", rotation.Transferred: "rotation", personnel.ServiceEnded: "service",
    personnel.KinshipDeclared: "kinship", personnel.Disciplined: "case", appointment.Nominated: "nomination",
    appointment.ContestOpened: "contest", planning.RoundOpened: "list", planning.ReviewClosed: "review",
    evaluation.Evaluated: "evaluation", evaluation.DeepReviewOrdered: "review", evaluation.Remedied: "remedy",
    regulation.DecisionRegistered: "decision",
}  # fmt: skip
CHANGING: dict[type[Any], str] = {
    organization.UnitRenamed: "unit", organization.UnitReparented: "unit", organization.UnitReclassified: "unit",
    organization.PostRevised: "post", personnel.ProfileAmended: "cadre", regulation.DecisionRevoked: "decision",
}  # fmt: skip
ENDING: dict[type[Any], str] = {
    organization.UnitDissolved: "unit", organization.PostAbolished: "post", appointment.TenureEnded: "tenure",
    planning.RemovedFromPlanning: "entry", rotation.RotationEnded: "rotation", personnel.ServiceResumed: "service",
    appointment.ContestConcluded: "contest", evaluation.DeepReviewClosed: "review",
}  # fmt: skip
NAMES = {
    "merger": "merged", "tenure": "tenure", "entry": "entry", "rotation": "rotation", "kinship": "kinship",
    "case": "case", "nomination": "nomination", "evaluation": "evaluation", "review": "review", "remedy": "review",
}  # fmt: skip
"""The field that names a thing; units, posts and cadres are named by their stream."""


def _idle(topic: str, stream: str, events: list[AnyEvent]) -> Iterator[Thing]:
    """What facts are about that begin what is there, or change or end what is not. A second beginning of a tenure is
    another kind of contradiction."""
    there: dict[Thing, str] = {}
    for event in events:
        fact, kind = event.fact, type(event.fact)
        what = OPENING.get(kind) or CHANGING.get(kind) or ENDING.get(kind) or ""
        id_ = getattr(fact, NAMES.get(what, ""), stream)
        if kind in (rotation.Transferred, planning.ReviewClosed):
            id_ = fact.move if kind is rotation.Transferred else str(fact.year)
        thing, now = (what, id_), there.get((what, id_), "")
        if kind in (appointment.Suspended, appointment.Reinstated):
            thing = ("tenure", fact.tenure)
            wanted = "there" if kind is appointment.Suspended else "suspended"
            if there.get(thing) != wanted:
                yield thing
            else:
                there[thing] = "suspended" if wanted == "there" else "there"
        elif kind is evaluation.Remedied and ("review", id_) not in there:
            yield ("review", id_)
        elif kind is appointment.Reappointed and ("tenure", fact.previous) not in there:
            yield ("tenure", fact.previous)
        elif kind in OPENING:
            if not now or (what == "service" and now == "over"):
                lasts = kind is rotation.Transferred and fact.kind not in (
                    rotation.MoveKind.SECONDMENT, rotation.MoveKind.REINFORCEMENT
                )  # fmt: skip
                there[thing] = "for good" if lasts else "there"
            elif what != "tenure":
                yield thing
            else:
                yield ("second tenure", id_)
        elif kind in CHANGING | ENDING:
            if now not in ("there", "suspended"):
                yield thing
            elif kind in ENDING:
                there[thing] = "over"


def _units(world: World, stream: str, events: list[AnyEvent]) -> None:
    unit: Thread | None = None
    post: Thread | None = None
    for event in events:
        fact, date = event.fact, event.fact.effective_from
        match fact:
            case organization.UnitEstablished() if unit is None:
                unit = world.units[stream] = Thread(
                    stream, date, [(date, fact.parent)], baseline=fact.baseline, codes=fact.codes
                )
            case organization.UnitReparented() if unit and unit.end is None:
                unit.steps.append((date, fact.parent))
            case organization.UnitRenamed(change="RENAME") | organization.UnitReclassified() if (
                unit and unit.end is None
            ):
                unit.steps.append((date, unit.steps[-1][1]))
            case organization.PostCreated() if post is None:
                post = world.posts[stream] = Thread(
                    stream, date, [(date, fact.seats)], fact.unit, codes=fact.codes
                )
            case organization.PostRevised() if post and post.end is None:
                same = earliest(post.steps[-1][0]) == earliest(date)
                post.steps.append((post.steps.pop()[0] if same else date, fact.seats))
            case organization.UnitDissolved() | organization.PostAbolished():
                for thread in (unit, post):
                    if (
                        thread
                        and thread.end is None
                        and isinstance(fact, organization.UnitDissolved) == (thread is unit)
                    ):
                        thread.end = date
                    if thread and (thread.codes_end is None or latest(thread.codes_end) == LAST_DAY):
                        thread.codes_end = date
            case organization.ReorganisationExecuted():
                world.clauses += [(edge.source, edge.target, date) for edge in fact.edges]


def _file(world: World, stream: str, events: list[AnyEvent]) -> None:
    out: PDate | None = None
    merged: set[str] = set()
    for event in events:
        fact, date = event.fact, event.fact.effective_from
        if isinstance(fact, personnel.Registered | personnel.ProfileAmended) and fact.codes:
            _give_codes(world, stream, fact.codes, date)
        match fact:
            case personnel.Registered() if stream not in world.people:
                world.people[stream] = fact.identity
            case personnel.ProfileAmended() if stream in world.people:
                world.people[stream] = fact.identity or world.people[stream]
            case personnel.RecordsMerged() if fact.merged not in merged:
                merged.add(fact.merged)
                world.mergers.append((stream, fact.merged, fact.duplicates, date, event))
            case personnel.ServiceEnded() if out is None:
                out = date
            case personnel.ServiceResumed() if out is not None:
                world.away.append((stream, out, date))
                out = None
    if out is not None:
        world.away.append((stream, out, None))


def _give_codes(world: World, file: str, codes: tuple[Code, ...], date: PDate) -> None:
    """From a date on a file has these codes, and no others."""
    lasting = [
        each for each in world.codes if each.file == file and possibly(each.start, each.end)[1] == LAST_DAY
    ]
    for each in lasting:
        if each.code not in codes:
            each.end = date
    had = {each.code for each in lasting}
    world.codes += [CodeSpan(file, code, date) for code in codes if code not in had]


def _tenures(world: World, stream: str, events: list[AnyEvent]) -> None:
    had: dict[str, Tenure] = {}
    for event in events:
        fact, date = event.fact, event.fact.effective_from
        match fact:
            case appointment.Appointed() | appointment.Elected() | appointment.Designated() if (
                fact.tenure not in had
            ):
                route = str(getattr(fact, "route", ""))
                had[fact.tenure] = Tenure(
                    stream, fact.tenure, fact.post, str(fact.holding), route, date, event
                )
            case appointment.Reappointed() if fact.tenure not in had and fact.previous in had:
                before = had[fact.previous]
                had[fact.tenure] = Tenure(
                    stream, fact.tenure, before.post, before.holding, "REAPPOINTED", date, event
                )
            case appointment.TenureEnded() if fact.tenure in had and had[fact.tenure].end is None:
                had[fact.tenure].end = date
            case appointment.Suspended() | appointment.Reinstated() if fact.tenure in had:
                tenure, status = (
                    had[fact.tenure],
                    "SUSPENDED" if isinstance(fact, appointment.Suspended) else "ACTIVE",
                )
                now = tenure.changes[-1][1] if tenure.changes else "ACTIVE"
                if status != now and tenure.end is None:
                    tenure.changes.append((date, status))
    world.tenures += had.values()


def _entries(world: World, stream: str, events: list[AnyEvent]) -> None:
    had: set[str] = set()
    for event in events:
        if isinstance(event.fact, planning.AddedToPlanning) and event.fact.entry not in had:
            had.add(event.fact.entry)
            world.entries.append((event.fact.entry, event.fact.cadre, event, event.fact.effective_from))


def _moves(world: World, stream: str, events: list[AnyEvent]) -> None:
    had: dict[str, dict[str, Any]] = {}
    for event in events:
        fact, date = event.fact, event.fact.effective_from
        match fact:
            case rotation.Rotated() | rotation.Transferred():
                id_ = fact.rotation if isinstance(fact, rotation.Rotated) else fact.move
                posting = isinstance(fact, rotation.Rotated) or fact.kind in (
                    rotation.MoveKind.SECONDMENT,
                    rotation.MoveKind.REINFORCEMENT,
                )
                had.setdefault(
                    id_,
                    {
                        "file": stream,
                        "id": id_,
                        "post": fact.to_post,
                        "date": date,
                        "event": event,
                        "posting": posting,
                        "next": None,
                    },
                )
            case rotation.RotationEnded() if (
                fact.rotation in had and had[fact.rotation]["posting"] and had[fact.rotation]["next"] is None
            ):
                had[fact.rotation]["next"] = (fact.next_post, date, fact.outcome.value)
    world.moves += had.values()


def judge(world: World) -> set[Said]:
    """Everything that cannot all be true."""
    days = sorted({bound for date in world.dates for bound in (earliest(date), latest(date))} | {FIRST_DAY})
    said: set[Said] = set()
    for day in days[:-1] if days[-1] == LAST_DAY else days:
        said |= {(kind, things, day) for kind, things in _on_day(world, day)}
    return said | {(kind, things, "") for kind, things in _ever(world)}


Finding = tuple[str, frozenset[Thing]]


def _things(*things: Thing) -> frozenset[Thing]:
    return frozenset(things)


def _on_day(world: World, day: str) -> Iterator[Finding]:
    held = [
        each
        for each in world.tenures
        if within(day, surely(each.start, each.end)) and not world.repeated(each)
    ]
    yield from _overlaps(world, held)
    yield from _seats(world, day)
    for one in held:
        who, which, what = ("cadre", world.person(one.file)), ("post", one.post), ("tenure", one.id)
        if post := world.posts.get(one.post):
            where = ("unit", post.unit)
            unit = world.units.get(post.unit)
            if unit and unit.end is not None and day >= latest(unit.end):
                yield "HOLDER_IN_DISSOLVED_UNIT", _things(who, which, where, what)
            if day < earliest(post.start) or (post.end is not None and day >= latest(post.end)):
                yield "HOLDER_IN_ABOLISHED_POST", _things(who, which, where, what)
        if any(
            world.person(file) == who[1] and within(day, surely(out, back)) for file, out, back in world.away
        ):
            yield "HOLDER_AFTER_SERVICE", _things(who, which, what)
    parents = {}
    for unit in world.units.values():
        if parent := _parent(unit, day):
            parents[unit.id] = parent
            above = world.units.get(parent)
            if above is None:
                continue
            early = day < earliest(above.start) and not above.baseline
            if early or (above.end is not None and day >= latest(above.end)):
                yield "PARENT_NOT_THERE", _things(("unit", unit.id), ("unit", parent))
    for start in parents:
        path = [start]
        while (parent := parents.get(path[-1], "")) and parent not in path:
            path.append(parent)
        if parent == start:
            yield "UNIT_CIRCLE", _things(*(("unit", unit) for unit in path))


def _overlaps(world: World, held: list[Tenure]) -> Iterator[Finding]:
    for one, other in combinations(held, 2):
        if world.person(one.file) != world.person(other.file):
            continue
        things = _things(
            ("cadre", world.person(one.file)),
            ("post", one.post),
            ("post", other.post),
            ("tenure", one.id),
            ("tenure", other.id),
        )
        if one.post == other.post:
            yield "SAME_POST_TWICE", things
        elif one.holding == other.holding == "PRIMARY":
            yield "TWO_PRIMARY", things


def _seats(world: World, day: str) -> Iterator[Finding]:
    for post in world.posts.values():
        seats = [value for date, end, value in post.spans() if within(day, possibly(date, end))]
        if not seats or not all(seats) or not within(day, surely(post.start, post.end)):
            continue
        sitting = {
            world.person(each.file)
            for each in world.tenures
            if each.post == post.id
            and each.holding in ("PRIMARY", "CONCURRENT")
            and each.active(day)
            and not world.repeated(each)
        }
        if len(sitting) > max(seats):
            yield "SEATS_EXCEEDED", _things(("post", post.id), *(("cadre", person) for person in sitting))


def _parent(unit: Thread, day: str) -> str:
    """Its parent, if it certainly has one that day; versions under one parent after another are one."""
    joined: list[tuple[PDate, PDate | None, str]] = []
    for date, end, parent in unit.spans():
        joined.append((joined.pop()[0] if joined and joined[-1][2] == parent else date, end, parent))
    return next((parent for date, end, parent in joined if parent and within(day, surely(date, end))), "")


def _ever(world: World) -> Iterator[Finding]:
    yield from _of_missing(world)
    yield from _shared(world)
    yield from _lineage(world)
    yield from _movements(world)
    yield from _used(world)
    yield from _without_effect(world)


def _of_missing(world: World) -> Iterator[Finding]:
    for one in world.tenures:
        things = (("cadre", world.person(one.file)), ("post", one.post), ("tenure", one.id))
        post = world.posts.get(one.post)
        if post is None:
            yield "HOLDER_OF_VOIDED", _things(*things)
        elif post.unit and post.unit not in world.units:
            yield "HOLDER_OF_VOIDED", _things(("unit", post.unit), *things)
        if one.file not in world.people:
            yield "HOLDER_OF_VOIDED", _things(("cadre", one.file), *things)
    for unit in world.units.values():
        for _, _, parent in unit.spans():
            if parent and parent not in world.units:
                yield "PARENT_NOT_THERE", _things(("unit", unit.id), ("unit", parent))
    for post in world.posts.values():
        owner = world.units.get(post.unit)
        if not post.unit or (
            owner
            and not (owner.end is not None and earliest(post.start) >= latest(owner.end))
            and not (latest(post.start) < earliest(owner.start) and not owner.baseline)
        ):
            continue
        yield "POST_WITHOUT_UNIT", _things(("post", post.id), ("unit", post.unit))
    for entry, cadre, _, _ in world.entries:
        if cadre not in world.people:
            yield "ENTRY_WITHOUT_PERSON", _things(("cadre", cadre), ("entry", entry))


def _meet(start: PDate, end: PDate | None, other_start: PDate, other_end: PDate | None) -> bool:
    """Whether both certainly are on some day; what never ends meets what never ends, whenever each began."""
    mine, theirs = surely(start, end), surely(other_start, other_end)
    return max(mine[0], theirs[0]) < min(mine[1], theirs[1]) or (end is None and other_end is None)


def _shared(world: World) -> Iterator[Finding]:
    identities: dict[str, set[str]] = defaultdict(set)
    for file, identity in world.people.items():
        if identity:
            identities[identity].add(world.person(file))
    for people in identities.values():
        if len(people) > 1:
            yield "NATIONAL_ID_TWICE", _things(*(("cadre", person) for person in people))
    for own, others in combinations(world.codes, 2):
        persons = {world.person(own.file), world.person(others.file)}
        if (
            own.code == others.code
            and len(persons) > 1
            and _meet(own.start, own.end, others.start, others.end)
        ):
            name = f"{own.code.scheme}:{own.code.value}"
            yield "CODE_TWICE", _things(("code", name), *(("cadre", person) for person in persons))
    for what, threads in (("unit", world.units), ("post", world.posts)):
        for one, other in combinations(threads.values(), 2):
            if _meet(one.start, one.codes_end, other.start, other.codes_end):
                for shared in {*one.codes} & {*other.codes}:
                    yield (
                        "CODE_TWICE",
                        _things(
                            ("code", f"{shared.scheme}:{shared.value}"), (what, one.id), (what, other.id)
                        ),
                    )
    ids: dict[str, set[str]] = defaultdict(set)
    for tenure in world.tenures:
        ids[tenure.id].add(world.person(tenure.file))
    for id_, people in ids.items():
        if len(people) > 1:
            yield "TENURE_ID_TWICE", _things(("tenure", id_), *(("cadre", person) for person in people))


def _without_effect(world: World) -> Iterator[Finding]:
    for topic, stream, (what, id_) in world.idle:
        who = ("cadre", world.person(stream))
        if what == "second tenure":
            yield "TENURE_ID_TWICE", _things(("tenure", id_), who)
        elif topic in ("organization", "regulation") or what in ("contest", "list"):
            yield "FACT_WITHOUT_EFFECT", _things((what, id_))
        elif what in ("merger", "service"):
            yield "FACT_WITHOUT_EFFECT", _things(("cadre", id_), who)
        else:
            owner = ("list", stream) if topic == "planning" else who
            yield "FACT_WITHOUT_EFFECT", _things((what, id_), owner)
    for into, merged, *_ in world.mergers:
        for file in (into, merged):
            if file not in world.people:
                yield "FACT_WITHOUT_EFFECT", _things(("cadre", into), ("cadre", merged))


def _lineage(world: World) -> Iterator[Finding]:
    for source, target, date in world.clauses:
        for name in (source, target):
            unit = world.units.get(name)
            if unit is None or (
                (unit.end is not None and latest(unit.end) < earliest(date))
                or (earliest(unit.start) > latest(date) and not unit.baseline)
            ):
                yield "LINEAGE_AGAINST_TIME", _things(("unit", source), ("unit", target))


def _movements(world: World) -> Iterator[Finding]:
    def may_hold(file: str, post: str, first: str, last: str) -> bool:
        return any(
            world.person(each.file) == world.person(file)
            and each.post == post
            and possibly(each.start, each.end)[0] <= last
            and possibly(each.start, each.end)[1] > first
            for each in world.tenures
        )

    for move in world.moves:
        who, which = ("cadre", world.person(move["file"])), ("rotation", move["id"])
        first, last = earliest(move["date"]), latest(move["date"])
        if move["post"] and not may_hold(move["file"], move["post"], first, last):
            yield "ROTATION_WITHOUT_TENURE", _things(who, ("post", move["post"]), which)
        post, date, outcome = move["next"] or ("", PDate(""), "")
        if (
            post
            and outcome not in ("SERVICE_ENDED", "UNIT_ABOLISHED")
            and not may_hold(move["file"], post, earliest(date), latest(date))
        ):
            yield "ROTATION_WITHOUT_TENURE", _things(who, ("post", post), which)
    for one in world.tenures:
        if one.route in ("ROTATED", "TRANSFERRED") and not any(
            world.person(move["file"]) == world.person(one.file)
            and move["post"] == one.post
            and earliest(move["date"]) <= latest(one.start)
            and latest(move["date"]) >= earliest(one.start)
            for move in world.moves
        ):
            yield (
                "TENURE_WITHOUT_ROTATION",
                _things(("cadre", world.person(one.file)), ("post", one.post), ("tenure", one.id)),
            )


def _used(world: World) -> Iterator[Finding]:
    by_file: dict[str, list[Any]] = defaultdict(list)
    for merger in sorted(world.mergers, key=lambda each: (each[4].recorded_at, each[0])):
        by_file[merger[1]].append(merger)
    begun = [
        *(("tenure", each.id, each.file, each.start, each.event) for each in world.tenures),
        *(("entry", entry, cadre, date, event) for entry, cadre, event, date in world.entries),
        *(("rotation", move["id"], move["file"], move["date"], move["event"]) for move in world.moves),
    ]
    for file, mergers in by_file.items():
        kept = {merger[0] for merger in mergers}
        if len(kept) > 1:
            yield "MERGED_RECORD_IN_USE", _things(("cadre", file), *(("cadre", each) for each in kept))
        circle = [file]
        while (step := by_file.get(circle[-1])) and step[0][0] not in circle:
            circle.append(step[0][0])
        if step and step[0][0] == file:
            yield "MERGED_RECORD_IN_USE", _things(*(("cadre", each) for each in circle))
        into, _, _, merged_on, merged = mergers[0]
        for what, id_, holder, date, event in begun:
            if (
                holder == file
                and earliest(date) >= latest(merged_on)
                and event.recorded_at > merged.recorded_at
            ):
                yield "MERGED_RECORD_IN_USE", _things(("cadre", file), ("cadre", into), (what, id_))
