"""Hashes of national ids under the key of the tree of sites, for all persons who were on file before."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from services.cli.audit.options import current_actor
from services.personnel.domain.national_id_hashes import find_other_hashes
from shared.commands.command_handler import IMPORT_ACTOR_PREFIX, Origin
from shared.core.facts import Corrected, Recorded
from shared.eventlog.key_store import CIPHERTEXT_PREFIX, ERASED, WITHHELD
from shared.runtime.ledger import Ledger

STREAMS_AT_ONCE = 500


def add_identity_hashes(ledger: Ledger, site: str) -> int:
    """Give every file of this site its hash under the identity key that counts now. Returns how many facts were
    corrected. When it is cut short, doing it again does the rest."""
    app, keys = ledger.apps["personnel"], ledger.logs["personnel"].keys
    hasher = keys.identity_hasher()

    def hash_number(number: str) -> str:
        return "" if number in (ERASED, WITHHELD) or number.startswith(CIPHERTEXT_PREFIX) else hasher(number)

    def find(history: Sequence[Recorded[Any]]) -> Iterator[tuple[str, Corrected]]:
        for event, correction in find_other_hashes(history, site, hash_number):
            # what an import recorded it corrects itself, so that it finds it as it says it the next time
            by_import = event.actor.startswith(IMPORT_ACTOR_PREFIX)
            yield event.actor if by_import else current_actor("site"), correction

    def record(actor: str, streams: Sequence[str]) -> None:
        app.record_corrections(
            streams,
            lambda _, history: [each for by, each in find(history) if by == actor],
            Origin(actor=actor),
        )

    count, waiting = 0, defaultdict[str, list[str]](list)
    log = ledger.logs["personnel"]
    for history in log.iterate_streams(upto=log.position()):
        actors = [actor for actor, _ in find(history)]
        count += len(actors)
        for actor in dict.fromkeys(actors):
            waiting[actor].append(history[0].stream)
            if len(waiting[actor]) == STREAMS_AT_ONCE:
                record(actor, waiting.pop(actor))
    for actor, streams in waiting.items():
        record(actor, streams)
    keys.mark_hashed()
    return count
