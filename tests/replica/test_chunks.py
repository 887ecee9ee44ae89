"""Chunks prove themselves; what is not as the origin signed it is refused by the rule that it breaks (sync case 6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.eventlog.compact_ranges import CompactRange
from shared.eventlog.cosignatures import cosign
from shared.eventlog.merkle import hash_leaf
from shared.eventlog.signed_notes import Signer
from shared.replica.chunks import (
    MAX_BYTES,
    MAX_ENTRIES,
    MAX_HEADER,
    BadChunk,
    Chunk,
    Stubs,
    cut_into_chunks,
    decode_chunk,
    encode_chunk,
)
from shared.replica.proof import prove_chunk
from shared.replica.runs import RootNotKnown
from tests.replica.signed_lines import KEYS, SIGNER, SignedLine, make_state, with_header

LINE = SignedLine([("e1", 7), ("e2", 12), ("e3", 4)])
PX = KEYS["px"]


def broken_rule(chunk: Chunk) -> str:
    with pytest.raises(BadChunk) as refused:
        prove_chunk(chunk, PX)
    return refused.value.rule


@given(st.data())
def test_any_part_of_an_epoch_proves_into_any_later_checkpoint(data: st.DataObject) -> None:
    begin, last = data.draw(st.sampled_from([(0, 7), (7, 19), (19, 23)]))
    start = data.draw(st.integers(begin, last - 1))
    end = data.draw(st.integers(start + 1, last))
    size = data.draw(st.integers(end, len(LINE.states)))
    withheld = data.draw(st.sets(st.integers(start, end - 1), max_size=end - start - 1))
    chunk = LINE.chunk(start, end, size, withheld)
    assert decode_chunk(encode_chunk(chunk)) == chunk
    proven = prove_chunk(chunk, PX)
    assert proven.run == LINE.run(start, end)
    sent = {LINE.places[at][1]: LINE.states[at] for at in range(start, end) if at not in withheld}
    assert proven.payloads() == sent
    for at in range(start, end):
        try:
            assert proven.root_at(LINE.places[at][1]) == LINE.root(at + 1)
        except RootNotKnown:
            assert at in withheld
            assert at + 1 in withheld


def test_stored_bytes_travel_as_they_are() -> None:
    """sync case 46: unknown fields, another order of fields and blanks are not a later reader's business."""
    state = (
        b' {"seq" : 2, "of a later version":[1],  "epoch":"e1","site":"px","stream":"S","event_id":"x",'
        + (
            b'"recorded_at":"2026-01-01T00:00:00.000000Z","lamport":4,"fact":{"type":"toy.later","unknown":{}}}'
        )
    )
    line = SignedLine([("e1", 3)])
    line.replace_state(1, state)
    proven = prove_chunk(decode_chunk(encode_chunk(line.chunk(0, 3))), PX)
    assert proven.payloads()[2] == state
    assert hash_leaf(state) == proven.items[1].hashes[0]


def test_each_change_breaks_its_own_rule() -> None:
    """sync case 6."""
    chunk = LINE.chunk(8, 12)
    header = chunk.header
    payload = chunk.payloads[1].replace(b"fact 9", b"fact 8")
    other_key = Signer("px", bytes(32))
    unknown_note = Signer("py", bytes(32)).sign(str(LINE.checkpoint(23)))
    edited_note = header.checkpoint.replace("\n23\n", "\n22\n")
    changes = {
        "a byte of a payload": (
            Chunk(header, (chunk.payloads[0], payload, *chunk.payloads[2:])),
            "RootDiffers",
        ),
        "a hash to the left": (with_header(chunk, left=(bytes(32), *header.left[1:])), "RootDiffers"),
        "a hash to the right": (with_header(chunk, right=(bytes(32), *header.right[1:])), "RootDiffers"),
        "a hash too few": (with_header(chunk, right=header.right[1:]), "BadHeader"),
        "another place": (with_header(chunk, start=9), "BadHeader"),
        "seq + 1": (with_header(chunk, first=3, previous=("e2", 2)), "NotConsecutive"),
        "another entry before": (with_header(chunk, previous=("e2", 4)), "NotConsecutive"),
        "another epoch": (with_header(chunk, epoch="e9", previous=("e9", 1)), "UnknownEpoch"),
        "another origin": (with_header(chunk, origin="py"), "WrongOrigin"),
        "another topic": (with_header(chunk, topic="planning"), "WrongOrigin"),
        "signed by another": (with_header(chunk, checkpoint=unknown_note), "UnknownKey"),
        "signed with another key": (
            with_header(chunk, checkpoint=other_key.sign(str(LINE.checkpoint(23)))),
            "UnknownKey",
        ),
        "an edited checkpoint": (with_header(chunk, checkpoint=edited_note), "WrongSigner"),
        "no checkpoint": (with_header(chunk, checkpoint="px/toy\n"), "BadHeader"),
        "a checkpoint that ends before": (with_header(chunk, checkpoint=LINE.note(9)), "BadHeader"),
        "no entries": (Chunk(replace(header, items=())), "BadHeader"),
    }
    for what, (bad, rule) in changes.items():
        assert (what, broken_rule(bad)) == (what, rule)


