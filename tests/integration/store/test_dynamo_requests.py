"""How many requests the store takes, and what becomes of races for them."""

from datetime import timedelta
from typing import Any

import pytest

from tests.contracts.store_chats import CHAT, FINGERPRINT, bare, chats, use
from tests.contracts.store_samples import OTHER, TTN, Stores, change, link, notice, run, state
from tests.fakes.clock import START, FakeClock
from tests.integration.store.answers import Answers, Status
from vistka.adapters.store_runs import TOGETHER
from vistka.adapters.store_table import Table
from vistka.domain.errors import SlotTaken, StoreUnavailable
from vistka.ports import Binding, Commit


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


def test_of_a_large_run_too_a_batch_done_is_one_write_and_one_more_a_lot(stores: Stores, requests: list[str]) -> None:
    for batch in range(2 * TOGETHER - 1, TOGETHER - 1, -1):
        stores.runs.batch_done(run().id, batch, failed=[])
    assert requests == ["UpdateItem"] * (TOGETHER + 1)


def test_what_failed_beside_a_run_is_asked_for_only_where_there_is_any(stores: Stores, requests: list[str]) -> None:
    stores.runs.start(run())
    stores.runs.sent(run().id, batches=2 * TOGETHER, covers=START)
    for batch in range(TOGETHER, 2 * TOGETHER):
        stores.runs.batch_done(run().id, batch, failed=[])
    requests.clear()
    stores.runs.latest(1)
    assert requests == ["Query"]


def test_that_a_run_is_sent_is_one_write_while_all_its_batches_stand_in_it(stores: Stores, requests: list[str]) -> None:
    stores.runs.start(run())
    for batches in (0, 1, TOGETHER):
        stores.runs.sent(run().id, batches=batches, covers=START, left=[])
    assert requests == ["PutItem", *["UpdateItem"] * 3]


def test_a_tap_is_one_read_and_one_transaction(stores: Stores, requests: list[str]) -> None:
    stores.chats.tapped(order_key="1", fingerprint=FINGERPRINT, chat_id=CHAT)
    stores.chats.write(Binding(recipient=bare(), chats=chats(), use=use()))
    stores.chats.write(Binding(recipient=bare(revision=2)))
    stores.chats.of_orders(["1", "2", "3"])
    assert requests == ["BatchGetItem", "TransactWriteItems", "PutItem", "BatchGetItem"]


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
    answers.next("BatchGetItem", (Status(200), left), (Status(200), left))
    assert set(stores.parcels.states([TTN, OTHER])) == {TTN, OTHER}
    assert clock.slept == [timedelta(milliseconds=100), timedelta(milliseconds=200)]


def test_keys_that_are_never_read_are_an_outage_and_not_a_missing_parcel(
    stores: Stores, answers: Answers, table: Table
) -> None:
    """R7, F15: an unread STATE is no first sight."""
    keys = [{"pk": {"S": f"PARCEL#{TTN}"}, "sk": {"S": "STATE"}}]
    left = {"UnprocessedKeys": {table.name: {"Keys": keys}}, "ResponseMetadata": {}}
    answers.next("BatchGetItem", *[(Status(200), left)] * 9)
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


def test_of_two_who_want_one_slot_the_second_gets_the_next(stores: Stores, answers: Answers) -> None:
    """F7: the second's read is older than the first's write."""
    second = timedelta(seconds=1)
    pace = stores.pace("key", second)
    pace.take(longest=timedelta())
    stale: dict[str, Any] = {"ResponseMetadata": {}}  # the item was not there when we read
    answers.next("GetItem", (Status(200), stale))
    assert pace.take(longest=second) == second


def test_a_slot_that_others_keep_taking_is_given_up(stores: Stores, answers: Answers) -> None:
    pace = stores.pace("key", timedelta(seconds=1))
    pace.take(longest=timedelta())
    stale: dict[str, Any] = {"ResponseMetadata": {}}
    answers.next("GetItem", *[(Status(200), stale)] * 20)
    with pytest.raises(SlotTaken) as caught:
        pace.take(longest=timedelta(seconds=5))
    assert caught.value.wait == timedelta(seconds=1)
