"""Everything an auditor needs, in a folder that can be checked without this program and without a network."""

from services.audit.archive.columns import can_write_parquet
from services.audit.archive.exporting import Exported, export
from services.audit.archive.proving import prove

__all__ = ["Exported", "can_write_parquet", "export", "prove"]
