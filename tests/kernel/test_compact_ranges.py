"""Compact ranges give the roots of RFC 6962, however a log is cut into them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.eventlog.compact_ranges import CompactRange, range_of_leaves, read_range, subtree_heights
from shared.eventlog.merkle import EMPTY_ROOT, Frontier, compute_root, hash_leaf

LEAVES = [hash_leaf(b"entry %d" % number) for number in range(70)]
NODES: list[bytes] = []
Frontier().extend(LEAVES, NODES)


def range_of(begin: int, end: int) -> CompactRange:
    return range_of_leaves(begin, LEAVES[begin:end])


def test_the_subtrees_are_those_of_the_picture_in_the_paper() -> None:
    """Entries 3 to 10: 3 alone, 4 to 7, 8 and 9 as one subtree, 10 alone."""
    assert list(subtree_heights(3, 11)) == [0, 2, 1, 0]
    assert list(subtree_heights(0, 13)) == [3, 2, 0]
    assert list(subtree_heights(5, 5)) == []


@given(st.lists(st.integers(0, len(LEAVES)), max_size=6), st.integers(0, len(LEAVES)))
def test_however_it_is_cut_it_gives_the_root(cuts: list[int], size: int) -> None:
    places = sorted({0, size, *(min(cut, size) for cut in cuts)})
    whole = CompactRange(0, 0)
    for begin, end in pairwise(places):
        part = range_of(begin, end)
        assert part.is_well_formed()
        assert part == read_range(NODES.__getitem__, begin, end)
        whole = whole.merge(part)
    assert whole == range_of(0, size)
    assert whole.root() == (compute_root(NODES.__getitem__, size) if size else EMPTY_ROOT)


@given(st.tuples(*[st.integers(0, len(LEAVES))] * 4))
def test_merging_is_associative(places: tuple[int, ...]) -> None:
    one, two, three, four = sorted(places)
    first, second, third = range_of(one, two), range_of(two, three), range_of(three, four)
    assert first.merge(second).merge(third) == first.merge(second.merge(third)) == range_of(one, four)


def test_another_hash_another_root() -> None:
    left, right = range_of(0, 5), range_of(5, 13)
    changed = CompactRange(5, 13, (right.hashes[0], bytes(32), *right.hashes[2:]))
    assert left.merge(changed).root() != left.merge(right).root()


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="do not touch"):
        range_of(0, 5).merge(range_of(6, 8))
    with pytest.raises(ValueError, match="gives no root"):
        range_of(1, 5).root()
    for bad in (
        CompactRange(0, 5, range_of(0, 5).hashes[:1]),
        CompactRange(0, 1, (b"short",)),
        CompactRange(3, 2),
        CompactRange(-1, 0, (bytes(32),)),
    ):
        assert not bad.is_well_formed()
