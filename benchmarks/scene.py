"""Our parts on the local world, wired as the functions wire them, in this process: so they can be measured."""

import os
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import requests
import sqlalchemy as sa

from benchmarks.distant import STORE_MS, Distant
from benchmarks.floor import WRITES, Floor, Recorded, Work, elsewhere
from benchmarks.invented import API_KEY, BOT_TOKEN, scenario
from local.world.wishes import QUICK, Wishes
from local.world.world import World
from tests.fakes.chats import FakeChats
from tests.fakes.metrics import FakeMetrics
from tests.fakes.queues import FakeNoticeQueue, FakePollQueue
from tests.fakes.store import FakeLedger, FakeParcels, FakeRuns, Memory
from vistka.carrier.decoding import decoded
from vistka.domain.messages import PollMessage
from vistka.domain.policy import Policy
from vistka.edge.carrierside import tracker_of
from vistka.edge.outside import Outside
from vistka.edge.shopside import dispatcher_of, open_shop
from vistka.usecases.dispatching import Dispatcher
from vistka.usecases.tracking import Tracker

MINISTACK: Final = "MiniStack"
DISTANT: Final = f"{STORE_MS} ms away"


@dataclass
class Scene:
    """`store` is one of the two above. `counted` counts AWS operations and SQL verbs since it was last cleared."""

    world: World
    store: str
    counted: Counter[str] = field(default_factory=Counter)
    polls: FakePollQueue = field(default_factory=FakePollQueue)
    _memory: Memory = field(default_factory=Memory)
    #: what leaves meanwhile, while somebody records it
    _recorded: Recorded | None = None

    def at(self, hours: float) -> None:
        self.world.set_clock(hours * 3600)

    def open(self, orders: int) -> None:
        """From now on only so many orders are open."""
        with sqlite3.connect(self.shop_file) as shop:
            shop.execute("UPDATE orders_order SET status = CASE WHEN id <= ? THEN 'ship' ELSE 'done' END", [orders])
        shop.close()

    def dispatch(self) -> list[str]:
        """One run of the dispatcher: the bodies that the tracker would get."""
        self.polls.sent.clear()
        self.dispatcher.run()
        return [entry.body for entry in self.polls.sent]

    def track(self, bodies: Sequence[str]) -> None:
        for body in bodies:
            done = self.tracker.track(PollMessage.from_json(body, decode=decoded))
            if done.error or done.failed or done.stale or done.unwritten:
                raise RuntimeError(f"the run that was to be measured failed: {done}")

    def record(self, bodies: Sequence[str]) -> list[Work]:
        """Track them, and note what was written for each."""
        works = []
        for body in bodies:
            self._recorded = Recorded()
            self.track([body])
            works.append(Work(body=body, asked=asked_in(body), written=self._recorded))
        self._recorded = None
        return works

    @contextmanager
    def floor(self) -> Iterator[Floor]:
        """On a copy of the shop as it is now."""
        with tempfile.TemporaryDirectory(prefix="vistka-floor-") as folder:
            copy = Path(shutil.copy(self.shop_file, folder))
            shop = sqlite3.connect(copy)
            shop.create_function("vistka_same", 2, lambda one, other: one == other)
            yield Floor(carrier_url=self.world.facts.nova_poshta_url, call=self._call, shop=shop)
            shop.close()

    def carrier_requests(self) -> int:
        url = f"{self.world.facts.control_url}/carrier"
        return int(requests.get(url, timeout=30).json()["requests"])

    # --- the parts ----------------------------------------------------------------------------------------------------

    @cached_property
    def outside(self) -> Outside:
        facts = self.world.facts
        outside = Outside(
            {
                "AWS_ENDPOINT_URL": facts.endpoint_url,
                "AWS_REGION": facts.region,
                "STORE_TABLE": facts.outputs["StoreTable"],
                # Queues of our own: the world's functions would take what is sent to theirs.
                "POLLS_QUEUE_URL": self._queue("bench-polls"),
                "NOTICES_QUEUE_URL": self._queue("bench-notices.fifo"),
                "HASH_KEY": "bench",
                "MODE": "live",
                "SHOP_SCHEMA": "twocomms",
                "SHOP_DATABASE_URL": facts.shop_database_url,
                "NOVA_POSHTA_URL": facts.nova_poshta_url,
                "NOVA_POSHTA_API_KEY": API_KEY,
                "PACE_SECONDS": "0",
                "POLLING": "10",  # whatever the hour, all fall due again
                "CLOCK_FILE": facts.clock_file,
            },
            (),
        )
        for client in (outside.table._connection.client, outside.sqs):
            client.meta.events.register("before-send", self._count_aws)
            client.meta.events.register("provide-client-params", self._record_aws)
        return outside

    @cached_property
    def dispatcher(self) -> Dispatcher:
        made = dispatcher_of(self.outside, self.tracker.shop.shop)
        made = replace(made, polls=self.polls, metrics=FakeMetrics())
        if self.store == DISTANT:
            made = replace(made, parcels=self._parcels, runs=self._runs, policy=self._policy)
        return made

    @cached_property
    def tracker(self) -> Tracker:
        made = replace(tracker_of(self.outside, open_shop(self.outside)), metrics=FakeMetrics())
        if self.store == MINISTACK:
            return made
        notices = replace(made.notices, queue=self._distant(FakeNoticeQueue()))
        ledger = self._distant(FakeLedger(self._memory))
        return replace(
            made,
            chats=self._distant(FakeChats(self._memory)),
            runs=self._runs,
            store=replace(made.store, parcels=self._parcels),
            shop=replace(made.shop, parcels=self._parcels, ledger=ledger, notices=notices),
            notices=notices,
            policy=self._policy,
        )

    @cached_property
    def _parcels(self) -> Any:
        return self._distant(FakeParcels(self._memory))

    @cached_property
    def _runs(self) -> Any:
        return self._distant(FakeRuns(self._memory))

    def _distant(self, part: object) -> Any:
        def made(operation: str) -> None:
            if self._recorded is not None:
                self._recorded.calls.append((operation, {}))

        return Distant(part, made)

    def _policy(self, now: datetime) -> Policy:
        return Policy(
            now=now,
            live_since=self._runs.live_since(now, live=True),
            is_live=lambda _number: True,
            has_shop_chat=False,
            notice_due=timedelta(minutes=5),
            default_language="uk",
            fit=self.tracker.shop.shop.fit,
        )

    # --- what leaves --------------------------------------------------------------------------------------------------

    def _count_aws(self, event_name: str, **_: object) -> None:
        self.counted[event_name.rsplit(".", 1)[-1]] += 1

    def _record_aws(self, event_name: str, params: Mapping[str, Any], **_: object) -> None:
        operation = event_name.rsplit(".", 1)[-1]
        if self._recorded is not None and operation in WRITES:
            self._recorded.calls.append(elsewhere(operation, params))

    def statement(self, statement: str, values: Sequence[Any]) -> None:
        """Hears of every statement to the shop."""
        verb = statement.split(maxsplit=1)[0].upper()
        self.counted[f"SQL {verb}"] += 1
        if self._recorded is not None and verb not in {"SELECT", "PRAGMA"}:
            self._recorded.statements.append((statement, tuple(values)))

    @cached_property
    def _call(self) -> Callable[[str, Mapping[str, Any]], object]:
        if self.store == DISTANT:
            return Distant(_Nothing(), lambda _operation: None).commit  # type: ignore[no-any-return]
        clients = {name: self.world.client(name) for name in ("dynamodb", "sqs")}

        def call(operation: str, request: Mapping[str, Any]) -> object:
            return clients["sqs" if operation == "SendMessageBatch" else "dynamodb"]._make_api_call(operation, request)

        return call

    @property
    def shop_file(self) -> Path:
        return Path(str(sa.make_url(self.world.facts.shop_database_url).database))

    def _queue(self, name: str) -> str:
        attributes = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
        made = self.world.client("sqs").create_queue(QueueName=name, Attributes=attributes)
        return str(made["QueueUrl"])


