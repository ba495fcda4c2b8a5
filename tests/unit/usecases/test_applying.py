"""Order rules: an effect of its change, applied once, guarded, swept until it is applied or not applicable."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.shop import RULES
from tests.hearers import hearers
from tests.unit.usecases.world import INTERVAL, World
from vistka.domain.errors import ShopMismatch, ShopUnavailable, StoreConflict, StoreUnavailable, VistkaError
from vistka.domain.messages import NoticeMessage
from vistka.domain.notices import Audience, Kind, Notice, NoticeState
from vistka.domain.rules import Event, Move, Moved, Outcome
from vistka.metrics import Metric
from vistka.shop.rules import Rule
from vistka.usecases.applying import MOST, Applied

TTN = "20450000000017"
OTHER = "20450000000024"
THIRD = "20450000000031"
DUE = timedelta(minutes=5)
AWAY = ShopUnavailable("the shop's database: no connection")


@pytest.fixture
def world() -> World:
    world = World()
    world.shop.ruled = RULES
    return world


def on_its_way(world: World, number: str = "A1", tracking: str = TTN, **row: Any) -> str:
    """An order whose parcels are on their way, and were told so."""
    key = world.order(number, tracking, **row)
    for ttn in tracking.replace(" ", "").split(","):
        world.carrier.set(ttn, "5", "Прямує")
    world.run()
    return key


def arrives(world: World, code: str = "9", *ttns: str, outage: VistkaError | None = None) -> None:
    """The carrier says so, and is asked; the shop may be away from the moment that its orders were read."""
    world.clock.advance(timedelta(hours=6))  # whatever the hour, all are due
    for ttn in ttns or (TTN,):
        world.carrier.set(ttn, code, "Отримано")
    world.dispatch()
    world.shop.outage = outage
    world.track()
    world.shop.outage = None
    if outage is not None:
        world.run(timedelta())  # what the rows have missed is written
    world.clock.advance(INTERVAL)


def status(world: World, key: str) -> str:
    return str(world.shop.rows[int(key)]["status"])


def effects(world: World) -> list[Notice]:
    return [notice for notice in world.notices() if notice.is_effect]


def ends(world: World) -> list[tuple[str, NoticeState]]:
    return [(f"{one.order_number} {one.kind}", one.state) for one in effects(world)]


# --- what a rule does ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "event", "after"),
    [
        *((code, "received", "done") for code in ("9", "10", "11", "106")),
        *((code, "refused", "cancelled") for code in ("102", "103", "108")),
    ],
)
def test_received_and_refused_move_the_order_by_code_and_not_by_words_f10_f22(
    world: World, code: str, event: str, after: str
) -> None:
    key = on_its_way(world)
    before = dict(world.shop.rows[int(key)])
    world.clock.advance(timedelta(hours=6))
    world.carrier.set(TTN, code, "Не отримано, отримано")
    world.run()
    row = world.shop.rows[int(key)]
    assert ends(world) == [(f"A1 {event}", NoticeState.APPLIED)]
    assert row == {**before, "status": after, "shown": row["shown"], "updated": row["updated"]}


@pytest.mark.parametrize("code", ["5", "7", "8", "101", "104", "105", "111", "112", "2", "3", "777"])
def test_nothing_else_moves_an_order_f9(world: World, code: str) -> None:
    key = on_its_way(world)
    arrives(world, code)
    assert (status(world, key), effects(world)) == ("ship", [])


def test_without_rules_an_order_keeps_its_status_f9(world: World) -> None:
    world.shop.ruled = {}
    key = on_its_way(world)
    arrives(world)
    assert (status(world, key), effects(world)) == ("ship", [])


def test_the_effect_is_stored_with_its_change_and_told_to_nobody(world: World) -> None:
    on_its_way(world, chat=700_000_001)
    arrives(world, outage=AWAY)
    (effect,) = effects(world)
    assert (effect.kind, effect.audience, effect.state) == (Kind.RECEIVED, Audience.ORDER, NoticeState.NEW)
    assert effect.payload["rule"] == "prep, ship → done; payment if partial: paid"
    assert effect.version == world.memory.states[TTN].version
    assert (effect.occurrence, effect.language) == (str(effect.version), "uk")
    bodies = [NoticeMessage.from_json(entry.body).notice_id for entry in world.notice_queue.sent]
    assert effect.id not in bodies


def test_a_notice_message_that_names_an_effect_sends_nothing(world: World) -> None:
    on_its_way(world)
    arrives(world, outage=AWAY)
    (effect,) = effects(world)
    world.notifier.deliver(NoticeMessage(order_key=effect.order_key, notice_id=effect.id))
    assert (effects(world), world.telegram.arrived) == ([effect], [])


def test_a_cancelled_order_stays_cancelled_f9(world: World) -> None:
    """F8, R5: the admin cancelled it while the carrier was asked."""
    key = on_its_way(world)
    world.clock.advance(timedelta(hours=6))
    world.carrier.set(TTN, "9", "Отримано")
    world.dispatch()
    world.shop.edit(key, status="cancelled")
    world.track()
    assert status(world, key) == "cancelled"
    (effect,) = effects(world)
    assert (effect.state, effect.reason) == (NoticeState.NOT_APPLICABLE, "the order's status is none the rule changes")


def test_an_order_that_is_closed_already_hears_of_it_and_stays(world: World) -> None:
    key = on_its_way(world)
    second = world.order("A2", TTN)
    world.run()
    world.shop.edit(key, status="cancelled")
    arrives(world)
    assert (status(world, key), status(world, second)) == ("cancelled", "done")
    assert ends(world) == [("A1 received", NoticeState.NOT_APPLICABLE), ("A2 received", NoticeState.APPLIED)]


def test_what_an_admin_did_by_hand_is_not_applicable(world: World) -> None:
    key = on_its_way(world)
    world.clock.advance(timedelta(hours=6))
    world.carrier.set(TTN, "9", "Отримано")
    world.dispatch()
    world.shop.edit(key, status="done")
    world.track()
    (effect,) = effects(world)
    assert (effect.state, effect.reason) == (NoticeState.NOT_APPLICABLE, "the order has that status already")


# --- once ------------------------------------------------------------------------------------------------------------


def test_a_later_answer_never_repeats_an_effect(world: World) -> None:
    """The shop's people may set the status back, and are not overruled: 9, 10 and 11 are one reception."""
    world.carrier.set(TTN, "5", "Прямує")
    key = on_its_way(world)
    world.carrier.set(TTN, "9", "Отримано", redelivery="450")
    world.run()
    assert status(world, key) == "done"
    world.shop.edit(key, status="ship")
    for code in ("10", "9", "10", "11"):
        arrives(world, code)
        world.applier.sweep()
    assert (status(world, key), len(effects(world))) == ("ship", 1)


