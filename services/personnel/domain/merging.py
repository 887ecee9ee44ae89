"""Two files that are one person: what must hold before one is merged into the other."""

from typing import Any

from services.personnel.domain.rejected import (
    AlreadyMerged,
    MergedWithItself,
    TenuresOverlap,
    UnknownReference,
)
from services.personnel.events import RecordsMerged
from shared.core.decider import ReadModel


def check_merger(kept: str, proposed: RecordsMerged, known: ReadModel) -> None:
    """Both are on file, neither is merged elsewhere, and no two tenures of theirs exclude each other."""
    merged = proposed.merged
    if merged == kept:
        raise MergedWithItself(field="merged")
    if not known.rows("cadres", cadre_id=merged):
        raise UnknownReference(field="merged", id=merged)
    if elsewhere := known.rows("merged_records", merged_id=merged):
        raise AlreadyMerged(field="merged", kept=elsewhere[0].cadre_id)
    theirs = [row for row in held(merged, known) if row.tenure_id not in proposed.duplicates]
    if stray := set(proposed.duplicates) - {row.tenure_id for row in held(merged, known)}:
        raise UnknownReference(field="duplicates", id=min(stray))
    for ours in held(kept, known):
        for other in theirs:
            if excludes(ours, other):
                raise TenuresOverlap(
                    field="merged",
                    tenure=ours.tenure_id,
                    other=other.tenure_id,
                    since=max(ours.valid_from, other.valid_from),
                )


def held(cadre: str, known: ReadModel) -> list[Any]:
    """All stretches of the tenures of a file and of those merged into it before."""
    files = [cadre, *(row.merged_id for row in known.rows("merged_records", cadre_id=cadre))]
    return [row for each in files for row in known.rows("tenures", cadre_id=each)]


def excludes(one: Any, other: Any) -> bool:
    """On some day, in every reading of partial dates, both primary or both of the same post."""
    if max(one.certain_from, other.certain_from) >= min(one.certain_to, other.certain_to):
        return False
    return bool(one.post_id == other.post_id or one.holding == other.holding == "PRIMARY")
