"""What is told of a cadre on file: amendments, relatives, training, discipline, the end of service."""

from functools import partial

import pytest
from msgspec.structs import replace

from services.chronicle.projections import PROJECTIONS
from services.chronicle.projections.files import merged_records
from services.chronicle.projections.people import cadres
from services.personnel.domain.cross_stream import check
from services.personnel.domain.decider import AMENDABLE, personnel
from services.personnel.domain.rejections import (
    AlreadyMerged,
    EndsBeforeStart,
    FormNotInForce,
    IdTaken,
    InService,
    MergedAway,
    NothingAmended,
    NotOnFile,
    OutOfService,
    OwnRelative,
    SamePerson,
    StatusMovesBack,
    UnknownReference,
    UnknownRelation,
)
from services.personnel.events import (
    Category,
    Disciplined,
    DisciplineForm,
    KinshipDeclared,
    PersonnelFact,
    ProfileAmended,
    RecordsMerged,
    Registered,
    ServiceEnd,
    ServiceEnded,
    ServiceResumed,
    Side,
    Trained,
    TrainingField,
    TrainingStatus,
)
from shared.core.normalization import BadDate, Missing
from shared.testing import FakeReadModel, Given, history, on, rejects

given = partial(Given, personnel)

an = Registered(name="Nguyễn Văn An", effective_from=on("2000-01-01"))
moved = ProfileAmended(category=Category.CIVIL_SERVANT, effective_from=on("2010-01-01"))
kin = KinshipDeclared(kinship="q1", relation="SIBLING", relative="binh", effective_from=on("2010-01-01"))
sent = Trained(
    training="t1", field=TrainingField.POL_THEORY, status=TrainingStatus.SENT, effective_from=on("2019-03-01")
)
reprimand = Disciplined(
    case="k1", side=Side.PARTY, form=DisciplineForm.REPRIMAND, effective_from=on("2024-03-01")
)
retired = ServiceEnded(kind=ServiceEnd.RETIRED, effective_from=on("2025-07-01"))


merged = RecordsMerged(merged="an-2", reason="twice on file", effective_from=on("2024-01-01"))


@pytest.mark.parametrize("fact", [moved, kin, merged, sent, reprimand, retired])
def test_only_a_cadre_on_file_is_told_of(fact: PersonnelFact) -> None:
    given().when(fact).rejected(NotOnFile)
    given(an).when(fact).then(fact)
    given(an, fact).when(fact).then()


def test_what_is_said_of_a_file_leaves_it_on_file() -> None:
    facts = (moved, kin, merged, sent, reprimand)
    given(an, *facts).when(retired).then(retired)


def test_a_file_is_merged_once_for_a_reason() -> None:
    given(an, merged).when(replace(merged, reason="again")).rejected(
        AlreadyMerged, field="merged", merged="an-2"
    )
    other = replace(merged, merged="an-3")
    given(an, merged, other).when(replace(merged, reason="again")).rejected(AlreadyMerged)
    given(an, merged).when(other).then(other)
    for field in ("merged", "reason"):
        given(an).when(replace(merged, **{field: " "})).rejected(Missing, field=field)


def test_an_amendment_says_something() -> None:
    given(an).when(ProfileAmended(note="nothing")).rejected(NothingAmended, allowed=sorted(AMENDABLE))
    given(an).when(ProfileAmended(birth="31/2/1970")).rejected(
        BadDate, field="birth", reason="'1970-02-31' is not a day of the calendar"
    )


def test_what_is_amended_is_shown_as_last_told() -> None:
    later = ProfileAmended(name="Nguyễn Hoài An", ethnicity="Tày", effective_from=on("2012-01-01"))
    (row,) = cadres.fold(history(an, later, moved)).values()
    assert (row.name, row.search, row.ethnicity, row.category) == (
        *("Nguyễn Hoài An", "nguyen hoai an", "Tày"),
        "CIVIL_SERVANT",
    )


def test_a_completed_training_raises_what_the_file_says() -> None:
    done = replace(sent, status=TrainingStatus.COMPLETED, level="ADVANCED", effective_from=on("2020-03-01"))
    lower = replace(done, training="t2", level="INTERMEDIATE", effective_from=on("2021-01-01"))
    (row,) = cadres.fold(history(an, replace(sent, level="ADVANCED"))).values()
    assert row.theory == ""
    (row,) = cadres.fold(history(an, sent, done, lower)).values()
    assert row.theory == "ADVANCED"


def test_a_relative_has_a_relation_and_a_name_or_an_id() -> None:
    given(an).when(replace(kin, relation="FRIEND")).rejected(
        UnknownRelation,
        field="relation",
        allowed=["SPOUSE", "PARENT", "CHILD", "SIBLING", "PARENT_IN_LAW", "CHILD_IN_LAW", "SIBLING_IN_LAW"],
    )
    given(an).when(replace(kin, relative="", relative_name="")).rejected(Missing, field="relative")
    given(an).when(replace(kin, kinship=" ")).rejected(Missing, field="kinship")
    given(an, kin).when(replace(kin, relative="chi")).rejected(IdTaken, field="kinship", id="q1")
    given(an).when(replace(kin, until=on("2009-12-31"))).rejected(
        EndsBeforeStart, field="until", start="2010-01-01", end="2009-12-31"
    )


