"""Training as numbers: who was registered, sent, and completed what between two days."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.counts import CountingUnit, Counts, Item, count_items
from services.chronicle.queries.common.responses import AsOf, Documents, Proof, link
from services.chronicle.queries.people.files import files_of
from services.chronicle.queries.tenures.holders import PrimaryUnits, list_units_in_scope
from shared.core.partial_dates import LAST_DAY, Day
from shared.database.sql import Query, known_condition


class TrainingLine(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a training: the status it reached, and when. `until` empty: it still has that status."""

    training: str
    """Id of the training."""
    cadre: str
    """Id of the cadre."""
    name: str
    """Name of the person."""
    field: str
    """POL_THEORY, STATE_MGMT, LEADERSHIP …"""
    level: str
    """The level of the training, as stated."""
    status: str
    """REGISTERED, SENT, COMPLETED, FAILED or WITHDRAWN."""
    programme: str
    """The programme of the training."""
    since: str
    """The day on which this status was reached."""
    until: str
    """The day on which the next was reached; empty: it still has this one."""
    started: str
    """First day of the training; empty: not stated."""
    ended: str
    """Last day of the training; empty: not stated."""
    certificate: str
    """Number of the certificate."""
    sent_by: str
    """Id of the unit that sent the cadre."""
    managed_by: str
    """Id of the unit that manages it."""
    entry: str
    """Id of the planning entry it serves."""
    proof: Proof
    """The facts and documents behind it."""


class _TrainingRow(NamedTuple):
    """A step of a training, over [valid_from, valid_to), and the name of the cadre (None: no profile is known)."""

    training_id: str
    cadre_id: str
    name: str | None
    field: str
    level: str
    status: str
    programme: str
    valid_from: str
    valid_to: str
    started: str
    ended: str
    certificate: str
    sent_by: str
    managed_by: str
    entry: str
    opened_by: str
    decision: str


_COLUMNS = f"""
SELECT t.training_id, t.cadre_id, c.name, t.field, t.level, t.status, t.programme, t.valid_from, t.valid_to, t.started,
       t.ended, t.certificate, t.sent_by, t.managed_by, t.entry, t.opened_by, t.decision
FROM trainings t LEFT JOIN cadres c ON c.cadre_id = t.cadre_id AND {known_condition("c")} WHERE {known_condition("t")}"""
BETWEEN = Query(_TrainingRow, f"{_COLUMNS} AND t.valid_from >= :since AND t.valid_from < :until")
_OF_CADRE = Query(_TrainingRow, f"{_COLUMNS} AND t.cadre_id = :id")
BY = ("field", "level", "status", "programme", "managed_by", "sent_by", "year")


def list_trainings_between(
    connection: Connection, when: AsOf, *, unit: str, since: Day, until: Day
) -> list[TrainingLine]:
    """Steps reached in [since, until) by those whom the unit, or one below it, sent, or who served there then."""
    rows = BETWEEN(connection, known=when.known_at, since=since, until=until)
    units = list_units_in_scope(connection, unit, when, since, until)
    if units is not None:
        primary_units = PrimaryUnits(connection, when, (row.cadre_id for row in rows if not row.sent_by))
        rows = [
            row for row in rows if (row.sent_by or primary_units.unit(row.cadre_id, row.valid_from)) in units
        ]
    return _lines(connection, rows, when)


def list_trainings_of(connection: Connection, cadre: str, when: AsOf) -> list[TrainingLine]:
    """Every step of every training of a cadre, by date."""
    files = files_of(connection, cadre, when)
    rows = [row for file in files for row in _OF_CADRE(connection, id=file, known=when.known_at)]
    return _lines(connection, rows, when)


def count_trainings(
    connection: Connection,
    when: AsOf,
    *,
    unit: str,
    since: Day,
    until: Day,
    counted: CountingUnit = "case",
    by: Sequence[str] = ("field", "level", "status"),
) -> Counts:
    """Trainings by status: the registered are not sent, and who completed was sent before, so they do not add up.
    A case is a training of a person, a person counts once per figure. NotCountable, see counts."""
    lines = list_trainings_between(connection, when, unit=unit, since=since, until=until)
    items = [
        Item(
            key=tuple(line.since[:4] if name == "year" else str(getattr(line, name)) for name in by),
            ids={"case": line.training, "person": line.cadre},
            fact=line.proof.opened,
            decision=line.proof.decision.id if line.proof.decision else "",
        )
        for line in lines
    ]
    allowed: Sequence[CountingUnit] = ("case", "person")
    return count_items(
        by,
        items,
        Documents(connection, when),
        when,
        counted=counted,
        allowed=allowed,
        since=since,
        until=until,
    )


def _lines(connection: Connection, rows: list[_TrainingRow], when: AsOf) -> list[TrainingLine]:
    ordered = sorted(rows, key=lambda row: (row.valid_from, row.training_id, row.opened_by))
    documents = Documents(connection, when, (row.decision for row in ordered))
    return [
        TrainingLine(
            training=row.training_id,
            cadre=row.cadre_id,
            name=row.name or "",
            field=row.field,
            level=row.level,
            status=row.status,
            programme=row.programme,
            since=row.valid_from,
            until="" if row.valid_to == LAST_DAY else row.valid_to,
            started=row.started,
            ended=row.ended,
            certificate=row.certificate,
            sent_by=row.sent_by,
            managed_by=row.managed_by,
            entry=row.entry,
            proof=Proof(link("personnel", row.cadre_id, row.opened_by), documents.get(row.decision)),
        )
        for row in ordered
    ]
