"""After the faults: everything arrives everywhere, and what must be the same everywhere and for ever is."""

import os
import random
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager

from services.bootstrap.replicas import open_site_replica
from services.bootstrap.services import open_embedded_ledger
from shared.core.clock import system_clock
from shared.operations.settings import Settings
from shared.runtime.embedded import EmbeddedLedger
from tests.sync.chaos.chaos import SITES, Chaos
from tests.sync.chaos.holdings import TOPICS
from tests.sync.chaos.sites import ChaosSite

ROUNDS_TO_HEAL = 8


def heal(chaos: Chaos) -> None:
    """Clocks are right, all processes start again, sticks arrive and lines are good, until all sites say the same."""
    for site in chaos.sites.values():
        site.clock.put(0.0)
        site.kill()
        site.launch()
    for site in chaos.sites.values():
        site.wait_until(site.is_ready)
    for taker, file in random.Random(chaos.seed).sample(chaos.sticks, len(chaos.sticks)):
        _well(chaos.sites[taker], "bundle", "apply", str(file))
    for number in range(ROUNDS_TO_HEAL):
        for child in ("px", "huyen", "px"):
            _well(chaos.sites[child], "sync", "now")
        for giver, taker in (("py", "huyen"), ("huyen", "py"), ("py", "huyen")):
            file = chaos.folder / f"heal-{number}-{giver}-{taker}-{os.urandom(2).hex()}.cadre"
            _well(chaos.sites[giver], "bundle", "make", "--for", taker, "--out", str(file))
            _well(chaos.sites[taker], "bundle", "apply", str(file))
        if not _all_delivered(chaos):
            continue
        digests = [site.cadre("sync", "digest") for site in chaos.sites.values()]
        if all(digest == digests[0] for digest in digests):
            chaos.met["rounds until all sites were the same"] += number + 1
            return
    raise AssertionError({site: chaos.sites[site].report() for site in SITES})


def _all_delivered(chaos: Chaos) -> bool:
    owns = [chaos.sites[site].report()["own"] for site in SITES if site != "tinh"]
    return all(own["recorded"] == own["delivered"] for own in owns)


def _well(site: ChaosSite, *words: str) -> None:
    done = site.command(*words)
    assert done.returncode == 0, (site.site, words, done.stderr, site.errors()[-4000:])


def check(chaos: Chaos) -> None:
    """Alarms are only of clocks, answers that were given are given again, each site is well, and of all that was
    acknowledged and receipted nothing is lost or there twice, at any of them."""
    for site in chaos.sites.values():
        alarms = {alarm["what"] for alarm in site.report()["alarms"]}
        assert alarms <= {"clock", "own clock", "two-writers"}, alarms
        for given in chaos.answers[site.site]:
            again = site.ask(given.path, **given.query, known_at=given.known_at)
            assert again.content == given.body, (site.site, given, again.content)
            chaos.met["answers asked again, the same"] += 1
        site.process.send_signal(signal.SIGTERM)
        site.process.wait(60)
    expected = {
        (site, each.key): each
        for site, recorder in chaos.recorders.items()
        for each in recorder.book.acknowledged
        if not each.events & chaos.lost
    }
    chaos.met["commands acknowledged"] += sum(len(r.book.acknowledged) for r in chaos.recorders.values())
    chaos.met["of them lost by a restore before anybody else had them"] += chaos.met[
        "commands acknowledged"
    ] - len(expected)
    for site in chaos.sites.values():
        with opened(site) as ledger:
            counted = count_commands(ledger)
            lost = [expected[command] for command in expected.keys() - {(s, k) for s, k, _ in counted}]
            assert lost == [], (site.site, len(lost), lost[:5])
            assert {command: n for command, n in counted.items() if n > 1} == {}, site.site
            assert ledger.check_integrity().complaints == []
    for recorder in chaos.recorders.values():
        chaos.met.update(recorder.book.met)


@contextmanager
def opened(site: ChaosSite) -> Iterator[EmbeddedLedger]:
    """The ledger of a site that is not served."""
    settings = Settings(home=site.home, site=site.site)
    with closing(open_embedded_ledger(settings)) as ledger:
        ledger.project_pending()
        with open_site_replica(settings, ledger, system_clock):
            yield ledger


def count_commands(ledger: EmbeddedLedger) -> Counter[tuple[str, str, str]]:
    """By site, command and kind of fact, how many events count."""
    counted = Counter[tuple[str, str, str]]()
    for topic in TOPICS:
        union = ledger.apps[topic].union
        streams = {event.stream for _, event in union.log.read(0, 1_000_000)}
        streams.update(*union.iterate_foreign_streams())
        for events in union.load_streams(sorted(streams)).values():
            counted.update(
                (each.site, each.command_id, type(each.fact).__name__)
                for each in events
                if each.command_id and not each.cause
            )
    return counted
