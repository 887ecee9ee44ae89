"""Whatever is wrong with a bundle, it is refused with a rule of its own, and nothing in it is given out (cases 6)."""

import io
import struct
import zipfile
from collections.abc import Mapping

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from services.sync.bundles.faults import FILE_LIMITS, MESSAGE_LIMITS, BadBundle, Limits
from services.sync.bundles.header import MAX_HEADER, BundleHeader, read_header
from services.sync.bundles.reading import open_bundle
from services.sync.bundles.sealing import make_body_key, seal_body_key
from services.sync.bundles.segments import PREFIX_SIZE, SEGMENT_SIZE, TAG_SIZE, SegmentWriter
from services.sync.bundles.vector import MAX_VECTOR
from services.sync.bundles.zip_reader import ZipReader
from shared.eventlog.signed_notes import Signer
from tests.sync.bundles.made import (
    BOXES,
    CHUNK,
    KEYS,
    SIGNERS,
    SMALL,
    VECTOR,
    header_of,
    make_bundle,
    read,
    refused,
    seal_archive,
    sign_body,
    zip_members,
)

SEALED = SEGMENT_SIZE + TAG_SIZE


@pytest.mark.parametrize("mask", [0x01, 0x02, 0x20, 0x80])
def test_every_changed_byte_is_noticed(mask: int) -> None:
    """cases 6, one byte of a payload, of a header: wherever it is in the file."""
    made, rules = make_bundle(), set[str]()
    begin = len(made) - read_header(io.BytesIO(made)).header.size
    for at in range(len(made)):
        changed = bytearray(made)
        changed[at] ^= mask
        error = refused(bytes(changed))
        rules.add(error.rule)
        assert error.rule == "WrongDigest" or at < begin, at
    expected = {
        "WrongDigest",
        "NotABundle",
        "BadHeader",
    }  # with the eighth bit set, nothing is UTF-8 any more
    assert expected | (set() if mask == 0x80 else {"BadSignature", "UnknownSite"}) <= rules


def test_every_cut_is_named_as_one() -> None:
    """cases 6, truncated: at every length, not at twenty."""
    made = make_bundle()
    for length in range(len(made)):
        assert refused(made[:length]).rule == "Truncated", length


def test_what_follows_is_refused() -> None:
    made = make_bundle()
    assert refused(made + b"\0").rule == "TrailingBytes"
    assert refused(made + made).rule == "TrailingBytes"


@pytest.mark.parametrize(
    ("begin", "rule"),
    [
        (b"PK\x03\x04", "NotABundle"),
        (b"{}\n\n", "NotABundle"),
        (b'{"format": "cadre-bundle-1"', "NotABundle"),
        (b'{"format":"cadre-bundle-x"}\n\n', "NotABundle"),
        (b'{"format":"cadre-bundle-2","new":1}\n\n', "UnknownFormat"),
        (b'{"format":"cadre-bundle-1"}\n\n\xe2\x80\x94 px AAAA\n', "BadHeader"),
        (b'{"format":"cadre-bundle-1"\xff\n\n\xe2\x80\x94 px AAAA\n', "BadHeader"),
        (b'{"format":"cadre-bundle-1"}\n{}\n', "NotABundle"),
        (b'{"format":"cadre-bundle-1"}\n\n- px AAAA\n', "NotABundle"),
        (b'{"format":"cadre-bundle-1","' + b"x" * MAX_HEADER, "TooMuch"),
        (b'{"format":"cadre-bundle-1"}\n\n\xe2\x80\x94 px ' + b"A" * 2000, "TooMuch"),
    ],
)
def test_what_is_no_bundle(begin: bytes, rule: str) -> None:
    assert refused(begin + bytes(100)).rule == rule


