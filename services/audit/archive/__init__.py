"""Everything an auditor needs, in a folder that can be checked without this program and without a network."""

from services.audit.archive.exporting import Exported, export
from services.audit.archive.proving import prove

__all__ = ["Exported", "export", "prove"]
