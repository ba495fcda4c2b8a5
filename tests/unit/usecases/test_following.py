"""Returns, redirects and money followed to their end, whatever becomes of the order (F31, F32)."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.hearers import hearers
from tests.unit.usecases.world import World
from vistka.domain.errors import StoreConflict
from vistka.domain.notices import Audience, Kind, Notice, NoticeState
from vistka.domain.parcels import ParcelState
from vistka.domain.stages import Role, Stage
from vistka.ports import Commit
from vistka.usecases.chaining import take_up_child
from vistka.usecases.following import PAGE

P, C, D = "20450000000017", "59000000000024", "20400000000031"
BUYER, SHOP = Audience.BUYER, Audience.SHOP
HOUR = timedelta(hours=1)


@pytest.fixture
def world() -> World:
    return World(
        audiences=hearers(
            buyer="+refused", shop="+coming_back,+return_waiting,+returned,+money_coming,+money_paid,+storage_ended"
        )
    )


def refused(world: World, *, child: str = C, kind: str = "CargoReturn", **order: str) -> str:
    """An order whose parcel was refused an hour ago, and of whose return the carrier has just told."""
    key = world.order("TWC1", P, chat=7001, **order)
    world.carrier.set(P, "7", place="Відділення №12")
    world.run(HOUR)
    world.carrier.set(P, "103")
    world.run(2 * HOUR)
    world.carrier.set(P, "103", child_ttn=child, child_type=kind)
    world.run()
    return key


def goes_on(world: World, ttn: str, *codes: str, after: timedelta = 4 * HOUR, **facts: str) -> None:
    for code in codes:
        world.carrier.set(ttn, code, **facts)
        world.run(after)


def told(world: World, ttn: str = "") -> Counter[tuple[Kind, Audience]]:
    return Counter((notice.kind, notice.audience) for notice in world.notices() if ttn in {"", notice.ttn})


def state(world: World, ttn: str) -> ParcelState:
    return world.parcels.states([ttn])[ttn]


def shown(world: World, key: str) -> str | None:
    text: str | None = world.shop.rows[int(key)]["shown"]
    return text


def asked(world: World) -> list[str]:
    """What the next run asks about."""
    world.carrier.asked.clear()
    world.run()
    return [ttn for batch in world.carrier.asked for ttn in batch]


# --- a return ----------------------------------------------------------------------------------------------------


def test_a_return_that_appears_hours_after_the_refusal_is_followed_by_the_same_order_f31(world: World) -> None:
    key = refused(world)

    parent, child = state(world, P), state(world, C)
    assert (parent.children, parent.ended) == ((C,), "continued")
    assert (child.chain, child.role, set(child.orders)) == ((P,), Role.RETURN, {key})
    link = world.memory.links[key, C]
    assert (link.root, link.parent, link.via, link.current) == (P, P, Role.RETURN, True)
    assert asked(world) == [C]


def test_a_return_is_told_to_its_end_and_never_received_f31(world: World) -> None:
    key = refused(world)
    goes_on(world, C, "1", "5")
    assert shown(world, key) == "Повертається - стан 5"
    goes_on(world, C, "7", place="Відділення №3")
    assert shown(world, key) == "Повернення чекає - стан 7"
    goes_on(world, C, "9")
    assert shown(world, key) == "Повернено"

    assert told(world) == {
        (Kind.WAITING, BUYER): 1,
        (Kind.REFUSED, BUYER): 1,
        (Kind.REFUSED, SHOP): 1,
        (Kind.COMING_BACK, SHOP): 1,
        (Kind.RETURN_WAITING, SHOP): 1,
        (Kind.RETURNED, SHOP): 1,
    }
    assert state(world, C).ended == "final"
    assert asked(world) == []


@pytest.mark.parametrize("status", ["done", "cancelled"])
def test_a_return_is_followed_though_its_order_was_closed_f31(world: World, status: str) -> None:
    key = refused(world)
    world.shop.edit(key, status=status)
    before = dict(world.shop.rows[int(key)])
    goes_on(world, C, "1", "5", "7", "9")

    assert (Kind.RETURNED, SHOP) in told(world, C)
    assert state(world, C).stage is Stage.RETURNED
    assert world.shop.rows[int(key)] == before  # an order that is closed is the shop's alone
    assert asked(world) == []


def test_a_refused_parcel_is_followed_to_its_return_though_its_order_was_cancelled_at_once_f31(world: World) -> None:
    key = world.order("TWC1", P, chat=7001)
    goes_on(world, P, "7", "103")
    world.shop.edit(key, status="cancelled")
    goes_on(world, P, "103", child_ttn=C, child_type="CargoReturn")
    goes_on(world, C, "5", "9")

    assert told(world, C) == {(Kind.COMING_BACK, SHOP): 1, (Kind.RETURNED, SHOP): 1}


def test_a_money_transfer_is_never_followed_f32(world: World) -> None:
    key = refused(world, kind="MoneyTransfer")

    assert C not in world.memory.states
    assert state(world, P).live
    goes_on(world, P, "103", child_ttn=D, child_type="Redirecting")
    assert state(world, D).orders == {key}


def test_all_orders_of_a_number_get_its_return_and_are_told_of_it(world: World) -> None:
    other = world.order("TWC2", P, chat=7002)
    key = refused(world)
    goes_on(world, C, "5")

    assert state(world, C).orders == {key, other}
    assert told(world, C) == {(Kind.COMING_BACK, SHOP): 2}


def test_an_order_that_gets_a_number_when_its_return_is_on_its_way_has_that_too_f31(world: World) -> None:
    key = refused(world)
    goes_on(world, C, "5")
    goes_on(world, C, "104", child_ttn=D, child_type="CargoReturn")
    late = world.order("TWC2", P, chat=7002)
    both = world.order("TWC3", f"{P}, {D}", chat=7003)
    world.carrier.set(D, "5")
    world.run(HOUR)
    for one in (key, late):
        link = world.memory.links[one, D]
        assert (link.root, link.parent, link.via, link.current) == (P, C, Role.RETURN, True)
    for own in (world.memory.links[late, P], world.memory.links[both, P], world.memory.links[both, D]):
        assert (own.root, own.parent, own.via) == ("", "", None)


def test_a_return_that_went_astray_is_given_up_loudly_though_its_order_is_closed(world: World) -> None:
    key = refused(world)
    goes_on(world, C, "5")
    world.shop.edit(key, status="done")
    world.clock.advance(timedelta(days=61))
    world.run()

    assert state(world, C).ended == "aged_out"
    assert told(world, C)[Kind.AGED_OUT, SHOP] == 1


def test_a_return_that_the_carrier_never_knew_is_given_up_loudly(world: World) -> None:
    refused(world)
    world.carrier.set(C, "3")
    for _ in range(20):
        world.run(timedelta(days=1))

    assert state(world, C).ended == "aged_out"
    assert told(world, C) == {(Kind.AGED_OUT, SHOP): 1}


# --- crashes, repeats, others who write ----------------------------------------------------------------------------


def test_a_child_that_a_crash_left_behind_is_taken_up_with_the_next_answer_though_nothing_changed(world: World) -> None:
    key = refused(world)
    before = state(world, P)
    # As it was between the two transactions: the parent knows of its child, and nothing was taken up.
    world.memory.states[P] = before.next(children=(), ended="")
    del world.memory.states[C], world.memory.links[key, C]
    world.shop.edit(key, status="done")
    goes_on(world, P, "103", child_ttn=C, child_type="CargoReturn")

    assert state(world, C).orders == {key}
    assert world.memory.links[key, C].root == P


def test_a_parent_that_somebody_writes_meanwhile_is_read_again(world: World) -> None:
    refused(world)
    old = state(world, P).next(children=(), ended="")
    world.memory.states[P] = old.next(told={})
    del world.memory.states[C]
    after = take_up_child(world.parcels, old, world.clock.now())

    assert after.children == (C,)
    assert after.told == {}
    assert state(world, C).chain == (P,)


def test_taken_up_by_two_at_once_it_is_one_child(world: World) -> None:
    refused(world)
    stale = state(world, P).next(children=(), ended="")
    writes = len(world.memory.writes)
    # Whoever comes second finds the child there and its own parent written over.
    with pytest.raises(StoreConflict):
        world.parcels.commit(Commit(state=stale.next(), expected=stale.revision + 5))
    after = take_up_child(world.parcels, state(world, P), world.clock.now())
    assert after.children == (C,)
    assert len(world.memory.writes) == writes + 1  # the one that conflicted


def test_unchanged_parcels_of_a_chain_cost_no_write(world: World) -> None:
    refused(world)
    goes_on(world, C, "5")
    writes = len(world.memory.writes)
    world.run(4 * HOUR)

    # A run that starts, one that is sent, one batch that is done.
    assert world.memory.writes[writes:] == [1, 1, 1]


# --- numbers typed, lost, replaced ---------------------------------------------------------------------------------


def test_a_child_that_the_shop_types_into_the_order_itself_is_told_once(world: World) -> None:
    key = refused(world)
    goes_on(world, C, "5")
    world.shop.edit(key, tracking=f"{P}, {C}")
    goes_on(world, C, "5", "7")

    assert told(world, C) == {(Kind.COMING_BACK, SHOP): 1, (Kind.RETURN_WAITING, SHOP): 1}
    assert state(world, C).orders == {key}


def test_a_child_that_takes_its_parents_place_in_the_field_stays_the_orders_own(world: World) -> None:
    key = refused(world)
    world.shop.edit(key, tracking=C)
    goes_on(world, C, "5", "9")

    assert shown(world, key) == "Повернено"
    assert told(world, C) == {(Kind.COMING_BACK, SHOP): 1, (Kind.RETURNED, SHOP): 1}
    assert world.memory.links[key, C].current


def test_a_number_typed_before_its_parent_named_it_is_a_return_all_the_same_f31(world: World) -> None:
    key = world.order("TWC1", f"{P}, {C}", chat=7001)
    world.carrier.set(C, "5")
    goes_on(world, P, "7", "103")
    goes_on(world, P, "103", child_ttn=C, child_type="CargoReturn")
    goes_on(world, C, "9")

    assert state(world, C).stage is Stage.RETURNED
    assert (Kind.RECEIVED, BUYER) not in told(world)
    assert state(world, C).orders == {key}


def test_an_order_that_gets_another_number_has_nothing_to_do_with_the_old_ones_return(world: World) -> None:
    key = refused(world)
    goes_on(world, C, "5")
    world.carrier.set(D, "5")
    world.shop.edit(key, tracking=D)
    goes_on(world, C, "9")
    world.run()

    assert not world.memory.links[key, C].current
    assert not world.memory.links[key, P].current
    assert (Kind.RETURNED, SHOP) not in told(world)
    assert C not in asked(world)


def test_an_order_whose_field_was_emptied_hears_no_more_of_the_return(world: World) -> None:
    key = refused(world)
    world.shop.edit(key, tracking="")
    goes_on(world, C, "5")

    assert told(world, C) == {}
    assert not world.memory.links[key, C].current
    assert state(world, C).orders == frozenset()
    assert state(world, P).orders == frozenset()


def test_news_of_a_return_that_wait_are_no_news_of_a_lost_number(world: World) -> None:
    key = refused(world)
    goes_on(world, C, "5")
    world.shop.edit(key, status="done")
    world.clock.advance(HOUR)
    waiting = world.releaser.waiting()
    assert waiting.orders[key][1] >= {C}
    world.releaser.release(waiting)
    assert world.memory.links[key, C].current

    world.shop.edit(key, tracking="")
    world.releaser.release(world.releaser.waiting())
    assert not world.memory.links[key, C].current
    assert not world.memory.links[key, P].current
    ended = {notice.kind: notice.state for notice in world.notices() if notice.ttn == C}
    assert ended == {Kind.COMING_BACK: NoticeState.SUPERSEDED}


def test_a_run_that_lists_the_order_with_its_child_releases_nothing(world: World) -> None:
    key = refused(world)
    goes_on(world, C, "5")
    world.clock.advance(HOUR)
    waiting = world.releaser.waiting()
    world.dispatcher.run(listed=[waiting.listed])

    assert key not in waiting.orders


def test_a_number_that_comes_back_to_its_order_brings_its_return_with_it(world: World) -> None:
    key = refused(world)
    world.carrier.set(D, "5")
    world.shop.edit(key, tracking=D)
    goes_on(world, C, "5")
    world.shop.edit(key, tracking=P)
    goes_on(world, C, "7", "9")

    assert world.memory.links[key, C].root == P
    assert world.memory.links[key, C].current
    assert told(world, C) == {(Kind.RETURN_WAITING, SHOP): 1, (Kind.RETURNED, SHOP): 1}


# --- redirects and longer chains -----------------------------------------------------------------------------------


def test_a_redirected_parcel_goes_on_under_its_new_number_and_nothing_is_told_twice(world: World) -> None:
    key = world.order("TWC1", P, chat=7001)
    goes_on(world, P, "5", "104")
    goes_on(world, P, "104", child_ttn=C, child_type="Redirecting")
    goes_on(world, C, "1", "5", "7", "9", place="Відділення №9")

    assert shown(world, key) == "Отримано - стан 9"
    assert told(world) == {(Kind.ON_ITS_WAY, BUYER): 1, (Kind.WAITING, BUYER): 1, (Kind.RECEIVED, BUYER): 1}
    assert world.memory.links[key, C].via is Role.REDIRECT


def test_a_redirected_parcel_that_is_refused_comes_back_under_its_third_number_f31(world: World) -> None:
    key = world.order("TWC1", P, chat=7001)
    goes_on(world, P, "5")
    goes_on(world, P, "104", child_ttn=C, child_type="Redirecting")
    goes_on(world, C, "7")
    goes_on(world, C, "102", child_ttn=D, child_type="CargoReturn")
    world.shop.edit(key, status="cancelled")
    goes_on(world, D, "5", "9")

    assert state(world, D).chain == (P, C)
    assert state(world, D).stage is Stage.RETURNED
    link = world.memory.links[key, D]
    assert (link.root, link.parent, link.via) == (P, C, Role.RETURN)
    assert told(world, D) == {(Kind.COMING_BACK, SHOP): 1, (Kind.RETURNED, SHOP): 1}


@pytest.mark.parametrize("status", ["done", "ship"])
def test_what_comes_of_a_number_that_took_its_parents_place_in_the_field_is_the_orders_too_f31(
    world: World, status: str
) -> None:
    key = world.order("TWC1", P, chat=7001)
    goes_on(world, P, "5")
    goes_on(world, P, "104", child_ttn=C, child_type="Redirecting")
    world.shop.edit(key, status=status, tracking=C)
    goes_on(world, C, "7")
    goes_on(world, C, "102", child_ttn=D, child_type="CargoReturn")
    goes_on(world, D, "5", "9")

    assert state(world, D).orders == {key}
    assert world.memory.links[key, D].current
    assert told(world, D) == {(Kind.COMING_BACK, SHOP): 1, (Kind.RETURNED, SHOP): 1}


def test_the_whole_chain_of_an_open_order_is_asked_by_hand_too(world: World) -> None:
    key = refused(world)
    goes_on(world, C, "5")
    world.shop.edit(key, status="done")
    order = world.shop.order("TWC1")
    assert order is not None
    found = world.dispatcher.one(order)

    assert [parcel.ttn for message in found.messages for parcel in message.parcels if parcel.ask] == [C]
    assert found.shown_only == ()


def test_a_return_that_was_known_as_a_parcel_is_told_of_a_closed_order_f31(world: World) -> None:
    """Under the same code it is a return's now: its stage is another."""
    key = world.order("TWC1", P, chat=7001)
    goes_on(world, P, "5")
    other = world.order("TWC2", C, chat=7002)
    goes_on(world, C, "7")
    world.shop.edit(other, tracking=None)
    goes_on(world, P, "103")
    world.shop.edit(key, status="cancelled")
    goes_on(world, P, "103", child_ttn=C, child_type="CargoReturn")
    for _ in range(6):
        world.run(4 * HOUR)

    assert state(world, C).stage is Stage.RETURN_WAITING
    assert told(world, C)[Kind.RETURN_WAITING, SHOP] == 1