def test_who_may_have_signed() -> None:
    """cases 6: signed by py, by an unregistered key; cases 45: with the old key."""
    stranger = Signer("px", bytes([99] * 32))
    assert refused(make_bundle(signer=SIGNERS["py"])).rule == "WrongSigner"
    assert refused(make_bundle(signer=stranger)).rule == "UnknownKey"
    assert refused(make_bundle(), keys={"py": KEYS["py"]}).rule == "UnknownSite"
    assert refused(make_bundle(), keys={"px": ()}).rule == "UnknownKey"
    with pytest.raises(BadBundle, match="RevokedKey"):
        read(make_bundle(signer=stranger), revoked={"px": (stranger.verifier,)})
    assert read(make_bundle(), revoked={"px": (stranger.verifier,)}) == dict(SMALL)
    other_name = Signer("py", SIGNERS["px"].seed)
    assert refused(make_bundle(signer=other_name), keys={"px": (other_name.verifier,)}).rule == "WrongSigner"


@pytest.mark.parametrize(
    "changed",
    [
        lambda note: note.replace(b'"number":41', b'"number":42'),
        lambda note: note + note[note.index("—".encode()) :],
        lambda note: note[:-1] + b"=\n",
        lambda note: note[:-3] + bytes([note[-3] + 1]) + note[-2:],  # spare bits of base64
        lambda note: note.replace("— px".encode(), "—  px".encode()),
        lambda note: note[:-8] + b"\n",
    ],
)
def test_a_note_has_one_form(changed: object) -> None:
    made = make_bundle()
    begin = read_header(io.BytesIO(made)).length
    assert callable(changed)
    note = changed(made[:begin])
    assert note != made[:begin]
    assert refused(note + made[begin:]).rule in ("BadSignature", "TrailingBytes", "WrongDigest")
    assert read(made) == dict(SMALL)


def test_for_whom_it_is() -> None:
    """cases 6, for another site."""
    assert refused(make_bundle(to=("tinh", "py"))).rule == "NotAddressed"
    file = io.BytesIO(make_bundle())
    with pytest.raises(BadBundle, match="CannotUnseal"):
        open_bundle(file, "huyen", X25519PrivateKey.generate(), KEYS)


def test_a_body_that_another_site_copied_does_not_open() -> None:
    """py holds a bundle of px for huyen, and signs a header of its own before the same body."""
    made = make_bundle()
    signed = read_header(io.BytesIO(made))
    line = signed.note.partition("\n")[0].replace('"from":"px"', '"from":"py"')
    assert refused(SIGNERS["py"].sign(line + "\n").encode() + made[signed.length :]).rule == "CannotUnseal"


@pytest.mark.parametrize(
    "changed",
    [
        {"to": ()},
        {"to": ("huyen", "huyen")},
        {"to": ("huyen", "tinh")},
        {"to": ("huyen", "../x"), "sealed": {"huyen": "", "../x": ""}},
        {"number": 0},
        {"number": 2**53 + 1},
        {"at": "2026-03-01"},
        {"at": "2026-03-01T01:00:00.000000+07"},
        {"answers": "x"},
        {"base": "A" * 64},
        {"size": 0},
        {"size": -5},
        {"sha256": "0" * 63},
        {"sha256": "0" * 64 + "\n"},
        {"sealed": {}},
        {"sealed": {"huyen": "AAAA", "px": "AAAA"}},
        {"sealed": {"huyen": "not base64"}},
    ],
    ids=str,
)
def test_fields_of_the_header(changed: dict[str, object]) -> None:
    """Signed by the sender, so that it is its own mistake."""
    key = make_body_key()
    body = _seal(zip_members(), key)
    assert refused(_sign(header_of(body, key, **changed)) + body).rule == "BadHeader"


def _sign(header: BundleHeader) -> bytes:
    """A signed header that nobody looked at."""
    import msgspec

    return SIGNERS["px"].sign(msgspec.json.encode(header).decode() + "\n").encode()


def test_fields_of_a_later_version_are_passed_over() -> None:
    made = make_bundle()
    signed = read_header(io.BytesIO(made))
    line = signed.note.partition("\n")[0][:-1] + ',"parcels":3}'
    assert read(SIGNERS["px"].sign(line + "\n").encode() + made[signed.length :]) == dict(SMALL)


def _seal(data: bytes, key: bytes) -> bytes:
    body = bytearray()
    writer = SegmentWriter(key, body.extend)
    writer.write(data)
    writer.close()
    return bytes(body)


LONG = (*SMALL[:2], (CHUNK, bytes(at * at % 251 for at in range(3 * SEGMENT_SIZE + 1000))))


