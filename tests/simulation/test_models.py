"""The models keep what the real things keep: SQS beside moto and MiniStack by one contract, the store, the shop."""

import json
import random
import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from local.world.aws import answers, free_port, start_ministack
from local.world.aws import client as local_client
from local.world.processes import stop, wait_until_ready
from tests.aws_stand_in import REGION, aws_stand_in
from tests.contracts.queues import Queues, QueuesContract
from tests.contracts.shop import ShopContract
from tests.contracts.sqs import Sqs, SqsBehaviour
from tests.contracts.store import StoreContract
from tests.contracts.store_samples import Stores
from tests.fakes.chats import FakeChats
from tests.fakes.clock import FakeClock
from tests.fakes.erasure import FakeMemories
from tests.fakes.health import FakeHealth
from tests.fakes.keeping import FakeKeeping
from tests.fakes.shop import InMemoryShop
from tests.fakes.store import (
    FakeAudits,
    FakeChatPaces,
    FakeCircuits,
    FakeLedger,
    FakeLinkedOrders,
    FakePace,
    FakeParcels,
    FakeRefreshes,
    FakeRuns,
    Memory,
)
from tests.simulation.chaos import Gate
from tests.simulation.scheduler import Scheduler
from tests.simulation.shops import ShopModel
from tests.simulation.sqs import FifoQueue, Queue, StandardQueue
from tests.simulation.stores import ChatPaces, Chats, Circuits, Ledger, Pace, Parcels, Runs
from tests.simulation.watch import Watch
from vistka.adapters import aws
from vistka.adapters.queues import SqsNoticeQueue, SqsPollQueue

#: Where the stand-ins for AWS are no better than they are; the model does as AWS documents it.
_OTHERWISE = {
    "moto": {
        "test_what_is_visible_again_cannot_be_hidden_by_its_old_receipt",
        "test_one_deduplication_id_is_taken_once_though_its_message_is_gone",
    },
    "MiniStack": {
        "test_what_is_visible_again_cannot_be_hidden_by_its_old_receipt",
        "test_nothing_is_hidden_for_more_than_twelve_hours",
    },
}


def _expect(stand_in: str, request: pytest.FixtureRequest) -> None:
    if request.node.name in _OTHERWISE[stand_in]:
        request.applymarker(pytest.mark.xfail(reason=f"{stand_in} does otherwise than AWS", strict=True))


class Client:
    """The two models behind one client, as boto3 has it."""

    def __init__(self) -> None:
        self.seconds = 0.0
        rng = random.Random(7)
        self.dead = StandardQueue(url="dead", now=lambda: self.seconds, rng=rng)
        standard = StandardQueue(
            url="standard", now=lambda: self.seconds, rng=rng, visibility=2, max_receives=2, dead_letters=self.dead
        )
        fifo = FifoQueue(url="queue.fifo", now=lambda: self.seconds, rng=rng, visibility=2)
        self.queues: dict[str, Queue] = {"standard": standard, "queue.fifo": fifo}

    def __getattr__(self, name: str) -> Any:
        def call(*, QueueUrl: str, **named: Any) -> Any:  # noqa: N803 -- as boto3 names it
            return getattr(self.queues[QueueUrl], name)(QueueUrl=QueueUrl, **named)

        return call

    def wait(self, seconds: float) -> None:
        self.seconds += seconds


class TestModelOfSqs(SqsBehaviour):
    @pytest.fixture
    def sqs(self) -> Sqs:
        client = Client()
        return Sqs(
            client=client,
            standard="standard",
            fifo="queue.fifo",
            dead=lambda: [message.body for message in client.dead.messages],
            wait=client.wait,
        )

    def test_deduplication_forgets_after_five_minutes(self, sqs: Sqs) -> None:
        for pause, taken in ((0, 1), (299, 1), (2, 2)):
            sqs.wait(pause)
            sqs.client.send_message(
                QueueUrl=sqs.fifo, MessageBody="a", MessageGroupId="a", MessageDeduplicationId="one"
            )
            assert len(sqs.client.queues[sqs.fifo].messages) == taken


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with aws_stand_in() as url:
        yield aws.client("sqs", region=REGION, endpoint_url=url)


