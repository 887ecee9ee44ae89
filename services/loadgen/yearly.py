"""Yearly events: grades at the end of a year, reviews of planning lists, and the five-year cycle of the lists."""

from datetime import date
from typing import Any

from services.evaluation.events import Evaluated, Evaluator, Grade, Occasion, SubjectKind
from services.loadgen.corrections import CorrectionGenerator
from services.loadgen.shape import draw_whole, load_shape, weighted_choice
from services.loadgen.world import SimulatedList, SimulatedPerson, SimulatedUnit, Simulation, iso
from services.personnel.events import Trained, TrainingField, TrainingStatus
from services.planning.events import (
    AddedToPlanning,
    PlanningSource,
    RemovalReason,
    RemovedFromPlanning,
    ReviewClosed,
    RoundOpened,
)

SCORES = {Grade.EXCELLENT: 90, Grade.GOOD: 70, Grade.COMPLETED: 50, Grade.FAILED: 0}
LISTED_REASONS = (
    RemovalReason.REVIEW,
    RemovalReason.OVER_AGE,
    RemovalReason.LOW_CONFIDENCE,
    RemovalReason.OWN_REQUEST,
)
GRADING = 28
"""Days of December on which grades are recorded, equally many each day."""
CHANGE_YEAR = 2
"""Lists are renewed in years with this remainder when divided by five."""
TO_PROVINCE = 0.13
"""Share of those planned in a province who are on its own list."""