def test_segments_are_in_their_places_and_all_there() -> None:
    """The header is signed again each time: it is the tags that notice."""
    key = make_body_key()
    body = _seal(zip_members(LONG, zipfile.ZIP_STORED), key)
    prefix, rest = body[:PREFIX_SIZE], body[PREFIX_SIZE:]
    parts = [rest[at : at + SEALED] for at in range(0, len(rest), SEALED)]
    assert len(parts) == 4
    assert read(sign_body(body, key)) == dict(LONG)
    one, two, three, last = parts
    for bad in (
        [two, one, three, last],
        [one, three, two, last],
        [one, two, three],
        [one, two],
        [one, two, last],
        [one, one, two, three, last],
        [one, two, three, last, last],
        [one, two, three, last[:-1]],
        [one, two, three[:-1], last],
        [last],
        [one[:TAG_SIZE]],
        [],
    ):
        for first in (prefix, b""):
            if first or bad:
                assert refused(sign_body(first + b"".join(bad), key)).rule == "BadSegment", len(bad)
    assert refused(sign_body(bytes(PREFIX_SIZE) + rest, key)).rule == "BadSegment"
    assert refused(sign_body(body, make_body_key())).rule == "BadSegment"


def test_the_last_segment_is_empty_only_where_all_is() -> None:
    key, body = make_body_key(), bytearray()
    writer = SegmentWriter(key, body.extend)
    writer._seal(bytes(SEGMENT_SIZE), is_last=False)
    writer._seal(b"", is_last=True)
    assert refused(sign_body(bytes(body), key)).rule == "BadSegment"
    assert refused(sign_body(_seal(b"", key), key)).rule == "BadArchive"


@pytest.mark.parametrize("mask", [0x01, 0x10, 0x80])
def test_every_changed_byte_of_the_archive_is_noticed_or_means_nothing(mask: int) -> None:
    """The sender made it so: signature, digest and tags are right. Dates and attributes of a ZIP file say nothing."""
    archive, ignored = zip_members(), 0
    for at in range(len(archive)):
        changed = bytearray(archive)
        changed[at] ^= mask
        found = _read_or_rule(seal_archive(bytes(changed)))
        if isinstance(found, str):
            assert found in ("BadArchive", "BadMember", "WrongOrder", "DuplicateMember", "BadVector"), at
            continue
        ignored += 1
        assert found == dict(SMALL), at
    assert ignored < len(archive) / 3


def _read_or_rule(made: bytes) -> Mapping[str, bytes] | str:
    try:
        return read(made)
    except BadBundle as error:
        return error.rule


def test_every_cut_of_the_archive_is_noticed() -> None:
    archive = zip_members()
    for length in range(len(archive)):
        assert refused(seal_archive(archive[:length])).rule == "BadArchive", length
    assert refused(seal_archive(archive + b"\0")).rule == "BadArchive"
    assert refused(seal_archive(archive + archive)).rule == "BadArchive"


@pytest.mark.parametrize("offset", [14, 18, 22])
def test_a_local_header_that_says_something_else(offset: int) -> None:
    """CRC, packed and unpacked size of the first member; the central directory is right."""
    changed = bytearray(zip_members())
    changed[offset] ^= 1
    error = refused(seal_archive(bytes(changed)))
    assert (error.rule, error.where) == ("BadArchive", "vector.json")


def test_a_central_directory_that_hides_a_member() -> None:
    """A program that reads it from behind would see other members than one that reads it from the front."""
    shown, hidden = zip_members(SMALL[:2]), zip_members()
    begin = hidden.index(b"PK\x01\x02")
    directory = shown[shown.index(b"PK\x01\x02") : -22]
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 2, 2, len(directory), begin, 0)
    both = hidden[:begin] + directory + end
    with zipfile.ZipFile(io.BytesIO(both)) as archive:
        assert len(archive.namelist()) == 2
    assert refused(seal_archive(both)).rule == "BadArchive"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compression_is_not_used(method: int) -> None:
    assert refused(seal_archive(zip_members(method=method))).rule == "BadArchive"


