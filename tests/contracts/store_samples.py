"""An empty store behind its Protocols, and parcels, links, notices and runs to put into it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.fakes.clock import START, FakeClock
from vistka.domain.notices import Audience, Kind, Notice, NoticeState
from vistka.domain.parcels import Change, Facts, ParcelState
from vistka.domain.stages import Stage
from vistka.ports import (
    Audits,
    ChatPaces,
    Chats,
    Circuits,
    Ledger,
    Link,
    LinkedOrders,
    Pace,
    ParcelStore,
    Refreshes,
    Run,
    Runs,
)
from vistka.usecases.carrier_health import HealthBook
from vistka.usecases.erasing import Memories
from vistka.usecases.keeping import Keeping

TTN = "20450000000011"
OTHER = "20450000000022"
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Stores:
    """One empty store behind all its Protocols, on one clock. `pace` makes one for a group and an interval; `damage`
    makes a parcel's STATE unreadable."""

    parcels: ParcelStore
    linked: LinkedOrders
    refreshes: Refreshes
    chats: Chats
    memories: Memories
    health: HealthBook
    audits: Audits
    keeping: Keeping
    ledger: Ledger
    runs: Runs
    circuits: Circuits
    chat_paces: ChatPaces
    pace: Callable[[str, timedelta], Pace]
    clock: FakeClock
    damage: Callable[[str], None]


def facts(**changes: Any) -> Facts:
    values: dict[str, Any] = {
        "code": "7",
        "text": "Прибув у відділення",
        "stage": Stage.AT_BRANCH,
        "city": "Київ",
        "place": "Відділення №1: вул. Вигадана, 1 & <б>",
        "courier": True,
        "arrived_at": datetime(2026, 1, 13, 7, 59, 59, 123456, tzinfo=UTC),
        "to_pay": "96.50",
    }
    return Facts(**(values | changes))


def state(ttn: str = TTN, **changes: Any) -> ParcelState:
    values: dict[str, Any] = {
        "ttn": ttn,
        "revision": 0,
        "version": 1,
        "observed_at": START,
        "facts": facts(),
        "stage": Stage.AT_BRANCH,
        "first_seen_at": START,
        "changed_at": START,
        "orders": frozenset({"1", "2"}),
        "told": {"waiting": "Відділення №1"},
        "written": ("0a1b", "2c3d"),
    }
    return ParcelState(**(values | changes))


def bare_state(ttn: str) -> ParcelState:
    """A parcel seen, of which the carrier knows nothing."""
    return ParcelState(ttn=ttn, revision=0, version=0, observed_at=START, first_seen_at=START, not_found=1)


def change(version: int = 1, **changes: Any) -> Change:
    values: dict[str, Any] = {
        "ttn": TTN,
        "version": version,
        "at": START,
        "observed_at": START,
        "facts": facts(),
        "stage": Stage.AT_BRANCH,
    }
    return Change(**(values | changes))


def notice(**changes: Any) -> Notice:
    values: dict[str, Any] = {
        "order_key": "1",
        "order_number": "TWC01",
        "ttn": TTN,
        "kind": Kind.WAITING,
        "occurrence": "1",
        "audience": Audience.BUYER,
        "version": 1,
        "state": NoticeState.NEW,
        "created_at": START,
        "due_at": START + 5 * MINUTE,
        "chat_id": 2**52 - 1,
        "payload": {"place": "Відділення №1", "sum": "96.50", "days": 3, "none": None, "many": ["a", 1, True]},
    }
    return Notice(**(values | changes))


def link(**changes: Any) -> Link:
    values: dict[str, Any] = {
        "order_key": "1",
        "order_number": "TWC01",
        "ttn": TTN,
        "current": True,
        "since": START,
        "chat_id": -(2**52 - 1),
        "language": "uk",
    }
    return Link(**(values | changes))


def run(minutes: int = 0) -> Run:
    started_at = START + minutes * MINUTE
    return Run(id=f"{started_at:%Y-%m-%dT%H:%M:%SZ}#abc", started_at=started_at)
