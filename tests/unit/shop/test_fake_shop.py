"""The fake is held to what the real shops do."""

import pytest

from tests.contracts.shop import ShopContract
from tests.contracts.shop_moves import MovesContract
from tests.fakes.shop import RULES, InMemoryShop
from vistka.domain.errors import ShopUnavailable


class TestInMemoryShop(ShopContract, MovesContract):
    @pytest.fixture
    def rows(self) -> InMemoryShop:
        return InMemoryShop()

    @pytest.fixture
    def shop(self, rows: InMemoryShop) -> InMemoryShop:
        return rows

    @pytest.fixture
    def moving(self, rows: InMemoryShop) -> InMemoryShop:
        rows.ruled = RULES
        return rows


def test_an_outage_of_the_fake_is_one() -> None:
    shop = InMemoryShop(outage=ShopUnavailable("the shop's database: no connection"))
    with pytest.raises(ShopUnavailable):
        shop.open_orders(after=None, limit=1)
    assert [finding.ok for finding in shop.check()] == [False]
