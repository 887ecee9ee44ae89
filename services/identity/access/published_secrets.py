"""Which accounts and tokens of an installation can be used by everybody, because their secrets are published."""

import os
from collections.abc import MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from services.identity.access.administration import Administration
from services.identity.credentials.published import PUBLISHED_PASSWORD, PUBLISHED_TOKEN


class PublishedSecret(NamedTuple):
    """An enabled account whose password is published, or its token that is."""

    login: str
    token: str = ""
    """Id of the token; empty: it is the password."""


def find_published_secrets(
    administration: Administration, compared: MutableMapping[str, bool]
) -> list[PublishedSecret]:
    """Every published secret that opens something here, in the order of the accounts. Each password costs one hash
    on one of the cores; `compared` keeps the result by stored hash, for the next time."""
    directory, store = administration.directory(), administration.store
    enabled = [each for each in directory.accounts.values() if each.enabled]
    if not enabled:
        return []
    hashes = store.passwords.list_hashes()
    wanted = sorted({hashes[each.id] for each in enabled if each.id in hashes} - compared.keys())

    def compare(stored: str) -> bool:
        return store.passwords.matches(stored, PUBLISHED_PASSWORD)

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        compared.update(zip(wanted, threads.map(compare, wanted), strict=True))
    found = [PublishedSecret(each.login) for each in enabled if compared.get(hashes.get(each.id, ""), False)]
    token, owner = store.tokens.find_owner(PUBLISHED_TOKEN)
    return found + [PublishedSecret(each.login, token) for each in enabled if each.id == owner]
