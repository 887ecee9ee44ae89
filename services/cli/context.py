"""The options before the command: the folder of the ledger, and the clock."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from services.cli.errors import fail
from shared.core.clock import Clock, system_clock
from shared.core.partial_dates import Instant

if TYPE_CHECKING:
    from shared.operations.settings import Settings


@dataclass(slots=True)
class Context:
    """The folder of the ledger (None: from the environment) and the clock. `corrected_to`: as for
    `open_embedded_ledger`."""

    home: Path | None = None
    clock: Clock = system_clock
    corrected_to: Instant | None = None

    def settings(self) -> "Settings":
        """The settings of this installation; a new home is made. Ends the command where one cannot be used."""
        from shared.operations.settings import SettingsError, load

        try:
            return load(self.home)
        except SettingsError as error:
            fail(str(error), error.remedy)
        except (OSError, ValueError, KeyError) as error:
            fail(
                "the folder of the ledger cannot be used: {error}",
                "name a folder that can be written to with --home or CADRE_HOME",
                error=error,
            )


def read_environment_settings() -> "Settings":
    """The settings as the environment has them; nothing is made on the disk."""
    from shared.operations.settings import Settings, SettingsError, read_environment

    try:
        return read_environment(Settings)
    except SettingsError as error:
        fail(str(error), error.remedy)