def test_two_that_work_on_one_effect_apply_it_once_f7(world: World) -> None:
    key = on_its_way(world)
    arrives(world, outage=AWAY)
    (effect,) = effects(world)
    assert world.applier.apply([effect])
    world.shop.edit(key, status="ship")
    assert world.applier.apply([effect]) == {}  # as it was read before the other's work
    assert (status(world, key), ends(world)) == ("ship", [("A1 received", NoticeState.APPLIED)])


def test_an_attempt_without_an_answer_that_was_carried_out_ends_applied(world: World) -> None:
    key = on_its_way(world)
    shop, real = world.shop, world.shop.move

    def lost(moves: list[Move]) -> list[Moved]:
        real(moves)
        raise AWAY

    shop.move = lost  # type: ignore[method-assign, assignment]
    arrives(world)
    (effect,) = effects(world)
    assert (status(world, key), effect.state, effect.attempt) == ("done", NoticeState.APPLYING, 1)
    shop.move = real  # type: ignore[method-assign]
    world.applier.sweep()
    (effect,) = effects(world)
    assert (effect.state, effect.reason) == (NoticeState.APPLIED, "found done after an attempt without an answer")


def test_an_attempt_without_an_answer_that_was_not_carried_out_is_made_again(world: World) -> None:
    key = on_its_way(world)
    shop, real = world.shop, world.shop.move

    def lost(_: list[Move]) -> list[Moved]:
        raise AWAY

    shop.move = lost  # type: ignore[method-assign, assignment]
    arrives(world)
    shop.move = real  # type: ignore[method-assign]
    assert world.applier.sweep().applied == 1
    assert (status(world, key), ends(world)) == ("done", [("A1 received", NoticeState.APPLIED)])


def test_an_attempt_under_way_is_left_alone_until_it_is_over(world: World) -> None:
    on_its_way(world)
    arrives(world, outage=AWAY)
    (effect,) = effects(world)
    world.ledger.update(effect.next(state=NoticeState.APPLYING, attempt=1, due_at=world.clock.now() + DUE))
    assert world.applier.sweep().applied == 0
    world.clock.advance(DUE)
    assert world.applier.sweep().applied == 1


# --- outages ---------------------------------------------------------------------------------------------------------


def test_what_an_outage_left_is_swept_f4(world: World) -> None:
    key = on_its_way(world)
    arrives(world, outage=AWAY)
    world.shop.outage = AWAY
    with pytest.raises(ShopUnavailable):
        world.applier.sweep()
    assert ends(world) == [("A1 received", NoticeState.NEW)]
    world.shop.outage = None
    assert world.applier.sweep().applied == 1
    assert status(world, key) == "done"


def test_a_shop_that_fails_at_a_rule_is_an_outage_and_the_rest_is_done(world: World) -> None:
    """R7: the batch is not done, so the run is never complete."""
    on_its_way(world, chat=700_000_001)

    def fails(_: list[Move]) -> list[Moved]:
        raise ShopMismatch("orders.status: the database user lacks a privilege")

    world.shop.move = fails  # type: ignore[method-assign, assignment]
    arrives(world)
    assert world.metrics.total(Metric.SHOP_OUTAGES) == 1
    assert not world.runs.latest(1)[0].complete
    reason = "orders.status: the database user lacks a privilege"
    assert ("order rules are left to the sweep", {"error": "ShopMismatch", "reason": reason}) in world.said
    assert world.notice_queue.sent


