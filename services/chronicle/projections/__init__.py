"""Every projection of the chronicle, by name."""

from services.chronicle.projections.codes import person_codes, unit_codes
from services.chronicle.projections.contests import candidacies, contests, reliefs
from services.chronicle.projections.evaluations import ballots, evaluations, reviews
from services.chronicle.projections.files import away, kinship, merged_records
from services.chronicle.projections.ignored import ignored
from services.chronicle.projections.people import cadres, decisions
from services.chronicle.projections.planning import (
    planning_entries,
    planning_lists,
    planning_reviews,
    planning_titles,
)
from services.chronicle.projections.posts import edges, oversight, posts, quotas
from services.chronicle.projections.programmes import programme_items, reorganisation_targets
from services.chronicle.projections.rotations import rotation_plans, rotations
from services.chronicle.projections.rules import rules
from services.chronicle.projections.secrecy import secret_facts, secret_subjects
from services.chronicle.projections.tenures import tenures
from services.chronicle.projections.trainings import disciplines, trainings
from services.chronicle.projections.units import units
from shared.core.projection import AnyProjection

PROJECTIONS: tuple[AnyProjection, ...] = (
    *(units, posts, unit_codes, edges, oversight, quotas, secret_subjects),
    *(cadres, person_codes, merged_records, kinship, away, trainings, disciplines),
    *(tenures, decisions, rules),
    *(planning_lists, planning_titles, planning_entries, planning_reviews),
    *(rotations, rotation_plans),
    *(evaluations, reviews, ballots),
    *(contests, candidacies, reliefs),
    *(reorganisation_targets, programme_items),
    *ignored,
    *secret_facts,
)
