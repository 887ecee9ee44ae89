"""What others than an import have recorded, by which its facts are judged and on which they are appended.

An import has all facts of its source, so it is not judged by the rows of what it recorded itself. But a code, the id
of a tenure or a place in the tree may be somebody else's, also of a server or an import that runs at the same time.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from services.appointment.domain.rejections import TenureIdTaken
from services.appointment.events import Appointed
from services.chronicle.projections.units import units as units_projection
from services.chronicle.rows import PERSON_CODES, UNIT_CODES, UNITS, CodeRow, TenureRow
from services.importing.batches import Proposal
from services.organization.domain import cross_stream as organization
from services.organization.domain.dependents import find_circle
from services.organization.domain.rejections import UnderItself
from services.organization.events import PostCreated, UnitEstablished, UnitReparented
from services.personnel.domain import cross_stream as personnel
from services.personnel.events import ProfileAmended, Registered
from shared.commands.command_handler import AnyApplication
from shared.commands.read_model_progress import Deadline
from shared.core.consistency import AppendCondition
from shared.core.decider import Rejected
from shared.core.facts import Corrected, Fact, Recorded
from shared.core.partial_dates import BY_NOW, FOREVER
from shared.core.projection import R, Row, View
from shared.core.timeline import timeline
from shared.database.sql import BatchQuery
from shared.eventlog.group_commit import AppendRequest
from shared.readmodel.row_store import RowStore

Histories = Mapping[str, Sequence[Recorded[Any]]]
WAIT_SECONDS = 60.0
"""How long an import waits for rows that include what others have recorded."""
_PAGE = 1000


class NotTaken(Rejected):
    """What this line names was not taken."""

    title_vi = "Đối tượng mà dòng này nêu không được nhận"


def _with_code(table: str) -> BatchQuery[CodeRow]:
    columns = ", ".join(f"k.{name}" for name in CodeRow.__struct_fields__)
    return BatchQuery(
        CodeRow,
        f"SELECT {columns} FROM {table} k WHERE k.scheme = :scheme AND k.value IN :ids AND k.known_to = :now",  # noqa: S608
    )


_CODES = {"organization": _with_code("unit_codes"), "personnel": _with_code("person_codes")}
_TENURES = BatchQuery(
    TenureRow,
    f"SELECT {', '.join(f't.{name}' for name in TenureRow.__struct_fields__)} FROM tenures t "  # noqa: S608
    "WHERE t.tenure_id IN :ids AND t.known_to = :now",
)


class OutsideFacts:
    """Judges and guards the facts of an import in one log. `not_taken` holds the streams that were refused as a whole,
    shared by the logs of one import."""

    def __init__(self, app: AnyApplication, actor: str, not_taken: set[str] | None = None) -> None:
        self._app, self._actor = app, actor
        self._not_taken = set() if not_taken is None else not_taken
        self._seen = app.log.position()
        """The position up to which the facts of others are in the rows, or their tags in `_tags`."""
        self._tags: set[str] = set()
        """The tags of what others recorded, and the rows may lack."""
        self._codes: dict[tuple[str, str], list[CodeRow]] = {}
        self._tenures: dict[str, list[TenureRow]] = {}
        self._given: dict[tuple[str, str], bool] = {}
        self._proposed: Mapping[str, Sequence[Proposal]] = {}
        if self._seen:
            self.catch_up()

    def catch_up(self) -> None:
        """Wait until the rows include all that is recorded. Raises ReadModelBehind."""
        if self._app.progress:
            self._look()
            self._app.progress.catch_up_with((self._app.log.topic.name,), Deadline(WAIT_SECONDS))
            self._tags.clear()
            self._given.clear()

    def propose(self, streams: Mapping[str, Sequence[Proposal]]) -> None:
        """Say what the import proposes for each stream, all in all."""
        self._proposed = streams

    def read_rows(self, chunk: Iterable[tuple[str, Sequence[Proposal]]]) -> None:
        """Read what others have of the codes and tenures of these proposals."""
        self._look()
        self._codes, self._tenures = {}, {}
        rows, topic = self._app.read_model, self._app.log.topic.name
        if not self._seen or not isinstance(rows, RowStore):
            return
        facts = [proposal.fact for _, proposals in chunk for proposal in proposals]
        with rows.engine.connect() as connection:
            if topic in _CODES:
                values = defaultdict[str, set[str]](set)
                for code in (code for fact in facts for code in getattr(fact, "codes", None) or ()):
                    values[code.scheme].add(code.value)
                for scheme, of_scheme in values.items():
                    for row in _CODES[topic](connection, scheme=scheme, ids=list(of_scheme), now=FOREVER):
                        self._codes.setdefault((row.scheme, row.value), []).append(row)
            if topic == "appointment":
                ids = {fact.tenure for fact in facts if isinstance(fact, Appointed)}
                for tenure in _TENURES(connection, ids=list(ids), now=FOREVER):
                    self._tenures.setdefault(tenure.tenure_id, []).append(tenure)

    def check(self, stream: str, history: Sequence[Recorded[Any]], fact: Fact) -> None:
        """Raise a rule across streams that the fact breaks by what others recorded."""
        try:
            self._check(stream, history, fact)
        except Rejected:
            if not history:
                self._not_taken.add(stream)
            raise

    def _check(self, stream: str, history: Sequence[Recorded[Any]], fact: Fact) -> None:
        if self._not_taken:
            self._require_taken(stream, fact)
        codes = getattr(fact, "codes", None) or ()
        if any(
            row.subject != stream for code in codes for row in self._codes.get((code.scheme, code.value), ())
        ):
            if isinstance(fact, Registered | ProfileAmended):
                personnel.require_free_codes(stream, fact, self)
            else:
                organization.require_free_codes(stream, fact, self)  # type: ignore[arg-type]  # no others have codes
        if isinstance(fact, Appointed):
            for row in self._tenures.get(fact.tenure, ()):
                if row.cadre_id != stream and not self._gave_tenure(row):
                    raise TenureIdTaken(field="tenure", tenure=fact.tenure)
        is_moved = history and isinstance(fact, UnitEstablished | UnitReparented) and fact.parent
        if is_moved and find_circle(stream, self):
            raise UnderItself(field="parent")

    def _require_taken(self, stream: str, fact: Fact) -> None:
        if isinstance(fact, Appointed) and stream in self._not_taken:
            raise NotTaken(field="cadre")
        named = {Appointed: "post", PostCreated: "unit", UnitEstablished: "parent"}.get(type(fact), "")
        if named and getattr(fact, named) in self._not_taken:
            raise NotTaken(field=named)

    def rows(self, view: View[R], /, **where: str) -> list[R]:
        """The rows without what this import recorded; units as they will be. Serves `ReadModel`."""
        if view.name == UNITS.name and self._proposed.get(where["unit_id"]):
            rows: list[Any] = self._fold(where["unit_id"])
            return rows
        rows = self._app.read_model.rows(view, **where)
        if view.name in (UNIT_CODES.name, PERSON_CODES.name) and "scheme" in where:
            return [row for row in rows if not self._gave_code(row)]
        return rows

    def _fold(self, unit: str) -> list[Row]:
        """The rows of a unit by the facts of others and by what is proposed."""
        history = self._app.union.load_stream(unit)
        others = [
            event for event in history if event.actor != self._actor and not isinstance(event.fact, Corrected)
        ]
        proposed = [
            _record(unit, number, proposal.fact)
            for number, proposal in enumerate(self._proposed[unit], start=1)
        ]
        return list(units_projection.fold(timeline([*others, *proposed])).values())

    def _gave_code(self, row: CodeRow) -> bool:
        """Whether this import gave the code."""
        return self._gave(row.subject, f"{row.scheme}\t{row.value}", partial(_gives_code, row))

    def _gave_tenure(self, row: TenureRow) -> bool:
        return self._gave(
            row.cadre_id, row.tenure_id, lambda fact: getattr(fact, "tenure", "") == row.tenure_id
        )

    def _gave(self, stream: str, what: str, gives: Callable[[Fact], bool]) -> bool:
        if (stream, what) not in self._given:
            events = self._app.log.load_stream(stream)
            self._given[stream, what] = any(
                event.actor == self._actor and gives(event.fact) for event in events
            )
        return self._given[stream, what]

    def guard(self, requests: Sequence[AppendRequest[Any]], histories: Histories) -> bool:
        """Give the requests the condition that nobody records what they depend on; False where somebody has done so,
        and they must be decided again after `catch_up`."""
        boundary = self._app.service.boundary
        if boundary is None or self._app.progress is None:
            return True
        tags = {
            tag
            for request in requests
            for fact in request.facts
            for tag in boundary.dependencies_of(request.stream, fact, histories.get(request.stream, ()))
        }
        if self._tags & tags:
            return False
        # one for all: they do not stand in each other's way
        condition = AppendCondition(sorted(tags), self._seen)
        for request in requests:
            request.condition = condition
        return True

    def _look(self) -> None:
        """Note the tags of what others have recorded since the last look."""
        log, boundary = self._app.log, self._app.service.boundary
        while (head := log.position()) > self._seen:
            events = log.read(self._seen, min(_PAGE, head - self._seen))
            for position, event in events:
                self._seen = position
                if boundary and event.actor != self._actor:
                    is_correction = isinstance(event.fact, Corrected)
                    history = log.load_stream(event.stream) if is_correction else ()
                    before = [each for each in history if each.version < event.version]
                    self._tags.update(boundary.tags_of(event.stream, event.fact, before))

    def skip(self, stored: int, position: int) -> None:
        """Note that this import stored so many facts, the last at this position: they need not be looked at."""
        if position == self._seen + stored:
            self._seen = position


def _gives_code(row: CodeRow, fact: Fact) -> bool:
    codes = getattr(fact, "codes", None) or ()
    if isinstance(fact, Corrected):
        return any(
            each == {"scheme": row.scheme, "value": row.value} for each in fact.new_values.get("codes") or ()
        )
    return any((code.scheme, code.value) == (row.scheme, row.value) for code in codes)


def _record(stream: str, number: int, fact: Any) -> Recorded[Any]:
    """The fact as an event after all others."""
    return Recorded(
        event_id=f"proposed/{number}",
        site="",
        epoch="",
        seq=number,
        stream=stream,
        version=number,
        recorded_at=BY_NOW,
        actor="",
        command_id="",
        lamport=1 << 60,
        fact=fact,
    )
