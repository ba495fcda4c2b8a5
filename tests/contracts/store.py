"""What every store must do; run against the twins in memory and against DynamoDB's stand-ins."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contracts.store_audit import AuditContract
from tests.contracts.store_chats import ChatsContract
from tests.contracts.store_erasure import MemoriesContract
from tests.contracts.store_health import HealthContract
from tests.contracts.store_keeping import KeepingContract
from tests.contracts.store_ledger import LedgerContract
from tests.contracts.store_orders import LinkedOrdersContract, RefreshesContract
from tests.contracts.store_parcels import ParcelStoreContract
from tests.contracts.store_samples import MINUTE, OTHER, TTN, Stores, run
from tests.fakes.clock import START
from vistka.adapters.store_runs import TOGETHER
from vistka.domain.errors import SlotTaken, StoreConflict
from vistka.domain.load import Load
from vistka.domain.policy import MODE_OVERLAP
from vistka.ports import Circuit


class RunsContract:
    def test_a_run_is_complete_when_all_were_sent_and_all_are_done(self, stores: Stores) -> None:
        stores.runs.start(run())
        assert stores.runs.latest(1) == [run()]
        first = stores.runs.batch_done(run().id, 0, failed=[])
        assert first is not None
        assert not first.complete  # the dispatcher is still sending
        sent = stores.runs.sent(run().id, batches=2, covers=START)
        assert (sent.batches, sent.covers, sent.done, sent.complete) == (2, START, 1, False)
        last = stores.runs.batch_done(run().id, 1, failed=[TTN])
        assert last is not None
        assert last.complete
        assert last.failed == {TTN}
        assert stores.runs.latest(5) == [last]

    def test_a_batch_done_twice_counts_once(self, stores: Stores) -> None:
        """R10: SQS delivers at least once."""
        stores.runs.start(run())
        stores.runs.sent(run().id, batches=2, covers=START)
        stores.runs.batch_done(run().id, 0, failed=[TTN])
        again = stores.runs.batch_done(run().id, 0, failed=[OTHER])
        assert again is not None
        assert again.done == 1
        assert not again.complete
        assert again.failed == {TTN, OTHER}

    def test_a_batch_of_an_unknown_run_makes_no_run(self, stores: Stores) -> None:
        assert stores.runs.batch_done("2026-01-01T00:00:00Z#gone", 0, failed=[TTN]) is None
        assert stores.runs.latest(5) == []

    def test_an_unknown_run_cannot_be_sent(self, stores: Stores) -> None:
        with pytest.raises(StoreConflict):
            stores.runs.sent("2026-01-01T00:00:00Z#gone", batches=1, covers=START)
        assert stores.runs.latest(5) == []

    def test_a_run_without_anything_to_ask_is_complete_at_once(self, stores: Stores) -> None:
        stores.runs.start(run())
        assert stores.runs.sent(run().id, batches=0, covers=START).complete

    @pytest.mark.parametrize("left", [[], [TTN]])
    def test_what_had_no_room_in_a_run_is_due_again_like_what_failed_in_it(
        self, stores: Stores, left: list[str]
    ) -> None:
        stores.runs.start(run())
        stores.runs.batch_done(run().id, 0, failed=[OTHER])
        sent = stores.runs.sent(run().id, batches=1, covers=START, left=left)
        assert sent.failed == {OTHER, *left}
        assert stores.runs.latest(1) == [sent]

    @pytest.mark.parametrize("batches", [TOGETHER - 1, TOGETHER, TOGETHER + 1, 2 * TOGETHER, 2 * TOGETHER + 30])
    def test_a_run_of_many_batches_is_complete_with_the_last_of_them_whichever_that_is(
        self, stores: Stores, batches: int
    ) -> None:
        stores.runs.start(run())
        stores.runs.sent(run().id, batches=batches, covers=START)
        first, *others = reversed(range(batches))
        for batch in others:
            stores.runs.batch_done(run().id, batch, failed=[TTN] if batch == batches // 2 else [])
            stores.runs.batch_done(run().id, batch, failed=[])  # R10: delivered twice
        assert not stores.runs.latest(1)[0].complete
        last = stores.runs.batch_done(run().id, first, failed=[OTHER])
        assert last is not None
        assert (last.done, last.complete, last.failed) == (batches, True, frozenset({TTN, OTHER}))
        assert stores.runs.latest(1) == [last]

    @pytest.mark.parametrize("batches", [TOGETHER + 1, 2 * TOGETHER, 2 * TOGETHER + 30])
    def test_a_run_of_many_batches_may_be_done_before_the_dispatcher_says_how_many_there_are(
        self, stores: Stores, batches: int
    ) -> None:
        stores.runs.start(run())
        for batch in range(batches):
            done = stores.runs.batch_done(run().id, batch, failed=[TTN] if batch == batches - 1 else [])
            assert done is None or not done.complete
        sent = stores.runs.sent(run().id, batches=batches, covers=START, left=[OTHER])
        assert (sent.complete, sent.done, sent.failed) == (True, batches, frozenset({TTN, OTHER}))
        assert stores.runs.latest(1) == [sent]

    def test_a_late_batch_of_an_unknown_run_makes_no_run(self, stores: Stores) -> None:
        for batch in range(3 * TOGETHER):
            assert stores.runs.batch_done("2026-01-01T00:00:00Z#gone", batch, failed=[]) is None
        assert stores.runs.latest(5) == []

    def test_runs_that_go_on_where_the_one_before_stopped_stand_for_one(self, stores: Stores) -> None:
        first, second = run(0), replace(run(10), continues=run(0).id)
        for one, after in ((first, "17"), (second, None)):
            stores.runs.start(one)
            sent = stores.runs.sent(one.id, batches=1, covers=one.started_at, after=after)
            assert (sent.after, sent.continues, sent.complete) == (after, one.continues, False)
        stores.runs.batch_done(second.id, 0, failed=[TTN])
        assert [one.complete for one in stores.runs.latest(5)] == [False, False]
        stores.runs.batch_done(first.id, 0, failed=[OTHER])
        whole, part = stores.runs.latest(5)
        assert (whole.id, whole.started_at, whole.covers, whole.complete) == (second.id, START, START, True)
        assert (whole.failed, whole.parts) == (frozenset({TTN, OTHER}), (first.id, second.id))
        assert (part.after, part.all_in, part.complete) == ("17", True, False)

    def test_a_run_remembers_its_load(self, stores: Stores) -> None:
        load = Load(orders=250, parcels=240, wanted=9_000, left=1, seconds=3)
        stores.runs.start(run())
        sent = stores.runs.sent(run().id, batches=3, covers=START, load=load)
        assert (sent.load, stores.runs.latest(1)) == (load, [sent])

    def test_the_newest_runs_come_first(self, stores: Stores) -> None:
        for minutes in (10, 0, 20):
            stores.runs.start(run(minutes))
        assert stores.runs.latest(2) == [run(20), run(10)]

    def test_the_shop_is_live_since_the_first_call_that_said_so(self, stores: Stores) -> None:
        later = START + MODE_OVERLAP + MINUTE
        assert stores.runs.live_since(START, live=False) is None
        assert stores.runs.live_since(START, live=True) == START
        assert stores.runs.live_since(later, live=True) == START
        assert stores.runs.live_since(later, live=False) is None
        assert stores.runs.live_since(later, live=True) == later

    def test_an_invocation_of_the_mode_before_forgets_nothing(self, stores: Stores) -> None:
        assert stores.runs.live_since(START, live=True) == START
        assert stores.runs.live_since(START + MODE_OVERLAP, live=False) is None
        assert stores.runs.live_since(START + MODE_OVERLAP + MINUTE, live=True) == START


class PacesContract:
    def test_slots_are_an_interval_apart(self, stores: Stores) -> None:
        pace = stores.pace("key", timedelta(seconds=1))
        waits = [pace.take(longest=timedelta(seconds=5)) for _ in range(3)]
        assert waits == [timedelta(seconds=seconds) for seconds in (0, 1, 2)]

    def test_time_that_passes_frees_slots_and_unused_ones_are_not_kept(self, stores: Stores) -> None:
        pace = stores.pace("key", timedelta(seconds=1))
        pace.take(longest=timedelta())
        stores.clock.advance(timedelta(milliseconds=400))
        assert pace.take(longest=timedelta(seconds=5)) == timedelta(milliseconds=600)
        stores.clock.advance(timedelta(minutes=1))
        assert pace.take(longest=timedelta()) == timedelta()
        assert pace.take(longest=timedelta(seconds=1)) == timedelta(seconds=1)

    def test_a_slot_too_far_away_is_not_taken(self, stores: Stores) -> None:
        pace = stores.pace("key", timedelta(seconds=10))
        pace.take(longest=timedelta())
        with pytest.raises(SlotTaken) as caught:
            pace.take(longest=timedelta(seconds=9))
        assert caught.value.wait == timedelta(seconds=10)
        stores.clock.advance(timedelta(seconds=10))
        assert pace.take(longest=timedelta()) == timedelta()

    def test_a_slot_taken_by_a_clock_that_ran_ahead_holds_nobody_back(self, stores: Stores) -> None:
        pace = stores.pace("key", timedelta(seconds=1))
        now = stores.clock.now()
        stores.clock.advance(timedelta(hours=2))
        pace.take(longest=timedelta())
        stores.clock.set(now)
        assert pace.take(longest=timedelta()) == timedelta()
        assert pace.take(longest=timedelta(seconds=1)) == timedelta(seconds=1)

    def test_all_who_ask_under_one_key_share_its_pace(self, stores: Stores) -> None:
        second = timedelta(seconds=1)
        stores.pace("key", second).take(longest=timedelta())
        assert stores.pace("key", second).take(longest=second) == second
        assert stores.pace("another", second).take(longest=second) == timedelta()

    def test_no_interval_is_no_waiting(self, stores: Stores) -> None:
        pace = stores.pace("key", timedelta())
        assert [pace.take(longest=timedelta()) for _ in range(3)] == [timedelta()] * 3

    def test_each_chat_has_one_slot_a_second(self, stores: Stores) -> None:
        second = timedelta(seconds=1)
        assert stores.chat_paces.take("a", longest=second) == timedelta()
        assert stores.chat_paces.take("a", longest=second) == second
        assert stores.chat_paces.take("b", longest=second) == timedelta()
        with pytest.raises(SlotTaken):
            stores.chat_paces.take("a", longest=second)


class CircuitsContract:
    def test_the_circuit_is_closed_until_somebody_opens_it(self, stores: Stores) -> None:
        assert stores.circuits.read() == Circuit()

    def test_the_circuit_is_replaced_only_at_the_revision_before(self, stores: Stores) -> None:
        opened = Circuit(
            open=True,
            reason="limited",
            since=START,
            probe_at=START + MINUTE,
            unknown_streak=2,
            limited_at=START,
            limited_group="0a1b",
            revision=1,
        )
        stores.circuits.write(opened)
        assert stores.circuits.read() == opened
        with pytest.raises(StoreConflict):
            stores.circuits.write(replace(opened, reason="another"))
        with pytest.raises(StoreConflict):
            stores.circuits.write(replace(opened, revision=3))
        stores.circuits.write(Circuit(revision=2))
        assert stores.circuits.read() == Circuit(revision=2)

    @pytest.mark.parametrize("revision", [0, 2])
    def test_the_first_write_is_of_the_first_revision(self, stores: Stores, revision: int) -> None:
        with pytest.raises(StoreConflict):
            stores.circuits.write(Circuit(revision=revision))


class StoreContract(
    ParcelStoreContract,
    LinkedOrdersContract,
    RefreshesContract,
    ChatsContract,
    MemoriesContract,
    HealthContract,
    AuditContract,
    KeepingContract,
    LedgerContract,
    RunsContract,
    PacesContract,
    CircuitsContract,
):
    """All of it; a test class gives the fixture `stores`."""
