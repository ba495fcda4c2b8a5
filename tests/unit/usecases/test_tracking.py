"""The tracker and the dispatcher together: what is asked, stored, shown and told."""

from datetime import timedelta

import pytest

from tests.fakes.store import FakeParcels, Memory
from tests.unit.usecases.world import INTERVAL, World
from vistka.domain.errors import CarrierUnavailable, CredentialRefused, ShopUnavailable, StoreUnavailable
from vistka.domain.notices import Kind, NoticeState
from vistka.domain.stages import Stage
from vistka.metrics import Metric
from vistka.ports import Commit

A, B = "20450000000017", "20450000000024"


class ThrottledParcels(FakeParcels):
    """A store that takes no commit of some parcels."""

    def __init__(self, memory: Memory, *, throttles: set[str]) -> None:
        super().__init__(memory)
        self._throttles = throttles

    def commit(self, commit: Commit) -> None:
        if commit.state.ttn in self._throttles:
            raise StoreUnavailable("throttled")
        super().commit(commit)


@pytest.fixture
def world() -> World:
    return World()


def test_a_change_is_stored_shown_and_queued(world: World) -> None:
    key = world.order("TWC1", A, chat=7001)
    world.carrier.set(A, "5", "Відправлення прямує до міста Київ")
    world.run()
    world.carrier.set(A, "7", "Прибув у відділення", place_number="12")
    world.run(timedelta(hours=2))
    world.run()

    assert world.memory.states[A].stage is Stage.AT_BRANCH
    assert world.shop.shown(key) == "Чекає у відділенні - Прибув у відділення"
    assert [notice.kind for notice in world.notices()] == [Kind.ON_ITS_WAY, Kind.WAITING]
    assert len(world.notice_queue.sent) == 2


def test_a_hundred_parcels_are_one_request_f1(world: World) -> None:
    for n in range(250):
        ttn = f"2045000000{n:04}"
        world.order(f"TWC{n}", ttn)
        world.carrier.set(ttn, "5")

    world.run()

    assert sorted(len(asked) for asked in world.carrier.asked) == [50, 100, 100]
    assert world.shop.statements == 3


def test_an_unchanged_parcel_writes_nothing_but_the_run_is_marked(world: World) -> None:
    world.order("TWC1", A)
    world.carrier.set(A, "5")
    world.run(timedelta(hours=1))
    world.dispatch()
    before = len(world.memory.writes)

    world.track()

    assert len(world.memory.writes) == before + 1
    assert world.shop.statements == 1


def test_an_outage_of_the_carrier_changes_nothing_and_is_no_success_f3(world: World) -> None:
    world.order("TWC1", A)
    world.carrier.outage = CarrierUnavailable("no answer")
    world.dispatch()

    (done,) = world.track()

    assert isinstance(done.error, CarrierUnavailable)
    assert world.memory.states == {}
    assert world.metrics.total(Metric.GOOD_RUNS) == 0
    assert done.rows[0]["outcome"] == "failed"


def test_what_a_lost_message_had_to_ask_is_asked_by_the_next_run_r1(world: World) -> None:
    world.order("TWC1", A)
    world.carrier.set(A, "5")
    world.run(timedelta(hours=1))
    world.dispatch()
    world.polls.sent.clear()  # lost
    world.clock.advance(INTERVAL)

    world.run()

    assert len(world.carrier.asked) == 2


def test_a_stale_poll_is_dropped_f43(world: World) -> None:
    world.order("TWC1", A)
    world.dispatch()
    world.clock.advance(timedelta(minutes=21))

    (done,) = world.track()

    assert done.stale
    assert world.carrier.asked == []


def test_a_shop_that_is_down_loses_nothing_and_heals_with_the_next_run(world: World) -> None:
    key = world.order("TWC1", A, chat=7001)
    world.carrier.set(A, "104", "Змінено адресу")
    world.run(timedelta(hours=1))
    world.carrier.set(A, "9", "Вручено")
    world.dispatch()
    world.shop.outage = ShopUnavailable("gone away")
    world.track()

    assert world.memory.states[A].stage is Stage.DELIVERED
    assert len(world.notice_queue.sent) == 1
    assert world.metrics.total(Metric.SHOP_OUTAGES) == 1

    world.shop.outage = None
    world.clock.advance(INTERVAL)
    world.run()

    assert world.shop.shown(key) == "Отримано - Вручено"
    assert len(world.carrier.asked) == 2  # it has ended: only its columns went out


