"""A shop whose parcels all move at once, on the local world; what is measured runs in this process."""

import os
import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import requests
import sqlalchemy as sa

from local.scenario.model import Order, Scenario, User
from local.scenario.script import Parcel, Place, Step
from local.world.wishes import QUICK, Wishes
from local.world.world import World
from tests.fakes.queues import FakeNoticeQueue, FakePollQueue
from tests.fakes.store import FakeLedger, FakeParcels, FakeRuns, Memory
from vistka.adapters.nova_poshta import NovaPoshta
from vistka.domain.messages import PollMessage
from vistka.domain.policy import Policy
from vistka.edge.carrierside import tracker_of
from vistka.edge.outside import Outside
from vistka.edge.shopside import dispatcher_of, open_shop
from vistka.ports import Ledger, ParcelStore, Runs
from vistka.usecases.batch import Tracked
from vistka.usecases.dispatching import Dispatcher
from vistka.usecases.tracking import Tracker

#: Parcels move every third hour.
STEP_HOURS: Final = 3
_STEPS: Final = 40
_API_KEY: Final = "b" * 32
_BOT_TOKEN: Final = "1000001:" + "b" * 35


@dataclass
class Scene:
    """`store` is "MiniStack" or "memory". `counted` counts AWS operations and SQL verbs since it was last cleared."""

    world: World
    store: str
    counted: Counter[str] = field(default_factory=Counter)
    memory: Memory = field(default_factory=Memory)
    notices: FakeNoticeQueue = field(default_factory=FakeNoticeQueue)
    polls: FakePollQueue = field(default_factory=FakePollQueue)

    def at(self, hours: float) -> None:
        self.world.set_clock(hours * 3600)

    def dispatch(self) -> list[PollMessage]:
        """One run of the dispatcher: the messages that the tracker would get."""
        self.polls.sent.clear()
        self.dispatcher.run()
        return [PollMessage.from_json(entry.body) for entry in self.polls.sent]

    def track(self, messages: Sequence[PollMessage]) -> list[Tracked]:
        done = [self.tracker.track(message) for message in messages]
        if wrong := [one for one in done if one.error or one.failed or one.stale or one.unwritten]:
            raise RuntimeError(f"the run that was to be measured failed: {wrong[0]}")
        return done

    def bodies(self, messages: Sequence[PollMessage]) -> list[dict[str, Any]]:
        """What the carrier is asked for these messages, for asking it without us."""
        return [
            {
                "apiKey": _API_KEY,
                "modelName": "TrackingDocument",
                "calledMethod": "getStatusDocuments",
                "methodProperties": {
                    "Documents": [
                        {"DocumentNumber": parcel.ttn, "Phone": "380600000001"} for parcel in one.parcels if parcel.ask
                    ]
                },
            }
            for one in messages
        ]

    def carrier_requests(self) -> int:
        url = f"{self.world.facts.control_url}/carrier"
        return int(requests.get(url, timeout=30).json()["requests"])

    @cached_property
    def outside(self) -> Outside:
        facts = self.world.facts
        queues = {name: self._queue(name) for name in ("bench-polls", "bench-notices.fifo")}
        outside = Outside(
            {
                "AWS_ENDPOINT_URL": facts.endpoint_url,
                "AWS_REGION": facts.region,
                "STORE_TABLE": facts.outputs["StoreTable"],
                "POLLS_QUEUE_URL": queues["bench-polls"],
                "NOTICES_QUEUE_URL": queues["bench-notices.fifo"],
                "HASH_KEY": "bench",
                "MODE": "live",
                "SHOP_SCHEMA": "twocomms",
                "SHOP_DATABASE_URL": facts.shop_database_url,
                "NOVA_POSHTA_URL": facts.nova_poshta_url,
                "NOVA_POSHTA_API_KEY": _API_KEY,
                "PACE_SECONDS": "0",
                "POLLING": "10",  # whatever the hour, all fall due again
                "CLOCK_FILE": facts.clock_file,
            },
            (),
        )
        connection = outside.table._connection.client
        for client in (connection, outside.sqs):
            client.meta.events.register("before-send", self._count_aws)
        return outside

    @cached_property
    def dispatcher(self) -> Dispatcher:
        made = dispatcher_of(self.outside, self.tracker.shop.shop)
        made = replace(made, polls=self.polls)
        if self.store == "memory":
            made = replace(made, parcels=self._parcels, runs=self._runs, policy=self._policy)
        return made

    @cached_property
    def tracker(self) -> Tracker:
        made = tracker_of(self.outside, open_shop(self.outside))
        if self.store == "memory":
            notices = replace(made.notices, queue=self.notices)
            shop = replace(made.shop, parcels=self._parcels, ledger=self._ledger, notices=notices)
            store = replace(made.store, parcels=self._parcels)
            made = replace(made, runs=self._runs, store=store, shop=shop, notices=notices, policy=self._policy)
        return made

    @property
    def carrier(self) -> NovaPoshta:
        assert isinstance(self.tracker.carrier, NovaPoshta)
        return self.tracker.carrier

    @cached_property
    def _parcels(self) -> ParcelStore:
        return FakeParcels(self.memory)

    @cached_property
    def _runs(self) -> Runs:
        return FakeRuns(self.memory)

    @cached_property
    def _ledger(self) -> Ledger:
        return FakeLedger(self.memory)

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

    def _queue(self, name: str) -> str:
        # Queues of our own: the world's functions would take what is sent to theirs.
        attributes = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
        made = self.world.client("sqs").create_queue(QueueName=name, Attributes=attributes)
        return str(made["QueueUrl"])

    def _count_aws(self, event_name: str, **_: object) -> None:
        self.counted[event_name.rsplit(".", 1)[-1]] += 1


