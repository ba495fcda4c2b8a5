"""Orders to ask about soon, as an event brings them to the dispatcher."""

import json
from pathlib import Path
from typing import Any

import pytest

from vistka.domain.errors import BadMessage
from vistka.edge.refreshing import MOST_ORDERS, TooManyOrders, is_refresh, order_numbers, orders_of

SAMPLE: dict[str, Any] = json.loads(Path("events/dispatcher-refresh.json").read_text(encoding="utf-8"))


def test_the_rules_event_names_its_orders() -> None:
    assert is_refresh(SAMPLE)
    assert orders_of(SAMPLE) == ["TWC09092025N01"]


@pytest.mark.parametrize("event", [{}, None, [], "refresh", {"detail-type": "Scheduled Event"}, {"refresh": ["TWC1"]}])
def test_another_event_is_none(event: Any) -> None:
    assert not is_refresh(event)


@pytest.mark.parametrize(
    "detail", [None, [], {}, {"orders": None}, {"orders": []}, {"orders": [5]}, {"orders": ["\udcff"]}]
)
def test_an_event_that_names_no_orders_starts_nothing(detail: Any) -> None:
    with pytest.raises(BadMessage):
        orders_of(SAMPLE | {"detail": detail})


def test_a_hundred_orders_are_taken_each_once() -> None:
    numbers = [f"TWC{number}" for number in range(MOST_ORDERS)]
    assert order_numbers(numbers) == numbers
    assert order_numbers(["TWC1", "TWC1"]) == ["TWC1"]
    with pytest.raises(TooManyOrders, match="101 orders"):
        order_numbers([*numbers, "TWC1"])


def test_what_was_given_is_not_repeated() -> None:
    with pytest.raises(BadMessage) as caught:
        order_numbers(["380501234567 Олена" * 10])
    assert "Олена" not in str(caught.value)
