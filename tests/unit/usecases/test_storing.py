"""Several parcels written at once: what may stand beside what, and that their order does not show."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from tests.fakes.shop import RULES
from tests.fakes.together import OneByOne
from tests.unit.usecases.world import World
from vistka.domain.audience import Audiences
from vistka.domain.errors import ConfigurationError, ShopUnavailable, StoreConflict, StoreUnavailable
from vistka.domain.messages import PollMessage
from vistka.domain.notices import Kind
from vistka.domain.orders import Order
from vistka.domain.parcels import ParcelState
from vistka.domain.recipients import OrderChats
from vistka.domain.stages import Stage
from vistka.domain.telling import CROWD
from vistka.metrics import Metric
from vistka.ports import Commit

TTNS = [f"2045{n:010}" for n in range(20)]


@dataclass
class Noted(OneByOne):
    """Remembers how many steps stood beside each other."""

    sizes: list[int] = field(default_factory=list)

    def do[T](self, steps: Sequence[Callable[[], T]]) -> list[T | Exception]:
        if steps:
            self.sizes.append(len(steps))
        return super().do(steps)


@pytest.fixture
def noted() -> Noted:
    return Noted()


@pytest.fixture
def world(noted: Noted) -> World:
    return World(together=noted)


def orders(world: World, count: int, code: str = "5") -> None:
    for n, ttn in enumerate(TTNS[:count]):
        world.order(f"TWC{n}", ttn, chat=7000 + n)
        world.carrier.set(ttn, code)


def test_what_changed_is_written_eight_at_a_time(world: World, noted: Noted) -> None:
    orders(world, 20)
    world.run(timedelta(hours=1))
    assert noted.sizes == [8, 8, 4]
    assert set(world.memory.states) == set(TTNS)


def test_what_did_not_change_is_not_written(world: World, noted: Noted) -> None:
    orders(world, 20)
    world.run(timedelta(hours=1))
    noted.sizes.clear()
    for ttn in TTNS[::2]:
        world.carrier.set(ttn, "7")
    world.run()
    assert noted.sizes == [8, 2]


def test_parcels_that_one_order_is_new_to_are_never_written_beside_each_other(world: World, noted: Noted) -> None:
    """Both transactions would write the order's number, and DynamoDB refuses one of them."""
    world.order("TWC1", f"{TTNS[0]}, {TTNS[1]}")
    world.order("TWC2", TTNS[2])
    for ttn in TTNS[:3]:
        world.carrier.set(ttn, "5")
    world.run(timedelta(hours=1))
    assert noted.sizes == [1, 2]
    noted.sizes.clear()
    for ttn in TTNS[:3]:
        world.carrier.set(ttn, "7")
    world.run()
    assert noted.sizes == [3]


def test_a_parcel_between_two_of_one_order_does_not_bring_them_beside_each_other(world: World, noted: Noted) -> None:
    world.order("TWC1", TTNS[0])
    world.order("TWC2", TTNS[1])
    world.order("TWC3", f"{TTNS[0]}, {TTNS[2]}")
    for ttn in TTNS[:3]:
        world.carrier.set(ttn, "5")
    world.dispatch()
    (message,) = world.messages()
    world.tracker.track(replace(message, parcels=tuple(sorted(message.parcels, key=lambda parcel: parcel.ttn))))
    assert noted.sizes == [2, 1]


@pytest.mark.parametrize("order", [range, lambda count: range(count)[::-1]])
def test_notices_and_rows_come_in_the_order_of_the_message_whatever_was_written_first_r4(
    order: Callable[[int], Sequence[int]],
) -> None:
    world = World(together=OneByOne(order=order))
    orders(world, 12)
    (done,) = world.run()
    assert [row["ttn"] for row in done.rows] == TTNS[:12]
    world.deliver()
    assert [chat for chat, _ in world.texts()] == list(range(7000, 7012))


def test_a_parcel_that_fails_in_the_midst_of_others_fails_alone(world: World) -> None:
    orders(world, 20)
    failing(world, {TTNS[3]: StoreUnavailable("throttled"), TTNS[11]: StoreUnavailable("throttled")})
    (done,) = world.run()
    assert set(done.failed) == {TTNS[3], TTNS[11]}
    assert set(world.memory.states) == set(TTNS) - {TTNS[3], TTNS[11]}
    assert len(world.notices()) == 18


def test_what_no_parcel_is_to_blame_for_stops_the_batch(world: World) -> None:
    orders(world, 20)
    failing(world, {TTNS[2]: ConfigurationError("the table is not there")})
    with pytest.raises(ConfigurationError, match="not there"):
        world.run()


