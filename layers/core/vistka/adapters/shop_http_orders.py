"""Pages of orders and outcomes of writes, out of the answers of a shop's own server."""

from collections.abc import Sequence
from typing import Final

from vistka.adapters.shop_http_answers import JsonObject, plain, wrong
from vistka.adapters.shop_rows import read_order
from vistka.domain.errors import ShopMismatch
from vistka.domain.orders import Order, OrderPage
from vistka.domain.rules import Moved, Outcome

_REFUSALS: Final = {
    "too_long": "too long for the column",
    "charset": "the column's character set cannot hold the text",
    "constraint": "refused by a trigger or a constraint of the shop",
}
_OUTCOMES: Final = frozenset(Outcome) - {Outcome.REFUSED}
_REFUSED: Final = "the database refused it"
#: Of the fields of an order, those that the shop's side may report as unreadable.
_FIELDS: Final = frozenset({"number", "tracking", "shown", "phone"})
_SCHEMA_FIELDS: Final = {"shown": "orders.shipment_status"}


def read_page(answer: JsonObject, *, after: str | None) -> OrderPage:
    """The page behind `after`. Raises ShopMismatch for one that does not lead on, whole: none of it is used."""
    items = answer.get("orders")
    following = answer.get("after")
    if not isinstance(items, list) or not (following is None or isinstance(following, str)):
        raise wrong("a page of orders that cannot be read; update the integration")
    orders: list[Order] = []
    problems: list[str] = []
    seen: set[str] = set()
    last = after
    for item in items:
        key = item.get("key") if isinstance(item, dict) else None
        if not isinstance(key, str) or not key:
            problems.append("an order: orders.key is empty or not text; the row is left out")
            continue
        if key in seen:
            problems.append(f"order with key {plain(key, 40)}: listed twice in one page; the second row is left out")
            continue
        if not _follows(key, last):
            where = f"order key {plain(key, 40)} behind {plain(last, 40)}"
            raise wrong(f"its pages repeat ({where}); is there a cache in front of it?")
        last = key
        seen.add(key)
        order = _order(item)
        if isinstance(order, Order):
            orders.append(order)
        else:
            problems.append(order)
    if following is not None and (following != last or following == after):
        raise wrong("a page of orders leads nowhere; is there a cache in front of it? or update the integration")
    return OrderPage(orders=tuple(orders), after=following, problems=tuple(problems))


def _follows(key: str, last: str | None) -> bool:
    if last is None:
        return True
    if key.isdecimal() and last.isdecimal():
        return int(key) > int(last)
    return key != last  # how a database sorts text is its own affair


def read_single(answer: JsonObject, number: str) -> Order | None:
    """The order asked for by its number. Raises ShopMismatch, also for a row that cannot be read."""
    page = read_page({**answer, "after": None}, after=None)
    for order in page.orders:
        if order.number == number:
            return order
    if page.problems:
        raise ShopMismatch(page.problems[0])
    return None


def _order(item: JsonObject) -> Order | str:
    unreadable = item.get("unreadable")
    if unreadable is not None:
        field = unreadable if unreadable in _FIELDS else "a field"
        return (
            f"order with key {plain(item['key'], 40)}: {_SCHEMA_FIELDS.get(field, f'orders.{field}')} "
            "cannot be read as text; the row is left out"
        )
    profiles = item.get("profiles")
    rows = [
        (_plain(profile.get("chat")), _plain(profile.get("language")))
        for profile in (profiles if isinstance(profiles, list) else ())
        if isinstance(profile, dict)
    ]
    guest = profiles is None
    row = {
        "order_key": item["key"],
        "order_number": _plain(item.get("number")),
        "order_tracking": item.get("tracking"),
        "order_shipment_status": item.get("shown"),
        "order_phone": _plain(item.get("phone")),
        "order_chat": _plain(item.get("chat")),
        "order_language": _plain(item.get("language")),
        "order_user": None if guest else "buyer",
        "order_open": item.get("open") is not False,  # in a list all are
    }
    return read_order(row, {} if guest else {"buyer": rows}, users_known=False)


def _plain(value: object) -> str | int | None:
    """Text or a number, as columns hold them; nothing for what JSON can hold besides."""
    return value if isinstance(value, str | int) and not isinstance(value, bool) else None


def read_outcomes(answer: JsonObject, sent: Sequence[str]) -> tuple[set[str], dict[str, str]]:
    """The keys that were written, and why others were refused, of those `sent`. Raises ShopMismatch."""
    written, refused = answer.get("written"), answer.get("refused")
    # PHP writes an empty object as an empty list.
    refused = {} if refused == [] else refused
    if (
        not isinstance(written, list)
        or not isinstance(refused, dict)
        or not all(isinstance(key, str) for key in written)
        or not {*written, *refused} <= set(sent)
        or not refused.keys().isdisjoint(written)
    ):
        raise wrong("its answer does not fit what was written; update the integration")
    return set(written), {key: _REFUSALS.get(str(code), _REFUSED) for key, code in refused.items()}


def read_moves(answer: JsonObject, sent: int) -> list[Moved]:
    """What became of each of the moves sent, in their order. Raises ShopMismatch."""
    told = answer.get("outcomes")
    if not isinstance(told, list) or len(told) != sent or not all(isinstance(each, str) for each in told):
        raise wrong("its answer does not fit the orders that were to be moved; update the integration")
    return [_moved(each) for each in told]


def _moved(code: str) -> Moved:
    if code in _OUTCOMES:
        return Moved(outcome=Outcome(code))
    return Moved(outcome=Outcome.REFUSED, text=_REFUSALS.get(code, _REFUSED))
