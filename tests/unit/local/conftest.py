"""A small outside: two parcels, a few chats, real sockets on loopback."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from local.scenario.build import API_KEY, BOT_TOKEN, SHOP_CHAT_ID
from local.scenario.model import Scenario
from local.scenario.script import Parcel, Place, Step
from local.standins.clock import MovedClock
from local.standins.control import Control
from local.standins.http import Listener
from local.standins.world import Limits, World

HOUR = 3600
TTN = "20459000000017"
MONEY_TTN = "59009000000024"
CHAT = 600_000_001


def parcel(ttn: str = TTN, *steps: Step, **changes: Any) -> Parcel:
    values: dict[str, Any] = {
        "recipient": "Приклад Олена",
        "phone": "380600000001",
        "sender": "Зразковий Магазин",
        "phone_sender": "380600000000",
        "city_from": "Харків",
        "city": "Київ",
        "place": Place(number=343, category="Branch", street="вул. Казкова, 5"),
        "street": "вул. Казкова, 5",
        "weight": 1.2,
        "cost": 96,
        "declared": 1200,
        "steps": steps or (Step(at=-HOUR, code="5", text="Відправлення прямує до міста Київ"),),
    }
    return Parcel(ttn=ttn, **values | changes)


@dataclass
class Outside:
    world: World
    control: str
    clock_file: Path

    @property
    def carrier(self) -> str:
        return f"{self.world.listeners['carrier'].url}/v2.0/json/"

    def bot(self, method: str, token: str = BOT_TOKEN) -> str:
        return f"{self.world.listeners['telegram'].url}/bot{token}/{method}"

    def move_clock(self, by: timedelta) -> None:
        self.clock_file.write_text(str(by.total_seconds()), encoding="utf-8")

    def ask(self, *ttns: str, phone: str = "", key: str = API_KEY) -> dict[str, Any]:
        documents = [{"DocumentNumber": ttn, "Phone": phone} for ttn in ttns]
        return self.ask_for(documents, key=key)

    def ask_for(self, documents: Any, *, key: str = API_KEY) -> dict[str, Any]:
        body: dict[str, Any] = {
            "apiKey": key,
            "modelName": "TrackingDocument",
            "calledMethod": "getStatusDocuments",
            "methodProperties": {"Documents": documents},
        }
        answer = requests.post(self.carrier, json=body, timeout=5)
        assert answer.status_code == 200
        said: dict[str, Any] = answer.json()
        return said

    def send(self, text: str, chat: int = CHAT, **more: Any) -> dict[str, Any]:
        body = {"chat_id": chat, "text": text, "parse_mode": "HTML", **more}
        answer = requests.post(self.bot("sendMessage"), json=body, timeout=5)
        said: dict[str, Any] = answer.json()
        assert said["ok"] or said["error_code"] == answer.status_code
        return said

    def told(self, method: str, path: str, **body: Any) -> Any:
        return requests.request(method, f"{self.control}/{path}", json=body or None, timeout=5).json()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Outside]]:
    begun: list[tuple[World, Listener]] = []

    def begin(**limits: Any) -> Outside:
        parcels = (parcel(), parcel(MONEY_TTN, Step(at=-HOUR, code="10", text="Отримано"), redelivery=900, to_pay=980))
        scenario = Scenario(
            epoch=datetime.now(UTC),
            seed=1,
            bot_token=BOT_TOKEN,
            api_keys=(API_KEY,),
            shop_chat_id=SHOP_CHAT_ID,
            chats=({"id": CHAT, "name": "Олена"}, {"id": SHOP_CHAT_ID, "name": "Магазин"}),
            users=(),
            orders=(),
            parcels=parcels,
        )
        off = {"carrier_interval": 0.0, "chat_interval": 0.0, "bot_per_second": 0}
        clock_file = tmp_path / "clock"
        world = World(
            scenario,
            clock=MovedClock(clock_file),
            limits=Limits(**{**off, **limits}),
            messages_file=tmp_path / "messages.jsonl",
        )
        listener = Listener(Control(world))
        begun.append((world, listener))
        return Outside(world=world, control=f"{listener.url}/control", clock_file=clock_file)

    yield begin
    for world, listener in begun:
        listener.close()
        world.close()


@pytest.fixture
def outside(start: Callable[..., Outside]) -> Outside:
    """Without limits."""
    return start()