def test_contended_parcels_are_read_again_in_one_request(world: World) -> None:
    orders(world, 12)
    world.run(timedelta(hours=1))
    for ttn in TTNS[:12]:
        world.carrier.set(ttn, "7")
    world.dispatch()
    (message,) = world.messages()
    for ttn in TTNS[:6]:
        found = world.memory.states[ttn]
        world.memory.states[ttn] = found.next(told=found.told)
    read: list[list[str]] = []
    states = world.parcels.states

    def noted(ttns: Iterable[str]) -> dict[str, ParcelState]:
        read.append(list(ttns))
        return states(read[-1])

    world.parcels.states = noted  # type: ignore[method-assign]
    world.tracker.track(message)
    assert [sorted(ttns) for ttns in read] == [TTNS[:6]]
    assert [world.memory.states[ttn].revision for ttn in TTNS[:12]] == [3] * 6 + [2] * 6


def test_parcels_that_others_keep_writing_fail_alone_and_are_no_store_that_is_away(world: World) -> None:
    orders(world, 5)
    failing(world, dict.fromkeys(TTNS[:5], StoreConflict("somebody else")))
    (done,) = world.run()
    assert done.failed == dict.fromkeys(TTNS[:5], "somebody else")


def contended(world: World, count: int = 1) -> PollMessage:
    """A change of the first parcels, of which somebody else has written meanwhile."""
    world.dispatch()
    (message,) = world.messages()
    for ttn in TTNS[:count]:
        found = world.memory.states[ttn]
        world.memory.states[ttn] = found.next(told=found.told)
    world.said.clear()
    return message


def test_a_contended_parcel_that_cannot_be_read_again_is_left_to_the_next_run(world: World) -> None:
    orders(world, 2)
    world.run(timedelta(hours=1))
    for ttn in TTNS[:2]:
        world.carrier.set(ttn, "7")
    message = contended(world)

    def away(ttns: Iterable[str]) -> dict[str, ParcelState]:
        raise StoreUnavailable("throttled")

    world.parcels.states = away  # type: ignore[method-assign]
    done = world.tracker.track(message)
    assert done.failed == {TTNS[0]: "throttled"}
    assert world.said == [("parcel left to the next run", {"ttn": TTNS[0], "error": "StoreUnavailable"})]
    assert world.memory.states[TTNS[1]].stage is not world.memory.states[TTNS[0]].stage


def test_contended_parcels_of_every_group_are_judged_again(world: World) -> None:
    orders(world, 17)
    world.run(timedelta(hours=1))
    for ttn in TTNS[:17]:
        world.carrier.set(ttn, "7")
    message = contended(world, 17)
    assert world.tracker.track(message).failed == {}
    assert [world.memory.states[ttn].stage for ttn in TTNS[:17]] == [Stage.AT_BRANCH] * 17


def test_a_contended_parcel_is_judged_again_by_when_the_carrier_was_asked(world: World) -> None:
    """Somebody else's answer is older: they were asked after the message was taken up, and before us."""
    orders(world, 1)
    world.run(timedelta(hours=1))
    world.carrier.set(TTNS[0], "7")
    message = contended(world)
    found = world.memory.states[TTNS[0]]
    world.memory.states[TTNS[0]] = replace(found, observed_at=world.clock.now() + timedelta(seconds=1))
    world.carrier.asked_at = world.clock.now() + timedelta(seconds=2)
    world.tracker.track(message)
    assert world.memory.states[TTNS[0]].stage is Stage.AT_BRANCH


def made_by_another(world: World, ttn: str) -> None:
    now = world.clock.now()
    seen = now - timedelta(minutes=1)
    world.memory.states[ttn] = ParcelState(ttn=ttn, revision=1, version=0, observed_at=seen, first_seen_at=seen)


def test_a_number_that_the_carrier_refuses_is_linked_though_somebody_made_its_parcel_first(world: World) -> None:
    key = world.order("TWC1", TTNS[0])
    world.carrier.refuses[TTNS[0]] = "not a number"
    world.dispatch()
    (message,) = world.messages()
    made_by_another(world, TTNS[0])
    assert world.tracker.track(message).failed == {}
    assert world.memory.states[TTNS[0]].orders == {key}


def test_of_a_contended_parcels_new_orders_no_more_are_linked_than_a_transaction_takes(world: World) -> None:
    for n in range(CROWD + 5):
        world.order(f"TWC{n}", TTNS[0])
    world.carrier.set(TTNS[0], "5")
    world.dispatch()
    (message,) = world.messages()
    made_by_another(world, TTNS[0])
    world.tracker.track(message)
    assert len(world.memory.states[TTNS[0]].orders) == CROWD


