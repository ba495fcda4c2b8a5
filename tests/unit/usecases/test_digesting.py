"""The daily digest: one message, at the shop's hour, of how its parcels stand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.unit.usecases.world import World
from vistka.domain.deadlines import ReminderRules
from vistka.domain.errors import ShopUnavailable, StoreUnavailable
from vistka.domain.messages import NoticeMessage, PollOrder
from vistka.domain.notices import NO_PARCEL, SHOP_KEY, Audience, Kind, Notice, NoticeState
from vistka.domain.parcels import ParcelState
from vistka.domain.stages import Stage
from vistka.ports import ParcelStore
from vistka.texts.render import Messages
from vistka.usecases.digesting import Digester
from vistka.usecases.operating import scheduled_run

#: Ten in Kyiv, in winter.
TEN = datetime(2026, 1, 20, 8, tzinfo=UTC)
DAY = timedelta(days=1)
NUMBERS = [f"2045000000{n:04}" for n in range(40)]


@pytest.fixture
def world() -> World:
    made = World()
    made.clock.set(TEN)
    return made


def digester(world: World, **changes: Any) -> Digester:
    made = Digester(
        announcer=world.announcer,
        ledger=world.ledger,
        parcels=world.parcels,
        now=world.clock.now(),
        hour=10,
        rules=ReminderRules(),
        say=world.say,
    )
    return replace(made, **changes)


def run(world: World, **changes: Any) -> None:
    """A whole run of the dispatcher; what it queues is let go."""
    one = digester(world, **changes)
    scheduled_run(
        lambda: world.sweeper,
        lambda: world.dispatcher,
        lambda: world.releaser,
        world.metrics,
        listed=[one.listed],
        after_listing=[one.tell],
    )
    world.polls.sent.clear()


def parcel(world: World, code: str, *, days: float = 1, **facts: Any) -> str:
    """An open order's parcel that came to this so many days ago."""
    ttn = NUMBERS[len(world.shop.rows)]
    now = world.clock.now()
    world.order(f"TWC{len(world.shop.rows) + 1}", ttn, chat=7001)
    world.clock.set(now - days * DAY)
    world.carrier.set(ttn, code, **facts)
    world.dispatch()
    world.track()
    world.clock.set(now)
    world.notice_queue.sent.clear()
    world.telegram.arrived.clear()
    return ttn


def digests(world: World) -> list[Notice]:
    return [notice for notice in world.memory.notices.values() if notice.kind is Kind.DIGEST]


def figures(world: World) -> dict[str, int]:
    (one,) = digests(world)
    found: dict[str, int] = one.payload["figures"]
    return found


# --- what it says -----------------------------------------------------------------------------------------------------


def test_it_counts_how_the_parcels_stand(world: World) -> None:
    for code in ("5", "6", "101", "111"):
        parcel(world, code)
    parcel(world, "7", days=2, to_pay="100", arrived_at=TEN - 2 * DAY)
    parcel(world, "8", days=6, to_pay="450.50", arrived_at=TEN - 6 * DAY)
    parcel(world, "7", days=5, afterpayment="200", arrived_at=TEN - 5 * DAY)
    parcel(world, "1", days=4, created_at=TEN - 4 * DAY)
    parcel(world, "1", days=3, created_at=TEN - 3 * DAY)
    parcel(world, "7", days=6, arrived_at=TEN - 6 * DAY)
    parcel(world, "1", days=1, created_at=TEN - DAY)
    parcel(world, "103")
    parcel(world, "105")
    parcel(world, "10", redelivery="1000", received_at=TEN - DAY)
    parcel(world, "10", redelivery="250.25", received_at=TEN - 2 * DAY)
    parcel(world, "10", received_at=TEN - DAY)
    parcel(world, "3")
    parcel(world, "11")  # its story has ended
    run(world)
    (one,) = digests(world)
    assert one.payload == {
        "day": "2026-01-20",
        "figures": {
            "late": 3,
            "money": 3,
            "not_handed_over": 2,
            "on_its_way": 4,
            "refused": 1,
            "storage_ended": 1,
            "unknown": 1,
            "waiting": 4,
        },
        "longest": 6,
        "late_days": 5,
        "created_days": 3,
        "risk": "650.50",
        "owed": "1250.25",
    }
    assert (one.order_key, one.ttn, one.audience, one.state) == (SHOP_KEY, NO_PARCEL, Audience.SHOP, NoticeState.NEW)
    assert one.id in [NoticeMessage.from_json(entry.body).notice_id for entry in world.notice_queue.sent]
    assert "під ризиком 650,50" in Messages().render(one, now=world.clock.now())


def test_buyers_who_could_not_be_told_in_the_last_day_are_counted(world: World) -> None:
    for hours, counts in ((30, {"no_chat": 9}), (20, {"no_chat": 2, "blocked": 1}), (1, {"no_user": 1})):
        world.clock.set(TEN - timedelta(hours=hours))
        world.announcer.announce(Kind.UNTOLD, str(hours), {"counts": counts})
    world.clock.set(TEN)
    run(world)
    assert figures(world) == {"untold": 4}


def test_what_is_followed_without_an_open_order_counts_once(world: World) -> None:
    listed, closed = parcel(world, "103"), parcel(world, "103")
    world.shop.edit("2", status="cancelled")
    assert set(world.parcels.followed()) == {listed, closed}
    run(world)
    assert figures(world) == {"refused": 2}


