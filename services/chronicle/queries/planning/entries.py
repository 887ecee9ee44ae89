"""One cadre on one planning list, with the names of the day that is asked for."""

from typing import NamedTuple

import msgspec

from services.chronicle.projections.planning import EntryRow
from services.chronicle.queries.common.dated_lookup import DatedLookup
from services.chronicle.queries.common.dimensions import age_on, is_live, is_minority, is_outside, is_woman
from services.chronicle.queries.common.responses import AsOf, Documents, Proof, link
from shared.core.partial_dates import Day, PDate


class ListRow(NamedTuple):
    """The planning list of an entry, which ends on `valid_to`."""

    list_id: str
    owner_id: str
    title_set: str
    term: str
    name: str
    bloc: str
    age_reference: str
    valid_to: str


class VoteLine(msgspec.Struct, frozen=True):
    """One of the five steps. None: not known."""

    step: str
    votes_for: int | None
    cast: int | None
    present: int | None


class EntryLine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One cadre planned for one title of one list.

    `age` in full years on the list's age reference day, or on the day asked for; None: not known. `outside`: from
    another unit than the one planned for; None: not known. `vertical`: the vertical authority of a dual-managed source
    unit. `live` on the day asked for; `outcome` says why it no longer is. `current_post`: the primary post on that day.
    """

    planning_list: str
    list_name: str
    owner: str
    owner_name: str
    title_set: str
    term: str
    bloc: str
    entry: str
    cadre: str
    name: str
    sex: str
    woman: bool | None
    minority: bool | None
    age: int | None
    theory: str
    state_management: str
    current_post: str
    current_title: str
    current_rank: str
    post: str
    title: str
    title_code: str
    target_unit: str
    target_unit_name: str
    source: str
    source_unit: str
    source_unit_name: str
    outside: bool | None
    vertical: str
    vertical_name: str
    votes: list[VoteLine]
    batch_no: int
    review_in: int
    mapped_from: str
    start: str
    end: str
    live: bool
    outcome: str
    mode: str
    ground: str
    trigger: str
    review_out: int
    managed_by: str
    proof: Proof


def make_entry_line(
    of: ListRow,
    entry: EntryRow,
    source: str,
    vertical: str,
    current: str,
    then: DatedLookup,
    documents: Documents,
    when: AsOf,
) -> EntryLine:
    """`source`: the unit the cadre works in; `vertical`: its vertical authority; `current`: the primary post now."""
    person, day = then.person(entry.cadre_id), entry.valid_from
    post, current_post = then.post(entry.post_id, when.as_of), then.post(current, when.as_of)
    target = entry.title_unit or post.unit
    reference = Day(PDate(of.age_reference)) if len(of.age_reference) == 10 else when.as_of
    return EntryLine(
        **{name: getattr(entry, name) for name in _AS_KEPT},
        planning_list=entry.list_id,
        list_name=of.name,
        owner=of.owner_id,
        owner_name=then.unit(of.owner_id, when.as_of).name,
        title_set=of.title_set,
        term=of.term,
        bloc=of.bloc,
        entry=entry.entry_id,
        cadre=entry.cadre_id,
        name=person.name,
        sex=person.sex,
        minority=is_minority(person.ethnicity),
        woman=is_woman(person.sex),
        age=age_on(person.birth, reference),
        theory=person.theory,
        state_management=person.state_management,
        current_post=current,
        current_title=current_post.title,
        current_rank=current_post.rank_group,
        post=entry.post_id,
        title=post.title,
        target_unit=target,
        target_unit_name=then.unit(target, when.as_of).name,
        source_unit=source,
        source_unit_name=then.unit(source, day).name,
        outside=is_outside(entry.source, source, target or of.owner_id),
        vertical=vertical,
        vertical_name=then.unit(vertical, when.as_of).name,
        votes=[_vote(*line.split("\t")) for line in entry.votes.split("\n") if line],
        start=entry.added,
        end=entry.removed,
        live=is_live(entry.valid_from, entry.valid_to, of.valid_to, when.as_of),
        outcome=entry.ended,
        proof=Proof(
            link("planning", entry.list_id, entry.opened_by),
            documents.get(entry.decision),
            link("planning", entry.list_id, entry.closed_by),
            documents.get(entry.closing_decision),
        ),
    )


_AS_KEPT = (
    *("title_code", "source", "batch_no", "review_in", "mapped_from", "mode", "ground", "trigger"),
    *("review_out", "managed_by"),
)


def _vote(step: str, *counts: str) -> VoteLine:
    return VoteLine(step, *(int(count) if count else None for count in counts))
