"""What every store of chats must do."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.contracts.store_samples import MINUTE, Stores, notice
from tests.fakes.clock import START
from vistka.domain.errors import StoreConflict
from vistka.domain.recipients import Closed, LinkedOrder, OrderChats, Recipient, Turn
from vistka.ports import Binding, Hearer, Tapped, TokenUse

CHAT, OTHER_CHAT = 2**52 - 1, -7001
FINGERPRINT = "0123456789abcdef0123456789abcdef"


def recipient(**changes: Any) -> Recipient:
    values: dict[str, Any] = {
        "chat_id": CHAT,
        "bot_id": 8100000007,
        "opened_at": START,
        "language": "en",
        "muted": True,
        "closed": Closed.STOPPED,
        "orders": (LinkedOrder(key="1", since=START), LinkedOrder(key="№2", since=START + MINUTE)),
        "updates": ("1", "f2"),
        "turn": Turn(bot="8100000007f", number=2**63 - 1, at=START),
        "revision": 1,
    }
    return Recipient(**(values | changes))


def bare(**changes: Any) -> Recipient:
    values: dict[str, Any] = {"chat_id": CHAT, "bot_id": 1, "opened_at": START, "revision": 1}
    return Recipient(**(values | changes))


def chats(order_key: str = "1", *ids: int) -> OrderChats:
    made = OrderChats(order_key=order_key)
    for number, chat_id in enumerate(ids or (CHAT,)):
        made = made.with_chat(chat_id, START + number * MINUTE)
    return replace(made, revision=1)


def use(chat_id: int = CHAT) -> TokenUse:
    return TokenUse(order_key="1", fingerprint=FINGERPRINT, chat_id=chat_id, until=START + timedelta(days=30))


class ChatsContract:
    def test_nobody_is_known_at_first(self, stores: Stores) -> None:
        assert stores.chats.recipient(CHAT) is None
        assert stores.chats.of_orders(["1", "2"]) == {}
        assert stores.chats.of_orders([]) == {}
        tapped = stores.chats.tapped(order_key="1", fingerprint=FINGERPRINT, chat_id=CHAT)
        assert tapped == Tapped(recipient=None, chats=OrderChats(order_key="1"), used_by=None)

    @pytest.mark.parametrize("make", [recipient, bare])
    def test_a_recipient_is_read_as_it_was_written(self, stores: Stores, make: Callable[[], Recipient]) -> None:
        stores.chats.write(Binding(recipient=make()))
        assert stores.chats.recipient(CHAT) == make()
        assert stores.chats.recipient(OTHER_CHAT) is None

    def test_several_recipients_are_read_at_once(self, stores: Stores) -> None:
        stores.chats.write(Binding(recipient=recipient()))
        stores.chats.write(Binding(recipient=bare(chat_id=OTHER_CHAT)))
        both = {CHAT: recipient(), OTHER_CHAT: bare(chat_id=OTHER_CHAT)}
        assert stores.chats.recipients([CHAT, 7, OTHER_CHAT, CHAT]) == both
        assert stores.chats.recipients([]) == {}

    @pytest.mark.parametrize("make", [recipient, bare])
    def test_whoever_tells_a_chat_sees_its_owners_wishes_and_the_orders_chats(
        self, stores: Stores, make: Callable[[], Recipient]
    ) -> None:
        assert stores.chats.hearer(order_key="1", chat_id=CHAT) == Hearer(
            recipient=None, chats=OrderChats(order_key="1")
        )
        forgotten = replace(chats("1", OTHER_CHAT), erased_at=START)
        stores.chats.write(Binding(recipient=make(), chats=forgotten))
        assert stores.chats.hearer(order_key="1", chat_id=CHAT) == Hearer(recipient=make(), chats=forgotten)
        assert stores.chats.hearer(order_key="2", chat_id=OTHER_CHAT).recipient is None

    def test_an_order_that_the_shops_chat_muted_is_read_as_such_and_heard_again(self, stores: Stores) -> None:
        muted = chats().with_shop_muted(muted=True)
        stores.chats.write(Binding(recipient=recipient(), chats=chats()))
        stores.chats.write(Binding(recipient=recipient(revision=2), chats=muted))
        assert stores.chats.of_orders(["1"]) == {"1": muted}
        heard = muted.with_shop_muted(muted=False)
        stores.chats.write(Binding(recipient=recipient(revision=3), chats=heard))
        assert stores.chats.of_orders(["1"]) == {"1": heard}
        assert not heard.shop_muted

    def test_a_tap_is_seen_whole_by_the_next(self, stores: Stores) -> None:
        both = chats("1", CHAT, OTHER_CHAT)
        stores.chats.write(Binding(recipient=recipient(), chats=both, use=use(), notices=(notice(),)))
        tapped = stores.chats.tapped(order_key="1", fingerprint=FINGERPRINT, chat_id=OTHER_CHAT)
        assert tapped == Tapped(recipient=None, chats=both, used_by=CHAT)
        assert stores.chats.tapped(order_key="2", fingerprint="f" * 32, chat_id=CHAT).recipient == recipient()
        assert stores.ledger.get("1", notice().id) == notice()

    def test_linked_chats_are_found_by_their_orders(self, stores: Stores) -> None:
        stores.chats.write(Binding(recipient=recipient(), chats=chats("1")))
        stores.chats.write(Binding(recipient=bare(chat_id=OTHER_CHAT), chats=chats("№2", OTHER_CHAT)))
        found = stores.chats.of_orders(["1", "№2", "3", "1"])
        assert found == {"1": chats("1"), "№2": chats("№2", OTHER_CHAT)}
        assert found["1"].ids == (CHAT,)

    @pytest.mark.parametrize(
        "late",
        [
            Binding(recipient=recipient()),
            Binding(recipient=recipient(revision=3)),
            Binding(recipient=recipient(revision=2), chats=chats("1", OTHER_CHAT)),
            Binding(recipient=recipient(revision=2), use=use(OTHER_CHAT)),
            Binding(recipient=recipient(revision=2), notices=(notice(),)),
        ],
    )
    def test_of_two_who_write_at_once_one_wins_and_the_other_writes_nothing(
        self, stores: Stores, late: Binding
    ) -> None:
        """R10."""
        stores.chats.write(Binding(recipient=recipient(), chats=chats(), use=use(), notices=(notice(),)))
        with pytest.raises(StoreConflict):
            stores.chats.write(late)
        assert stores.chats.recipient(CHAT) == recipient()
        assert stores.chats.of_orders(["1"]) == {"1": chats()}
        assert stores.chats.tapped(order_key="1", fingerprint=FINGERPRINT, chat_id=CHAT).used_by == CHAT

    def test_what_was_read_may_be_replaced(self, stores: Stores) -> None:
        stores.chats.write(Binding(recipient=recipient(), chats=chats()))
        stores.chats.write(Binding(recipient=recipient(revision=2), chats=chats().with_chat(OTHER_CHAT, START)))
        assert stores.chats.of_orders(["1"])["1"].ids == (CHAT, OTHER_CHAT)

    def test_a_chat_that_telegram_closed_stays_closed_to_all_until_it_is_opened(self, stores: Stores) -> None:
        stores.chats.write(Binding(recipient=bare()))
        stores.chats.close(CHAT, Closed.BLOCKED, asked_at=START + MINUTE)
        closed = stores.chats.recipient(CHAT)
        assert closed == bare(closed=Closed.BLOCKED, revision=2)
        stores.chats.write(Binding(recipient=replace(closed, closed=None, opened_at=START + 2 * MINUTE, revision=3)))
        reopened = stores.chats.recipient(CHAT)
        assert reopened is not None
        assert reopened.closed is None

    def test_an_old_refusal_does_not_close_a_chat_that_was_opened_since(self, stores: Stores) -> None:
        stores.chats.write(Binding(recipient=bare(opened_at=START + MINUTE)))
        stores.chats.close(CHAT, Closed.BLOCKED, asked_at=START + MINUTE)
        assert stores.chats.recipient(CHAT) == bare(opened_at=START + MINUTE)

    def test_a_refusal_overwrites_no_wish_and_makes_nobody_known(self, stores: Stores) -> None:
        stores.chats.write(Binding(recipient=recipient()))
        stores.chats.close(CHAT, Closed.BLOCKED, asked_at=START + MINUTE)
        assert stores.chats.recipient(CHAT) == recipient()
        stores.chats.close(OTHER_CHAT, Closed.BLOCKED, asked_at=START + MINUTE)
        assert stores.chats.recipient(OTHER_CHAT) is None