def test_a_parcel_of_several_orders_counts_once_with_its_sum(world: World) -> None:
    waiting = parcel(world, "7", days=7, to_pay="500", arrived_at=TEN - 7 * DAY)
    paid = parcel(world, "10", redelivery="300", received_at=TEN - DAY)
    for number in range(3):
        world.order(f"B{number}", f"{waiting}, {paid}")
    run(world)
    (one,) = digests(world)
    assert one.payload["figures"] == {"late": 1, "money": 1, "waiting": 1}
    assert (one.payload["risk"], one.payload["owed"]) == ("500", "300")


def test_a_parcel_of_orders_on_two_pages_counts_once(world: World) -> None:
    ttn = parcel(world, "5")
    world.order("B1", ttn)
    one = digester(world)
    pages: list[list[PollOrder]] = []
    world.dispatcher.run(listed=[lambda entries, states: pages.append(list(entries)), one.listed])
    for page in pages:
        one.listed(page, world.parcels.states([ttn]))
    one.tell()
    assert figures(world) == {"on_its_way": 1}


# --- when it is told --------------------------------------------------------------------------------------------------


def test_it_is_told_by_the_first_run_after_the_hour_and_once_a_day(world: World) -> None:
    parcel(world, "5")
    world.clock.set(TEN - timedelta(seconds=1))
    run(world)
    assert digests(world) == []
    for hours in (0, 1, 13.9):
        world.clock.set(TEN + timedelta(hours=hours))
        run(world)
        assert [one.occurrence for one in digests(world)] == ["2026-01-20"]
    world.clock.set(TEN + DAY)
    run(world)
    assert sorted(one.occurrence for one in digests(world)) == ["2026-01-20", "2026-01-21"]


@pytest.mark.parametrize("hours", [0.5, 5, 13.9])
def test_a_run_that_was_missed_is_caught_up_with_on_the_same_day(world: World, hours: float) -> None:
    parcel(world, "5")
    world.clock.set(TEN + timedelta(hours=hours))
    run(world)
    assert [one.occurrence for one in digests(world)] == ["2026-01-20"]


def test_summer_time_is_kyivs_f17(world: World) -> None:
    parcel(world, "5")
    world.clock.set(datetime(2026, 7, 1, 6, 59, tzinfo=UTC))
    run(world)
    assert digests(world) == []
    world.clock.set(datetime(2026, 7, 1, 7, tzinfo=UTC))
    run(world)
    assert [one.occurrence for one in digests(world)] == ["2026-07-01"]


def test_two_runs_at_once_tell_it_once(world: World) -> None:
    """R10."""
    parcel(world, "5")
    first, second = digester(world), digester(world)
    for one in (first, second):
        world.dispatcher.run(listed=[one.listed])
    assert [first.tell(), second.tell()] == [True, False]
    assert len(world.notice_queue.sent) == 1


def test_where_there_is_nothing_to_say_nothing_is_sent_and_the_day_is_done(world: World) -> None:
    run(world)
    (one,) = digests(world)
    assert (one.state, one.reason) == (NoticeState.MUTED, "nothing to tell")
    world.clock.set(TEN + timedelta(hours=5))
    parcel(world, "5", days=0)
    run(world)
    assert len(digests(world)) == 1
    assert world.notice_queue.sent == []


def test_a_run_that_could_not_read_all_orders_tells_no_half_of_it(world: World) -> None:
    """R7."""
    parcel(world, "5")
    world.shop.outage = ShopUnavailable("no connection")
    with pytest.raises(ShopUnavailable):
        run(world)
    assert digests(world) == []
    world.shop.outage = None
    run(world)
    assert figures(world) == {"on_its_way": 1}


def test_a_store_that_is_away_leaves_it_to_a_later_run_and_stops_none(world: World) -> None:
    class Away(type(world.parcels)):  # type: ignore[misc]
        def followed(self) -> Any:
            raise StoreUnavailable("the store did not answer Query")

    parcel(world, "5")
    store: ParcelStore = Away(world.memory)
    run(world, parcels=store)
    assert digests(world) == []
    assert ("the digest is left to a later run", {"reason": "the store did not answer Query"}) in world.said
    run(world)
    assert figures(world) == {"on_its_way": 1}


def test_before_the_hour_nothing_is_read_for_it(world: World) -> None:
    class Untouched(type(world.parcels)):  # type: ignore[misc]
        def followed(self) -> Any:
            raise AssertionError("read before the hour")

    world.clock.set(TEN - timedelta(hours=1))
    one = digester(world, parcels=Untouched(world.memory))
    before = world.memory.requests
    one.listed([], {})
    assert not one.tell()
    assert world.memory.requests == before


@pytest.mark.parametrize(
    ("live", "shop_chat", "state"),
    [(False, -100, NoticeState.SHADOW), (True, None, NoticeState.UNDELIVERABLE), (True, -100, NoticeState.NEW)],
)
def test_it_ends_as_all_that_is_told_to_the_shop(live: bool, shop_chat: int | None, state: NoticeState) -> None:  # noqa: FBT001
    world = World(live=live, shop_chat=shop_chat)
    world.clock.set(TEN)
    parcel(world, "5")
    run(world)
    assert [one.state for one in digests(world)] == [state]


def test_an_unknown_stage_counts_for_nothing() -> None:
    from vistka.domain.digest import Tally  # noqa: PLC0415

    tally = Tally(today=TEN.date(), rules=ReminderRules())
    empty = ParcelState(ttn="1", revision=0, version=0, observed_at=TEN, first_seen_at=TEN)
    for state in (empty, replace(empty, stage=Stage.IN_TRANSIT, ended="final"), replace(empty, stage=Stage.DELETED)):
        tally.add(state)
    assert not tally.says_something
