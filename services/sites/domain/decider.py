"""Judges a proposed fact of the registry by the earlier facts about the same site. Who may say it is another question:
that depends on the whole tree, and is judged the same everywhere when the registry is folded."""

import base64
import binascii
from typing import assert_never

import msgspec

from services.sites.events import (
    ClockCorrected,
    ClosingExtended,
    ForkSettled,
    HomeMoved,
    LogHead,
    ProposalDecided,
    ScopeSet,
    SiteClosed,
    SiteFact,
    SiteKeyReplaced,
    SiteRegistered,
    SiteRehomed,
    SiteRestored,
)
from shared.core.decider import Decider, Rejected
from shared.core.identifiers import is_site_id
from shared.core.normalization import require_fields
from shared.eventlog.merkle import HASH_SIZE
from shared.eventlog.signed_notes import MalformedNote, Verifier

KEY_SIZE = 32


class BadSiteId(Rejected):
    """A site id is 1 to 40 characters, each one of a-z 0-9 -, and does not begin with a dash."""

    title_vi = "Mã điểm gồm 1 đến 40 ký tự trong a-z 0-9 -, không bắt đầu bằng dấu gạch"


class BadKey(Rejected):
    """This is not a public key: a signing key is name+number+base64, a box key 32 bytes in base64."""

    title_vi = "Không phải khóa công khai: khóa ký có dạng tên+số+base64, khóa niêm phong là 32 byte base64"


class BadRoot(Rejected):
    """A Merkle root is 32 bytes in base64."""

    title_vi = "Gốc Merkle là 32 byte dạng base64"


class BadSeq(Rejected):
    """The number of an entry in its epoch is 1 or more."""

    title_vi = "Số của mục trong đợt ghi từ 1 trở lên"


class SiteIdTaken(Rejected):
    """This site is registered already; an id is never used again."""

    title_vi = "Điểm này đã được đăng ký; mã không bao giờ dùng lại"


class SiteNotRegistered(Rejected):
    """No site with this id is registered."""

    title_vi = "Chưa có điểm nào mang mã này"
    needs_another = True


class SiteIsClosed(Rejected):
    """The site is closed."""

    title_vi = "Điểm đã đóng"


class SiteNotClosed(Rejected):
    """The site is not closed, so nothing came late."""

    title_vi = "Điểm chưa đóng, nên không có gì đến muộn"
    needs_another = True


class OwnParent(Rejected):
    """A site is neither its own parent nor its own custodian."""

    title_vi = "Một điểm không thể là cấp trên hay nơi giữ hồ sơ của chính nó"


class SiteState(msgspec.Struct, frozen=True):
    """What is known about the site of a stream."""

    registered: bool = False
    closed: bool = False


def decide(state: SiteState, proposed: SiteFact) -> tuple[SiteFact, ...]:
    match proposed:
        case HomeMoved():
            require_fields(to=proposed.to)
        case ProposalDecided():
            require_fields(event=proposed.event)
        case SiteRegistered():
            check_registration(state, proposed)
        case SiteKeyReplaced():
            require_fields(reason=proposed.reason)
            _check_open(state)
            check_keys(proposed.key, proposed.box_key)
            check_heads("trusted", proposed.trusted)
        case SiteRehomed():
            require_fields(parent=proposed.parent)
            _check_open(state)
        case ScopeSet():
            _check_open(state)
        case SiteClosed():
            require_fields(custodian=proposed.custodian, reason=proposed.reason)
            _check_open(state)
            check_heads("last", proposed.last)
        case ClosingExtended():
            require_fields(reason=proposed.reason)
            if not state.closed:
                raise SiteNotClosed
            check_heads("last", proposed.last)
        case SiteRestored():
            _check_open(state)
            check_heads("lost", proposed.lost)
        case ForkSettled():
            require_fields(topic=proposed.topic, epoch=proposed.epoch, reason=proposed.reason)
            if not state.registered:
                raise SiteNotRegistered
            for root in proposed.keep:
                check_root("keep", root)
        case ClockCorrected():
            require_fields(reason=proposed.reason)
            _check_open(state)
            check_heads("until", proposed.until)
        case _:
            assert_never(proposed)
    return (proposed,)


def check_registration(state: SiteState, proposed: SiteRegistered) -> None:
    """Raise Rejected where a site cannot be registered."""
    require_fields(name=proposed.name)
    if state.registered:
        raise SiteIdTaken
    if proposed.parent and not is_site_id(proposed.parent):
        raise BadSiteId(field="parent", value=proposed.parent[:80])
    check_keys(proposed.key, proposed.box_key)


def _check_open(state: SiteState) -> None:
    if not state.registered:
        raise SiteNotRegistered
    if state.closed:
        raise SiteIsClosed


def check_keys(key: str, box_key: str) -> None:
    """Raise BadKey where a key is none."""
    try:
        Verifier.parse(key)
    except MalformedNote:
        raise BadKey(field="key", value=key[:80]) from None
    if len(_decode(box_key)) != KEY_SIZE:
        raise BadKey(field="box_key", value=box_key[:80])


def check_heads(field: str, heads: tuple[LogHead, ...]) -> None:
    """Raise Rejected where a head of a log cannot be one."""
    for head in heads:
        require_fields(topic=head.topic, epoch=head.epoch)
        if head.seq < 1:
            raise BadSeq(field=field, value=head.seq)
        check_root(field, head.root)


def check_root(field: str, root: str) -> None:
    """Raise BadRoot where a text is no Merkle root."""
    if len(_decode(root)) != HASH_SIZE:
        raise BadRoot(field=field, value=root[:80])


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def evolve(state: SiteState, fact: SiteFact) -> SiteState:
    match fact:
        case SiteRegistered():
            return SiteState(registered=True, closed=state.closed)
        case SiteClosed():
            return SiteState(registered=state.registered, closed=True)
        case _:
            return state


sites = Decider[SiteState, SiteFact](
    initial=SiteState(),
    decide=decide,
    evolve=evolve,
    repeatable=(ForkSettled,),  # at the root a second person says the same
)