# --- orders besides those of the message --------------------------------------------------------------------------


def beside(world: World, *numbers: str) -> None:
    """Further orders of the first parcel, done by now: no message brings them."""
    orders(world, 1)
    keys = [world.order(number, TTNS[0]) for number in numbers]
    world.run(timedelta(hours=1))
    for key in keys:
        world.shop.edit(key, status="done")
    world.carrier.set(TTNS[0], "7")


def shop_goes_away(world: World) -> None:
    def away(number: str) -> Order | None:
        raise ShopUnavailable("gone away")

    world.shop.order = away  # type: ignore[method-assign]


NOT_ASKED = ("the shop was not asked about an order", {"error": "ShopUnavailable", "reason": "gone away"})


@pytest.mark.parametrize("numbers", [["A1"], ["A1", "A2"]])
def test_a_shop_that_cannot_be_asked_about_orders_is_one_outage_and_said_once(world: World, numbers: list[str]) -> None:
    beside(world, *numbers)
    shop_goes_away(world)
    world.said.clear()
    world.run()
    assert world.said == [NOT_ASKED]
    assert world.metrics.total(Metric.SHOP_OUTAGES) == 1


def test_orders_of_a_contended_parcel_are_believed_what_they_were_when_the_shop_goes_away(world: World) -> None:
    beside(world, "A1")
    message = contended(world)
    shop_goes_away(world)
    done = world.tracker.track(message)
    assert (world.said, done.failed) == ([NOT_ASKED], {})
    assert world.memory.states[TTNS[0]].revision == 3


@pytest.mark.parametrize("former", [0, 1])
def test_a_link_that_has_ended_hides_none_behind_it(world: World, former: int) -> None:
    beside(world, "A1", "A2")
    keys = [key for key, row in world.shop.rows.items() if row["number"] in {"A1", "A2"}]
    ended, stands = str(keys[former]), str(keys[1 - former])
    link = world.memory.links[ended, TTNS[0]]
    world.memory.links[ended, TTNS[0]] = replace(link, current=False)
    world.run()
    told = {notice.order_key for notice in world.notices() if notice.kind is Kind.WAITING}
    assert ended not in told
    assert stands in told


def test_a_contended_parcel_whose_further_chats_cannot_be_read_fails_alone(world: World) -> None:
    """Somebody has linked another order to it meanwhile, who is to be told too."""
    world.order("TWC1", TTNS[1], chat=7001)
    world.carrier.set(TTNS[1], "5")
    beside(world, "A1")
    (further,) = (str(key) for key, row in world.shop.rows.items() if row["number"] == "A1")
    world.carrier.set(TTNS[1], "7")
    linked = world.memory.states[TTNS[0]]
    world.memory.states[TTNS[0]] = replace(linked, orders=linked.orders - {further})
    world.dispatch()
    (message,) = world.messages()
    world.memory.states[TTNS[0]] = linked.next()
    world.memory.states[TTNS[1]] = world.memory.states[TTNS[1]].next()
    whole = world.chats.of_orders

    def away(order_keys: Iterable[str]) -> dict[str, OrderChats]:
        if further in (wanted := set(order_keys)):
            raise StoreUnavailable("throttled")
        return whole(wanted)

    world.chats.of_orders = away  # type: ignore[method-assign]
    world.said.clear()
    done = world.tracker.track(message)
    assert done.failed == {TTNS[0]: "throttled"}
    assert world.said == [("parcel left to the next run", {"ttn": TTNS[0], "error": "StoreUnavailable"})]
    assert world.memory.states[TTNS[1]].stage is Stage.AT_BRANCH


def test_who_has_a_parcel_besides_is_told_though_not_all_new_orders_fit_one_transaction() -> None:
    heard = "waiting, last_day, waiting_long"
    world = World(audiences=Audiences.parse(buyer=heard, shop=heard))
    beside(world, "A1")
    (besides,) = (str(key) for key, row in world.shop.rows.items() if row["number"] == "A1")
    for n in range(17):
        world.order(f"B{n}", TTNS[0], chat=7100 + n)
    world.carrier.set(TTNS[0], "7", paid_storage_at=world.clock.now() + timedelta(days=7))
    world.run()
    assert len(world.memory.states[TTNS[0]].orders) < 19
    assert besides in {notice.order_key for notice in world.notices() if notice.kind is Kind.WAITING}


def made(world: World, kind: Kind) -> list[str]:
    return sorted(notice.order_number for notice in world.notices() if notice.kind is kind)


