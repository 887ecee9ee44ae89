"""Period rows of twelve cities: 57,600 posts and a million rows of who held them, 1995 to 2026. Deterministic."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

from services.chronicle.projections.row_fields import codes_text
from services.chronicle.rows import CadreRow, DecisionRow, PostRow, TenureRow, UnitRow
from shared.core.bitemporal import PeriodRow
from shared.core.facts import Code
from shared.core.partial_dates import FOREVER, LAST_DAY, UNKNOWN, Day, Instant, PDate, instant
from shared.readmodel.row_store import RowStore

DISTRICTS, OFFICES, POSTS = 16, 20, 15
START, END = date(1995, 1, 1), date(2026, 6, 30)
FIRST = Instant("1994-12-01T00:00:00.000000Z")
PEOPLE, DOCUMENTS = 10_000, 3_000
"""For each city."""
Stream = tuple[str, Sequence[PeriodRow[Any]]]


def _codes(value: object) -> str:
    return codes_text((Code("bench", str(value)),))


def fill(tables: RowStore, cities: int) -> None:
    """All tables of the chronicle that an organisation chart reads, through the code that stores real rows."""
    city_names = range(cities)
    with tables.transaction() as connection:
        for name, streams in (
            ("units", _units(city_names)),
            ("posts", _posts(city_names)),
            ("cadres", _cadres(cities)),
            ("decisions", _decisions(cities)),
            ("tenures", _tenures(cities)),
        ):
            while part := dict(islice(streams, 5000)):
                tables.store(connection, name, part, fresh=True)
    with tables.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _identity(chance: random.Random) -> str:
    digits = f"{chance.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _known(row: Any, key: str) -> list[PeriodRow[Any]]:
    return [PeriodRow(key, row, FIRST, FOREVER)]


def _units(cities: range) -> Iterator[Stream]:
    identity = partial(_identity, random.Random(1))

    def unit(name: str, parent: str, level: str) -> Stream:
        row = UnitRow(
            unit_id=name, parent_id=parent, name=f"Đơn vị {name}", search=f"don vi {name}", kind="OTHER", kind_label="",
            level=level, bloc="GOVERNMENT", codes=_codes(name), opening="established", opened_by=identity(),
            decision="", valid_from=Day(PDate("1990-01-01")), certain_from=Day(PDate("1990-01-01")),
        )  # fmt: skip
        return name, _known(row, row.opened_by)

    yield unit("nation", "", "central")
    for city in cities:
        yield unit(f"c{city:02d}", "nation", "province")
        for district in range(DISTRICTS):
            yield unit(f"c{city:02d}.d{district:02d}", f"c{city:02d}", "district")
            for office in range(OFFICES):
                name = f"c{city:02d}.d{district:02d}"
                yield unit(f"{name}.o{office:02d}", name, "office")


def _post_names(cities: range) -> Iterator[str]:
    for city in cities:
        for district in range(DISTRICTS):
            for office in range(OFFICES):
                for post in range(POSTS):
                    yield f"c{city:02d}.d{district:02d}.o{office:02d}.p{post:02d}"


def _posts(cities: range) -> Iterator[Stream]:
    identity = partial(_identity, random.Random(2))
    for name in _post_names(cities):
        number = int(name[-2:])
        role = "HEAD" if number == 0 else "DEPUTY" if number < 4 else "STAFF"
        row = PostRow(
            post_id=name, unit_id=name[:-4], title=f"Chức vụ số {number}", search=f"chuc vu so {number}",
            title_code="", role=role, rank_group="", seats=1, route="APPOINTED", term_months=60, key_title=number == 0,
            paired_post="", not_local=False, managed_by="", codes=_codes(name), opened_by=identity(), decision="",
            valid_from=Day(PDate("1990-01-01")), certain_from=Day(PDate("1990-01-01")),
        )  # fmt: skip
        yield name, _known(row, row.opened_by)


def _cadres(cities: int) -> Iterator[Stream]:
    identity = partial(_identity, random.Random(3))
    for number in range(PEOPLE * cities):
        name = f"cadre-{number:06d}"
        row = CadreRow(
            cadre_id=name, name=f"Nguyễn Văn {number}", name_key=f"{number:06d}", search=f"nguyen van {number}", sex="",
            birth="1960", category="UNSTATED", cadre_no="", identity="", codes=_codes(number), opened_by=identity(),
        )  # fmt: skip
        yield name, _known(row, name)


def _decisions(cities: int) -> Iterator[Stream]:
    identity = partial(_identity, random.Random(4))
    for number in range(DOCUMENTS * cities):
        name = f"qd-{number:06d}"
        row = DecisionRow(
            decision_id=name, number=f"{number}/QĐ-UBND", issuer="Ủy ban nhân dân", signed_on="2000-01-01",
            kind="DECISION", title="Quyết định về công tác cán bộ", signer="", file_hash="", opened_by=identity(),
        )  # fmt: skip
        yield name, _known(row, name)


def _tenures(cities: int) -> Iterator[Stream]:
    """Terms of about 3.3 years; 30 % end in a vacancy; 5 % were first recorded with a wrong start."""
    chance = random.Random(5)
    identity = partial(_identity, chance)
    careers: dict[str, list[PeriodRow[Any]]] = defaultdict(list)
    for post in _post_names(range(cities)):
        when = START + timedelta(days=chance.randrange(1200))
        while when < END:
            until = when + timedelta(days=chance.randrange(400, 2000))
            cadre = f"cadre-{chance.randrange(PEOPLE * cities):06d}"
            careers[cadre] += _versions(chance, identity, cities, post, cadre, when, until)
            gap = chance.randrange(30, 500) if chance.random() < 0.3 else 0
            when = until + timedelta(days=gap)
    yield from sorted(careers.items())


def _versions(
    chance: random.Random, identity: Any, cities: int, post: str, cadre: str, start: date, until: date
) -> Iterator[PeriodRow[Any]]:
    """What was known of one term: that it began, perhaps a corrected beginning, that it ended."""

    def row(begun: date, closed: bool) -> TenureRow:
        first = Day(PDate(begun.isoformat()))
        end = Day(PDate(until.isoformat())) if closed else LAST_DAY
        return TenureRow(
            tenure_id=tenure, cadre_id=cadre, post_id=post, holding="PRIMARY", route="DIRECT", start=first,
            codes=_codes(tenure[:8]), opened_by=opened, decision=decision, end=end if closed else UNKNOWN,
            planned_end="", ended="TERM_EXPIRED" if closed else "", closed_by=closing if closed else "",
            closing_decision=ending if closed else "", valid_from=first, certain_from=first, valid_to=end,
            certain_to=end,
        )  # fmt: skip

    tenure, opened, closing = identity(), identity(), identity()
    decision, ending = (f"qd-{chance.randrange(DOCUMENTS * cities):06d}" for _ in "12")
    learnt = _moment(start, chance.randrange(1, 30))
    steps = [(learnt, row(start, False))]
    if chance.random() < 0.05:
        steps[0] = (learnt, row(start + timedelta(days=chance.randrange(1, 40)), False))
        steps.append((_moment(start, chance.randrange(60, 390)), row(start, False)))
    if until < END:
        steps.append((_moment(until, chance.randrange(1, 30)), row(start, True)))
    for (since, known), after in zip(steps, [*(moment for moment, _ in steps[1:]), FOREVER], strict=True):
        yield PeriodRow(tenure, known, since, after)


def _moment(day: date, later: int) -> Instant:
    return instant(datetime(day.year, day.month, day.day, 3, tzinfo=UTC) + timedelta(days=later))
