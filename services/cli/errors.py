"""Ending a command with an error: what is wrong, what to do about it, and an exit code."""

import sys
from collections.abc import Mapping
from typing import NoReturn

import typer

from services.cli.language import translate

EXPECTED_ERRORS = (
    ("sqlite3", "DatabaseError"),
    ("psycopg", "Error"),
    ("eventsourcing.persistence", "PersistenceError"),
    ("sqlalchemy.exc", "DBAPIError"),
    ("sqlalchemy.exc", "ArgumentError"),
    ("shared.core.errors", "ClockJumped"),
    ("shared.core.errors", "Conflict"),
    ("shared.core.errors", "Fenced"),
    ("shared.core.errors", "SiteClosed"),
    ("shared.core.errors", "StoreUnavailable"),
)
"""Errors, by module and name, that are about files, databases and the network, not about a bug in this program."""


def fail(message: str, remedy: str = "", /, code: int = 2, **values: object) -> NoReturn:
    """Write the error and its remedy to standard error, in the language of the user, and end the command.

    `{names}` in both texts are filled with `values`. Exit code 2: the input is wrong; 1: what was asked for is not so.
    """
    _write_error(message, remedy, values)
    raise typer.Exit(code)


def warn(message: str, remedy: str = "", /, **values: object) -> None:
    """As `fail`, and the command goes on."""
    _write_error(message, remedy, values)


def _write_error(message: str, remedy: str, values: Mapping[str, object]) -> None:
    from rich.console import Console
    from rich.markup import escape

    text = f"[bold red]{translate('error')}:[/] {escape(translate(message, **values))}"
    if remedy:
        text += f"\n{escape(translate(remedy, **values))}"
    Console(stderr=True).print(text, highlight=False, soft_wrap=True)


def fail_of_store(error: Exception) -> NoReturn:
    """End the command with what a store, a file or the network failed with, in one sentence and with a remedy."""
    from shared.core.errors import DiskFull, ReadOnlyStore, SiteClosed, StoreUnavailable
    from shared.database.failures import is_failure, name_failure

    if isinstance(error, SiteClosed):
        fail(
            "SiteClosed: {site} is closed and records nothing any more",
            "what it recorded can be read; record this at {custodian}, which keeps its logs",
            code=1,
            site=error.site,
            custodian=error.custodian,
        )
    if not is_failure(error):
        fail(str(error) or type(error).__name__)
    failure = name_failure(error)
    match failure:
        case DiskFull():
            fail(
                "{failure}",
                "nothing is lost and nothing half-written: make room and run it again",
                code=1,
                failure=failure,
            )
        case ReadOnlyStore():
            fail("{failure}", "nothing is lost: make it writable and run it again", code=1, failure=failure)
    # the text of the other kinds names the remedy, which is not the same for every file
    fail("{failure}", code=2 if type(failure) is StoreUnavailable else 1, failure=failure)


def is_expected(error: Exception) -> bool:
    """Whether a command that ends with this error should show the message alone, without a traceback.

    Of modules that were never imported nothing can have been raised, so none is imported here."""
    loaded = ((sys.modules.get(module), name) for module, name in EXPECTED_ERRORS)
    return isinstance(error, (OSError, *(getattr(module, name) for module, name in loaded if module)))
