"""A person is to be forgotten: what is asked, in which orders they are found, and what was removed."""

from collections.abc import Callable
from typing import Any

from vistka.adapters.store_erasure import DynamoMemories
from vistka.carrier.phones import phone_of
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
        auditor=outside.auditor,
        clock=outside.clock,
        say=outside.note,
    )


def erase_asked(eraser: Eraser, shop: Callable[[], Shop], asked: Any) -> dict[str, Any]:
    """`{"orders": [numbers], "phone": …, "dry_run": …}`, of which orders or phone must be there.

    Raises BadMessage naming the field that is wrong, OrderUnknown for an order that neither the store nor the shop
    knows, ShopUnavailable and ShopMismatch where the shop has to be asked, StoreUnavailable, StoreConflict.
    """
    if not isinstance(asked, dict) or not asked.keys() <= {"orders", "phone", "dry_run"}:
        raise BadMessage(_ASKED)
    numbers, typed, dry_run = asked.get("orders", []), asked.get("phone", ""), asked.get("dry_run", False)
    if not isinstance(numbers, list) or not all(map(_is_number, numbers)):
        raise BadMessage("erase.orders must be a list of the numbers of orders, as text")
    if not isinstance(typed, str) or not isinstance(dry_run, bool):
        raise BadMessage(_ASKED)
    if not numbers and not typed:
        raise BadMessage("erase.orders or erase.phone must say whose data to remove")
    found = [_named(eraser, shop, number) for number in numbers]
    if typed:
        if not (phone := phone_of(typed)):
            raise BadMessage("erase.phone is not a Ukrainian phone number, such as +380 67 000 00 00")
        found += [Forgettable(key=order.key, number=order.number, open=order.open) for order in shop().of_phone(phone)]
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
