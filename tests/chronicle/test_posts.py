"""Posts, clauses, codes, oversight and quotas through time."""

from msgspec.structs import replace

from services.chronicle.projections.codes import unit_codes
from services.chronicle.projections.posts import edges, oversight, posts, quotas
from services.organization.events import (
    Edge,
    OversightSet,
    Portion,
    QuotaKind,
    QuotaSet,
    ReorganisationApproved,
    ReorganisationExecuted,
    Role,
    Route,
)
from shared.core.facts import Code
from shared.testing import on
from tests.chronicle.shown import certain, possible, rows
from tests.organization.facts import (
    AUTUMN,
    MAY,
    NEW_YEAR,
    REFORM,
    abolished,
    chair,
    dissolved,
    renamed,
    revised,
    ward,
)

GSO, OLD, NEW = Code("gso", "02647"), Code("local", "P1"), Code("local", "P2")


def test_a_post_is_shown_as_it_was_created() -> None:
    fact = replace(
        chair,
        decision="d1",
        managed_by="city",
        codes=(GSO,),
        seats=2,
        route=Route.ELECTED,
        title_code="c",
        key_title=True,
    )
    (row,) = rows(posts, fact, stream="chair")
    assert (row.post_id, row.unit_id, row.title, row.search) == ("chair", "ward", "Chủ tịch", "chu tich")
    assert (row.role, row.route, row.seats, row.term_months, row.key_title) == (
        "HEAD",
        "ELECTED",
        2,
        60,
        True,
    )
    assert (row.codes, row.managed_by, row.opened_by, row.decision) == (
        '[{"scheme":"gso","value":"02647"}]',
        "city",
        "here/1",
        "d1",
    )


def test_a_revision_opens_a_version_and_keeps_what_it_does_not_say() -> None:
    first, second = rows(
        posts,
        replace(chair, managed_by="city", codes=(GSO,)),
        replace(revised, role=Role.UNSTATED, decision="d2"),
    )
    assert (first.valid_to, second.valid_from) == (REFORM, REFORM)
    assert (second.title, second.role, second.unit_id) == ("Chủ tịch UBND phường", "UNSTATED", "ward")
    assert (second.managed_by, second.codes, second.opened_by, second.decision) == (
        "city",
        '[{"scheme":"gso","value":"02647"}]',
        "here/2",
        "d2",
    )


def test_a_revision_on_the_day_a_version_began_changes_that_version() -> None:
    (row,) = rows(posts, chair, replace(revised, effective_from=NEW_YEAR))
    assert (row.title, row.opened_by) == ("Chủ tịch UBND phường", "here/1")


def test_an_abolished_post_says_why_and_is_gone_on_that_day() -> None:
    found = rows(posts, chair, abolished, revised)
    assert [row.closing for row in found] == ["", "merger"]
    assert found[1].closed_by == "here/2"
    assert possible(found, "2025-09-30")
    assert not possible(found, AUTUMN)


def test_nothing_happens_to_a_post_that_never_was_or_is_gone() -> None:
    assert rows(posts, revised, abolished, ward) == []
    assert len(rows(posts, chair, replace(chair, title="Twin"))) == 1
    assert len(rows(posts, chair, abolished, replace(revised, effective_from=on("2026")))) == 1


def test_facts_of_other_things_leave_posts_and_quotas_alone() -> None:
    assert len(rows(posts, chair, renamed)) == 1
    assert rows(quotas, ward, renamed) == []


def test_only_an_executed_reorganisation_shows_its_clauses() -> None:
    clause = Edge(source="a", target="b", portion=Portion.PART, clause_no=3)
    plan = ReorganisationApproved(title="plan", edges=(clause,), effective_from=MAY)
    assert rows(edges, plan) == []
    (row,) = rows(
        edges,
        plan,
        ReorganisationExecuted(title="merger", edges=(clause,), effective_from=REFORM, decision="d"),
        stream="r",
    )
    assert (row.reorganisation, row.title, row.source_id, row.target_id) == ("r", "merger", "a", "b")
    assert (row.portion, row.clause_no, row.valid_from, row.decision) == ("PART", 3, REFORM, "d")


