"""An open order's STATE outlives its history; a finished order is forgotten in time."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from tests.contracts.store_keeping import entry
from tests.contracts.store_samples import state
from tests.fakes.clock import START, FakeClock
from tests.fakes.keeping import FakeKeeping
from tests.fakes.store import Memory
from tests.unit.usecases.world import World
from vistka.domain.errors import StoreUnavailable
from vistka.domain.messages import PollOrder
from vistka.domain.parcels import ParcelState
from vistka.usecases.keeping import MOST, Keeper

A, B = "20450000000017", "20450000000024"
DAYS = timedelta(days=1)
RETENTION = 90 * DAYS


@dataclass
class Asked:
    """`vistka.usecases.keeping.Keeping`"""

    keys: list[str] = field(default_factory=list)
    away: bool = False
    calls: int = 0

    def renew(self, orders: Iterable[PollOrder]) -> None:
        self.calls += 1
        if self.away:
            raise StoreUnavailable("the store did not answer UpdateItem")
        self.keys.extend(one.order.key for one in orders)


def keeper(asked: Any, world: World | None = None) -> Keeper:
    world = world or World()
    return Keeper(keeping=asked, now=world.clock.now(), retention=RETENTION, say=world.say)


def kept(until_days: float, ttn: str = A) -> dict[str, ParcelState]:
    return {ttn: replace(state(ttn), kept_until=START + until_days * DAYS)}


@pytest.mark.parametrize(("until_days", "renewed"), [(90, False), (81, False), (80.9, True), (1, True), (-3, True)])
def test_an_open_order_is_renewed_once_a_tenth_of_the_time_has_passed(until_days: float, *, renewed: bool) -> None:
    asked = Asked()
    keeper(asked).listed([entry(A)], kept(until_days))
    assert asked.keys == (["1"] if renewed else [])


def test_a_state_of_which_no_end_is_known_is_renewed_and_one_never_seen_is_not() -> None:
    asked = Asked()
    keeper(asked).listed([entry(A), entry(B, key="2")], {A: state(A)})
    assert asked.keys == ["1"]


def test_the_parcel_whose_end_is_nearest_decides_for_its_order() -> None:
    asked = Asked()
    keeper(asked).listed([entry(A, B)], kept(90) | kept(1, B))
    assert asked.keys == ["1"]


def test_a_first_run_over_a_large_shop_has_other_things_to_do_as_well() -> None:
    asked = Asked()
    one = keeper(asked)
    for page in range(3):
        entries = [entry(A, key=f"{page}-{number}") for number in range(MOST // 2)]
        one.listed(entries, kept(1))
    assert (len(asked.keys), one.renewed, asked.calls) == (MOST, MOST, 2)


def test_a_renewal_that_fails_stops_no_run_and_is_left_to_a_later_one() -> None:
    asked, world = Asked(away=True), World()
    one = keeper(asked, world)
    one.listed([entry(A)], kept(1))
    one.listed([entry(B, key="2")], kept(1, B))
    assert (asked.calls, one.renewed) == (1, 0)
    assert [message for message, _ in world.said] == [
        "what is kept of open orders was not renewed; a later run does it"
    ]


def test_an_order_that_stays_open_for_a_year_keeps_its_state_and_costs_a_renewal_in_nine_days() -> None:
    """STATE outlives history: kept while the shop lists the order as open."""
    clock, memory = FakeClock(), Memory()
    memory.states.update(kept(90))
    keeping = FakeKeeping(memory, clock=clock)
    renewed = 0
    for _ in range(365):
        clock.advance(DAYS)
        one = Keeper(keeping=keeping, now=clock.now(), retention=RETENTION, say=lambda *_, **__: None)
        one.listed([entry(A)], memory.states)
        renewed += one.renewed
        until = memory.states[A].kept_until
        assert until is not None
        assert until > clock.now() + 80 * DAYS
    assert 36 <= renewed <= 41
    last = memory.states[A].kept_until
    assert last is not None
    # Not listed any more: forgotten in time, and never later than the retention says.
    assert 80 * DAYS <= last - clock.now() <= RETENTION


def test_a_run_tells_the_keeper_of_every_open_order_and_its_states() -> None:
    world, heard = World(), dict[str, list[str]]()
    world.order("TWC1", A)
    world.order("TWC2", B)
    world.order("TWC3", B, status="done")
    world.carrier.set(A, "5")
    world.run()

    def listed(entries: Iterable[PollOrder], states: Any) -> None:
        heard.update({one.order.number: [ttn for ttn in one.ttns if ttn in states] for one in entries})

    world.dispatcher.run(listed=[listed, listed])
    assert heard == {"TWC1": [A], "TWC2": [B]}
