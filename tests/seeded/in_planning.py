"""Bugs in planning, in rotation, and in what answers them."""

from tests.chronicle import test_moves, test_planning
from tests.planning import test_domain as planning
from tests.planning import test_reactions
from tests.rotation import test_domain as rotation
from tests.rotation import test_others
from tests.seeded.seed import Seed

SEEDS = [
    Seed(
        "a second live entry for one title allowed",
        (("services.planning.domain.decider:add_entry", "max(first, since) < min(after, until)", "False"),),
        (planning.test_a_second_live_entry_for_one_title_is_refused,),
    ),
    Seed(
        "who left the list may never enter again",
        (("services.planning.domain.decider:add_entry", "max(first, since) < min(after, until)", "True"),),
        (planning.test_whoever_left_the_list_may_enter_again_from_that_day,),
    ),
    Seed(
        "votes never counted",
        (("services.planning.domain.decider:require_consistent_votes", "rising != sorted(rising)", "False"),),
        (lambda: planning.test_votes_above_those_present_are_refused(9, 13, 12),),
    ),
    Seed(
        "a review counts the removals of every year",
        (
            (
                "services.planning.domain.decider:close_review",
                "entry.review_out == proposed.year",
                "entry.review_out > 0",
            ),
        ),
        (planning.test_the_counts_of_a_review_are_those_of_its_own_facts,),
    ),
    Seed(
        "a closed review takes more",
        (
            (
                "services.planning.domain.decider:require_open_review",
                "review in state.closed_reviews",
                "False",
            ),
        ),
        (planning.test_nothing_is_added_to_a_review_that_is_closed,),
    ),
    Seed(
        "the planned title is never reached",
        (("services.planning.reactions:reach_title", "row.post_id == fact.post", "False"),),
        (test_reactions.test_whoever_gets_the_planned_title_leaves_the_list,),
    ),
    Seed(
        "a title code means every unit",
        (
            (
                "services.planning.reactions:reach_title",
                "(row.title_code, row.title_unit) in codes",
                "row.title_code in {code for code, _ in codes}",
            ),
        ),
        (test_reactions.test_a_title_planned_by_its_code_is_reached_in_its_unit_only,),
    ),
    Seed(
        "who has left the list leaves again",
        (("services.planning.reactions:remove_live_entries", "if not row.ended and", "if row.ended or"),),
        (test_reactions.test_who_has_left_the_list_does_not_leave_again,),
    ),
    Seed(
        "two rotations at once",
        (
            (
                "services.rotation.domain.decider:start_rotation",
                "max(first, since) < min(after, until)",
                "False",
            ),
        ),
        (rotation.test_a_rotation_while_one_is_open_is_refused,),
    ),
    Seed(
        "a secondment blocks a rotation",
        (("services.rotation.domain.decider:start_rotation", "posting.min_months is not None and ", ""),),
        (rotation.test_a_secondment_is_no_rotation,),
    ),
    Seed(
        "the new tenure named after its post",
        (("services.appointment.reactions:move_cadre", 'event.event_id if post else ""', "post"),),
        (test_others.test_appointment_ends_the_old_tenure_and_starts_the_new_one,),
    ),
    Seed(
        "a secondment ends the home tenure",
        (
            (
                "services.appointment.reactions:follow_move",
                'return move_cadre(event, "", fact.to_post, holding',
                "return move_cadre(event, fact.from_tenure, fact.to_post, holding",
            ),
        ),
        (test_others.test_a_secondment_keeps_the_home_post,),
    ),
    Seed(
        "a posting outlives its post",
        (("services.rotation.reactions:end_open_postings", "if row.posting and not row.ended", "if False"),),
        (test_others.test_a_posting_ends_with_its_post_and_its_unit,),
    ),
    Seed(
        "the last end of a posting stands",
        (("services.chronicle.projections.rotations:move_step", " and not row.ended", ""),),
        (test_moves.test_the_first_end_stands_until_it_is_voided,),
    ),
    Seed(
        "the last removal of an entry stands",
        (("services.chronicle.projections.planning:entry_step", " and not row.ended", ""),),
        (test_planning.test_an_entry_leaves_once_and_another_may_follow,),
    ),
    Seed(
        "versions of a plan add up",
        (("services.chronicle.projections.rotations:plan_step", "if row.valid_to == LAST_DAY", "if False"),),
        (test_moves.test_a_later_version_takes_the_place_of_the_plan,),
    ),
]
