"""A shop of any size, made by its own database; and a store that knows its parcels without holding them."""

from collections.abc import Iterable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zlib import crc32

import sqlalchemy as sa

from tests.contracts.shop_tables import ShopTables, new_sqlite, throw_away_database
from tests.fakes.store import FakeParcels, Memory
from vistka.domain.parcels import Facts, ParcelState
from vistka.domain.projection import fingerprint
from vistka.domain.stages import Stage

#: By engine: rows with the numbers 1 to :count.
_NUMBERS: Final = {
    "sqlite": "WITH RECURSIVE n(seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM n WHERE seq < {count})"
    " SELECT {columns} FROM n",
    "mysql": "SELECT {columns} FROM seq_1_to_{count}",
    "postgresql": "SELECT {columns} FROM generate_series(1, {count}) AS n(seq)",
}
_NUMBER: Final = {
    "sqlite": "printf('2045%010d', seq)",
    "mysql": "CONCAT('2045', LPAD(seq, 10, '0'))",
    "postgresql": "'2045' || lpad(seq::text, 10, '0')",
}
_CARRIER_TEXT: Final = "Відправлення прямує до міста Київ"
SHOWN: Final = f"В дорозі - {_CARRIER_TEXT}"


def shop_of(engine: str, servers: dict[str, str], folder: Path, stack: ExitStack) -> str:
    """The URL of an empty shop, gone again when the stack is."""
    if engine == "sqlite":
        return new_sqlite(folder)
    database: AbstractContextManager[str] = throw_away_database(servers[engine])
    return stack.enter_context(database)


def fill(url: str, count: int) -> None:
    """So many open orders, each with a parcel of its own that is on its way, and shown as such."""
    tables = ShopTables.at(url)
    tables.create()
    number = _NUMBER[tables.kind]
    columns = f"{number}, {number}, 'ship', '+380671112233', '{SHOWN}'"
    rows = _NUMBERS[tables.kind].format(count=count, columns=columns)
    tables.run(f"INSERT INTO orders_order (order_number, tracking_number, status, phone, shipment_status) {rows}")
    if tables.kind == "postgresql":
        tables.run("ANALYZE orders_order")
    tables.engine.dispose()


def drivers_url(url: str) -> str:
    """As a person writes it: without the driver."""
    plain = sa.make_url(url)
    return plain.set(drivername=plain.get_backend_name()).render_as_string(hide_password=False)


@dataclass
class MadeUpParcels(FakeParcels):
    """`vistka.ports.ParcelStore`: a STATE is made from its number when it is asked for, and what is written is counted
    alone. On their way for one to three days, last asked about within the hour."""

    now: datetime
    written: int = 0

    def __init__(self, now: datetime) -> None:
        super().__init__(Memory())
        self.now = now

    def states(self, ttns: Iterable[str]) -> dict[str, ParcelState]:
        return {ttn: state_of(ttn, self.now) for ttn in ttns}


def state_of(ttn: str, now: datetime) -> ParcelState:
    chance = crc32(ttn.encode())
    moved = now - timedelta(hours=24 + chance % 48)
    return ParcelState(
        ttn=ttn,
        revision=3,
        version=2,
        observed_at=now - timedelta(minutes=chance % 60),
        first_seen_at=moved - timedelta(hours=20),
        changed_at=moved,
        stage=Stage.IN_TRANSIT,
        orders=frozenset({str(int(ttn[4:]))}),
        told={"on_its_way": "2"},
        written=(fingerprint(SHOWN),),
        facts=Facts(
            code="5",
            text=_CARRIER_TEXT,
            stage=Stage.IN_TRANSIT,
            city_from="Харків",
            city="Київ",
            place="Відділення №343: вул. Казкова, 5",
            place_number="343",
            created_at=moved - timedelta(hours=20),
            expected_at=now + timedelta(hours=20),
            moved_at=moved,
            to_pay="1200",
        ),
    )
