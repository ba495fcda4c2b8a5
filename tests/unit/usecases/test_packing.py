"""Batches at the limits of the carrier's request and of the queue's message."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from vistka.domain.messages import PollOrder, PollParcel
from vistka.domain.orders import Order
from vistka.usecases.packing import MOST_ASKED, MOST_BYTES, MOST_PARCELS, Group, Packed, pack

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def ttn(number: int) -> str:
    return f"2045{number:010}"


def entry(key: int, *numbers: int, shown: str | None = None) -> PollOrder:
    order = Order(key=str(key), number=f"TWC{key}", tracking="", shown=shown)
    return PollOrder(order=order, ttns=tuple(map(ttn, numbers)))


def chain(numbers: int, *, orders: int) -> tuple[PollOrder, ...]:
    """So many orders that hang together by so many numbers."""
    linked = [entry(n, n, n + 1) for n in range(numbers - 1)]
    return (*linked, *(entry(n, 0) for n in range(numbers - 1, orders)))


def together(orders: Iterable[PollOrder], *, asked: int) -> Group:
    few = tuple(orders)
    ttns = dict.fromkeys(ttn for order in few for ttn in order.ttns)
    parcels = tuple(PollParcel(ttn=ttn, ask=n < asked, known=None) for n, ttn in enumerate(ttns))
    return Group(orders=few, parcels=parcels, due=NOW)


def packed(*groups: Group) -> list[Packed]:
    return pack(groups, run="run", run_at=NOW, expires_at=NOW + timedelta(minutes=20))


def size(one: Packed) -> int:
    return len(one.message.to_json().encode())


def test_orders_that_hang_together_stay_so_up_to_a_hundred_numbers_to_ask() -> None:
    (one,) = packed(together(chain(MOST_ASKED, orders=130), asked=MOST_ASKED))
    assert len(one.message.orders) == 130
    assert len(one.message.parcels) == MOST_ASKED


def test_orders_that_hang_together_stay_so_up_to_two_hundred_parcels() -> None:
    (one,) = packed(together(chain(MOST_PARCELS, orders=MOST_PARCELS - 1), asked=1))
    assert len(one.message.orders) == MOST_PARCELS - 1
    assert len(one.message.parcels) == MOST_PARCELS


def test_what_is_cut_apart_asks_each_number_once_f1() -> None:
    messages = [one.message for one in packed(together(chain(150, orders=149), asked=150))]
    asked = [parcel.ttn for message in messages for parcel in message.parcels if parcel.ask]
    assert sorted(asked) == [ttn(n) for n in range(150)]
    for message in messages:
        ttns = {parcel.ttn for parcel in message.parcels}
        assert all(ttns >= set(order.ttns) for order in message.orders)


def test_messages_of_long_texts_stay_below_the_queues_limit() -> None:
    long = "я" * 20_000
    made = packed(*(together([entry(n, n, shown=long)], asked=1) for n in range(20)))
    assert len(made) == 5
    assert all(size(one) <= MOST_BYTES + 1_000 for one in made)


def test_of_a_number_on_many_orders_a_hundred_stand_together_at_most() -> None:
    orders = [entry(n, 1, shown="я" * 800) for n in range(250)]
    made = packed(together(orders, asked=1))
    assert [len(one.message.orders) for one in made] == [100, 100, 50]
    assert [sum(parcel.ask for parcel in one.message.parcels) for one in made] == [1, 0, 0]
