"""What terms need beside their own lines: ids that only the log has, contradictions, and the ids of the source."""

from dataclasses import replace

from services.importing.batches import derive_id
from services.importing.limited_posts import LimitedPosts, find_limited_posts
from services.importing.merged_lines import MergedSource
from services.importing.scheme_import import RecordedIds, find_counting
from services.organization.events import PostCreated, UnitDissolved, UnitEstablished
from shared.commands.command_handler import IMPORT_ACTOR_PREFIX
from shared.core.partial_dates import FIRST_DAY, LAST_DAY, Day, earliest, latest
from shared.runtime.ledger import Ledger

REFERENCES = (
    ("units.csv", "parent_id", "unit"),
    ("posts.csv", "unit_id", "unit"),
    ("unit_links.csv", "predecessor_id", "unit"),
    ("unit_links.csv", "successor_id", "unit"),
    ("terms.csv", "post_id", "post"),
    ("terms.csv", "person_id", "person"),
)
"""Columns that name what another file has: file, column, and what it is."""
FILE_OF = {"unit": "units.csv", "post": "posts.csv", "person": "persons.csv"}
ID_COLUMNS = {"unit": "unit_id", "post": "post_id", "person": "person_id"}


def find_recorded_ids(ledger: Ledger, scheme: str, source: MergedSource) -> RecordedIds:
    """Ids that lines refer to and that only the log has, such as those of an import by an earlier version of the
    program. Kept lines of units and posts whose facts somebody voided are dropped."""
    organization = ledger.apps["organization"].union
    for what in ("unit", "post"):
        merged = source.files[FILE_OF[what]]
        ids = {derive_id(scheme, what, key): key for key in merged.kept if key not in merged.given}
        for id_, facts in find_counting(organization, ids).items():
            if not facts:
                del merged.kept[ids[id_]]
    missing = _find_missing(source)
    recorded = RecordedIds(digest=ledger.logs["personnel"].keys.identity_hasher())
    posts = find_counting(organization, (derive_id(scheme, "post", code) for code in missing["post"]))
    post_units = {
        id_: fact.unit for id_, facts in posts.items() for fact in facts if isinstance(fact, PostCreated)
    }
    units = {derive_id(scheme, "unit", code) for code in missing["unit"]} | set(
        filter(None, post_units.values())
    )
    for id_, facts in find_counting(organization, units).items():
        if established := [fact for fact in facts if isinstance(fact, UnitEstablished)]:
            ended = [fact.effective_from for fact in facts if isinstance(fact, UnitDissolved)]
            recorded.units[id_] = (
                earliest(established[0].effective_from),
                latest(ended[0]) if ended else LAST_DAY,
            )
    for id_, unit in post_units.items():
        recorded.posts[id_] = recorded.units.get(unit, (Day(FIRST_DAY), Day(LAST_DAY)))
    persons = find_counting(
        ledger.apps["personnel"].union, (derive_id(scheme, "person", code) for code in missing["person"])
    )
    recorded.persons = {id_ for id_, facts in persons.items() if facts}
    taken = {line.get("person_id") for line in source.files["terms.csv"].kept.values()}
    gone = {
        line.get("person_id") for (file, _), line in source.removed_lines().items() if file == "terms.csv"
    }
    still = taken & source.files["persons.csv"].kept.keys() - missing["person"]
    given_again = source.files["persons.csv"].given.keys() & source.files["persons.csv"].kept.keys()
    recorded.persons |= {derive_id(scheme, "person", code) for code in still | given_again}
    recorded.persons -= set(find_removed_persons(source, scheme)["persons"])
    earlier = {derive_id(scheme, "person", code) for code in taken | gone}
    recorded.before = replace(recorded, persons=earlier, has_contradictions=True)
    recorded.limited = _find_limited(ledger, scheme, source)
    return recorded


def _find_limited(ledger: Ledger, scheme: str, source: MergedSource) -> LimitedPosts:
    """The posts of the terms that refuse holders beyond their seats."""
    terms = source.files["terms.csv"]
    posts = {derive_id(scheme, "post", code) for line in terms.lines() if (code := line.get("post_id"))}
    tenures = {}
    for line in terms.lines():
        before = source.earlier.lines.get((terms.kind.file, terms.kind.key(line)))
        is_same = before is not None and before.values == source.kept_values(terms.kind, line)
        tenures[derive_id(scheme, "term", line.get("term_id"))] = is_same
    return find_limited_posts(ledger, f"{IMPORT_ACTOR_PREFIX}{scheme}", posts, tenures)


def _find_missing(source: MergedSource) -> dict[str, set[str]]:
    """Ids that lines refer to though no line has them; persons also where their line is only kept, without values."""
    missing: dict[str, set[str]] = {"unit": set(), "post": set(), "person": set()}
    for file, column, what in REFERENCES:
        owner = source.files[FILE_OF[what]]
        known = owner.given if what == "person" else {*owner.given, *owner.retried, *owner.kept}
        merged = source.files[file]
        lines = [*merged.given.values(), *merged.retried.values()] if what == "person" else merged.lines()
        missing[what] |= {code for line in lines if (code := line.get(column)) and code not in known}
    return missing


def find_removed_persons(source: MergedSource, scheme: str) -> dict[str, list[str]]:
    """The streams of persons that the source no longer has, or whose line can no longer be read."""
    removed = [key for file, key in source.removed_lines() if file == "persons.csv"]
    removed += source.vanished_lines("persons.csv")
    return {"persons": [derive_id(scheme, "person", key) for key in removed]}


def name_ids(source: MergedSource, scheme: str) -> dict[str, str]:
    """The ids of the source by ours, of units, posts, persons and terms."""
    columns = [*REFERENCES, *((FILE_OF[what], ID_COLUMNS[what], what) for what in FILE_OF)]
    columns.append(("terms.csv", "term_id", "term"))
    names = {}
    for file, column, what in columns:
        merged = source.files[file]
        removed = [line for (name, _), line in source.removed_lines().items() if name == file]
        for lines in (merged.given.values(), merged.retried.values(), merged.kept.values(), removed):
            for line in lines:
                if code := line.get(column):
                    names[derive_id(scheme, what, code)] = code
    return names