# --- money ---------------------------------------------------------------------------------------------------------


def test_money_is_followed_until_it_is_paid_though_the_order_is_done(world: World) -> None:
    key = world.order("TWC1", P, chat=7001)
    goes_on(world, P, "7")
    goes_on(world, P, "9", redelivery="450")
    world.shop.edit(key, status="done")
    # Asked without the phone of an order, the carrier tells no sum.
    goes_on(world, P, "9", "9", "10", "11", after=8 * HOUR)

    assert told(world) == {
        (Kind.WAITING, BUYER): 1,
        (Kind.RECEIVED, BUYER): 1,
        (Kind.MONEY_COMING, SHOP): 1,
        (Kind.MONEY_PAID, SHOP): 1,
    }
    assert state(world, P).ended == "final"
    assert asked(world) == []


def test_money_that_never_comes_is_given_up_loudly_after_two_weeks(world: World) -> None:
    key = world.order("TWC1", P, chat=7001)
    goes_on(world, P, "7", "10")
    world.shop.edit(key, status="done")
    world.clock.advance(timedelta(days=13))
    world.run()
    assert state(world, P).live
    world.clock.advance(timedelta(days=1))
    world.run()

    assert state(world, P).ended == "aged_out"
    assert told(world)[Kind.AGED_OUT, SHOP] == 1


