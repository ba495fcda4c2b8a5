"""The shop's two columns: which rows are written, which are left alone, and what is said of them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.usecases.world import INTERVAL, SHOP_CHAT, World
from vistka.domain.errors import ShopMismatch, ShopUnavailable, StoreUnavailable, VistkaError
from vistka.domain.foreign import FIRST_PATIENCE, RUNNING, ForeignText
from vistka.domain.notices import Kind, NoticeState
from vistka.metrics import Metric
from vistka.usecases.batch import Tracked
from vistka.usecases.showing import STOPPED

A, B, C = "20450000000017", "20450000000024", "20450000000031"
OURS, CRONS = "В дорозі - Прямує", "В пути - старый крон"


@pytest.fixture
def world() -> World:
    return World()


def three(world: World) -> list[str]:
    """Three orders with a parcel each; the one in the middle is special in what follows."""
    keys = [world.order(f"TWC{n}", ttn) for n, ttn in enumerate((A, B, C))]
    for ttn in (A, B, C):
        world.carrier.set(ttn, "5", "Прямує")
    return keys


def texts(world: World, keys: list[str]) -> list[str | None]:
    return [world.shop.shown(key) for key in keys]


def now(done: Tracked) -> dict[str, object]:
    return {str(row["ttn"]): row["now"] for row in done.rows}


def test_an_order_of_which_nothing_is_known_keeps_no_other_from_its_text(world: World) -> None:
    keys = three(world)
    del world.carrier.says[B]
    (done,) = world.run()
    assert texts(world, keys) == [OURS, None, OURS]
    assert now(done) == {A: OURS, B: None, C: OURS}


def test_an_order_that_shows_its_text_already_is_not_written(world: World) -> None:
    keys = three(world)
    world.shop.edit(keys[1], shown=OURS)
    (done,) = world.run()
    assert world.shop.updated(keys[1]) is None
    assert world.shop.updated(keys[2]) is not None
    assert now(done) == {A: OURS, B: OURS, C: OURS}


def test_nothing_to_write_asks_the_database_nothing(world: World) -> None:
    keys = three(world)
    for key in keys:
        world.shop.edit(key, shown=OURS)
    world.run()
    assert world.shop.statements == 0


def test_an_order_that_is_not_live_is_left_as_it_is_and_the_others_are_written(world: World) -> None:
    keys = three(world)
    rules = world.policy
    world.policy = lambda now: replace(rules(now), is_live=lambda number: number != "TWC1")  # type: ignore[method-assign]
    (done,) = world.run()
    assert texts(world, keys) == [OURS, None, OURS]
    assert now(done) == {A: OURS, B: None, C: OURS}


@pytest.mark.parametrize("outage", [ShopUnavailable("gone away"), ShopMismatch("no such column")])
def test_an_outage_is_counted_named_and_shown_for_each_order_r7_f3(world: World, outage: VistkaError) -> None:
    three(world)
    world.dispatch()
    world.shop.outage = outage
    (done,) = world.track()
    assert world.metrics.total(Metric.SHOP_OUTAGES) == 1
    assert world.metrics.total(Metric.GOOD_RUNS) == 0
    assert world.said == [
        (
            "the shop was not written; the next run writes it",
            {"error": type(outage).__name__, "reason": str(outage)},
        )
    ]
    assert [(row["error"], row["now"]) for row in done.rows] == [(str(outage), None)] * 3


def test_a_row_that_the_database_refuses_is_named_and_the_others_are_shown_f40(world: World) -> None:
    keys = three(world)
    world.shop.refuse("TWC1")
    (done,) = world.run()
    reason = "refused by a trigger of the shop"
    assert world.said == [("the shop's database refused a row", {"order_number": "TWC1", "reason": reason})]
    assert texts(world, keys) == [OURS, None, OURS]
    assert done.unwritten == {"TWC1": reason}
    assert [(row["now"], row["error"]) for row in done.rows] == [(OURS, None), (None, reason), (OURS, None)]
    assert world.metrics.total(Metric.GOOD_RUNS) == 1


def test_a_dry_run_shows_what_it_would_write_and_is_no_outage(world: World) -> None:
    keys = three(world)
    world.shop.edit(keys[1], shown=CRONS)
    (message,), _ = world.dispatcher.plan(after=None)
    done = world.tracker.track(message, dry_run=True)
    assert [(row["was"], row["now"]) for row in done.rows] == [(None, OURS), (CRONS, OURS), (None, OURS)]
    assert texts(world, keys) == [None, CRONS, None]
    assert world.memory.foreign == {}


# --- another program writes ---------------------------------------------------------------------------------------


def written_over(world: World, key: str) -> None:
    world.shop.edit(key, shown=CRONS)


def test_a_foreign_text_is_replaced_once_f45(world: World) -> None:
    keys = three(world)
    world.run()
    written_over(world, keys[1])
    world.run()
    assert texts(world, keys) == [OURS, OURS, OURS]
    assert Kind.FOREIGN_TEXT not in {notice.kind for notice in world.notices()}


def test_found_in_two_runs_running_it_is_another_programs_f45(world: World) -> None:
    keys = three(world)
    world.run()
    for _ in range(2):
        written_over(world, keys[1])
        world.run()
    assert texts(world, keys) == [OURS, CRONS, OURS]
    warning = "another program writes shipment_status: switch the old cron off"
    assert [said for said in world.said if said[0] == warning] == [(warning, {"order_number": "TWC1", "ttn": B})]
    (notice,) = [notice for notice in world.notices() if notice.kind is Kind.FOREIGN_TEXT]
    assert (notice.order_key, notice.ttn, notice.occurrence, notice.state) == (keys[1], B, "1", NoticeState.NEW)
    world.deliver()
    assert (SHOP_CHAT, f"shop foreign_text TWC1 {B}") in world.texts()


def test_the_shop_is_warned_once_and_the_log_every_time_f45(world: World) -> None:
    keys = three(world)
    world.run()
    for _ in range(5):
        written_over(world, keys[1])
        world.run()
    assert len([notice for notice in world.notices() if notice.kind is Kind.FOREIGN_TEXT]) == 1
    assert len([text for _, text in world.texts()]) == 0
    assert len(world.notice_queue.sent) == 1
    assert len([said for said in world.said if "old cron" in said[0]]) == 4


def test_without_a_shops_chat_the_warning_is_in_the_log_and_the_ledger_f45() -> None:
    world = World(shop_chat=None)
    keys = three(world)
    world.run()
    for _ in range(2):
        written_over(world, keys[1])
        world.run()
    (notice,) = [notice for notice in world.notices() if notice.kind is Kind.FOREIGN_TEXT]
    assert (notice.state, notice.reason) == (NoticeState.UNDELIVERABLE, "no_shop_chat")
    assert world.notice_queue.sent == []


def test_behind_a_foreign_text_the_orders_after_it_are_written_f45(world: World) -> None:
    keys = three(world)
    world.run()
    for _ in range(2):
        written_over(world, keys[0])
        world.run()
    written_over(world, keys[0])
    world.shop.edit(keys[2], shown=None)
    world.run()
    assert texts(world, keys) == [CRONS, OURS, OURS]


@pytest.mark.parametrize(
    ("between", "running"),
    [(2 * INTERVAL, True), (3 * INTERVAL, True), (RUNNING - INTERVAL, True), (RUNNING + INTERVAL, False)],
)
def test_a_cron_of_every_half_hour_is_running_and_a_hand_now_and_then_is_not_f45(
    world: World,
    between: timedelta,
    running: bool,  # noqa: FBT001
) -> None:
    keys = three(world)
    world.run()
    written_over(world, keys[1])
    world.run(between)
    written_over(world, keys[1])
    world.run()
    assert (world.shop.shown(keys[1]) == CRONS) is running


def stopped(world: World) -> list[str]:
    """The middle one of three orders, whose column another program has just written over for the second time."""
    keys = three(world)
    world.run()
    for _ in range(2):
        written_over(world, keys[1])
        world.run()
    return keys


def test_once_the_other_program_is_switched_off_its_last_text_heals_by_itself_f45(world: World) -> None:
    keys = stopped(world)
    for _ in range(int(FIRST_PATIENCE / INTERVAL) - 1):
        world.run()
    assert texts(world, keys) == [OURS, CRONS, OURS]
    world.run()
    assert texts(world, keys) == [OURS, OURS, OURS]
    world.run(timedelta(days=2))
    assert texts(world, keys) == [OURS, OURS, OURS]


def test_a_program_that_goes_on_is_left_alone_again_and_longer_f45(world: World) -> None:
    keys = stopped(world)
    rewritten = []
    for run in range(int(24 * FIRST_PATIENCE / INTERVAL)):
        world.run()
        if world.shop.shown(keys[1]) != CRONS:
            rewritten.append(run * INTERVAL // timedelta(hours=1))
            written_over(world, keys[1])
    assert rewritten == [2, 9, 21, 45, 69]  # after 3, 6, 12, 24 and 24 hours of standing there
    assert len([notice for notice in world.notices() if notice.kind is Kind.FOREIGN_TEXT]) == 1


def test_while_it_only_stands_there_nothing_is_written_into_the_store_f45(world: World) -> None:
    stopped(world)
    world.run()  # the one that asks what is due
    before = len(world.memory.writes)
    world.run()
    assert len(world.memory.writes) - before == 2 + 1  # the run, begun and sent, and its batch done


def test_an_order_that_is_left_alone_is_told_to_whoever_asks_f45(world: World) -> None:
    keys = stopped(world)
    for dry_run in (False, True):
        (message,), _ = world.dispatcher.plan(after=None)
        done = world.tracker.track(message, dry_run=dry_run)
        assert [(row["error"], row["outcome"]) for row in done.rows] == [
            (None, "unchanged"),
            (STOPPED, "failed"),
            (None, "unchanged"),
        ]
        assert now(done) == {A: OURS, B: CRONS, C: OURS}
    assert texts(world, keys) == [OURS, CRONS, OURS]


def test_a_person_who_switched_the_old_cron_off_need_not_wait_f45(world: World) -> None:
    keys = stopped(world)
    (message,), _ = world.dispatcher.plan(after=None)
    seen = world.tracker.track(message, dry_run=True, overwrite=True)
    assert now(seen) == {A: OURS, B: OURS, C: OURS}
    assert world.shop.shown(keys[1]) == CRONS
    done = world.tracker.track(message, overwrite=True)
    assert [row["error"] for row in done.rows] == [None, None, None]
    assert texts(world, keys) == [OURS, OURS, OURS]
    world.clock.advance(INTERVAL)
    written_over(world, keys[1])
    world.run()
    assert world.shop.shown(keys[1]) == CRONS  # it was not off


def test_a_stop_that_is_not_remembered_warns_once_all_the_same_f45(world: World) -> None:
    keys = three(world)
    world.run()
    written_over(world, keys[1])
    world.run()
    written_over(world, keys[1])
    whole = world.parcels.put_foreign_text

    def fail(order_key: str, found: ForeignText) -> None:
        raise StoreUnavailable("throttled")

    world.parcels.put_foreign_text = fail  # type: ignore[method-assign]
    world.dispatch()
    with pytest.raises(StoreUnavailable):
        world.track()
    world.parcels.put_foreign_text = whole  # type: ignore[method-assign]
    world.run()
    assert texts(world, keys) == [OURS, CRONS, OURS]
    assert len([notice for notice in world.notices() if notice.kind is Kind.FOREIGN_TEXT]) == 1


def test_a_refused_row_is_no_find_of_a_foreign_text(world: World) -> None:
    keys = three(world)
    world.run()
    written_over(world, keys[1])
    world.shop.refuse("TWC1")
    world.run()
    assert world.memory.foreign == {}
