"""What a shop in an SQL database must do besides, whatever its tables: subclass and give `url`, `rows`, `schema`."""

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from tests.contracts.shop import TTN, ShopContract, ShopRows, told
from vistka.adapters.shop_sql import SqlShop
from vistka.domain.errors import ShopMismatch
from vistka.shop.schema import ShopSchema


class SqlShopContract(ShopContract):
    @pytest.fixture
    def shop(self, url: str, rows: ShopRows, schema: ShopSchema) -> Iterator[SqlShop]:
        shop = SqlShop(url, schema)
        yield shop
        shop.dispose()

    def test_two_writers_at_once_write_once(self, rows: ShopRows, shop: SqlShop, url: str, schema: ShopSchema) -> None:
        """F7, F45: of two that read the same text one is the writer, the other's guard misses."""
        keys = [rows.add_order(number=f"A{each}", tracking=TTN) for each in range(40)]
        orders = shop.open_orders(after=None, limit=40).orders
        start, results = threading.Barrier(2), list[int]()

        def work(text: str, *, backwards: bool) -> None:
            with closing(SqlShop(url, replace(schema, keep_connection=False))) as own:
                own.open_orders(after=None, limit=1)
                start.wait()
                chosen = orders[::-1] if backwards else orders
                results.append(own.write([told(order, text) for order in chosen]).written)

        writers = [
            threading.Thread(target=work, args=(text,), kwargs={"backwards": text == "Другий"})
            for text in ("Перший", "Другий")
        ]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert sum(results) == 40
        assert {rows.shown(key) for key in keys} <= {"Перший", "Другий"}

    def test_check_names_rows_that_cannot_be_read(self, rows: ShopRows, shop: SqlShop) -> None:
        key = rows.add_order(number="", tracking=TTN)
        (bad,) = [finding for finding in shop.check() if not finding.ok]
        assert f"key {key}" in bad.text
        assert bad.hint

    def test_a_page_token_of_another_shop_is_refused(self, shop: SqlShop) -> None:
        with pytest.raises(ShopMismatch, match=r"orders\.key"):
            shop.open_orders(after="no number", limit=1)

    def test_a_key_that_cannot_be_one_matches_no_row(self, rows: ShopRows, shop: SqlShop) -> None:
        rows.add_order(number="A1", tracking=TTN)
        (order,) = shop.open_orders(after=None, limit=1).orders
        for key in ("abc", "", str(10**30)):
            assert shop.write([told(replace(order, key=key))]).written == 0

    def test_a_text_the_database_cannot_encode_is_refused_alone(self, rows: ShopRows, shop: SqlShop) -> None:
        """F25, F40."""
        for each in range(3):
            rows.add_order(number=f"A{each}", tracking=TTN)
        one, two, three = shop.open_orders(after=None, limit=3).orders
        result = shop.write([told(one), told(two, "Зламане \ud83d"), told(three)])
        assert set(result.refused) == {"A1"}
        assert result.written == 2