def crowded(world: World, before: int) -> list[str]:
    """A parcel of twenty orders that arrives; so many of them have had it before."""
    numbers = [f"TWC{n:02}" for n in range(CROWD)]
    for n, number in enumerate(numbers[:before]):
        world.order(number, TTNS[0], chat=7000 + n)
    world.carrier.set(TTNS[0], "5")
    world.run(timedelta(hours=1))
    for n, number in enumerate(numbers[before:], start=before):
        world.order(number, TTNS[0], chat=7000 + n)
    world.carrier.set(TTNS[0], "7", paid_storage_at=world.clock.now() + timedelta(days=7))
    return numbers


@pytest.mark.parametrize("before", [CROWD, CROWD - 1, CROWD - 3, 1])
def test_reminders_that_have_no_room_in_the_transaction_of_a_change_are_made_with_the_next_answer_r1_r2(
    before: int,
) -> None:
    world = World(audiences=Audiences.parse(buyer="+waiting_long", shop="+waiting, +last_day"))
    numbers = crowded(world, before)
    for _ in range(6):
        world.run(timedelta(minutes=30))
    assert set(world.memory.states[TTNS[0]].orders) == {notice.order_key for notice in world.notices()}
    for kind in (Kind.WAITING, Kind.LAST_DAY, Kind.WAITING_LONG):
        assert made(world, kind) == sorted(2 * numbers)
    known = world.memory.states[TTNS[0]].revision
    world.run(timedelta(minutes=30))
    assert world.memory.states[TTNS[0]].revision == known


def test_all_of_twenty_orders_have_their_alert_though_there_is_room_for_all_but_two_r1() -> None:
    world = World(audiences=Audiences.parse(shop="+waiting, +last_day"))
    numbers = crowded(world, CROWD)
    for _ in range(3):
        world.run(timedelta(minutes=30))
    assert made(world, Kind.WAITING_LONG) == numbers


def test_of_twenty_orders_whose_news_no_transaction_takes_the_shop_hears_once_and_their_statuses_move_r1() -> None:
    heard = "waiting, received, money_coming"
    world = World(audiences=Audiences.parse(buyer=heard, shop=heard))
    world.shop.ruled = RULES
    numbers = crowded(world, CROWD)
    world.run(timedelta(hours=1))
    assert made(world, Kind.WAITING) == sorted(2 * numbers)
    world.carrier.set(TTNS[0], "10")
    world.run(timedelta(hours=6))
    assert [len(made(world, kind)) for kind in (Kind.CROWDED, Kind.RECEIVED, Kind.MONEY_COMING)] == [1, CROWD, 0]
    assert {row["status"] for row in world.shop.rows.values()} == {"done"}
    assert world.memory.states[TTNS[0]].stage is Stage.DELIVERED


# --- what takes a parcel's place ----------------------------------------------------------------------------------

CHILDREN = [f"5900{n:010}" for n in range(20)]


def returning(world: World, count: int) -> None:
    orders(world, count, "103")
    world.run(timedelta(hours=2))
    for ttn, child in zip(TTNS[:count], CHILDREN, strict=False):
        world.carrier.set(ttn, "103", child_ttn=child, child_type="CargoReturn")
    world.said.clear()


def test_a_waybill_that_is_followed_in_anothers_place_is_named_f31(world: World) -> None:
    returning(world, 1)
    world.run()
    assert world.said == [("a waybill is followed in another's place", {"ttn": TTNS[0], "child": CHILDREN[0]})]


def test_children_that_cannot_be_taken_up_leave_their_parcels_alone_to_the_next_run(world: World) -> None:
    returning(world, 4)
    faults: dict[str, Exception] = {
        TTNS[0]: StoreConflict("somebody else"),
        TTNS[1]: StoreUnavailable("throttled"),
        TTNS[2]: StoreUnavailable("throttled"),
    }
    failing(world, faults, children=True)
    (done,) = world.run()
    assert done.failed == {ttn: str(error) for ttn, error in faults.items()}
    assert set(CHILDREN) & set(world.memory.states) == {CHILDREN[3]}
    assert sorted(world.said, key=lambda one: str(one[1]["ttn"])) == [
        *(("parcel left to the next run", {"ttn": t, "error": type(e).__name__}) for t, e in faults.items()),
        ("a waybill is followed in another's place", {"ttn": TTNS[3], "child": CHILDREN[3]}),
    ]


def failing(world: World, faults: dict[str, Exception], *, children: bool = False) -> None:
    """Of `children`: only what takes them up."""
    whole = world.parcels.commit

    def commit(commit: Commit) -> None:
        if commit.state.ttn in faults and (commit.child is not None or not children):
            raise faults[commit.state.ttn]
        whole(commit)

    world.parcels.commit = commit  # type: ignore[method-assign]