@contextmanager
def scenes(*, parcels: int, answer_ms: int = 0) -> Iterator[dict[str, Scene]]:
    """A world of so many parcels whose carrier takes so long for an answer: once with its store, once with the twin in
    memory."""
    with tempfile.TemporaryDirectory(prefix="vistka-bench-") as folder:
        file = Path(folder) / "bench.json"
        _scenario(parcels).save(file)
        wishes = Wishes(
            folder=Path(folder),
            nova_poshta_api_key=_API_KEY,
            telegram_bot_token=_BOT_TOKEN,
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
            found = {store: Scene(world=world, store=store) for store in ("MiniStack", "memory")}
            counting = _counting_sql(found["MiniStack"].counted)
            sa.event.listen(sa.Engine, "before_cursor_execute", counting)
            try:
                yield found
            finally:
                sa.event.remove(sa.Engine, "before_cursor_execute", counting)


def _counting_sql(counted: Counter[str]) -> Any:
    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        counted[f"SQL {statement.split(maxsplit=1)[0].upper()}"] += 1

    return count


def _scenario(parcels: int) -> Scenario:
    chance = random.Random(1)
    numbers = [f"2045{chance.randrange(10**10):010}" for _ in range(parcels)]
    return Scenario(
        epoch=datetime.now(UTC),
        seed=1,
        bot_token=_BOT_TOKEN,
        api_keys=(_API_KEY,),
        shop_chat_id=-1_000_000_000_001,
        chats=tuple({"id": _chat(index), "name": f"Покупець {index}"} for index in range(parcels)),
        users=tuple(_user(index) for index in range(parcels)),
        orders=tuple(_order(index, ttn) for index, ttn in enumerate(numbers)),
        parcels=tuple(_parcel(index, ttn) for index, ttn in enumerate(numbers)),
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


def _parcel(index: int, ttn: str) -> Parcel:
    """On its way and waiting by turns, at another branch each time, so that the buyer is told again."""
    steps = [Step(at=-3600, code="1", text="Відправник самостійно створив цю накладну, але ще не надав до відправки")]
    for number in range(1, _STEPS):
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