def test_a_restored_backup_of_the_shop_heals_without_a_change(world: World) -> None:
    key = world.order("TWC1", A, chat=7001)
    world.carrier.set(A, "9", "Отримано")
    world.run()
    world.shop.edit(key, shown="щось старе")
    world.run()

    assert world.shop.shown(key) == "Отримано"
    assert len(world.carrier.asked) == 1
    assert world.memory.states[A].version == 1


def test_a_cancelled_order_stays_cancelled_f8_r5(world: World) -> None:
    key = world.order("TWC1", A)
    world.carrier.set(A, "9")
    world.dispatch()
    world.shop.edit(key, status="cancelled")
    world.track()

    assert world.shop.others(key)["status"] == "cancelled"


def test_a_number_replaced_meanwhile_is_not_given_the_old_ones_text(world: World) -> None:
    key = world.order("TWC1", A)
    world.carrier.set(A, "9")
    world.dispatch()
    world.shop.edit(key, tracking=B)
    world.track()

    assert world.shop.shown(key) is None


def test_another_number_in_the_order_ends_the_old_link_and_what_it_had_to_tell(world: World) -> None:
    key = world.order("TWC1", A, chat=7001)
    world.carrier.set(A, "5")
    world.carrier.set(B, "5")
    world.run()
    world.shop.edit(key, tracking=B)
    world.run()

    assert not world.memory.links[key, A].current
    assert world.memory.links[key, B].current
    assert key not in world.memory.states[A].orders
    assert world.ledger.get(key, f"{A}#on_its_way#1#buyer").state is NoticeState.SUPERSEDED  # type: ignore[union-attr]


def test_a_number_that_comes_back_to_its_order_is_not_told_again_r2(world: World) -> None:
    key = world.order("TWC1", A, chat=7001)
    world.carrier.set(A, "5")
    world.carrier.set(B, "5")
    world.run()
    world.deliver()
    for number in (B, A):
        world.shop.edit(key, tracking=number)
        world.run()
        world.deliver()

    assert [text for _, text in world.texts()].count(f"buyer on_its_way TWC1 {A}") == 1


def test_overlapping_runs_tell_once_f7(world: World) -> None:
    world.order("TWC1", A, chat=7001)
    world.carrier.set(A, "5")
    world.dispatch()
    world.dispatch()

    world.track()
    world.deliver()

    assert len(world.telegram.arrived) == 1
    assert world.memory.states[A].version == 1


def test_one_parcel_that_fails_is_named_and_the_others_go_on_f40(world: World) -> None:
    world.order("TWC1", A)
    world.order("TWC2", B)
    world.carrier.set(A, "5")
    world.carrier.set(B, "5")
    world.parcels = ThrottledParcels(world.memory, throttles={A})
    (done,) = world.run()
    world.parcels = FakeParcels(world.memory)

    assert done.failed == {A: "throttled"}
    assert B in world.memory.states

    world.run()
    assert A in world.memory.states


def test_a_store_that_is_away_stops_the_batch_and_the_next_run_has_all_of_it(world: World) -> None:
    for n in range(10):
        world.order(f"TWC{n}", f"2045{n:010}")
        world.carrier.set(f"2045{n:010}", "5")
    world.parcels = ThrottledParcels(world.memory, throttles={f"2045{n:010}" for n in range(10)})
    with pytest.raises(StoreUnavailable):
        world.run()
    assert world.metrics.total(Metric.GOOD_RUNS) == 0

    world.parcels = FakeParcels(world.memory)
    world.clock.advance(INTERVAL)
    world.run()
    assert len(world.memory.states) == 10


def test_a_number_that_the_carrier_refuses_is_an_error_of_that_parcel_alone(world: World) -> None:
    world.order("TWC1", A)
    world.order("TWC2", B)
    world.carrier.refuses[A] = "Invalid DocumentNumber"
    world.carrier.set(B, "5")

    (done,) = world.run()

    outcomes = {row["order_number"]: row["outcome"] for row in done.rows}
    assert outcomes == {"TWC1": "failed", "TWC2": "changed"}


def test_a_dry_run_writes_nothing_and_sends_nothing(world: World) -> None:
    key = world.order("TWC1", A, chat=7001)
    world.carrier.set(A, "5", "Прямує")
    messages, _ = world.dispatcher.plan(after=None)
    done = world.tracker.track(messages[0], dry_run=True)

    assert world.memory.states == {}
    assert world.shop.shown(key) is None
    assert world.notice_queue.sent == []
    assert (done.rows[0]["was"], done.rows[0]["now"], done.rows[0]["changed"]) == (None, "В дорозі - Прямує", True)


