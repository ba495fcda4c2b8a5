"""The store in DynamoDB: the contract, the attributes that others read, the requests it takes, what errors become.

With TEST_AWS_URL they run against what stands there, MiniStack for one, instead of moto.
"""

import os
import socket
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest

from tests.aws_stand_in import REGION, aws_stand_in
from tests.contracts.store import OTHER, TTN, StoreContract, Stores, change, link, notice, run, state
from tests.fakes.clock import START, FakeClock
from tests.template import table_definition
from vistka.adapters.store_ledger import DynamoLedger
from vistka.adapters.store_paces import DynamoChatPaces, DynamoCircuits, DynamoPace
from vistka.adapters.store_parcels import DynamoParcels
from vistka.adapters.store_runs import DynamoRuns
from vistka.adapters.store_table import Put, Table
from vistka.domain.errors import ConfigurationError, SlotTaken, StoreConflict, StoreUnavailable
from vistka.domain.notices import NoticeState
from vistka.domain.parcels import to_iso
from vistka.ports import Commit

DAY = 24 * 3600


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

    return Stores(
        parcels=DynamoParcels(table),
        ledger=DynamoLedger(table),
        runs=DynamoRuns(table),
        circuits=DynamoCircuits(table),
        chat_paces=DynamoChatPaces(table, clock=clock),
        pace=pace,
        clock=clock,
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


class Answers:
    """Answers of DynamoDB put in the place of the next ones, by operation."""

    def __init__(self) -> None:
        self.waiting: dict[str, list[Any]] = {}

    def next(self, operation: str, *answers: Any) -> None:
        self.waiting[operation] = list(answers)

    def error(self, operation: str, code: str, **more: Any) -> None:
        body = {"Error": {"Code": code, "Message": "secret of 380671234567"}, "ResponseMetadata": {}, **more}
        self.next(operation, (_Status(400), body))

    def take(self, model: Any, **_: Any) -> Any:
        waiting = self.waiting.get(model.name)
        return waiting.pop(0) if waiting else None


class _Status:
    def __init__(self, status_code: int) -> None:
        self.status_code = status_code


@pytest.fixture
def answers(table: Table) -> Iterator[Answers]:
    made = Answers()
    events = table._connection.client.meta.events
    events.register_first("before-call.dynamodb", made.take)
    yield made
    events.unregister("before-call.dynamodb", made.take)


def raw(client: Any, table: Table, pk: str, sk: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get_item(TableName=table.name, Key={"pk": {"S": pk}, "sk": {"S": sk}})["Item"]
    return found


class TestDynamoStore(StoreContract):
    """The contract of `tests.contracts.store`."""


# --- attributes that other programs read --------------------------------------------------------------------------


def test_state_stands_in_readable_attributes(stores: Stores, client: Any, table: Table) -> None:
    stores.parcels.commit(Commit(state=state(), expected=None))
    item = raw(client, table, f"PARCEL#{TTN}", "STATE")
    assert item["ttn"] == {"S": TTN}
    assert item["version"] == {"N": "1"}
    assert item["code"] == {"S": "7"}
    assert item["stage"] == {"S": "at_branch"}
    assert item["text"] == {"S": "Прибув у відділення"}
    assert item["place"] == {"S": "Відділення №1: вул. Вигадана, 1 & <б>"}
    assert item["facts"]["M"]["arrived_at"] == {"S": "2026-01-13T07:59:59.123456Z"}
    assert "expires_at" not in item  # STATE outlives history


def test_what_only_people_read_is_forgotten_in_time(stores: Stores, client: Any, table: Table) -> None:
    start = int(START.timestamp())
    stores.parcels.commit(
        Commit(
            state=state(), expected=None, change=change(), links=(link(),), notices=(notice(), notice(occurrence="2"))
        )
    )
    stores.ledger.update(notice().ended(NoticeState.SENT, START))
    stores.runs.start(run())
    stores.runs.batch_done(run().id, 0, failed=[])
    stores.chat_paces.take("a", longest=timedelta())
    stores.pace("k", timedelta(seconds=1)).take(longest=timedelta())
    stores.parcels.foreign_text("1", run_at=START, within=timedelta(minutes=15))

    def expiry(pk: str, sk: str) -> int | None:
        item = raw(client, table, pk, sk)
        return int(item["expires_at"]["N"]) - start if "expires_at" in item else None

    assert expiry(f"PARCEL#{TTN}", "CHANGE#000000001") == 90 * DAY
    assert expiry("ORDER#1", f"NOTICE#{notice().id}") == 90 * DAY
    assert expiry("ORDER#1", f"NOTICE#{notice(occurrence='2').id}") is None
    assert expiry("ORDER#1", f"LINK#{TTN}") is None
    assert expiry("NUMBER#TWC01", "ORDER") is None
    assert expiry("RUN", run().id) == 14 * DAY
    assert expiry("CHAT#a", "PACE") == DAY + 1
    assert expiry("PACE#k", "PACE") is None
    assert expiry("ORDER#1", "FOREIGN") == 30 * DAY


def test_only_unsettled_notices_stand_in_the_index(stores: Stores, client: Any, table: Table) -> None:
    stores.ledger.put_new(notice())
    item = raw(client, table, "ORDER#1", f"NOTICE#{notice().id}")
    assert item["unsettled"] == {"S": "N"}
    assert item["due_at"] == {"S": "2026-01-13T08:05:00.000000Z"}
    stores.ledger.update(notice().ended(NoticeState.SENT, START))
    item = raw(client, table, "ORDER#1", f"NOTICE#{notice().id}")
    assert "unsettled" not in item
    assert "due_at" not in item


def test_a_damaged_item_stops_no_other(stores: Stores, table: Table, caplog: pytest.LogCaptureFixture) -> None:
    """F40: one bad row is named, and fails alone."""
    stores.parcels.commit(Commit(state=state(), expected=None))
    stores.ledger.put_new(notice())
    table.write([Put(key=(f"PARCEL#{OTHER}", "STATE"), item={"ttn": OTHER})])
    broken = {"unsettled": "N", "due_at": to_iso(START), "state": "?"}
    table.write([Put(key=("ORDER#1", f"NOTICE#{OTHER}#x"), item=broken)])
    assert stores.parcels.states([TTN, OTHER]) == {TTN: state()}
    assert stores.ledger.due(before=START + timedelta(days=1), limit=10) == [notice()]
    assert stores.ledger.get("1", f"{OTHER}#x") is None
    assert list(stores.ledger.list()) == [notice()]
    assert OTHER in caplog.text


# --- requests -----------------------------------------------------------------------------------------------------


def test_a_state_alone_is_one_put(stores: Stores, requests: list[str]) -> None:
    stores.parcels.commit(Commit(state=state(), expected=None))
    stores.parcels.commit(Commit(state=state().next(), expected=0))
    assert requests == ["PutItem", "PutItem"]


def test_a_change_with_its_notices_is_one_transaction(stores: Stores, requests: list[str]) -> None:
    stores.parcels.commit(Commit(state=state(), expected=None, change=change(), links=(link(),), notices=(notice(),)))
    assert requests == ["TransactWriteItems"]


def test_states_are_read_a_hundred_a_request(stores: Stores, requests: list[str]) -> None:
    stores.parcels.states(f"2045{number:010d}" for number in range(250))
    assert requests == ["BatchGetItem"] * 3


def test_a_batch_done_is_one_write(stores: Stores, requests: list[str]) -> None:
    stores.runs.start(run())
    stores.runs.batch_done(run().id, 0, failed=[TTN])
    assert requests == ["PutItem", "UpdateItem"]


def test_no_pace_is_no_request(stores: Stores, requests: list[str]) -> None:
    stores.pace("key", timedelta()).take(longest=timedelta())
    assert requests == []


def test_being_live_is_written_once(stores: Stores, requests: list[str]) -> None:
    for _ in range(3):
        stores.runs.live_since(START, live=True)
    assert requests == ["GetItem", "UpdateItem", "GetItem", "GetItem"]


def test_keys_that_were_left_unread_are_asked_again(
    stores: Stores, requests: list[str], answers: Answers, table: Table, clock: FakeClock
) -> None:
    stores.parcels.commit(Commit(state=state(), expected=None))
    stores.parcels.commit(Commit(state=state(OTHER), expected=None))
    keys = [{"pk": {"S": f"PARCEL#{ttn}"}, "sk": {"S": "STATE"}} for ttn in (TTN, OTHER)]
    left = {"Responses": {table.name: []}, "UnprocessedKeys": {table.name: {"Keys": keys}}, "ResponseMetadata": {}}
    answers.next("BatchGetItem", (_Status(200), left), (_Status(200), left))
    assert set(stores.parcels.states([TTN, OTHER])) == {TTN, OTHER}
    assert clock.slept == [timedelta(milliseconds=100), timedelta(milliseconds=200)]


def test_keys_that_are_never_read_are_an_outage_and_not_a_missing_parcel(
    stores: Stores, answers: Answers, table: Table
) -> None:
    """R7, F15: an unread STATE is no first sight."""
    keys = [{"pk": {"S": f"PARCEL#{TTN}"}, "sk": {"S": "STATE"}}]
    left = {"UnprocessedKeys": {table.name: {"Keys": keys}}, "ResponseMetadata": {}}
    answers.next("BatchGetItem", *[(_Status(200), left)] * 9)
    with pytest.raises(StoreUnavailable, match="throttling"):
        stores.parcels.states([TTN])


def test_long_lists_are_read_page_after_page(stores: Stores, table: Table, requests: list[str]) -> None:
    filler = "x" * 300_000  # four of them are more than one page
    for number in range(8):
        stores.ledger.put_new(notice(occurrence=str(number), payload={"filler": filler}))
    requests.clear()
    assert len(stores.ledger.of_parcel("1", TTN)) == 8
    assert len(requests) > 1
    assert len(stores.ledger.due(before=START + timedelta(days=1), limit=7)) == 7


# --- errors -------------------------------------------------------------------------------------------------------


def reasons(*codes: str) -> dict[str, Any]:
    return {"CancellationReasons": [{"Code": code} for code in codes]}


@pytest.mark.parametrize(
    ("code", "more", "error"),
    [
        ("TransactionCanceledException", reasons("None", "ConditionalCheckFailed"), StoreConflict),
        ("TransactionCanceledException", reasons("TransactionConflict", "ConditionalCheckFailed"), StoreConflict),
        ("TransactionCanceledException", reasons("TransactionConflict", "None"), StoreConflict),
        ("TransactionCanceledException", reasons("ThrottlingError", "TransactionConflict"), StoreUnavailable),
        ("TransactionCanceledException", reasons("ItemCollectionSizeLimitExceeded"), StoreUnavailable),
        ("TransactionCanceledException", {}, StoreUnavailable),
        ("TransactionConflictException", {}, StoreConflict),
        ("ConditionalCheckFailedException", {}, StoreConflict),
        ("ValidationException", {}, StoreUnavailable),
        ("IdempotentParameterMismatchException", {}, StoreUnavailable),
        ("ResourceNotFoundException", {}, ConfigurationError),
        ("AccessDeniedException", {}, ConfigurationError),
        ("UnrecognizedClientException", {}, ConfigurationError),
    ],
)
def test_every_error_of_dynamodb_becomes_one_of_ours_and_repeats_nothing_of_it(
    stores: Stores, answers: Answers, code: str, more: dict[str, Any], error: type[Exception]
) -> None:
    """R9: an error of DynamoDB may quote what was written."""
    answers.error("TransactWriteItems", code, **more)
    with pytest.raises(error) as caught:
        stores.parcels.commit(Commit(state=state(), expected=None, change=change()))
    assert type(caught.value) is error
    assert "380671234567" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_throttling_is_an_outage_after_a_few_attempts(stores: Stores, table: Table, answers: Answers) -> None:
    answers.error("PutItem", "ProvisionedThroughputExceededException")
    with pytest.raises(StoreUnavailable, match="ProvisionedThroughputExceeded"):
        stores.ledger.put_new(notice())
    assert table._connection.client.meta.config.retries["total_max_attempts"] == 3


def test_a_table_that_is_not_there_is_named(endpoint: str, clock: FakeClock) -> None:
    parcels = DynamoParcels(Table("nowhere", clock=clock, region=REGION, host=endpoint))
    with pytest.raises(ConfigurationError, match="STORE_TABLE"):
        parcels.order("1")
    with pytest.raises(ConfigurationError, match="STORE_TABLE"):
        parcels.states([TTN])


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_store_that_does_not_answer_is_unavailable(monkeypatch: pytest.MonkeyPatch, clock: FakeClock) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        host = f"http://127.0.0.1:{taken.getsockname()[1]}"
        table = Table("t", clock=clock, region=REGION, host=host)
        with pytest.raises(StoreUnavailable, match="EndpointConnectionError"):
            table.get(("a", "b"))


def test_timeouts_are_short_enough_for_a_function(table: Table) -> None:
    config = table._connection.client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (2, 4)


def test_the_address_of_the_environment_is_honoured(monkeypatch: pytest.MonkeyPatch, clock: FakeClock) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    assert Table("t", clock=clock)._connection.client.meta.endpoint_url == "http://127.0.0.1:9"


def test_without_a_region_the_setting_is_what_is_wrong(monkeypatch: pytest.MonkeyPatch, clock: FakeClock) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    with pytest.raises(ConfigurationError, match="NoRegionError"):
        Table("t", clock=clock).get(("a", "b"))


# --- races --------------------------------------------------------------------------------------------------------


def test_of_two_who_want_one_slot_the_second_gets_the_next(stores: Stores, answers: Answers) -> None:
    """F7: the second's read is older than the first's write."""
    second = timedelta(seconds=1)
    pace = stores.pace("key", second)
    pace.take(longest=timedelta())
    stale: dict[str, Any] = {"ResponseMetadata": {}}  # the item was not there when we read
    answers.next("GetItem", (_Status(200), stale))
    assert pace.take(longest=second) == second


def test_a_slot_that_others_keep_taking_is_given_up(stores: Stores, answers: Answers) -> None:
    pace = stores.pace("key", timedelta(seconds=1))
    pace.take(longest=timedelta())
    stale: dict[str, Any] = {"ResponseMetadata": {}}
    answers.next("GetItem", *[(_Status(200), stale)] * 20)
    with pytest.raises(SlotTaken) as caught:
        pace.take(longest=timedelta(seconds=5))
    assert caught.value.wait == timedelta(seconds=1)


def test_of_two_who_find_a_foreign_text_in_one_run_one_counts(stores: Stores, answers: Answers) -> None:
    within = timedelta(minutes=15)
    stores.parcels.foreign_text("1", run_at=START, within=within)
    answers.next("GetItem", (_Status(200), {"ResponseMetadata": {}}))
    assert stores.parcels.foreign_text("1", run_at=START, within=within) == 1
