"""Tables for people."""

from services.cli.output import format_table


def test_columns_are_aligned_by_what_is_seen_and_nothing_is_cut_off() -> None:
    rows = [["Trần Thị Bình", "2019-01-01"], ["王", ""]]
    assert format_table(("name", "start"), rows) == (
        "name           start\n-------------  ----------\nTrần Thị Bình  2019-01-01\n王\n"
    )
    assert format_table(("name", "start"), []) == "name  start\n----  -----\n"