def test_shadow_tracks_and_stores_but_writes_no_shop_column_and_tells_nobody() -> None:
    world = World(live=False)
    key = world.order("TWC1", A, chat=7001)
    world.carrier.set(A, "5")
    world.run()

    assert world.memory.states[A].stage is Stage.IN_TRANSIT
    assert world.shop.shown(key) is None
    assert world.notice_queue.sent == []
    assert [notice.state for notice in world.notices()] == [NoticeState.SHADOW]


def test_a_second_writer_stops_our_rewriting_and_is_named_f45(world: World) -> None:
    key = world.order("TWC1", A)
    world.carrier.set(A, "5", "Прямує")
    world.run()
    for _ in range(3):
        world.shop.edit(key, shown="В пути - старый крон")
        world.run()

    assert world.shop.shown(key) == "В пути - старый крон"
    told = [notice for notice in world.notices() if notice.kind is Kind.FOREIGN_TEXT]
    assert len(told) == 1
    assert any("switch the old cron off" in message for message, _ in world.said)


def test_two_numbers_in_one_field_are_two_parcels_and_the_live_one_speaks(world: World) -> None:
    key = world.order("TWC1", f"{A}, {B}")
    world.carrier.set(A, "9", "Отримано")
    world.carrier.set(B, "5", "Прямує")
    world.run()

    assert set(world.memory.states) == {A, B}
    assert world.shop.shown(key) == "В дорозі - Прямує"


def test_finished_parcels_leave_the_polling_f2(world: World) -> None:
    world.order("TWC1", A)
    world.carrier.set(A, "9")
    for _ in range(4):
        world.run(timedelta(hours=12))

    assert len(world.carrier.asked) == 1


def test_a_refused_key_that_still_gets_answers_is_an_alarm(world: World) -> None:
    world.order("TWC1", A)
    world.carrier.set(A, "5")
    world.carrier.keyless = True
    world.run()

    assert world.metrics.total(Metric.CREDENTIALS_REFUSED) == 1


def test_a_refused_key_is_no_success(world: World) -> None:
    world.order("TWC1", A)
    world.carrier.outage = CredentialRefused("the key")
    (done,) = world.run()

    assert isinstance(done.error, CredentialRefused)
    assert world.metrics.total(Metric.GOOD_RUNS) == 0


def test_an_unknown_code_is_counted_once_f37(world: World) -> None:
    world.order("TWC1", A)
    world.carrier.set(A, "777")
    for _ in range(3):
        world.run(timedelta(hours=1))

    assert world.metrics.total(Metric.UNKNOWN_CODES) == 1


def test_a_late_answer_does_not_undo_a_newer_one_r1(world: World) -> None:
    world.order("TWC1", A)
    world.carrier.set(A, "5")
    world.run(timedelta(hours=1))
    world.dispatch()
    (late,) = world.messages()
    asked_early, answer_then = world.clock.now(), world.carrier.says[A]
    world.clock.advance(timedelta(minutes=1))
    world.carrier.set(A, "7")
    world.dispatch()
    world.track()
    after = world.memory.states[A]
    assert after.stage is Stage.AT_BRANCH

    world.carrier.says[A] = answer_then
    world.carrier.asked_at = asked_early  # the answer of the first request arrives only now
    world.tracker.track(late)

    assert world.memory.states[A] == after


def test_a_dead_queue_keeps_nothing_from_store_and_shop_f26(world: World) -> None:
    key = world.order("TWC1", A, chat=7001)
    world.carrier.set(A, "5", "Прямує")
    world.notice_queue.send = lambda entries: list(range(len(entries)))  # type: ignore[method-assign]
    (done,) = world.run()

    assert world.shop.shown(key) == "В дорозі - Прямує"
    assert world.memory.states[A].version == 1
    assert done.rows[0]["error"] is None
    assert world.metrics.total(Metric.GOOD_RUNS) == 1
    assert ("notices left to the sweep", {"count": 1}) in world.said


def test_a_notice_leaves_only_after_its_commit_f6(world: World) -> None:
    world.order("TWC1", A, chat=7001)
    world.carrier.set(A, "5")

    def failing(commit: Commit) -> None:
        assert world.notice_queue.sent == []
        raise StoreUnavailable("throttled")

    world.parcels.commit = failing  # type: ignore[method-assign]
    world.run()

    assert world.notice_queue.sent == []
    assert world.notices() == []
