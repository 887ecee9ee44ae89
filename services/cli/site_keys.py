"""Replacing the keys of this site: the new ones are made beside the old ones, stated in the registry, and only then put
in their place. Cut short at any point, the next command that writes about sites brings it to its end."""

from pathlib import Path
from typing import NamedTuple

from services.audit.sealing.keys import (
    KeyExposed,
    load_next_key,
    prepare_next_key,
    signing_key_file,
    use_next_key,
)
from services.cli.audit.options import load_signer, open_seals
from services.cli.context import Context
from services.cli.errors import fail
from services.cli.site_files import fail_to_write
from services.cli.site_heads import find_last_entry
from services.sites.box_keys import (
    DamagedBoxKey,
    destroy_old_box_keys,
    prepare_next_box_key,
    use_next_box_key,
)
from services.sites.domain.tree import Registry
from shared.core.partial_dates import day_of
from shared.eventlog.signed_notes import Signer
from shared.operations.home_files import write_own_file
from shared.replica.checkpoints import LogCheckpoint, sign_checkpoint
from shared.replica.runs import LogId
from shared.runtime.ledger import Ledger


class NewKeys(NamedTuple):
    """Public keys that take the place of the present ones as soon as the registry names them."""

    key: str
    box_key: str


def prepare_new_keys(context: Context) -> NewKeys:
    """Make new keys beside the present ones, or find those of a replacement that was cut short before it was stated."""
    settings = context.settings()
    file = _key_file(context)
    try:
        return NewKeys(
            str(prepare_next_key(file, settings.site).verifier), prepare_next_box_key(settings.home)
        )
    except OSError as error:
        fail_to_write(file, error)
    except (DamagedBoxKey, KeyExposed, ValueError) as error:
        fail("a key that was prepared is damaged: {error}", "remove that file", code=1, error=error)


def find_stated_key(context: Context, registry: Registry) -> Signer | None:
    """The prepared signing key, where the registry names it already and it is not in its place yet."""
    settings = context.settings()
    known = registry.sites.get(settings.site)
    try:
        following = load_next_key(_key_file(context), settings.site)
    except (ValueError, KeyExposed):  # it was never stated; whoever replaces the key is told
        return None
    return following if following and known and known.key == str(following.verifier) else None


def finish_key_replacement(context: Context, ledger: Ledger, registry: Registry) -> bool:
    """Put the prepared keys in their place where the registry names them. Returns whether it did. Raises OSError where
    the files cannot be written; then the old key is still used, which is believed."""
    settings = context.settings()
    following = find_stated_key(context, registry)
    if following is None:
        return False
    present, today = load_signer(context), day_of(context.clock())
    _hand_over(context, ledger, present, following)
    use_next_box_key(settings.home, today)
    destroy_old_box_keys(settings.home, today)
    use_next_key(settings.home, _key_file(context), present)
    return True


def _hand_over(context: Context, ledger: Ledger, present: Signer, following: Signer) -> None:
    """Sign the log of the registry, in which the new key is named, with both keys, and keep the note by the number of
    the old key, which others know."""
    from services.bootstrap.replicas import HANDOVERS

    settings = context.settings()
    file = settings.home / HANDOVERS / f"{present.verifier.id.hex()}.note"
    if file.exists():
        return
    with open_seals(context, ledger) as seals:
        tree = seals.update_tree("sites")
        last = find_last_entry(ledger.logs["sites"], tree.size)
        checkpoint = LogCheckpoint(
            LogId(settings.site, "sites"),
            tree.size,
            tree.root(tree.size),
            last.epoch,
            last.seq,
            last.recorded_at,
        )
    note, second = (sign_checkpoint(checkpoint, signer) for signer in (present, following))
    write_own_file(file, note + second.rpartition("\n\n")[2])


def _key_file(context: Context) -> Path:
    settings = context.settings()
    return settings.signing_key or signing_key_file(settings.home)
