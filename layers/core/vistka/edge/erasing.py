"""A person is to be forgotten: what is asked, and what was removed."""

from collections.abc import Callable
from typing import Any

from vistka.adapters.store_erasure import DynamoMemories
from vistka.domain.errors import BadMessage, OrderUnknown
from vistka.domain.orders import MOST_CHARACTERS
from vistka.domain.parcels import is_sound
from vistka.edge.outside import Outside
from vistka.ports import Shop
from vistka.usecases.erasing import Eraser, Forgettable

_ASKED = 'erase must be an object, such as {"orders": ["TWC09092025N01"], "dry_run": true}'


def eraser_of(outside: Outside) -> Eraser:
    return Eraser(
        parcels=outside.parcels,
        ledger=outside.ledger,
        chats=outside.chats,
        memories=DynamoMemories(outside.table, group_of=outside.hash),
        clock=outside.clock,
        say=outside.note,
    )


def erase_asked(eraser: Eraser, shop: Callable[[], Shop], asked: Any) -> dict[str, Any]:
    """`{"orders": [numbers], "dry_run": …}`.

    Raises BadMessage naming the field that is wrong, OrderUnknown for an order that neither the store nor the shop
    knows, ShopUnavailable and ShopMismatch where the shop has to be asked, StoreUnavailable, StoreConflict.
    """
    if not isinstance(asked, dict) or not asked.keys() <= {"orders", "dry_run"}:
        raise BadMessage(_ASKED)
    numbers, dry_run = asked.get("orders"), asked.get("dry_run", False)
    if not isinstance(numbers, list) or not numbers or not all(map(_is_number, numbers)):
        raise BadMessage("erase.orders must be a list of the numbers of orders, as text")
    if not isinstance(dry_run, bool):
        raise BadMessage("erase.dry_run must be true or false")
    found = [_named(eraser, shop, number) for number in numbers]
    return {"erased": {**eraser.erase(found, dry_run=dry_run).to_dict(), "dry_run": dry_run}}


def _is_number(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= MOST_CHARACTERS and is_sound(value)


def _named(eraser: Eraser, shop: Callable[[], Shop], number: str) -> Forgettable:
    for spelt in dict.fromkeys((number, number.strip())):
        # The store first: an order may be gone from the shop, and its buyer is to be forgotten all the same.
        if (key := eraser.parcels.order_key(spelt)) is not None:
            return Forgettable(key=key, number=spelt)
    for spelt in dict.fromkeys((number, number.strip())):
        if (order := shop().order(spelt)) is not None:
            return Forgettable(key=order.key, number=spelt, open=order.open)
    raise OrderUnknown(f"neither the store nor the shop has an order {number}")
