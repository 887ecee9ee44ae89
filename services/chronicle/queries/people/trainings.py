"""Training as numbers: who was registered, sent, and completed what between two days."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.counts import CountingUnit, Counts, Item, counts
from services.chronicle.queries.common.responses import AsOf, Documents, Proof, link
from services.chronicle.queries.people.files import files_of
from services.chronicle.queries.tenures.holders import Posts, scope
from shared.core.partial_dates import LAST_DAY, Day
from shared.database.sql import Statement, known_condition


class TrainingLine(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a training: the status it reached, and when. `until` empty: it still has that status."""

    training: str
    cadre: str
    name: str
    field: str
    level: str
    status: str
    programme: str
    since: str
    until: str
    started: str
    ended: str
    certificate: str
    sent_by: str
    managed_by: str
    entry: str
    proof: Proof


_COLUMNS = f"""
SELECT t.training_id, t.cadre_id, c.name, t.field, t.level, t.status, t.programme, t.valid_from, t.valid_to, t.started,
       t.ended, t.certificate, t.sent_by, t.managed_by, t.entry, t.opened_by, t.decision
FROM trainings t LEFT JOIN cadres c ON c.cadre_id = t.cadre_id AND {known_condition("c")} WHERE {known_condition("t")}"""
BETWEEN = Statement(f"{_COLUMNS} AND t.valid_from >= :since AND t.valid_from < :until")
OF_CADRE = Statement(f"{_COLUMNS} AND t.cadre_id = :id")
BY = ("field", "level", "status", "programme", "managed_by", "sent_by", "year")


def between(connection: Connection, when: AsOf, *, unit: str, since: Day, until: Day) -> list[TrainingLine]:
    """Steps reached in [since, until) by those whom the unit, or one below it, sent, or who served there then."""
    rows = BETWEEN(connection, known=when.known_at, since=since, until=until)
    units = scope(connection, unit, when, since, until)
    if units is not None:
        posts = Posts(connection, when, (row[1] for row in rows if not row[12]))
        rows = [row for row in rows if (row[12] or posts.unit(row[1], row[7])) in units]
    return _lines(connection, rows, when)


def of_cadre(connection: Connection, cadre: str, when: AsOf) -> list[TrainingLine]:
    """Every step of every training of a cadre, by date."""
    files = files_of(connection, cadre, when)
    rows = [row for file in files for row in OF_CADRE(connection, id=file, known=when.known_at)]
    return _lines(connection, rows, when)


def summary(
    connection: Connection,
    when: AsOf,
    *,
    unit: str,
    since: Day,
    until: Day,
    counting: CountingUnit = "case",
    by: Sequence[str] = ("field", "level", "status"),
) -> Counts:
    """Trainings by status: the registered are not sent, and who completed was sent before, so they do not add up.
    A case is a training of a person, a person counts once per figure. NotCountable, see counts."""
    lines = between(connection, when, unit=unit, since=since, until=until)
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
    return counts(
        by, items, Documents(connection, when), when, unit=counting, allowed=allowed, since=since, until=until
    )


def _lines(connection: Connection, rows: list[Any], when: AsOf) -> list[TrainingLine]:
    ordered = sorted(rows, key=lambda row: (row[7], row[0], row[15]))
    documents = Documents(connection, when, (row[16] for row in ordered))
    return [
        TrainingLine(
            training=row[0],
            cadre=row[1],
            name=row[2] or "",
            field=row[3],
            level=row[4],
            status=row[5],
            programme=row[6],
            since=row[7],
            until="" if row[8] == LAST_DAY else row[8],
            started=row[9],
            ended=row[10],
            certificate=row[11],
            sent_by=row[12],
            managed_by=row[13],
            entry=row[14],
            proof=Proof(link("personnel", row[1], row[15]), documents.get(row[16])),
        )
        for row in ordered
    ]
