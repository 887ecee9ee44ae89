"""Facts recorded wrongly or twice, their corrections, and corrections of corrections."""

from services.appointment.events import Appointed, Holding
from services.evaluation.events import Grade
from services.loadgen.shape import draw_whole, load_shape
from services.loadgen.turnover import Turnover
from services.loadgen.world import SimulatedPerson, SimulatedUnit, Simulation, iso
from shared.core.facts import Corrected


class CorrectionGenerator(Turnover):
    def __init__(self, world: Simulation) -> None:
        super().__init__(world)
        given = load_shape()["corrections"]
        self.mistakes, self._old = given["share"], given["over_a_year"]
        self.areas: dict[str, list[SimulatedUnit]] = {}
        """The units of an area that have posts, by the area's id."""

    def generate_daily(self) -> None:
        """One day's share of: leave of absence, wrong dates, decisions recorded twice."""
        world, chance, people = self.world, self.chance, self.world.people
        rate = len(people) * load_shape()["rates"]["corrected"] / 365
        for _ in range(draw_whole(chance, rate * 0.7)):
            self._wrong_start(chance.choice(people))
        for _ in range(draw_whole(chance, rate * 0.3)):
            self._twice(chance.choice(people))
        for _ in range(draw_whole(chance, len(people) * 0.008 / 365)):
            person = chance.choice(people)
            first = person.held[0] if person.held and not person.gone else None
            if first and first.holding is Holding.PRIMARY and first.since < world.day:
                self.on_leave(first)

    def _wrong_start(self, person: SimulatedPerson) -> None:
        """The post was taken up some days later, or under another document."""
        tenures = [tenure for tenure in person.held if tenure.event_id and tenure.term_no == 1]
        if not tenures or person.gone:
            return
        tenure, world = tenures[-1], self.world
        values: dict[str, str] = {"decision": world.home.id()}
        if (
            person.last < world.day - 30
            and tenure.since == person.last
            and tenure.holding is not Holding.ACTING
        ):
            tenure.since += self.chance.randint(1, 20)
            person.last = tenure.since
            values["effective_from"] = iso(tenure.since)
        unit, target = tenure.post.unit, tenure.event_id
        tenure.event_id = ""
        event_id = self.correct("appointment", person.id, unit, target, "AMEND", "sai ngày hiệu lực", values)
        if "effective_from" not in values:
            self._perhaps_back("appointment", person.id, unit, event_id)

    def _twice(self, person: SimulatedPerson) -> None:
        """One decision recorded under two posts; the second is voided, sometimes only after more than a year."""
        world, day = self.world, self.world.day
        if not person.held or person.gone or person.doubted or person.last >= day or len(person.held) > 4:
            return
        unit = person.held[0].post.unit
        held = {tenure.post.id for tenure in person.held}
        free = [post for post in unit.side_posts if post.id not in held]
        if not free:
            return
        fact = Appointed(
            effective_from=iso(day), tenure=world.home.id(), post=free[-1].id, holding=Holding.CONCURRENT,
            decision=world.paper(unit),
        )  # fmt: skip
        event_id = world.record("appointment", person.id, fact, unit)
        person.last = day
        late = (
            self.chance.randint(366, 480) if self.chance.random() < self._old else self.chance.randint(1, 90)
        )
        person.doubted = True
        world.schedule(day + late, self._take_back, person, unit, event_id)

    def _take_back(self, person: SimulatedPerson, unit: SimulatedUnit, event_id: str) -> None:
        self.correct("appointment", person.id, unit, event_id, "VOID", "ghi nhận trùng", {})
        person.doubted = False

    def wrong_grade(self, stream: str, unit: SimulatedUnit, event_id: str, grade: Grade) -> None:
        other = Grade.GOOD if grade is not Grade.GOOD else Grade.COMPLETED
        days = (
            self.chance.randint(370, 700) if self.chance.random() < self._old else self.chance.randint(3, 120)
        )
        self.world.schedule(self.world.day + days, self._other_grade, stream, unit, event_id, other)

    def _other_grade(self, stream: str, unit: SimulatedUnit, event_id: str, grade: Grade) -> None:
        values = {"grade": grade.value}
        again = self.correct("evaluation", stream, unit, event_id, "AMEND", "nhập sai mức xếp loại", values)
        self._perhaps_back("evaluation", stream, unit, again)

    def _perhaps_back(self, log: str, stream: str, unit: SimulatedUnit, event_id: str) -> None:
        """One correction in ten is itself a mistake, and voided."""
        if self.chance.random() < 0.1:
            day = self.world.day + self.chance.randint(5, 200)
            self.world.schedule(day, self.correct, log, stream, unit, event_id, "VOID", "đính chính nhầm", {})

    def correct(
        self,
        log: str,
        stream: str,
        unit: SimulatedUnit,
        target: str,
        mode: str,
        reason: str,
        values: dict[str, str],
    ) -> str:
        fact = Corrected(target=target, mode=mode, reason=reason, new_values=values)  # type: ignore[arg-type]  # VOID, AMEND
        return self.world.record(log, stream, fact, unit)
