"""The differences between the charts of a unit on two days."""

from collections.abc import Iterator, Mapping
from functools import partial

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.responses import AsOf, Proof
from services.chronicle.queries.units.org_chart import UnitNode, read_org_chart


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is not the same on both days.

    `change`: unit-ended, unit-new, unit-renamed, unit-moved, post-ended, post-new, holder-out, holder-in.
    """

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


def compare_org_charts(
    connection: Connection, unit: str, before: AsOf, after: AsOf, depth: int = 32
) -> list[Difference]:
    """What changed under a unit between two days, as known at one instant; each line with its proof."""
    old = {node.unit: node for node in read_org_chart(connection, unit, before, depth)}
    new = {node.unit: node for node in read_org_chart(connection, unit, after, depth)}
    names = {node.unit: node.name for node in (*old.values(), *new.values())}
    differences: list[Difference] = []
    for id_ in sorted(old.keys() | new.keys(), key=lambda id_: (names[id_], id_)):
        was, now = old.get(id_), new.get(id_)
        differences += _compare_units(was, now, names, moved=id_ != unit)
        differences += _compare_posts(was, now)
    return differences


def _compare_units(
    was: UnitNode | None, now: UnitNode | None, names: Mapping[str, str], *, moved: bool
) -> Iterator[Difference]:
    """`moved`: whether another parent counts; that of the topmost unit is not on the chart."""
    node = now or was
    if node is None:
        return
    difference = partial(Difference, unit=node.unit, unit_name=names[node.unit], proof=node.proof)
    if was is None or now is None:
        yield difference(change="unit-new" if now else "unit-ended")
        return
    if was.name != now.name:
        yield difference(change="unit-renamed", before=was.name, after=now.name)
    if was.parent != now.parent and moved:
        above = names.get(was.parent, ""), names.get(now.parent, "")
        yield difference(change="unit-moved", before=above[0], after=above[1])


def _compare_posts(was: UnitNode | None, now: UnitNode | None) -> Iterator[Difference]:
    old = {post_node.post: post_node for post_node in was.posts} if was else {}
    new = {post_node.post: post_node for post_node in now.posts} if now else {}
    node = now or was
    if node is None:
        return
    for post in sorted(old.keys() | new.keys()):
        post_node = new.get(post) or old[post]
        difference = partial(
            Difference, unit=node.unit, unit_name=node.name, post=post, title=post_node.title
        )
        if post not in old or post not in new:
            yield difference(change="post-new" if post in new else "post-ended", proof=post_node.proof)
        before = {holder.tenure: holder for holder in old[post].holders} if post in old else {}
        after = {holder.tenure: holder for holder in new[post].holders} if post in new else {}
        for tenure in sorted(before.keys() ^ after.keys()):
            holder = after.get(tenure) or before[tenure]
            change = "holder-in" if tenure in after else "holder-out"
            yield difference(change=change, cadre=holder.cadre, name=holder.name, proof=holder.proof)
