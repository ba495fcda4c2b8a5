"""A night in a whole deployment: what happens in it rings nowhere, and in the morning the newest is told."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from local import scenario
from local.scenario.model import Order
from local.world.wishes import QUICK, Wishes
from local.world.world import World
from tests.e2e.commands import vistka
from tests.e2e.watching import Watched

KYIV = ZoneInfo("Europe/Kyiv")


@dataclass(frozen=True)
class Night:
    """The world at night, after a day in which it saw its parcels; buyers whose parcels are on their way."""

    eye: Watched
    orders: list[Order]
    shop_chat: int

    def until(self, hour: int) -> None:
        """The clock goes on to five minutes after this hour of Kyiv's."""
        local = (datetime.now(UTC) + timedelta(hours=self.eye.hours)).astimezone(KYIV)
        then = local.replace(hour=hour, minute=5, second=0, microsecond=0)
        then += timedelta(days=then <= local)
        self.eye.ahead(hours=(then - local) / timedelta(hours=1))

    def move(self, order: Order, code: str) -> None:
        self.eye.control("POST", f"parcels/{order.ttns[0]}/move", {"code": code})
        said = vistka(self.eye.world, "update", "--order-number", order.number)
        assert said.code == 0, said.err

    def states(self, order: Order, audience: str = "buyer") -> dict[str, str]:
        """Without what the first run saw: whether the way to here was news then hangs on the hour of the day."""
        found = [one for one in self.eye.news(order.number) if one["state"] != "shadow"]
        return {one["kind"]: one["state"] for one in found if one["audience"] == audience}

    def told(self, chat: int | None, order: Order) -> list[dict[str, object]]:
        return [m for m in self.eye.messages() if m["chat_id"] == chat and order.number in m["text"]]


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    folder = Path(tmp_path_factory.mktemp("night")) / ".local"
    wishes = Wishes(folder=folder, parameters={**QUICK, "QuietHours": "21-9"}, standins=("--orders", "130"))
    with World.start(wishes) as world:
        eye, known = Watched(world), scenario.load(world.folder / "standins" / "scenario.json")
        numbers = [ttn for order in known.orders for ttn in order.ttns]
        place = Night(eye, [], known.shop_chat_id)
        place.until(12)
        eye.run()
        stages = eye.stages()
        place.orders.extend(
            order
            for order in known.orders
            if order.open
            and not order.bad
            and order.reach == "chat"
            and len(order.ttns) == 1
            and numbers.count(order.ttns[0]) == 1
            and stages.get(order.ttns[0]) == "in_transit"
        )
        place.until(23)
        yield place


def test_what_happens_at_night_is_told_in_the_morning_and_of_one_parcel_the_newest_alone(night: Night) -> None:
    waits, fetched, refused = night.orders[:3]
    night.move(waits, "7")
    night.move(fetched, "7")
    night.eye.until(
        "both wait", lambda: [night.states(one) for one in (waits, fetched)] == [{"waiting": "waiting"}] * 2
    )
    night.move(refused, "102")
    night.eye.until("the shop hears it at once", lambda: night.states(refused, "shop") == {"refused": "sent"})
    assert [message["silent"] for message in night.told(night.shop_chat, refused)] == [True]

    night.until(3)
    night.move(fetched, "9")
    night.eye.until("it waits too", lambda: night.states(fetched).get("received") == "waiting")
    night.eye.run()
    assert night.told(waits.chat_id, waits) == night.told(fetched.chat_id, fetched) == []

    night.until(9)
    night.eye.run()
    night.eye.until("the morning's news are told", lambda: night.states(waits) == {"waiting": "sent"})
    night.eye.until("and the newest", lambda: night.states(fetched) == {"waiting": "superseded", "received": "sent"})
    for order in (waits, fetched):
        (message,) = night.told(order.chat_id, order)
        assert not message["silent"]
        at = datetime.fromisoformat(str(message["at"])).astimezone(KYIV)
        assert at.hour == 9
