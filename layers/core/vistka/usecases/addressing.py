"""Whose chats hear of a batch: those that buyers linked, read once for all who are to be told."""

from collections.abc import Iterable

from vistka.domain.decisions import Decision
from vistka.domain.notices import Audience, Notice
from vistka.domain.orders import Order
from vistka.domain.recipients import OrderChats, addressed, with_further_seats
from vistka.ports import Chats


class Addresses:
    """The linked chats of some orders, kept for the length of one batch."""

    def __init__(self, chats: Chats) -> None:
        self._chats = chats
        self._asked: set[str] = set()
        self._linked: dict[str, OrderChats] = {}

    def look_up(self, decisions: Iterable[Decision]) -> bool:
        """Read what is not known yet of orders whose buyers these decisions tell: one request, or none. Whether there
        was something new, so that the decisions have to be made again. Raises StoreUnavailable."""
        decisions = tuple(decisions)
        told = {
            notice.order_key
            for decision in decisions
            for notice in decision.notices
            if notice.audience is Audience.BUYER
        }
        # A link takes the shop's chat into the store: not that of a buyer who was forgotten.
        told |= {order.key for decision in decisions for order in decision.new_orders if order.chat_id is not None}
        if not (unknown := sorted(told - self._asked)):
            return False
        found = self._chats.of_orders(unknown)
        self._asked.update(unknown)
        self._linked.update(found)
        return bool(found)

    def of(self, orders: Iterable[Order]) -> tuple[Order, ...]:
        if not self._linked:
            return tuple(orders)
        return tuple(addressed(order, self._linked) for order in orders)

    def seated(self, notices: Iterable[Notice], *, most: int) -> tuple[Notice, ...]:
        """The notices, and as many of those for further chats as fit."""
        return with_further_seats(notices, self._linked)[:most]
