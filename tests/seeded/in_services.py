"""Bugs in what single rows and rules say."""

from functools import partial

from services.organization.events import Kind
from tests.appointment import test_course, test_start
from tests.chronicle import test_posts, test_tenures, test_units
from tests.laws.test_counting import test_every_clause_of_a_reorganisation_has_its_row
from tests.organization.test_units import test_districts_and_townships_ended_with_the_reform
from tests.seeded.seed import Seed

SEEDS = [
    Seed(
        "intervals closed at the end",
        (
            (
                "services.chronicle.projections.row_fields:until",
                "latest(end)",
                "latest(end)[:9] + chr(ord(latest(end)[9]) + 1)",
            ),
        ),
        (test_units.test_a_name_lasts_to_the_day_before_the_next,),
    ),
    Seed(
        "tenures closed at the end",
        (
            (
                "services.chronicle.projections.tenures:_ended",
                "valid_to=latest(end)",
                "valid_to=latest(end)[:9] + chr(ord(latest(end)[9]) + 1)",
            ),
        ),
        (test_tenures.test_a_post_is_held_from_the_first_day_to_the_day_before_the_end,),
    ),
    Seed(
        "concurrent posts dropped",
        (
            (
                "services.chronicle.projections.tenures:_opened",
                "if tenure in rows:",
                'if tenure in rows or fact.holding == "CONCURRENT":',
            ),
        ),
        (test_tenures.test_a_concurrent_post_is_shown_beside_the_primary_one,),
    ),
    Seed(
        "the end of a tenure ignored",
        (("services.chronicle.projections.tenures:_ended", "if row is None or row.ended:", "if True:"),),
        (test_tenures.test_a_post_is_held_from_the_first_day_to_the_day_before_the_end,),
    ),
    Seed(
        "a spelling changes every name",
        (("services.chronicle.projections.units:step", "if row.name == last.name", "if True"),),
        (test_units.test_a_spelling_leaves_earlier_names_alone,),
    ),
    Seed(
        "codes are never closed",
        (("services.chronicle.projections.codes:_replace_codes", "if code not in kept:", "if False:"),),
        (test_posts.test_a_code_lasts_until_a_change_that_no_longer_names_it,),
    ),
    Seed(
        "clauses kept as a set of pairs",
        (("services.chronicle.projections.posts:edge_step", "/{edge.clause_no}", ""),),
        (test_every_clause_of_a_reorganisation_has_its_row,),
    ),
    Seed(
        "two primary posts allowed",
        (
            (
                "services.appointment.domain.decider:require_no_overlap",
                "tenure.holding == new.holding == Holding.PRIMARY",
                "False",
            ),
        ),
        (test_start.test_nobody_holds_two_primary_posts_at_once,),
    ),
    Seed(
        "the day a post ends still taken",
        (
            (
                "services.appointment.domain.decider:require_no_overlap",
                "max(first, since) < min(after, until)",
                "max(first, since) <= min(after, until)",
            ),
        ),
        (test_start.test_the_next_post_may_start_on_the_day_the_last_one_ends,),
    ),
    Seed(
        "a tenure of no days allowed",
        (
            (
                "shared.core.partial_dates:may_precede",
                "earliest(start) < latest(end)",
                "earliest(start) <= latest(end)",
            ),
        ),
        (test_course.test_a_tenure_lasts_a_day_at_least,),
    ),
    Seed(
        "districts outlive the reform",
        (
            (
                "services.organization.domain.unit_kinds:_may_begin",
                "earliest(when) < after",
                "earliest(when) <= after",
            ),
        ),
        (partial(test_districts_and_townships_ended_with_the_reform, Kind.TOWNSHIP),),
    ),
]
