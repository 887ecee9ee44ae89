"""A small city for the page: a reform, an acting deputy, a vacancy, two posts in one hand, a mistake taken back."""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from services.appointment.events import Appointed, Designated, EndReason, Holding, TenureEnded
from services.organization.events import (
    Bloc,
    DissolutionReason,
    Edge,
    Kind,
    OversightSet,
    Portion,
    PostCreated,
    ReorganisationExecuted,
    Role,
    UnitDissolved,
    UnitEstablished,
)
from services.personnel.events import Registered
from services.regulation.events import DecisionRegistered, DocumentKind
from shared.commands.command_handler import Origin
from shared.core.clock import SimulatedClock
from shared.core.facts import Corrected, Fact
from shared.core.partial_dates import Instant, PDate, civil_day
from shared.runtime.embedded import EmbeddedLedger


def named(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"page:{name}"))


CITY, DISTRICT, WARD = named("city"), named("district"), named("ward")
LEADER, MAYOR, CHIEF, COUNCIL, DEPUTY = (named(x) for x in ("leader", "mayor", "chief", "council", "deputy"))
ORIGIN = Origin(actor="ho.thi.so")
BEGIN, REFORM = PDate("2004-08-31"), PDate("2025-07-01")


def tell(ledger: EmbeddedLedger, clock: SimulatedClock) -> None:
    """Everything, recorded over six years; the clock stands at 10 January 2026 afterwards."""

    def say(topic: str, stream: str, fact: Fact) -> str:
        receipt = ledger.apps[topic].handle(stream, fact, ORIGIN)
        ledger.project_pending()
        return receipt.events[0].event_id

    paper = named("paper")
    say("regulation", paper, _document("125-QĐ/TU", "Thành ủy Hải Phòng", "2019-02-20"))
    _units(say)
    _posts(say)
    for key, name in ((LEADER, "Nguyễn Văn Ạn"), (named("b"), "Trần Thị Bảy"), (named("c"), "Lê Thị Chín")):
        say("personnel", key, Registered(name=name))

    def seat(cadre: str, tenure: str, post: str, start: str, holding: Holding = Holding.PRIMARY) -> str:
        fact = Appointed(effective_from=PDate(start), tenure=named(tenure), post=post, holding=holding)
        return say("appointment", cadre, fact)

    seat(LEADER, "t1", MAYOR, "2012-05")
    moved = TenureEnded(effective_from=PDate("2019-03-01"), tenure=named("t1"), reason=EndReason.MOVED)
    say("appointment", LEADER, moved)
    led = Designated(
        effective_from=PDate("2019-03-01"), tenure=named("t2"), post=CHIEF, authority=CITY, legal_basis="Điều lệ",
        decision=paper,
    )  # fmt: skip
    say("appointment", LEADER, led)
    seat(LEADER, "t3", COUNCIL, "2019-03-01", Holding.CONCURRENT)
    seat(named("c"), "t4", DEPUTY, "2018-01-01", Holding.ACTING)
    clock.now = Instant("2020-06-05T02:00:00.000000Z")
    seat(named("b"), "t5", MAYOR, "2020-06-01")
    clock.now = Instant("2021-02-01T02:00:00.000000Z")
    say("personnel", named("d"), Registered(name="Lê Quang Nhầm"))
    mistake = seat(named("d"), "t6", DEPUTY, "2020-01-01")
    clock.now = Instant("2021-05-01T02:00:00.000000Z")
    correction = Corrected(target=mistake, mode="VOID", reason="nhập nhầm người")
    ledger.apps["appointment"].correct(named("d"), correction, ORIGIN)
    clock.now = Instant("2025-06-20T02:00:00.000000Z")
    _reform(say)
    clock.now = Instant("2026-01-10T02:00:00.000000Z")
    ledger.project_pending()


def _document(number: str, issuer: str, signed: str) -> DecisionRegistered:
    return DecisionRegistered(
        effective_from=PDate(signed),
        number=number,
        issuer=issuer,
        signed_on=civil_day(signed),
        kind=DocumentKind.DECISION,
        title="Chỉ định Bí thư Quận ủy Kiến An",
    )


def _unit(
    name: str, kind: Kind, parent: str = "", start: PDate = BEGIN, bloc: Bloc = Bloc.TERRITORY
) -> UnitEstablished:
    level = "1" if not parent else "2"
    return UnitEstablished(effective_from=start, name=name, kind=kind, bloc=bloc, parent=parent, level=level)


def _units(say: Any) -> None:
    police, branch = named("police"), Bloc.JUSTICE_SECURITY
    say("organization", CITY, _unit("Thành phố Hải Phòng", Kind.MUNICIPALITY))
    say("organization", DISTRICT, _unit("Quận Kiến An", Kind.URBAN_DISTRICT, CITY))
    say("organization", police, _unit("Công an thành phố", Kind.DEPARTMENT, CITY, bloc=branch))
    say("organization", named("post"), _unit("Công an quận", Kind.DIVISION, DISTRICT, bloc=branch))
    both = OversightSet(effective_from=BEGIN, vertical=police, territorial=DISTRICT)
    say("organization", named("post"), both)


def _posts(say: Any) -> None:
    for post, title, role, seats in (
        (CHIEF, "Bí thư Quận ủy", Role.HEAD, 1),
        (COUNCIL, "Chủ tịch HĐND quận", Role.HEAD, 1),
        (MAYOR, "Chủ tịch UBND quận", Role.HEAD, 1),
        (DEPUTY, "Phó Chủ tịch UBND quận", Role.DEPUTY, 2),
    ):
        say(
            "organization",
            post,
            PostCreated(
                effective_from=BEGIN, unit=DISTRICT, title=title, role=role, seats=seats, key_title=seats == 1
            ),
        )


def _reform(say: Any) -> None:
    say("organization", WARD, _unit("Phường Hoà Nghĩa", Kind.WARD, CITY, REFORM))
    edge = Edge(source=DISTRICT, target=WARD, portion=Portion.WHOLE)
    title = "Sắp xếp đơn vị hành chính năm 2025"
    say(
        "organization",
        named("reform"),
        ReorganisationExecuted(effective_from=REFORM, title=title, edges=(edge,)),
    )
    for unit, reason in (
        (named("post"), DissolutionReason.ENDED),
        (DISTRICT, DissolutionReason.LEVEL_ABOLISHED),
    ):
        say("organization", unit, UnitDissolved(effective_from=REFORM, reason=reason))
