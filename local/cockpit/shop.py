"""The shop of the cockpit: a few orders of its own in the world's database, and the parcels that go with them."""

import sqlite3
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from local.scenario.script import Parcel, Place, Step
from local.standins.words import sentence

_BRANCH: Final = Place(number=12, category="Branch", street="вул. Соборна, 25")
_HOME: Final = Place(number=3, category="Branch", street="вул. Хрещатик, 1")
_LOCKER: Final = Place(number=4821, category="Postomat", street="просп. Науки, 7")


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """One order that a visitor can play with. `steps` are the carrier's codes on its buttons."""

    number: str
    way: str  # branch, locker, courier
    buyer: str
    phone: str
    city: str
    total: int
    to_pay: int
    steps: tuple[str, ...]


#: A refusal, and the steps of the waybill that brings the parcel back.
REFUSED: Final = "103"
RETURN: Final = ("r5", "r7", "r9")

#: Invented people. The numbers' ends make one story of each way.
STORIES: Final = (
    Story(number="V1001", way="branch", buyer="Олена Приязна", phone="380501110001", city="Львів", total=1250,
          to_pay=1250, steps=("1", "5", "6", "7", "9", "10", "11", "103", *RETURN)),
    Story(number="V1002", way="locker", buyer="Тарас Вигаданий", phone="380501110002", city="Полтава", total=640,
          to_pay=0, steps=("1", "5", "6", "8", "107", "9", "105")),
    Story(number="V1003", way="courier", buyer="Марія Уявна", phone="380501110003", city="Одеса", total=2980,
          to_pay=2980, steps=("1", "5", "6", "101", "111", "112", "9", "103", *RETURN)),
)  # fmt: skip


def parcel_of(story: Story, *, ttn: str, at: int, when: datetime) -> Parcel:
    """Its waybill, just made; `at` in seconds since the scenario's epoch."""
    place = {"branch": _BRANCH, "locker": _LOCKER}.get(story.way)
    words = sentence("1", city_from="Київ", city=story.city, place=place, when=when)
    return Parcel(
        ttn=ttn,
        recipient=story.buyer,
        phone=story.phone,
        sender="Крамниця",
        phone_sender="380440000000",
        city_from="Київ",
        city=story.city,
        place=place,
        street="вул. Садова, 3, кв. 8" if place is None else "",
        weight=1.2,
        cost=85,
        declared=story.total,
        to_pay=story.to_pay,
        redelivery=story.to_pay,
        steps=(Step(at=at, code="1", text=words),),
    )


def return_of(parcel: Parcel, *, ttn: str, at: int) -> Parcel:
    """The waybill on which a refused parcel goes back to a branch of the shop's: just made."""
    back = replace(
        parcel, ttn=ttn, city_from=parcel.city, city=parcel.city_from, recipient=parcel.sender, sender=parcel.recipient,
        phone=parcel.phone_sender, phone_sender=parcel.phone, place=_HOME, street="", to_pay=0, redelivery=0,
        return_of=parcel.ttn, child=None,
    )  # fmt: skip
    return replace(back, steps=(Step(at=at, code="1", text="Створено накладну на повернення"),))


def ttn_of(place: int, *, back: bool = False) -> str:
    """A waybill number of the cockpit's own, or that of its return."""
    return f"2045099900{(2000 if back else 1000) + place:04d}"


class ShopTables:
    """The world's own SQLite file, as the shop's program uses it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._holding: sqlite3.Connection | None = None
        self._turn = threading.Lock()

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._file, timeout=2)

    def add(self, stories: Sequence[Story], now: datetime) -> None:
        """Their orders, once; a guest's each, prepared and not yet sent."""
        at = now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        with closing(self._open()) as shop, shop:
            for story in stories:
                there = shop.execute("SELECT 1 FROM orders_order WHERE order_number = ?", (story.number,)).fetchone()
                if there:
                    continue
                shop.execute(
                    "INSERT INTO orders_order (order_number, user_id, full_name, phone, city, np_office, pay_type,"
                    " total_sum, status, payment_status, tracking_number, created, updated)"
                    " VALUES (?, NULL, ?, ?, ?, '', ?, ?, 'prep', ?, NULL, ?, ?)",
                    (story.number, story.buyer, story.phone, story.city, "cod" if story.to_pay else "full", story.total,
                     "unpaid" if story.to_pay else "paid", at, at),
                )  # fmt: skip

    def send_out(self, number: str, ttn: str) -> None:
        """What the shop's person does: type the waybill number into the order."""
        with closing(self._open()) as shop, shop:
            shop.execute(
                "UPDATE orders_order SET tracking_number = ?, status = 'ship' WHERE order_number = ?", (ttn, number)
            )

    def rows(self, numbers: Sequence[str]) -> list[Mapping[str, Any]]:
        """The orders as the shop's list shows them. Raises sqlite3.OperationalError while the database is locked."""
        marks = ", ".join("?" * len(numbers))
        with closing(self._open()) as shop:
            shop.row_factory = sqlite3.Row
            found = shop.execute(
                "SELECT id, order_number, full_name, city, total_sum, status, payment_status, tracking_number,"  # noqa: S608
                f" shipment_status, shipment_status_updated FROM orders_order WHERE order_number IN ({marks})",
                tuple(numbers),
            ).fetchall()
            others = shop.execute("SELECT count(*) FROM orders_order").fetchone()[0] - len(found)
        return [*(dict(row) for row in found), {"others": others}]

    def lock(self) -> None:
        """The database answers nobody any more, as when its server is down. Raises sqlite3.OperationalError while
        somebody writes."""
        with self._turn:
            if self._holding is not None:
                return
            # Whoever mends it is another request, and another thread.
            holding = sqlite3.connect(self._file, timeout=10, check_same_thread=False)
            try:
                holding.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError:
                holding.close()
                raise
            self._holding = holding

    def unlock(self) -> None:
        with self._turn:
            if self._holding is not None:
                self._holding.rollback()
                self._holding.close()
                self._holding = None

    @property
    def locked(self) -> bool:
        return self._holding is not None
