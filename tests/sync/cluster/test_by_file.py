"""A ward whose ledger is a folder and a city whose ledger is a cluster exchange files."""

from pathlib import Path

from tests.sync.cluster.sites import ClusterOffice, Ward, follow, names, register, rename


def test_both_ways_the_rows_are_the_same(city: ClusterOffice, tmp_path: Path) -> None:
    ward = Ward(tmp_path, "px")
    ward.join_below(city)
    with ward.ledger() as ledger:
        register(ledger, "an", "An")
    with city.ledger() as ledger:
        register(ledger, "binh", "Bình")
        assert names(ledger) == {}
    applied = ward.carry(city)
    assert (applied["faults"], applied["waiting"], applied["filling"]) == ([], {}, [])
    with city.ledger() as ledger:
        assert names(ledger) == {}
        follow(ledger)
        assert names(ledger) == {"an": "An", "binh": "Bình"}
        assert rename(ledger, "an", "An Nguyễn") == '"1+1"', "judged over the fact of the ward"
        follow(ledger)
        assert names(ledger)["an"] == "An Nguyễn"
    city.carry(ward)
    with ward.ledger() as ledger:
        assert names(ledger) == {"an": "An Nguyễn", "binh": "Bình"}
    ward.carry(city)
    city.follow()
    assert city.told("sync", "digest") == ward.told("sync", "digest")
    assert ward.told("sync", "status")["own"]["delivered"] == 1
