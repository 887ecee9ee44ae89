"""Rules as data: versions are chosen by day and scope, and files that do not stand say what, where and how."""

import pytest

from services.regulation.application import rulebook
from services.regulation.domain.ages import RisingAge, first_day_after
from shared.core.partial_dates import LAST_DAY, full_months
from shared.core.rulebook import BadRules, Rulebook, RuleVersion, parse_rules
from shared.testing import on

FIRST = RuleVersion(rule="R", number=1, since=on("2020-01-01"), until=on("2022-01-01"))
SECOND = RuleVersion(rule="R", number=2, since=on("2022-01-01"), parameters={"months": 24, "share": 0.5})
WARD = RuleVersion(rule="R", number=3, since=on("2022-01-01"), scope={"level": "COMMUNE,DISTRICT"})


@pytest.mark.parametrize(
    ("day", "number"), [("2019-12-31", 0), ("2020-01-01", 1), ("2021-12-31", 1), ("2022-01-01", 2)]
)
def test_the_version_is_that_of_the_day(day: str, number: int) -> None:
    version = Rulebook([SECOND, FIRST]).version("R", on(day))
    assert (version.number if version else 0) == number


def test_a_version_without_a_successor_ends_on_its_day() -> None:
    assert Rulebook([FIRST]).version("R", on("2021-12-31")) == FIRST
    assert Rulebook([FIRST]).version("R", on("2022-01-01")) is None


def test_the_narrowest_scope_that_fits_is_chosen() -> None:
    book = Rulebook([FIRST, SECOND, WARD])
    assert [book.version("R", on("2023-01-01"), level=level) for level in ("COMMUNE", "PROVINCE")] == [
        WARD,
        SECOND,
    ]
    assert book.version("R", on("2023-01-01")) == SECOND
    assert book.version("S", on("2023-01-01")) is None


def test_a_narrower_scope_is_chosen_before_a_higher_number() -> None:
    narrow = RuleVersion(rule="R", number=1, since=on("2022-01-01"), scope={"level": "COMMUNE"})
    book = Rulebook([narrow, SECOND])
    assert book.version("R", on("2023-01-01"), level="COMMUNE") == narrow
    assert book.version("R", on("2023-01-01"), level="PROVINCE") == SECOND


def test_versions_of_one_rule_and_scope_do_not_overlap() -> None:
    overlapping = RuleVersion(rule="R", number=4, since=on("2021-12-31"))
    with pytest.raises(
        BadRules, match=r"R: versions 1 \[2020-01-01, 2022-01-01\) and 4 .* end version 1 on 2021-12-31"
    ):
        Rulebook([FIRST, overlapping])
    with pytest.raises(BadRules, match="version 4 ends on 2021-12-31, not after"):
        Rulebook([RuleVersion(rule="R", number=4, since=on("2021-12-31"), until=on("2021-12-31"))])


def test_an_enacted_version_cuts_those_that_are_shipped() -> None:
    enacted = RuleVersion(rule="R", number=9, since=on("2021-01-01"), until=on("2023-01-01"))
    book = Rulebook([FIRST, SECOND, WARD]).under([enacted])
    assert [(v.number, v.since, v.until) for v in book.rules["R"] if not v.scope] == [
        (1, "2020-01-01", "2021-01-01"),
        (9, "2021-01-01", "2023-01-01"),
        (2, "2023-01-01", LAST_DAY),
    ]
    assert WARD in book.rules["R"]


@pytest.mark.parametrize(
    ("since", "until", "numbers"),
    [
        ("2020-01-01", "2022-01-01", [9, 2]),
        ("2019-01-01", "2020-01-01", [9, 1, 2]),
        ("2022-01-01", "2023-01-01", [1, 9, 2]),
        ("2018-01-01", "2019-01-01", [9, 1, 2]),
    ],
)
def test_what_an_enacted_version_only_touches_stays_whole(since: str, until: str, numbers: list[int]) -> None:
    enacted = RuleVersion(rule="R", number=9, since=on(since), until=on(until))
    cut = Rulebook([FIRST, SECOND]).under([enacted])
    assert [version.number for version in cut.rules["R"]] == numbers
    assert (FIRST in cut.rules["R"]) == (1 in numbers)
    assert enacted in cut.rules["R"]


def test_a_rule_that_is_only_enacted_stands_by_itself() -> None:
    enacted = RuleVersion(rule="OURS", number=1, since=on("2020-01-01"))
    assert Rulebook([FIRST]).under([enacted]).rules == {"R": [FIRST], "OURS": [enacted]}


@pytest.mark.parametrize(
    ("day", "numbers"), [("2020-01-01", [1]), ("2021-12-31", [1]), ("2022-01-01", [2, 3]), ("2019-12-31", [])]
)
def test_the_versions_in_force_on_a_day_are_of_every_scope(day: str, numbers: list[int]) -> None:
    assert [version.number for version in Rulebook([FIRST, SECOND, WARD]).in_force(on(day))] == numbers


