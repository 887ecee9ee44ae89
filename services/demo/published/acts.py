"""Records decisions about people of a place: planning, moves, training; one act each."""

from collections.abc import Iterable, Sequence
from typing import Any

from services.demo.city.world import demo_id, shift_day
from services.demo.published.bodies import BEFORE_IT_ENDS, HELD, LEVEL_ENDS, BodyRecorder, derive_unit_id
from services.personnel.events import Trained, TrainingField, TrainingStatus
from services.planning.events import (
    AddedToPlanning,
    PlannedTitle,
    PlanningSource,
    RemovalReason,
    RemovedFromPlanning,
    RoundOpened,
)
from services.rotation.events import Direction, MoveKind, Rotated, RotationEnded, RotationOutcome, Transferred
from shared.core.partial_dates import PDate

__all__ = ["HELD", "LEVEL_ENDS", "PlaceRecorder", "add_weeks", "derive_unit_id"]


class PlaceRecorder(BodyRecorder):
    def open_list(self, key: str, owner: str, name: str, term: str, day: str, paper: str, **more: Any) -> str:
        id_ = self.id("list", key)
        titles: Sequence[PlannedTitle] = more.pop("titles", ())
        fact = RoundOpened(
            effective_from=PDate(day),
            owner=owner,
            title_set=key,
            term=term,
            name=name,
            titles=tuple(titles),
            decision=paper,
            managed_by=self.managed_by,
            **more,
        )
        self.record(day, id_, fact)
        return id_

    def add_to_list(self, list_: str, person: str, day: str, paper: str, **more: Any) -> str:
        title = more.get("post") or f"{more.get('title_code')}/{more.get('unit', '')}"
        entry = demo_id("entry", f"{list_}/{person}/{title}")
        fact = AddedToPlanning(
            effective_from=PDate(day),
            entry=entry,
            cadre=person,
            decision=paper,
            managed_by=self.managed_by,
            **{"source": PlanningSource.INTERNAL, **more},
        )
        self.record(day, list_, fact)
        return entry

    def remove_from_list(
        self,
        list_: str,
        entry: str,
        day: str,
        paper: str,
        reason: RemovalReason,
        ground: str = "",
        review: int = 0,
    ) -> None:
        fact = RemovedFromPlanning(
            effective_from=PDate(day),
            entry=entry,
            reason=reason,
            ground=ground,
            review=review,
            decision=paper,
        )
        self.record(BEFORE_IT_ENDS if day == LEVEL_ENDS else day, list_, fact)

    # moves

    def rotate(self, person: str, to: str, day: str, direction: Direction, paper: str, **more: Any) -> str:
        id_ = demo_id("move", f"{person}/{to}/{day}")
        fact = Rotated(
            effective_from=PDate(day),
            rotation=id_,
            to_post=to,
            direction=direction,
            from_tenure=HELD,
            decision=paper,
            managed_by=self.managed_by,
            **more,
        )
        self.record(day, person, fact)
        return id_

    def move(self, person: str, to: str, day: str, kind: MoveKind, paper: str, **more: Any) -> str:
        id_ = demo_id("move", f"{person}/{to}/{day}")
        fact = Transferred(
            effective_from=PDate(day),
            move=id_,
            kind=kind,
            to_post=to,
            decision=paper,
            managed_by=self.managed_by,
            **{"direction": Direction.LATERAL, "from_tenure": HELD, **more},
        )
        self.record(day, person, fact)
        return id_

    def end_rotation(self, person: str, rotation: str, day: str, next_post: str, paper: str) -> None:
        fact = RotationEnded(
            effective_from=PDate(day),
            rotation=rotation,
            outcome=RotationOutcome.RETURNED,
            next_post=next_post,
            approach=True,
            decision=paper,
        )
        self.record(day, person, fact)

    # training

    def train(
        self, people: Iterable[str], field: TrainingField, level: str, day: str, paper: str, **more: Any
    ) -> None:
        status = more.pop("status", TrainingStatus.SENT)
        for person in people:
            fact = Trained(
                effective_from=PDate(day),
                training=demo_id("training", f"{person}/{field.value}/{level}/{day[:4]}"),
                field=field,
                level=level,
                status=status,
                started=PDate(day[:7]),
                decision=paper,
                **{"sent_by": self.managed_by, **more},
            )
            self.record(day, person, fact)


def add_weeks(day: str, number: int) -> str:
    return shift_day(day, 7 * number)
