"""An address goes before a container, a container before a process, and what was asked for before both."""

import pytest

from tests.engines.choice import (
    ImagesMissing,
    Source,
    choose_source,
    describe_sources,
    engine_sources,
    image_names,
)

POSTGRES, KAFKA = image_names()["postgres"], image_names()["kafka"]
BOTH = {POSTGRES, KAFKA, "debian:bookworm"}
GIVEN = {"CADRE_TEST_DATABASE": "postgresql://db/test", "CADRE_TEST_KAFKA": "broker:9092"}


def never() -> set[str]:
    raise AssertionError("nobody needs to ask Docker")


def test_containers_where_both_images_are_there() -> None:
    assert choose_source({}, lambda: BOTH) is Source.CONTAINER


@pytest.mark.parametrize("there", [set(), {POSTGRES}, {KAFKA}, {"cadre-ledger/postgres:14", KAFKA}])
def test_processes_where_an_image_is_missing(there: set[str]) -> None:
    assert choose_source({}, lambda: there) is Source.PROCESS


def test_processes_where_they_are_asked_for() -> None:
    assert choose_source({"CADRE_TEST_ENGINES": "process"}, never) is Source.PROCESS


def test_containers_that_are_asked_for_and_not_there_are_an_error() -> None:
    with pytest.raises(ImagesMissing, match=KAFKA):
        choose_source({"CADRE_TEST_ENGINES": "container"}, lambda: {POSTGRES})
    assert choose_source({"CADRE_TEST_ENGINES": "container"}, lambda: BOTH) is Source.CONTAINER


def test_a_word_that_means_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="'podman'"):
        choose_source({"CADRE_TEST_ENGINES": "podman"}, lambda: BOTH)


def test_an_address_goes_first_and_counts_for_its_engine_alone() -> None:
    database = {"CADRE_TEST_DATABASE": GIVEN["CADRE_TEST_DATABASE"]}
    assert engine_sources(database, lambda: BOTH) == {"postgres": Source.ADDRESS, "kafka": Source.CONTAINER}
    assert engine_sources(GIVEN, never) == {"postgres": Source.ADDRESS, "kafka": Source.ADDRESS}


def test_the_head_of_a_run_names_all_of_them() -> None:
    line = describe_sources(GIVEN, {"postgres": Source.CONTAINER, "kafka": Source.ADDRESS})
    assert line == f"engines: postgres: a container of {POSTGRES}, kafka: CADRE_TEST_KAFKA=broker:9092"