def test_a_payload_is_at_the_place_that_it_names() -> None:
    """An origin that signs a fact at another place than the one in its envelope is not believed."""
    for changed, rule in (
        ({"seq": 5}, "NotConsecutive"),
        ({"epoch": "e9"}, "UnknownEpoch"),
        ({"site": "py"}, "WrongOrigin"),
    ):
        line = SignedLine([("e1", 3)])
        line.replace_state(1, make_state(**{"epoch": "e1", "seq": 2, "number": 1, **changed}))  # type: ignore[arg-type]
        assert broken_rule(line.chunk(0, 3)) == rule


def test_an_entry_that_cannot_be_read_is_proven_like_any_other() -> None:
    """sync case 21: what it links is whole; that it does not count is another matter."""
    line = SignedLine([("e1", 3)])
    line.replace_state(1, b"no JSON")
    assert prove_chunk(line.chunk(0, 3), PX).payloads()[2] == b"no JSON"


def test_the_epoch_of_stubs_is_the_word_of_the_origin() -> None:
    """sync case 28: without a payload, only a checkpoint of the same epoch says what epoch the entries are of."""
    everything_withheld = set(range(len(LINE.states)))
    assert broken_rule(LINE.chunk(8, 12, 23, everything_withheld)) == "UnknownEpoch"
    assert prove_chunk(LINE.chunk(8, 12, 19, everything_withheld), PX).run == LINE.run(8, 12)
    assert prove_chunk(LINE.chunk(8, 12, 23, {8, 9, 11}), PX).run == LINE.run(8, 12)
    renamed = with_header(LINE.chunk(8, 12, 19, everything_withheld), first=1, previous=("e1", 8))
    assert broken_rule(renamed) == "NotConsecutive"
    longer = with_header(LINE.chunk(8, 12, 23, {8, 9, 11}), epoch="e3", first=2, previous=("e3", 1))
    assert broken_rule(longer) == "NotConsecutive"


def test_entries_beyond_the_epoch_that_the_checkpoint_names_are_not_of_another() -> None:
    chunk = LINE.chunk(17, 19)
    stretched = Chunk(
        replace(
            chunk.header,
            items=(*chunk.header.items, len(LINE.states[19])),
            right=LINE.chunk(19, 20).header.right,
        ),
        (*chunk.payloads, LINE.states[19]),
    )
    assert broken_rule(stretched) == "UnknownEpoch"


def test_a_run_of_stubs_that_is_shorter_or_longer_is_refused() -> None:
    """sync case 28."""
    chunk = LINE.chunk(8, 14, 19, {9, 10, 11})
    stubs = chunk.header.items[1]
    assert isinstance(stubs, Stubs)
    for count in (2, 4, 0, -1, 2**60):
        items = (chunk.header.items[0], replace(stubs, stubs=count), *chunk.header.items[2:])
        assert broken_rule(with_header(chunk, items=items)) in ("BadHeader", "RootDiffers")
    swapped = replace(stubs, nodes=(hash_leaf(b"other"), *stubs.nodes[1:]))
    assert broken_rule(
        with_header(chunk, items=(chunk.header.items[0], swapped, *chunk.header.items[2:]))
    ) == ("RootDiffers")


