"""The carrier's answers to getStatusDocuments: what it refuses, how it says so, and how fast one may ask."""

import random
import re
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from local.scenario.script import Parcel
from local.standins.carrier_fields import not_found_item
from local.standins.carrier_item import item
from local.standins.clock import MovedClock

_NUMBER: Final = re.compile(r"\d{14}")
_PHONE: Final = re.compile(r"380\d{9}")
_MOST: Final = 100
_WARNING: Final = "Please enter a valid phone number from the express invoice to show full information"
#: Clocks and networks jitter: who keeps to one request a second shall not be refused for milliseconds.
_TOLERANCE: Final = 0.9


@dataclass(slots=True)
class CarrierSettings:
    """`interval`: seconds between two requests of one key, 0 for no limit. `latency` in seconds for every answer."""

    interval: float = 1.0
    latency: float = 0.0
    keys: frozenset[str] = frozenset()  # empty: every key is good
    shuffle: bool = True


@dataclass(slots=True)
class Asked:
    """One request as the carrier saw it, for whoever looks on."""

    at: datetime
    key: str  # "key", "none" or "refused"
    documents: list[str] = field(default_factory=list)
    phones: int = 0
    outcome: str = ""


class Carrier:
    def __init__(self, *, clock: MovedClock, epoch: datetime, settings: CarrierSettings) -> None:
        self.settings = settings
        self.epoch = epoch
        self.parcels: dict[str, Parcel] = {}
        self.asked: list[Asked] = []
        self._clock = clock
        self._lock = threading.Lock()
        self._last: dict[str, float] = {}

    def now(self) -> datetime:
        return self._clock.now()

    def answer(self, body: Mapping[str, Any]) -> tuple[dict[str, Any], Asked]:
        """One envelope, and what was noted of the request; HTTP is 200 whatever it says."""
        key = str(body.get("apiKey") or "")
        good = not key or not self.settings.keys or key in self.settings.keys
        asked = Asked(at=self.now(), key="none" if not key else "key" if good else "refused")
        with self._lock:
            self.asked.append(asked)
            number = len(self.asked)
        return self._answer(body, asked, key, good=good, number=number), asked

    def _answer(self, body: Mapping[str, Any], asked: Asked, key: str, *, good: bool, number: int) -> dict[str, Any]:
        if self.settings.latency:
            time.sleep(self.settings.latency)
        if not self._slot(key):
            return _said(asked, "rate_limit", error("20000401501", "To many requests"))
        if not good:
            return _said(asked, "key_refused", key_refused())
        if (body.get("modelName"), body.get("calledMethod")) not in {
            ("TrackingDocument", "getStatusDocuments"),
            ("TrackingDocumentGeneral", "getStatusDocuments"),
        }:
            return _said(asked, "no_method", error("20000100016", "Method not found"))
        properties = body.get("methodProperties")
        documents = properties.get("Documents") if isinstance(properties, dict) else None
        return self._documents(documents, asked, keyed=bool(key), number=number)

    def _documents(self, documents: Any, asked: Asked, *, keyed: bool, number: int) -> dict[str, Any]:
        if not isinstance(documents, list) or not documents or not all(isinstance(d, dict) for d in documents):
            return _said(asked, "no_documents", error("20001401442", "Document number is not correct"))
        wanted = {str(d.get("DocumentNumber") or ""): str(d.get("Phone") or "") for d in documents}
        asked.documents = [str(d.get("DocumentNumber") or "") for d in documents]
        asked.phones = sum(1 for phone in wanted.values() if phone)
        if len(documents) > _MOST:
            return _said(asked, "too_many", error("20001401153", "Max count of documents is 100"))
        bad = [ttn for ttn in wanted if not _NUMBER.fullmatch(ttn) or self._refuses(ttn)]
        if bad:
            said = error("20001401442", "Document number is not correct")
            said["warnings"] = [f"Invalid DocumentNumber: {ttn}" for ttn in bad]
            return _said(asked, "bad_number", said)
        if any(phone and not _PHONE.fullmatch(phone) for phone in wanted.values()):
            return _said(asked, "bad_phone", error("20001401160", "Phone number is not correct"))
        now = self.now()
        items = [self._item(ttn, phone, now, keyed=keyed) for ttn, phone in wanted.items()]
        data = [one for one in items if one is not None]
        if self.settings.shuffle:
            random.Random(number).shuffle(data)
        said = envelope(data)
        said["warnings"] = [{f"ID_{ttn}": _WARNING} for ttn, phone in wanted.items() if not self._knows(ttn, phone)]
        return _said(asked, "ok", said)

    def _item(self, ttn: str, phone: str, now: datetime, *, keyed: bool) -> dict[str, Any] | None:
        parcel = self.parcels.get(ttn)
        if parcel is None:
            return not_found_item(ttn)
        return item(parcel, epoch=self.epoch, now=now, phone=phone, keyed=keyed)

    def _refuses(self, ttn: str) -> bool:
        parcel = self.parcels.get(ttn)
        return parcel is not None and parcel.refused

    def _knows(self, ttn: str, phone: str) -> bool:
        parcel = self.parcels.get(ttn)
        return parcel is not None and phone in {parcel.phone, parcel.phone_sender}

    def _slot(self, key: str) -> bool:
        if not self.settings.interval:
            return True
        with self._lock:
            now = self._clock.ticks()
            if now - self._last.get(key, -1e9) < self.settings.interval * _TOLERANCE:
                return False
            self._last[key] = now
            return True


def envelope(data: Sequence[Any]) -> dict[str, Any]:
    names = ("errors", "warnings", "info", "messageCodes", "errorCodes", "warningCodes", "infoCodes")
    return {"success": True, "data": list(data)} | {name: [] for name in names}


def error(code: str, text: str) -> dict[str, Any]:
    return envelope([]) | {"success": False, "errors": [text], "errorCodes": [code] if code else []}


def key_refused() -> dict[str, Any]:
    return error("20000200068", "API key is invalid")


def _said(asked: Asked, outcome: str, said: dict[str, Any]) -> dict[str, Any]:
    asked.outcome = outcome
    return said
