"""The invented shop of the benchmarks: as many orders as are wanted, whose parcels all move at once."""

import random
from datetime import UTC, datetime
from typing import Final

from local.scenario.model import Order, Scenario, User
from local.scenario.script import Parcel, Place, Step

#: Parcels move every third hour.
STEP_HOURS: Final = 3
STEPS: Final = 40
API_KEY: Final = "b" * 32
BOT_TOKEN: Final = "1000001:" + "b" * 35


def scenario(parcels: int, *, moving: int = 1) -> Scenario:
    """So many orders; of their parcels every one that `moving` says moves at each step, the others stand still."""
    chance = random.Random(1)
    numbers = [f"2045{chance.randrange(10**10):010}" for _ in range(parcels)]
    return Scenario(
        epoch=datetime.now(UTC),
        seed=1,
        bot_token=BOT_TOKEN,
        api_keys=(API_KEY,),
        shop_chat_id=-1_000_000_000_001,
        chats=tuple({"id": _chat(index), "name": f"Покупець {index}"} for index in range(parcels)),
        users=tuple(_user(index) for index in range(parcels)),
        orders=tuple(_order(index, ttn) for index, ttn in enumerate(numbers)),
        parcels=tuple(_parcel(index, ttn, moves=index % moving == 0) for index, ttn in enumerate(numbers)),
    )


def _chat(index: int) -> int:
    return 700_000_001 + index


def _user(index: int) -> User:
    return User(
        id=index + 1,
        username=f"buyer{index}",
        first_name="Олена",
        last_name="Приклад",
        joined=-1_000_000,
        phone="+380600000001",
        telegram_id=_chat(index),
    )


def _order(index: int, ttn: str) -> Order:
    return Order(
        id=index + 1,
        number=f"TWC09092025N{index + 1:03}",
        user_id=index + 1,
        full_name="Приклад Олена",
        phone="+380600000001",
        city="Київ",
        np_office="Відділення №343",
        pay_type="full",
        total_sum=1200,
        status="ship",
        payment_status="paid",
        tracking=ttn,
        shown=None,
        shown_at=None,
        created=-10_000,
        ttns=(ttn,),
        reach="chat",
        chat_id=_chat(index),
    )


def _parcel(index: int, ttn: str, *, moves: bool) -> Parcel:
    """On its way and waiting by turns, at another branch each time, so that the buyer is told again."""
    steps = [Step(at=-3600, code="1", text="Відправник самостійно створив цю накладну, але ще не надав до відправки")]
    for number in range(1, STEPS if moves else 1):
        at = number * STEP_HOURS * 3600 - 600
        if number % 2:
            steps.append(Step(at=at, code="5", text="Відправлення прямує до міста Київ"))
        else:
            place = Place(number=number + index, category="Branch", street=f"вул. Уявна, {number}")
            steps.append(Step(at=at, code="7", text="Прибув на відділення", place=place))
    return Parcel(
        ttn=ttn,
        recipient="Приклад Олена",
        phone="380600000001",
        sender="Зразковий Магазин",
        phone_sender="380600000000",
        city_from="Харків",
        city="Київ",
        place=Place(number=343, category="Branch", street="вул. Казкова, 5"),
        street="вул. Казкова, 5",
        weight=1.2,
        cost=96,
        declared=1200,
        steps=tuple(steps),
    )
