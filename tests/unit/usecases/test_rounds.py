"""What several runs make of a shop that one of them has no time for."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.fakes.clock import START
from tests.fakes.shop import InMemoryShop
from tests.unit.usecases.world import INTERVAL, World
from vistka.domain import polling
from vistka.domain.load import Load
from vistka.domain.orders import OrderPage
from vistka.domain.parcels import ParcelState
from vistka.domain.runs import Run, with_rounds
from vistka.metrics import Metric
from vistka.usecases.dispatching import SENT_TOGETHER, Dispatched
from vistka.usecases.operating import scheduled_run
from vistka.usecases.rounds import Past, completes, past_of

PAGE = timedelta(minutes=1)


class Pages(InMemoryShop):
    """Ten orders a page."""

    def open_orders(self, *, after: str | None, limit: int) -> OrderPage:
        return super().open_orders(after=after, limit=min(limit, 10))


@pytest.fixture
def world() -> World:
    """Forty orders in pages of ten, each of which takes a minute to judge."""
    world = World(shop=Pages())
    for n in range(40):
        world.order(f"TWC{n}", ttn(n))
        world.carrier.set(ttn(n), "5")
    states = world.parcels.states

    def slow(ttns: Iterable[str]) -> dict[str, ParcelState]:
        world.clock.advance(PAGE)
        return states(ttns)

    world.parcels.states = slow  # type: ignore[method-assign]
    return world


def ttn(n: int) -> str:
    return f"2045{n:010}"


def dispatch(world: World, pages: float) -> Dispatched:
    """A run that has time for so many pages."""
    done = world.dispatcher.run(until=world.clock.now() + pages * PAGE)
    world.clock.advance(INTERVAL - (world.clock.now() - START) % INTERVAL)
    return done


def asked(world: World) -> set[str]:
    """By the carrier, since this was asked last."""
    found = {number for batch in world.carrier.asked for number in batch}
    world.carrier.asked.clear()
    return found


def test_a_run_whose_time_is_up_sends_what_it_has_and_the_next_one_goes_on_there_f27(world: World) -> None:
    first = dispatch(world, pages=1.5)
    world.track()
    assert (first.cut, first.orders, first.asked) == (True, 20, 20)
    assert asked(world) == {ttn(n) for n in range(20)}
    assert world.said == [
        ("the time was up before all open orders were read; the next run goes on there", {"read": 20})
    ]
    second = dispatch(world, pages=10)
    world.track()
    assert (second.cut, second.whole, second.orders) == (False, False, 20)
    assert asked(world) == {ttn(n) for n in range(20, 40)}


def test_a_run_that_was_cut_is_no_good_run_and_its_round_is_one_once_every_part_is_in_r7(world: World) -> None:
    dispatch(world, pages=1.5)
    part = world.messages()
    dispatch(world, pages=10)
    world.track()
    assert world.metrics.total(Metric.GOOD_RUNS) == 0
    assert not any(run.complete for run in world.runs.latest(5))
    for message in part:  # the batch of the first part comes last
        world.tracker.track(message)
    assert world.metrics.total(Metric.GOOD_RUNS) == 1
    whole = world.runs.latest(5)[0]
    assert (whole.complete, whole.started_at, whole.covers) == (True, START, START)
    assert len(whole.parts) == 2
    assert whole.load is not None
    assert whole.load.orders == 40


def test_a_round_that_has_nobody_to_ask_is_a_good_run_when_it_comes_to_the_end_r7(world: World) -> None:
    for n in range(40):
        world.carrier.set(ttn(n), "9")
    dispatch(world, pages=10)
    world.track()
    good = world.metrics.total(Metric.GOOD_RUNS)
    first = dispatch(world, pages=1.5)
    assert (first.cut, first.batches, world.metrics.total(Metric.GOOD_RUNS)) == (True, 0, good)
    second = dispatch(world, pages=10)
    assert (second.cut, second.batches, world.metrics.total(Metric.GOOD_RUNS)) == (False, 0, good + 1)


def test_a_run_says_what_the_parcels_of_all_its_pages_want(world: World) -> None:
    dispatch(world, pages=10)
    (run,) = world.runs.latest(5)
    assert run.load is not None
    each = polling.questions_a_day(None, START, world.dispatcher.schedule)
    assert (run.load.orders, run.load.parcels, run.load.wanted) == (40, 40, round(40 * each))


def test_messages_that_are_sent_a_few_at_a_time_are_all_counted(world: World) -> None:
    messages, _ = world.dispatcher.plan(after=None)
    assert world.dispatcher.send(messages[:1] * (SENT_TOGETHER + 1)) == SENT_TOGETHER + 1


def test_nobody_starves_however_little_a_run_has_time_for_f30(world: World) -> None:
    seen: list[str] = []
    for _ in range(12):
        dispatch(world, pages=0)  # a page is always read
        world.track()
        seen += asked(world)
    assert {seen.count(ttn(n)) for n in range(40)} == {3}


def test_what_fell_due_before_a_round_is_asked_in_it_whichever_part_reads_it_r8(world: World) -> None:
    for pages in (1.5, 10):
        dispatch(world, pages=pages)
        world.track()
    asked(world)
    world.clock.advance(timedelta(hours=2))
    dispatch(world, pages=1.5)
    world.track()
    dispatch(world, pages=10)
    world.track()
    assert asked(world) == {ttn(n) for n in range(40)}
    assert world.metrics.total(Metric.GOOD_RUNS) == 2


def test_a_lost_batch_of_any_part_is_asked_again_in_the_next_round_r1_r10(world: World) -> None:
    for pages in (1.5, 10):
        dispatch(world, pages=pages)
        world.track()
    world.clock.advance(timedelta(hours=2))
    dispatch(world, pages=1.5)
    world.messages()  # lost
    dispatch(world, pages=10)
    world.track()
    asked(world)
    dispatch(world, pages=10)
    world.track()
    assert {ttn(n) for n in range(20)} <= asked(world)


def test_a_part_that_failed_lets_the_round_begin_anew_f40(world: World) -> None:
    dispatch(world, pages=1.5)
    world.track()
    newest = world.runs.latest(1)[0]
    # It was killed before it had sent anything.
    world.runs.start(Run(id=f"{newest.id}+", started_at=world.clock.now(), continues=newest.id))
    asked(world)
    done = dispatch(world, pages=10)
    assert (done.whole, done.orders) == (True, 40)


def test_two_that_go_on_with_the_same_run_do_no_harm_r10(world: World) -> None:
    dispatch(world, pages=1.5)
    world.track()
    cut = world.runs.latest(1)[0]
    dispatch(world, pages=10)
    world.track()
    again = Run(id=f"{max(world.memory.runs)}+", started_at=world.clock.now(), continues=cut.id)
    world.runs.start(again)
    world.runs.sent(again.id, batches=1, covers=world.clock.now())
    assert [run.complete for run in world.runs.latest(3)] == [False, True, False]


@pytest.mark.parametrize("order", [1, -1])
def test_a_round_is_a_good_run_however_many_runs_it_takes_r7(order: int) -> None:
    """Whichever of its parts comes last: in a shop so large no run is good otherwise, and all look like an outage."""

    class Singly(InMemoryShop):
        def open_orders(self, *, after: str | None, limit: int) -> OrderPage:
            return super().open_orders(after=after, limit=1)

    world = World(shop=Singly())
    for n in range(14):
        world.order(f"TWC{n}", ttn(n))
        world.carrier.set(ttn(n), "5")
    for whole in (1, 2):
        world.clock.advance(timedelta(hours=6))  # all are due
        parts = []
        for _ in range(14):
            world.dispatcher.run(until=world.clock.now())
            parts.append(world.messages())
            world.clock.advance(INTERVAL)
        for messages in parts[::order]:
            assert world.metrics.total(Metric.GOOD_RUNS) == whole - 1
            for message in messages:
                world.tracker.track(replace(message, expires_at=world.clock.now()))
        assert world.metrics.total(Metric.GOOD_RUNS) == whole


def test_no_more_runs_are_read_than_tell_whether_a_part_makes_its_round_whole() -> None:
    world = World()
    limits: list[int] = []
    latest = world.runs.latest

    def noted(limit: int) -> list[Run]:
        limits.append(limit)
        return latest(limit)

    world.runs.latest = noted  # type: ignore[method-assign]

    def reads(*parts: Run, of: Run) -> list[int]:
        world.memory.runs.clear()
        limits.clear()
        for one in parts:
            world.runs.start(one)
        assert not completes(world.runs, of)
        return limits

    first, second = part(0, after="3"), part(10, before=0, after="7")
    last = part(20, before=10)
    lost = replace(first, done=1)
    assert reads(lost, second, last, of=last) == [10]  # not all of it is in
    assert reads(first, second, of=second) == [10]  # nobody has come to its end
    assert reads(second, last, of=last) == [10, 2100]  # its first part may be older
    assert reads(second, last, of=first) == [10, 2100]
    half = replace(last, done=1, continues=first.id)
    assert reads(first, half, of=half) == []
    assert reads(first, half, of=first) == [10]
    assert reads(replace(last, continues=last.id), of=last) == [10]  # damaged
    assert reads(replace(last, continues="r30"), of=last) == [10]


def test_a_complete_run_of_a_clock_that_was_ahead_is_named_where_there_is_no_other() -> None:
    world = World()
    tomorrow = START + timedelta(days=1)
    ahead = Run(id="r9", started_at=tomorrow, covers=tomorrow, batches=0, done=0)
    world.runs.start(ahead)
    assert past_of(world.runs, START) == Past(last=None, first_started=None, cut=None, ahead=(ahead,))


def test_what_needs_all_open_orders_is_not_done_on_a_part_of_them(world: World) -> None:
    told: list[str] = []
    for pages in (1.5, 10.0, 10.0):
        report = scheduled_run(
            lambda: world.sweeper,
            lambda: world.dispatcher,
            lambda: world.releaser,
            world.metrics,
            after_listing=[lambda: told.append("digest")],
            duties=[lambda: told.append("duty")],
            until=world.clock.now() + pages * PAGE,
        )
        told.append(f"cut: {report['run']['cut']}")
        world.track()
        world.clock.advance(INTERVAL)
    assert told == ["duty", "cut: True", "duty", "cut: False", "digest", "duty", "cut: False"]


def test_time_is_left_to_send_what_was_found() -> None:
    world = World(shop=Pages())
    for n in range(40):
        world.order(f"TWC{n}", ", ".join(ttn(10 * n + one) for one in range(10)))
    done = world.dispatcher.run(until=world.clock.now() + timedelta(milliseconds=100))
    assert (done.batches, done.cut) == (2, True)  # 50 ms each


def part(minute: int, *, batches: int = 2, done: int = 2, after: str | None = None, before: int | None = None) -> Run:
    return Run(
        id=f"r{minute:02}",
        started_at=START + timedelta(minutes=minute),
        covers=START + timedelta(minutes=minute),
        batches=batches,
        done=done,
        failed=frozenset({f"of {minute}"}),
        after=after,
        continues=f"r{before:02}" if before is not None else None,
        load=Load(orders=10, parcels=9, wanted=8, left=1, seconds=2),
    )


def test_a_round_began_with_its_first_part_and_has_what_all_of_them_have() -> None:
    parts = [part(20, before=10), part(10, before=0, after="7"), part(0, after="3")]
    whole = with_rounds(parts)[0]
    assert (whole.id, whole.started_at, whole.covers, whole.complete) == ("r20", START, START, True)
    assert (whole.batches, whole.done, whole.failed) == (6, 6, frozenset({"of 0", "of 10", "of 20"}))
    assert (whole.parts, whole.load) == (
        ("r00", "r10", "r20"),
        Load(orders=30, parcels=27, wanted=24, left=3, seconds=6),
    )
    assert with_rounds(parts)[1:] == parts[1:]


@pytest.mark.parametrize(
    "parts",
    [
        [part(20, before=10), part(10, before=0, after="7")],  # the first is not known
        [part(20, before=10), part(10, before=0, after="7", done=1), part(0, after="3")],
        [part(20, before=10, after="9"), part(10, before=0, after="7"), part(0, after="3")],
        [part(20, before=20), part(10, before=0, after="7"), part(0, after="3")],
        [part(20, before=30), part(10, before=0, after="7"), part(0, after="3")],
    ],
)
def test_what_lacks_a_part_is_no_round(parts: list[Run]) -> None:
    assert with_rounds(parts) == parts


def test_a_round_one_of_whose_parts_did_not_say_its_load_has_none() -> None:
    whole = with_rounds([part(10, before=0), replace(part(0, after="3"), load=None)])[0]
    assert (whole.complete, whole.load) == (True, None)
