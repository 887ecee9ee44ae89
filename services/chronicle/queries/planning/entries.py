"""One cadre on one planning list, with the names of the day that is asked for."""

from typing import NamedTuple

import msgspec

from services.chronicle.queries.common.dated_lookup import DatedLookup
from services.chronicle.queries.common.dimensions import age_on, is_live, is_minority, is_outside, is_woman
from services.chronicle.queries.common.responses import AsOf, Documents, Proof, link
from services.chronicle.rows import EntryRow, list_from_text
from services.planning.events import Vote
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
    """The step of the round."""
    votes_for: int | None
    """Votes for; null: not known."""
    cast: int | None
    """Valid votes; null: not known."""
    present: int | None
    """How many were present; null: not known."""


class EntryLine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One cadre planned for one title of one list.

    `age` in full years on the list's age reference day, or on the day asked for; None: not known. `outside`: from
    another unit than the one planned for; None: not known. `vertical`: the vertical authority of a dual-managed source
    unit. `live` on the day asked for; `outcome` says why it no longer is. `current_post`: the primary post on that day.
    """

    planning_list: str
    """Id of the list."""
    list_name: str
    """What the list is called."""
    owner: str
    """Id of the body whose list it is."""
    owner_name: str
    """Its name."""
    title_set: str
    """Code of what the list plans for."""
    term: str
    """The term that it plans for."""
    bloc: str
    """Whose term that is."""
    entry: str
    """Id of the entry."""
    cadre: str
    """Id of the cadre."""
    name: str
    """Full name."""
    sex: str
    """F or M; empty: not stated."""
    woman: bool | None
    """Whether the cadre is a woman; null: not known."""
    minority: bool | None
    """Whether of an ethnic minority; null: not known."""
    age: int | None
    """Age in full years; null: not known."""
    theory: str
    """Level of political theory."""
    state_management: str
    """Level of state management."""
    current_post: str
    """Id of the post held on that day."""
    current_title: str
    """Its title."""
    current_rank: str
    """The group of posts that it ranks with."""
    post: str
    """Id of the post planned for."""
    title: str
    """The title planned for."""
    title_code: str
    """Code of the title planned for."""
    target_unit: str
    """Id of the unit planned for."""
    target_unit_name: str
    """Its name."""
    source: str
    """INTERNAL, EXTERNAL, DUAL_MANAGED or UNSTATED."""
    source_unit: str
    """Id of the unit where the cadre works."""
    source_unit_name: str
    """Its name."""
    outside: bool | None
    """Whether from another unit than the one planned for; null: not known."""
    vertical: str
    """Id of the vertical authority of a dual-managed source unit."""
    vertical_name: str
    """Its name."""
    votes: list[VoteLine]
    """The votes of each step of the round."""
    batch_no: int
    """Number of the batch within the round; 0: none."""
    review_in: int
    """The year of the review that added it; 0: the first approval."""
    mapped_from: str
    """Id of the entry that it carries on."""
    start: str
    """First day, perhaps partial."""
    end: str
    """First day off the list, perhaps partial; empty: still on it."""
    live: bool
    """Whether it counts on the day asked for."""
    outcome: str
    """Why it left the list; empty: still on it."""
    mode: str
    """Whether that was decided, or follows from a rule."""
    ground: str
    """The reason in the decision's words."""
    trigger: str
    """Event id of the fact that an automatic removal follows from."""
    review_out: int
    """The year of the review that removed it; 0: none."""
    managed_by: str
    """Id of the unit that manages the cadre."""
    proof: Proof
    """The facts it comes from."""


def make_entry_line(
    list_row: ListRow,
    entry: EntryRow,
    source: str,
    vertical: str,
    current: str,
    lookup: DatedLookup,
    documents: Documents,
    when: AsOf,
) -> EntryLine:
    """`source`: the unit the cadre works in; `vertical`: its vertical authority; `current`: the primary post now."""
    person, day = lookup.person(entry.cadre_id), entry.valid_from
    post, current_post = lookup.post(entry.post_id, when.as_of), lookup.post(current, when.as_of)
    target = entry.title_unit or post.unit
    reference = Day(PDate(list_row.age_reference)) if len(list_row.age_reference) == 10 else when.as_of
    return EntryLine(
        **{name: getattr(entry, name) for name in _COPIED_FIELDS},
        planning_list=entry.list_id,
        list_name=list_row.name,
        owner=list_row.owner_id,
        owner_name=lookup.unit(list_row.owner_id, when.as_of).name,
        title_set=list_row.title_set,
        term=list_row.term,
        bloc=list_row.bloc,
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
        target_unit_name=lookup.unit(target, when.as_of).name,
        source_unit=source,
        source_unit_name=lookup.unit(source, day).name,
        outside=is_outside(entry.source, source, target or list_row.owner_id),
        vertical=vertical,
        vertical_name=lookup.unit(vertical, when.as_of).name,
        votes=[_vote(vote) for vote in list_from_text(entry.votes, Vote)],
        start=entry.added,
        end=entry.removed,
        live=is_live(entry.valid_from, entry.valid_to, list_row.valid_to, when.as_of),
        outcome=entry.ended,
        proof=Proof(
            link("planning", entry.list_id, entry.opened_by),
            documents.get(entry.decision),
            link("planning", entry.list_id, entry.closed_by),
            documents.get(entry.closing_decision),
        ),
    )


_COPIED_FIELDS = (
    *("title_code", "source", "batch_no", "review_in", "mapped_from", "mode", "ground", "trigger"),
    *("review_out", "managed_by"),
)


def _vote(vote: Vote) -> VoteLine:
    return VoteLine(vote.step.value, vote.votes_for, vote.cast, vote.present)
