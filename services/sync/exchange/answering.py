"""Answers the messages of neighbours: what they bring is taken, and what they lack goes back."""

from services.sync.bundles.reading import Bundle
from services.sync.exchange.admission import admit_site
from services.sync.exchange.messages import ROOM, Message, MessageContents, make_message
from services.sync.exchange.receiving import Steps, apply_in_steps
from services.sync.exchange.site_replica import SiteReplica


def answer_message(replica: SiteReplica, request: Bundle, digest: str) -> Steps[Message]:
    """Apply a message and make the answer. `digest`: SHA-256 of the whole message. Raises NotANeighbour and
    NotAdmitted."""
    sender = request.header.sender
    replica.catch_up()
    admit_site(replica, sender)
    applied = yield from apply_in_steps(replica, request, by_line=True)
    yield
    replica.refresh_closed()
    room = min(request.vector.room or ROOM, ROOM)
    return make_message(replica, MessageContents(replica, sender, room, (request, applied)), sender, digest)
