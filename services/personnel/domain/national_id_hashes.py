"""Keyed hashes of national ids under another key: the sites of a tree hash under one, so that a person who is on file
at two of them is found."""

from collections.abc import Callable, Iterable, Iterator

from services.personnel.events import PersonnelFact, ProfileAmended, Registered
from shared.core.facts import Corrected, Recorded
from shared.core.timeline import timeline

REASON = "hash of the national id under the key of the tree of sites"


def find_other_hashes(
    history: Iterable[Recorded[PersonnelFact]], site: str, hash_number: Callable[[str], str]
) -> Iterator[tuple[Recorded[PersonnelFact], Corrected]]:
    """The facts of this site that state a national id with another hash than `hash_number` makes, each with the
    correction that gives it this one. `hash_number` returns an empty text for what is no number, such as one that
    nobody can read any more.

    A correction, because a hash belongs to the fact that states the number: whoever corrects the number later corrects
    both, which an amendment of its own would outlive.
    """
    for event in timeline(history):
        fact = event.fact
        if event.site != site or not isinstance(fact, Registered | ProfileAmended) or not fact.national_id:
            continue
        identity = hash_number(fact.national_id.strip())
        if identity and fact.identity != identity:
            new = {"identity": identity}
            yield event, Corrected(target=event.event_id, mode="AMEND", reason=REASON, new_values=new)
