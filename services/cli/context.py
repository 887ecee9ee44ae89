"""What the options before the command say."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from services.cli.errors import fail
from shared.core.clock import Clock, system_clock

if TYPE_CHECKING:
    from shared.operations.settings import Settings


@dataclass(slots=True)
class Context:
    """The folder of the ledger (None: from the environment) and the clock."""

    home: Path | None = None
    clock: Clock = system_clock

    def settings(self) -> "Settings":
        """The settings of this installation. Ends the command where its folder cannot be used."""
        from shared.operations.settings import load

        try:
            return load(self.home)
        except (OSError, ValueError, KeyError) as error:
            fail(
                "the folder of the ledger cannot be used: {error}",
                "name a folder that can be written to with --home or CADRE_HOME",
                error=error,
            )
