"""The numbered cases of repro chains.py: chains of corrections, and facts that are told late."""

import pytest

from tests.corrections.office import Office, accepted, has_consequences, refused


def test_1_a_void_can_be_void_again_and_again(office: Office) -> None:
    post, an = office.place(office.unit()), office.cadre()
    first = office.appoint(an, post, "2010-01-01")
    void = accepted(office.correct(first))
    assert office.holders(post, "2015-01-01") == []
    void = accepted(office.correct(void))
    assert office.holders(post, "2015-01-01") == [an]
    accepted(office.correct(void))
    assert office.holders(post, "2015-01-01") == []


def test_2_the_newest_amendment_that_counts_wins(office: Office) -> None:
    post, an = office.place(office.unit()), office.cadre()
    first = office.appoint(an, post, "2010-01-01")
    one = accepted(office.correct(first, "AMEND", effective_from="2011-01-01"))
    two = accepted(office.correct(first, "AMEND", effective_from="2012-01-01"))
    accepted(office.correct(one, "AMEND", new_values={"effective_from": "2013-01-01"}))
    assert office.tenures(an) == [(post, "2012-01-01", "")]
    accepted(office.correct(two))
    assert office.tenures(an) == [(post, "2013-01-01", "")]
    accepted(office.correct(one))
    assert office.tenures(an) == [(post, "2010-01-01", "")]


def test_3_the_end_of_a_post_is_not_void_while_another_primary_post_follows(office: Office) -> None:
    unit, an = office.unit(), office.cadre()
    one, two = office.place(unit), office.place(unit)
    office.appoint(an, one, "2010-01-01", "t1")
    end = office.end(an, "t1", "2015-01-01")
    second = office.appoint(an, two, "2015-01-01", "t2")
    refused(office.correct(end), "TwoPrimaryPosts", second)


def test_3b_a_void_is_not_void_while_another_primary_post_is_held(office: Office) -> None:
    unit, an = office.unit(), office.cadre()
    first = office.appoint(an, office.place(unit), "2010-01-01")
    void = accepted(office.correct(first))
    second = office.appoint(an, office.place(unit), "2010-01-01")
    refused(office.correct(void), "TwoPrimaryPosts", second)


def test_3c_an_amendment_is_not_void_while_what_it_made_possible_counts(office: Office) -> None:
    unit, an = office.unit(), office.cadre()
    first = office.appoint(an, office.place(unit), "2010-01-01")
    amendment = accepted(office.correct(first, "AMEND", holding="CONCURRENT"))
    second = office.appoint(an, office.place(unit), "2010-01-01")
    refused(office.correct(amendment), "TwoPrimaryPosts", second)


def test_4_a_tenure_told_after_the_dissolution_ends_with_it(office: Office) -> None:
    unit, an = office.unit(), office.cadre()
    post = office.place(unit)
    office.dissolve(unit, "2020-01-01")
    office.appoint(an, post, "2019-01-01")
    assert office.tenures(an) == [(post, "2019-01-01", "2020-01-01")]
    assert office.holders(post, "2021-01-01") == []


def test_6_an_amended_dissolution_moves_the_ends_of_tenures(office: Office) -> None:
    unit, an = office.unit(), office.cadre()
    post = office.place(unit)
    office.appoint(an, post, "2015-01-01")
    dissolved = office.dissolve(unit, "2020-01-01")
    end = office.fact("appointment", an)
    earlier = {"effective_from": "2018-01-01"}
    has_consequences(office.correct(dissolved, "AMEND", **earlier), ("AMEND", end))
    assert office.tenures(an) == [(post, "2015-01-01", "2020-01-01")], "nothing was recorded"
    plan = office.preview(dissolved, "AMEND", new_values='{"effective_from": "2018-01-01"}')
    (consequence,) = plan["consequences"]
    assert (consequence["new_values"], consequence["because"]) == (earlier, "FOLLOWS")
    accepted(office.correct(dissolved, "AMEND", "apply", **earlier))
    assert office.tenures(an) == [(post, "2015-01-01", "2018-01-01")]
    assert office.holders(post, "2019-01-01") == []
    has_consequences(office.correct(dissolved), ("VOID", end))
    void = accepted(office.correct(dissolved, consequences="apply"))
    assert office.tenures(an) == [(post, "2015-01-01", "")]
    assert office.holders(post, "2021-01-01") == [an]
    accepted(office.correct(void))
    assert office.tenures(an) == [(post, "2015-01-01", "2018-01-01")], "the void of the void ends it again"


