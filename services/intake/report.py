"""What an import came to, in numbers and in lines set aside."""

import msgspec

from services.intake.batch import SetAside


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
