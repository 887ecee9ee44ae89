"""What a proposed fact needs outside its list: an owner, cadre and post that exist, and no second list of its kind."""

from services.chronicle.rows import CADRES, PLANNING_LISTS, POSTS, UNITS
from services.planning.domain.rejections import ListExists, UnknownReference
from services.planning.events import AddedToPlanning, PlanningFact, RoundOpened
from shared.core.decider import ReadModel


def check(stream: str, proposed: PlanningFact, read_model: ReadModel) -> None:
    """Raises UnknownReference or ListExists. There is one list for an owner, a title set and a term."""
    match proposed:
        case RoundOpened():
            if not read_model.rows(UNITS, unit_id=proposed.owner):
                raise UnknownReference(field="owner", id=proposed.owner)
            for row in read_model.rows(PLANNING_LISTS, owner_id=proposed.owner, term=proposed.term):
                if row.title_set == proposed.title_set and row.list_id != stream:
                    raise ListExists(field="title_set", list=row.list_id)
        case AddedToPlanning():
            if not read_model.rows(CADRES, cadre_id=proposed.cadre):
                raise UnknownReference(field="cadre", id=proposed.cadre)
            if proposed.post and not read_model.rows(POSTS, post_id=proposed.post):
                raise UnknownReference(field="post", id=proposed.post)
