"""A receipt that goes to a neighbour is about what the neighbour sends."""

from pathlib import Path

from tests.sync.test_random_exchanges import LiveSite, make_tree


def carry(folder: Path, sender: LiveSite, receiver: LiveSite) -> None:
    file = folder / "carried.cadre"
    sender.make(receiver.site, file)
    receiver.apply(file)


def test_a_ward_gets_no_receipts_for_another(tmp_path: Path) -> None:
    """Nor a new one because of the other; what is receipted stays delivered, above and below."""
    make_tree(tmp_path)
    every = tinh, huyen, px, py = [LiveSite(tmp_path, site) for site in ("tinh", "huyen", "px", "py")]
    try:
        for ward in (px, py):
            ward.register(f"của {ward.site}")
            carry(tmp_path, ward, huyen)
        carry(tmp_path, huyen, px)
        note = px.replica.read_note_of("huyen")
        assert note
        assert {head.origin for head in note.heads} == {"px"}
        py.register("mới")
        carry(tmp_path, py, huyen)
        carry(tmp_path, huyen, px)
        assert px.replica.read_note_of("huyen") == note
        px.register("thêm")
        carry(tmp_path, px, huyen)
        carry(tmp_path, huyen, px)
        newer = px.replica.read_note_of("huyen")
        assert newer
        assert newer.issued_at > note.issued_at
        carry(tmp_path, huyen, tinh)
        carry(tmp_path, tinh, huyen)
        above = huyen.replica.read_note_of("tinh")
        assert above
        assert {head.origin for head in above.heads} >= {"px", "py"}
    finally:
        for site in every:
            site.close()
