"""One order that a person names: what is done of an open one, and of one that is done or cancelled."""

from copy import deepcopy
from datetime import timedelta

import pytest

from tests.unit.usecases.world import World
from vistka.domain.errors import CarrierUnavailable, OrderUnknown
from vistka.domain.messages import PollMessage
from vistka.domain.notices import Kind
from vistka.usecases.operating import NEVER_SEEN, dispatch_one, dispatch_some, track_one

A, B = "20450000000017", "20450000000024"
ON_ITS_WAY, ARRIVED = "В дорозі - Прямує", "Чекає у відділенні - Прибув"


@pytest.fixture
def world() -> World:
    return World()


def asked(world: World, number: str = "TWC1", *, dry_run: bool = False) -> list[dict[str, object]]:
    parcels: list[dict[str, object]] = track_one(
        world.dispatcher, world.tracker, number, auditor=world.auditor, dry_run=dry_run
    )["parcels"]
    return parcels


@pytest.mark.parametrize("status", ["done", "cancelled"])
def test_a_closed_order_never_seen_is_shown_and_not_taken_up(world: World, status: str) -> None:
    key = world.order("TWC1", A, chat=7001, status=status, shown="Старе")
    world.carrier.set(A, "5", "Прямує")
    before = deepcopy(world.memory)
    (row,) = asked(world)
    assert (row["code"], row["stage"], row["was"], row["now"]) == ("5", "in_transit", "Старе", ON_ITS_WAY)
    assert (row["note"], row["error"]) == (NEVER_SEEN, None)
    before.requests = world.memory.requests
    assert world.memory == before
    assert world.shop.shown(key) == "Старе"
    assert world.notice_queue.sent == []


def test_a_closed_order_that_was_tracked_goes_on_being_tracked(world: World) -> None:
    key = world.order("TWC1", A, chat=7001)
    world.carrier.set(A, "5", "Прямує")
    world.run(timedelta(hours=1))
    world.shop.edit(key, status="done")
    world.carrier.set(A, "7", "Прибув")
    (row,) = asked(world)
    assert "note" not in row
    assert world.shop.shown(key) == ARRIVED
    assert [notice.kind for notice in world.notices()] == [Kind.ON_ITS_WAY, Kind.WAITING]


def test_a_closed_order_is_tracked_by_the_number_it_was_seen_with_alone(world: World) -> None:
    key = world.order("TWC1", A, chat=7001)
    world.carrier.set(A, "5", "Прямує")
    world.run(timedelta(hours=1))
    world.shop.edit(key, status="done", tracking=f"{A}, {B}")
    world.carrier.set(A, "7", "Прибув")
    world.carrier.set(B, "7", "Прибув")
    rows = asked(world)
    assert [(row["ttn"], row.get("note")) for row in rows] == [(A, None), (B, NEVER_SEEN)]
    assert B not in world.memory.states
    assert {notice.ttn for notice in world.notices()} == {A}


def test_a_closed_order_on_a_parcel_of_an_open_one_gets_no_link_and_no_news(world: World) -> None:
    world.order("TWC1", A, chat=7001)
    world.order("TWC2", A, chat=7002, status="cancelled")
    world.carrier.set(A, "5", "Прямує")
    world.run(timedelta(hours=1))
    asked(world, "TWC2")
    assert set(world.memory.links) == {("1", A)}
    assert {notice.chat_id for notice in world.notices()} == {7001}


def test_a_parcel_that_has_ended_is_shown_to_a_closed_order_without_asking_anybody(world: World) -> None:
    world.order("TWC1", A)
    world.order("TWC2", A, status="done")
    world.carrier.set(A, "9", "Отримано")
    world.run(timedelta(hours=1))
    (row,) = asked(world, "TWC2")
    assert len(world.carrier.asked) == 1
    assert (row["outcome"], row["code"], row["now"], row["note"]) == ("skipped", "9", "Отримано", NEVER_SEEN)


def test_a_closed_order_never_seen_is_not_sent_out_either(world: World) -> None:
    world.order("TWC1", A, status="done")
    done = dispatch_one(world.dispatcher, "TWC1", dry_run=False)
    assert (done["messages"], done["sent"], world.polls.sent) == ([], 0, [])
    assert [(row["ttn"], row["outcome"], row["note"]) for row in done["parcels"]] == [(A, "skipped", NEVER_SEEN)]


def test_an_open_order_is_sent_out_once_and_in_a_dry_run_shown(world: World) -> None:
    world.order("TWC1", A)
    dry = dispatch_one(world.dispatcher, "TWC1", dry_run=True)
    assert (dry["sent"], len(dry["messages"]), world.polls.sent) == (0, 1, [])
    done = dispatch_one(world.dispatcher, "TWC1", dry_run=False)
    assert (done["sent"], done["parcels"]) == (1, [])
    (entry,) = world.polls.sent
    assert PollMessage.from_json(entry.body) == PollMessage.from_dict(done["messages"][0])


def test_an_outage_is_told_of_a_closed_order_too(world: World) -> None:
    world.order("TWC1", A, status="done")
    world.carrier.outage = CarrierUnavailable("no answer")
    done = track_one(world.dispatcher, world.tracker, "TWC1", auditor=world.auditor, dry_run=False)
    assert (done["error"], done["kind"]) == ("no answer", "CarrierUnavailable")


def test_an_order_that_the_shop_does_not_have_is_named(world: World) -> None:
    with pytest.raises(OrderUnknown, match="the shop has no order TWC9"):
        asked(world, "TWC9")


# --- some orders, for whoever wants them asked about soon -------------------------------------------------------------


def test_some_orders_are_asked_about_in_one_message_due_or_not(world: World) -> None:
    for number, ttn in (("TWC1", A), ("TWC2", B)):
        world.order(number, ttn)
        world.carrier.set(ttn, "5", "Прямує")
    world.run(timedelta())
    assert world.dispatch().asked == 0  # nothing is due
    done = dispatch_some(world.dispatcher, ["TWC1", "TWC2", "TWC9"], auditor=world.auditor)
    assert done == {"orders": 2, "sent": 1, "batches": 1, "unknown": ["TWC9"]}
    (entry,) = world.polls.sent
    message = PollMessage.from_json(entry.body)
    assert ({parcel.ttn for parcel in message.parcels if parcel.ask}, message.run) == ({A, B}, "")


def test_of_a_closed_order_only_what_it_was_seen_with_is_asked(world: World) -> None:
    key = world.order("TWC1", A)
    world.carrier.set(A, "5", "Прямує")
    world.run(timedelta(hours=1))
    world.shop.edit(key, status="done", tracking=f"{A}, {B}")
    world.order("TWC2", B, status="cancelled")
    world.polls.sent.clear()
    dispatch_some(world.dispatcher, ["TWC1", "TWC2"], auditor=world.auditor)
    (entry,) = world.polls.sent
    assert [parcel.ttn for parcel in PollMessage.from_json(entry.body).parcels] == [A]


def test_where_no_order_has_anything_to_ask_nothing_is_sent(world: World) -> None:
    world.order("TWC1", A)
    world.carrier.set(A, "9", "Отримано")
    world.run(timedelta(hours=1))
    world.polls.sent.clear()
    assert dispatch_some(world.dispatcher, ["TWC1"], auditor=world.auditor)["sent"] == 0
    assert dispatch_some(world.dispatcher, [], auditor=world.auditor)["sent"] == 0
    assert world.polls.sent == []
