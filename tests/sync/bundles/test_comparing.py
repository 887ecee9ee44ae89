"""Two bundles in which one site shows two histories (cases 16)."""

import io

from services.sync.bundles.comparing import SplitView, find_split_views
from services.sync.bundles.member_names import checkpoint_name
from services.sync.bundles.reading import Bundle, open_bundle
from shared.replica.chunks import Chunk, encode_chunk
from tests.replica.signed_lines import SIGNER, SignedLine
from tests.sync.bundles.made import BOXES, SIGNERS, VECTOR, make_bundle
from tests.sync.bundles.made import KEYS as SENDERS

KEYS = SENDERS | {"px": (SIGNER.verifier,)}
LINE = SignedLine([("e1", 8), ("e2", 12)])
FORKED = SignedLine([("e2", 9)], after=LINE, shared=13, salt=1000)
"""The same up to e2/5; then other entries in the same epoch."""


def bundle_of(*chunks: Chunk, notes: tuple[str, ...] = ()) -> Bundle:
    members = [
        VECTOR,
        *((checkpoint_name(LINE.log, "", at), note.encode()) for at, note in enumerate(notes, 1)),
        *(
            (f"entries/toy/px/{each.header.epoch}-{each.header.first}.chunk", encode_chunk(each))
            for each in chunks
        ),
    ]
    file = io.BytesIO(make_bundle(members, sender="py"))
    return open_bundle(file, "huyen", BOXES["huyen"], SENDERS)


def test_honest_bundles_of_any_sizes_do_not_differ() -> None:
    earlier, later = (
        bundle_of(LINE.chunk(0, 8, 15)),
        bundle_of(LINE.chunk(0, 8), LINE.chunk(8, 20, withheld=[10, 11])),
    )
    for pair in ((earlier, later), (later, earlier), (later, later), (bundle_of(), later)):
        assert find_split_views(*pair, KEYS) == []


def test_two_histories_of_one_size_are_proven_by_two_notes() -> None:
    honest, forked = bundle_of(LINE.chunk(8, 20, 20)), bundle_of(FORKED.chunk(8, 20, 20))
    assert LINE.places[:20] == FORKED.places[:20]
    expected = SplitView("px", "toy", "e2", 12, (LINE.note(20), FORKED.note(20)), "e2", 6)
    assert find_split_views(honest, forked, KEYS) == [expected]
    [swapped] = find_split_views(forked, honest, KEYS)
    assert swapped.notes == (FORKED.note(20), LINE.note(20))


def test_histories_of_two_sizes_are_compared_where_both_are_known() -> None:
    """The checkpoints are at e2/8 and e2/12: the chunk of the longer one gives the root at e2/8."""
    for one, other in (
        (bundle_of(LINE.chunk(8, 16, 16)), bundle_of(FORKED.chunk(8, 20, 20))),
        (bundle_of(FORKED.chunk(8, 20, 20)), bundle_of(LINE.chunk(8, 16, 16))),
    ):
        [view] = find_split_views(one, other, KEYS)
        assert (view.epoch, view.seq, view.first_epoch, view.first_seq) == ("e2", 8, "e2", 6)
        assert set(view.notes) == {LINE.note(16), FORKED.note(20)}


def test_notes_alone_are_enough() -> None:
    one, other = bundle_of(notes=(LINE.note(20),)), bundle_of(notes=(LINE.note(12), FORKED.note(20)))
    [view] = find_split_views(one, other, KEYS)
    assert (view.epoch, view.seq, view.first_seq) == ("e2", 12, 0)


def test_a_restored_site_that_goes_on_in_a_new_epoch_shows_one_history() -> None:
    restored = SignedLine([("e3", 7)], after=LINE, shared=13)
    assert find_split_views(bundle_of(LINE.chunk(8, 20)), bundle_of(restored.chunk(13, 20)), KEYS) == []


def test_what_its_origin_did_not_sign_is_no_evidence() -> None:
    forged = SignedLine([("e2", 9)], after=LINE, shared=13, salt=1000, signer=SIGNERS["py"])
    honest = bundle_of(LINE.chunk(8, 20, 20), notes=(LINE.note(20),))
    assert find_split_views(honest, bundle_of(forged.chunk(8, 20, 20), notes=(forged.note(20),)), KEYS) == []
