"""Orders to ask about soon, as an event brings them to the dispatcher."""

from collections.abc import Mapping
from typing import Any, Final

from vistka.adapters.order_events import REFRESH
from vistka.domain.errors import BadMessage
from vistka.domain.orders import MOST_CHARACTERS
from vistka.domain.parcels import is_sound

#: Orders that one event, and one request to the API, may name.
MOST_ORDERS: Final = 100


def is_refresh(event: Any) -> bool:
    """Whether EventBridge brought it: the template's rule lets only the pages' own events through."""
    return isinstance(event, Mapping) and event.get("detail-type") == REFRESH


def orders_of(event: Mapping[str, Any]) -> list[str]:
    """Raises BadMessage."""
    detail = event.get("detail")
    return order_numbers(detail.get("orders") if isinstance(detail, Mapping) else None)


def order_numbers(given: Any) -> list[str]:
    """Up to a hundred numbers, each once. Raises BadMessage naming what is wrong, but nothing of what was given."""
    if not isinstance(given, list) or not given:
        raise BadMessage('orders must be a list of order numbers, such as ["TWC09092025N01"]')
    if len(given) > MOST_ORDERS:
        raise TooManyOrders(f"{len(given)} orders, and one request takes {MOST_ORDERS}; send several")
    for place, number in enumerate(given):
        if not isinstance(number, str) or not number.strip() or len(number) > MOST_CHARACTERS or not is_sound(number):
            raise BadMessage(f"orders[{place}] must be an order's number, as text of 1 to {MOST_CHARACTERS} characters")
    return list(dict.fromkeys(given))


class TooManyOrders(BadMessage):
    pass