@pytest.mark.parametrize(
    "name",
    [
        "../vector.json",
        "/vector.json",
        "entries/../x",
        "entries//px/e1-1.chunk",
        "entries/./px/e1-1.chunk",
        "C:\\x",
        "a b",
        "tệp",
        "receipts/px.txt",
        "receipts/a/b.note",
        "receipts/.note",
        "entries/planning/PX/e1-1.chunk",
        "entries/planning/px/e1-0.chunk",
        "entries/planning/px/e1-01.chunk",
        "entries/planning/px/e1-+1.chunk",
        "entries/planning/px/e1.chunk",
        "entries/planning/px/-1.chunk",
        "entries/planning/px/e1-9007199254740993.chunk",
        "entries/planning/px/e1-1",
        "entries/planning/px",
        "checkpoints/px/planning/e1/3/4.note",
        "checkpoints/px/3.note",
        "checkpoints/px/planning/0.note",
        "blobs/abc",
        "blobs/" + "A" * 64,
        "vector.json/x",
        "keys.json/",
        "x" * 65,
        "/".join(["x" * 60] * 5),
        "vector.json\0",
    ],
)
def test_names_that_no_member_has(name: str) -> None:
    archive = _with_name(name)
    assert refused(seal_archive(archive)).rule in ("BadMember", "BadArchive")
    with pytest.raises(BadBundle, match="BadMember"):
        make_bundle([VECTOR, (name, b"x")])


