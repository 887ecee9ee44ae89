"""Exports everything an auditor needs to a folder that can be verified without this program and without a network."""

from services.audit.archive.export import Exported, export
from services.audit.archive.parquet import can_write_parquet
from services.audit.archive.proof import prove

__all__ = ["Exported", "can_write_parquet", "export", "prove"]