class TestMotoSqs(SqsBehaviour):
    @pytest.fixture
    def sqs(self, client: Any, request: pytest.FixtureRequest) -> Sqs:
        _expect("moto", request)
        return real_queues(client)


@pytest.fixture(scope="module")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("ministack")
    log, port = folder / "log", free_port()
    process = start_ministack(port=port, temporary=folder, log=log)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(process, lambda: answers(f"{url}/_ministack/health"), seconds=60, log=log)
        yield local_client("sqs", url)
    finally:
        stop(process)


class TestMiniStackSqs(SqsBehaviour):
    @pytest.fixture
    def sqs(self, ministack: Any, request: pytest.FixtureRequest) -> Sqs:
        _expect("MiniStack", request)
        return real_queues(ministack)


def real_queues(client: Any) -> Sqs:
    """Queues as the contract wants them, at something that speaks SQS."""
    name = uuid.uuid4().hex[:12]
    dead = client.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    arn = client.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2})
    attributes = {"VisibilityTimeout": "2", "RedrivePolicy": redrive}
    standard = client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    fifo = client.create_queue(QueueName=f"{name}.fifo", Attributes={"FifoQueue": "true", "VisibilityTimeout": "2"})

    def dead_bodies() -> list[str]:
        found = client.receive_message(QueueUrl=dead, MaxNumberOfMessages=10).get("Messages", [])
        return [message["Body"] for message in found]

    return Sqs(client=client, standard=standard, fifo=fifo["QueueUrl"], dead=dead_bodies, wait=time.sleep)


class TestAdaptersOnTheModel(QueuesContract):
    @pytest.fixture
    def queues(self) -> Queues:
        client = Client()

        def arrived(url: str) -> list[str]:
            queue = client.queues[url]
            found = [message.body for message in queue.messages]
            queue.messages.clear()
            return found

        return Queues(
            polls=SqsPollQueue(client, "standard"),
            notices=SqsNoticeQueue(client, "queue.fifo"),
            polled=lambda: arrived("standard"),
            noticed=lambda: arrived("queue.fifo"),
        )


@pytest.fixture
def gate() -> Gate:
    return Gate(Scheduler(), random.Random(7))


class TestModelOfTheShop(ShopContract):
    @pytest.fixture
    def rows(self) -> InMemoryShop:
        return InMemoryShop()

    @pytest.fixture
    def shop(self, rows: InMemoryShop, gate: Gate) -> ShopModel:
        return ShopModel(gate, rows)


class TestGatedStore(StoreContract):
    """Behind a gate in calm weather the store is the store."""

    @pytest.fixture
    def stores(self, gate: Gate) -> Stores:
        memory, clock = Memory(), FakeClock()

        def pace(group: str, interval: timedelta) -> Pace:
            return Pace(FakePace(memory, clock=clock, group=group, interval=interval), gate)

        return Stores(
            parcels=Parcels(FakeParcels(memory), gate),
            linked=FakeLinkedOrders(memory),  # no function of the simulation reads it
            refreshes=FakeRefreshes(memory),
            chats=Chats(FakeChats(memory), gate),
            audits=FakeAudits(memory),
            health=FakeHealth(memory),
            keeping=FakeKeeping(memory, clock=clock),
            memories=FakeMemories(memory),
            ledger=Ledger(FakeLedger(memory), gate, {}),
            runs=Runs(FakeRuns(memory), gate, Watch(Scheduler())),
            circuits=Circuits(FakeCircuits(memory), gate),
            chat_paces=ChatPaces(FakeChatPaces(memory, clock=clock), gate),
            pace=pace,
            clock=clock,
            damage=memory.unreadable.add,
        )
