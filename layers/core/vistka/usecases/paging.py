"""The shop's open orders page by page, to their end."""

from collections.abc import Iterator

from vistka.domain.errors import ShopMismatch
from vistka.domain.orders import OrderPage
from vistka.ports import Shop


def order_pages(shop: Shop, *, after: str | None, limit: int) -> Iterator[OrderPage]:
    """Pages from the one behind `after`. Raises ShopUnavailable, and ShopMismatch for a shop that would be read for
    ever: whose pages come again, or lead back to one that was read."""
    behind = {after}
    begins: set[str] = set()
    while True:
        page = shop.open_orders(after=after, limit=limit)
        first = page.orders[0].key if page.orders else None
        if (page.after is not None and page.after in behind) or first in begins:
            raise ShopMismatch(
                f"orders.key: the page of open orders behind {_shown(after)} came before, so their list has no end; "
                "keys must be unique and must not change, and each page must go on behind the last key of the one "
                "before"
            )
        yield page
        if (after := page.after) is None:
            return
        behind.add(after)
        if first is not None:
            begins.add(first)


def _shown(key: str | None) -> str:
    return "the start" if key is None else repr(key if len(key) <= 40 else key[:39] + "…")
