"""The tree is that of RFC 6962: its published vectors, and the definition written down as it stands there."""

from hashlib import sha256

import pytest

from shared.eventlog.merkle import (
    EMPTY_ROOT,
    HASH_SIZE,
    Frontier,
    compute_root,
    consistency_proof,
    hash_leaf,
    inclusion_proof,
    node_count,
    node_index,
    verify_consistency,
    verify_inclusion,
)

ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""Of the trees of the first one, two, … eight of these entries (certificate-transparency's own test data)."""
SIZES = range(1, 131)
MANY = [b"entry %d" % number for number in range(130)]


def by_definition(entries: list[bytes]) -> bytes:
    """RFC 6962, 2.1."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\0" + entries[0]).digest()
    half = 1
    while half * 2 < len(entries):
        half *= 2
    return sha256(b"\1" + by_definition(entries[:half]) + by_definition(entries[half:])).digest()


@pytest.fixture(scope="module")
def nodes() -> list[bytes]:
    kept: list[bytes] = []
    Frontier().extend(map(hash_leaf, MANY), kept)
    return kept


def test_roots_are_those_published() -> None:
    assert Frontier().root() == EMPTY_ROOT == sha256(b"").digest()
    tree = Frontier()
    for entry, expected in zip(ENTRIES, ROOTS, strict=True):
        tree.extend([hash_leaf(bytes.fromhex(entry))])
        assert tree.root().hex() == expected


def test_a_published_path() -> None:
    kept: list[bytes] = []
    Frontier().extend([hash_leaf(bytes.fromhex(entry)) for entry in ENTRIES], kept)
    assert [each.hex() for each in inclusion_proof(kept.__getitem__, 0, 8)] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]


def test_every_root_is_that_of_the_definition(nodes: list[bytes]) -> None:
    tree = Frontier()
    for size in SIZES:
        tree.extend([hash_leaf(MANY[size - 1])])
        assert tree.root() == compute_root(nodes.__getitem__, size) == by_definition(MANY[:size])
        assert len(tree.peaks) == size.bit_count()


def test_nodes_are_stored_where_they_are_looked_for(nodes: list[bytes]) -> None:
    assert len(nodes) == node_count(len(MANY))
    assert [node_count(size) for size in range(9)] == [0, 1, 3, 4, 7, 8, 10, 11, 15]
    for height in range(8):
        for number in range(len(MANY) >> height):
            part = MANY[number << height : (number + 1) << height]
            assert nodes[node_index(height, number)] == by_definition(part)


def test_a_tree_grows_the_same_in_parts(nodes: list[bytes]) -> None:
    """Segments of eight hashed on their own, and a last one that is not full."""
    tree = Frontier()
    for start in range(0, 128, 8):
        part = Frontier()
        part.extend(map(hash_leaf, MANY[start : start + 8]))
        tree.append_subtree(part.peaks[0], 3)
    tree.extend(map(hash_leaf, MANY[128:]))
    assert tree.root() == by_definition(MANY)
    with pytest.raises(ValueError, match="cannot begin after 130"):
        tree.append_subtree(EMPTY_ROOT, 2)
    again = Frontier(100, _peaks(nodes, 100))
    again.extend(map(hash_leaf, MANY[100:]))
    assert again.root() == tree.root()


def _peaks(nodes: list[bytes], size: int) -> list[bytes]:
    peaks, start = [], 0
    for height in range(size.bit_length(), -1, -1):
        if size >> height & 1:
            peaks.append(nodes[node_index(height, start >> height)])
            start += 1 << height
    return peaks


def test_every_inclusion_is_proved_and_no_other(nodes: list[bytes]) -> None:
    for size in (1, 2, 3, 7, 8, 9, 64, 100, 130):
        expected = by_definition(MANY[:size])
        for index in range(size):
            proof = inclusion_proof(nodes.__getitem__, index, size)
            assert verify_inclusion(MANY[index], index, size, proof, expected)
            assert len(proof) * HASH_SIZE <= 32 * (size - 1).bit_length()
            assert not verify_inclusion(b"something else", index, size, proof, expected)
            assert not verify_inclusion(MANY[index], index, size, [*proof, EMPTY_ROOT], expected)
            assert not verify_inclusion(MANY[index], index ^ 1, size, proof, expected)
            assert not verify_inclusion(MANY[index], index, size, proof[:-1], expected) or not proof
    with pytest.raises(IndexError):
        inclusion_proof(nodes.__getitem__, 8, 8)


def test_every_continuation_is_proved_and_no_other(nodes: list[bytes]) -> None:
    roots = {size: by_definition(MANY[:size]) for size in SIZES}
    for new in (1, 2, 3, 7, 8, 9, 64, 100, 130):
        for old in range(1, new + 1):
            proof = consistency_proof(nodes.__getitem__, old, new)
            assert verify_consistency(old, roots[old], new, roots[new], proof)
            if old < new:
                assert not verify_consistency(old, EMPTY_ROOT, new, roots[new], proof)
                assert not verify_consistency(old, roots[old], new, EMPTY_ROOT, proof)
                assert not verify_consistency(old, roots[old], new, roots[new], proof[:-1])
                assert not verify_consistency(old, roots[old], new, roots[new], [*proof, EMPTY_ROOT])
    assert not verify_consistency(3, roots[3], 3, roots[4], [])
    assert not verify_consistency(4, roots[4], 3, roots[3], [])
    with pytest.raises(IndexError):
        consistency_proof(nodes.__getitem__, 9, 8)
