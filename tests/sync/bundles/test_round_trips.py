"""What is put into a bundle comes out of it, byte for byte, and only for whom it was made."""

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.sync.bundles.faults import Limits
from services.sync.bundles.header import read_header
from services.sync.bundles.member_names import entries_name
from services.sync.bundles.reading import open_bundle
from services.sync.bundles.sealing import open_body_key
from services.sync.bundles.segments import SEGMENT_SIZE, open_segments
from services.sync.bundles.vector import Vector
from services.sync.bundles.writing import BundleWriter
from services.sync.bundles.zip_writer import PIECE_SIZE
from services.sync.domain.heads import digest_heads
from shared.eventlog.merkle import hash_leaf
from shared.replica.runs import Head, LogId
from tests.sync.bundles.made import (
    AT,
    BOXES,
    CHUNK,
    KEYS,
    SIGNERS,
    SMALL,
    VECTOR,
    make_bundle,
    read,
    refused,
    seal_archive,
    zip_members,
)

SIZES = (0, 1, SEGMENT_SIZE - 1, SEGMENT_SIZE, SEGMENT_SIZE + 1, PIECE_SIZE, PIECE_SIZE + 1, 3 * PIECE_SIZE)


def contents() -> st.SearchStrategy[bytes]:
    """Some that pack well, some that do not, some that repeat themselves like a zip bomb."""
    repeated = st.builds(
        lambda unit, times: unit * times, st.binary(min_size=1, max_size=40), st.integers(0, 40_000)
    )
    return st.one_of(st.binary(max_size=2000), repeated)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(contents(), max_size=5),
    st.sampled_from([("huyen",), ("tinh", "huyen"), ("tinh", "py", "huyen")]),
)
def test_members_come_out_as_they_went_in(chunks: list[bytes], to: tuple[str, ...]) -> None:
    members = [VECTOR] + [
        (entries_name(LogId("px", "planning"), "e1", at), chunk) for at, chunk in enumerate(chunks, 1)
    ]
    made = make_bundle(members, to)
    for site in to:
        assert list(read(made, site).items()) == members


@pytest.mark.parametrize("size", SIZES)
def test_any_size_of_a_member(size: int) -> None:
    content = bytes(size // 2) + bytes(at * at % 251 for at in range(size - size // 2))
    assert read(make_bundle([VECTOR, (CHUNK, content)]))[CHUNK] == content


def test_what_repeats_itself_like_a_bomb_is_still_delivered() -> None:
    """cases 21: an entry of 3.9 MB, here of one letter; a sender never makes what its receiver refuses."""
    content = b"x" * 3_900_000
    assert read(make_bundle([VECTOR, (CHUNK, content)]))[CHUNK] == content


def test_the_header_says_what_the_file_is() -> None:
    made = make_bundle(to=("tinh", "huyen"))
    signed = read_header(io.BytesIO(made))
    header = signed.header
    assert (header.sender, header.to, header.number, header.at) == ("px", ("tinh", "huyen"), 41, AT)
    assert made.startswith(
        b'{"format":"cadre-bundle-1","from":"px","to":["tinh","huyen"],"number":41,"at":"2026-'
    )
    assert signed.length + header.size == len(made)
    assert sorted(header.sealed) == ["huyen", "tinh"]
    for content in (
        content for _, content in SMALL if len(content) > 8
    ):  # fewer bytes may be there by chance
        assert content not in made


def test_two_bundles_of_the_same_have_no_key_in_common() -> None:
    one, other = make_bundle(), make_bundle()
    assert len(one) == len(other)
    assert one != other


def test_the_archive_inside_is_a_zip_file() -> None:
    made = make_bundle()
    signed = read_header(file := io.BytesIO(made))
    key = open_body_key(signed.header.sealed["huyen"], "px", "huyen", [BOXES["huyen"]])
    archive = b"".join(open_segments(key, file.read, signed.header.size))
    with zipfile.ZipFile(io.BytesIO(archive)) as found:
        assert found.testzip() is None
        assert [(name, found.read(name)) for name in found.namelist()] == list(SMALL)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_an_archive_of_another_program_is_read(method: int) -> None:
    assert read(seal_archive(zip_members(method=method))) == dict(SMALL)


def test_an_archive_that_was_streamed_by_another_program_is_read() -> None:
    class Pipe(io.RawIOBase):
        written = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]  # bytes are all that zipfile gives
            self.written += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in SMALL:
            archive.writestr(name, content)
    assert read(seal_archive(pipe.written)) == dict(SMALL)


def test_what_is_not_read_of_a_member_is_passed_over() -> None:
    bundle = open_bundle(io.BytesIO(make_bundle()), "huyen", BOXES["huyen"], KEYS)
    assert [name for name, _ in bundle.members()] == [name for name, _ in SMALL]
    first = {name: reader.read(3) for name, reader in bundle.members()}
    assert first == {name: content[:3] for name, content in SMALL}
    assert [(each.name, each.size) for each in bundle.contents] == [(name, len(raw)) for name, raw in SMALL]


def test_members_of_a_later_version_are_checked_and_passed_over() -> None:
    members = [*SMALL[:2], ("proposals/px-1.json", b"later"), SMALL[2], ("summary.json", b"{}")]
    bundle = open_bundle(io.BytesIO(make_bundle(members)), "huyen", BOXES["huyen"], KEYS)
    assert [name for name, _ in bundle.members()] == [name for name, _ in SMALL]
    assert [tuple(each) for each in bundle.passed_over] == [("proposals/px-1.json", 5), ("summary.json", 2)]
    damaged = bytearray(zip_members(members))
    damaged[damaged.index(b"proposals") + len("proposals/px-1.json") + 3] ^= 1
    assert refused(seal_archive(bytes(damaged))).rule == "BadArchive"


def test_the_key_of_the_body_opens_with_an_earlier_box_key_too() -> None:
    file = io.BytesIO(make_bundle())
    bundle = open_bundle(file, "huyen", BOXES["py"], KEYS, older_box_keys=[BOXES["tinh"], BOXES["huyen"]])
    assert bundle.vector == Vector()


def test_a_large_body_waits_in_a_temporary_file_sealed(tmp_path: pytest.TempPathFactory) -> None:
    out, text = io.BytesIO(), b"Nguyen Van A was appointed; "
    with BundleWriter(limits=Limits()) as writer:
        writer.add(*VECTOR[:1], [VECTOR[1]])
        writer.add(CHUNK, [text * 1000])
        assert writer.size > 0
        writer.finish(
            out, SIGNERS["px"], {"huyen": BOXES["huyen"].public_key()}, sender="px", number=1, at=AT
        )
    assert read(out.getvalue())[CHUNK] == text * 1000


def test_equal_sets_of_heads_have_one_digest() -> None:
    heads = [Head("px", "planning", "e1", seq, hash_leaf(b"%d" % seq)) for seq in (3, 1, 2)]
    assert digest_heads(heads) == digest_heads(reversed([*heads, heads[0]]))
    assert digest_heads(heads) != digest_heads(heads[:2])
