"""How the dispatcher and the tracker grow with the shop: one process for each measurement, which tells its peak."""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final

from benchmarks.figures import Runs, Table
from benchmarks.large import MadeUpParcels, drivers_url, fill, shop_of, state_of
from tests.fakes.carrier import FakeCarrier
from tests.fakes.chats import FakeChats
from tests.fakes.clock import FakeClock
from tests.fakes.health import FakeHealth
from tests.fakes.metrics import FakeMetrics
from tests.fakes.queues import FakeNoticeQueue
from tests.fakes.store import FakeAudits, FakeLedger, FakeRuns, Memory
from tests.fakes.together import OneByOne
from vistka.adapters.shop_sql import SqlShop
from vistka.domain.messages import PollMessage, PollOrder, PollParcel
from vistka.domain.plan import PollingPlan
from vistka.domain.policy import Policy
from vistka.ports import PollEntry, Run
from vistka.shop.schema import load_schema
from vistka.usecases.applying import Applier
from vistka.usecases.auditing import Auditor
from vistka.usecases.carrier_health import Pulse
from vistka.usecases.dispatching import Dispatcher
from vistka.usecases.queueing import NoticeSender
from vistka.usecases.showing import ShopWriter
from vistka.usecases.storing import ParcelWriter
from vistka.usecases.tracking import Tracker

INTERVAL: Final = timedelta(minutes=10)
SIZES: Final = (1_000, 10_000, 100_000, 1_000_000)
ENGINES: Final = {"sqlite": "SQLite", "mysql": "MariaDB", "postgresql": "PostgreSQL"}
_SERVERS: Final = {
    "mysql": os.environ.get("TEST_MARIADB_URL", "mysql+pymysql://root@127.0.0.1:3306"),
    "postgresql": os.environ.get("TEST_POSTGRESQL_URL", "postgresql+pg8000://postgres@127.0.0.1:5432"),
}
_MESSAGES: Final = 20


def measure(_rounds: int, *, sizes: Sequence[int] = SIZES, engines: Iterable[str] = ENGINES) -> list[Table]:
    """Each engine at every size; what each measurement tells is of a process of its own."""
    rows: list[list[object]] = []
    values: dict[str, float] = {}
    seconds_of: dict[str, list[tuple[float, float]]] = {}
    megabytes_of: dict[str, list[tuple[float, float]]] = {}
    for engine in engines:
        name = ENGINES[engine]
        each: dict[int, float] = {}
        for size in sizes:
            with tempfile.TemporaryDirectory(prefix="vistka-growth-") as folder, ExitStack() as stack:
                url = shop_of(engine, _SERVERS, Path(folder), stack)
                fill(url, size)
                runs = [_child("dispatcher", url, size) for _ in range(1 if size >= SIZES[-1] else 3)]
                tracked = _child("tracker", url, size)
            seconds, peak = (Runs(tuple(run[what] for run in runs)) for what in ("seconds", "peak_mb"))
            each[size] = seconds.median / size
            rows.append(
                [
                    f"{name}, " + f"{size:,}".replace(",", " "),
                    seconds.shown(digits=2),
                    f"{each[size] * 1e6:.0f}",
                    f"{each[size] / each[sizes[0]]:.2f}",
                    f"{peak.median:.0f}",
                    f"{runs[0]['asked']:.0f} in {runs[0]['batches']:.0f}, {runs[0]['left']:.0f} left",
                    f"{tracked['seconds'] * 1000:.0f}",
                ]
            )
            seconds_of.setdefault(name, []).append((size, seconds.median))
            megabytes_of.setdefault(name, []).append((size, peak.median))
            if size == SIZES[-1]:
                values["million: peak"] = max(values.get("million: peak", 0), peak.median)
                if SIZES[1] in each:
                    growth = each[size] / each[SIZES[1]]
                    values["million: growth"] = max(values.get("million: growth", 0), growth)
    return [
        Table(
            name="growth",
            title="The dispatcher's run over open orders, and the tracker's over a message of 100 changed parcels",
            columns=(
                "open orders",
                "dispatcher, s",
                "µs an order",
                f"over that at {sizes[0]:,}".replace(",", " "),
                "peak, MB",
                "parcels asked in batches",
                "tracker, ms a message",
            ),
            rows=rows,
            values=values,
            lines={"The dispatcher's run, s": seconds_of, "Its peak, MB": megabytes_of},
        )
    ]


def _child(what: str, url: str, size: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.growth", what, drivers_url(url), str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{what} over {size} orders: {done.stderr[-1500:]}")
    told: dict[str, float] = json.loads(done.stdout)
    return told


# --- in the process of its own ----------------------------------------------------------------------------------------


@dataclass
class _Drain:
    """`vistka.ports.PollQueue`: takes everything and keeps nothing, as SQS would for us."""

    bytes: int = 0

    def send(self, entries: Sequence[PollEntry]) -> list[int]:
        self.bytes += sum(len(entry.body) for entry in entries)
        return []


