"""Carrier and Bot API with their addresses, settings and faults: all of the outside that is not a database."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from local.scenario import Scenario
from local.scenario.script import Parcel, Place, Step
from local.standins.bot import Bot, BotSettings
from local.standins.bot_chats import Chats
from local.standins.bot_service import BotService
from local.standins.carrier import Carrier, CarrierSettings
from local.standins.carrier_item import KYIV
from local.standins.carrier_service import CarrierService
from local.standins.clock import MovedClock
from local.standins.faults import CARRIER_FAULTS, DOWN, TELEGRAM_FAULTS, Faults
from local.standins.http import Listener
from local.standins.words import sentence

CARRIER: Final = "carrier"
TELEGRAM: Final = "telegram"


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """The limits in real seconds as the process was started with; 0 switches one off."""

    carrier_interval: float = 1.0
    carrier_latency: float = 0.0
    chat_interval: float = 1.0
    bot_per_second: int = 30


class World:
    def __init__(
        self,
        scenario: Scenario,
        *,
        clock: MovedClock,
        limits: Limits,
        messages_file: Path | None = None,
        ports: Mapping[str, int] | None = None,
    ) -> None:
        """Listens at once. Raises OSError when a port is taken."""
        self.scenario = scenario
        self.clock = clock
        self._limits = limits
        self.carrier = Carrier(clock=clock, epoch=scenario.epoch, settings=CarrierSettings())
        self.bot = Bot(chats=Chats(messages_file), clock=clock, settings=BotSettings())
        self.faults = {CARRIER: Faults(CARRIER_FAULTS), TELEGRAM: Faults(TELEGRAM_FAULTS)}
        self.carrier_service = CarrierService(self.carrier, self.faults[CARRIER])
        self.bot_service = BotService(bot=self.bot, faults=self.faults[TELEGRAM], token=scenario.bot_token)
        self._timers: list[threading.Timer] = []
        self._begin()
        ports = ports or {}
        self.listeners = {
            CARRIER: Listener(self.carrier_service, port=ports.get(CARRIER, 0)),
            TELEGRAM: Listener(self.bot_service, port=ports.get(TELEGRAM, 0)),
        }

    def _begin(self) -> None:
        self.carrier.parcels = {parcel.ttn: parcel for parcel in self.scenario.parcels}
        self.carrier.settings = CarrierSettings(
            interval=self._limits.carrier_interval,
            latency=self._limits.carrier_latency,
            keys=frozenset(self.scenario.api_keys),
        )
        self.bot.settings = BotSettings(
            chat_interval=self._limits.chat_interval, per_second=self._limits.bot_per_second
        )
        self.bot.chats.known.clear()
        for chat in self.scenario.chats:
            self.bot.chats.put(chat)

    def reset(self) -> None:
        """As at the start: no fault, no message, every parcel in its script. The webhook stays."""
        for service in self.faults:
            self.clear_faults(service)
        self.carrier.asked.clear()
        self.bot.chats.forget_messages()
        self.bot.webhook.forget()
        self.bot_service.calls.clear()
        self.bot_service.answers.clear()
        self._begin()

    def set_fault(self, service: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Raises ValueError. `seconds`: cleared by itself after them, in real time."""
        fault = self.faults[service].set(wanted)
        if fault.name == DOWN:
            self.listeners[service].close()
        if wanted.get("seconds"):
            timer = threading.Timer(float(wanted["seconds"]), self.clear_faults, [service])
            timer.daemon = True
            timer.start()
            self._timers.append(timer)
        return fault.shown()

    def clear_faults(self, service: str) -> None:
        self.faults[service].clear()
        self.listeners[service].open()

    def settle(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Change settings by name and return all. Raises ValueError for an unknown name."""
        carrier, bot = self.carrier.settings, self.bot.settings
        for name, value in wanted.items():
            match name:
                case "carrier_interval":
                    carrier.interval = float(value)
                case "carrier_latency_ms":
                    carrier.latency = float(value) / 1000
                case "carrier_keys":
                    carrier.keys = frozenset(str(key) for key in value)
                case "carrier_shuffle":
                    carrier.shuffle = bool(value)
                case "chat_interval":
                    bot.chat_interval = float(value)
                case "bot_per_second":
                    bot.per_second = int(value)
                case "webhook_pause":
                    self.bot.webhook.pause = float(value)
                case "bot_token":
                    self.bot_service.token = str(value)
                case _:
                    raise ValueError(f"no setting {name!r}")
        return {
            "carrier_interval": carrier.interval,
            "carrier_latency_ms": carrier.latency * 1000,
            "carrier_keys": len(carrier.keys),
            "carrier_shuffle": carrier.shuffle,
            "chat_interval": bot.chat_interval,
            "bot_per_second": bot.per_second,
            "webhook_pause": self.bot.webhook.pause,
        }

    def put_parcel(self, wanted: Mapping[str, Any]) -> Parcel:
        """Raises KeyError, TypeError or ValueError."""
        parcel = Parcel.from_dict(wanted)
        self.carrier.parcels[parcel.ttn] = parcel
        return parcel

    def move(self, ttn: str, wanted: Mapping[str, Any]) -> Parcel:
        """From now on `{"code", "text"?, "variant"?, "place"?}`. Raises KeyError for a parcel that is not there."""
        parcel = self.carrier.parcels[ttn]
        now = self.clock.now()
        at, code = int((now - self.scenario.epoch) / timedelta(seconds=1)), str(wanted["code"])
        place = Place(**wanted["place"]) if wanted.get("place") else None
        words = sentence(
            code,
            city_from=parcel.city_from,
            city=parcel.city,
            place=place or parcel.place_at(at),
            when=now.astimezone(KYIV),
            variant=int(wanted.get("variant") or 0),
        )
        moved = parcel.moved(Step(at=at, code=code, text=str(wanted.get("text", words)), place=place))
        if wanted.get("child"):
            moved = replace(
                moved, child=Parcel.from_dict(moved.to_dict() | {"child": {"at": at, **wanted["child"]}}).child
            )
        self.carrier.parcels[ttn] = moved
        return moved

    def close(self) -> None:
        self.bot.webhook.end()
        for timer in self._timers:
            timer.cancel()
        for service in self.faults:
            self.faults[service].clear()
        for listener in self.listeners.values():
            listener.close()