def test_a_fact_withheld_by_class_is_named_by_leaf_and_stream() -> None:
    """sync case 29."""
    chunk = LINE.chunk(8, 10)
    stub = Stubs(1, leaf=LINE.leaves[9], stream="S-9", confidentiality="CONFIDENTIAL")
    named = Chunk(replace(chunk.header, items=(len(LINE.states[8]), stub)), chunk.payloads[:1])
    raw = encode_chunk(named)
    assert b'"class":"CONFIDENTIAL"' in raw
    assert prove_chunk(decode_chunk(raw), PX).run == LINE.run(8, 10)
    two = replace(named.header, items=(len(LINE.states[8]), replace(stub, stubs=2)))
    assert broken_rule(Chunk(two, named.payloads)) == "BadHeader"


def test_cosignatures_on_the_checkpoint_change_nothing() -> None:
    note = cosign(LINE.note(23), Signer("huyen", bytes(32)), 1_770_000_000)
    assert prove_chunk(LINE.chunk(8, 12, note=note), PX).run == LINE.run(8, 12)


def test_bytes_that_are_no_chunk_are_refused() -> None:
    """sync case 6: cut at every length, too much of anything."""
    raw = encode_chunk(LINE.chunk(8, 12))
    for length in range(len(raw)):
        with pytest.raises(BadChunk) as refused:
            decode_chunk(raw[:length])
        assert refused.value.rule == "Truncated"
    for bad, rule in (
        (raw + b"x", "BadHeader"),
        (b"[]\n", "BadHeader"),
        (b"\xff\n", "BadHeader"),
        (b" " * (MAX_HEADER + 1) + b"\n", "TooMuch"),
        (raw.replace(b'"items":[', b'"items":[-1,'), "BadHeader"),
        (raw.replace(b'"items":[', b'"items":[' + b"1," * MAX_ENTRIES), "TooMuch"),
        (raw.replace(b'"items":[', b'"items":[' + b"1048576,"), "TooMuch"),
    ):
        with pytest.raises(BadChunk) as refused:
            decode_chunk(bad)
        assert refused.value.rule == rule


@given(st.lists(st.integers(0, 2 * MAX_BYTES), max_size=40), st.integers(0, 3))
def test_what_is_sent_is_cut_within_the_limits(sizes: list[int], many: int) -> None:
    sizes = sizes + [10] * (many * MAX_ENTRIES)
    cuts = list(cut_into_chunks(sizes))
    assert [at for start, end in cuts for at in range(start, end)] == list(range(len(sizes)))
    for start, end in cuts:
        payloads = [size for size in sizes[start:end] if size]
        assert len(payloads) <= MAX_ENTRIES
        assert sum(payloads) <= MAX_BYTES or len(payloads) == 1


def test_a_range_of_a_billion_stubs_is_proven_by_few_hashes() -> None:
    """The work is with the hashes that are sent, not with the entries that they stand for."""
    nodes = tuple(hash_leaf(b"%d" % number) for number in range(30))
    billion = CompactRange(0, 2**30 - 1, nodes)
    assert billion.is_well_formed()
    assert len(billion.merge(CompactRange(2**30 - 1, 2**30, (hash_leaf(b"last"),))).hashes) == 1
    assert SIGNER.name == "px"


def test_a_header_of_a_later_version_is_read_where_that_is_safe() -> None:
    """Sync case 46: unknown fields are passed over; an item that is not known might be an entry, and is refused."""
    chunk = LINE.chunk(8, 12)
    raw = encode_chunk(chunk)
    more = raw.replace(b'{"origin"', b'{"of a later version":{"a":[1]},"origin"', 1)
    assert decode_chunk(more) == chunk
    sizes = b"[" + b",".join(b"%d" % len(payload) for payload in chunk.payloads) + b"]"
    assert sizes in raw
    unknown = decode_chunk(raw.replace(sizes, sizes[:-1] + b',{"gap":3}]', 1))
    assert broken_rule(unknown) == "BadHeader"
