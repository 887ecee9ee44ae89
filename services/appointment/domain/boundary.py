"""Which facts of different cadres concern each other: the id of a tenure, and the seats of a post."""

from services.appointment.events import Appointed, AppointmentFact, Designated, Elected, Reappointed
from shared.core.consistency import ConsistencyBoundary, Tags

STARTS = (Appointed, Elected, Designated)


def tags(stream: str, fact: AppointmentFact) -> Tags:
    """What a fact changes, and what it depends on too: two who take one post at once are told of each other."""
    if isinstance(fact, STARTS):
        return (f"tenure:{fact.tenure}", f"post:{fact.post}")
    return (f"tenure:{fact.tenure}",) if isinstance(fact, Reappointed) else ()


boundary: ConsistencyBoundary[AppointmentFact] = ConsistencyBoundary(tags=tags)
