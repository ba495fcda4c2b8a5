"""Every error of DynamoDB becomes one of ours, and repeats nothing of it."""

import os
import re
import socket
from dataclasses import replace
from typing import Any

import pytest

from tests.aws_stand_in import REGION
from tests.contracts.store_samples import TTN, Stores, change, notice, state
from tests.fakes.clock import FakeClock
from tests.integration.store.answers import Answers
from vistka.adapters.store_parcels import DynamoParcels
from vistka.adapters.store_table import Table
from vistka.domain.errors import ConfigurationError, StoreConflict, StoreRefused, StoreUnavailable
from vistka.ports import Commit


def reasons(*codes: str) -> dict[str, Any]:
    return {"CancellationReasons": [{"Code": code} for code in codes]}


SAYS: dict[type[Exception], str] = {
    StoreConflict: "TransactWriteItems: somebody else wrote first",
    StoreRefused: "the store takes no such TransactWriteItems: an item too large for it, or a key it cannot have",
    StoreUnavailable: r"the store did not take TransactWriteItems: [A-Z]\w+(, [A-Z]\w+)*",
    ConfigurationError: "the store's table is not there; check STORE_TABLE and the region, or deploy again"
    "|the store refuses TransactWriteItems \\([A-Z][A-Za-z]+\\); check the role's permissions",
}


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
        ("ValidationException", {}, StoreRefused),
        ("TransactionCanceledException", reasons("None", "ValidationError"), StoreRefused),
        ("TransactionCanceledException", reasons("ConditionalCheckFailed", "ValidationError"), StoreConflict),
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
    assert re.fullmatch(SAYS[error], str(caught.value)), str(caught.value)
    assert "380671234567" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_what_is_too_large_for_the_store_is_refused_and_not_an_outage(stores: Stores) -> None:
    large = replace(state(), told={"waiting": "x" * 500_000})
    for commit in (Commit(state=large, expected=None), Commit(state=large, expected=None, change=change())):
        with pytest.raises(StoreRefused):
            stores.parcels.commit(commit)


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
