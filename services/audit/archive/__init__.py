"""Exports everything an auditor needs to a folder that can be verified without this program and without a network."""

from services.audit.archive.export import ArchiveManifest, CosignedNote, export_archive
from services.audit.archive.parquet import can_write_parquet
from services.audit.archive.proof import prove_event

__all__ = ["ArchiveManifest", "CosignedNote", "can_write_parquet", "export_archive", "prove_event"]
