"""What a run sends out, how it is packed, and what the next run may rely on."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from tests.fakes.queues import FakePollQueue
from tests.fakes.shop import InMemoryShop
from tests.unit.usecases.world import INTERVAL, World
from vistka.domain.errors import BadMessage, ShopMismatch, ShopUnavailable
from vistka.domain.messages import MOST_ASKED, NoticeMessage, PollMessage
from vistka.domain.orders import OrderPage
from vistka.domain.parcels import to_iso
from vistka.domain.stages import Stage
from vistka.metrics import Metric
from vistka.ports import PollEntry, Run
from vistka.usecases.operating import scheduled_run
from vistka.usecases.packing import MOST_BYTES
from vistka.usecases.sweeping import Sweeper


class RefusingQueue(FakePollQueue):
    """A queue that takes nothing."""

    def send(self, entries: Sequence[PollEntry]) -> list[int]:
        return list(range(len(entries)))


@pytest.fixture
def world() -> World:
    return World()


def ttn(n: int) -> str:
    return f"2045{n:010}"


def fill(world: World, count: int, *, code: str = "5", text: str = "") -> None:
    for n in range(count):
        world.order(f"TWC{n}", ttn(n))
        world.carrier.set(ttn(n), code, text)


def test_two_hundred_and_fifty_due_parcels_are_three_messages(world: World) -> None:
    fill(world, 250)
    done = world.dispatch()

    assert (done.asked, done.batches) == (250, 3)


def test_orders_that_share_a_parcel_travel_together(world: World) -> None:
    fill(world, 150)
    world.order("BOTH", f"{ttn(0)},{ttn(149)}")
    world.dispatch()

    for message in world.messages():
        inside = {parcel.ttn for parcel in message.parcels}
        assert all(set(entry.ttns) <= inside for entry in message.orders)
        assert sum(parcel.ask for parcel in message.parcels) <= MOST_ASKED


def test_a_parcel_on_very_many_orders_is_asked_once_and_no_order_is_left_out(world: World) -> None:
    for n in range(350):
        world.order(f"TWC{n}", ttn(1))
    world.dispatch()
    messages = world.messages()

    assert sum(parcel.ask for message in messages for parcel in message.parcels) == 1
    assert sum(len(message.orders) for message in messages) == 350


def test_a_message_stays_below_what_the_queue_takes(world: World) -> None:
    fill(world, 300, text="Відправлення прямує до міста " * 12)
    world.run()
    for key in world.shop.rows:
        world.shop.edit(str(key), shown=None)
    world.clock.advance(timedelta(hours=2))
    world.dispatch()

    assert world.polls.sent
    assert max(len(entry.body.encode()) for entry in world.polls.sent) < MOST_BYTES + 1000


def test_nothing_due_is_a_good_run_without_a_message(world: World) -> None:
    fill(world, 3, code="9")
    world.run()
    done = world.dispatch()

    assert (done.batches, done.orders) == (0, 3)
    assert world.metrics.total(Metric.GOOD_RUNS) == 2


def test_a_run_sends_no_more_than_the_pace_allows_and_the_rest_follows_f27() -> None:
    world = World(pace=timedelta(minutes=5))  # two batches in an interval
    fill(world, 500)
    asked: list[int] = []
    for _ in range(4):
        done = world.dispatch()
        asked.append(done.asked)
        world.track()
        world.clock.advance(INTERVAL)

    assert asked[:2] == [200, 200]
    assert len(world.memory.states) == 500


def test_parcels_never_seen_starve_no_other_and_are_not_starved_f30() -> None:
    world = World(pace=timedelta(minutes=10))  # one batch in an interval
    fill(world, 300, code="104")
    seen: dict[str, int] = {}
    for _ in range(30):
        world.run()
    for batch in world.carrier.asked:
        for number in batch:
            seen[number] = seen.get(number, 0) + 1

    assert len(seen) == 300
    assert max(seen.values()) - min(seen.values()) <= 3


def fail_next(world: World, *numbers: str) -> None:
    """The last run is over, and the store did not take these."""
    run_id = max(world.memory.runs)
    run, done = world.memory.runs[run_id]
    world.memory.runs[run_id] = (replace(run, failed=frozenset(numbers)), done)


def test_parcels_that_failed_stay_due_while_new_orders_fill_the_runs_f27_f30() -> None:
    world = World(pace=timedelta(minutes=10))  # one batch in an interval
    fill(world, 3, code="105")  # asked every three hours
    world.run(timedelta(minutes=20))
    fail_next(world, ttn(0), ttn(1))
    for n in range(500, 750):
        world.order(f"NEW{n}", ttn(n))
        world.carrier.set(ttn(n), "105")
    asked = []
    for _ in range(4):
        world.run()
        asked.append({number for number in world.carrier.asked[-1] if number in {ttn(0), ttn(1), ttn(2)}})

    assert asked == [set(), set(), {ttn(0), ttn(1)}, set()]


def test_parcels_that_failed_go_before_those_that_are_only_due_f30() -> None:
    world = World(pace=timedelta(minutes=10))
    fill(world, 150, code="104")
    world.run()
    world.run()
    fail_next(world, *(ttn(n) for n in range(140, 150)))
    world.clock.advance(timedelta(hours=2))
    world.run()

    assert {ttn(n) for n in range(140, 150)} <= set(world.carrier.asked[-1])


def test_an_order_that_joins_a_known_parcel_is_not_put_off_by_those_that_are_due_f30() -> None:
    world = World(pace=timedelta(minutes=10))
    fill(world, 150, code="104")
    world.order("FINAL", ttn(900))
    world.carrier.set(ttn(900), "9")
    for _ in range(3):
        world.run()
    world.order("LATE", ttn(900))
    world.clock.advance(timedelta(hours=2))
    world.run()

    assert ttn(900) in world.carrier.asked[-1]


def test_orders_left_over_do_not_set_the_clock_back_to_the_beginning_f21() -> None:
    world = World(pace=timedelta(minutes=10))
    fill(world, 250)
    world.run()
    assert world.dispatch().oldest_unchecked == INTERVAL
    world.track()
    world.clock.advance(INTERVAL)
    assert world.dispatch().oldest_unchecked == 2 * INTERVAL


@dataclass
class Standstill(InMemoryShop):
    """A shop whose pages do not go on: each begins where the first began."""

    names: list[str] = field(default_factory=list)

    def open_orders(self, *, after: str | None, limit: int) -> OrderPage:
        return replace(super().open_orders(after=None, limit=limit), after=self.names.pop(0))


@pytest.mark.parametrize("names", [["7", "7"], ["7", "8", "7"], ["7", "8", "9"]])
def test_a_shop_whose_pages_have_no_end_is_not_read_for_ever(names: list[str]) -> None:
    world = World(shop=Standstill(names=list(names)))
    fill(world, 2)
    with pytest.raises(ShopMismatch, match=r"orders.key: the page of open orders behind '[78]' came before"):
        world.dispatch()
    assert world.polls.sent == []


@pytest.mark.parametrize("after", [None, "7"])
def test_a_page_that_leads_to_itself_is_named_to_who_asked_for_it(after: str | None) -> None:
    world = World(shop=Standstill(names=["7", "7"]))
    fill(world, 2)
    if after is None:
        assert world.dispatcher.plan(after=None)[1].after == "7"
        return
    with pytest.raises(ShopMismatch, match="behind '7' came before"):
        world.dispatcher.plan(after=after)


def test_batches_that_the_queue_did_not_take_are_asked_by_the_next_run(world: World) -> None:
    fill(world, 3)
    world.polls = RefusingQueue()
    done = world.dispatch()
    world.polls = FakePollQueue()
    assert done.untaken == 1
    assert world.metrics.total(Metric.GOOD_RUNS) == 0

    world.clock.advance(INTERVAL)
    world.run()
    assert len(world.memory.states) == 3


def test_the_published_age_grows_while_batches_are_missing_r8_f21_f27(world: World) -> None:
    fill(world, 3)
    world.run(timedelta(hours=1))
    for _ in range(3):
        world.dispatch()
        world.polls.sent.clear()
        world.clock.advance(INTERVAL)
    world.dispatch()

    assert world.metrics.largest(Metric.OLDEST_UNCHECKED_SECONDS) == timedelta(hours=1, minutes=30).total_seconds()


def test_the_published_age_outlasts_a_long_outage_r8_f21(world: World) -> None:
    fill(world, 3)
    world.run(timedelta(hours=1))
    for _ in range(60):
        world.dispatch()
        world.polls.sent.clear()
        world.clock.advance(INTERVAL)
    done = world.dispatch()

    assert done.oldest_unchecked == timedelta(hours=1) + 60 * INTERVAL


def test_a_shop_whose_first_run_never_ended_has_an_age_too_r8(world: World) -> None:
    fill(world, 3)
    for _ in range(3):
        done = world.dispatch()
        world.polls.sent.clear()
        world.clock.advance(INTERVAL)

    assert done.oldest_unchecked == timedelta(minutes=20)


def test_a_parcel_that_a_clock_ahead_has_dated_is_asked_now_and_put_right_r1_r8(world: World) -> None:
    world.order("TWC1", ttn(1))
    world.carrier.set(ttn(1), "5")
    world.run()
    ahead = world.clock.now() + timedelta(days=30)
    world.memory.states[ttn(1)] = world.memory.states[ttn(1)].next(observed_at=ahead)
    world.carrier.set(ttn(1), "9")
    world.clock.advance(INTERVAL)
    world.run()

    assert world.memory.states[ttn(1)].stage is Stage.DELIVERED
    healed = {"ttn": ttn(1), "observed_at": to_iso(ahead)}
    assert ("what was stored is dated ahead of now, and is put right", healed) in world.said


@pytest.mark.parametrize("by", [timedelta(minutes=5), timedelta(days=30)])
def test_a_run_of_a_clock_that_was_ahead_counts_for_nothing_r8(world: World, by: timedelta) -> None:
    world.order("TWC1", ttn(1))
    world.carrier.set(ttn(1), "5")
    world.run()
    ahead = world.clock.now() + timedelta(hours=2) + by
    world.runs.start(Run(id=f"{to_iso(ahead)}#ahead", started_at=ahead))
    world.runs.sent(f"{to_iso(ahead)}#ahead", batches=0, covers=ahead)
    world.clock.advance(timedelta(hours=2))
    before = len(world.carrier.asked)
    world.run()

    assert len(world.carrier.asked) == before + 1
    assert world.metrics.values[Metric.OLDEST_UNCHECKED_SECONDS][-1] >= timedelta(hours=2).total_seconds()


def test_a_run_of_a_clock_that_was_ahead_makes_nothing_look_checked_when_its_moment_has_come_r8(world: World) -> None:
    world.order("TWC1", ttn(1))
    world.carrier.set(ttn(1), "5")
    world.run()
    ahead = world.clock.now() + timedelta(hours=8)
    world.runs.start(Run(id=f"{to_iso(ahead)}#ahead", started_at=ahead))
    world.runs.sent(f"{to_iso(ahead)}#ahead", batches=0, covers=ahead)
    world.run()
    world.clock.advance(timedelta(hours=9))
    world.run()

    assert world.metrics.values[Metric.OLDEST_UNCHECKED_SECONDS][-1] >= timedelta(hours=9).total_seconds()
    assert [said for said in world.said if "dated ahead" in said[0]] == [
        ("a run is dated ahead of now, and counts for nothing", {"run": f"{to_iso(ahead)}#ahead"})
    ]
    (marked,) = [run for run in world.runs.latest(9) if run.id.endswith("#ahead")]
    assert (marked.batches, marked.done, marked.covers, marked.complete) == (1, 0, ahead, False)


def test_batches_are_spread_over_time_by_the_pace(world: World) -> None:
    fill(world, 250)
    world.dispatch()

    assert [entry.delay for entry in world.polls.sent] == [timedelta(seconds=n) for n in range(3)]


def test_a_bad_number_is_named_with_its_order_and_the_others_go_on_f40(world: World) -> None:
    fill(world, 1)
    world.order("BAD", "12345")
    done = world.dispatch()

    assert done.asked == 1
    assert len(done.problems) == 1
    assert done.problems[0].startswith("order BAD: ")


def test_the_sweep_goes_on_when_the_shop_is_down_and_the_run_is_no_success_r7(world: World) -> None:
    world.order("TWC1", ttn(1), chat=7001)
    world.carrier.set(ttn(1), "5")
    world.run(timedelta(minutes=6))
    world.notice_queue.sent.clear()
    world.shop.outage = ShopUnavailable("gone away")

    with pytest.raises(ShopUnavailable):
        scheduled_run(lambda: world.sweeper, lambda: world.dispatcher, lambda: world.releaser, world.metrics)

    assert len(world.notice_queue.sent) == 1
    assert world.metrics.total(Metric.SHOP_OUTAGES) == 1


def test_whatever_the_sweep_meets_the_dispatch_goes_on_and_the_run_fails_f40(world: World) -> None:
    fill(world, 3)

    def broken() -> Sweeper:
        raise KeyError("an item that somebody edited")

    with pytest.raises(KeyError):
        scheduled_run(broken, lambda: world.dispatcher, lambda: world.releaser, world.metrics)

    assert len(world.messages()) == 1


def test_messages_survive_the_queue(world: World) -> None:
    fill(world, 2)
    world.run(timedelta(hours=2))
    world.dispatch()
    for entry in world.polls.sent:
        assert PollMessage.from_json(entry.body).to_json() == entry.body


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"v":2}',
        '{"v":1}',
        '{"v":1,"run":"","batch":0,"run_at":"x","expires_at":"x","parcels":[],"orders":[]}',
        json.dumps({"v": 1, "run": "", "batch": 0, "run_at": "2026-01-01T00:00:00Z", "expires_at": 1, "parcels": 5}),
    ],
)
def test_a_message_that_is_none_of_ours_is_refused_with_a_reason(body: str) -> None:
    with pytest.raises(BadMessage):
        PollMessage.from_json(body)
    with pytest.raises(BadMessage):
        NoticeMessage.from_json(body)
