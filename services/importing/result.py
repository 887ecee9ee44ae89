"""The result of an import: numbers by kind of line, and the lines set aside."""

import msgspec

from services.importing.batches import BatchOutcome, ChangedLine, SetAsideLine
from services.importing.reading.readings import Reading


class ImportReport(msgspec.Struct, kw_only=True, rename={"new": "in"}):
    """The result of an import, by kind of line.

    `in` counts lines with something new, `unchanged` lines without, `taken` all lines of the file that are valid now.
    `facts` counts what was stored for them. `corrected` are the values that an earlier import took otherwise.
    """

    batch: str
    scheme: str
    dry_run: bool
    new: dict[str, int] = {}
    unchanged: dict[str, int] = {}
    taken: dict[str, int] = {}
    retried: dict[str, int] = {}
    """Among `in`: lines that earlier imports set aside, and that are taken now."""
    facts: int = 0
    facts_unchanged: int = 0
    set_aside: list[SetAsideLine] = []
    contradictions: list[SetAsideLine] = []
    """Lines that are taken though something else that is recorded says otherwise; they are listed until mended."""
    ignored_files: list[str] = []
    readings: list[Reading] = []
    """How cells were read that are not written as they are stored."""
    corrected: list[ChangedLine] = []

    def add(self, what: str, outcome: BatchOutcome) -> None:
        """Add the result of one transaction."""
        self.new[what] = self.new.get(what, 0) + outcome.new_lines
        self.unchanged[what] = self.unchanged.get(what, 0) + outcome.same_lines
        self.facts += outcome.stored
        self.facts_unchanged += outcome.unchanged
        self.set_aside += outcome.set_aside
        self.corrected += outcome.corrected
