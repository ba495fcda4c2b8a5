"""Orders that lost their number without getting another: what still waits is not told, whatever else it is."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.usecases.world import INTERVAL, World
from vistka.domain.errors import (
    ShopMismatch,
    ShopUnavailable,
    StoreConflict,
    StoreUnavailable,
    TelegramUnavailable,
    TelegramUnknown,
)
from vistka.domain.messages import PollMessage
from vistka.domain.notices import Audience, Kind, Notice, NoticeState
from vistka.domain.orders import Order
from vistka.domain.reminders import LOOK_AGAIN
from vistka.domain.stages import Role, Stage
from vistka.ports import Commit
from vistka.usecases.operating import scheduled_run
from vistka.usecases.releasing import MOST_ASKED, Waiting
from vistka.usecases.sweeping import MOST_READ

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
A, B, C = "20450000000017", "20450000000024", "20450000000031"
REASON = "the order no longer has this number"
LOST = "orders have lost a number; what waited to be told of it is not told"
CLOSED = "orders are done or cancelled; nobody is reminded of their parcels"


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


def waiting_order(world: World) -> str:
    """One whose parcel waits at the branch."""
    key = untaken(world)
    for ttn in (A, B):
        world.carrier.set(ttn, "7")
    run(world)
    run(world)
    found = next(one for one in world.notices() if one.kind is Kind.WAITING)
    world.memory.notices.clear()
    keep(world, found)
    return key


def run(world: World) -> None:
    """As the timer starts it."""
    scheduled_run(lambda: world.sweeper, lambda: world.dispatcher, lambda: world.releaser, world.metrics)
    world.track()
    world.clock.advance(INTERVAL)


def release(world: World) -> tuple[int, list[tuple[str, dict[str, object]]]]:
    """Nothing was listed; how many were released, and what was said."""
    world.said.clear()
    return world.releaser.release(world.releaser.waiting()), world.said


def with_child(world: World, key: str) -> None:
    """What the carrier made of A goes by the number B."""
    link, state = world.memory.links[key, A], world.memory.states[A]
    world.memory.links[key, B] = replace(link, ttn=B, root=A, parent=A, via=Role.RETURN)
    world.memory.states[B] = replace(state, ttn=B, chain=(A,), role=Role.RETURN)


def keep(world: World, *notices: Notice) -> None:
    world.memory.notices.update({(one.order_key, one.id): one for one in notices})


def reminder(
    world: World, found: Notice, *, day: timedelta = -DAY, kind: Kind = Kind.LAST_DAY, due: timedelta = timedelta()
) -> Notice:
    """A reminder of the notice's parcel in the notice's place: its hour has come, and its day was yesterday."""
    world.memory.notices.pop((found.order_key, found.id), None)
    now = world.clock.now()
    occurrence = (now + day).date().isoformat()
    made = replace(found, kind=kind, occurrence=occurrence, state=NoticeState.WAITING, due_at=now + due)
    keep(world, made)
    return made


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


def test_an_order_that_lost_its_number_has_its_turn_though_many_done_ones_wait_before_it(world: World) -> None:
    """What waits for the done ones stays, and they are asked about again and again."""
    keys = [world.order(f"TWC{n}", f"2045{n:010}", chat=7000 + n) for n in range(2 * MOST_ASKED)]
    for n in range(len(keys)):
        world.carrier.set(f"2045{n:010}", "5")
    world.run(INTERVAL)
    for key in keys[:-1]:
        world.shop.edit(key, status="done")
    world.shop.edit(keys[-1], tracking="")
    for _ in range(20):
        world.releaser.release(world.releaser.waiting())
        world.clock.advance(INTERVAL)
    assert [one.order_key for one in world.notices() if one.state is NoticeState.SUPERSEDED] == keys[-1:]


def test_of_orders_that_are_too_many_for_one_run_others_are_asked_about_in_the_next(world: World) -> None:
    asked: list[set[str]] = []
    world.shop.order = lambda number: asked[-1].add(number)  # type: ignore[method-assign]
    for _ in range(2):
        asked.append(set())
        world.releaser.release(Waiting(orders={str(n): (f"TWC{n}", {A}) for n in range(3 * MOST_ASKED)}))
        world.clock.advance(INTERVAL)
    assert [len(numbers) for numbers in asked] == [MOST_ASKED, MOST_ASKED]
    assert asked[0] != asked[1]


# --- how many, and which --------------------------------------------------------------------------------------------


def test_all_that_is_released_is_counted_and_said_once(world: World) -> None:
    for number in ("TWC1", "TWC2"):
        world.shop.edit(untaken(world, number=number), tracking="")
    assert release(world) == (2, [(LOST, {"count": 2})])
    assert {one.settled_at for one in world.notices()} == {world.clock.now()}


def test_where_no_order_has_lost_its_number_nothing_is_counted_or_said(world: World) -> None:
    untaken(world)
    assert release(world) == (0, [])


def test_a_run_reads_so_many_of_what_waits(world: World) -> None:
    limits: list[int] = []

    def due(*, before: object, limit: int) -> list[Notice]:
        limits.append(limit)
        return []

    world.ledger.due = due  # type: ignore[method-assign]
    world.releaser.waiting()
    assert limits == [MOST_READ]


def test_an_order_that_cannot_be_read_keeps_no_other_from_its_release_f40(world: World) -> None:
    keys = [untaken(world, number=number) for number in ("TWC1", "TWC2")]
    for key in keys:
        world.shop.edit(key, tracking="")
    whole = world.shop.order

    def unreadable(number: str) -> Order | None:
        if number == "TWC1":
            raise ShopMismatch("orders.tracking cannot be read as text")
        return whole(number)

    world.shop.order = unreadable  # type: ignore[method-assign]
    assert release(world)[0] == 1
    assert [world.memory.links[key, A].current for key in keys] == [True, False]


def test_news_of_what_took_a_numbers_place_are_told_as_long_as_the_order_has_the_number(world: World) -> None:
    key = untaken(world)
    with_child(world, key)
    keep(world, replace(notice(world), ttn=B, version=7, occurrence="7"))
    assert release(world) == (0, [])
    assert world.memory.links[key, B].current
    world.shop.edit(key, tracking="")
    assert release(world)[0] == 1
    assert not world.memory.links[key, B].current


def test_what_took_a_numbers_place_in_the_field_too_stays_the_orders(world: World) -> None:
    key = untaken(world)
    with_child(world, key)
    world.shop.edit(key, tracking=B)
    assert release(world)[0] == 1
    assert [world.memory.links[key, ttn].current for ttn in (A, B)] == [False, True]


def test_news_of_what_comes_of_a_number_in_between_are_told_as_long_as_the_order_has_that(world: World) -> None:
    key = untaken(world)
    with_child(world, key)
    link, state = world.memory.links[key, B], world.memory.states[B]
    world.memory.links[key, C] = replace(link, ttn=C, parent=B)
    world.memory.states[C] = replace(state, ttn=C, chain=(A, B))
    keep(world, replace(notice(world), ttn=C, version=7, occurrence="7"))

    world.shop.edit(key, tracking=B)
    assert release(world)[0] == 1  # A's own
    assert [world.memory.links[key, ttn].current for ttn in (A, B, C)] == [False, True, True]
    assert not notice(world, C).settled

    world.shop.edit(key, tracking="")
    assert release(world)[0] == 1
    assert [world.memory.links[key, ttn].current for ttn in (A, B, C)] == [False, False, False]
    assert notice(world, C).state is NoticeState.SUPERSEDED


def test_of_a_link_that_has_ended_only_what_still_waits_of_the_parcel_ends(world: World) -> None:
    key = untaken(world)
    world.shop.edit(key, tracking="")
    world.memory.links[key, A] = replace(world.memory.links[key, A], current=False)
    world.memory.states[A] = replace(world.memory.states[A], orders=frozenset())
    found, now = notice(world), world.clock.now()
    keep(
        world,
        replace(found, occurrence="11", state=NoticeState.SENT, due_at=None),
        replace(found, occurrence="12", state=NoticeState.SENDING, lease_until=now + timedelta(minutes=1)),
        replace(found, occurrence="13", audience=Audience.ORDER),
        replace(found, occurrence="14", kind=Kind.FOREIGN_TEXT),
    )
    before = world.notices()
    assert release(world) == (1, [(LOST, {"count": 1})])
    (ended,) = [one for one in world.notices() if one not in before]
    assert (ended.id, ended.state, ended.reason) == (found.id, NoticeState.SUPERSEDED, REASON)
    assert ended.settled_at == now


@pytest.mark.parametrize("status", ["done", "cancelled"])
def test_reminders_of_closed_orders_end_at_that_moment_and_are_counted(world: World, status: str) -> None:
    for number in ("TWC1", "TWC2"):
        world.shop.edit(untaken(world, number=number), status=status)
    for found in world.notices():
        reminder(world, found)
    assert release(world) == (0, [(CLOSED, {"count": 2})])
    ends = {(one.state, one.settled_at, one.reason) for one in world.notices()}
    assert ends == {(NoticeState.SUPERSEDED, world.clock.now(), "the order is done or cancelled")}


@pytest.mark.parametrize("state", [NoticeState.WAITING, NoticeState.RETRY, NoticeState.UNKNOWN])
@pytest.mark.parametrize("day", [timedelta(), DAY])
def test_a_reminder_of_a_closed_order_waits_on_until_its_last_day_has_passed_f33(
    world: World, state: NoticeState, day: timedelta
) -> None:
    world.shop.edit(untaken(world), status="done")
    found = replace(reminder(world, notice(world), day=day), state=state)
    keep(world, found)
    assert release(world) == (0, [])
    until = world.clock.now() + LOOK_AGAIN
    assert world.notices() == [
        found.next(
            state=NoticeState.WAITING,
            due_at=until,
            not_before=until,
            lost=state is NoticeState.UNKNOWN,
            lease_until=None,
        )
    ]


@pytest.mark.parametrize(("day", "waits_on"), [(timedelta(), True), (-DAY, True), (-2 * DAY, False)])
def test_an_alert_of_a_closed_order_waits_on_for_a_day(world: World, day: timedelta, *, waits_on: bool) -> None:
    world.shop.edit(waiting_order(world), status="done")
    reminder(world, notice(world), day=day, kind=Kind.WAITING_LONG)
    assert release(world) == (0, [] if waits_on else [(CLOSED, {"count": 1})])
    assert notice(world).state is (NoticeState.WAITING if waits_on else NoticeState.SUPERSEDED)


def test_an_alert_of_a_closed_order_whose_parcel_waits_no_more_ends(world: World) -> None:
    world.shop.edit(untaken(world), status="done")  # its parcel is on its way
    reminder(world, notice(world), day=DAY, kind=Kind.WAITING_LONG)
    assert release(world)[1] == [(CLOSED, {"count": 1})]
    assert notice(world).state is NoticeState.SUPERSEDED


@pytest.mark.parametrize("facts", [{"ended": "delivered"}, {"stage": Stage.DELIVERED}, {"orders": frozenset()}])
@pytest.mark.parametrize("kind", [Kind.LAST_DAY, Kind.WAITING_LONG])
def test_what_was_received_ends_with_the_order(world: World, kind: Kind, facts: dict[str, object]) -> None:
    world.shop.edit(waiting_order(world), status="done")
    reminder(world, notice(world), day=DAY, kind=kind)
    world.memory.states[A] = replace(world.memory.states[A], **facts)  # type: ignore[arg-type]
    assert release(world)[1] == [(CLOSED, {"count": 1})]
    assert notice(world).state is NoticeState.SUPERSEDED


def test_what_is_to_be_told_later_is_looked_at_in_its_turn(world: World) -> None:
    world.shop.edit(waiting_order(world), status="done")
    found = notice(world)
    soon = reminder(world, found, day=timedelta(), due=2 * HOUR)
    later = reminder(world, found, day=DAY, due=2 * HOUR + timedelta(seconds=1))
    assert release(world) == (0, [])
    assert [(one.occurrence, one.due_at) for one in world.notices()] == [
        (soon.occurrence, world.clock.now() + LOOK_AGAIN),
        (later.occurrence, later.due_at),
    ]


def test_a_reminder_of_a_closed_order_that_is_being_sent_is_left(world: World) -> None:
    world.shop.edit(untaken(world), status="done")
    first = reminder(world, notice(world))
    lease = world.clock.now() + timedelta(minutes=1)
    sending = replace(first, occurrence="2026-01-11", state=NoticeState.SENDING, lease_until=lease)
    keep(world, sending)
    assert release(world) == (0, [(CLOSED, {"count": 1})])
    assert [one for one in world.notices() if one.id == sending.id] == [sending]


@pytest.mark.parametrize("day", [-DAY, DAY])
def test_a_reminder_that_somebody_else_works_on_is_not_counted(world: World, day: timedelta) -> None:
    world.shop.edit(untaken(world), status="done")
    before = reminder(world, notice(world), day=day)
    world.ledger.update = fail(StoreConflict("somebody else"))  # type: ignore[method-assign]
    assert release(world) == (0, [])
    assert world.notices() == [before]


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
    assert release(world) == (0, [])
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


def changed_beside(world: World) -> tuple[str, PollMessage]:
    """A change of A's, which waits to be told to a closed order that the message does not bring."""
    beside = untaken(world)
    world.order("TWC2", A, chat=7002)
    run(world)
    world.shop.edit(beside, status="done")
    world.carrier.set(A, "7")
    world.clock.advance(timedelta(hours=1))
    (message,), _ = world.dispatcher.plan(after=None)
    return beside, message


def test_what_waited_ends_in_the_moment_of_the_change(world: World) -> None:
    lost, message = changed_beside(world)
    world.shop.edit(lost, tracking="")
    world.tracker.track(message)
    (ended,) = [one for one in world.notices() if one.order_key == lost]
    assert (ended.state, ended.settled_at) == (NoticeState.SUPERSEDED, world.clock.now())


def test_another_order_that_has_got_the_orders_number_keeps_no_link_of_it(world: World) -> None:
    lost, message = changed_beside(world)
    world.shop.edit(lost, number="TWC9")
    world.order("TWC1", A)
    world.tracker.track(message)
    assert not world.memory.links[lost, A].current


def test_a_change_of_a_number_leaves_the_order_what_took_its_place_in_the_field(world: World) -> None:
    lost, message = changed_beside(world)
    with_child(world, lost)
    world.shop.edit(lost, tracking=B)
    world.tracker.track(message)
    assert [world.memory.links[lost, ttn].current for ttn in (A, B)] == [False, True]
