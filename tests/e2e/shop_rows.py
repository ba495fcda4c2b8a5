"""The shop's rows as the shop itself has them, whole."""

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa

from local.shop.schema import tables

type Row = Mapping[str, Any]

#: The two columns that are ours to write.
OURS: Final = frozenset({"shipment_status", "shipment_status_updated"})


class ShopRows:
    """Opens a connection for each look, as the database may end and come back in between."""

    def __init__(self, url: str) -> None:
        self._engine = sa.create_engine(url, poolclass=sa.NullPool)
        self._tables = tables().tables

    def all(self) -> dict[str, dict[int, Row]]:
        """Every column of every row, by table and id."""
        names = ("orders_order", "accounts_userprofile", "auth_user")
        with self._engine.connect() as connection:
            return {
                name: {row["id"]: dict(row) for row in connection.execute(self._tables[name].select()).mappings()}
                for name in names
            }

    def orders(self) -> dict[str, Row]:
        """By order number."""
        return {row["order_number"]: row for row in self.all()["orders_order"].values()}

    def insert(self, table: str, row: Row) -> None:
        with self._engine.begin() as connection:
            connection.execute(self._tables[table].insert(), dict(row))

    def update(self, number: str, **columns: Any) -> None:
        orders = self._tables["orders_order"]
        with self._engine.begin() as connection:
            connection.execute(orders.update().where(orders.c.order_number == number).values(**columns))

    def run(self, statement: str) -> None:
        """What the shop's own people do to their database."""
        with self._engine.begin() as connection:
            connection.exec_driver_sql(statement)

    def close(self) -> None:
        self._engine.dispose()


def without_ours(rows: Mapping[int, Row]) -> dict[int, Row]:
    return {key: {name: value for name, value in row.items() if name not in OURS} for key, row in rows.items()}
