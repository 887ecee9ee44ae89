"""Which facts of different cadres concern each other: the id of a tenure, and the seats of a post."""

from collections.abc import Iterator

from services.appointment.events import Appointed, AppointmentFact, Designated, Elected, Reappointed
from shared.core.consistency import ConsistencyBoundary


def tags(stream: str, fact: AppointmentFact) -> Iterator[str]:
    """The same for what a fact changes and what it depends on: two who take one post at once are told of each other."""
    match fact:
        case (
            Appointed(tenure=tenure, post=post)
            | Elected(tenure=tenure, post=post)
            | Designated(tenure=tenure, post=post)
        ):
            yield f"tenure:{tenure}"
            yield f"post:{post}"
        case Reappointed(tenure=tenure):
            yield f"tenure:{tenure}"


boundary: ConsistencyBoundary[AppointmentFact] = ConsistencyBoundary(tags=tags, depends_on=tags)
