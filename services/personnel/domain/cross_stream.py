"""What a proposed fact needs of other files: one file per national id, relatives and merged files that exist."""

from services.chronicle.rows import CADRES, MERGED_RECORDS
from services.personnel.domain.mergers import check_merger
from services.personnel.domain.rejections import MergedAway, OwnRelative, SamePerson, UnknownReference
from services.personnel.events import (
    KinshipDeclared,
    PersonnelFact,
    ProfileAmended,
    RecordsMerged,
    Registered,
)
from shared.core.decider import ReadModel


def check(stream: str, proposed: PersonnelFact, read_model: ReadModel) -> None:
    """Raises MergedAway for a file that was merged into another; else checks what the fact refers to."""
    if mergers := read_model.rows(MERGED_RECORDS, merged_id=stream):
        raise MergedAway(kept=mergers[0].cadre_id)
    match proposed:
        case Registered() | ProfileAmended():
            require_own_identity(stream, proposed.identity, read_model)
        case KinshipDeclared():
            require_relative_on_file(stream, proposed.relative, read_model)
        case RecordsMerged():
            check_merger(stream, proposed, read_model)


def require_own_identity(cadre: str, identity: str, read_model: ReadModel) -> None:
    """No other file has this keyed hash of a national id; empty: no national id is stated."""
    same = read_model.rows(CADRES, identity=identity) if identity else []
    others = [row.cadre_id for row in same if row.cadre_id != cadre]
    if others:
        raise SamePerson(field="national_id", cadre=others[0])


def require_relative_on_file(cadre: str, relative: str, read_model: ReadModel) -> None:
    """A relative who is named by id is another cadre on file; empty: the relative is named by name only."""
    if not relative:
        return
    if relative == cadre:
        raise OwnRelative(field="relative")
    if not read_model.rows(CADRES, cadre_id=relative):
        raise UnknownReference(field="relative", id=relative)
