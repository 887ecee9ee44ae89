"""What differs under a unit between two days."""

from typing import Any

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.responses import AsOf, Proof
from services.chronicle.queries.units.org_chart import HolderNode, UnitNode, org_chart


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What is otherwise on the second day. `change`: unit-ended, unit-new, unit-renamed, unit-moved, post-ended,
    post-new, holder-out, holder-in."""

    change: str
    """What has changed."""
    unit: str
    """Id of the unit."""
    unit_name: str
    """Its name then."""
    post: str = ""
    """Id of the post."""
    title: str = ""
    """Its title then."""
    cadre: str = ""
    """Id of the cadre."""
    name: str = ""
    """Name of the cadre."""
    before: str = ""
    """What it was on the first day."""
    after: str = ""
    """What it is on the second day."""
    proof: Proof
    """The facts it comes from."""


def diff(connection: Connection, unit: str, before: AsOf, after: AsOf, depth: int = 32) -> list[Difference]:
    """What changed under a unit between two days, as known at one instant; each line with its proof."""
    old = {box.unit: box for box in org_chart(connection, unit, before, depth)}
    new = {box.unit: box for box in org_chart(connection, unit, after, depth)}
    names = {box.unit: box.name for box in (*old.values(), *new.values())}
    found: list[Difference] = []
    for id_ in sorted(old.keys() | new.keys(), key=lambda id_: names[id_]):
        was, is_ = old.get(id_), new.get(id_)
        here: dict[str, Any] = {"unit": id_, "unit_name": names[id_], "proof": (is_ or old[id_]).proof}
        if was is None or is_ is None:
            found.append(Difference(change="unit-new" if is_ else "unit-ended", **here))
        else:
            if was.name != is_.name:
                found.append(Difference(change="unit-renamed", before=was.name, after=is_.name, **here))
            if was.parent != is_.parent and id_ != unit:
                above: dict[str, Any] = {
                    "before": names.get(was.parent, ""),
                    "after": names.get(is_.parent, ""),
                }
                found.append(Difference(change="unit-moved", **above, **here))
        found.extend(_posts(was, is_))
    return found


def _posts(was: UnitNode | None, is_: UnitNode | None) -> list[Difference]:
    box: Any = is_ or was
    found = []
    old = {chair.post: chair for chair in was.posts} if was else {}
    new = {chair.post: chair for chair in is_.posts} if is_ else {}
    for post in sorted(old.keys() | new.keys()):
        chair = new.get(post) or old[post]
        here: dict[str, Any] = {"unit": box.unit, "unit_name": box.name, "post": post, "title": chair.title}
        if post not in old or post not in new:
            change = "post-new" if post in new else "post-ended"
            found.append(Difference(change=change, proof=chair.proof, **here))
        before: dict[str, HolderNode] = (
            {seat.tenure: seat for seat in old[post].holders} if post in old else {}
        )
        after: dict[str, HolderNode] = (
            {seat.tenure: seat for seat in new[post].holders} if post in new else {}
        )
        for tenure in sorted(before.keys() ^ after.keys()):
            seat = after.get(tenure) or before[tenure]
            change = "holder-in" if tenure in after else "holder-out"
            found.append(
                Difference(change=change, cadre=seat.cadre, name=seat.name, proof=seat.proof, **here)
            )
    return found
