"""What an import came to, in numbers and in lines set aside."""

import msgspec

from services.intake.batch import Outcome, SetAside


class Report(msgspec.Struct, kw_only=True):
    """`taken` counts what the file held and we took, by kind; `facts` what was stored for it."""

    batch: str
    scheme: str
    dry_run: bool
    taken: dict[str, int] = {}
    facts: int = 0
    unchanged: int = 0
    set_aside: list[SetAside] = []
    ignored_files: list[str] = []

    def add(self, outcome: Outcome) -> None:
        self.facts += outcome.stored
        self.unchanged += outcome.unchanged
        self.set_aside += outcome.set_aside
