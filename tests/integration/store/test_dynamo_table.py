"""A table's connection and requests: what is asked for, how patiently, and what of it is logged."""

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.aws_stand_in import REGION
from tests.contracts.store_samples import Stores, change, state
from tests.fakes.clock import FakeClock
from tests.integration.store.answers import Answers, Status
from vistka.adapters.store_table import CONNECT_SECONDS, READ_SECONDS, RETRIES, Put, Table
from vistka.adapters.store_values import to_wire
from vistka.domain.errors import StoreUnavailable
from vistka.ports import Commit

KEYS = [(f"P{n}", "S") for n in range(6)]


@pytest.fixture
def bodies(table: Table) -> Iterator[list[dict[str, Any]]]:
    """The requests as they are sent."""
    seen: list[dict[str, Any]] = []

    def keep(params: dict[str, Any], **_: Any) -> None:
        seen.append(json.loads(params["body"]))

    events = table._connection.client.meta.events
    events.register_first("before-call.dynamodb", keep)
    yield seen
    events.unregister("before-call.dynamodb", keep)


def some(read: int, left: int, table: Table) -> tuple[Status, dict[str, Any]]:
    """An answer with the item `read` of KEYS and without the last `left`."""
    item = to_wire(dict(zip(("pk", "sk"), KEYS[read], strict=True)))
    unread = [to_wire(dict(zip(("pk", "sk"), key, strict=True))) for key in KEYS[len(KEYS) - left :]]
    more = {"UnprocessedKeys": {table.name: {"Keys": unread}}} if left else {}
    return Status(200), {"Responses": {table.name: [item]}, "ResponseMetadata": {}, **more}


def test_what_decides_is_read_consistently_r10(table: Table, bodies: list[dict[str, Any]]) -> None:
    table.get(KEYS[0])
    table.get_many(KEYS)
    list(table.query("P0", prefix="S"))
    one, many, query = bodies
    assert one["ConsistentRead"] is True
    assert many["RequestItems"][table.name]["ConsistentRead"] is True
    assert query["ConsistentRead"] is True


def test_a_change_without_a_condition_sends_none(table: Table, bodies: list[dict[str, Any]]) -> None:
    table.write([Put(key=KEYS[0], item={"count": 1})])
    table.update(KEYS[0], "SET seen = :seen", {":seen": 2})
    assert "ConditionExpression" not in bodies[-1]


def test_a_read_that_gets_on_is_not_given_up_however_often_keys_are_left(
    table: Table, answers: Answers, clock: FakeClock
) -> None:
    answers.next("BatchGetItem", *(some(n, 5 - n, table) for n in range(6)))
    assert set(table.get_many(KEYS)) == set(KEYS)
    assert clock.slept == []


def test_a_read_that_does_not_get_on_waits_by_the_clock_and_then_says_so(
    endpoint: str, clock: FakeClock, answers: Answers, table: Table
) -> None:
    own = Table(table.name, clock=clock, region=REGION, host=endpoint)
    events = own._connection.client.meta.events
    events.register_first("before-call.dynamodb", answers.take)
    nothing = {"Responses": {}, "UnprocessedKeys": {own.name: {"Keys": [to_wire({"pk": "P0", "sk": "S"})]}}}
    answers.next("BatchGetItem", *[(Status(200), {**nothing, "ResponseMetadata": {}})] * 4)
    with pytest.raises(StoreUnavailable, match=r"^the store is throttling: BatchGetItem left keys unread$"):
        own.get_many(KEYS)
    assert clock.slept == [timedelta(milliseconds=wait) for wait in (100, 200, 400)]


def test_a_connection_has_its_own_patience_and_address(clock: FakeClock) -> None:
    table = Table("store", clock=clock, region=REGION, host="http://127.0.0.1:9")
    meta = table._connection.client.meta
    assert meta.endpoint_url == "http://127.0.0.1:9"
    assert (meta.config.connect_timeout, meta.config.read_timeout) == (CONNECT_SECONDS, READ_SECONDS)
    assert meta.config.retries["total_max_attempts"] == RETRIES + 1


@pytest.mark.parametrize("name", ["pynamodb", "botocore"])
def test_whole_requests_are_not_logged_even_at_debug_r9(name: str, clock: FakeClock) -> None:
    logger = logging.getLogger(name)
    before = logger.level
    try:
        logger.setLevel(logging.DEBUG)
        Table("store", clock=clock, region=REGION)
        assert logger.level == logging.INFO
    finally:
        logger.setLevel(before)


def test_a_change_of_history_stands_in_readable_attributes(stores: Stores, client: Any, table: Table) -> None:
    made = change()
    stores.parcels.commit(Commit(state=state(), expected=None, change=made))
    key = {"pk": {"S": f"PARCEL#{made.ttn}"}, "sk": {"S": f"CHANGE#{made.version:09d}"}}
    item = client.get_item(TableName=table.name, Key=key)["Item"]
    assert (item["code"], item["text"]) == ({"S": made.facts.code}, {"S": made.facts.text})