def test_6_a_dissolution_is_not_moved_before_what_began_in_the_unit(office: Office) -> None:
    unit, an = office.unit(), office.cadre()
    appointed = office.appoint(an, office.place(unit), "2015-01-01")
    dissolved = office.dissolve(unit, "2020-01-01")
    moved = office.correct(dissolved, "AMEND", "apply", effective_from="2012-01-01")
    refused(moved, "InTheWay", appointed)


def test_7_a_unit_is_not_established_after_what_hangs_on_it(office: Office) -> None:
    unit, an = office.unit(), office.cadre()
    post = office.place(unit)
    appointed = office.appoint(an, post, "2001-01-01")
    child = office.unit(day="2003-01-01", parent=unit)
    established, created = office.first("organization", unit), office.first("organization", post)
    later = office.correct(established, "AMEND", "apply", effective_from="2010-01-01")
    refused(later, "InTheWay", created, office.first("organization", child))
    assert appointed not in later.json()["facts"], "it stands on the post"
    accepted(office.correct(established, "AMEND", effective_from="1999-01-01"))


def test_7_a_void_unit_takes_its_posts_and_tenures_with_it(office: Office) -> None:
    unit, an = office.unit(), office.cadre()
    post = office.place(unit)
    renamed = office.record(f"/organization/{unit}", "organization.unit-renamed", "2002-01-01", name="n")
    appointed = office.appoint(an, post, "2001-01-01", "t")
    ended = office.end(an, "t", "2009-01-01")
    established, created = office.first("organization", unit), office.first("organization", post)
    all_void = [("VOID", each) for each in (renamed, created, appointed, ended)]
    has_consequences(office.correct(established), *all_void)
    correction = accepted(office.correct(established, consequences="apply"))
    assert (office.tenures(an), office.holders(post, "2005-01-01")) == ([], [])
    topic, stream, event_id = correction.split("/")
    progress = office.client.get(f"/{topic}/{stream}/corrections/{event_id}").json()
    assert progress == {"asked": 3, "done": 3, "waiting": []}
    events = office.client.get(f"/appointment/{an}/facts").json()
    assert {event.get("cause") for event in events if event["fact"]["type"] == "ledger.corrected"} == {
        event_id
    }


def test_7_a_unit_with_children_is_not_void(office: Office) -> None:
    unit = office.unit()
    child = office.unit(day="2003-01-01", parent=unit)
    refused(
        office.correct(office.first("organization", unit), consequences="apply"),
        "InTheWay",
        office.first("organization", child),
    )


def test_8_a_held_post_is_not_void_unless_its_tenures_are(office: Office) -> None:
    post, an = office.place(office.unit()), office.cadre()
    appointed = office.appoint(an, post, "2010-01-01")
    created = office.first("organization", post)
    answer = office.correct(created)
    has_consequences(answer, ("VOID", appointed))
    assert answer.json()["facts"] == [appointed]
    assert office.holders(post, "2015-01-01") == [an]
    accepted(office.correct(created, consequences="apply"))
    assert office.tenures(an) == []


def test_8b_an_abolition_is_not_moved_before_a_tenure(office: Office) -> None:
    post, an = office.place(office.unit()), office.cadre()
    appointed = office.appoint(an, post, "2015-01-01")
    abolished = office.abolish(post, "2020-01-01")
    refused(office.correct(abolished, "AMEND", "apply", effective_from="2012-01-01"), "InTheWay", appointed)
    accepted(office.correct(abolished, "AMEND", "apply", effective_from="2017-01-01"))
    assert office.tenures(an) == [(post, "2015-01-01", "2017-01-01")]


def test_8c_a_post_that_ended_without_a_stated_reason_has_ended(office: Office) -> None:
    """The row of a post says so by the fact that closed it; its reason may be empty."""
    post, an = office.place(office.unit()), office.cadre()
    office.abolish(post, "2020-01-01", reason="")
    office.appoint(an, post, "2019-01-01")
    assert office.tenures(an) == [(post, "2019-01-01", "2020-01-01")]


