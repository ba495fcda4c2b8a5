"""The store on DynamoDB's stand-in: moto, or with TEST_AWS_URL what stands there, MiniStack for one."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest

from tests.aws_stand_in import REGION, aws_stand_in
from tests.contracts.store_samples import Stores
from tests.fakes.clock import START, FakeClock
from tests.integration.store.answers import Answers
from tests.template import table_definition
from vistka.adapters.hashing import KeyedHash
from vistka.adapters.store_audit import DynamoAudits
from vistka.adapters.store_chats import DynamoChats
from vistka.adapters.store_erasure import DynamoMemories
from vistka.adapters.store_health import DynamoHealth
from vistka.adapters.store_items import state_key
from vistka.adapters.store_keeping import DynamoKeeping
from vistka.adapters.store_ledger import DynamoLedger
from vistka.adapters.store_orders import DynamoLinkedOrders
from vistka.adapters.store_paces import DynamoChatPaces, DynamoCircuits, DynamoPace
from vistka.adapters.store_parcels import DynamoParcels
from vistka.adapters.store_refreshes import DynamoRefreshes
from vistka.adapters.store_runs import DynamoRuns
from vistka.adapters.store_table import Put, Table


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with aws_stand_in() as url:
        yield url


@pytest.fixture(scope="module")
def client(endpoint: str) -> Any:
    return boto3.client("dynamodb", endpoint_url=endpoint or None)


@pytest.fixture(scope="module")
def module_clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="module")
def module_table(endpoint: str, client: Any, module_clock: FakeClock) -> Iterator[Table]:
    """Made once: clients of botocore are slow to make."""
    name = f"store-{uuid.uuid4().hex[:12]}"
    client.create_table(**table_definition(name))
    yield Table(name, clock=module_clock, region=REGION, host=endpoint)
    client.delete_table(TableName=name)


@pytest.fixture
def clock(module_clock: FakeClock) -> FakeClock:
    module_clock.set(START)
    module_clock.slept.clear()
    return module_clock


@pytest.fixture
def table(module_table: Table, client: Any, clock: FakeClock) -> Iterator[Table]:
    """The same table, empty again afterwards."""
    yield module_table
    for page in client.get_paginator("scan").paginate(TableName=module_table.name, ProjectionExpression="pk, sk"):
        for key in page["Items"]:
            client.delete_item(TableName=module_table.name, Key=key)


@pytest.fixture
def stores(table: Table, clock: FakeClock) -> Stores:
    def pace(group: str, interval: timedelta) -> DynamoPace:
        return DynamoPace(table, clock=clock, group=group, interval=interval)

    def damage(ttn: str) -> None:
        key = state_key(ttn)
        table.write([Put(key=key, item={**(table.get(key) or {}), "orders": 5})])

    return Stores(
        parcels=DynamoParcels(table),
        linked=DynamoLinkedOrders(table),
        refreshes=DynamoRefreshes(table),
        chats=DynamoChats(table, group_of=KeyedHash("contract")),
        audits=DynamoAudits(table),
        health=DynamoHealth(table),
        keeping=DynamoKeeping(table, group_of=KeyedHash("contract")),
        memories=DynamoMemories(table, group_of=KeyedHash("contract")),
        ledger=DynamoLedger(table),
        runs=DynamoRuns(table),
        circuits=DynamoCircuits(table),
        chat_paces=DynamoChatPaces(table, clock=clock),
        pace=pace,
        clock=clock,
        damage=damage,
    )


@pytest.fixture
def requests(table: Table) -> Iterator[list[str]]:
    """The operations asked of DynamoDB, in their order."""
    seen: list[str] = []

    def count(event_name: str, **_: Any) -> None:
        seen.append(event_name.rsplit(".", 1)[-1])

    events = table._connection.client.meta.events
    events.register("before-send.dynamodb", count)
    yield seen
    events.unregister("before-send.dynamodb", count)


@pytest.fixture
def answers(table: Table) -> Iterator[Answers]:
    made = Answers()
    events = table._connection.client.meta.events
    events.register_first("before-call.dynamodb", made.take)
    yield made
    events.unregister("before-call.dynamodb", made.take)
