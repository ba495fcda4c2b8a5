"""Linked chats are read once for a batch, and only of orders that are told."""

from tests.fakes.chats import FakeChats
from tests.fakes.clock import START
from tests.fakes.store import Memory
from vistka.domain.decisions import Decision
from vistka.domain.notices import Audience, Kind, Notice, NoticeState
from vistka.domain.recipients import OrderChats
from vistka.usecases.addressing import Addresses


def telling(*order_keys: str, audience: Audience = Audience.BUYER) -> Decision:
    notices = tuple(
        Notice(
            order_key=key,
            order_number=f"TWC{key}",
            ttn="20450000000017",
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
