"""The registry of sites for the commands of `cadre site`: opened, and written to with authority."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, NoReturn

import msgspec

from services.cli.audit.options import current_actor, load_signer
from services.cli.context import Context
from services.cli.errors import fail, warn
from services.cli.language import current_language
from services.cli.ledger_access import ledger_for_writing, ledger_to_inspect
from services.cli.site_files import fail_to_write
from services.cli.site_keys import find_stated_key, finish_key_replacement
from services.sites.domain.authority import Objection, find_objection
from services.sites.domain.registry import SiteEvent, fold_registry
from services.sites.domain.tree import Registry, Site
from services.sites.enrolment import BadTicket, read_facts
from services.sites.events import SiteFact
from services.sites.membership import KnownRegistry, NotInTree
from shared.commands.command_handler import FactsToRecord, Origin
from shared.core.decider import Rejected
from shared.core.facts import Recorded
from shared.core.identifiers import check_ids
from shared.core.normalization import normalize_fact
from shared.core.partial_dates import Day, PDate, civil_day
from shared.eventlog.key_store import KeyStore
from shared.runtime.ledger import Ledger


class OpenRegistry(NamedTuple):
    """The registry as this site knows it, and the ledger to record in."""

    ledger: Ledger
    site: str
    registry: Registry
    stored: list[bytes]
    """The facts that make it."""
    load: Callable[[], KnownRegistry]
    """Reads both again."""
    key_replaced: bool = False
    """Whether a replacement of its key that was cut short has been brought to its end just now."""

    @property
    def keys(self) -> KeyStore:
        """Where the identity key of the tree is."""
        return self.ledger.logs["personnel"].keys


@contextmanager
def explain_no_tree(home: Path) -> Iterator[None]:
    """Ends the command where the site of this home belongs to no tree, or its ticket is damaged."""
    try:
        yield
    except NotInTree as error:
        fail(
            "{error}",
            "make its request with `cadre site init`, or a new tree with `cadre site init --root`",
            error=error,
        )
    except BadTicket as error:
        fail("the ticket in {home} is damaged: {error}", "join again", home=home, error=error)


@contextmanager
def open_registry(context: Context, writes: bool, introduces: Sequence[bytes] = ()) -> Iterator[OpenRegistry]:
    """The registry as this site knows it. Ends the command where it belongs to no tree. `introduces`: what the header
    of a bundle shows of the registry, to be read only."""
    from services.bootstrap.known_registry import load_known_registry

    settings, signer = context.settings(), load_signer(context)
    with (ledger_for_writing if writes else ledger_to_inspect)(context) as ledger:

        def load() -> KnownRegistry:
            return load_known_registry(ledger, settings.home, settings.site, signer, introduces)

        with explain_no_tree(settings.home):
            known = load()
        finished = False
        if writes:
            try:
                finished = finish_key_replacement(context, ledger, known.registry)
            except OSError as error:
                fail_to_write(settings.home, error)
        elif find_stated_key(context, known.registry):
            warn(
                "the replacement of the keys of this site was cut short: the old key is still used",
                "run `cadre site key` again: it ends that one and begins no other",
            )
        yield OpenRegistry(ledger, settings.site, known.registry, known.stored, load, finished)


def warn_of_identity_key(tree: OpenRegistry) -> None:
    """Say so where persons who are on file at two sites are not found by their national ids."""
    if tree.keys.find_identity_key() is None:
        warn(
            "national ids are hashed under a key of this site alone: who is on file at two sites is not found",
            "at the top of the tree run `cadre site identities`; elsewhere ask above for another ticket, and join",
        )
    elif not tree.keys.is_hashed():
        warn(
            "some persons on file have no hash under the key of the tree yet: the same person may be registered twice",
            "run `cadre site identities`",
        )


def record_with_authority(tree: OpenRegistry, stream: str, fact: SiteFact) -> OpenRegistry:
    """Record a fact of the registry that counts at once; one that would not is refused. Returns the tree after it."""
    return record_all_with_authority(tree, [(stream, fact)])


def record_all_with_authority(tree: OpenRegistry, facts: Sequence[tuple[str, SiteFact]]) -> OpenRegistry:
    """The same of facts about several sites, (site, fact), each judged with those before it: all of them or none."""
    heard, accepted = check_authority(tree, facts)
    origin = Origin(actor=current_actor("site"), observed_lamport=heard)
    app = tree.ledger.apps["sites"]
    if accepted:
        app.record_batch(accepted, origin)
    return tree._replace(**tree.load()._asdict())


def check_authority(
    tree: OpenRegistry, facts: Sequence[tuple[str, SiteFact]]
) -> tuple[int, list[FactsToRecord]]:
    """What would be recorded of such facts, and the highest lamport time that was heard of. Ends the command where the
    registry would not count one of them."""
    known = read_facts(tree.stored)
    heard = max((event.lamport for event in known), default=0)
    drafts, registry = list[SiteEvent](), tree.registry
    accepted, recorded = list[FactsToRecord](), dict[str, list[SiteEvent]]()
    for number, (stream, fact) in enumerate(facts, 1):
        draft: SiteEvent = Recorded(
            event_id=f"draft-{number}",
            site=tree.site,
            epoch="",
            seq=number,
            stream=stream,
            version=1,
            recorded_at=tree.ledger.watermark(),
            actor=current_actor("site"),
            command_id="",
            lamport=heard + number,
            fact=fact,
        )
        if objection := find_objection(registry, draft):
            refuse(objection, stream)
        earlier = [event for event in known if event.stream == stream]
        if batch := _judge(tree.ledger, stream, fact, [*earlier, *recorded.get(stream, ())]):
            accepted.append(batch)
        recorded.setdefault(stream, []).append(draft)
        drafts.append(draft)
        registry = fold_registry([*known, *drafts], tree.registry.root)
    return heard, accepted


def refuse(objection: Objection, site: str) -> NoReturn:
    """End the command because the registry would not count the fact."""
    match objection.rule:
        case "NoAuthority":
            fail(
                "NoAuthority: this site may not decide that about {site}",
                "only these may: {sites}",
                code=1,
                site=site,
                sites=objection.detail,
            )
        case "UnknownSite":
            fail("UnknownSite: no site {site} is registered here", code=1, site=objection.detail)
        case "CircularTree":
            fail("CircularTree: {sites}", code=1, sites=objection.detail)
        case "AlreadyClosed" | "ParentClosed":
            fail("{rule}: the site {site} is closed", code=1, rule=objection.rule, site=objection.detail)
        case "SiteClosed":
            fail("SiteClosed: {site} is closed", "its custodian decides now", code=1, site=objection.detail)
        case "RootStays":
            fail("RootStays: the top of the tree cannot be closed", code=1)
        case "OwnCustodian":
            fail("OwnCustodian: a closed site does not keep its own logs", "name another site", code=1)
    fail("{rule}: {detail}", code=1, rule=objection.rule, detail=objection.detail)


def record(ledger: Ledger, stream: str, fact: SiteFact, heard: int, known: Sequence[SiteEvent] = ()) -> None:
    """Record a fact that sorts after all that were heard of, those of other sites too. `known`: what is known about the
    site of the stream, from whichever site; the own log alone does not say that this site is registered."""
    if batch := _judge(ledger, stream, fact, known):
        origin = Origin(actor=current_actor("site"), observed_lamport=heard)
        ledger.apps["sites"].record_batch([batch], origin)


def _judge(ledger: Ledger, stream: str, fact: SiteFact, known: Sequence[SiteEvent]) -> FactsToRecord | None:
    """What is to be recorded of a fact; None where it changes nothing. Ends the command where it is refused."""
    app = ledger.apps["sites"]
    own = app.log.load_stream(stream)
    try:
        proposed = normalize_fact(fact)
        check_ids(proposed, (event.fact for event in known))
        accepted = app.service.decider.judge(known or own, proposed)
    except Rejected as rejected:
        fail("{reason}", code=1, reason=_explain(rejected))
    return FactsToRecord(stream, own, accepted, cause="") if accepted else None


def _explain(rejected: Rejected) -> str:
    """The rule in the language of the user, and the values that break it."""
    title = rejected.title_vi if current_language() == "vi" else rejected.title
    details = ", ".join(f"{name}: {value}" for name, value in rejected.case.items())
    return f"{rejected.rule}: {title} ({details})" if details else f"{rejected.rule}: {title}"


def date_fact(fact: SiteFact, context: Context, on: str, decision: str = "") -> SiteFact:
    """The fact as of a day; today where none is given."""
    try:
        day = civil_day(on) if on else Day(PDate(context.clock()[:10]))
    except ValueError as error:
        fail(str(error))
    return msgspec.structs.replace(fact, effective_from=day, decision=decision)


def find_site(registry: Registry, site: str) -> Site:
    """A site that is registered. Ends the command where it is not."""
    if site not in registry.sites:
        known = ", ".join(sorted(registry.sites))
        fail("no site {site} is registered; there are {known}", code=1, site=site, known=known)
    return registry.sites[site]
