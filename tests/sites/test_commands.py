"""`cadre site …` by file, each site with a home of its own."""

import json
from pathlib import Path

from services.sites.membership import BOX_KEY_FILE, TICKET_FILE
from tests.sites.office import Office
from tests.sites.tree import ROOT


def test_a_tree_is_made_by_files_alone(tinh: Office) -> None:
    """sync cases, tree T: a province, a district, a ward, each knowing what was told to it."""
    huyen, px = Office(tinh.folder, "huyen"), Office(tinh.folder, "px")
    huyen.join_below(tinh)
    px.join_below(huyen)
    assert tinh.tree() == {"tinh": ("", "root"), "huyen": ("tinh", "member")}
    expected = {"tinh": ("", "root"), "huyen": ("tinh", "member"), "px": ("huyen", "member")}
    assert huyen.tree() == px.tree() == expected
    shown = json.loads(px.well("show", "--json"))
    assert (shown["id"], shown["level"], shown["parent"]) == ("px", "COMMUNE", "huyen")
    assert "Tỉnh T" in px.well("list")
    for private in (px.home / BOX_KEY_FILE, px.home / "signing.key"):
        assert private.stat().st_mode & 0o077 == 0


def test_admitting_and_joining_again_changes_nothing(tinh: Office) -> None:
    huyen, ticket = Office(tinh.folder, "huyen"), str(tinh.folder / "again.ticket")
    request = huyen.request()
    first = tinh.well("admit", request)
    assert tinh.well("admit", request) == first
    tinh.well("admit", request, "--out", ticket)
    huyen.well("join", ticket)
    kept = (huyen.home / TICKET_FILE).read_bytes()
    huyen.well("join", ticket)
    assert (huyen.home / TICKET_FILE).read_bytes() == kept
    assert len(tinh.tree()) == 2


def test_what_is_not_right_is_refused_and_changes_nothing(tinh: Office) -> None:
    huyen, px = Office(tinh.folder, "huyen"), Office(tinh.folder, "px")
    request, other = Path(huyen.request()), Path(px.request())
    assert "belongs to no tree" in huyen.refused("list")
    forged = tinh.folder / "forged"
    for text in (
        "",
        "no note",
        request.read_text(encoding="utf-8").replace("Site huyen", "Site other"),
        request.read_text(encoding="utf-8").replace('"site":"huyen"', '"site":"px"'),
    ):
        forged.write_text(text, encoding="utf-8")
        assert "is no request of a site" in tinh.refused("admit", str(forged))
    assert list(tinh.tree()) == ["tinh"]
    ticket = tinh.folder / "huyen.ticket"
    tinh.well("admit", str(request), "--out", str(ticket))
    assert "is for huyen" in px.refused("join", str(ticket))
    forged.write_text(ticket.read_text(encoding="utf-8").replace('"parent":"tinh"', '"parent":"tonh"'))
    assert "is no ticket" in huyen.refused("join", str(forged))
    assert "another key" in huyen.refused("join", str(ticket), "--root-key", "other")
    assert not (huyen.home / TICKET_FILE).exists()
    assert "is registered already" in tinh.refused("admit", str(_with_new_key(huyen, request)))
    assert other.exists()


def _with_new_key(office: Office, request: Path) -> Path:
    """The request of a site that lost its key and made another."""
    (office.home / "signing.key").unlink()
    office.request()
    return request


def test_a_site_is_rehomed_and_closed_by_whoever_is_above(tinh: Office) -> None:
    """sync case 26: the district closes, its ward goes to the province."""
    huyen, px = Office(tinh.folder, "huyen"), Office(tinh.folder, "px")
    huyen.join_below(tinh)
    px.join_below(huyen)
    assert "no site px" in tinh.refused("rehome", "px", "--to", "tinh")
    heads = tinh.folder / "heads.json"
    head = {"topic": "appointment", "epoch": "e1", "seq": 3, "root": ROOT}
    heads.write_text(json.dumps([head]), encoding="utf-8")
    close = ("close", "huyen", "--custodian", "tinh", "--last", str(heads), "--reason", "Luật 72/2025")
    assert "NoAuthority" in px.refused(*close)
    assert "NoAuthority" in huyen.refused(*close)
    assert px.tree()["huyen"] == ("tinh", "member")
    tinh.well(*close, "--on", "2025-07-01")
    assert tinh.tree()["huyen"] == ("tinh", "closed(tinh)")
    assert json.loads(tinh.well("show", "huyen", "--json"))["closings"] == [
        {"custodian": "tinh", "last": [head]}
    ]
    assert "the site huyen is closed" in tinh.refused(*close)
    for bad in ("{}", '[{"topic": "x"}]'):
        heads.write_text(bad, encoding="utf-8")
        assert "is no list of log heads" in tinh.refused(*close)
    moved = tinh.refused("rehome", "huyen", "--to", "tinh")
    assert "closed" in moved


def test_a_parent_below_itself_is_refused(tinh: Office) -> None:
    huyen = Office(tinh.folder, "huyen")
    huyen.join_below(tinh)
    assert "CircularTree" in tinh.refused("rehome", "tinh", "--to", "huyen", "--reason", "?")
    assert "UnknownSite" in tinh.refused("rehome", "huyen", "--to", "quan")


def test_what_a_site_records_sorts_after_what_its_ticket_brought(tinh: Office) -> None:
    """Else a later fact of a fast site would be folded before the registration that gives it its authority."""
    for number in range(4):
        Office(tinh.folder, f"h{number}").join_below(tinh)
    last, ward = Office(tinh.folder, "h9"), Office(tinh.folder, "px")
    last.join_below(tinh)
    ward.join_below(last)
    assert last.tree()["px"] == ("h9", "member")
    assert json.loads(last.well("list", "--json"))["findings"] == []