class _Nothing:
    def commit(self, *_: object) -> None:
        return None


def asked_in(body: str) -> dict[str, Any]:
    """What the carrier is asked for this message, for asking it without us."""
    documents = [
        {"DocumentNumber": parcel.ttn, "Phone": "380600000001"}
        for parcel in PollMessage.from_json(body).parcels
        if parcel.ask
    ]
    return tracking_request(documents)


def tracking_request(documents: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    return {
        "apiKey": API_KEY,
        "modelName": "TrackingDocument",
        "calledMethod": "getStatusDocuments",
        "methodProperties": {"Documents": list(documents)},
    }


@contextmanager
def scenes(*, parcels: int, answer_ms: int = 0) -> Iterator[dict[str, Scene]]:
    """A world of so many parcels whose carrier takes so long for an answer, with each store."""
    with tempfile.TemporaryDirectory(prefix="vistka-bench-") as folder:
        file = Path(folder) / "bench.json"
        scenario(parcels).save(file)
        wishes = Wishes(
            folder=Path(folder),
            nova_poshta_api_key=API_KEY,
            telegram_bot_token=BOT_TOKEN,
            parameters=QUICK,
            standins=(
                *("--scenario", str(file), "--carrier-interval", "0"),
                *("--carrier-latency-ms", str(answer_ms)),
            ),
        )
        with World.start(wishes) as world:
            os.environ.update(
                AWS_ACCESS_KEY_ID=world.facts.access_key,
                AWS_SECRET_ACCESS_KEY=world.facts.secret_key,
                AWS_ENDPOINT_URL=world.facts.endpoint_url,
                NO_PROXY="127.0.0.1",
                no_proxy="127.0.0.1",
            )
            found = {store: Scene(world=world, store=store) for store in (MINISTACK, DISTANT)}

            def heard(_connection: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
                for scene in found.values():
                    scene.statement(statement, values)

            sa.event.listen(sa.Engine, "before_cursor_execute", heard)
            try:
                yield found
            finally:
                sa.event.remove(sa.Engine, "before_cursor_execute", heard)
