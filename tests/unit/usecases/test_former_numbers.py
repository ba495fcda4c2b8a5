"""Orders whose number was replaced: what ends, what comes back, and what it costs to look."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.clock import START
from tests.unit.usecases.world import World
from vistka.domain.notices import Audience, Kind, Notice, NoticeState
from vistka.domain.orders import Order
from vistka.domain.polling import CLOCK_AHEAD
from vistka.usecases.linking import Former, end_link, release_former_numbers

A, B, C, D = "20450000000017", "20450000000024", "20450000000031", "20450000000048"
NOTICE = Notice(
    order_key="1",
    order_number="TWC1",
    ttn=A,
    kind=Kind.WAITING,
    occurrence="2",
    audience=Audience.BUYER,
    version=2,
    state=NoticeState.NEW,
    created_at=START,
    due_at=START,
)


@pytest.fixture
def world() -> World:
    return World()


def order(key: str) -> Order:
    return Order(key=key, number=f"TWC{key}", tracking=B, shown=None)


def linked(world: World, *tracking: str) -> list[str]:
    """Orders with these numbers, linked by a run."""
    keys = [world.order(f"TWC{n}", ttn, chat=7000 + n) for n, ttn in enumerate(tracking, 1)]
    for ttn in (A, B):
        world.carrier.set(ttn, "5")
    world.run()
    return keys


def release(world: World, *orders: Order, numbers: dict[str, tuple[str, ...]] | None = None) -> Former:
    given = {one.key: (B,) for one in orders} if numbers is None else numbers
    return release_former_numbers(orders, given, world.parcels, world.clock.now(), run_at=world.clock.now())


def formerly(**there: Any) -> Former:
    found = replace(NOTICE, revision=3, sweeps=2, **there)
    return Former(ledger={("1", NOTICE.id): found}, overtaken=frozenset(), written=())


def current(world: World) -> set[str]:
    return {key for (key, ttn), link in world.memory.links.items() if ttn == A and link.current}


@pytest.mark.parametrize(
    ("there", "made"),
    [
        ({"state": NoticeState.SUPERSEDED}, True),
        ({"state": NoticeState.SUPERSEDED, "attempt": 1}, True),  # tried, and certainly not sent
        ({"state": NoticeState.SENT}, False),
        ({"state": NoticeState.UNCONFIRMED}, False),
    ],
)
def test_only_what_nobody_was_told_is_made_again_when_a_number_is_back_r2(there: dict[str, object], made: bool) -> None:  # noqa: FBT001
    # Its revision goes on, and so does its deduplication id: the queue remembers the former one for minutes.
    again = replace(NOTICE, revision=4, sweeps=3)
    assert formerly(**there).still_to_make(NOTICE) == (again if made else None)


def test_what_may_have_been_told_is_repeated_silently_when_its_number_is_back_r2() -> None:
    lost = formerly(state=NoticeState.SUPERSEDED, attempt=2, lost=True)
    again = replace(NOTICE, revision=4, sweeps=3, state=NoticeState.UNKNOWN, attempt=2)
    assert lost.still_to_make(NOTICE) == again
    repeated = formerly(state=NoticeState.SUPERSEDED, attempt=2, lost=True, repeated=True)
    assert repeated.still_to_make(NOTICE) == replace(again, repeated=True)  # which ends it: a second repeat is none
    untold = replace(NOTICE, state=NoticeState.WAITING, reason="no_chat")
    assert lost.still_to_make(untold) == replace(untold, revision=4, sweeps=3)


def test_a_reminder_that_may_have_been_told_is_not_made_again_r2() -> None:
    reminder = replace(NOTICE, kind=Kind.LAST_DAY, occurrence="2026-11-25", state=NoticeState.WAITING)

    def made(*, lost: bool) -> Notice | None:
        there = replace(reminder, state=NoticeState.SUPERSEDED, lost=lost)
        return Former(ledger={("1", reminder.id): there}, overtaken=frozenset(), written=()).still_to_make(reminder)

    assert made(lost=True) is None
    assert made(lost=False) == replace(reminder, revision=1, sweeps=1)


def test_an_order_that_is_not_known_keeps_no_other_from_its_release(world: World) -> None:
    (key,) = linked(world, A)
    release(world, order("99"), order(key))
    assert current(world) == set()


def test_an_order_that_was_overtaken_keeps_no_other_from_its_release(world: World) -> None:
    first, second = linked(world, A, A)
    link = world.memory.links[first, A]
    world.memory.links[first, A] = replace(link, since=world.clock.now() + timedelta(minutes=1))
    assert release(world, order(first), order(second)).overtaken == {first}
    assert current(world) == {first}


@pytest.mark.parametrize(("ahead", "overtakes"), [(CLOCK_AHEAD, True), (CLOCK_AHEAD + timedelta(seconds=1), False)])
def test_a_link_of_a_clock_that_was_ahead_overtakes_nobody(world: World, ahead: timedelta, overtakes: bool) -> None:  # noqa: FBT001
    """Or in each run: the order's next parcel would have no order, and nobody would hear of it."""
    (key,) = linked(world, A)
    link = world.memory.links[key, A]
    world.memory.links[key, A] = replace(link, since=world.clock.now() + ahead)
    assert (key in release(world, order(key)).overtaken) is overtakes
    assert (key in current(world)) is overtakes


def test_an_order_without_any_number_now_loses_all_its_links(world: World) -> None:
    (key,) = linked(world, A)
    release(world, order(key), numbers={})
    assert current(world) == set()


def test_an_order_without_former_numbers_costs_one_request(world: World) -> None:
    (key,) = linked(world, B)
    before = world.memory.requests
    assert release(world, order(key)).written == ()
    assert world.memory.requests - before == 1


def test_a_former_number_whose_state_is_gone_keeps_no_other_from_its_release(world: World) -> None:
    (key,) = linked(world, f"{A}, {B}")
    del world.memory.states[A]
    release(world, order(key), numbers={key: ()})
    assert not world.memory.links[key, B].current


def test_what_comes_of_a_number_in_between_is_former_only_without_that(world: World) -> None:
    (key,) = linked(world, A)
    link, state = world.memory.links[key, A], world.memory.states[A]
    world.memory.links[key, D] = replace(link, ttn=D, root=A, parent=C, since=world.clock.now() + timedelta(minutes=1))
    world.memory.states[D] = replace(state, ttn=D, chain=(A, C))

    assert release(world, order(key), numbers={key: (B, C)}).overtaken == frozenset()
    assert [world.memory.links[key, ttn].current for ttn in (A, D)] == [False, True]

    world.clock.advance(timedelta(minutes=2))
    release(world, order(key), numbers={key: (B,)})
    assert not world.memory.links[key, D].current


def test_a_link_ends_once_and_where_there_is_none_nothing_does(world: World) -> None:
    (key,) = linked(world, A)

    def end(order_key: str, ttn: str) -> bool:
        return end_link(world.parcels, order_key, ttn, world.clock.now())

    assert end("99", A) is False
    assert end(key, B) is False
    assert current(world) == {key}
    assert end(key, A) is True
    assert current(world) == set()
    assert end(key, A) is False
