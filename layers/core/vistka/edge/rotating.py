"""What is made from a secret, and made anew when the secret has changed: a rotated password needs no deployment."""

from collections.abc import Callable, Mapping, Sequence

from vistka.domain.orders import Finding, Order, OrderPage, Projection, WriteResult
from vistka.domain.rules import Event, Move, Moved
from vistka.ports import Shop


class RotatingShop:
    """`vistka.ports.Shop` at the URL that is the secret now.

    `make` may raise ConfigurationError, `secret` also ShopUnavailable; `let_go` closes whatever the former shop holds.
    """

    def __init__(self, secret: Callable[[], str], make: Callable[[str], Shop], let_go: Callable[[Shop], None]) -> None:
        self._secret = secret
        self._make = make
        self._let_go = let_go
        self._url = secret()
        self._shop = make(self._url)

    def open_orders(self, *, after: str | None, limit: int) -> OrderPage:
        return self.now().open_orders(after=after, limit=limit)

    def order(self, number: str) -> Order | None:
        return self.now().order(number)

    def of_phone(self, phone: str) -> Sequence[Order]:
        return self.now().of_phone(phone)

    def write(self, projections: Sequence[Projection]) -> WriteResult:
        return self.now().write(projections)

    def rules(self) -> Mapping[Event, str]:
        """Of the shop that the secret leads to: a change that is stored without its effect would be lost for it."""
        return self.now().rules()

    def move(self, moves: Sequence[Move]) -> Sequence[Moved]:
        return self.now().move(moves)

    def fit(self, text: str) -> str:
        """By the shop as it was last asked: fitting a text asks for no secret and never fails."""
        return self._shop.fit(text)

    def check(self) -> Sequence[Finding]:
        return self.now().check()

    def close(self) -> None:
        self._shop.close()

    def now(self) -> Shop:
        """The shop that the secret leads to."""
        url = self._secret()
        if url != self._url:
            made, former = self._make(url), self._shop
            self._url, self._shop = url, made
            self._let_go(former)
        return self._shop
