"""The sign-in services that a process is given by CADRE_OIDC."""

from pathlib import Path

from services.cli.errors import fail
from services.identity.oidc.configuration import (
    OidcConfiguration,
    WrongProviders,
    read_configuration,
    read_secret,
)


def read_sign_in_services(file: Path | None) -> OidcConfiguration | None:
    """The providers in the file, each with its secret; None without a file. Ends the command where one is wrong."""
    if file is None:
        return None
    try:
        providers = read_configuration(file)
        for each in providers.providers:
            read_secret(each)
    except WrongProviders as error:
        fail("CADRE_OIDC cannot be used: {error}", "docs/security.md shows such a file", error=error)
    return providers