@dataclass
class _Process:
    url: str
    size: int
    clock: FakeClock = field(default_factory=FakeClock)
    metrics: FakeMetrics = field(default_factory=FakeMetrics)

    def __post_init__(self) -> None:
        tls = "" if self.url.startswith("sqlite") else "?tls=off"
        self.shop = SqlShop(url=self.url + tls, schema=load_schema("twocomms"))
        self.parcels = MadeUpParcels(self.clock.now())
        self.memory = Memory()

    def policy(self, now: datetime) -> Policy:
        return Policy(
            now=now,
            live_since=now - timedelta(days=30),
            is_live=lambda _number: True,
            has_shop_chat=False,
            notice_due=timedelta(minutes=5),
            default_language="uk",
            fit=self.shop.fit,
        )

    def dispatcher(self) -> dict[str, float]:
        runs, ids = FakeRuns(self.memory), count()
        before = Run(id="before", started_at=self.clock.now() - INTERVAL)
        runs.start(before)
        runs.sent(before.id, batches=0, covers=before.started_at)
        dispatcher = Dispatcher(
            shop=self.shop,
            parcels=self.parcels,
            runs=runs,
            polls=_Drain(),
            clock=self.clock,
            metrics=self.metrics,
            policy=self.policy,
            interval=INTERVAL,
            pace=timedelta(seconds=1),
            schedule=PollingPlan(),
            expiry=timedelta(minutes=20),
            new_id=lambda: f"{next(ids):04}",
            say=_silent,
        )
        began = time.perf_counter()
        done = dispatcher.run()
        seconds = time.perf_counter() - began
        assert done.orders == self.size
        return {"seconds": seconds, "asked": done.asked, "batches": done.batches, "left": done.left}

    def tracker(self) -> dict[str, float]:
        """Seconds a message, of 20 that all changed, spread over the table."""
        carrier = FakeCarrier(self.clock)
        notices = NoticeSender(queue=FakeNoticeQueue(), shop_chat_id=None, group_of=str, say=_silent)
        tracker = Tracker(
            pulse=Pulse(book=FakeHealth(self.memory), clock=self.clock, every=timedelta(minutes=15), say=_silent),
            carrier=carrier,
            chats=FakeChats(self.memory),
            runs=FakeRuns(self.memory),
            store=ParcelWriter(
                parcels=_TakesAll(self.clock.now()),
                shop=self.shop,
                together=OneByOne(),
                clock=self.clock,
                metrics=self.metrics,
                say=_silent,
            ),
            shop=ShopWriter(
                shop=self.shop,
                parcels=self.parcels,
                ledger=FakeLedger(self.memory),
                notices=notices,
                auditor=Auditor(audits=FakeAudits(self.memory), clock=self.clock, say=_silent),
                clock=self.clock,
                metrics=self.metrics,
                say=_silent,
            ),
            applier=Applier(
                ledger=FakeLedger(self.memory),
                parcels=self.parcels,
                shop=self.shop,
                clock=self.clock,
                metrics=self.metrics,
                is_live=lambda _number: True,
                attempt=timedelta(minutes=5),
                overdue_after=timedelta(hours=1),
                say=_silent,
            ),
            notices=notices,
            clock=self.clock,
            metrics=self.metrics,
            policy=self.policy,
            say=_silent,
        )
        times = []
        for number in range(_MESSAGES):
            message = self._message(number)
            for parcel in message.parcels:
                carrier.set(parcel.ttn, "7", "Прибув на відділення")
            began = time.perf_counter()
            done = tracker.track(message)
            times.append(time.perf_counter() - began)
            assert not done.failed
            assert not done.unwritten
        return {"seconds": sorted(times)[len(times) // 2]}

    def _message(self, number: int) -> PollMessage:
        page = self.shop.open_orders(after=str((self.size - 100) * number // _MESSAGES) if number else None, limit=100)
        return PollMessage(
            run="",
            batch=number,
            run_at=self.clock.now(),
            expires_at=self.clock.now() + INTERVAL,
            parcels=tuple(
                PollParcel(ttn=order.tracking, ask=True, known=state_of(order.tracking, self.clock.now()))
                for order in page.orders
            ),
            orders=tuple(PollOrder(order=order, ttns=(order.tracking,)) for order in page.orders),
        )


class _TakesAll(MadeUpParcels):
    def commit(self, _commit: object) -> None:
        return None


def _silent(_message: str, **_named: object) -> None:
    return None


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["dispatcher", "tracker"])
    parser.add_argument("url")
    parser.add_argument("size", type=int)
    chosen = parser.parse_args()
    told: dict[str, Any] = getattr(_Process(chosen.url, chosen.size), chosen.what)()
    told["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
