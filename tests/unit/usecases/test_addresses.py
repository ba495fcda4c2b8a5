"""Linked chats are read once for a batch, and only of orders that are told."""

from dataclasses import replace

from tests.fakes.chats import FakeChats
from tests.fakes.clock import START
from tests.fakes.store import Memory
from tests.unit.usecases.world import World
from vistka.domain.decisions import Decision
from vistka.domain.notices import Audience, Kind, Notice, NoticeState, Unreachable
from vistka.domain.recipients import OrderChats
from vistka.ports import Link
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
