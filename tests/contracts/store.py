"""What every store must do; run against the twins in memory and against DynamoDB's stand-ins."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.fakes.clock import START, FakeClock
from vistka.domain.errors import SlotTaken, StoreConflict
from vistka.domain.notices import Audience, Kind, Notice, NoticeState
from vistka.domain.parcels import Change, Facts, ParcelState
from vistka.domain.stages import Stage
from vistka.ports import ChatPaces, Circuit, Circuits, Commit, Ledger, Link, Pace, ParcelStore, Run, Runs

TTN = "20450000000011"
OTHER = "20450000000022"
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Stores:
    """One empty store behind all its Protocols, on one clock. `pace` makes one for a group and an interval."""

    parcels: ParcelStore
    ledger: Ledger
    runs: Runs
    circuits: Circuits
    chat_paces: ChatPaces
    pace: Callable[[str, timedelta], Pace]
    clock: FakeClock


def facts(**changes: Any) -> Facts:
    values: dict[str, Any] = {
        "code": "7",
        "text": "Прибув у відділення",
        "stage": Stage.AT_BRANCH,
        "city": "Київ",
        "place": "Відділення №1: вул. Вигадана, 1 & <б>",
        "courier": True,
        "arrived_at": datetime(2026, 1, 13, 7, 59, 59, 123456, tzinfo=UTC),
        "to_pay": "96.50",
    }
    return Facts(**(values | changes))


def state(ttn: str = TTN, **changes: Any) -> ParcelState:
    values: dict[str, Any] = {
        "ttn": ttn,
        "revision": 0,
        "version": 1,
        "observed_at": START,
        "facts": facts(),
        "stage": Stage.AT_BRANCH,
        "first_seen_at": START,
        "changed_at": START,
        "orders": frozenset({"1", "2"}),
        "told": {"waiting": "Відділення №1"},
        "written": ("0a1b", "2c3d"),
    }
    return ParcelState(**(values | changes))


def bare_state(ttn: str) -> ParcelState:
    """A parcel seen, of which the carrier knows nothing."""
    return ParcelState(ttn=ttn, revision=0, version=0, observed_at=START, first_seen_at=START, not_found=1)


def change(version: int = 1, **changes: Any) -> Change:
    values: dict[str, Any] = {
        "ttn": TTN,
        "version": version,
        "at": START,
        "observed_at": START,
        "facts": facts(),
        "stage": Stage.AT_BRANCH,
    }
    return Change(**(values | changes))


def notice(**changes: Any) -> Notice:
    values: dict[str, Any] = {
        "order_key": "1",
        "order_number": "TWC01",
        "ttn": TTN,
        "kind": Kind.WAITING,
        "occurrence": "1",
        "audience": Audience.BUYER,
        "version": 1,
        "state": NoticeState.NEW,
        "created_at": START,
        "due_at": START + 5 * MINUTE,
        "chat_id": 2**52 - 1,
        "payload": {"place": "Відділення №1", "sum": "96.50", "days": 3, "none": None, "many": ["a", 1, True]},
    }
    return Notice(**(values | changes))


def link(**changes: Any) -> Link:
    values: dict[str, Any] = {
        "order_key": "1",
        "order_number": "TWC01",
        "ttn": TTN,
        "current": True,
        "since": START,
        "chat_id": -(2**52 - 1),
        "language": "uk",
    }
    return Link(**(values | changes))


def run(minutes: int = 0) -> Run:
    started_at = START + minutes * MINUTE
    return Run(id=f"{started_at:%Y-%m-%dT%H:%M:%SZ}#abc", started_at=started_at)


class ParcelStoreContract:
    def test_an_unknown_parcel_has_no_state(self, stores: Stores) -> None:
        assert stores.parcels.states([TTN]) == {}
        assert stores.parcels.states([]) == {}

    def test_a_state_is_read_as_it_was_written(self, stores: Stores) -> None:
        stores.parcels.commit(Commit(state=state(), expected=None))
        stores.parcels.commit(Commit(state=bare_state(OTHER), expected=None))
        assert stores.parcels.states([TTN, OTHER, TTN]) == {TTN: state(), OTHER: bare_state(OTHER)}

    def test_more_states_than_a_request_reads_are_all_read(self, stores: Stores) -> None:
        ttns = [f"2045{number:010d}" for number in range(205)]
        for ttn in ttns:
            stores.parcels.commit(Commit(state=bare_state(ttn), expected=None))
        assert set(stores.parcels.states([*ttns, "20459999999999"])) == set(ttns)

    def test_a_first_state_must_not_exist_yet(self, stores: Stores) -> None:
        """F7, R10: of two runs that saw the parcel first, one writes."""
        stores.parcels.commit(Commit(state=state(), expected=None))
        with pytest.raises(StoreConflict):
            stores.parcels.commit(Commit(state=state(version=2), expected=None))
        assert stores.parcels.states([TTN]) == {TTN: state()}

    def test_a_state_is_replaced_only_at_the_revision_that_was_read(self, stores: Stores) -> None:
        stores.parcels.commit(Commit(state=state(), expected=None))
        stores.parcels.commit(Commit(state=state().next(version=2), expected=0))
        with pytest.raises(StoreConflict):
            stores.parcels.commit(Commit(state=state().next(version=3), expected=0))
        assert stores.parcels.states([TTN])[TTN].version == 2

    def test_a_state_that_is_gone_is_a_conflict(self, stores: Stores) -> None:
        with pytest.raises(StoreConflict):
            stores.parcels.commit(Commit(state=state(revision=4), expected=3))

    def test_a_commit_writes_all_that_comes_with_the_state(self, stores: Stores) -> None:
        former = link(ttn=OTHER, current=False, chat_id=None, language="", unreachable="no_chat")
        both = (notice(), notice(audience=Audience.SHOP, chat_id=None))
        stores.parcels.commit(
            Commit(state=state(), expected=None, change=change(), links=(link(), former), notices=both)
        )
        record = stores.parcels.order("1")
        assert record is not None
        assert record.order_number == "TWC01"
        assert record.links == (link(), former)
        assert {one.id for one in record.notices} == {one.id for one in both}
        assert stores.ledger.get("1", notice().id) == notice()
        assert stores.parcels.history(TTN) == [change()]
        assert stores.parcels.order_key("TWC01") == "1"
        assert stores.parcels.links([("1", TTN), ("1", OTHER), ("9", TTN)]) == {
            ("1", TTN): link(),
            ("1", OTHER): former,
        }

    def test_a_commit_that_conflicts_writes_nothing(self, stores: Stores) -> None:
        stores.parcels.commit(Commit(state=state(), expected=None))
        with pytest.raises(StoreConflict):
            stores.parcels.commit(
                Commit(state=state(), expected=None, change=change(), links=(link(),), notices=(notice(),))
            )
        assert stores.parcels.history(TTN) == []
        assert stores.parcels.order("1") is None
        assert stores.parcels.order_key("TWC01") is None
        assert list(stores.ledger.list()) == []

    def test_a_former_link_gives_the_order_no_number(self, stores: Stores) -> None:
        stores.parcels.commit(Commit(state=state(), expected=None, links=(link(current=False),)))
        assert stores.parcels.order_key("TWC01") is None
        assert stores.parcels.order("1") is not None

    def test_released_states_and_superseded_notices_end_with_the_commit(self, stores: Stores) -> None:
        old = state(OTHER)
        waiting = notice(ttn=OTHER, state=NoticeState.WAITING)
        stores.parcels.commit(Commit(state=old, expected=None, notices=(waiting,)))
        stores.parcels.commit(
            Commit(
                state=state(),
                expected=None,
                released=((old.next(orders=frozenset()), 0),),
                superseded=(waiting.ended(NoticeState.SUPERSEDED, START, reason="another number"),),
            )
        )
        assert stores.parcels.states([OTHER])[OTHER].orders == frozenset()
        ended = stores.ledger.get("1", waiting.id)
        assert ended is not None
        assert ended.state is NoticeState.SUPERSEDED
        assert ended.reason == "another number"
        assert stores.ledger.due(before=START + timedelta(days=1), limit=10) == []

    def test_a_released_state_that_was_changed_meanwhile_stops_the_commit(self, stores: Stores) -> None:
        old = state(OTHER)
        stores.parcels.commit(Commit(state=old, expected=None))
        stores.parcels.commit(Commit(state=old.next(version=2), expected=0))
        with pytest.raises(StoreConflict):
            stores.parcels.commit(Commit(state=state(), expected=None, released=((old.next(version=9), 0),)))
        assert set(stores.parcels.states([TTN, OTHER])) == {OTHER}
        assert stores.parcels.states([OTHER])[OTHER].version == 2

    def test_a_superseded_notice_that_was_changed_meanwhile_stops_the_commit(self, stores: Stores) -> None:
        waiting = notice(ttn=OTHER)
        stores.ledger.put_new(waiting)
        stores.ledger.update(waiting.next(state=NoticeState.SENDING))
        with pytest.raises(StoreConflict):
            stores.parcels.commit(
                Commit(state=state(), expected=None, superseded=(waiting.ended(NoticeState.SUPERSEDED, START),))
            )
        assert stores.parcels.states([TTN]) == {}

    def test_the_largest_commit_is_taken_and_one_item_more_refused(self, stores: Stores) -> None:
        def commit(ttn: str, count: int) -> Commit:
            notices = tuple(notice(ttn=ttn, occurrence=str(number)) for number in range(count))
            return Commit(state=state(ttn), expected=None, notices=notices)

        stores.parcels.commit(commit(TTN, 99))
        assert len(stores.ledger.of_parcel("1", TTN)) == 99
        with pytest.raises(ValueError, match="101 items"):
            stores.parcels.commit(commit(OTHER, 100))
        assert stores.parcels.states([OTHER]) == {}

    def test_twenty_orders_of_one_parcel_told_to_buyer_and_shop_fit_one_commit(self, stores: Stores) -> None:
        keys = [str(number) for number in range(20)]
        links = tuple(link(order_key=key, order_number=f"TWC{key}") for key in keys)
        notices = tuple(
            notice(order_key=key, order_number=f"TWC{key}", audience=audience) for key in keys for audience in Audience
        )
        stores.parcels.commit(Commit(state=state(), expected=None, change=change(), links=links, notices=notices))
        assert [stores.parcels.order_key(f"TWC{key}") for key in keys] == keys

    def test_two_items_for_one_key_are_refused(self, stores: Stores) -> None:
        with pytest.raises(ValueError, match="same key"):
            stores.parcels.commit(Commit(state=state(), expected=None, notices=(notice(), notice())))

    def test_a_notice_that_no_sweep_would_find_is_refused(self, stores: Stores) -> None:
        """R3: a notice has ended, or it is visibly waiting."""
        with pytest.raises(ValueError, match="no due_at"):
            stores.parcels.commit(Commit(state=state(), expected=None, notices=(notice(due_at=None),)))
        with pytest.raises(ValueError, match="no due_at"):
            stores.ledger.put_new(notice(due_at=None))
        assert stores.parcels.states([TTN]) == {}

    def test_the_history_is_oldest_first_and_of_this_parcel_alone(self, stores: Stores) -> None:
        versions = [change(version, at=START + version * MINUTE, stage=None) for version in (1, 2, 10, 11)]
        current = state(version=0)
        stores.parcels.commit(Commit(state=current, expected=None))
        for one in versions:
            current = current.next(version=one.version)
            stores.parcels.commit(Commit(state=current, expected=current.revision - 1, change=one))
        stores.parcels.commit(Commit(state=state(OTHER), expected=None, change=change(ttn=OTHER)))
        assert stores.parcels.history(TTN) == versions
        assert stores.parcels.history("20459999999999") == []

    def test_a_foreign_text_counts_once_a_run_and_only_running(self, stores: Stores) -> None:
        """F45."""

        def seen(minutes: int) -> int:
            return stores.parcels.foreign_text("1", run_at=START + minutes * MINUTE, within=15 * MINUTE)

        assert seen(0) == 1
        assert seen(0) == 1  # the same run again
        assert seen(10) == 2
        assert seen(0) == 2  # an older message that was late
        assert seen(25) == 3  # exactly `within` is still running
        assert seen(41) == 1  # a run without it lay between
        assert stores.parcels.foreign_text("2", run_at=START, within=15 * MINUTE) == 1
        assert stores.parcels.order("1") is None


class LedgerContract:
    def test_an_unknown_notice_is_none(self, stores: Stores) -> None:
        assert stores.ledger.get("1", notice().id) is None
        assert stores.parcels.order("1") is None
        assert stores.parcels.order_key("TWC01") is None

    def test_a_new_notice_is_written_once(self, stores: Stores) -> None:
        """F6, R2."""
        assert stores.ledger.put_new(notice())
        assert not stores.ledger.put_new(notice(state=NoticeState.WAITING))
        assert stores.ledger.get("1", notice().id) == notice()

    def test_a_notice_alone_makes_the_order_known(self, stores: Stores) -> None:
        stores.ledger.put_new(notice())
        record = stores.parcels.order("1")
        assert record is not None
        assert (record.order_number, record.links, record.notices) == ("TWC01", (), (notice(),))

    def test_a_notice_is_replaced_only_at_the_revision_before(self, stores: Stores) -> None:
        stores.ledger.put_new(notice())
        sending = notice().next(state=NoticeState.SENDING, attempt=1, lease_until=START + MINUTE)
        stores.ledger.update(sending)
        with pytest.raises(StoreConflict):
            stores.ledger.update(sending)
        assert stores.ledger.get("1", notice().id) == sending

    def test_a_notice_that_is_not_there_is_not_replaced(self, stores: Stores) -> None:
        for revision in (0, 1):
            with pytest.raises(StoreConflict):
                stores.ledger.update(notice(revision=revision))
        assert list(stores.ledger.list()) == []

    def test_what_has_ended_is_due_no_more_and_can_be_read(self, stores: Stores) -> None:
        stores.ledger.put_new(notice())
        ended = notice().ended(NoticeState.SENT, START + MINUTE, message_id=7)
        stores.ledger.update(ended)
        assert stores.ledger.due(before=START + timedelta(days=9), limit=10) == []
        assert stores.ledger.get("1", notice().id) == ended

    def test_a_notice_born_in_the_end_is_never_due(self, stores: Stores) -> None:
        stores.ledger.put_new(notice(state=NoticeState.SHADOW, settled_at=START))
        assert stores.ledger.due(before=START + timedelta(days=9), limit=10) == []
        kept = stores.ledger.get("1", notice().id)
        assert kept is not None
        assert kept.due_at is None

    def test_due_notices_come_oldest_first_up_to_the_moment_and_the_limit(self, stores: Stores) -> None:
        for minutes in (3, 1, 2, 4):
            stores.ledger.put_new(notice(occurrence=str(minutes), due_at=START + minutes * MINUTE))
        due = stores.ledger.due(before=START + 3 * MINUTE, limit=10)
        assert [one.occurrence for one in due] == ["1", "2", "3"]
        assert [one.occurrence for one in stores.ledger.due(before=START + 3 * MINUTE, limit=2)] == ["1", "2"]
        assert stores.ledger.due(before=START, limit=10) == []

    def test_notices_of_a_parcel_are_those_of_the_order_too(self, stores: Stores) -> None:
        stores.ledger.put_new(notice())
        stores.ledger.put_new(notice(occurrence="2"))
        stores.ledger.put_new(notice(ttn=OTHER))
        stores.ledger.put_new(notice(order_key="10"))
        assert [one.occurrence for one in stores.ledger.of_parcel("1", TTN)] == ["1", "2"]

    def test_the_ledger_is_listed_by_order_and_by_state(self, stores: Stores) -> None:
        stores.ledger.put_new(notice())
        stores.ledger.put_new(notice(occurrence="2", state=NoticeState.WAITING))
        stores.ledger.put_new(notice(order_key="2", state=NoticeState.WAITING))
        stores.parcels.commit(Commit(state=state(), expected=None, links=(link(),)))

        def listed(**only: Any) -> set[tuple[str, str]]:
            return {(one.order_key, one.occurrence) for one in stores.ledger.list(**only)}

        assert listed() == {("1", "1"), ("1", "2"), ("2", "1")}
        assert listed(order_key="1") == {("1", "1"), ("1", "2")}
        assert listed(state=NoticeState.WAITING) == {("1", "2"), ("2", "1")}
        assert listed(state=NoticeState.WAITING, order_key="2") == {("2", "1")}

    def test_many_notices_and_their_summary_change_together(self, stores: Stores) -> None:
        many = [notice(occurrence=str(number)) for number in range(99)]
        for one in many:
            stores.ledger.put_new(one)
        summary = notice(kind=Kind.UNTOLD, audience=Audience.SHOP, chat_id=None)
        ended = [one.ended(NoticeState.UNDELIVERABLE, START, reason="no_chat") for one in many]
        stores.ledger.update_all(ended, summary)
        assert stores.ledger.due(before=START + timedelta(days=9), limit=200) == [summary]
        with pytest.raises(StoreConflict):
            stores.ledger.update_all([], summary)
        stores.ledger.update_all([], summary.next(payload={"no_chat": 100}))
        kept = stores.ledger.get("1", summary.id)
        assert kept is not None
        assert kept.payload == {"no_chat": 100}

    def test_many_notices_change_all_or_none(self, stores: Stores) -> None:
        one, two = notice(), notice(occurrence="2")
        stores.ledger.put_new(one)
        stores.ledger.put_new(two)
        stores.ledger.update(two.next(state=NoticeState.SENDING))
        summary = notice(kind=Kind.UNTOLD, audience=Audience.SHOP)
        with pytest.raises(StoreConflict):
            stores.ledger.update_all([x.ended(NoticeState.MUTED, START) for x in (one, two)], summary)
        assert stores.ledger.get("1", one.id) == one
        assert stores.ledger.get("1", summary.id) is None

    def test_nothing_to_change_is_nothing(self, stores: Stores) -> None:
        stores.ledger.update_all([])
        assert list(stores.ledger.list()) == []

    def test_more_notices_than_a_transaction_takes_are_refused(self, stores: Stores) -> None:
        many = [notice(occurrence=str(number), revision=1) for number in range(100)]
        with pytest.raises(ValueError, match="101 items"):
            stores.ledger.update_all(many, notice(kind=Kind.UNTOLD))


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

    def test_the_newest_runs_come_first(self, stores: Stores) -> None:
        for minutes in (10, 0, 20):
            stores.runs.start(run(minutes))
        assert stores.runs.latest(2) == [run(20), run(10)]

    def test_the_shop_is_live_since_the_first_call_that_said_so(self, stores: Stores) -> None:
        later = START + MINUTE
        assert stores.runs.live_since(START, live=False) is None
        assert stores.runs.live_since(START, live=True) == START
        assert stores.runs.live_since(later, live=True) == START
        assert stores.runs.live_since(later, live=False) is None
        assert stores.runs.live_since(later, live=True) == later


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


class StoreContract(ParcelStoreContract, LedgerContract, RunsContract, PacesContract, CircuitsContract):
    """All of it; a test class gives the fixture `stores`."""