RULE = '[[rule]]\nid = "R"\nversion = [{ number = 1, from = 2020-01-01, until = 2022-01-01 }, %s]'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (RULE % "{ number = 2, from = 2021-06-01 }", r"mine.toml: R: versions 1 .* and 2 .* overlap"),
        (RULE % "{ number = 2, form = 2021-06-01 }", "mine.toml: KeyError 'from'"),
        (RULE % "{ number = 2, from = 2023-06-01, month = 3 }", r"mine.toml: R: \['month'\] unknown"),
        (RULE % '{ number = "two", from = 2023-06-01 }', "mine.toml: ValidationError"),
        ("rule = [", "mine.toml: TOMLDecodeError"),
        ("", "mine.toml: KeyError 'rule'"),
    ],
)
def test_a_file_that_does_not_stand_is_refused_by_name(text: str, said: str) -> None:
    with pytest.raises(BadRules, match=said):
        parse_rules({"mine.toml": text})


def test_files_together_make_one_rulebook() -> None:
    one = RULE % '{ number = 2, from = 2022-01-01, severity = "INFO", parameters = { bodies = ["A", "B"] } }'
    book = parse_rules({"a.toml": one, "b.toml": one.replace('"R"', '"S"')})
    version = book.version("S", on("2025-01-01"))
    assert version is not None
    assert (version.severity, version.words("bodies"), version.label()) == ("INFO", ("A", "B"), "S/2")
    with pytest.raises(BadRules, match=r"b.toml: R: versions 1 .* and 1 .* overlap"):
        parse_rules({"a.toml": one, "b.toml": one})


def test_a_parameter_of_another_kind_is_told_by_name() -> None:
    assert (SECOND.integer("months"), SECOND.share("share"), SECOND.words("months")) == (24, 0.5, ("24",))
    assert SECOND.words("absent") == ()
    with pytest.raises(BadRules, match=r"R version 2: share = 0\.5 is not a whole number"):
        SECOND.integer("share")
    with pytest.raises(BadRules, match="is not a number"):
        RuleVersion(rule="R", number=1, since=on("2020-01-01"), parameters={"most": "many"}).share("most")


def test_the_rules_that_are_shipped_stand_and_say_where_they_come_from() -> None:
    book = rulebook()
    versions = [version for found in book.rules.values() for version in found]
    assert len(book.rules) >= 40
    assert all(version.source and version.title_vi and version.title_en for version in versions)
    assert {version.confidence for version in versions} == {"READ", "HIGH", "MEDIUM"}
    texts = {rule: book.version(rule, on("2019-06-30")) for rule in ("TEXT_PLANNING", "TEXT_EXIT")}
    assert texts["TEXT_PLANNING"] is not None
    assert texts["TEXT_PLANNING"].words("texts") == ("42-NQ/TW", "15-HD/BTCTW", "06-HD/BTCTW")
    assert texts["TEXT_EXIT"] is None


MEN = RisingAge(2021, 723, 3, 744, 720)
WOMEN = RisingAge(2021, 664, 4, 720, 660)


@pytest.mark.parametrize(
    ("age", "birth", "first_day_out"),
    [
        (MEN, "1960-12-31", "2021-01-01"),
        (MEN, "1961-01-01", "2021-05-01"),
        (MEN, "1961-09-30", "2022-01-01"),
        (MEN, "1961-10-01", "2022-05-01"),
        (MEN, "1966-03", "2028-01-01"),
        (MEN, "1966-04-30", "2028-05-01"),
        (MEN, "1963", "2023-11-01"),
        (WOMEN, "1966-01-20", "2021-06-01"),
        (WOMEN, "1966-09-01", "2022-06-01"),
        (WOMEN, "1975-04", "2035-01-01"),
        (WOMEN, "1975-05-31", "2035-06-01"),
    ],
)
def test_retirement_is_solved_for_by_the_table_of_the_decree(
    age: RisingAge, birth: str, first_day_out: str
) -> None:
    assert first_day_after(on(birth), age) == first_day_out


@pytest.mark.parametrize("birth", ["", "~", "~1960", "..1960-01-01"])
def test_who_was_born_nobody_knows_when_retires_nobody_knows_when(birth: str) -> None:
    assert first_day_after(on(birth), MEN) is None


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        ("2025-01-31", "2025-02-28", 1),
        ("2025-01-15", "2025-02-14", 0),
        ("2025-01-15", "2025-02-15", 1),
        ("2024-02-29", "2025-02-28", 12),
        ("2024-02-15", "2025-12-14", 21),
        ("2024-11-15", "2025-02-15", 3),
        ("2025-02-15", "2025-01-15", 0),
    ],
)
def test_months_are_whole(start: str, end: str, months: int) -> None:
    assert full_months(on(start), on(end)) == months
