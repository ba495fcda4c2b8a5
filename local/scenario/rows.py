"""The rows of a scenario as they are made: buyers, parcels with their journeys, orders with their numbers."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from local.scenario.journeys import Journeys
from local.scenario.model import Order, User
from local.scenario.people import ANGLE_NAME, CITIES, name, phone, street, typed_phone
from local.scenario.plots import Plot, Reach
from local.scenario.script import Parcel
from local.standins.carrier_item import KYIV
from local.standins.words import sentence

_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR
_FIRST_CHAT: Final = 600_000_001
#: What the shop's cron left behind before us, in a form that is not ours.
_STALE: Final = ("1", "5", "7")


#: The order that the sample inputs in events/ and the README name: on its way at first, soon waiting at a branch.
SAMPLE_ORDER: Final = "TWC09092025N01"


@dataclass(slots=True)
class Rows:
    epoch: datetime
    rng: Random
    users: list[User] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)
    _last: dict[Reach, User] = field(default_factory=dict)
    _journeys: Journeys = field(init=False)

    def __post_init__(self) -> None:
        self._journeys = Journeys(epoch=self.epoch, rng=self.rng)

    def parcel(self, plot: Plot) -> str:
        """Its number; a waybill made on its basis becomes a parcel too."""
        parcel, child = self._journeys.parcel(plot)
        self.parcels.append(parcel)
        if child is not None:
            self.parcels.append(child)
        return parcel.ttn

    def order(
        self, *, reach: Reach, ttns: list[str], typed: str | None, status: str, bad: bool, same_buyer: bool
    ) -> None:
        rng = self.rng
        parcel = next((p for p in self.parcels if ttns and p.ttn == ttns[0]), None)
        user = None if reach is Reach.NO_USER else self._buyer(reach, again=same_buyer)
        created = self._created(parcel)
        shown, shown_at = self._shown(parcel, created)
        first, surname = (user.first_name, user.last_name) if user else name(rng)
        plain = parcel.phone if parcel else phone(9_000_000 + len(self.orders))
        total = parcel.redelivery if parcel and parcel.redelivery else rng.randrange(450, 4_200, 50)
        angle = parcel is not None and parcel.place is not None and "<" in parcel.place.street
        self.orders.append(
            Order(
                id=0,
                number="",
                user_id=user.id if user else None,
                full_name=ANGLE_NAME if angle else f"{first} {surname}",
                phone=self._typed_phone(plain, parcel),
                city=parcel.city if parcel else rng.choice(CITIES),
                np_office=(parcel.place.name if parcel.place else parcel.street)
                if parcel
                else f"Відділення №1: {street(rng)}",
                pay_type="partial" if parcel and parcel.redelivery else "full",
                total_sum=total,
                status=status or ("ship" if parcel and parcel.step(0) else "prep"),
                payment_status=rng.choice(("unpaid", "checking"))
                if not ttns
                else rng.choice(("prepaid", "paid", "partial")),
                tracking=typed,
                shown=shown,
                shown_at=shown_at,
                created=created,
                ttns=tuple(ttns),
                bad=bad,
                reach=str(reach),
                chat_id=user.telegram_id if user else None,
            )
        )

    def numbered(self) -> tuple[Order, ...]:
        """All orders by the time of their creation, with ids and the shop's numbers: a counter for each day."""
        counters: dict[str, int] = {}
        out = []
        orders = sorted(self.orders, key=lambda order: order.created)
        sample = next(order for order in orders if self._tells_it_all(order))
        for at, order in enumerate(orders, start=1):
            moment = self.epoch.astimezone(UTC) + timedelta(seconds=order.created)
            day = f"{moment.astimezone(KYIV):%d%m%Y}"
            counters[day] = counters.get(day, 0) + 1
            number = SAMPLE_ORDER if order is sample else f"TWC{day}N{counters[day]:02d}"
            out.append(replace(order, id=at, number=number))
        return tuple(out)

    def _tells_it_all(self, order: Order) -> bool:
        if not order.open or order.reach != Reach.CHAT or len(order.ttns) != 1:
            return False
        parcel = next(parcel for parcel in self.parcels if parcel.ttn == order.ttns[0])
        return [step.code for step in parcel.steps] == ["1", "4", "5", "6", "7"] and parcel.step(0) == parcel.steps[2]

    def _buyer(self, reach: Reach, *, again: bool) -> User:
        if again and reach in self._last:
            return self._last[reach]
        number = len(self.users) + 1
        first, surname = name(self.rng)
        typed_name = f"@buyer_{number}" if self.rng.random() < 0.6 else ""
        chat = (
            None
            if reach in {Reach.NO_CHAT, Reach.NO_PROFILE}
            else 0
            if reach is Reach.BAD_CHAT
            else _FIRST_CHAT + number
        )
        user = User(
            id=number,
            username=f"buyer{number}",
            first_name=first,
            last_name=surname,
            joined=-self.rng.randint(100, 400) * _DAY,
            profile=reach is not Reach.NO_PROFILE,
            phone=f"+{phone(8_000_000 + number)}",
            telegram=typed_name,
            telegram_id=chat,
        )
        self.users.append(user)
        self._last[reach] = user
        return user

    def _created(self, parcel: Parcel | None) -> int:
        first = parcel.steps[0].at if parcel and parcel.steps else 0
        # The order stands before its waybill, and before the scenario begins.
        return min(first, -_HOUR) - self.rng.randint(1, 20) * _HOUR - self.rng.randint(0, 3_599)

    def _shown(self, parcel: Parcel | None, created: int) -> tuple[str | None, int | None]:
        luck = self.rng.random()
        if parcel is None or luck < 0.6:
            return None, None
        if luck < 0.7:
            return "", None
        code = self.rng.choice(_STALE)
        at = created // 2
        words = sentence(
            code, city_from=parcel.city_from, city=parcel.city, place=parcel.place, when=self.epoch.astimezone(KYIV)
        )
        return words, at

    def _typed_phone(self, plain: str, parcel: Parcel | None) -> str:
        if parcel is not None and parcel.redelivery:
            return f"+{plain}"
        if self.rng.random() < 0.05:
            return self.rng.choice(("", "060-12", "немає", "+1 202 555 0100"))
        return typed_phone(self.rng, plain)