def test_a_store_that_fails_at_a_rule_leaves_it_to_the_sweep(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    key = on_its_way(world)

    def fails(_: Notice) -> None:
        raise StoreUnavailable("DynamoDB does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(world.ledger, "update", fails)
        arrives(world)
    reason = "DynamoDB does not answer"
    assert ("order rules are left to the sweep", {"error": "StoreUnavailable", "reason": reason}) in world.said
    assert ends(world) == [("A1 received", NoticeState.NEW)]
    assert world.applier.sweep().applied == 1
    assert status(world, key) == "done"


def test_one_order_that_cannot_be_read_stops_no_other_f40(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    on_its_way(world, "A1")
    second = on_its_way(world, "A2", OTHER)
    arrives(world, "9", TTN, OTHER, outage=AWAY)
    read = world.shop.order

    def unreadable(number: str) -> Any:
        if number == "A1":
            raise ShopMismatch("order with key 1: orders.tracking cannot be read as text; the row is left out")
        return read(number)

    monkeypatch.setattr(world.shop, "order", unreadable)
    swept = world.applier.sweep()
    assert (swept.applied, swept.waiting) == (1, 1)
    assert status(world, second) == "done"
    (bad, _) = effects(world)
    assert (bad.state, "cannot be read" in bad.reason) == (NoticeState.WAITING, True)


def refused(moves: list[Move]) -> list[Moved]:
    return [Moved(outcome=Outcome.REFUSED, text="refused by a trigger of the shop") for _ in moves]


def test_a_row_that_the_database_refuses_waits_and_is_given_up_after_two_weeks(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = on_its_way(world)
    monkeypatch.setattr(world.shop, "move", refused)
    arrives(world)
    (effect,) = effects(world)
    assert (effect.state, effect.reason) == (NoticeState.WAITING, "refused by a trigger of the shop")
    world.applier.sweep()
    assert effects(world) == [effect]  # not before an hour is over
    world.clock.advance(timedelta(hours=1))
    assert world.applier.sweep().waiting == 1
    world.clock.advance(timedelta(days=14))
    world.applier.sweep()
    (effect,) = effects(world)
    assert (effect.state, effect.reason) == (
        NoticeState.NOT_APPLICABLE,
        "given up: refused by a trigger of the shop",
    )
    assert status(world, key) == "ship"


def test_a_refused_row_that_is_taken_at_last_is_applied(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    key = on_its_way(world)
    with monkeypatch.context() as patch:
        patch.setattr(world.shop, "move", refused)
        arrives(world)
    world.clock.advance(timedelta(hours=1))
    assert world.applier.sweep().applied == 1
    assert status(world, key) == "done"


def test_an_order_shows_where_its_parcel_is_before_a_rule_closes_it(world: World) -> None:
    """R1: a closed order is looked at no more; its last text would be missing for ever."""
    key = on_its_way(world)
    world.shop.refuse("A1")
    arrives(world)
    (effect,) = effects(world)
    assert (effect.state, effect.reason) == (NoticeState.WAITING, "the order is to show its parcel's state first")
    assert (status(world, key), effect.attempt) == ("ship", 0)
    world.shop.refusing.clear()
    world.run()
    assert world.applier.sweep().applied == 1
    assert (status(world, key), world.shop.shown(key)) == ("done", "Отримано")


def test_a_row_that_shows_another_programs_text_is_waited_for_an_hour_at_most(world: World) -> None:
    key = on_its_way(world)
    world.shop.refuse("A1")
    arrives(world)
    world.shop.refusing.clear()
    world.clock.advance(timedelta(minutes=40))
    assert world.applier.sweep().waiting == 1
    world.clock.advance(timedelta(minutes=20))
    assert world.applier.sweep().applied == 1
    assert (status(world, key), world.shop.shown(key)) == ("done", "В дорозі - Прямує")


def test_an_order_that_is_changed_at_that_moment_is_looked_at_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = on_its_way(world)
    with monkeypatch.context() as patch:
        patch.setattr(world.shop, "move", lambda moves: [Moved(outcome=Outcome.CHANGED) for _ in moves])
        arrives(world)
    (effect,) = effects(world)
    assert (effect.state, effect.reason) == (NoticeState.WAITING, "the order was changed at that moment")
    assert world.applier.sweep().applied == 1
    assert status(world, key) == "done"


def test_overdue_effects_are_counted(world: World) -> None:
    on_its_way(world)
    arrives(world, outage=AWAY)
    world.clock.advance(timedelta(hours=2))
    world.shop.outage = AWAY
    with pytest.raises(ShopUnavailable):
        world.applier.sweep()
    assert world.metrics.total(Metric.NOTICES_OVERDUE) == 1


def test_what_the_tracker_has_no_room_for_is_swept(world: World) -> None:
    for each in range(25):
        on_its_way(world, f"A{each:02}", f"204500000{each:05}")
    arrives(world, "9", *(f"204500000{each:05}" for each in range(25)))
    states = [one.state for one in effects(world)]
    assert (states.count(NoticeState.APPLIED), states.count(NoticeState.NEW)) == (20, 5)
    assert world.applier.sweep().applied == 5


# --- what a sweep says and counts ------------------------------------------------------------------------------------

SWEPT = "effects on orders were swept"


def left(world: World, count: int = 1, **row: Any) -> list[Notice]:
    """Effects that an outage left to the sweep."""
    ttns = [f"204500000{each:05}" for each in range(count)]
    for each, ttn in enumerate(ttns):
        on_its_way(world, f"A{each}", ttn, **row)
    arrives(world, "9", *ttns, outage=AWAY)
    world.said.clear()
    return effects(world)


def test_a_sweep_says_what_it_did_and_left(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    left(world, 4)
    world.shop.edit("1", status="cancelled")

    def changed_meanwhile(moves: list[Move], real: Any = world.shop.move) -> Any:
        return [Moved(outcome=Outcome.CHANGED)] if moves[0].order_number == "A3" else real(moves)

    monkeypatch.setattr(world.shop, "move", changed_meanwhile)
    assert world.applier.sweep() == Applied(applied=2, not_applicable=1, waiting=1)
    assert world.said == [(SWEPT, {"applied": 2, "left": 1})]


def test_a_sweep_without_anything_due_says_nothing(world: World) -> None:
    assert world.applier.sweep() == Applied()
    assert world.said == []


def test_what_somebody_else_works_on_is_left(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = left(world)

    def beaten(_: Notice) -> None:
        raise StoreConflict("somebody else")

    monkeypatch.setattr(world.ledger, "update", beaten)
    assert world.applier.sweep() == Applied(waiting=1)
    assert effects(world) == before


def test_a_sweep_reads_so_many_effects(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[int] = []

    def due(*, before: object, limit: int) -> list[Notice]:
        limits.append(limit)
        return []

    monkeypatch.setattr(world.ledger, "effects_due", due)
    world.applier.sweep()
    assert limits == [MOST]


@pytest.mark.parametrize(("late", "overdue"), [(timedelta(), 0), (timedelta(seconds=1), 2)])
def test_all_that_is_older_than_an_hour_is_overdue(world: World, late: timedelta, overdue: int) -> None:
    first, _ = left(world, 2)
    world.clock.set(first.created_at + timedelta(hours=1) + late)
    world.applier.sweep()
    assert world.metrics.total(Metric.NOTICES_OVERDUE) == overdue


def test_an_order_that_is_in_shadow_alone_stays_alone(world: World) -> None:
    left(world, 2)
    replace(world.applier, is_live=lambda number: number == "A1").sweep()
    assert ends(world) == [("A0 received", NoticeState.SHADOW), ("A1 received", NoticeState.APPLIED)]


def test_an_effect_ends_in_the_moment_that_it_is_applied_and_says_no_more(world: World) -> None:
    left(world)
    world.applier.sweep()
    (effect,) = effects(world)
    assert (effect.state, effect.settled_at, effect.reason) == (NoticeState.APPLIED, world.clock.now(), "")


def test_an_attempt_without_an_answer_is_over_after_five_minutes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    left(world)

    def away(_: list[Move]) -> list[Moved]:
        raise AWAY

    monkeypatch.setattr(world.shop, "move", away)
    with pytest.raises(ShopUnavailable):
        world.applier.sweep()
    (effect,) = effects(world)
    assert (effect.state, effect.due_at) == (NoticeState.APPLYING, world.clock.now() + DUE)


def test_a_row_that_the_database_refuses_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    left(world)
    monkeypatch.setattr(world.shop, "move", refused)
    world.applier.sweep()
    why = {"order_number": "A0", "reason": "refused by a trigger of the shop"}
    assert world.said == [("the shop's database refused a rule", why), (SWEPT, {"applied": 0, "left": 1})]


def test_an_effect_is_waited_for_two_weeks_to_the_moment(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    (effect,) = left(world)
    monkeypatch.setattr(world.shop, "move", refused)
    world.clock.set(effect.created_at + timedelta(days=14))
    assert world.applier.sweep() == Applied(waiting=1)


def test_a_row_that_does_not_show_its_parcel_is_waited_for_an_hour_to_the_moment(world: World) -> None:
    (effect,) = left(world)
    world.shop.edit(effect.order_key, shown="of another program")
    world.clock.set(effect.created_at + timedelta(hours=1))
    assert world.applier.sweep() == Applied(applied=1)


# --- what it is none for ---------------------------------------------------------------------------------------------


def test_the_first_sight_of_an_old_parcel_moves_nothing_f16(world: World) -> None:
    world.carrier.set(TTN, "9", "Отримано", moved_at=world.clock.now() - timedelta(days=2), redelivery="450")
    key = world.order("A1", TTN)
    world.run()
    assert (status(world, key), effects(world)) == ("ship", [])


def test_the_first_sight_of_a_young_one_is_a_change(world: World) -> None:
    moved_at = world.clock.now() - timedelta(hours=2)
    world.carrier.set(TTN, "10", "Отримано", moved_at=moved_at, redelivery="450")
    key = world.order("A1", TTN)
    world.run()
    assert (status(world, key), ends(world)) == ("done", [("A1 received", NoticeState.APPLIED)])


def test_in_shadow_nothing_moves_and_what_would_have_is_listed(world: World) -> None:
    world.live = False
    key = on_its_way(world)
    arrives(world)
    assert (status(world, key), ends(world)) == ("ship", [("A1 received", NoticeState.SHADOW)])
    (effect,) = effects(world)
    assert (effect.reason, effect.due_at, effect.settled_at is None) == ("", None, False)


def test_what_happened_before_going_live_moves_nothing(world: World) -> None:
    world.live = False
    key = on_its_way(world)
    moved_at = world.clock.now()
    world.clock.advance(timedelta(hours=6))
    world.live = True
    world.run()
    world.clock.advance(timedelta(hours=6))
    world.carrier.set(TTN, "9", "Отримано", moved_at=moved_at)
    world.run()
    (effect,) = effects(world)
    assert (effect.state, effect.reason, status(world, key)) == (NoticeState.SHADOW, "before_live", "ship")


def test_a_shop_that_went_back_to_shadow_is_not_moved(world: World) -> None:
    key = on_its_way(world)
    arrives(world, outage=AWAY)
    world.live = False
    world.applier.sweep()
    (effect,) = effects(world)
    assert (effect.state, effect.reason, status(world, key)) == (NoticeState.SHADOW, "the shop is in shadow", "ship")


def test_a_rule_that_was_switched_off_meanwhile_is_none(world: World) -> None:
    key = on_its_way(world)
    arrives(world, outage=AWAY)
    world.shop.ruled = {}
    world.applier.sweep()
    (effect,) = effects(world)
    assert (effect.state, effect.reason) == (NoticeState.NOT_APPLICABLE, "no rule is switched on for it")
    assert status(world, key) == "ship"


def test_a_rule_that_the_shops_own_side_does_not_have_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    on_its_way(world)
    monkeypatch.setattr(world.shop, "move", lambda moves: [Moved(outcome=Outcome.OFF) for _ in moves])
    arrives(world)
    (effect,) = effects(world)
    assert (effect.state, effect.reason) == (NoticeState.NOT_APPLICABLE, "no rule is switched on for it")
    assert ("the shop's own side has no such rule", {"rule": "received"}) in world.said


def test_a_number_that_the_order_has_lost_moves_it_no_more(world: World) -> None:
    key = on_its_way(world)
    arrives(world, outage=AWAY)
    world.shop.edit(key, tracking=OTHER)
    world.applier.sweep()
    (effect,) = effects(world)
    assert (effect.state, effect.reason) == (NoticeState.NOT_APPLICABLE, "the order no longer has this number")
    assert status(world, key) == "ship"


def test_an_effect_that_may_have_been_carried_out_says_so_when_the_order_has_lost_its_number(world: World) -> None:
    key = on_its_way(world)
    shop, real = world.shop, world.shop.move

    def lost(moves: list[Move]) -> list[Moved]:
        real(moves)
        raise AWAY

    shop.move = lost  # type: ignore[method-assign, assignment]
    arrives(world)
    shop.edit(key, tracking=OTHER)
    world.applier.sweep()
    (effect,) = effects(world)
    assert effect.state is NoticeState.NOT_APPLICABLE
    assert effect.reason == "the order no longer has this number; an attempt without an answer may have done it"


def test_the_end_of_a_link_leaves_the_effect_to_be_judged(world: World) -> None:
    """The number is taken out and put back: nobody but the sweep ends an effect."""
    key = on_its_way(world)
    arrives(world, outage=AWAY)
    world.shop.edit(key, tracking=OTHER)
    world.carrier.set(OTHER, "5", "Прямує")
    world.run(timedelta(minutes=1))
    assert ends(world) == [("A1 received", NoticeState.NEW)]
    world.shop.edit(key, tracking=TTN)
    world.run()
    assert world.applier.sweep().applied == 1
    assert status(world, key) == "done"


def test_an_order_that_is_gone_or_another_one_is_not_applicable(world: World) -> None:
    key = on_its_way(world)
    arrives(world, outage=AWAY)
    world.shop.edit(key, number="B1")
    world.order("A1", TTN)
    world.applier.sweep()
    assert [one.reason for one in effects(world)] == ["the shop has no such order any more"]
    assert status(world, key) == "ship"


def test_a_parcel_that_has_moved_on_has_no_late_effect(world: World) -> None:
    """R4: refused, then the buyer came after all."""
    key = on_its_way(world)
    arrives(world, "102", outage=AWAY)
    arrives(world, "9")
    world.applier.sweep()
    assert ends(world) == [("A1 received", NoticeState.APPLIED), ("A1 refused", NoticeState.NOT_APPLICABLE)]
    assert [one.reason for one in effects(world)] == ["", "the parcel has moved on"]
    assert status(world, key) == "done"


def test_a_number_on_a_crowd_of_orders_moves_none(world: World) -> None:
    for each in range(21):
        world.order(f"A{each:02}", TTN)
    world.carrier.set(TTN, "5", "Прямує")
    world.run()
    world.run()
    arrives(world)
    assert effects(world) == []
    assert {row["status"] for row in world.shop.rows.values()} == {"ship"}


def test_as_many_orders_as_one_transaction_takes_are_moved_and_the_others_by_the_next_run(world: World) -> None:
    """Twenty orders that are new to a refused parcel, each with its buyer, its shop and its rule."""
    world.audiences = hearers(buyer="+refused")
    for each in range(20):
        world.order(f"A{each:02}", TTN, chat=700_000_000 + each)
    world.carrier.set(TTN, "102", "Відмова")
    world.run()
    world.run()
    assert [row["status"] for row in world.shop.rows.values()] == ["cancelled"] * 20
    assert [one.state for one in effects(world)] == [NoticeState.APPLIED] * 20
    told = [one for one in world.notices() if one.kind is Kind.REFUSED and not one.is_effect]
    assert len(told) == 40


# --- several parcels -------------------------------------------------------------------------------------------------


def looks_again(world: World) -> None:
    """What waits for other parcels looks at them again."""
    world.clock.advance(timedelta(hours=3))
    world.run()
    world.applier.sweep()


def test_an_order_moves_with_the_last_of_its_parcels(world: World) -> None:
    key = on_its_way(world, tracking=f"{TTN}, {OTHER}")
    arrives(world, "9", TTN)
    (first,) = effects(world)
    assert (first.state, first.reason) == (NoticeState.WAITING, "not all parcels of the order are received")
    assert status(world, key) == "ship"
    arrives(world, "9", OTHER)
    assert status(world, key) == "done"
    looks_again(world)
    assert {(one.ttn, one.state, one.reason) for one in effects(world)} == {
        (TTN, NoticeState.NOT_APPLICABLE, "another of its parcels has spoken for the order"),
        (OTHER, NoticeState.APPLIED, ""),
    }


def test_of_two_parcels_received_at_once_one_moves_the_order(world: World) -> None:
    key = on_its_way(world, tracking=f"{TTN}, {OTHER}")
    arrives(world, "9", TTN, OTHER)
    assert sorted(one.state for one in effects(world)) == [NoticeState.APPLIED, NoticeState.NOT_APPLICABLE]
    assert status(world, key) == "done"


def test_one_received_and_one_refused_is_left_to_the_shop(world: World) -> None:
    key = on_its_way(world, tracking=f"{TTN}, {OTHER}")
    arrives(world, "9", TTN)
    arrives(world, "102", OTHER)
    looks_again(world)
    assert [(one.state, one.reason) for one in effects(world)] == [
        (NoticeState.NOT_APPLICABLE, "not all parcels of the order are received"),
        (NoticeState.NOT_APPLICABLE, "not all parcels of the order are refused"),
    ]
    assert status(world, key) == "ship"


@pytest.mark.parametrize("codes", [(("2", OTHER), ("9", TTN)), (("9", TTN), ("2", OTHER))])
def test_a_deleted_waybill_is_no_parcel_any_more(world: World, codes: tuple[tuple[str, str], ...]) -> None:
    """Whichever comes last."""
    key = on_its_way(world, tracking=f"{TTN}, {OTHER}")
    for code, ttn in codes:
        arrives(world, code, ttn)
    looks_again(world)
    assert (status(world, key), ends(world)) == ("done", [("A1 received", NoticeState.APPLIED)])


def test_a_number_that_is_taken_out_of_the_order_is_waited_for_no_more(world: World) -> None:
    key = on_its_way(world, tracking=f"{TTN}, {OTHER}")
    arrives(world, "9", TTN)
    world.shop.edit(key, tracking=TTN)
    looks_again(world)
    assert (status(world, key), ends(world)) == ("done", [("A1 received", NoticeState.APPLIED)])


def test_a_number_that_is_taken_in_is_waited_for(world: World) -> None:
    key = on_its_way(world)
    arrives(world, outage=AWAY)
    world.shop.edit(key, tracking=f"{TTN}, {OTHER}")
    world.applier.sweep()
    (effect,) = effects(world)
    assert (effect.state, status(world, key)) == (NoticeState.WAITING, "ship")


def test_what_waits_for_another_parcel_never_moves_an_order_that_was_moved_and_set_back_r5(world: World) -> None:
    key = on_its_way(world, tracking=f"{TTN}, {OTHER}")
    arrives(world, "9", TTN)
    arrives(world, "9", OTHER)
    world.shop.edit(key, status="ship", tracking=TTN)
    looks_again(world)
    assert status(world, key) == "ship"
    assert sorted(one.state for one in effects(world)) == [NoticeState.APPLIED, NoticeState.NOT_APPLICABLE]


def test_what_waits_for_another_parcel_does_not_repeat_what_was_done_in_the_moment_that_it_came_r5(
    world: World,
) -> None:
    """A sweep moves the order for the first of its parcels while a batch brings the second."""
    key = on_its_way(world, tracking=f"{TTN}, {OTHER}, {THIRD}")
    arrives(world, "9", TTN)
    world.clock.advance(timedelta(hours=6))
    world.carrier.set(OTHER, "9", "Отримано")
    world.dispatch()
    world.track()
    world.shop.edit(key, tracking=TTN)
    assert world.applier.sweep() == Applied(applied=1, not_applicable=0)
    world.shop.edit(key, status="ship", tracking=f"{TTN}, {OTHER}")
    looks_again(world)
    assert status(world, key) == "ship"
    assert {(one.ttn, one.state, one.reason) for one in effects(world)} == {
        (TTN, NoticeState.APPLIED, ""),
        (OTHER, NoticeState.NOT_APPLICABLE, "another of its parcels has spoken for the order"),
    }


def test_a_parcel_that_came_after_the_order_was_moved_and_set_back_moves_it_again(world: World) -> None:
    """An order that the shop took up anew, with further parcels, hears of these."""
    key = on_its_way(world)
    arrives(world)
    assert status(world, key) == "done"
    world.shop.edit(key, status="ship", tracking=f"{TTN}, {OTHER}, {THIRD}")
    world.carrier.set(OTHER, "5")
    world.carrier.set(THIRD, "5")
    world.run()
    arrives(world, "9", OTHER)
    world.shop.edit(key, tracking=f"{TTN}, {OTHER}")
    looks_again(world)
    assert status(world, key) == "done"
    assert [(one.ttn, one.state) for one in effects(world)] == [
        (TTN, NoticeState.APPLIED),
        (OTHER, NoticeState.APPLIED),
    ]


def test_a_parcel_whose_effect_was_never_tried_has_not_spoken_for_the_order(world: World) -> None:
    """It was taken out before its turn: the one that waited for it moves the order."""
    key = on_its_way(world, tracking=f"{TTN}, {OTHER}")
    arrives(world, "9", TTN)
    arrives(world, "9", OTHER, outage=AWAY)
    world.shop.edit(key, tracking=TTN)
    looks_again(world)
    assert status(world, key) == "done"
    assert {(one.ttn, one.state, one.reason) for one in effects(world)} == {
        (TTN, NoticeState.APPLIED, ""),
        (OTHER, NoticeState.NOT_APPLICABLE, "the order no longer has this number"),
    }


def test_what_the_parcels_of_other_orders_did_says_nothing_for_an_order_that_waits(world: World) -> None:
    key = on_its_way(world, tracking=f"{TTN}, {OTHER}")
    second = on_its_way(world, "A2", THIRD)
    arrives(world, "9", TTN)
    arrives(world, "9", THIRD)
    world.shop.edit(key, tracking=TTN)
    looks_again(world)
    assert (status(world, key), status(world, second)) == ("done", "done")
    assert {state for _, state in ends(world)} == {NoticeState.APPLIED}


def test_what_waits_for_another_parcel_lets_one_that_is_being_tried_go_first_r5(world: World) -> None:
    """Its answer was lost, and somebody set the order back: it is moved by one of them, and once more at most."""
    key = on_its_way(world, tracking=f"{TTN}, {OTHER}")
    arrives(world, "9", TTN)
    shop, real = world.shop, world.shop.move
    moves: list[Move] = []

    def lost(asked: list[Move]) -> list[Moved]:
        moves.extend(asked)
        real(asked)
        raise AWAY

    shop.move = lost  # type: ignore[method-assign, assignment]
    arrives(world, "9", OTHER)
    (waiting, _) = sorted(effects(world), key=lambda one: one.ttn)
    (after,) = world.applier.apply([waiting]).values()
    assert (after.state, after.due_at) == (NoticeState.WAITING, world.clock.now() + DUE)
    assert after.reason == "another of its parcels is speaking for the order"
    assert (len(moves), status(world, key)) == (1, "done")
    shop.move = real  # type: ignore[method-assign]
    looks_again(world)
    looks_again(world)
    assert [one.state for one in sorted(effects(world), key=lambda one: one.ttn)] == [
        NoticeState.NOT_APPLICABLE,
        NoticeState.APPLIED,
    ]


def test_what_waits_for_another_parcel_does_not_wait_for_one_that_the_database_refuses(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = on_its_way(world, tracking=f"{TTN}, {OTHER}")
    arrives(world, "9", TTN)
    with monkeypatch.context() as patch:
        patch.setattr(world.shop, "move", refused)
        arrives(world, "9", OTHER)
    (waiting,) = [one for one in effects(world) if one.ttn == TTN]
    (after,) = world.applier.apply([waiting]).values()
    assert (after.state, status(world, key)) == (NoticeState.APPLIED, "done")


def test_what_waits_for_another_parcel_never_moves_a_cancelled_order_f9(world: World) -> None:
    key = on_its_way(world, tracking=f"{TTN}, {OTHER}")
    arrives(world, "9", TTN)
    arrives(world, "2", OTHER)
    world.shop.edit(key, status="cancelled")
    looks_again(world)
    assert (status(world, key), ends(world)) == ("cancelled", [("A1 received", NoticeState.NOT_APPLICABLE)])


def test_another_parcel_is_waited_for_two_weeks_without_an_alarm(world: World) -> None:
    key = on_its_way(world, tracking=f"{TTN}, {OTHER}")
    arrives(world, "9", TTN)
    for _ in range(14 * 8 - 1):
        world.clock.advance(timedelta(hours=3))
        assert world.applier.sweep().waiting == 1
    assert world.metrics.total(Metric.NOTICES_OVERDUE) == 0
    world.clock.advance(timedelta(hours=3))
    world.applier.sweep()
    (effect,) = effects(world)
    assert effect.reason == "given up: not all parcels of the order are received"
    assert (effect.state, status(world, key)) == (NoticeState.NOT_APPLICABLE, "ship")


def test_an_order_that_waited_for_another_parcel_shows_its_state_before_it_is_closed(world: World) -> None:
    """R1."""
    key = on_its_way(world, tracking=f"{TTN}, {OTHER}")
    world.shop.refuse("A1")
    arrives(world, "9", TTN)
    world.shop.refusing.clear()
    world.clock.advance(timedelta(hours=3))
    world.applier.sweep()
    world.shop.edit(key, tracking=TTN)
    world.clock.advance(timedelta(hours=3))
    world.applier.sweep()
    (effect,) = effects(world)
    assert (effect.reason, status(world, key)) == ("the order is to show its parcel's state first", "ship")
    world.run()
    world.clock.advance(DUE)
    world.applier.sweep()
    assert (status(world, key), world.shop.shown(key)) == ("done", "Отримано")


def test_a_number_that_nobody_can_read_leaves_the_order_to_the_shop(world: World) -> None:
    key = world.order("A1", f"{TTN}, 2045000000002")
    world.carrier.set(TTN, "5", "Прямує")
    world.run()
    arrives(world)
    (effect,) = effects(world)
    assert effect.reason == "something in the order's tracking field is no waybill number"
    assert status(world, key) == "ship"


# --- what took a parcel's place --------------------------------------------------------------------------------------


BACK = Rule(event=Event.RETURNED, from_statuses=("prep", "ship", "coming back"), status="returned")
COMING = Rule(event=Event.REFUSED, from_statuses=("prep", "ship"), status="coming back")


def goes_back(world: World) -> None:
    """Refused, under way and back at the shop, under a number of its own."""
    arrives(world, "103")
    world.carrier.set(TTN, "103", child_ttn=OTHER, child_type="CargoReturn")
    world.clock.advance(timedelta(hours=6))
    world.run()
    for code in ("1", "5", "7", "9"):
        arrives(world, code, OTHER)


def comes_back_unasked_for(world: World, ttn: str, child: str) -> None:
    """Nobody came for it, and it goes back under a number of its own: no code says refused."""
    arrives(world, "105", ttn)
    world.carrier.set(ttn, "105", child_ttn=child, child_type="CargoReturn")
    world.clock.advance(timedelta(hours=6))
    world.run()
    for code in ("1", "5", "7"):
        arrives(world, code, child)


def test_what_comes_back_without_a_refusal_is_refused_all_the_same_and_once(world: World) -> None:
    key = on_its_way(world)
    comes_back_unasked_for(world, TTN, OTHER)
    assert (status(world, key), ends(world)) == ("cancelled", [("A1 refused", NoticeState.APPLIED)])
    world.shop.edit(key, status="ship")
    for code in ("5", "7", "9"):
        arrives(world, code, OTHER)
    assert (status(world, key), ends(world)) == ("ship", [("A1 refused", NoticeState.APPLIED)])


@pytest.mark.parametrize("refused_first", [True, False])
def test_of_one_refused_and_one_that_comes_back_the_last_moves_the_order(
    world: World,
    refused_first: bool,  # noqa: FBT001
) -> None:
    key = on_its_way(world, tracking=f"{TTN}, {OTHER}")
    if refused_first:
        arrives(world, "102", TTN)
    comes_back_unasked_for(world, OTHER, THIRD)
    if not refused_first:
        assert status(world, key) == "ship"
        arrives(world, "102", TTN)
    assert status(world, key) == "cancelled"
    looks_again(world)
    assert sorted(one.state for one in effects(world)) == [NoticeState.APPLIED, NoticeState.NOT_APPLICABLE]


def test_what_was_on_its_way_back_before_refusals_were_kept_so_moves_nothing(world: World) -> None:
    """A STATE of a version of ours that remembers no refusal: the next look at it is no change."""
    world.shop.ruled = {}
    key = on_its_way(world)
    comes_back_unasked_for(world, TTN, OTHER)
    child = world.memory.states[OTHER]
    told = {kind: value for kind, value in child.told.items() if kind != Kind.REFUSED}
    world.memory.states[OTHER] = replace(child, told=told)
    world.shop.ruled = RULES
    arrives(world, "7", OTHER)
    assert (status(world, key), effects(world)) == ("ship", [])


def test_back_at_the_shop_moves_by_its_own_rule_and_is_never_received_f31(world: World) -> None:
    world.shop.ruled = {**RULES, Event.REFUSED: COMING, Event.RETURNED: BACK}
    key = on_its_way(world)
    goes_back(world)
    assert status(world, key) == "returned"
    assert ends(world) == [("A1 refused", NoticeState.APPLIED), ("A1 returned", NoticeState.APPLIED)]


def test_a_return_of_an_order_that_was_cancelled_leaves_it_cancelled_f9(world: World) -> None:
    world.shop.ruled = {**RULES, Event.RETURNED: BACK}
    key = on_its_way(world)
    goes_back(world)
    assert status(world, key) == "cancelled"
    assert ends(world) == [("A1 refused", NoticeState.APPLIED), ("A1 returned", NoticeState.NOT_APPLICABLE)]


def test_a_late_effect_of_the_refusal_does_not_take_back_the_return(world: World) -> None:
    """The shop was away all the while; both are swept, whichever comes first."""
    world.shop.ruled = {Event.REFUSED: COMING, Event.RETURNED: BACK}
    key = on_its_way(world)
    arrives(world, "103", outage=AWAY)
    world.carrier.set(TTN, "103", child_ttn=OTHER, child_type="CargoReturn")
    world.clock.advance(timedelta(hours=6))
    world.run()
    for code in ("5", "9"):
        arrives(world, code, OTHER, outage=AWAY)
    world.applier.sweep()
    assert status(world, key) == "returned"


def test_a_redirected_parcel_is_received_under_its_new_number(world: World) -> None:
    key = on_its_way(world)
    arrives(world, "104")
    world.carrier.set(TTN, "104", child_ttn=OTHER, child_type="Redirecting")
    world.clock.advance(timedelta(hours=6))
    world.run()
    for code in ("5", "9"):
        arrives(world, code, OTHER)
    assert (status(world, key), ends(world)) == ("done", [("A1 received", NoticeState.APPLIED)])


# --- what a person sees ----------------------------------------------------------------------------------------------


def test_a_dry_run_says_which_rule_there_is_and_moves_nothing(world: World) -> None:
    key = on_its_way(world)
    world.carrier.set(TTN, "9", "Отримано")
    world.clock.advance(INTERVAL)
    world.dispatch()
    (done,) = [world.tracker.track(message, dry_run=True) for message in world.messages()]
    assert [row.get("note") for row in done.rows] == [
        "order rule received: prep, ship → done; payment if partial: paid"
    ]
    assert (status(world, key), effects(world)) == ("ship", [])


def test_a_run_by_hand_says_what_became_of_it(world: World) -> None:
    on_its_way(world)
    on_its_way(world, "A2", OTHER, status="new")
    world.clock.advance(timedelta(hours=6))
    for ttn in (TTN, OTHER):
        world.carrier.set(ttn, "9", "Отримано")
    world.dispatch()
    (done,) = world.track()
    rule = "order rule received: prep, ship → done; payment if partial: paid"
    assert {row["order_number"]: row.get("note") for row in done.rows} == {
        "A1": f"{rule}, applied",
        "A2": f"{rule}, not applicable (the order's status is none the rule changes)",
    }


def test_a_later_status_of_a_rule_applies_to_what_waits(world: World) -> None:
    """The schema file that is deployed when the effect is applied says what it does."""
    key = on_its_way(world)
    arrives(world, outage=AWAY)
    world.shop.ruled = {
        Event.RECEIVED: Rule(event=Event.RECEIVED, from_statuses=("ship",), status="closed"),
    }
    world.applier.sweep()
    assert status(world, key) == "closed"
