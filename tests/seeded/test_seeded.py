"""Every bug that was put in on purpose is found; without it the same tests pass."""

from collections.abc import Callable

import pytest

from services.appointment import domain as appointment
from services.chronicle.projections import shapes
from services.chronicle.projections.posts import code_step, edge_step, quotas
from services.chronicle.projections.tenures import _ended, _opened, tenures
from services.chronicle.projections.units import step as unit_step
from services.chronicle.projections.units import units
from services.organization import domain as organization
from shared import dates, keyring, periods, store, tables, timeline
from shared.recorders import sqlite
from tests.appointment import test_course, test_start
from tests.chronicle import test_posts, test_tenures, test_units
from tests.kernel import test_dates, test_faults, test_keyring, test_log, test_timeline, test_writers
from tests.laws.test_counting import test_every_clause_of_a_reorganisation_has_its_row
from tests.organization import test_units as test_unit_rules
from tests.seeded.finders import LawOver, batches, delivery, fast, in_folder, late, law, void
from tests.seeded.seed import Seed, found_by

SEEDS = [
    Seed(
        "intervals closed at the end",
        ((shapes.until, "latest(end)", "latest(end)[:9] + chr(ord(latest(end)[9]) + 1)"),),
        (test_units.test_a_name_lasts_to_the_day_before_the_next,),
    ),
    Seed(
        "tenures closed at the end",
        ((_ended, "valid_to=latest(end)", "valid_to=latest(end)[:9] + chr(ord(latest(end)[9]) + 1)"),),
        (test_tenures.test_a_post_is_held_from_the_first_day_to_the_day_before_the_end,),
    ),
    Seed(
        "facts folded in the order of arrival",
        ((timeline.effective_order, "return (when, fact.same_day_order,", "return (event.recorded_at, 0,"),),
        (law(late, tenures, units),),
    ),
    Seed(
        "concurrent posts dropped",
        ((_opened, "if tenure in rows:", 'if tenure in rows or fact.holding == "CONCURRENT":'),),
        (test_tenures.test_a_concurrent_post_is_shown_beside_the_primary_one,),
    ),
    Seed(
        "the end of a tenure ignored",
        ((_ended, "if row is None or row.ended:", "if True:"),),
        (test_tenures.test_a_post_is_held_from_the_first_day_to_the_day_before_the_end,),
    ),
    Seed(
        "corrections ignored",
        ((timeline.resolved, "if not corrections:\n        return list(events.values())", "if True:\n        return [each for each in events.values() if each not in corrections]"),),
        (law(void, tenures),),
    ),
    Seed(
        "corrections of corrections ignored",
        ((timeline.resolved, "if event.event_id in void:", "if False:"),),
        (law(void, tenures), test_tenures.test_the_newest_amendment_wins_and_a_voided_one_counts_no_more),
    ),
    Seed(
        "the oldest amendment wins",
        ((timeline._amend, "reversed(amended.get(event.event_id, ()))", "amended.get(event.event_id, ())"),),
        (test_tenures.test_the_newest_amendment_wins_and_a_voided_one_counts_no_more,),
    ),
    Seed(
        "repeats not dropped",
        (
            (timeline.arrival, "sorted({event.event_id: event for event in found}.values(), key=arrival_order)", "sorted(found, key=arrival_order)"),
            (timeline.timeline, "{event.event_id: event for event in events}", "dict(enumerate(events))"),
        ),
        (law(delivery, units, tenures),),
    ),
    Seed(
        "facts not put into the order of arrival",
        ((timeline.arrival, "return sorted({event.event_id: event for event in found}.values(), key=arrival_order)", "return list({event.event_id: event for event in found}.values())"),),
        (law(delivery, units, tenures),),
    ),
    Seed(
        "the fast path never folds anew",
        ((periods.periods, "if in_order and event.event_id not in corrected:", "if type(fact) is not Corrected and (order := effective_order(event)):"),),
        (law(fast, tenures, units),),
    ),
    Seed(
        "a correction learnt first is forgotten by the fast path",
        ((periods.periods, "if in_order and event.event_id not in corrected:", "if in_order:"),),
        (law(fast, units, tenures),),
    ),
    Seed(
        "folding anew keeps too much",
        ((periods._settle, "if old is not new and old != new:", "if old.event_id != new.event_id:"),),
        (law(fast, units, tenures),),
    ),
    Seed(
        "what was known is overwritten",
        ((periods.periods, "done.append(Period(key, old, start, now))", "pass"),),
        (law(fast, tenures, units), test_tenures.test_a_voided_end_is_still_shown_to_whoever_asks_what_was_known),
    ),
    Seed(
        "an instant is cut in two",
        ((periods._rejoin, "if period.known_to != now:", "if True:"),),
        (law(fast, units, tenures, quotas),),
    ),
    Seed(
        "stale rows stay in the table",
        ((tables.Tables.store, "if stale:", "if False:"),),
        (law(batches, tenures, units),),
    ),
    Seed(
        "rows that changed are not written again",
        ((tables.Tables.store, "if key not in stored or stored[key] != values", "if key not in stored"),),
        (law(batches, tenures, units),),
    ),
    Seed(
        "a partial end counts from its first day",
        ((timeline.effective_order, "latest(fact.effective_from) if fact.closes else earliest(fact.effective_from)", "earliest(fact.effective_from)"),),
        (test_timeline.test_an_end_counts_from_the_last_day_it_can_mean,),
    ),
    Seed(
        "every February has 28 days",
        ((dates.latest, "monthrange(int(when[:4]), int(when[5:]))[1]", "monthrange(2025, int(when[5:]))[1]"),),
        (lambda: test_dates.test_every_shape_is_an_interval("2024-02", test_dates.SHAPES["2024-02"]),),
    ),
    Seed(
        "a spelling changes every name",
        ((unit_step, "if row.name == last.name", "if True"),),
        (test_units.test_a_spelling_leaves_earlier_names_alone,),
    ),
    Seed(
        "codes are never closed",
        ((code_step, "if code not in kept:", "if False:"),),
        (test_posts.test_a_code_lasts_until_a_change_that_no_longer_names_it,),
    ),
    Seed(
        "clauses kept as a set of pairs",
        ((edge_step, "/{edge.clause_no}", ""),),
        (test_every_clause_of_a_reorganisation_has_its_row,),
    ),
    Seed(
        "two primary posts allowed",
        ((appointment.room, "held.holding == new.holding == Holding.PRIMARY", "False"),),
        (test_start.test_nobody_holds_two_primary_posts_at_once,),
    ),
    Seed(
        "the day a post ends still taken",
        ((appointment.room, "if max(first, since) < min(after, until):", "if max(first, since) <= min(after, until):"),),
        (test_start.test_the_next_post_may_start_on_the_day_the_last_one_ends,),
    ),
    Seed(
        "a tenure of no days allowed",
        ((dates.may_precede, "earliest(start) < latest(end)", "earliest(start) <= latest(end)"),),
        (test_course.test_a_tenure_lasts_a_day_at_least,),
    ),
    Seed(
        "districts outlive the reform",
        ((organization.in_force, "earliest(when) >= after", "earliest(when) > after"),),
        (lambda: test_unit_rules.test_districts_and_townships_ended_with_the_reform(test_unit_rules.Kind.TOWNSHIP),),
    ),
    Seed(
        "seq counts on over epochs",
        ((store.Log._open, "event.recorded_at, 0, epoch", "event.recorded_at, event.seq, epoch"),),
        (in_folder(test_log.test_every_epoch_counts_its_seq_from_one_and_positions_go_on),),
    ),
    Seed(
        "the chain forgets what came before",
        ((store.Log._place, "sha256(head.chain + state)", "sha256(state)"),),
        (in_folder(test_log.test_the_chain_is_recomputed_from_the_stored_bytes),),
    ),
    Seed(
        "versions not checked",
        ((store.Log._place, "if version != draft.expected:", "if False:"),),
        (in_folder(test_log.test_a_decision_made_on_an_old_version_is_refused_whole),),
    ),
    Seed(
        "the clock may go back",
        ((store.Log._place, "if now <= head.recorded_at:", "if False:"),),
        (in_folder(test_log.test_a_decision_is_one_instant_and_the_next_is_later_even_when_the_clock_goes_back),),
    ),
    Seed(
        "a repeated key is not noticed",
        ((store.Log._repeated, "if not draft.command_id:", "if True:"),),
        (in_folder(test_log.test_a_key_repeated_within_one_transaction_is_answered_once),),
    ),
    Seed(
        "a key may be used for something else",
        ((store.Log._repeated, "if not same:", "if False:"),),
        (lambda: in_folder(lambda home: test_log.test_a_key_is_not_used_for_something_else(home, "a", b"other"))(),),
    ),
    Seed(
        "two processes write",
        ((sqlite.SQLitePen.write, "self._insert(EVENTS, events, number)", "self._insert(EVENTS, events, number) or True"),),
        (in_folder(test_writers.test_a_second_process_that_writes_fences_off_the_first),),
    ),
    Seed(
        "names stored in clear",
        ((keyring.seal, "sealed(name, text) if text else text", "text"),),
        (in_folder(test_keyring.test_only_ciphertext_is_in_the_files),),
    ),
    Seed(
        "corrections stored in clear",
        ((keyring._within, "if name in fields and isinstance(value, str):", "if False:"),),
        (in_folder(test_keyring.test_a_correction_of_what_is_personal_is_ciphertext_too),),
    ),
]


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: str(seed.name))
def test_the_bug_is_found(seed: Seed) -> None:
    assert found_by(seed), f"nothing noticed {seed.name!r}"


FINDERS = {str(finder): finder for seed in SEEDS for finder in seed.finders}


@pytest.mark.parametrize("finder", FINDERS.values())
def test_without_a_bug_its_finder_is_silent(finder: Callable[[], object]) -> None:
    if isinstance(finder, LawOver):
        finder(examples=10)
    else:
        finder()