class YearlyEvents(CorrectionGenerator):
    def __init__(self, world: Simulation) -> None:
        super().__init__(world)
        self._rates = load_shape()["rates"]
        self._grade = weighted_choice("grades")
        self._heavy = load_shape()["tails"]
        self._lists: list[SimulatedUnit] = []

    def daily(self) -> None:
        today = date.fromordinal(self.world.day)
        if today.month == 11 and today.day == 30:
            self.world.people = [person for person in self.world.people if not person.gone]
            self._open_reviews(today.year)
        if today.month == 12 and today.day <= GRADING:
            for person in self.world.people[today.day - 1 :: GRADING]:
                self._graded(person, today.year)
            for unit in list(self.world.units.values())[today.day - 1 :: GRADING]:
                if unit.posts and not unit.posts[0].closed:
                    self.grade(unit.id, unit, str(today.year), Occasion.ANNUAL, SubjectKind.COLLECTIVE)
        if today.day in (14, 15) and today.month in (3, 6, 9):
            self._in_the_year(today)
        self.generate_daily()

    # grades

    def _graded(self, person: SimulatedPerson, year: int) -> None:
        if not person.held or person.gone:
            return
        late = 70 if self.chance.random() < 0.04 else 0
        unit = person.held[0].post.unit
        if late:
            self.world.schedule(self.world.day + late, self._late_grade, person, unit, year)
        else:
            self.grade(person.id, unit, str(year), Occasion.ANNUAL)

    def _late_grade(self, person: SimulatedPerson, unit: SimulatedUnit, year: int) -> None:
        self.grade(person.id, unit, str(year), Occasion.ANNUAL, stated=f"{year}-12-31")

    def _in_the_year(self, today: date) -> None:
        """Half of those who lead at mid-year; a few every quarter, with their courses."""
        extra = self._rates["evaluated"] - 1
        for person in self.world.people[today.day - 14 :: 2]:
            if not person.held or person.gone:
                continue
            post = person.held[0].post
            if person.busy:
                quarter = f"{today.year}-Q{today.month // 3}"
                self.grade(person.id, post.unit, quarter, Occasion.QUARTER)
                self._course(person, post.unit)
            elif today.month == 6 and post.lead and self.chance.random() < extra:
                self.grade(person.id, post.unit, f"{today.year}-H1", Occasion.MID_YEAR)

    def grade(
        self,
        stream: str,
        unit: SimulatedUnit,
        period: str,
        occasion: Occasion,
        subject: SubjectKind = SubjectKind.INDIVIDUAL,
        stated: str = "",
    ) -> None:
        world, chance = self.world, self.chance
        grade = Grade[self._grade(chance)]
        fact = Evaluated(
            effective_from=stated or iso(world.day),  # type: ignore[arg-type]  # a day
            evaluation=world.home.id(),
            period=period,
            occasion=occasion,
            grade=grade,
            subject=subject,
            unit=unit.id,
            score=SCORES[grade] + chance.randint(0, 40) / 4 if chance.random() < 0.3 else None,
            authority=(unit.area or unit).id,
            evaluator=Evaluator.MANAGING_AUTHORITY,
        )
        event_id = world.record("evaluation", stream, fact, unit)
        if fact.score is None and chance.random() < self.mistakes:
            self.wrong_grade(stream, unit, event_id, grade)

    def _course(self, person: SimulatedPerson, unit: SimulatedUnit) -> None:
        course: dict[str, Any] = {"training": self.world.home.id(), "field": TrainingField.POL_THEORY}
        for status in (TrainingStatus.SENT, TrainingStatus.COMPLETED):
            fact = Trained(effective_from=iso(self.world.day), status=status, **course)
            self.world.record("personnel", person.id, fact, unit)

    # planning

    def open_lists(self, units: list[SimulatedUnit], upper: bool) -> None:
        """The first lists of a ledger, on any day."""
        self._lists += units
        for unit in units:
            self._open(unit, date.fromordinal(self.world.day).year, upper)

    def _open(self, unit: SimulatedUnit, year: int, upper: bool) -> None:
        last = year + (CHANGE_YEAR - year) % 5 or year
        until = date(last + (5 if last <= year else 0), 11, 30).toordinal()
        plan = unit.plans = SimulatedList(self.world.home.id(), unit, until)
        term = f"{date.fromordinal(until).year - 2}-{date.fromordinal(until).year + 3}"
        fact = RoundOpened(
            effective_from=iso(self.world.day), owner=unit.id, title_set="BTV" if upper else "BCH", term=term
        )
        self.world.record("planning", plan.id, fact, unit)

    def _open_reviews(self, year: int) -> None:
        for unit in self._lists:
            self.world.schedule(
                self.world.day - self.chance.randint(0, 60) + 365, self._review, unit, year + 1
            )
            plan = unit.plans
            if plan and plan.until <= self.world.day:
                self._lapse(plan)
                if unit.posts and not unit.posts[0].closed:
                    self._open(unit, year, unit.level == "PROVINCE")

    def _lapse(self, plan: SimulatedList) -> None:
        """End all entries of a list at the end of its cycle."""
        for entry in list(plan.entries):
            self._remove(plan, entry, RemovalReason.REVIEW, 0)
        plan.owner.plans = None

    def _review(self, unit: SimulatedUnit, year: int) -> None:
        """Remove some entries for a reason, add many more, then close the review."""
        plan, chance = unit.plans, self.chance
        if plan is None or not unit.posts or unit.posts[0].closed:
            return
        leading = sum(post.seats for post in unit.posts if post.lead)
        named = draw_whole(chance, leading * self._rates["planning_removed"])
        leaving = chance.sample(list(plan.entries), min(named, len(plan.entries)))
        out = sum(self._remove(plan, entry, chance.choice(LISTED_REASONS), year) for entry in leaving)
        coming = sum(
            self._add(unit, plan, year) for _ in range(draw_whole(chance, self._wanted(unit, leading)))
        )
        day = iso(self.world.day)
        fact = ReviewClosed(effective_from=day, year=year, in_count=coming, out_count=out)
        self.world.record("planning", plan.id, fact, unit)

    def _wanted(self, unit: SimulatedUnit, leading: int) -> float:
        """How many entries a list gets in a year: one unit in a hundred has twenty times as many as the others."""
        added = float(self._rates["planning_added"])
        if unit.level == "PROVINCE":
            others = sum(each.level != "PROVINCE" and each.province == unit.province for each in self._lists)
            return added * (leading + TO_PROVINCE * others * 16)
        heavy = int(unit.id[:4], 16) % 1000 < self._heavy["units"] * 1000
        return (
            added
            * leading
            * (self._heavy["units_times"] if heavy and unit.level == "COMMUNE" else 1 - TO_PROVINCE)
        )

    def _add(self, unit: SimulatedUnit, plan: SimulatedList, year: int) -> int:
        """Add a person of the same area, for a post of the unit that they neither hold nor are planned for."""
        near = self._near(unit)
        posts = [post for post in unit.posts if post.lead]
        for _ in range(4):
            post = self.chance.choice(self.chance.choice(near).posts)
            person = self.chance.choice(post.holders).person if post.holders else None
            title = self.chance.choice(posts)
            if person is None or person.gone or len(person.planned) > 2:
                continue
            if any(held.post is title for held in person.held) or any(
                each.entries[entry][1] is title for each, entry in person.planned
            ):
                continue
            entry = self.world.home.id()
            fact = AddedToPlanning(
                effective_from=iso(self.world.day), entry=entry, cadre=person.id, post=title.id,
                source=PlanningSource.INTERNAL if post.unit is unit else PlanningSource.EXTERNAL,
                source_unit=post.unit.id, review=year,
            )  # fmt: skip
            self.world.record("planning", plan.id, fact, unit)
            plan.entries[entry] = person, title, self.world.day
            person.planned.append((plan, entry))
            return 1
        return 0

    def _near(self, unit: SimulatedUnit) -> list[SimulatedUnit]:
        area = unit.area or unit
        return self.areas.get(area.id) or [unit]

    def _remove(self, plan: SimulatedList, entry: str, reason: RemovalReason, review: int) -> int:
        person, _, since = plan.entries.pop(entry)
        person.planned.remove((plan, entry))
        fact = RemovedFromPlanning(
            effective_from=iso(max(self.world.day, since + 1)), entry=entry, reason=reason, review=review
        )
        self.world.record("planning", plan.id, fact, plan.owner)
        return 1
