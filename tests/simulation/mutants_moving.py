"""Planted bugs in what order rules do to the shop's orders."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from tests.simulation.planting import patched
from tests.simulation.run import Bug
from tests.simulation.world import World
from vistka.domain.notices import Notice
from vistka.domain.rules import Moved
from vistka.usecases import applying
from vistka.usecases.applying import Applied, Applier


class _NothingSwept(Applier):
    def sweep(self) -> Applied:
        return Applied()


class _AnAttemptIsNotRemembered(Applier):
    def _judge(self, claimed: Notice, moved: Moved) -> Notice:
        return super()._judge(replace(claimed, lost=False), moved)


def _from_any_status(world: World) -> None:
    statuses = ("new", "prep", "ship", "done", "cancelled")
    ruled = world.shop.inner.ruled
    world.shop.inner.ruled = {
        event: replace(rule, from_statuses=tuple(status for status in statuses if status != rule.status))
        for event, rule in ruled.items()
    }


def _plant(kind: type[Applier]) -> Callable[[Any], None]:
    return lambda kinds: setattr(kinds, "applier", kind)


def _any_parcel(*_: object) -> bool:
    return True


def _no_parcel(*_: object) -> bool:
    return False


MOVING: Final = (
    Bug("what an order rule left is not swept", "R3", plant=_plant(_NothingSwept)),
    Bug("an order rule moves from any status", "R5", spoil=_from_any_status),
    Bug("an attempt without an answer is taken for none", "R3", plant=_plant(_AnAttemptIsNotRemembered)),
    Bug("a rule looks at one parcel of the order alone", "R5", patch=patched(applying, all_came_to=_any_parcel)),
    Bug("a rule waits for no other parcel", "R3", patch=patched(applying, all_may_come_to=_no_parcel)),
    Bug("a rule closes an order that does not show it yet", "R1", patch=patched(applying, SHOWN_FIRST=timedelta())),
)
