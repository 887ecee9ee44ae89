"""What must hold before the file of one cadre is merged into another one of the same person."""

from services.chronicle.rows import CADRES, MERGED_RECORDS, TENURES, TenureRow
from services.personnel.domain.rejections import (
    AlreadyMerged,
    MergedWithItself,
    TenuresOverlap,
    UnknownReference,
)
from services.personnel.events import RecordsMerged
from shared.core.decider import ReadModel


def check_merger(kept: str, proposed: RecordsMerged, read_model: ReadModel) -> None:
    """Both are on file, neither is merged elsewhere, and no two tenures of theirs exclude each other."""
    merged = proposed.merged
    if merged == kept:
        raise MergedWithItself(field="merged")
    if not read_model.rows(CADRES, cadre_id=merged):
        raise UnknownReference(field="merged", id=merged)
    if earlier_mergers := read_model.rows(MERGED_RECORDS, merged_id=merged):
        raise AlreadyMerged(field="merged", kept=earlier_mergers[0].cadre_id)
    merged_tenures = find_tenures(merged, read_model)
    if unknown := set(proposed.duplicates) - {row.tenure_id for row in merged_tenures}:
        raise UnknownReference(field="duplicates", id=min(unknown))
    moved = [row for row in merged_tenures if row.tenure_id not in proposed.duplicates]
    for own in find_tenures(kept, read_model):
        for other in moved:
            if exclude_each_other(own, other):
                raise TenuresOverlap(
                    field="merged",
                    tenure=own.tenure_id,
                    other=other.tenure_id,
                    since=max(own.valid_from, other.valid_from),
                )


def find_tenures(cadre: str, read_model: ReadModel) -> list[TenureRow]:
    """All stretches of the tenures of a file and of those merged into it before."""
    files = [cadre, *(row.merged_id for row in read_model.rows(MERGED_RECORDS, cadre_id=cadre))]
    return [row for file in files for row in read_model.rows(TENURES, cadre_id=file)]


def exclude_each_other(one: TenureRow, other: TenureRow) -> bool:
    """On some day, in every reading of partial dates, both are primary or both are of the same post."""
    if max(one.certain_from, other.certain_from) >= min(one.certain_to, other.certain_to):
        return False
    return one.post_id == other.post_id or one.holding == other.holding == "PRIMARY"
