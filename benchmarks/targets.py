"""The numbers to reach, beside what was measured."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from benchmarks.figures import Table


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """`figure` names a kept value; it shall be at most `most`, or at least `least`."""

    what: str
    figure: str
    most: float | None = None
    least: float | None = None
    digits: int = 2

    def row(self, values: Mapping[str, float]) -> list[object]:
        limit, bound = ("at most", self.most) if self.most is not None else ("at least", self.least)
        assert bound is not None
        found = values.get(self.figure)
        if found is None:
            return [self.what, f"{limit} {bound:g}", "not measured", ""]
        reached = found <= bound if self.most is not None else found >= bound
        return [self.what, f"{limit} {bound:g}", f"{found:.{self.digits}f}", "yes" if reached else "**no**"]


TARGETS: Final = (
    Target(what="carrier requests for 250 parcels", figure="unchanged: requests", most=3, digits=0),
    Target(what="SQL statements a message, all changed", figure="all changed: statements", most=1, digits=0),
    Target(what="writes a message, unchanged", figure="unchanged: writes", most=1, digits=0),
    Target(
        what="200 unchanged parcels, times faster than the original", figure="200 unchanged: faster", least=60, digits=0
    ),
    Target(
        what="200 unchanged parcels, time over the bare loop's", figure="MiniStack, unchanged: over floor", most=1.3
    ),
    Target(
        what="200 changed parcels, time over the bare loop's", figure="MiniStack, all changed: over floor", most=1.3
    ),
    Target(
        what="CPU an unchanged parcel, over the bare loop's", figure="MiniStack, unchanged: cpu over floor", most=2.0
    ),
    *(
        Target(what=f"start of {name}, over boto3 and a client", figure=f"{name}, ready with bytecode", most=most)
        for name, most in (("notifier", 1.9), ("web", 1.9), ("dispatcher", 2.9), ("tracker", 2.9))
    ),
    Target(what="adaptive polls over those of every 10 minutes", figure="adaptive over 10 minutes", most=1 / 3),
    Target(what="minutes to 'waiting for you', adaptive", figure="minutes to waiting for you", most=10, digits=1),
    Target(what="1 000 000 open orders: MB at the dispatcher's peak", figure="million: peak", most=200, digits=0),
    Target(what="1 000 000 open orders: time an order, over that at 10 000", figure="million: growth", most=1.3),
)


def table(values: Mapping[str, float]) -> Table:
    return Table(
        name="targets",
        title="Computed from the tables below",
        columns=("what", "shall be", "is", "reached"),
        rows=[target.row(values) for target in TARGETS],
    )
