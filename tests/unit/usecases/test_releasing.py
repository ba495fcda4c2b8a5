"""Orders that lost their number without getting another: what still waits is not told, whatever else it is."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.usecases.world import INTERVAL, World
from vistka.domain.errors import ShopUnavailable, StoreConflict, StoreUnavailable, TelegramUnavailable, TelegramUnknown
from vistka.domain.notices import Kind, Notice, NoticeState
from vistka.ports import Commit
from vistka.usecases.operating import scheduled_run
from vistka.usecases.releasing import MOST_ASKED

A, B = "20450000000017", "20450000000024"
REASON = "the order no longer has this number"


@pytest.fixture
def world() -> World:
    return World()


def untaken(world: World, tracking: str = A, *, number: str = "TWC1", fault: Exception | None = None) -> str:
    """An order whose news Telegram did not take; ten minutes have passed since."""
    key = world.order(number, tracking, chat=7001)
    for ttn in (A, B):
        world.carrier.set(ttn, "5")
    world.run(timedelta(seconds=1))
    world.telegram.faults = [fault or TelegramUnavailable("refused")] * len(world.notice_queue.sent)  # type: ignore[list-item]
    world.deliver()
    world.clock.advance(INTERVAL)
    return key


def run(world: World) -> None:
    """As the timer starts it."""
    scheduled_run(lambda: world.sweeper, lambda: world.dispatcher, lambda: world.releaser, world.metrics)
    world.track()
    world.clock.advance(INTERVAL)


def notice(world: World, ttn: str = A) -> Notice:
    return next(one for one in world.notices() if one.ttn == ttn)


@pytest.mark.parametrize("typed", [None, "", "  ", "уточнюється", "2045 0000", B])
def test_what_waits_for_an_order_without_its_number_is_not_told(world: World, typed: str | None) -> None:
    key = untaken(world)
    world.shop.edit(key, tracking=typed)
    run(world)
    assert (notice(world).state, notice(world).reason, notice(world).lost) == (NoticeState.SUPERSEDED, REASON, False)
    assert not world.memory.links[key, A].current
    assert key not in world.memory.states[A].orders
    world.deliver()
    assert [text for _, text in world.texts() if A in text] == []


def test_a_lost_send_is_not_repeated_for_an_order_without_its_number(world: World) -> None:
    key = untaken(world, fault=TelegramUnknown("read timeout"))
    world.shop.edit(key, tracking="")
    run(world)
    assert (notice(world).state, notice(world).lost) == (NoticeState.SUPERSEDED, True)


def test_one_of_two_numbers_that_is_gone_ends_alone(world: World) -> None:
    key = untaken(world, f"{A}, {B}")
    world.shop.edit(key, tracking=B)
    run(world)
    assert (notice(world, A).state, notice(world, B).state) == (NoticeState.SUPERSEDED, NoticeState.RETRY)
    assert world.memory.links[key, B].current


@pytest.mark.parametrize(
    "values", [{"status": "done"}, {"status": "cancelled"}, {"tracking": f" {A[:4]} {A[4:]} "}, {}]
)
def test_an_order_that_still_has_its_number_is_told_done_or_not(world: World, values: dict[str, str]) -> None:
    key = untaken(world)
    world.shop.edit(key, **values)
    run(world)
    assert notice(world).state is NoticeState.RETRY
    assert world.memory.links[key, A].current


def test_an_order_that_the_shop_has_no_more_is_not_told(world: World) -> None:
    key = untaken(world)
    del world.shop.rows[int(key)]
    run(world)
    assert notice(world).state is NoticeState.SUPERSEDED


def test_a_number_that_comes_back_brings_its_news_with_it(world: World) -> None:
    key = untaken(world)
    world.shop.edit(key, tracking="")
    run(world)
    world.shop.edit(key, tracking=A)
    run(world)
    assert notice(world).state is NoticeState.NEW
    world.deliver()
    assert world.texts() == [(7001, f"buyer on_its_way TWC1 {A}")]


def test_what_is_being_sent_is_left_and_ends_with_the_run_after(world: World) -> None:
    key, other = untaken(world), untaken(world, number="TWC2")
    found = notice(world)
    sending = replace(found, state=NoticeState.SENDING, lease_until=world.clock.now() + timedelta(minutes=2))
    world.memory.notices[key, found.id] = sending
    for one in (key, other):
        world.shop.edit(one, tracking="")
    run(world)
    assert {one.state for one in world.notices()} == {NoticeState.SENDING, NoticeState.SUPERSEDED}
    run(world)  # whoever was sending it is long gone
    assert {one.state for one in world.notices()} == {NoticeState.SUPERSEDED}
    assert [one.lost for one in world.notices()] == [True, False]


def test_a_notice_left_over_from_a_link_that_has_ended_ends_too(world: World) -> None:
    key = untaken(world)
    found = notice(world)
    world.memory.notices[key, found.id] = replace(found, state=NoticeState.SENDING)
    world.shop.edit(key, tracking=B)
    run(world)
    assert not world.memory.links[key, A].current
    world.memory.notices[key, found.id] = replace(found, state=NoticeState.RETRY)
    run(world)
    assert notice(world).state is NoticeState.SUPERSEDED


def test_news_on_their_way_ask_the_shop_nothing(world: World) -> None:
    world.order("TWC1", A, chat=7001)
    world.carrier.set(A, "5")
    world.run(timedelta(minutes=5))
    assert world.releaser.waiting().orders == {}


def test_alerts_to_the_shop_that_are_no_change_are_told_whatever_the_order_has(world: World) -> None:
    key = untaken(world)
    found = notice(world)
    alert = replace(found, kind=Kind.FOREIGN_TEXT)
    world.memory.notices.clear()
    world.memory.notices[key, alert.id] = alert
    world.shop.edit(key, tracking="")
    run(world)
    assert notice(world).state is NoticeState.RETRY


def test_the_shop_is_asked_about_so_many_a_run_and_only_what_it_did_not_list(world: World) -> None:
    keys = [world.order(f"TWC{n}", f"2045{n:010}", chat=7000 + n) for n in range(MOST_ASKED + 20)]
    for n in range(len(keys)):
        world.carrier.set(f"2045{n:010}", "5")
    world.run(INTERVAL)
    world.notice_queue.sent.clear()
    asked: list[str] = []
    whole = world.shop.order
    world.shop.order = lambda number: (asked.append(number), whole(number))[1]  # type: ignore[func-returns-value, method-assign]
    run(world)
    assert asked == []
    for key in keys:
        world.shop.edit(key, tracking="")
    run(world)
    assert len(asked) == MOST_ASKED
    run(world)
    assert {one.state for one in world.notices()} == {NoticeState.SUPERSEDED}


# --- faults -------------------------------------------------------------------------------------------------------


def fail(error: Exception) -> Callable[..., None]:
    def failing(*_: object, **__: object) -> None:
        raise error

    return failing


def test_a_shop_that_does_not_answer_is_believed_what_it_said_before(world: World) -> None:
    key = untaken(world)
    world.shop.edit(key, tracking="")
    world.shop.order = fail(ShopUnavailable("gone away"))  # type: ignore[method-assign]
    run(world)
    assert notice(world).state is NoticeState.RETRY


def test_a_run_that_could_not_list_the_orders_releases_nothing(world: World) -> None:
    key = untaken(world)
    world.shop.edit(key, tracking="")
    world.shop.open_orders = fail(ShopUnavailable("gone away"))  # type: ignore[assignment]
    with pytest.raises(ShopUnavailable):
        run(world)
    assert notice(world).state is NoticeState.RETRY


def test_a_worker_on_the_same_parcel_leaves_it_to_the_next_run(world: World) -> None:
    key = untaken(world)
    world.shop.edit(key, tracking="")
    whole = world.parcels.commit
    world.parcels.commit = fail(StoreConflict("somebody else"))  # type: ignore[method-assign]
    run(world)
    assert notice(world).state is NoticeState.RETRY
    world.parcels.commit = whole  # type: ignore[method-assign]
    run(world)
    assert notice(world).state is NoticeState.SUPERSEDED


@pytest.mark.parametrize("method", ["due", "commit"])
def test_a_store_that_is_away_fails_the_run_and_stops_nothing_else_r7(world: World, method: str) -> None:
    key = untaken(world)
    world.shop.edit(key, tracking="")
    world.order("TWC2", B, chat=7002)
    whole = world.releaser
    if method == "due":
        world.ledger.due = fail(StoreUnavailable("throttled"))  # type: ignore[assignment]
    else:
        world.parcels.commit = fail(StoreUnavailable("throttled"))  # type: ignore[method-assign]
    with pytest.raises(StoreUnavailable):
        scheduled_run(lambda: world.sweeper, lambda: world.dispatcher, lambda: whole, world.metrics)
    assert [message.parcels[0].ttn for message in world.messages()] == [B]


# --- at the change itself -----------------------------------------------------------------------------------------


def test_a_change_ends_the_link_of_an_order_that_has_lost_the_number(world: World) -> None:
    lost, kept = untaken(world), world.order("TWC2", A, chat=7002)
    run(world)
    world.deliver()
    world.shop.edit(lost, tracking="")
    world.carrier.set(A, "7")
    world.clock.advance(timedelta(hours=1))
    (message,), _ = world.dispatcher.plan(after=None)
    world.tracker.track(message, dry_run=True)
    assert world.memory.links[lost, A].current
    world.tracker.track(message)
    assert not world.memory.links[lost, A].current
    assert world.memory.states[A].orders == {kept}
    assert {one.order_key for one in world.notices() if one.kind is Kind.WAITING} == {kept}


def test_a_link_that_somebody_else_is_ending_stops_no_change(world: World) -> None:
    lost, kept = untaken(world), world.order("TWC2", A, chat=7002)
    run(world)
    world.shop.edit(lost, tracking="")
    world.carrier.set(A, "7")
    world.clock.advance(timedelta(hours=1))
    (message,), _ = world.dispatcher.plan(after=None)
    whole, left = world.parcels.commit, iter(range(1))

    def beaten_once(commit: Commit) -> None:
        if next(left, None) is not None:
            raise StoreConflict("somebody else")
        whole(commit)

    world.parcels.commit = beaten_once  # type: ignore[method-assign]
    world.tracker.track(message)
    assert {one.order_key for one in world.notices() if one.kind is Kind.WAITING} == {kept}
