"""A run's budget to the batch, what is asked out of turn, and what is read of runs and pages."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.fakes.shop import InMemoryShop
from tests.unit.usecases.world import World
from vistka.domain.errors import ShopMismatch
from vistka.domain.messages import PollMessage, PollParcel
from vistka.domain.orders import OrderPage
from vistka.ports import Run
from vistka.usecases.budget import LARGEST_MESSAGE, Budget
from vistka.usecases.packing import Packed
from vistka.usecases.paging import order_pages

A = "20450000000017"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    return World()


def batches(number: int) -> list[Packed]:
    """Each a minute more overdue than the one before."""
    few = []
    for n in range(number):
        parcel = PollParcel(ttn=f"2045{n:010}", ask=True, known=None)
        message = PollMessage(run="run", batch=n, run_at=NOW, expires_at=NOW, parcels=(parcel,), orders=())
        few.append(Packed(message=message, due=NOW - timedelta(minutes=n)))
    return few


def budget(most: int) -> Budget:
    return Budget(most=most, again=frozenset(), covers=NOW + timedelta(hours=1))


@pytest.mark.parametrize(("added", "held"), [(5, 5), (6, 6), (7, 3), (8, 3)])
def test_twice_the_budget_is_held_in_memory_at_most(added: int, held: int) -> None:
    kept = budget(3)
    kept.add(batches(added))
    assert len(kept.batches) == held


def test_what_is_left_out_falls_due_behind_what_the_run_covers_f27() -> None:
    kept = budget(2)
    kept.add(batches(3))
    kept.close()
    assert [one.due for one in kept.batches] == [NOW - timedelta(minutes=2), NOW - timedelta(minutes=1)]
    assert (kept.dropped, kept.covers) == (1, NOW - timedelta(microseconds=1))


def test_what_falls_due_behind_a_full_budget_is_not_even_kept_f27() -> None:
    kept = budget(3)
    kept.add(batches(7)[::-1])  # the last three are the least overdue ones
    assert [one.due for one in kept.batches] == [NOW - timedelta(minutes=n) for n in (6, 5, 4)]
    again = Packed(message=batches(1)[0].message, due=NOW - timedelta(minutes=4))
    kept.again = frozenset({"20450000000000"})
    kept.add([again])
    assert (len(kept.batches), kept.dropped, kept.left) == (3, 5, {"20450000000000"})
    kept.add([Packed(message=again.message, due=NOW - timedelta(minutes=5))])
    assert len(kept.batches) == 4


def test_what_has_no_room_keeps_nothing_behind_it_out_f27() -> None:
    kept = budget(3)
    kept.add(batches(7)[::-1])
    early = Packed(message=batches(1)[0].message, due=NOW - timedelta(minutes=9))
    kept.add([batches(1)[0], early])
    assert kept.batches[-1].due == early.due


@pytest.mark.parametrize(("beyond", "taken"), [(0, 2), (1, 1)])
def test_what_no_queue_takes_is_named_and_keeps_nothing_behind_it_out(beyond: int, taken: int) -> None:
    one = batches(1)[0]
    room = LARGEST_MESSAGE - len(replace(one.message, run="").to_json())
    large = replace(one, message=replace(one.message, run="r" * (room + beyond)))
    kept = budget(3)
    assert kept.add([large, one]) == [large] * (2 - taken)
    assert len(kept.batches) == taken


def test_a_message_leaves_as_it_was_made() -> None:
    kept = budget(3)
    kept.add(batches(2))
    bodies = [one.body(number) for number, one in enumerate(kept.batches)]
    assert [PollMessage.from_json(body) for body in bodies] == [one.message for one in batches(2)]


def test_the_batches_of_a_run_are_numbered_without_a_gap_whatever_was_left_out() -> None:
    world = World(pace=timedelta(minutes=5))  # two batches in an interval
    for n in range(500):
        world.order(f"TWC{n}", f"2045{n:010}")
    world.dispatch()
    assert [message.batch for message in world.messages()] == [0, 1]


def asked(messages: list[PollMessage]) -> list[str]:
    return [parcel.ttn for message in messages for parcel in message.parcels if parcel.ask]


def test_by_hand_a_parcel_is_asked_about_though_it_is_not_due(world: World) -> None:
    world.order("TWC1", A)
    world.carrier.set(A, "5")
    world.run(timedelta(0))
    assert asked(world.dispatcher.plan(after=None)[0]) == [A]
    order = world.shop.order("TWC1")
    assert order is not None
    assert asked([*world.dispatcher.one(order).messages]) == [A]
    world.dispatch()
    assert asked(world.messages()) == []


def test_usually_ten_runs_are_read(world: World) -> None:
    limits: list[int] = []
    latest = world.runs.latest

    def noted(limit: int) -> list[Run]:
        limits.append(limit)
        return latest(limit)

    world.order("TWC1", A)
    world.run()
    world.runs.latest = noted  # type: ignore[method-assign]
    world.run()
    assert limits == [10]


class Circle(InMemoryShop):
    """A shop whose second page leads to itself."""

    key = ""

    def open_orders(self, *, after: str | None, limit: int) -> OrderPage:
        return OrderPage(orders=(), after=self.key)


@pytest.mark.parametrize(("length", "shown"), [(40, "7" * 40), (41, "7" * 39 + "…")])
def test_a_key_in_an_error_is_forty_characters_long_at_most(length: int, shown: str) -> None:
    shop = Circle()
    shop.key = "7" * length
    hint = "keys must be unique and must not change, and each page must go on behind the last key of the one before"
    with pytest.raises(ShopMismatch, match=f"behind '{shown}' came before, so their list has no end; {hint}$"):
        list(order_pages(shop, after=None, limit=10))
