"""Ages that rise by the calendar year, so that the day on which one is reached has to be solved for."""

from dataclasses import dataclass

from shared.core.partial_dates import Day, PDate, add_months, earliest


@dataclass(frozen=True, slots=True)
class RisingAge:
    """An age in months: `before` until `year`; then `first`, rising by `step` each year up to `most`."""

    year: int
    first: int
    step: int
    most: int
    before: int

    def months(self, year: int) -> int:
        if year < self.year:
            return self.before
        return min(self.first + self.step * (year - self.year), self.most)


def first_day_after(birth: PDate, age: RisingAge) -> Day | None:
    """The first day of the month after the one in which the age is reached. A birth whose day or month is unknown
    counts from the first of it; None where not even the year is known."""
    if not birth[:4].isdigit() or birth.startswith("."):
        return None
    born = earliest(birth)
    year = int(born[:4])
    while int((reached := add_months(born, age.months(year)))[:4]) > year:
        year += 1
    return add_months(Day(PDate(reached[:8] + "01")), 1)
