"""A unit under every name, kind and parent it had."""

from msgspec.structs import replace

from services.chronicle.projections.units import units
from services.chronicle.rows import UnitRow
from services.organization.events import QuotaKind, QuotaSet, UnitRenamed, UnitReparented
from shared.core.facts import Code
from shared.testing import on, void
from tests.chronicle.shown import certain, possible, rows
from tests.organization.facts import (
    AUTUMN,
    NEW_YEAR,
    REFORM,
    chair,
    dissolved,
    reclassified,
    renamed,
    reparented,
    ward,
)

CODES = (Code("gso", "02647"), Code("local", "P1"))


def names_on(day: str, *facts: object) -> list[str]:
    return [row.name for row in possible(rows(units, *facts), day)]


def versions(*facts: object) -> list[tuple[str, str, str, str]]:
    return [(row.name, row.opening, row.valid_from, row.valid_to) for row in rows(units, *facts)]


def test_an_established_unit_is_shown_as_it_was_told() -> None:
    (row,) = rows(
        units, replace(ward, decision="d1", codes=CODES, level="1", kind_label="phường"), stream="ward"
    )
    assert row == UnitRow(
        unit_id="ward",
        parent_id="city",
        name="Phường Cốc Lếu",
        search="phuong coc leu",
        kind="WARD",
        kind_label="phường",
        level="1",
        bloc="UNSTATED",
        codes='[{"scheme":"gso","value":"02647"},{"scheme":"local","value":"P1"}]',
        opening="established",
        opened_by="here/1",
        decision="d1",
        valid_from=NEW_YEAR,
        certain_from=NEW_YEAR,
    )


def test_a_unit_that_stood_where_the_source_begins_is_a_baseline() -> None:
    assert rows(units, replace(ward, baseline=True))[0].opening == "baseline"


def test_a_name_lasts_to_the_day_before_the_next() -> None:
    assert names_on("2025-06-30", ward, renamed) == ["Phường Cốc Lếu"]
    assert names_on("2025-07-01", ward, renamed) == ["Phường Lào Cai"]


def test_every_change_opens_a_version() -> None:
    later = replace(reclassified, effective_from=AUTUMN)
    assert versions(ward, renamed, later) == [
        ("Phường Cốc Lếu", "established", NEW_YEAR, REFORM),
        ("Phường Lào Cai", "renamed", REFORM, AUTUMN),
        ("Phường Lào Cai", "reclassified", AUTUMN, "9999-12-31"),
    ]
    assert [row.kind for row in rows(units, ward, later)] == ["WARD", "COMMUNE"]


def test_changes_of_one_day_make_one_version() -> None:
    first, second = rows(units, ward, renamed, reparented, reclassified)
    assert first.valid_to == second.valid_from == REFORM
    assert (second.name, second.parent_id, second.kind, second.level) == (
        "Phường Lào Cai",
        "province",
        "COMMUNE",
        "2",
    )
    assert second.opening == "renamed+reparented+reclassified"


def test_a_change_on_the_first_day_changes_the_first_version() -> None:
    (row,) = rows(units, ward, replace(renamed, effective_from=NEW_YEAR))
    assert (row.name, row.opening) == ("Phường Lào Cai", "established+renamed")


def test_changes_of_one_day_follow_their_order_or_else_the_order_of_learning() -> None:
    second = UnitRenamed(name="Second", effective_from=REFORM)
    assert names_on(REFORM, ward, renamed, second) == ["Second"]
    assert names_on(REFORM, ward, replace(renamed, same_day_order=1), second) == ["Phường Lào Cai"]


def test_a_renaming_learnt_late_goes_between() -> None:
    between = UnitRenamed(name="Between", effective_from=on("2025-03-01"))
    assert versions(ward, renamed, between) == [
        ("Phường Cốc Lếu", "established", NEW_YEAR, "2025-03-01"),
        ("Between", "renamed", "2025-03-01", REFORM),
        ("Phường Lào Cai", "renamed", REFORM, "9999-12-31"),
    ]


def test_a_spelling_is_corrected_at_all_times_and_opens_nothing() -> None:
    spelling = UnitRenamed(name="Phường Cốc Lêu", change="SPELLING", effective_from=AUTUMN)
    moved = replace(reparented, effective_from=on("2025-02-01"))
    found = rows(units, ward, moved, spelling)
    assert [(row.name, row.search, row.parent_id) for row in found] == [
        ("Phường Cốc Lêu", "phuong coc leu", "city"),
        ("Phường Cốc Lêu", "phuong coc leu", "province"),
    ]


def test_a_spelling_leaves_earlier_names_alone() -> None:
    spelling = UnitRenamed(name="Phường Lào Kai", change="SPELLING", effective_from=AUTUMN)
    assert [row.name for row in rows(units, ward, renamed, spelling)] == ["Phường Cốc Lếu", "Phường Lào Kai"]


def test_codes_change_with_a_change_that_names_them_and_stay_otherwise() -> None:
    coded = replace(ward, codes=CODES)
    kept, dropped = replace(renamed, codes=None), replace(renamed, codes=())
    recoded = replace(renamed, codes=(Code("gso", "99999"),))
    assert [row.codes for row in rows(units, coded, kept)] == [
        '[{"scheme":"gso","value":"02647"},{"scheme":"local","value":"P1"}]'
    ] * 2
    assert [row.codes for row in rows(units, coded, dropped)][1] == ""
    assert [row.codes for row in rows(units, coded, recoded)][1] == '[{"scheme":"gso","value":"99999"}]'


def test_a_dissolved_unit_is_gone_on_that_day_and_says_why() -> None:
    found = rows(units, ward, renamed, replace(dissolved, decision="d9"))
    assert [row.valid_to for row in found] == [REFORM, AUTUMN]
    assert (found[1].closing, found[1].closed_by, found[1].closing_decision) == ("MERGED", "here/3", "d9")
    assert not possible(found, AUTUMN)


def test_nothing_happens_to_what_has_ended_or_never_was() -> None:
    after = UnitReparented(parent="x", effective_from=on("2026-01-01"))
    assert len(rows(units, ward, dissolved, after)) == 1
    assert rows(units, renamed, reparented, dissolved, chair) == []


def test_a_quota_is_no_version_of_a_unit() -> None:
    quota = QuotaSet(quota=QuotaKind.HEADS, amount=1, effective_from=REFORM)
    assert len(rows(units, ward, quota)) == 1


def test_it_is_established_once() -> None:
    assert len(rows(units, ward, replace(ward, name="Twin"))) == 1


def test_without_its_first_fact_a_unit_never_was() -> None:
    assert rows(units, ward, renamed, void("here/1")) == []


def test_a_partial_date_makes_the_change_possible_at_first_and_certain_at_last() -> None:
    found = rows(units, ward, replace(renamed, effective_from=on("2025-07")))
    assert [row.name for row in possible(found, "2025-07-01")] == ["Phường Cốc Lếu", "Phường Lào Cai"]
    assert certain(found, "2025-07-15") == []
    assert [row.name for row in certain(found, "2025-06-30")] == ["Phường Cốc Lếu"]
    assert [row.name for row in certain(found, "2025-07-31")] == ["Phường Lào Cai"]
