"""Bugs in how facts become rows: order, corrections, repeats, what was known, what is stored."""

from services.chronicle.projections.contests import reliefs
from services.chronicle.projections.tenures import tenures
from services.chronicle.projections.units import units
from tests.chronicle import test_tenures
from tests.kernel import test_dates, test_timeline
from tests.seeded.finders import batches, delivery, fast, late, law, looks, void
from tests.seeded.seed import Seed

SEEDS = [
    Seed(
        "facts folded in the order of arrival",
        (
            (
                "shared.core.timeline:effective_order",
                "return (when, fact.same_day_order,",
                "return (event.recorded_at, 0,",
            ),
        ),
        (law(late, tenures, units),),
    ),
    Seed(
        "a step answers a fact that its projection does not look at",
        (
            (
                "services.chronicle.projections.contests:relief_step",
                "if not isinstance(fact, TenureEnded) or",
                "if not isinstance(fact, TenureEnded):\n        return {key: None for key in rows}\n    if",
            ),
        ),
        (law(looks, reliefs),),
    ),
    Seed(
        "corrections never reach a projection that looks at few kinds",
        (
            (
                "shared.core.bitemporal:_fold_facts",
                "if type(event.fact) in kinds",
                "if type(event.fact) in projection.handles",
            ),
        ),
        (law(fast, reliefs, tenures),),
    ),
    Seed(
        "corrections ignored",
        (
            (
                "shared.core.timeline:apply_corrections",
                "if not corrections:\n        return list(events.values())",
                "if True:\n        return [each for each in events.values() if each not in corrections]",
            ),
        ),
        (law(void, tenures),),
    ),
    Seed(
        "corrections of corrections ignored",
        (("shared.core.timeline:_collect_corrections", "if event.event_id in void:", "if False:"),),
        (law(void, tenures), test_tenures.test_the_newest_amendment_wins_and_a_voided_one_counts_no_more),
    ),
    Seed(
        "a fast clock outlives a correction",
        (("shared.core.timeline:_collect_corrections", "key=total_order", "key=arrival_order"),),
        (test_timeline.test_a_void_outlives_the_fast_clock_of_the_site_that_amended, law(late, tenures)),
    ),
    Seed(
        "a correction that arrives last is taken for the last",
        (
            (
                "shared.core.bitemporal:_fold_facts",
                "simple = simple and total_order(event) > last_correction",
                "pass",
            ),
        ),
        (test_timeline.test_of_two_amendments_the_last_in_total_order_wins_whichever_was_known_first,),
    ),
    Seed(
        "the oldest amendment wins",
        (
            (
                "shared.core.timeline:_amend",
                "reversed(amended.get(event.event_id, ()))",
                "amended.get(event.event_id, ())",
            ),
        ),
        (test_tenures.test_the_newest_amendment_wins_and_a_voided_one_counts_no_more,),
    ),
    Seed(
        "repeats not dropped",
        (
            (
                "shared.core.timeline:sort_by_arrival",
                "sorted({event.event_id: event for event in ordered}.values(), key=arrival_order)",
                "sorted(ordered, key=arrival_order)",
            ),
            (
                "shared.core.timeline:timeline",
                "{event.event_id: event for event in events}",
                "dict(enumerate(events))",
            ),
        ),
        (law(delivery, units, tenures),),
    ),
    Seed(
        "facts not put into the order of arrival",
        (
            (
                "shared.core.timeline:sort_by_arrival",
                "return sorted({event.event_id: event for event in ordered}.values(), key=arrival_order)",
                "return list({event.event_id: event for event in ordered}.values())",
            ),
        ),
        (law(delivery, units, tenures),),
    ),
    Seed(
        "the fast path never folds anew",
        (
            (
                "shared.core.bitemporal:_fold_facts",
                "if extends:",
                "if type(fact) is not Corrected:",
            ),
        ),
        (law(fast, tenures, units),),
    ),
    Seed(
        "a correction learnt first is forgotten by the fast path",
        (
            (
                "shared.core.bitemporal:_fold_facts",
                "if event.event_id in targets or type(fact) is Corrected:",
                "if type(fact) is Corrected:",
            ),
        ),
        (test_timeline.test_a_correction_known_before_what_it_corrects_waits_for_it,),
    ),
    Seed(
        "a late fact is folded last",
        (
            (
                "shared.core.bitemporal:_insert_into_timeline",
                "insort(events, moved, key=effective_order)",
                "events.append(moved)",
            ),
        ),
        (law(fast, tenures, units),),
    ),
    Seed(
        "folding anew keeps too much",
        (
            (
                "shared.core.bitemporal:_refold",
                "if old is not new and old != new:",
                "if old.event_id != new.event_id:",
            ),
        ),
        (test_tenures.test_an_amended_start_moves_the_tenure_and_keeps_what_was_known,),
    ),
    Seed(
        "what was known is overwritten",
        (("shared.core.bitemporal:_fold_facts", "done.append(PeriodRow(key, old, start, now))", "pass"),),
        (
            law(fast, tenures, units),
            test_tenures.test_a_voided_end_is_still_shown_to_whoever_asks_what_was_known,
        ),
    ),
    Seed(
        "an instant is cut in two",
        (("shared.core.bitemporal:_rejoin", "if period.known_to != now:", "if True:"),),
        (test_timeline.test_what_an_instant_changes_and_changes_back_has_not_changed,),
    ),
    Seed(
        "stale rows stay in the table",
        (("shared.readmodel.row_store:RowStore.store", "if stale:", "if False:"),),
        (law(batches, tenures, units),),
    ),
    Seed(
        "rows that changed are not written again",
        (
            (
                "shared.readmodel.row_store:RowStore.store",
                "if key not in stored or stored[key] != values",
                "if key not in stored",
            ),
        ),
        (law(batches, tenures, units),),
    ),
    Seed(
        "a partial end counts from its first day",
        (
            (
                "shared.core.timeline:effective_order",
                "latest(fact.effective_from) if fact.closes else earliest(fact.effective_from)",
                "earliest(fact.effective_from)",
            ),
        ),
        (test_timeline.test_an_end_counts_from_the_last_day_it_can_mean,),
    ),
    Seed(
        "every February has 28 days",
        (
            (
                "shared.core.partial_dates:latest",
                "monthrange(int(when[:4]), int(when[5:]))[1]",
                "monthrange(2025, int(when[5:]))[1]",
            ),
        ),
        (lambda: test_dates.test_every_shape_is_an_interval("2024-02", test_dates.SHAPES["2024-02"]),),
    ),
]
