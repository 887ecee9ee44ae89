"""What must hold elsewhere for a post to be taken up: the cadre is on file and in service, the post exists."""

from services.appointment.domain import contests
from services.appointment.domain.rejected import (
    MergedAway,
    OutOfService,
    PostNotInExistence,
    SamePostTwice,
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
from shared.core.decider import ReadModel
from shared.core.partial_dates import LAST_DAY, earliest, latest


def check(stream: str, proposed: AppointmentFact, known: ReadModel) -> None:
    """A merged file keeps its past, told and corrected there; what starts anew starts on the file that is kept."""
    if isinstance(proposed, ContestOpened | ContestConcluded):
        contests.check(proposed, known)
        return
    if not known.rows("cadres", cadre_id=stream):
        raise UnknownReference(field="cadre", id=stream)
    if isinstance(proposed, Appointed | Elected | Designated | Reappointed):
        in_service(stream, proposed, known)
    if isinstance(proposed, Appointed | Elected | Designated):
        exists(proposed, known)
        room_beside_merged(stream, proposed, known)


def in_service(stream: str, proposed: AppointmentFact, known: ReadModel) -> None:
    when = proposed.effective_from
    for row in known.rows("away", cadre_id=stream):
        if row.certain_from <= earliest(when) and latest(when) < row.valid_to:
            raise OutOfService(field="effective_from", since=row.valid_from, kind=row.kind)
    if away := known.rows("merged_records", merged_id=stream):
        raise MergedAway(field="cadre", kept=away[0].cadre_id)


def exists(proposed: Appointed | Elected | Designated, known: ReadModel) -> None:
    rows = known.rows("posts", post_id=proposed.post)
    if not rows:
        raise UnknownReference(field="post", id=proposed.post)
    when = proposed.effective_from
    if not any(row.valid_from <= latest(when) and earliest(when) < row.valid_to for row in rows):
        raise PostNotInExistence(field="post", id=proposed.post, when=when)


def room_beside_merged(stream: str, proposed: Appointed | Elected | Designated, known: ReadModel) -> None:
    """The stream's own tenures are the decider's; those told of files merged into it are looked up."""
    first = latest(proposed.effective_from)
    answered = {finding.rule for finding in proposed.findings if finding.overridden_by}
    for file in known.rows("merged_records", cadre_id=stream):
        for row in known.rows("tenures", cadre_id=file.merged_id):
            if max(first, row.certain_from) >= min(LAST_DAY, row.certain_to):
                continue
            if row.post_id == proposed.post and "SamePostTwice" not in answered:
                raise SamePostTwice(field="post", tenure=row.tenure_id, since=row.start, until=row.end)
            if row.holding == proposed.holding == Holding.PRIMARY and "TwoPrimaryPosts" not in answered:
                raise TwoPrimaryPosts(
                    field="holding", tenure=row.tenure_id, post=row.post_id, since=row.start
                )
