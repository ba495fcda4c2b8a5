"""How rows of a shop become orders."""

from decimal import Decimal
from typing import Any

import pytest

from vistka.adapters.shop_rows import read_chat, read_language, read_order
from vistka.domain.notices import Unreachable
from vistka.domain.orders import Order

ROW: dict[str, Any] = {
    "order_key": 7,
    "order_number": "A7",
    "order_tracking": "20450000000017",
    "order_shipment_status": None,
    "order_phone": None,
    "order_user": 1,
    "order_chat": "",
    "order_language": "",
    "order_open": 1,
}


def read(people: dict[str, list[tuple[Any, Any]]] | None = None, *, users_known: bool = False, **values: Any) -> Order:
    row = ROW | {f"order_{name}": value for name, value in values.items()}
    order = read_order(row, people or {}, users_known=users_known)
    assert isinstance(order, Order)
    return order


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([700_000_001], (700_000_001, None)),
        (["700000001"], (700_000_001, None)),
        ([" 700000001 "], (700_000_001, None)),
        (["-1000000000001"], (None, Unreachable.BAD_CHAT)),
        ([-700_000_001], (None, Unreachable.BAD_CHAT)),
        ([Decimal(700000001)], (700_000_001, None)),
        ([2**52 - 1], (2**52 - 1, None)),
        ([700_000_001, None, "700000001"], (700_000_001, None)),
        ([], (None, Unreachable.NO_CHAT)),
        ([None], (None, Unreachable.NO_CHAT)),
        (["", "  "], (None, Unreachable.NO_CHAT)),
        ([0], (None, Unreachable.BAD_CHAT)),
        ([2**52], (None, Unreachable.BAD_CHAT)),
        ([2**63], (None, Unreachable.BAD_CHAT)),
        (["7_001"], (None, Unreachable.BAD_CHAT)),
        (["+7001"], (None, Unreachable.BAD_CHAT)),
        ([-(2**52)], (None, Unreachable.BAD_CHAT)),
        (["@somebody"], (None, Unreachable.BAD_CHAT)),
        (["7.5"], (None, Unreachable.BAD_CHAT)),
        (["٧٠٠"], (None, Unreachable.BAD_CHAT)),
        ([b"\x01\x02"], (None, Unreachable.BAD_CHAT)),
        (["9" * 5000], (None, Unreachable.BAD_CHAT)),
        ([700_000_001, 700_000_002], (None, Unreachable.BAD_CHAT)),
    ],
)
def test_a_chat_is_a_number_that_telegram_can_have(
    values: list[object], expected: tuple[int | None, Unreachable | None]
) -> None:
    assert read_chat(values) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("uk", "uk"),
        ("RU", "ru"),
        ("en-US", "en"),
        ("uk_UA", "uk"),
        ("de", ""),
        ("", ""),
        (None, ""),
        (b"uk", ""),
        (5, ""),
    ],
)
def test_a_language_is_one_of_three_or_none(value: object, expected: str) -> None:
    assert read_language(value) == expected


def test_the_language_of_the_profile_comes_before_that_of_the_order() -> None:
    assert read({"1": [(5, "ru")]}, language="en").language == "ru"
    assert read({"1": [(5, "")]}, language="en").language == "en"
    assert read({"1": [(5, "")]}).language == ""


@pytest.mark.parametrize("user", [None, "", 0, "0"])
def test_a_guest_has_no_user(user: object) -> None:
    """F5."""
    assert read({"0": [(5, "")]}, user=user).unreachable is Unreachable.NO_USER


def test_a_user_who_is_gone_is_told_from_one_without_a_profile() -> None:
    """F5."""
    assert read({}, users_known=True).unreachable is Unreachable.NO_USER
    assert read({"1": []}, users_known=True).unreachable is Unreachable.NO_PROFILE
    assert read({}).unreachable is Unreachable.NO_PROFILE


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"number": None}, "orders.number"),
        ({"number": "  "}, "orders.number"),
        ({"number": b"A7"}, "orders.number"),
        ({"key": None}, "orders.key"),
        ({"tracking": b"\xff"}, "orders.tracking"),
        ({"shipment_status": "\udcd0"}, "orders.shipment_status"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_without_its_contents(values: dict[str, object], field: str) -> None:
    """F40, R9."""
    row = ROW | {f"order_{name}": value for name, value in values.items()} | {"order_phone": "380670000001"}
    problem = read_order(row, {}, users_known=False)
    assert isinstance(problem, str)
    assert field in problem
    assert "380670000001" not in problem
    assert "order" in problem


@pytest.mark.parametrize(
    ("name", "field", "most"),
    [
        ("key", "orders.key", 500),
        ("number", "orders.number", 100),
        ("tracking", "orders.tracking", 1000),
        ("shipment_status", "orders.shipment_status", 2000),
    ],
)
def test_what_is_too_long_to_travel_is_named_with_its_length(name: str, field: str, most: int) -> None:
    long = "9" * most
    assert isinstance(read_order(ROW | {f"order_{name}": long}, {}, users_known=False), Order)
    problem = read_order(ROW | {f"order_{name}": long + "9"}, {}, users_known=False)
    shown = "9" * 39 + "…" if name == "key" else "7"
    assert problem == (
        f"order with key {shown}: {field} holds {most + 1} characters, at most {most} are read; shorten it in the "
        "shop; the row is left out"
    )


def test_numbers_are_as_good_as_texts() -> None:
    order = read(key=Decimal(7), number=1001, phone=380670000001)
    assert (order.key, order.number, order.phone) == ("7", "1001", "380670000001")