def test_an_ordinary_parcel_of_a_closed_order_is_not_followed(world: World) -> None:
    key = world.order("TWC1", P, chat=7001)
    goes_on(world, P, "5")
    world.shop.edit(key, status="done")

    assert asked(world) == []


# --- the run -------------------------------------------------------------------------------------------------------


def test_what_is_followed_shares_the_runs_budget_and_is_asked_when_it_is_due(world: World) -> None:
    """F27, F30."""
    world.pace = timedelta(minutes=10)  # one batch a run
    key = refused(world)
    world.shop.edit(key, status="done")
    for number in range(120):
        ttn = f"2045{number:010d}"
        world.order(f"A{number}", ttn)
        world.carrier.set(ttn, "5")
    goes_on(world, C, "5", after=HOUR)
    seen: list[str] = []
    for _ in range(4):
        seen += asked(world)

    assert world.dispatcher.run().batches <= 1
    assert C in seen


def test_a_followed_parcel_is_not_asked_before_its_time(world: World) -> None:
    key = refused(world)
    world.shop.edit(key, status="done")
    goes_on(world, C, "5", after=timedelta(minutes=1))

    assert C not in asked(world)
    assert [batch for batch in (asked(world) for _ in range(30)) if C in batch]


def test_a_run_says_how_many_it_followed(world: World) -> None:
    key = refused(world)
    assert world.dispatch().followed == 0
    world.shop.edit(key, status="done")
    assert world.dispatch().followed == 1
    (ttn,) = world.parcels.followed()
    for n in range(PAGE):
        other = f"5900{n:010d}"
        world.memory.states[other] = replace(world.memory.states[ttn], ttn=other)
    assert world.dispatch().followed == PAGE  # over two pages, as the first was just asked


def ordinary(notice: Notice) -> bool:
    return notice.kind is not Kind.CROWDED


def test_a_number_on_too_many_orders_brings_its_return_to_all_and_tells_nobody_of_it(world: World) -> None:
    for number in range(25):
        world.order(f"TWC{number}", P, chat=7000 + number)
    goes_on(world, P, "7", "103")
    goes_on(world, P, "103", child_ttn=C, child_type="CargoReturn")
    goes_on(world, C, "5", "5", "9")

    assert len(state(world, C).orders) == 25
    assert not [notice for notice in world.notices() if notice.ttn == C and ordinary(notice)]
