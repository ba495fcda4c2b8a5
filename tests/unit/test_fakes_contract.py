"""The twins in memory keep the contracts that the real store and queues keep."""

from datetime import timedelta

import pytest

from tests.contracts.queues import Queues, QueuesContract
from tests.contracts.store import StoreContract
from tests.contracts.store_samples import Stores
from tests.fakes.chats import FakeChats
from tests.fakes.clock import FakeClock
from tests.fakes.erasure import FakeMemories
from tests.fakes.health import FakeHealth
from tests.fakes.keeping import FakeKeeping
from tests.fakes.queues import FakeNoticeQueue, FakePollQueue
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


class TestFakeStore(StoreContract):
    @pytest.fixture
    def stores(self) -> Stores:
        memory, clock = Memory(), FakeClock()

        def pace(group: str, interval: timedelta) -> FakePace:
            return FakePace(memory, clock=clock, group=group, interval=interval)

        return Stores(
            parcels=FakeParcels(memory),
            linked=FakeLinkedOrders(memory),
            refreshes=FakeRefreshes(memory),
            chats=FakeChats(memory),
            audits=FakeAudits(memory),
            health=FakeHealth(memory),
            keeping=FakeKeeping(memory, clock=clock),
            memories=FakeMemories(memory),
            ledger=FakeLedger(memory),
            runs=FakeRuns(memory),
            circuits=FakeCircuits(memory),
            chat_paces=FakeChatPaces(memory, clock=clock),
            pace=pace,
            clock=clock,
            damage=memory.unreadable.add,
        )


class TestFakeQueues(QueuesContract):
    @pytest.fixture
    def queues(self) -> Queues:
        polls, notices = FakePollQueue(), FakeNoticeQueue()
        return Queues(
            polls=polls,
            notices=notices,
            polled=lambda: [entry.body for entry in polls.sent],
            noticed=lambda: [entry.body for entry in notices.sent],
        )
