"""What a proposed fact needs of other files: one file for a national id and for a code, relatives and merged files that
exist."""

from services.chronicle.rows import CADRES, MERGED_RECORDS, PERSON_CODES, CodeRow, find_other_holders
from services.personnel.domain.mergers import check_merger
from services.personnel.domain.rejections import (
    CodeTaken,
    MergedAway,
    OwnRelative,
    SamePerson,
    UnknownReference,
)
from services.personnel.events import (
    KinshipDeclared,
    PersonnelFact,
    ProfileAmended,
    RecordsMerged,
    Registered,
)
from shared.core.decider import ReadModel
from shared.core.partial_dates import LAST_DAY, earliest, latest


def check(stream: str, proposed: PersonnelFact, read_model: ReadModel) -> None:
    """Raises MergedAway for a file that was merged into another; else checks what the fact refers to."""
    if mergers := read_model.rows(MERGED_RECORDS, merged_id=stream):
        raise MergedAway(kept=mergers[0].cadre_id)
    match proposed:
        case Registered() | ProfileAmended():
            require_own_identity(stream, proposed.identity, read_model)
            require_free_codes(stream, proposed, read_model)
        case KinshipDeclared():
            require_relative_on_file(stream, proposed.relative, read_model)
        case RecordsMerged():
            check_merger(stream, proposed, read_model)


def require_own_identity(cadre: str, identity: str, read_model: ReadModel) -> None:
    """No other file has this keyed hash of a national id; empty: no national id is stated. A file that was merged into
    this one is no other one."""
    same = read_model.rows(CADRES, identity=identity) if identity else []
    others = [row.cadre_id for row in same if row.cadre_id != cadre]
    if others and (others := sorted({*others} - find_merged(cadre, read_model))):
        raise SamePerson(field="national_id", cadre=others[0])


def require_free_codes(stream: str, proposed: Registered | ProfileAmended, read_model: ReadModel) -> None:
    """No other cadre certainly has one of the codes at the time at which this one gets it, which ends where the next
    codes of the file are known to begin. A file that was merged into this one is no other cadre."""
    if not proposed.codes:
        return
    own, first = read_model.rows(PERSON_CODES, subject=stream), latest(proposed.effective_from)
    end = min((row.valid_from for row in own if row.valid_from > first), default=LAST_DAY)
    merged = find_merged(stream, read_model)
    for code in proposed.codes:
        new = CodeRow(
            scheme=code.scheme,
            value=code.value,
            subject=stream,
            what="cadre",
            valid_from=earliest(proposed.effective_from),
            certain_from=first,
            certain_to=end,
        )
        rows = read_model.rows(PERSON_CODES, scheme=code.scheme, value=code.value)
        for other in find_other_holders(new, rows):
            if other.subject not in merged:
                raise CodeTaken(field="codes", scheme=code.scheme, value=code.value, cadre=other.subject)


def find_merged(cadre: str, read_model: ReadModel) -> set[str]:
    """The files that were merged into this one."""
    return {row.merged_id for row in read_model.rows(MERGED_RECORDS, cadre_id=cadre)}


def require_relative_on_file(cadre: str, relative: str, read_model: ReadModel) -> None:
    """A relative who is named by id is another cadre on file; empty: the relative is named by name only."""
    if not relative:
        return
    if relative == cadre:
        raise OwnRelative(field="relative")
    if not read_model.rows(CADRES, cadre_id=relative):
        raise UnknownReference(field="relative", id=relative)
