"""Linked chats are read once for a batch, and only of orders that are told."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.fakes.chats import FakeChats
from tests.fakes.clock import START
from tests.fakes.store import Memory
from tests.unit.usecases.world import World
from vistka.domain.decisions import Decision
from vistka.domain.notices import Audience, Kind, Notice, NoticeState, Unreachable
from vistka.domain.recipients import OrderChats
from vistka.ports import Commit, Link
from vistka.usecases.addressing import Addresses
from vistka.usecases.linking import order_of

TTN = "20450000000017"


def telling(*order_keys: str, audience: Audience = Audience.BUYER) -> Decision:
    notices = tuple(
        Notice(
            order_key=key,
            order_number=f"TWC{key}",
            ttn=TTN,
            kind=Kind.WAITING,
            occurrence="1",
            audience=audience,
            version=1,
            state=NoticeState.NEW,
            created_at=START,
            due_at=START,
        )
        for key in order_keys
    )
    return Decision(state=None, changed=False, notices=notices)


def test_what_was_read_once_is_news_once_and_costs_one_request() -> None:
    memory = Memory(order_chats={"1": OrderChats(order_key="1").with_chat(7001, START)})
    addresses = Addresses(FakeChats(memory))
    assert addresses.look_up([telling("1", "2")])
    assert not addresses.look_up([telling("1"), telling("2")])
    assert memory.requests == 1


def test_orders_without_linked_chats_are_no_news() -> None:
    memory = Memory()
    assert not Addresses(FakeChats(memory)).look_up([telling("1")])
    assert memory.requests == 1


def test_of_orders_that_only_the_shop_hears_of_nothing_is_read() -> None:
    memory = Memory()
    assert not Addresses(FakeChats(memory)).look_up([telling("1", audience=Audience.SHOP)])
    assert memory.requests == 0


def test_what_waited_goes_to_the_chat_that_was_linked_meanwhile_and_what_is_under_way_stays() -> None:
    world = World()
    waiting, under_way = (
        replace(notice, kind=kind, chat_id=7001, state=state, reason="")
        for (notice,) in [telling("1").notices]
        for kind, state in ((Kind.WAITING, NoticeState.WAITING), (Kind.RECEIVED, NoticeState.NEW))
    )
    for notice in (waiting, under_way):
        assert world.ledger.put_new(notice)
    world.memory.order_chats["1"] = OrderChats(order_key="1").with_chat(7009, START)
    world.sweep()
    assert {notice.kind: notice.chat_id for notice in world.notices()} == {Kind.WAITING: 7009, Kind.RECEIVED: 7001}


def test_a_link_with_a_chat_has_no_reason_why_nobody_is_told() -> None:
    link = Link(order_key="1", order_number="TWC1", ttn=TTN, current=True, since=START, unreachable="no_user")
    assert order_of(link).unreachable is Unreachable.NO_USER
    assert order_of(replace(link, chat_id=7001)).unreachable is None


@pytest.mark.parametrize(("root", "tracking"), [("", TTN), ("20450000000024", "20450000000024")])
def test_an_order_read_from_its_link_has_the_number_that_its_field_listed(root: str, tracking: str) -> None:
    """That of a child is the number which it comes from."""
    link = Link(order_key="1", order_number="TWC1", ttn=TTN, current=True, since=START, root=root)
    assert order_of(link).tracking == tracking


@pytest.mark.parametrize("chats", [1, 2])
def test_an_order_linked_while_its_parcel_was_judged_is_told_in_the_chats_that_its_buyer_linked(chats: int) -> None:
    world = World()
    world.order("TWC1", TTN, chat=7001)
    world.carrier.set(TTN, "5")
    world.run(timedelta(hours=1))
    world.carrier.set(TTN, "7")
    whole = world.parcels.commit

    def commit(commit: Commit) -> None:
        world.parcels.commit = whole  # type: ignore[method-assign]
        key = world.order("TWC2", TTN, chat=7002)
        found = world.memory.states[TTN]
        world.memory.states[TTN] = found.next(orders=found.orders | {key})
        world.memory.links[key, TTN] = replace(world.memory.links["1", TTN], order_key=key, order_number="TWC2")
        linked = OrderChats(order_key=key)
        for n in range(chats):
            linked = linked.with_chat(7021 + n, START)
        world.memory.order_chats[key] = linked
        whole(commit)

    world.parcels.commit = commit  # type: ignore[method-assign]
    world.run()
    told = [(n.order_number, n.chat_id) for n in world.notices() if n.kind is Kind.WAITING]
    assert sorted(told) == [("TWC1", 7001), *(("TWC2", 7021 + n) for n in range(chats))]


def test_the_chats_of_a_whole_batch_are_read_at_once_the_orders_besides_it_included() -> None:
    world = World()
    for number, chat in (("TWC1", 7001), ("TWC2", 7002)):
        world.order(number, TTN, chat=chat)
    world.carrier.set(TTN, "5")
    world.run(timedelta(hours=1))
    world.carrier.set(TTN, "7")
    world.dispatch()
    (message,) = world.messages()
    asked: list[list[str]] = []
    of_orders = FakeChats.of_orders

    class Noting(FakeChats):
        def of_orders(self, order_keys: Iterable[str]) -> dict[str, OrderChats]:
            asked.append(sorted(order_keys))
            return of_orders(self, asked[-1])

    world.chats = Noting(world.memory)
    world.tracker.track(replace(message, orders=message.orders[:1]))
    assert asked == [["1", "2"]]
