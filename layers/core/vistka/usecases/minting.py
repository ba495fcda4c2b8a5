"""Links by which a buyer's chat finds its order, and a visitor its page."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from vistka.domain.errors import OrderUnknown
from vistka.domain.tokens import NONCE_BYTES, KeyRing, Purpose, mint
from vistka.ports import Clock, ParcelStore


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderLink:
    order_key: str
    order_number: str
    url: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Minter:
    """`bot_name` is the bot's @name, `random_bytes` makes so many of them."""

    parcels: ParcelStore
    clock: Clock
    keys: Callable[[], KeyRing]
    bot_name: Callable[[], str]
    random_bytes: Callable[[int], bytes]

    def link(self, *, order_number: str = "", order_key: str = "", lasts: timedelta) -> OrderLink:
        """The link of an order, named by its number or by its row's id. Raises OrderUnknown for a number that the
        store does not know, ConfigurationError for an id that fits into no link and for keys that cannot be read."""
        key, token, expires_at = self._minted(Purpose.LINK, order_number, order_key, lasts)
        url = f"https://t.me/{self.bot_name().removeprefix('@')}?start={token}"
        return OrderLink(order_key=key, order_number=order_number, url=url, expires_at=expires_at)

    def page(self, *, order_number: str = "", order_key: str = "", lasts: timedelta) -> OrderLink:
        """The link of an order's page, from the address of the pages on. Raises as `link` does."""
        key, token, expires_at = self._minted(Purpose.PAGE, order_number, order_key, lasts)
        return OrderLink(order_key=key, order_number=order_number, url=f"o/{token}", expires_at=expires_at)

    def _minted(
        self, purpose: Purpose, order_number: str, order_key: str, lasts: timedelta
    ) -> tuple[str, str, datetime]:
        key = order_key or self.parcels.order_key(order_number)
        if not key:
            raise OrderUnknown(f"the store knows no order {order_number} yet")
        expires_at = (self.clock.now() + lasts).replace(microsecond=0)
        token = mint(purpose, key, expires_at=expires_at, nonce=self.random_bytes(NONCE_BYTES), keys=self.keys())
        return key, token, expires_at
