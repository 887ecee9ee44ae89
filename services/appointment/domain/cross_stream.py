"""What a proposed fact needs outside its stream: a cadre on file and in service, a tenure id of its own, a post that
exists, candidates."""

from services.appointment.domain.rejections import (
    MergedAway,
    OutOfService,
    PostNotInExistence,
    SamePostTwice,
    SeatsTaken,
    TenureIdTaken,
    TwoPrimaryPosts,
    UnknownReference,
)
from services.appointment.events import (
    Appointed,
    AppointmentFact,
    ContestConcluded,
    ContestOpened,
    Designated,
    Elected,
    Holding,
    Reappointed,
)
from services.chronicle.rows import AWAY, CADRES, MERGED_RECORDS, POSTS, TENURES, find_taken_seats
from shared.core.decider import ReadModel
from shared.core.partial_dates import LAST_DAY, PDate, earliest, latest


def check(stream: str, proposed: AppointmentFact, read_model: ReadModel) -> None:
    """A merged file keeps its past, recorded and corrected there; what starts anew starts on the file that is kept."""
    match proposed:
        case ContestConcluded():
            return
        case ContestOpened():
            check_contest(proposed, read_model)
            return
    if not read_model.rows(CADRES, cadre_id=stream):
        raise UnknownReference(field="cadre", id=stream)
    match proposed:
        case Appointed() | Elected() | Designated():
            require_in_service(stream, proposed.effective_from, read_model)
            require_post_exists(proposed.post, proposed.effective_from, read_model)
            require_no_overlap_with_merged(stream, proposed, read_model)
            require_free_seat(stream, proposed, read_model)
        case Reappointed():
            require_in_service(stream, proposed.effective_from, read_model)
    if isinstance(proposed, Appointed | Elected | Designated | Reappointed):
        require_own_tenure_id(stream, proposed.tenure, read_model)


def check_contest(proposed: ContestOpened, read_model: ReadModel) -> None:
    """Candidates are on file, and the post is known here."""
    if proposed.post and not read_model.rows(POSTS, post_id=proposed.post):
        raise UnknownReference(field="post", id=proposed.post)
    for candidate in proposed.candidates:
        if not read_model.rows(CADRES, cadre_id=candidate.cadre):
            raise UnknownReference(field="candidates", id=candidate.cadre)


def require_own_tenure_id(cadre: str, tenure: str, read_model: ReadModel) -> None:
    """No other cadre has a tenure with this id."""
    for row in read_model.rows(TENURES, tenure_id=tenure):
        if row.cadre_id != cadre:
            raise TenureIdTaken(field="tenure", tenure=tenure, cadre=row.cadre_id)


def require_in_service(cadre: str, when: PDate, read_model: ReadModel) -> None:
    """The cadre is not certainly out of service on that date, and the file is not merged into another."""
    for row in read_model.rows(AWAY, cadre_id=cadre):
        if row.certain_from <= earliest(when) and latest(when) < row.valid_to:
            raise OutOfService(field="effective_from", since=row.valid_from, kind=row.kind)
    if mergers := read_model.rows(MERGED_RECORDS, merged_id=cadre):
        raise MergedAway(field="cadre", kept=mergers[0].cadre_id)


def require_post_exists(post: str, when: PDate, read_model: ReadModel) -> None:
    """The post exists on that date, in some reading of the dates."""
    versions = read_model.rows(POSTS, post_id=post)
    if not versions:
        raise UnknownReference(field="post", id=post)
    if not any(row.valid_from <= latest(when) and earliest(when) < row.valid_to for row in versions):
        raise PostNotInExistence(field="post", id=post, when=when)


def require_free_seat(stream: str, proposed: Appointed | Elected | Designated, read_model: ReadModel) -> None:
    """Not all seats are taken by others, of a post that refuses more holders, unless somebody answers for it."""
    if any(finding.rule == "SeatsTaken" and finding.overridden_by for finding in proposed.findings):
        return
    files = {stream, *(row.merged_id for row in read_model.rows(MERGED_RECORDS, cadre_id=stream))}
    if taken := find_taken_seats(proposed.post, proposed.effective_from, files, read_model):
        raise SeatsTaken(field="post", seats=taken.seats, holders=taken.holders, when=taken.day)


def require_no_overlap_with_merged(
    stream: str, proposed: Appointed | Elected | Designated, read_model: ReadModel
) -> None:
    """The decider knows the tenures of its own stream; those of files merged into it are looked up here."""
    first = latest(proposed.effective_from)
    overridden = {finding.rule for finding in proposed.findings if finding.overridden_by}
    for file in read_model.rows(MERGED_RECORDS, cadre_id=stream):
        for row in read_model.rows(TENURES, cadre_id=file.merged_id):
            if max(first, row.certain_from) >= min(LAST_DAY, row.certain_to):
                continue
            if row.post_id == proposed.post and "SamePostTwice" not in overridden:
                raise SamePostTwice(field="post", tenure=row.tenure_id, since=row.start, until=row.end)
            if row.holding == proposed.holding == Holding.PRIMARY and "TwoPrimaryPosts" not in overridden:
                raise TwoPrimaryPosts(
                    field="holding", tenure=row.tenure_id, post=row.post_id, since=row.start
                )
