"""Reminders from the carrier's answer to their end."""

from datetime import datetime, timedelta

import pytest

from tests.fakes.clock import START
from tests.unit.usecases.world import INTERVAL, World
from vistka.domain.audience import Audiences
from vistka.domain.notices import Kind, Notice, NoticeState

A, B = "20450000000056", "20450000000024"  # the first: its minute of the hour is the first
DAY = timedelta(days=1)
HEARD = Audiences.parse(buyer="waiting, last_day", shop="not_handed_over, waiting_long, money_overdue")


@pytest.fixture
def world() -> World:
    return World(audiences=HEARD)


def arrive(world: World, ttn: str = A, *, paid: datetime = START + 7 * DAY) -> None:
    world.carrier.set(ttn, "7", arrived_at=world.clock.now(), paid_storage_at=paid)


def of_kind(world: World, kind: Kind = Kind.LAST_DAY) -> list[Notice]:
    return [notice for notice in world.notices() if notice.kind is kind]


def test_another_day_without_a_new_code_reminds_also_orders_that_are_done() -> None:
    world = World(audiences=HEARD)
    world.order("TWC1", A, chat=7001)
    done = world.order("TWC2", A, chat=7002)
    arrive(world)
    world.run()
    world.shop.edit(done, status="done")
    world.clock.advance(DAY)
    arrive(world, paid=START + 9 * DAY)
    world.run()
    assert [(n.order_number, n.occurrence) for n in of_kind(world)] == [
        ("TWC1", (START + 6 * DAY).date().isoformat()),
        ("TWC1", (START + 8 * DAY).date().isoformat()),
        ("TWC2", (START + 6 * DAY).date().isoformat()),
        ("TWC2", (START + 8 * DAY).date().isoformat()),
    ]


def test_a_replaced_number_takes_its_reminders_with_it(world: World) -> None:
    key = world.order("TWC1", A, chat=7001)
    arrive(world)
    world.run()
    world.shop.edit(key, tracking=B)
    world.carrier.set(B, "5")
    world.run()
    assert {n.state for n in (*of_kind(world), *of_kind(world, Kind.WAITING_LONG))} == {NoticeState.SUPERSEDED}
    world.shop.edit(key, tracking=A)
    world.clock.advance(INTERVAL)
    world.run()
    (again,) = of_kind(world)
    assert (again.state, again.due_at) == (NoticeState.WAITING, again.not_before)
