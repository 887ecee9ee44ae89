"""Rules as dated, parameterised data: versions that never overlap, chosen by the day of the decision they judge."""

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import pairwise
from typing import Any

import msgspec

from shared.core.partial_dates import LAST_DAY, Day

ParameterValue = str | int | float | bool | tuple[str, ...]


class RuleVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a rule, for decisions made in [since, until); `scope` narrows it, each value a comma-separated
    list."""

    rule: str
    number: int
    since: Day
    until: Day = LAST_DAY
    parameters: dict[str, ParameterValue] = {}
    scope: dict[str, str] = {}
    kind: str = "CHECK"
    severity: str = "WARN"
    override_authority: str = ""
    source: str = ""
    confidence: str = ""
    title_vi: str = ""
    title_en: str = ""

    def integer(self, name: str) -> int:
        """The parameter as a whole number. Raises BadRules."""
        value = self.parameters[name]
        if not isinstance(value, int):
            raise BadRules(f"{self.rule} version {self.number}: {name} = {value!r} is not a whole number")
        return value

    def share(self, name: str) -> float:
        """The parameter as a number. Raises BadRules."""
        value = self.parameters[name]
        if not isinstance(value, int | float):
            raise BadRules(f"{self.rule} version {self.number}: {name} = {value!r} is not a number")
        return float(value)

    def words(self, name: str) -> tuple[str, ...]:
        """The parameter as a list of words; empty when it is not given."""
        value = self.parameters.get(name, ())
        return value if isinstance(value, tuple) else (str(value),)

    def applies(self, **given: str) -> bool:
        """Whether every scope it names is given and among its values."""
        return all(given.get(name, "") in values.split(",") for name, values in self.scope.items())

    def label(self) -> str:
        """Rule and number, as shown in findings."""
        return f"{self.rule}/{self.number}"


class BadRules(ValueError):
    """The rules cannot be used; the message says what is wrong, where, and how to correct it."""


class Rulebook:
    """All versions of all rules. Versions of one rule and scope that overlap are refused."""

    def __init__(self, versions: Iterable[RuleVersion]) -> None:
        self.rules: dict[str, list[RuleVersion]] = defaultdict(list)
        for version in sorted(versions, key=lambda each: (each.rule, each.since, each.number)):
            self.rules[version.rule].append(version)
        for rule_versions in self.rules.values():
            _check_overlaps(rule_versions)

    def version(self, rule: str, day: Day, /, **scope: str) -> RuleVersion | None:
        """The version in force for a decision of that day; the one with the narrowest scope where several are."""
        return choose_version(self.rules.get(rule, ()), day, **scope)

    def in_force(self, day: Day) -> list[RuleVersion]:
        """The versions of all rules in force on a day, in the order of the rules' names."""
        return [each for rule in self.rules.values() for each in rule if each.since <= day < each.until]

    def under(self, enacted: Iterable[RuleVersion]) -> "Rulebook":
        """This rulebook with enacted versions added; wherever they are in force they replace ours."""
        merged = {rule: list(versions) for rule, versions in self.rules.items()}
        for new in enacted:
            kept = [part for old in merged.get(new.rule, ()) for part in _split_around(old, new)]
            merged[new.rule] = [*kept, new]
        return Rulebook(version for versions in merged.values() for version in versions)


def choose_version(versions: Iterable[RuleVersion], day: Day, /, **scope: str) -> RuleVersion | None:
    """The version in force on that day whose scope fits; the narrowest and newest where several do."""
    matching = [each for each in versions if each.since <= day < each.until and each.applies(**scope)]
    return max(matching, key=lambda each: (len(each.scope), each.number), default=None)


def _split_around(old: RuleVersion, new: RuleVersion) -> list[RuleVersion]:
    """The parts of the old version before and after the new one."""
    if old.scope != new.scope or old.until <= new.since or new.until <= old.since:
        return [old]
    before = msgspec.structs.replace(old, until=new.since)
    after = msgspec.structs.replace(old, since=new.until)
    return [part for part in (before, after) if part.since < part.until]


def _check_overlaps(versions: list[RuleVersion]) -> None:
    for each in versions:
        if each.until <= each.since:
            raise BadRules(
                f"{each.rule}: version {each.number} ends on {each.until}, not after it starts on {each.since}; "
                "give it a later end"
            )
    by_scope: dict[tuple[tuple[str, str], ...], list[RuleVersion]] = defaultdict(list)
    for each in versions:
        by_scope[tuple(sorted(each.scope.items()))].append(each)
    for earlier, later in (pair for same_scope in by_scope.values() for pair in pairwise(same_scope)):
        if later.since < earlier.until:
            raise BadRules(
                f"{earlier.rule}: versions {earlier.number} [{earlier.since}, {earlier.until}) and {later.number} "
                f"[{later.since}, {later.until}) overlap; end version {earlier.number} on {later.since}"
            )


def parse_rules(texts: Mapping[str, str]) -> Rulebook:
    """A rulebook from TOML by file name: `[[rule]]` with `id` and its `[[rule.version]]`s (`number`, `from`, `until`).

    What a rule gives for all its versions (kind, severity, titles …) may be given again by one of them.
    """
    versions: list[RuleVersion] = []
    for name, text in texts.items():
        try:
            table = tomllib.loads(text)
            versions += [version for rule in table["rule"] for version in _parse_versions(rule)]
            Rulebook(versions)
        except (tomllib.TOMLDecodeError, KeyError, TypeError, msgspec.ValidationError) as error:
            raise BadRules(f"{name}: {type(error).__name__} {error}; see the rules beside it") from error
        except BadRules as error:
            raise BadRules(f"{name}: {error}") from error
    return Rulebook(versions)


def _parse_versions(rule: Mapping[str, Any]) -> Iterable[RuleVersion]:
    common = {name: value for name, value in rule.items() if name not in ("id", "version")}
    for version in rule["version"]:
        table = {**common, **version}
        table["since"] = table.pop("from")
        plain = {
            name: value.isoformat() if isinstance(value, date) else value for name, value in table.items()
        }
        kinds = {"rule": rule["id"], **plain}
        if unknown := kinds.keys() - set(RuleVersion.__struct_fields__):
            raise BadRules(
                f"{rule['id']}: {sorted(unknown)} unknown; a version has from, until, parameters, …"
            )
        yield msgspec.convert(kinds, RuleVersion)
