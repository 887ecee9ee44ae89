"""Judges a proposed statement by itself and by the bundles made before. Whether what it says is so is known by whoever
states it: the importer."""

import re
from typing import assert_never

import msgspec

from services.sync.domain.heads import is_root
from services.sync.events import (
    BundleMade,
    ErasureConfirmed,
    FirstSyncAccepted,
    OriginHead,
    Quarantined,
    Received,
    SyncFact,
    topic,
)
from shared.core.decider import Decider, Rejected
from shared.core.normalization import require_fields

_SOURCE = re.compile(r"(line:[^\s/:]+|bundle:[^\s/:]+/[1-9][0-9]{0,17})", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


class BadHead(Rejected):
    """A head names a log, an epoch, a number from 1 on and a Merkle root, 32 bytes in base64."""

    title_vi = "Đầu nhật ký gồm tên nhật ký, đợt ghi, số từ 1 trở lên và gốc Merkle 32 byte dạng base64"


class BadRange(Rejected):
    """A range of entries goes from a number, 1 or more, to one that is not smaller."""

    title_vi = "Khoảng sự kiện đi từ một số, 1 trở lên, đến số không nhỏ hơn"


class BadSource(Rejected):
    """What was received came by `line:SITE` or by `bundle:SITE/NUMBER`."""

    title_vi = "Nguồn nhận có dạng line:ĐIỂM hoặc bundle:ĐIỂM/SỐ"


class NothingReceived(Rejected):
    """A receipt names at least one log of which something is here."""

    title_vi = "Biên nhận phải nêu ít nhất một nhật ký đã nhận"


class ReceiptOfReceipts(Rejected):
    """A log of receipts is never receipted: two sites would answer each other for ever."""

    title_vi = "Không lập biên nhận cho nhật ký biên nhận: hai điểm sẽ trả lời nhau mãi"


class NotTwoSides(Rejected):
    """A fork has two sides at least, with different roots."""

    title_vi = "Nhật ký rẽ nhánh phải có ít nhất hai gốc khác nhau"


class NothingMissing(Rejected):
    """Nothing is missing, so there is nothing to accept."""

    title_vi = "Không thiếu gì, nên không có gì để chấp nhận"


class NobodyOpensIt(Rejected):
    """A bundle is for one site at least."""

    title_vi = "Gói phải gửi cho ít nhất một điểm"


class BundleNumberTaken(Rejected):
    """The bundles of a site are numbered upwards from 1, each with a number of its own."""

    title_vi = "Các gói của một điểm được đánh số tăng dần từ 1, không số nào dùng lại"


class BadDigest(Rejected):
    """A SHA-256 hash is 64 hexadecimal digits, in small letters."""

    title_vi = "Giá trị băm SHA-256 gồm 64 chữ số thập lục phân viết thường"


class NegativeCount(Rejected):
    """A number of keys is 0 or more."""

    title_vi = "Số khóa từ 0 trở lên"


class SyncState(msgspec.Struct, frozen=True):
    """What earlier statements of a stream say that later ones depend on."""

    last_bundle: int = 0


def decide(state: SyncState, proposed: SyncFact) -> tuple[SyncFact, ...]:
    match proposed:
        case Received():
            check_receipt(proposed)
        case Quarantined():
            _check_place(proposed.topic, proposed.epoch, proposed.seq)
            require_fields(origin=proposed.origin)
            for root in proposed.roots:
                if not is_root(root):
                    raise BadHead(field="roots", value=root[:80])
            if len(set(proposed.roots)) < 2:
                raise NotTwoSides(field="roots")
        case FirstSyncAccepted():
            require_fields(origin=proposed.origin, reason=proposed.reason)
            check_heads("missing", proposed.missing)
            if not proposed.missing:
                raise NothingMissing(field="missing")
        case ErasureConfirmed():
            require_fields(subject=proposed.subject, event=proposed.event)
            if proposed.keys < 0:
                raise NegativeCount(field="keys", value=proposed.keys)
        case BundleMade():
            check_bundle(state, proposed)
        case _:
            assert_never(proposed)
    return (proposed,)


def check_receipt(proposed: Received) -> None:
    """Raise Rejected where a receipt cannot be one."""
    if not _SOURCE.fullmatch(proposed.source):
        raise BadSource(field="source", value=proposed.source[:80])
    check_heads("heads", proposed.heads)
    for each in proposed.held:
        require_fields(held=each.origin, why=each.why)
        if not 1 <= each.first <= each.last:
            raise BadRange(field="held", first=each.first, last=each.last)
    if not proposed.heads and not proposed.held:
        raise NothingReceived(field="heads")
    if topic.name in {*(each.topic for each in proposed.heads), *(each.topic for each in proposed.held)}:
        raise ReceiptOfReceipts(field="heads")


def check_bundle(state: SyncState, proposed: BundleMade) -> None:
    """Raise Rejected where a bundle cannot be one."""
    if proposed.number <= state.last_bundle:
        raise BundleNumberTaken(field="number", value=proposed.number, last=state.last_bundle)
    if not proposed.recipients:
        raise NobodyOpensIt(field="recipients")
    if not _SHA256.fullmatch(proposed.sha256):
        raise BadDigest(field="sha256", value=proposed.sha256[:80])
    check_heads("heads", proposed.heads)


def check_heads(field: str, heads: tuple[OriginHead, ...]) -> None:
    """Raise Rejected where a head of a log cannot be one."""
    for each in heads:
        if not (each.origin and each.topic and each.epoch and each.seq >= 1 and is_root(each.root)):
            raise BadHead(field=field, value=f"{each.origin}/{each.topic}/{each.epoch}/{each.seq}"[:80])


def _check_place(log: str, epoch: str, seq: int) -> None:
    require_fields(topic=log, epoch=epoch)
    if seq < 1:
        raise BadRange(field="seq", first=seq, last=seq)


def evolve(state: SyncState, fact: SyncFact) -> SyncState:
    return SyncState(max(state.last_bundle, fact.number)) if isinstance(fact, BundleMade) else state


sync = Decider[SyncState, SyncFact](
    initial=SyncState(), decide=decide, evolve=evolve, repeatable=(Received, Quarantined)
)
