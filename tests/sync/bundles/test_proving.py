"""The chunks in a bundle are proven before anybody imports them (cases 6 and 28)."""

import io

import msgspec
import pytest

from services.sync.bundles.member_names import entries_name, fill_name
from services.sync.bundles.proving import Contents, LogContents, prove_bundle
from services.sync.bundles.reading import open_bundle
from shared.eventlog.signed_notes import Signer
from shared.replica.chunks import Chunk, Stubs, encode_chunk
from tests.replica.signed_lines import SIGNER, SignedLine, make_state, with_header
from tests.sync.bundles.made import BOXES, SIGNERS, VECTOR, make_bundle
from tests.sync.bundles.made import KEYS as SENDERS

LINE = SignedLine([("e1", 40), ("e2", 60)])
KEYS = SENDERS | {"px": (SIGNER.verifier,)}


def prove(*chunks: Chunk, name: str = "", sender: str = "py", fills: bool = False) -> Contents:
    """What a bundle of `sender` with these chunks is found to bring."""
    named = [
        (
            name
            or (fill_name if fills else entries_name)(each.header.log, each.header.epoch, each.header.first),
            each,
        )
        for each in chunks
    ]
    members = [VECTOR, *((name, encode_chunk(chunk)) for name, chunk in named)]
    file = io.BytesIO(make_bundle(members, sender=sender))
    return prove_bundle(open_bundle(file, "huyen", BOXES["huyen"], SENDERS), KEYS)


def rules(*chunks: Chunk) -> list[str]:
    return [fault.rule for fault in prove(*chunks).faults]


def test_what_a_bundle_brings_is_counted() -> None:
    """The chunks are the origin's, whoever brings them."""
    found = prove(LINE.chunk(0, 40), LINE.chunk(40, 60, withheld=range(45, 50)), LINE.chunk(60, 100))
    assert found == Contents((LogContents("px", "toy", 100, 95),), (), ())
    assert prove(LINE.chunk(40, 60), fills=True).logs == (LogContents("px", "toy", 20, 20),)


def test_what_is_not_the_origins_is_named_and_the_rest_is_counted() -> None:
    good, bad = LINE.chunk(0, 40), LINE.chunk(40, 60)
    changed = Chunk(bad.header, (*bad.payloads[:3], bad.payloads[3].replace(b"op", b"oq"), *bad.payloads[4:]))
    found = prove(good, changed)
    assert found.logs == (LogContents("px", "toy", 40, 40),)
    [fault] = found.faults
    assert (fault.rule, fault.where) == ("RootDiffers", "entries/toy/px/e2-1.chunk")


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"first": 2, "previous": ("e2", 1)}, "NotConsecutive"),
        ({"previous": ("e1", 39), "first": 3}, "NotConsecutive"),
        ({"epoch": "e9"}, "UnknownEpoch"),
        ({"origin": "py"}, "WrongOrigin"),
        ({"topic": "other"}, "WrongOrigin"),
        ({"checkpoint": "no note"}, "BadHeader"),
    ],
)
def test_a_header_that_its_sender_changed(changed: dict[str, object], rule: str) -> None:
    """cases 6: seq + 1; other epoch; other origin. Name and digest are right each time, for the sender made it."""
    assert rules(with_header(LINE.chunk(40, 60), **changed)) == [rule]


def test_a_checkpoint_that_somebody_else_signed() -> None:
    """cases 6: signed by py, by an unregistered key."""
    for signer in (SIGNERS["py"], Signer("px", bytes([77] * 32))):
        forged = SignedLine([("e1", 40)], signer=signer)
        assert rules(forged.chunk(0, 40)) == ["UnknownKey"]
    note = LINE.note(100).replace("\n100\n", "\n101\n", 1)
    assert rules(LINE.chunk(40, 60, note=note)) == ["WrongSigner"]


def test_what_is_withheld_is_proven_too() -> None:
    """cases 28: one stub run shortened by one; a payload replaced by other stubs; one of another cadre inserted."""
    chunk = LINE.chunk(40, 60, withheld=range(45, 50))
    assert rules(chunk) == []
    items = chunk.header.items
    [at] = [at for at, item in enumerate(items) if isinstance(item, Stubs)]
    stub = items[at]
    assert isinstance(stub, Stubs)
    shorter = (*items[:at], msgspec.structs.replace(stub, stubs=stub.stubs - 1), *items[at + 1 :])
    assert rules(with_header(chunk, items=shorter)) in (["RootDiffers"], ["BadHeader"])
    other = Stubs(1, (b"\1" * 32,))
    replaced = with_header(chunk, items=(other, *items[1:]))
    assert rules(Chunk(replaced.header, chunk.payloads[1:])) == ["RootDiffers"]
    foreign = make_state("e2", 1, 999)
    inserted = with_header(chunk, items=(len(foreign), *items[1:]))
    assert rules(Chunk(inserted.header, (foreign, *chunk.payloads[1:]))) == ["RootDiffers"]


def test_a_chunk_under_the_name_of_another() -> None:
    chunk = LINE.chunk(40, 60)
    for name, rule in (
        ("entries/toy/px/e2-2.chunk", "BadHeader"),
        ("entries/toy/px/e1-1.chunk", "BadHeader"),
        ("entries/toy/py/e2-1.chunk", "WrongOrigin"),
        ("entries/sites/px/e2-1.chunk", "WrongOrigin"),
    ):
        [fault] = prove(chunk, name=name).faults
        assert (fault.rule, fault.where) == (rule, name)


def test_a_site_that_is_not_registered_yet_waits() -> None:
    line = SignedLine([("e1", 3)])
    chunk = line.chunk(0, 3)
    file = io.BytesIO(make_bundle([VECTOR, ("entries/toy/px/e1-1.chunk", encode_chunk(chunk))], sender="py"))
    bundle = open_bundle(file, "huyen", BOXES["huyen"], SENDERS)
    found = prove_bundle(bundle, {"py": SENDERS["py"]})
    assert found == Contents((), ("px",), ())


def test_a_member_that_is_no_chunk() -> None:
    members = [VECTOR, ("entries/toy/px/e1-1.chunk", b"nothing")]
    bundle = open_bundle(io.BytesIO(make_bundle(members)), "huyen", BOXES["huyen"], SENDERS)
    assert [fault.rule for fault in prove_bundle(bundle, KEYS).faults] == ["Truncated"]