def codes_on(day: str, *facts: object) -> list[str]:
    return sorted(f"{row.scheme} {row.value}" for row in possible(rows(unit_codes, *facts), day))


def test_a_code_lasts_until_a_change_that_no_longer_names_it() -> None:
    coded, recoded = replace(ward, codes=(GSO, OLD)), replace(renamed, codes=(GSO, NEW))
    assert codes_on("2025-06-30", coded, recoded) == ["gso 02647", "local P1"]
    assert codes_on(REFORM, coded, recoded) == ["gso 02647", "local P2"]
    assert len(rows(unit_codes, coded, recoded)) == 3, "the code that stays is one row"


def test_a_change_that_names_no_codes_leaves_them() -> None:
    assert codes_on(REFORM, replace(ward, codes=(GSO,)), renamed) == ["gso 02647"]


def test_an_end_ends_all_codes() -> None:
    assert codes_on("2025-09-30", replace(ward, codes=(GSO,)), dissolved) == ["gso 02647"]
    assert codes_on(AUTUMN, replace(ward, codes=(GSO,)), dissolved) == []


def test_a_code_may_come_back() -> None:
    facts = (
        replace(ward, codes=(OLD,)),
        replace(renamed, codes=()),
        replace(renamed, codes=(OLD,), effective_from=AUTUMN),
    )
    assert [codes_on(day, *facts) for day in (MAY, REFORM, AUTUMN)] == [["local P1"], [], ["local P1"]]


def test_a_code_says_what_it_names() -> None:
    assert [
        row.what for row in rows(unit_codes, replace(ward, codes=(GSO,)), replace(renamed, codes=(OLD,)))
    ] == ["unit"] * 2
    (row,) = rows(unit_codes, replace(chair, codes=(GSO,)), stream="chair")
    assert (row.what, row.subject) == ("post", "chair")


def test_a_second_oversight_replaces_the_first() -> None:
    first = OversightSet(vertical="v1", territorial="t", effective_from=MAY)
    found = rows(oversight, ward, first, replace(first, vertical="v2", effective_from=REFORM, until=AUTUMN))
    assert [(row.vertical, row.valid_from, row.valid_to) for row in found] == [
        ("v1", MAY, REFORM),
        ("v2", REFORM, AUTUMN),
    ]


def test_an_oversight_that_had_ended_is_not_drawn_out_by_the_next() -> None:
    first = OversightSet(vertical="v1", territorial="t", effective_from=NEW_YEAR, until=MAY)
    found = rows(oversight, first, replace(first, effective_from=AUTUMN, until=None))
    assert [(row.valid_from, row.valid_to) for row in found] == [(NEW_YEAR, MAY), (AUTUMN, "9999-12-31")]


def test_each_kind_of_quota_has_its_own_course() -> None:
    deputies = QuotaSet(quota=QuotaKind.DEPUTIES, amount=3, effective_from=MAY)
    heads = QuotaSet(quota=QuotaKind.HEADS, amount=1, effective_from=MAY)
    fewer = replace(
        deputies, amount=2, effective_from=REFORM, overage_allowed=1, overage_until=on("2030-07-01")
    )
    found = rows(quotas, deputies, heads, fewer)
    assert sorted((row.quota, row.amount) for row in possible(found, MAY)) == [("DEPUTIES", 3), ("HEADS", 1)]
    assert sorted((row.quota, row.amount) for row in certain(found, REFORM)) == [
        ("DEPUTIES", 2),
        ("HEADS", 1),
    ]
    assert [(row.overage_allowed, row.overage_until) for row in found] == [
        (0, ""),
        (0, ""),
        (1, "2030-07-01"),
    ]
