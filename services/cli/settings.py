"""`cadre settings`: every environment variable, written to docs/settings.md and compared with it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from services.cli.errors import fail

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def show_settings(
    write: Annotated[bool, typer.Option("--write", help="Write docs/settings.md anew.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Fail when docs/settings.md differs from the code.")
    ] = False,
) -> None:
    """Show every environment variable that is read, what it is and who reads it."""
    from shared.operations.settings_page import settings_page

    page = settings_page()
    if write:
        PAGE.write_text(page, encoding="utf-8")
    elif check:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page:
            fail("docs/settings.md is not what the code reads", "run `make settings`", code=1)
    else:
        sys.stdout.write(page)
