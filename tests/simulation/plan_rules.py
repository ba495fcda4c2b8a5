"""Order rules in a seed's story: some shops have them, and their people do not always agree with what these do."""

import random
from functools import partial
from typing import TYPE_CHECKING, Final

from tests.fakes.shop import RULES
from tests.simulation.watch import numbers_in
from vistka.domain.stages import Stage

if TYPE_CHECKING:
    from tests.simulation.plan import Plan

#: Seeds of shops whose order rules are switched on.
_RULED: Final = 0.3
_ENDS: Final = frozenset({Stage.DELIVERED, Stage.REFUSED})


def ruled(plan: "Plan", seed: int) -> None:
    """Draws from numbers of its own: the other seeds stay as they were."""
    rng = random.Random(f"order rules {seed}")
    if rng.random() >= _RULED:
        return
    plan.world.shop.inner.ruled = RULES
    if rng.random() < 0.4:
        plan.at(rng.uniform(0.2, 0.8) * plan.stop, lambda: _set_back(plan, rng))
    if rng.random() < 0.4:
        plan.at(rng.uniform(0, 0.5) * plan.stop, lambda: _cancel_when_asked(plan, rng))


def _set_back(plan: "Plan", rng: random.Random) -> None:
    """By hand, what a rule did; again and again."""
    shop = plan.world.shop
    for moved in shop.moved:
        if shop.row(moved.key)["status"] == moved.after["status"] and rng.random() < 0.3:
            shop.edit(moved.key, status="ship")
    if plan.world.scheduler.seconds < plan.stop:
        plan.world.scheduler.after(rng.uniform(200, 7200), lambda: _set_back(plan, rng))


def _cancel_when_asked(plan: "Plan", rng: random.Random) -> None:
    """In the poll that brings the news: between the reading of the order and the moving of it."""
    world = plan.world
    for key in plan.orders:
        for ttn in numbers_in(world.shop.row(key)["tracking"] or ""):
            state, step = world.memory.states.get(ttn), world.carrier.lives[ttn].says(world.scheduler.now)
            came = step is not None and step.facts is not None and step.facts.stage in _ENDS
            if came and state is not None and state.stage not in _ENDS and rng.random() < 0.5:
                world.carrier.meanwhile.setdefault(ttn, partial(world.shop.edit, key, status="cancelled"))
    if world.scheduler.seconds < plan.stop:
        world.scheduler.after(rng.uniform(60, 600), lambda: _cancel_when_asked(plan, rng))
