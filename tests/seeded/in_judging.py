"""Bugs in rules, grades, files and corrections."""

from functools import partial

from services.evaluation.events import Grade
from tests.evaluation import test_domain as test_grades
from tests.kernel import test_rulebook
from tests.personnel import test_file, test_merging
from tests.regulation import test_appointing, test_developing
from tests.seeded.seed import Seed

SEEDS = [
    Seed(
        "a rule is chosen by the day of effect",
        (
            (
                "services.regulation.domain.rule_context:RuleContext.version",
                "self.book.version(rule, day, **scope)",
                "self.book.version(rule, self.start, **scope)",
            ),
        ),
        (test_appointing.test_the_same_promotion_is_judged_by_the_text_of_the_day_of_its_decision,),
    ),
    Seed(
        "the day a version ends still its own",
        (("shared.core.rulebook:choose_version", "day < each.until", "day <= each.until"),),
        (
            partial(test_rulebook.test_the_version_is_that_of_the_day, "2022-01-01", 2),
            test_appointing.test_a_rule_enacted_here_stands_before_the_one_that_is_shipped,
        ),
    ),
    Seed(
        "relatives only as one side declared them",
        (
            (
                "services.regulation.domain.lookups:find_relatives",
                "context.rows(KINSHIP, relative_id=cadre)",
                "()",
            ),
        ),
        (partial(test_appointing.test_relatives_are_not_head_and_deputy_whoever_declared_it, "binh"),),
    ),
    Seed(
        "discipline of a merged file forgotten",
        (
            (
                "services.regulation.domain.lookups:find_files",
                "[cadre, *(row.merged_id for row in context.rows(MERGED_RECORDS, cadre_id=cadre))]",
                "[cadre]",
            ),
        ),
        (test_appointing.test_discipline_told_of_a_merged_file_bars_too,),
    ),
    Seed(
        "retirement by the year of birth",
        (("services.regulation.domain.ages:first_day_after", "[:4]) > year", "[:4]) > year + 99"),),
        (
            test_appointing.test_a_first_post_leaves_time_for_a_term,
            test_developing.test_the_planned_can_serve_a_term_by_the_age_reference_of_the_list,
        ),
    ),
    Seed(
        "any grade fits any score",
        (("services.evaluation.domain.decider:require_score_reaches_grade", "score < least", "False"),),
        (
            partial(
                test_grades.test_a_score_reaches_the_threshold_of_its_grade_and_may_be_graded_lower,
                Grade.GOOD,
                69.5,
                False,
            ),
        ),
    ),
    Seed(
        "a second final grade",
        (
            (
                "services.evaluation.domain.decider:record_grade",
                "if final and not proposed.replaces:",
                "if False:",
            ),
        ),
        (test_grades.test_a_grade_is_given_once_for_a_period_occasion_and_authority,),
    ),
    Seed(
        "more votes than voters",
        (("services.evaluation.domain.decider:record_vote", "sum(votes) > present", "max(votes) > present"),),
        (test_grades.test_a_vote_adds_up,),
    ),
    Seed(
        "forms of discipline outlive the law",
        (
            (
                "services.personnel.domain.discipline_forms:may_be_decided",
                "earliest(when) < until",
                "earliest(when) <= until",
            ),
        ),
        (
            partial(
                test_file.test_a_form_of_discipline_exists_on_that_side_and_day,
                "STATE",
                "PAY_CUT",
                "2025-07-01",
                False,
            ),
        ),
    ),
    Seed(
        "overlapping files merged",
        (
            (
                "services.personnel.domain.mergers:exclude_each_other",
                'one.holding == other.holding == "PRIMARY"',
                "False",
            ),
        ),
        (test_merging.test_primary_posts_at_one_time_keep_files_apart,),
    ),
    Seed(
        "an amended profile is not shown",
        (
            (
                "services.chronicle.projections.people:cadre_step",
                "if row and isinstance(fact, ProfileAmended):",
                "if False:",
            ),
        ),
        (test_file.test_what_is_amended_is_shown_as_last_told,),
    ),
]