def rotated(office: Office) -> tuple[str, str, str, str]:
    """(cadre, post before, post after, address of the rotation)."""
    before, after, an = office.place(office.unit()), office.place(office.unit()), office.cadre()
    office.appoint(an, before, "2010-01-01", "home")
    return an, before, after, office.rotate(an, "home", after, "2015-01-01")


def test_a_tenure_of_a_move_that_was_ended_by_hand_is_not_ended_again(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    an, _, after, rotation = rotated(office)
    office.end(an, rotation.split("/")[2], "2017-01-01")
    office.abolish(after, "2020-01-01")
    assert (after, "2015-01-01", "2017-01-01") in office.tenures(an)
    assert "could not react" not in caplog.text


def test_9_an_amended_rotation_moves_both_tenures(office: Office) -> None:
    an, before, after, rotation = rotated(office)
    moved = {"effective_from": "2016-03-01"}
    ended, appointed = office.fact("appointment", an, 1), office.fact("appointment", an, 2)
    has_consequences(office.correct(rotation, "AMEND", **moved), ("AMEND", ended), ("AMEND", appointed))
    accepted(office.correct(rotation, "AMEND", "apply", **moved))
    assert sorted(office.tenures(an)) == sorted(
        [(before, "2010-01-01", "2016-03-01"), (after, "2016-03-01", "")]
    )


def test_9_a_rotation_can_lead_to_another_post(office: Office) -> None:
    an, before, _, rotation = rotated(office)
    other = office.place(office.unit())
    accepted(office.correct(rotation, "AMEND", "apply", to_post=other))
    assert sorted(office.tenures(an)) == sorted(
        [(before, "2010-01-01", "2015-01-01"), (other, "2015-01-01", "")]
    )


def test_9b_a_void_rotation_restores_the_tenure_that_it_ended(office: Office) -> None:
    an, before, _, rotation = rotated(office)
    ended, appointed = office.fact("appointment", an, 1), office.fact("appointment", an, 2)
    has_consequences(office.correct(rotation), ("VOID", ended), ("VOID", appointed))
    void = accepted(office.correct(rotation, consequences="apply"))
    assert office.tenures(an) == [(before, "2010-01-01", "")]
    assert office.rotations(an) == []
    accepted(office.correct(void, consequences="apply"))
    assert len(office.tenures(an)) == 2, "the rotation counts again, and so does what follows"


def test_9b_a_rotation_is_not_void_while_a_later_post_excludes_the_one_before(office: Office) -> None:
    an, _, _, rotation = rotated(office)
    tenure = rotation.rpartition("/")[2]
    office.end(an, tenure, "2018-01-01")
    later = office.appoint(an, office.place(office.unit()), "2018-01-01")
    refused(office.correct(rotation, consequences="apply"), "TwoPrimaryPosts", later)


def test_9_the_void_appointment_of_a_rotation_makes_it_void(office: Office) -> None:
    an, before, _, rotation = rotated(office)
    appointed = office.fact("appointment", an)
    ended = office.fact("appointment", an, 1)
    has_consequences(office.correct(appointed), ("VOID", rotation), ("VOID", ended))
    accepted(office.correct(appointed, consequences="apply"))
    assert office.tenures(an) == [(before, "2010-01-01", "")]
    assert office.rotations(an) == []


def test_9_or_leaves_it_open(office: Office) -> None:
    an, before, _, _ = rotated(office)
    office.record(
        f"/rotation/{an}",
        "rotation.rotation-ended",
        "2019-01-01",
        rotation="r1",
        outcome="RETURNED",
        next_post=before,
    )
    appointed = office.fact("appointment", an, 2)
    accepted(office.correct(appointed, consequences="reopen"))
    assert office.rotations(an) == [("2015-01-01", "")]
    assert office.tenures(an) == [(before, "2010-01-01", "2015-01-01")]


def test_9_the_void_appointment_after_a_rotation_opens_it_again(office: Office) -> None:
    an, before, after, _ = rotated(office)
    returned = office.record(
        f"/rotation/{an}",
        "rotation.rotation-ended",
        "2019-01-01",
        rotation="r1",
        outcome="RETURNED",
        next_post=before,
    )
    back = office.fact("appointment", an)
    answer = office.correct(back)
    assert (answer.status_code, answer.json()["rule"]) == (409, "HasConsequences")
    assert returned in answer.json()["facts"]
    accepted(office.correct(back, consequences="apply"))
    assert office.rotations(an) == [("2015-01-01", "")]
    assert sorted(office.tenures(an)) == sorted(
        [(before, "2010-01-01", "2015-01-01"), (after, "2015-01-01", "")]
    )


def test_10_a_tenure_told_after_retirement_ends_with_it(office: Office) -> None:
    post, an = office.place(office.unit()), office.cadre()
    retired = office.retire(an, "2015-01-01")
    office.appoint(an, post, "2014-01-01")
    assert office.tenures(an) == [(post, "2014-01-01", "2015-01-01")]
    accepted(office.correct(retired, consequences="apply"))
    assert office.tenures(an) == [(post, "2014-01-01", "")]


def test_10_retirement_is_not_moved_before_a_tenure(office: Office) -> None:
    post, an = office.place(office.unit()), office.cadre()
    appointed = office.appoint(an, post, "2016-01-01")
    retired = office.retire(an, "2018-01-01")
    refused(office.correct(retired, "AMEND", "apply", effective_from="2015-01-01"), "InTheWay", appointed)


def test_11_a_void_registration_takes_all_with_it(office: Office) -> None:
    an, _, after, rotation = rotated(office)
    registered = office.first("personnel", an)
    answer = office.correct(registered)
    assert (answer.status_code, answer.json()["rule"]) == (409, "HasConsequences")
    assert {office.first("appointment", an), rotation} <= set(answer.json()["facts"])
    accepted(office.correct(registered, consequences="apply"))
    assert (office.tenures(an), office.rotations(an), office.holders(after, "2016-01-01")) == ([], [], [])


def test_12_no_circle_of_units_by_amendment_or_by_voiding_a_void(office: Office) -> None:
    one = office.unit()
    two = office.unit(parent=one)
    under_itself = office.correct(office.first("organization", one), "AMEND", "apply", parent=two)
    assert under_itself.json()["rule"] == "UnderItself"
    one, two = office.unit(), office.unit()
    reparented = office.record(
        f"/organization/{one}", "organization.unit-reparented", "2005-01-01", parent=two
    )
    void = accepted(office.correct(reparented))
    office.record(f"/organization/{two}", "organization.unit-reparented", "2005-01-01", parent=one)
    refused(office.correct(void), "UnderItself", reparented)


def test_12_no_circle_of_units_by_voiding_what_led_out_of_it(office: Office) -> None:
    top = office.unit()
    unit = office.unit(parent=top)
    away = office.record(f"/organization/{unit}", "organization.unit-reparented", "2005-01-01", parent="")
    back = office.record(f"/organization/{top}", "organization.unit-reparented", "2010-01-01", parent=unit)
    refused(office.correct(away), "InTheWay", back)
    later = office.record(f"/organization/{unit}", "organization.unit-reparented", "2009-01-01", parent="")
    accepted(office.correct(away))
    refused(office.correct(later), "InTheWay", back)
    accepted(office.correct(back))
    accepted(office.correct(later))


def test_14_corrections_of_corrections_keep_their_rules(office: Office) -> None:
    post, an = office.place(office.unit()), office.cadre()
    first = office.appoint(an, post, "2010-01-01")
    void = accepted(office.correct(first))
    assert office.correct(first, "AMEND", effective_from="2011-01-01").json()["rule"] == "AlreadyVoid"
    itself = office.amend(void, {"target": void.rpartition("/")[2]})
    assert (itself.status_code, itself.json()["rule"]) == (422, "DoesNotFit")
    turned = {"mode": "AMEND", "new_values": {"effective_from": "2013-01-01"}}
    accepted(office.amend(void, turned))
    assert office.tenures(an) == [(post, "2013-01-01", "")]


def test_deadunit_a_told_late_and_b_dissolved_before_it_began(office: Office) -> None:
    """Repro deadunit.sh: (a) ends with its unit; (b) began later, so that it cannot end with it: it stays as it was
    told, for a contradiction to show."""
    for begins, dissolved, expected in (
        ("2019-01-01", "2020-01-01", "2020-01-01"),
        ("2015-01-01", "2012-01-01", ""),
    ):
        unit, an = office.unit(), office.cadre()
        post = office.place(unit)
        if expected:
            office.dissolve(unit, dissolved)
            office.appoint(an, post, begins)
        else:
            office.appoint(an, post, begins)
            office.dissolve(unit, dissolved)
        assert office.tenures(an) == [(post, begins, expected)]