def test_a_relative_who_is_a_cadre_is_on_file_and_another() -> None:
    known = FakeReadModel(PROJECTIONS, cadres=cadres.fold(history(an, stream="binh")).values())
    check("an", kin, known)
    with rejects(OwnRelative, field="relative"):
        check("binh", kin, known)
    with rejects(UnknownReference, field="relative", id="nobody"):
        check("an", replace(kin, relative="nobody"), known)
    check("an", replace(kin, relative="", relative_name="Chi"), known)


@pytest.mark.parametrize(
    ("before", "after", "moves"),
    [
        ("REGISTERED", "SENT", True),
        ("REGISTERED", "WITHDRAWN", True),
        ("SENT", "COMPLETED", True),
        ("SENT", "REGISTERED", False),
        ("SENT", "SENT", False),
        ("COMPLETED", "FAILED", False),
        ("COMPLETED", "SENT", False),
    ],
)
def test_a_training_moves_forward(before: str, after: str, moves: bool) -> None:
    first = replace(sent, status=TrainingStatus[before])
    then = replace(sent, status=TrainingStatus[after], effective_from=on("2020-01-01"))
    if moves:
        given(an, first).when(then).then(then)
    else:
        given(an, first).when(then).rejected(StatusMovesBack, before=before, field="status")


def test_a_training_does_not_end_before_it_starts() -> None:
    backwards = replace(sent, started=on("2019-05"), ended=on("2019-04"))
    given(an).when(backwards).rejected(EndsBeforeStart, field="ended", started="2019-05", ended="2019-04")
    roughly = replace(sent, started=on("2019-05"), ended=on("2019"))
    given(an).when(roughly).then(roughly)
    a_day = replace(sent, started=on("2019-05-06"), ended=on("2019-05-06"))
    given(an).when(a_day).then(a_day)


@pytest.mark.parametrize(
    ("side", "form", "day", "in_force"),
    [
        ("STATE", "DEMOTION", "2009-12-31", False),
        ("STATE", "DEMOTION", "2010-01-01", True),
        ("STATE", "DEMOTION", "2025-06-30", True),
        ("STATE", "DEMOTION", "2025-07-01", False),
        ("STATE", "PAY_CUT", "2025-07-01", False),
        ("STATE", "RANK_CUT", "2010-01-01", False),
        ("PARTY", "DEMOTION", "2015-01-01", False),
        ("STATE", "EXPULSION", "2015-01-01", False),
        ("PARTY", "EXPULSION", "2015-01-01", True),
    ],
)
def test_a_form_of_discipline_exists_on_that_side_and_day(
    side: str, form: str, day: str, in_force: bool
) -> None:
    fact = replace(reprimand, side=Side[side], form=DisciplineForm[form], effective_from=on(day))
    if in_force:
        given(an).when(fact).then(fact)
    else:
        given(an).when(fact).rejected(FormNotInForce, field="form", form=form)


def test_the_day_of_decision_tells_which_forms_there_are() -> None:
    late = replace(reprimand, side=Side.STATE, form=DisciplineForm.DEMOTION, effective_from=on("2025-07-15"))
    given(an).when(late).rejected(
        FormNotInForce,
        field="form",
        form="DEMOTION",
        side="STATE",
        when="2025-07-15",
        allowed=["REPRIMAND", "WARNING", "REMOVAL", "DISCHARGE", "DISMISSAL"],
    )
    decided = replace(late, decided_on=on("2025-06-30"))
    given(an).when(decided).then(decided)


def test_discipline_expires_after_it_begins() -> None:
    given(an).when(replace(reprimand, expires_on=on("2024-03-01"))).rejected(
        EndsBeforeStart, field="expires_on", start="2024-03-01", end="2024-03-01"
    )
    given(an, reprimand).when(replace(reprimand, form=DisciplineForm.WARNING)).rejected(
        IdTaken, field="case", id="k1"
    )


def test_service_ends_and_is_resumed_by_turns() -> None:
    back = ServiceResumed(effective_from=on("2025-09-01"))
    given(an, retired).when(replace(retired, kind=ServiceEnd.LEFT)).rejected(OutOfService, since="2025-07-01")
    given(an).when(back).rejected(InService)
    given(an, retired).when(back).then(back)
    at_once = replace(back, effective_from=on("2025-07-01"))
    given(an, retired).when(at_once).then(at_once)
    given(an, retired).when(replace(back, effective_from=on("2025-06-01"))).rejected(
        EndsBeforeStart, field="effective_from", ended="2025-07-01"
    )
    again = replace(retired, effective_from=on("2026-01-01"))
    given(an, retired, back).when(again).then(again)


def test_an_amended_national_id_belongs_to_one_file() -> None:
    known = FakeReadModel(
        PROJECTIONS, cadres=cadres.fold(history(replace(an, identity="hash"), stream="an")).values()
    )
    with rejects(SamePerson, field="national_id", cadre="an"):
        check("binh", ProfileAmended(national_id="1", identity="hash"), known)
    check("an", ProfileAmended(national_id="1", identity="hash"), known)


def test_a_merged_file_is_told_nothing_more() -> None:
    known = FakeReadModel(
        PROJECTIONS,
        cadres=cadres.fold(history(an, stream="an-2")).values(),
        merged_records=merged_records.fold(history(merged, stream="an")).values(),
    )
    with rejects(MergedAway, kept="an"):
        check("an-2", moved, known)
    check("an", moved, known)
