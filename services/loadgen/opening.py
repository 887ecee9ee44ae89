"""The first day of a ledger: who holds which post, from old files with dates of varying precision."""

from services.appointment.events import Appointed, EndReason, Holding, TenureEnded
from services.loadgen.shape import draw_tenure_days, weighted_choice
from services.loadgen.units import UnitsAndPosts
from services.loadgen.world import SimulatedPost, SimulatedUnit, Simulation, iso
from services.organization.events import Role
from shared.core.partial_dates import PDate

EARLIER_POST_SHARE = 0.35
"""Share of holders with an earlier post in the same unit."""
_WIDTH_OF_PRECISION = {"day": 10, "month": 7, "year": 4, "unknown": 0}


class OpeningHolders(UnitsAndPosts):
    def __init__(self, world: Simulation) -> None:
        super().__init__(world)
        self._precision = weighted_choice("date_precision")

    def stated(self, day: int) -> PDate:
        """The date in the precision of an old file."""
        return PDate(iso(day)[: _WIDTH_OF_PRECISION[self._precision(self.chance)]])

    def _seated(self, unit: SimulatedUnit, posts: int, post: object) -> None:
        """A person who took up the post some time ago, and leaves it some time from now."""
        assert isinstance(post, SimulatedPost)
        chance, world, today = self.chance, self.world, self.world.day
        if chance.random() < 0.02:
            world.schedule(today + chance.randint(20, 200), self.fill, post, today)
            return
        length = draw_tenure_days(chance)
        since = max(today - int(length * chance.random()), post.since, today - 4000)
        person = self.hire(unit, today, age=chance.randint(26, 53))
        if chance.random() < EARLIER_POST_SHARE and since - post.since > 700:
            self._before(person.id, unit, unit.posts[chance.randrange(posts)], post, since)
        tenure = self.take(person, post, since, stated=self.stated(since))
        tenure.until = max(self.draw_near_day(since + length), today + 15)
        world.schedule(tenure.until, self.schedule_end, tenure)
        self.first_term(tenure)
        if post.role is Role.HEAD or chance.random() < 0.1:
            self.take_side_posts(person, unit, since, stated=self.stated(since))
        person.last = min(person.last, today - 1)
        for held in person.held:
            held.since = min(held.since, today - 1)

    def _before(
        self, person: str, unit: SimulatedUnit, post: SimulatedPost, now: SimulatedPost, until: int
    ) -> None:
        if post is now:
            return
        since = until - self.chance.randint(300, until - post.since - 100)
        tenure = self.world.home.id()
        start = Appointed(
            effective_from=self.stated(since), tenure=tenure, post=post.id, holding=Holding.PRIMARY
        )
        self.world.record("appointment", person, start, unit)
        end = TenureEnded(
            effective_from=self.stated(until),
            tenure=tenure,
            reason=self.chance.choice((EndReason.MOVED, EndReason.TERM_EXPIRED)),
        )
        self.world.record("appointment", person, end, unit)
