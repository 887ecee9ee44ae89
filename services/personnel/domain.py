"""A cadre on file. Pure functions over proposed facts."""

from dataclasses import dataclass

from services.personnel.events import PersonnelFact, Registered
from shared.checks import BadDate, required
from shared.dates import earliest, latest, partial_date
from shared.decider import Decider, Known, Rejected


@dataclass(frozen=True, slots=True)
class Unknown: ...


@dataclass(frozen=True, slots=True)
class OnFile: ...


State = Unknown | OnFile


class AlreadyRegistered(Rejected):
    """This cadre is on file already."""

    title_vi = "Cán bộ đã có hồ sơ"


class SamePerson(Rejected):
    """Another cadre on file has this national id."""

    title_vi = "Số định danh này thuộc về một hồ sơ khác"


class BornInTheFuture(Rejected):
    """Nobody on file is born after their file was opened."""

    title_vi = "Ngày sinh không thể sau ngày lập hồ sơ"


def decide(state: State, proposed: PersonnelFact) -> tuple[PersonnelFact, ...]:
    if not isinstance(proposed, Registered):
        raise TypeError(f"no rule for {type(proposed).__name__}")
    if isinstance(state, OnFile):
        raise AlreadyRegistered
    required(name=proposed.name)
    try:
        birth = partial_date(proposed.birth)
    except ValueError as error:
        raise BadDate(field="birth", reason=str(error)) from error
    if earliest(birth) > latest(proposed.effective_from):
        raise BornInTheFuture(field="birth")
    return (proposed,)


def check(stream: str, proposed: PersonnelFact, known: Known) -> None:
    if isinstance(proposed, Registered) and proposed.identity:
        others = [
            row.cadre_id for row in known.rows("cadres", identity=proposed.identity) if row.cadre_id != stream
        ]
        if others:
            raise SamePerson(field="national_id", cadre=others[0])


def evolve(state: State, fact: PersonnelFact) -> State:
    return OnFile()


personnel = Decider[State, PersonnelFact](initial=Unknown(), decide=decide, evolve=evolve)