def _with_name(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo(VECTOR[0]), VECTOR[1])
        info = zipfile.ZipInfo("x")
        info.filename = name  # as it is, where the library would mend it
        archive.writestr(info, b"x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("names", "rule"),
    [
        (("receipts/px.note", "vector.json"), "WrongOrder"),
        (("other/x", "vector.json"), "WrongOrder"),
        ((), "WrongOrder"),
        (("vector.json", CHUNK, "receipts/px.note"), "WrongOrder"),
        (("vector.json", "keys.json", "entries/audit/px/e1-1.chunk"), "WrongOrder"),
        (("vector.json", "entries/regulation/px/e1-1.chunk", "entries/sites/px/e1-1.chunk"), "WrongOrder"),
        (("vector.json", CHUNK, "keys.json"), "WrongOrder"),
        (("vector.json", "withdraw.json", "fill/planning/px/e1-1.chunk"), "WrongOrder"),
        (("vector.json", "receipts/px.note", "receipts/px.note"), "DuplicateMember"),
        (("vector.json", "vector.json"), "DuplicateMember"),
        (("vector.json", "other/x", "other/x"), "DuplicateMember"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_order_and_repetition(names: tuple[str, ...], rule: str) -> None:
    members = [(name, b"{}" if name == "vector.json" else b"x") for name in names]
    assert refused(seal_archive(zip_members(members))).rule == rule
    with pytest.raises(BadBundle, match=rule):
        make_bundle(members)


def test_the_order_of_the_design_is_taken() -> None:
    names = (
        "vector.json",
        "receipts/huyen.note",
        "checkpoints/px/planning/12.note",
        "checkpoints/px/planning/e3/12.note",
        "witness/px/planning/12.note",
        "entries/sites/tinh/e1-1.chunk",
        "entries/audit/px/e1-1.chunk",
        "keys.json",
        "entries/regulation/tinh/e1-1.chunk",
        "entries/organization/tinh/e1-1.chunk",
        "entries/sync/px/e1-1.chunk",
        "entries/appointment/px/e1-501.chunk",
        "fill/planning/px/e1-1.chunk",
        "withdraw.json",
        "blobs/2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",  # of the letter x
    )
    members = [(name, b"{}" if name == "vector.json" else b"x") for name in names]
    assert read(make_bundle(members)) == dict(members)


def test_a_document_that_is_not_what_its_name_says() -> None:
    assert refused(make_bundle([VECTOR, ("blobs/" + "0" * 64, b"x")])).rule == "BadMember"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b'{"heads":[{"origin":"PX","topic":"planning","epoch":"e1","seq":1,"root":"' + b"A" * 43 + b'="}]}',
        b'{"heads":[{"origin":"px","topic":"..","epoch":"e1","seq":1,"root":"' + b"A" * 43 + b'="}]}',
        b'{"wanted":[{"origin":"px","topic":"planning","epoch":"e1","seq":0,"root":"' + b"A" * 43 + b'="}]}',
        b'{"lost":[{"origin":"px","topic":"planning","epoch":"e1","seq":1,"root":"AAAA"}]}',
        b'{"early":[{"origin":"px","topic":"planning","epoch":"e1","first":3,"last":2}]}',
        b'{"scope":{"revision":-1}}',
        b'{"scope":{"digest":"x"}}',
        b'{"sites":"x"}',
    ],
)
def test_vectors_that_say_nothing(raw: bytes) -> None:
    assert refused(make_bundle([("vector.json", raw)])).rule == "BadVector"


def test_a_zip_bomb_is_refused() -> None:
    """cases 6, a zip of ratio 1,000; 500 MB come out of 500 kB."""
    for size in (5_000, 1_000_000, 50_000_000):
        error = refused(seal_archive(zip_members([VECTOR, (CHUNK, bytes(size))])))
        assert (error.rule, error.where) == ("TooMuch", CHUNK)


def test_a_zip_bomb_is_not_unpacked_to_its_end() -> None:
    reader = ZipReader(iter([zip_members([(CHUNK, bytes(50_000_000))])]), FILE_LIMITS)
    unpacked = 0
    with pytest.raises(BadBundle, match="TooMuch"):  # noqa: PT012  # how far it came is the question
        for _, pieces in reader.members():
            for piece in pieces:
                unpacked += len(piece)
    assert unpacked < 2_000_000


def test_a_bomb_in_a_vector_or_in_a_member_of_a_later_version() -> None:
    for members in ([("vector.json", b" " * 10_000_000)], [VECTOR, ("other/x", bytes(10_000_000))]):
        assert refused(seal_archive(zip_members(members))).rule == "TooMuch"
    blanks = b"".join(b" %d" % (at * at) for at in range(MAX_VECTOR // 8))
    assert refused(make_bundle([("vector.json", blanks)])).rule == "TooMuch"


def test_too_many_members() -> None:
    """cases 6, 100,001 members: 10,000 are allowed."""
    names = [f"entries/planning/px/e1-{number}.chunk" for number in range(1, 10_001)]
    members = [VECTOR, *((name, b"x") for name in names)]
    assert refused(seal_archive(zip_members(members))).rule == "TooMuch"
    with pytest.raises(BadBundle, match="TooMuch"):
        make_bundle(members)
    assert len(read(make_bundle(members[:-1]))) == 10_000


def test_too_large_a_message() -> None:
    content = b"".join(struct.pack("<Q", at * 2654435761 % 2**61) for at in range(200_000))
    members = [VECTOR, *((CHUNK.replace("-1.", f"-{number}."), content) for number in range(1, 9))]
    made = make_bundle(members)
    assert len(made) > MESSAGE_LIMITS.size
    assert read(made) == dict(members)
    error = refused(made, limits=MESSAGE_LIMITS)
    assert (error.rule, error.where) == ("TooMuch", "header")
    with pytest.raises(BadBundle, match="TooMuch"):
        make_bundle(members, limits=MESSAGE_LIMITS)
    assert refused(make_bundle(), limits=Limits(size=500)).rule == "TooMuch"


def test_a_file_that_changes_while_it_is_read() -> None:
    """A recipient knows the key of the body too; what it writes anew meanwhile is not taken as right."""
    key = make_body_key()
    sealed = {"huyen": seal_body_key(key, "px", "huyen", BOXES["huyen"].public_key())}
    body = _seal(zip_members(), key)
    file = io.BytesIO(_sign(header_of(body, key, sealed=sealed)) + body)
    bundle = open_bundle(file, "huyen", BOXES["huyen"], KEYS)
    other = _seal(zip_members([*SMALL[:2], (SMALL[2][0], SMALL[2][1].swapcase())]), key)
    assert len(other) == len(body)
    file.seek(len(file.getvalue()) - len(body))
    file.write(other)
    with pytest.raises(BadBundle, match="WrongDigest"):
        list(bundle.members())


def test_nothing_is_sealed_to_a_box_key_that_is_none() -> None:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

    with pytest.raises(ValueError, match="box key of huyen"):
        seal_body_key(bytes(32), "px", "huyen", X25519PublicKey.from_public_bytes(bytes(32)))
