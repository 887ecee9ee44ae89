"""Random trees with persons in them, and by hand what is above and around each: nothing here reads SQL."""

from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple, get_type_hints

from services.chronicle.rows import SCOPE_COLUMNS
from services.identity.policy import Resource
from shared.core.partial_dates import FIRST_DAY, FOREVER, LAST_DAY, Instant
from shared.readmodel.row_store import RowStore

TODAY = date(2026, 5, 5)
KNOWN = Instant("2026-01-01T00:00:00.000000Z")
Row = dict[str, Any]


def day(offset: int) -> str:
    return (TODAY + timedelta(days=offset)).isoformat()


PAST, PRESENT, FUTURE = (FIRST_DAY, day(0)), (day(-9), day(1)), (day(1), LAST_DAY)
"""[from, to): the first ends today, the second holds today for the last time."""


class Version(NamedTuple):
    parent: str
    since: str
    until: str


class RandomTree:
    """Units that were moved, closed and are to come, their posts, and persons in all kinds of relations to them."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.rows: dict[str, list[Row]] = {name: [] for name in SCOPE_COLUMNS}
        self.units = [f"u{number}" for number in range(random.randint(3, 12))]
        self.people = [f"c{number}" for number in range(random.randint(3, 12))]
        self.versions: dict[str, list[Version]] = {}
        self.above: dict[str, set[str]] = {}
        self.of_person: dict[str, set[str]] = {each: set() for each in self.people}
        self.bodies: dict[str, set[str]] = {each: set() for each in self.people}
        self.home: dict[str, str] = {}
        self.same = {each: {each} for each in self.people}
        self.posts: dict[str, str] = {}
        self._make_units()
        self._make_people()
        self._make_about()
        self._merge()

    def _make_units(self) -> None:
        for number, unit in enumerate(self.units):
            above = [*self.units[:number], ""] if number else [""]
            kind = self.random.choice(("stays", "stays", "moved", "closed", "coming"))
            now, other = self.random.choice(above), self.random.choice(above)
            spans: dict[str, list[tuple[str, str, str]]] = {
                "stays": [(now, FIRST_DAY, LAST_DAY)],
                "moved": [(other, *PAST), (now, day(0), LAST_DAY)],
                "closed": [(other, FIRST_DAY, day(-30)), (now, day(-30), day(0))],
                "coming": [(now, *FUTURE)],
            }
            self.versions[unit] = [Version(*each) for each in spans[kind]]
            self.above[unit] = {now} - {""}
            for version in self.versions[unit]:
                self._add("units", version.since, version.until, unit_id=unit, parent_id=version.parent)

    def _make_people(self) -> None:
        for number, unit in enumerate(self.random.choices(self.units, k=len(self.people))):
            post, body = f"p{number}", self.random.choice([*self.units, ""])
            self.posts[post] = unit
            self._add("posts", FIRST_DAY, LAST_DAY, post_id=post, unit_id=unit, managed_by=body)
            for cadre in self.random.sample(self.people, k=self.random.randint(0, 2)):
                span = self.random.choice((PAST, PRESENT, FUTURE))
                self._add("tenures", *span, cadre_id=cadre, post_id=post)
                if span is PRESENT:
                    self.of_person[cadre].add(unit)
                    self.bodies[cadre] |= {body} - {""}
        for cadre in self.people:
            none = [""] * 2 * len(self.units)
            home, registered = self.random.choices([*self.units, *none], k=2)
            self.home[cadre] = registered or home
            self._add("cadres", FIRST_DAY, LAST_DAY, cadre_id=cadre, home_unit=home, managed_by=registered)
        for cadre in self.random.sample(self.people, k=2):
            here, there = self.random.choices(self.units, k=2)
            posting, span = self.random.random() < 0.7, self.random.choice((PAST, PRESENT))
            left = self.random.choice(["", *self.posts])
            self._add(
                "rotations",
                *span,
                cadre_id=cadre,
                from_unit=here,
                to_unit=there,
                from_post=left,
                posting=posting,
            )
            if posting and span is PRESENT:
                self.of_person[cadre] |= {here, there, self.posts.get(left, here)}
        for number, owner in enumerate(self.random.choices(self.units, k=2)):
            name, live = f"l{number}", self.random.random() < 0.8
            span = PRESENT if live else PAST
            self._add("planning_lists", *span, list_id=name, owner_id=owner)
            for table in ("planning_titles", "planning_reviews"):
                self._add(table, FIRST_DAY, LAST_DAY, list_id=name)
            for cadre in self.random.sample(self.people, k=2):
                entry = self.random.choice((PAST, PRESENT))
                self._add("planning_entries", *entry, list_id=name, cadre_id=cadre)
                if entry is PRESENT and live:
                    self.of_person[cadre].add(owner)

    def _make_about(self) -> None:
        """A row of every other table, about something at random."""
        always, unit, one = (FIRST_DAY, LAST_DAY), self.random.choice, self.random.choice
        for _ in range(3):
            for table in ("oversight", "quotas"):
                self._add(table, *always, unit_id=unit(self.units))
            self._add(
                "edges",
                *always,
                source_id=unit(self.units),
                target_id=unit(self.units),
                reorganisation=f"r{len(self.rows['edges'])}",
            )
            self._add("reorganisation_targets", *always, scope=unit(self.units), reorganisation="rx")
            self._add("unit_codes", *always, subject=unit([*self.units, *self.posts]))
            self._add("person_codes", *always, subject=one(self.people))
            self._add("secret_subjects", *always, subject=unit([*self.units, *self.posts]))
            for table in ("away", "trainings", "disciplines", "reliefs", "candidacies", "ballots"):
                self._add(table, *always, cadre_id=one(self.people))
            self._add("kinship", *always, cadre_id=one(self.people), relative_id=one(self.people))
            for table in ("evaluations", "reviews"):
                self._add(table, *always, subject_id=one([*self.people, *self.units]))
            self._add(
                "contests",
                *always,
                contest_id=f"k{len(self.rows['contests'])}",
                organiser=unit([*self.units, ""]),
                post_id=unit(list(self.posts)),
            )
            self._add(
                "rotation_plans",
                *always,
                owner_id=unit(self.units),
                plan_id=f"n{len(self.rows['rotation_plans'])}",
                cadre_id=one([*self.people, ""]),
            )
        for table in self.rows:
            if table.startswith(("ignored_", "secret_facts_")):
                self._add(table, *always, stream=one([*self.people, *self.units, *self.posts]))

    def _merge(self) -> None:
        kept, merged = self.random.sample(self.people, k=2)
        self._add("merged_records", FIRST_DAY, LAST_DAY, cadre_id=kept, merged_id=merged)
        self.same[kept] = self.same[merged] = {kept, merged}

    def _add(self, table: str, since: str, until: str, /, **values: Any) -> None:
        self.rows[table].append({"valid_from": since, "valid_to": until, **values})

    def write(self, tables: RowStore) -> None:
        """Replace the rows of the tables that belong to units and persons."""
        with tables.transaction() as connection:
            for name, rows in self.rows.items():
                tables.clear(connection, name)
                hints = get_type_hints(tables.projections[name].row)
                empty: Row = {
                    field: kind() if kind in (bool, int, float) else "" for field, kind in hints.items()
                }
                stored = [
                    empty
                    | {"stream": f"s{number}", "key": f"{number}", "known_from": KNOWN, "known_to": FOREVER}
                    | row
                    for number, row in enumerate(rows)
                ]
                if stored:
                    connection.execute(tables.tables[name].insert(), stored)

    def unit(self, id_: str) -> Resource:
        """A unit, with all above it now."""
        above, new = set[str](), set(self.above[id_])
        while new:
            above |= new
            new = {each for unit in new for each in self.above[unit]} - above
        return Resource("Unit", id_, frozenset(above))

    def person(self, id_: str) -> Resource:
        """A person, with the units they belong to and all above these."""
        files = self.same[id_]
        units = {unit for file in files for unit in self.of_person[file]}
        units = units or {self.home[file] for file in files} - {""}
        within = {above for unit in units for above in {unit, *self.unit(unit).within}}
        bodies = {body for file in files for body in self.bodies[file]}
        return Resource("Person", id_, frozenset(within), frozenset(bodies))

    def about(self, id_: str) -> list[Resource]:
        """The units or the person that an id stands for."""
        if id_ in self.above:
            return [self.unit(id_)]
        if id_ in self.of_person:
            return [self.person(id_)]
        if id_ in self.posts:
            return [self.unit(self.posts[id_])]
        for row in self.rows["planning_lists"]:
            if row["list_id"] == id_:
                return [self.unit(row["owner_id"])]
        for row in self.rows["contests"]:
            if row["contest_id"] == id_:
                units = {row["organiser"], self.posts[row["post_id"]]} - {""}
                return [self.unit(unit) for unit in units]
        return []
