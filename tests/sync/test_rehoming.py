"""A site is put below another parent: what it has not delivered goes there, over real homes (sync case 23)."""

from pathlib import Path

from tests.sync.homes import Homes


def test_unsent_facts_and_those_only_the_old_parent_had_move_with_the_site(tmp_path: Path) -> None:
    """Sync case 23."""
    homes = Homes(tmp_path, {"huyen": "tinh", "quan": "tinh", "px": "huyen"})
    homes.carry("huyen", "tinh")  # all know the ward
    homes.carry("tinh", "quan")
    homes.register("px", "Một", "Hai", "Ba")
    homes.carry("px", "huyen")
    homes.carry("huyen", "px")
    assert homes.own("px") == (3, 3, 3)
    homes.register("px", *(f"Người {number}" for number in range(5)))
    homes.offices["tinh"].well("rehome", "px", "--to", "quan", "--reason", "sáp nhập")

    homes.carry("tinh", "huyen")
    late, before = homes.make("px", "huyen"), homes.bytes_of("huyen")
    said = homes.refused("huyen", "bundle", "apply", str(late))
    assert "NotMyChild: px does not belong to huyen any more" in said
    assert "quan" in said
    assert homes.bytes_of("huyen") == before, "nothing of it was written"
    assert homes.names("huyen") == ["Ba", "Hai", "Một"]
    said = homes.refused("huyen", "bundle", "make", "--for", "px", "--out", str(tmp_path / "no.cadre"))
    assert "NotMyChild" in said
    # from here on the old parent is switched off

    homes.carry("tinh", "px")
    said = homes.refused("px", "bundle", "make", "--for", "huyen", "--out", str(tmp_path / "no.cadre"))
    assert "NotMyChild: px does not belong to huyen any more" in said
    assert "--for quan" in said
    assert homes.own("px") == (8, 0, 0), "nothing is delivered by receipts of the old parent"
    taken = homes.carry("px", "quan")  # which hears only now, and from px, that px belongs to it
    assert (taken["faults"], taken["waiting"], taken["filling"]) == ([], {}, [])
    homes.carry("quan", "tinh")
    homes.carry("quan", "px")
    names = sorted(["Một", "Hai", "Ba", *(f"Người {number}" for number in range(5))])
    for site in ("quan", "tinh", "px"):
        assert homes.names(site) == names, site
        assert homes.cadre(site, "verify")[0] == 0, site
    assert homes.own("px") == (8, 8, 8)
    assert homes.status("px")["parent"] == "quan"
    assert homes.told("px", "sync", "digest") == homes.told("tinh", "sync", "digest")
