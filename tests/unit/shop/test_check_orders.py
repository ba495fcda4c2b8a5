"""What `vistka check` says of the shop's orders: how many, and which of them need correcting."""

from dataclasses import dataclass

import pytest

from tests.fakes.shop import InMemoryShop
from vistka.adapters.shop_check_orders import look_at_orders
from vistka.domain.errors import ShopUnavailable
from vistka.domain.orders import Finding, OrderPage

TTN = "20450000000017"


@dataclass
class SmallPages(InMemoryShop):
    most: int = 2

    def open_orders(self, *, after: str | None, limit: int) -> OrderPage:
        return super().open_orders(after=after, limit=min(limit, self.most))


def filled(*orders: tuple[str, str, int | None]) -> InMemoryShop:
    """Orders by number, tracking field and what the buyer's profile holds."""
    shop = SmallPages()
    for user, (number, tracking, chat) in enumerate(orders, 100):
        shop.add_order(number=number, tracking=tracking, user=user)
        shop.add_profile(user=user, chat=chat)
    return shop


def looked(shop: InMemoryShop) -> dict[str, Finding]:
    return {finding.name: finding for finding in look_at_orders(shop.open_orders)}


def test_a_shop_without_faults_gets_no_advice() -> None:
    found = looked(filled(("A1", TTN, 7001), ("A2", TTN, 7002), ("A3", TTN, None)))
    assert found["shop orders"] == Finding(
        name="shop orders", ok=True, text="3 open orders have something in their tracking field"
    )
    assert found["shop chats"] == Finding(
        name="shop chats", ok=True, text="2 of 3 have a buyer's chat (others: no_chat 1)"
    )


def test_orders_with_bad_numbers_are_named() -> None:
    found = looked(filled(("A1", TTN, 7001), ("A2", "12345", 7002), ("A3", f"{TTN}, завтра", 7003)))["shop orders"]
    assert found.ok
    assert found.text.endswith("tracking field; in 2 not all of it is a waybill number: A2, A3")
    assert found.hint == "correct them in the shop; the others are tracked"


@pytest.mark.parametrize("chat", [0, -1009876543210, 2**63 - 1])
def test_orders_with_bad_chats_are_named_without_them_r9(chat: int) -> None:
    found = looked(filled(("A1", TTN, chat), ("A2", TTN, 7002)))["shop chats"]
    assert found.ok
    assert found.text == (
        "1 of 2 have a buyer's chat (others: bad_chat 1); what the profile holds is no chat of a person: A1"
    )
    assert found.hint == "correct these profiles, or empty them; nothing is sent there"


def test_of_many_the_first_five_are_named() -> None:
    found = looked(filled(*((f"A{n}", "?", 0) for n in range(7))))
    assert found["shop orders"].text.endswith("a waybill number: A0, A1, A2, A3, A4 and 2 more")
    assert found["shop chats"].text.endswith("no chat of a person: A0, A1, A2, A3, A4 and 2 more")


def test_rows_that_cannot_be_read_are_a_failure_beside_the_bad_numbers() -> None:
    found = looked(filled(("A1", "?", 7001), ("", TTN, 7002)))["shop orders"]
    assert not found.ok
    assert "in 1 not all of it is a waybill number: A1; 1 cannot be read: order with key 2: orders.number" in found.text


def test_a_shop_without_orders_leads_to_its_statuses() -> None:
    found = looked(filled())
    assert found["shop orders"].hint == "if there should be some: compare orders.open_statuses with the shop's statuses"
    assert found["shop chats"].hint == ""
    assert looked(filled(("A1", TTN, None)))["shop chats"].hint.startswith("until buyers have chats")


def test_a_shop_that_is_away_is_one_finding() -> None:
    shop = filled(("A1", TTN, 7001))
    shop.outage = ShopUnavailable("gone away")
    assert [(finding.ok, finding.text) for finding in look_at_orders(shop.open_orders)] == [(False, "gone away")]
