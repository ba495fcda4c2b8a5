"""What a worker has put off whose clock was ahead: it holds nothing back for longer than anything else could."""

from dataclasses import replace
from typing import Any

import pytest

from tests.fakes.clock import START
from tests.unit.usecases.test_reminding import DAY, HEARD, HOUR, MINUTE, A, arrive, run
from tests.unit.usecases.world import World
from vistka.domain.audience import Audiences
from vistka.domain.messages import NoticeMessage, PollMessage
from vistka.domain.notices import LONGEST_HOLD, Audience, Kind, Notice, NoticeState
from vistka.usecases.linking import end_link
from vistka.usecases.sweeping import MOST

AHEAD = START + 30 * DAY
PUT_OFF = Notice(
    order_key="1",
    order_number="TWC1",
    ttn=A,
    kind=Kind.WAITING,
    occurrence="2",
    audience=Audience.BUYER,
    version=2,
    state=NoticeState.NEW,
    created_at=AHEAD,
    due_at=AHEAD + 5 * MINUTE,
    chat_id=7001,
)


class _KilledError(BaseException):
    pass


def runs(world: World, count: int) -> None:
    for _ in range(count):
        run(world)


def told(world: World, kind: Kind) -> int:
    return sum(f" {kind} " in f"{message.html} " for message in world.telegram.arrived)


def only(world: World) -> Notice:
    (notice,) = world.notices()
    return notice


def test_a_circuit_opened_by_it_is_probed() -> None:
    world = World(audiences=HEARD)
    world.clock.set(AHEAD)
    world.notifier.breaker.refused()
    world.clock.set(START)
    world.order("TWC1", A, chat=7001)
    arrive(world)
    runs(world, 100)
    assert told(world, Kind.WAITING) == 1


def killed_while_sending() -> World:
    def die() -> None:
        raise _KilledError

    world = World(audiences=Audiences())
    world.order("TWC1", A, chat=7001)
    world.carrier.set(A, "5")
    world.dispatch()
    world.track()
    world.telegram.before_send = die
    world.clock.set(AHEAD)
    with pytest.raises(_KilledError):
        world.deliver()
    world.telegram.before_send = None
    world.clock.set(START + MINUTE)
    return world


def test_what_a_killed_worker_was_sending_is_told_though_its_message_is_lost_r3() -> None:
    world = killed_while_sending()
    runs(world, 300)
    (notice,) = [one for one in world.notices() if one.kind is Kind.ON_ITS_WAY]
    assert notice.state is NoticeState.SENT
    assert [message.silent for message in world.telegram.arrived] == [True]


def test_what_a_killed_worker_was_sending_is_told_when_its_message_comes_again_r3() -> None:
    world = killed_while_sending()
    (notice,) = [one for one in world.notices() if one.kind is Kind.ON_ITS_WAY]
    world.notifier.deliver(NoticeMessage(order_key=notice.order_key, notice_id=notice.id))
    assert [message.silent for message in world.telegram.arrived] == [True]


def test_what_a_killed_worker_was_sending_ends_with_its_number() -> None:
    world = killed_while_sending()
    (link,) = world.memory.links.values()
    assert end_link(world.parcels, link.order_key, A, world.clock.now())
    assert [one.state for one in world.notices() if one.kind is Kind.ON_ITS_WAY] == [NoticeState.SUPERSEDED]


def test_an_order_that_it_linked_may_change_its_number() -> None:
    other = "20450000000024"
    world = World(audiences=Audiences())
    key = world.order("TWC1", A, chat=7001)
    world.carrier.set(A, "5")
    world.dispatch()
    (message,) = (PollMessage.from_json(entry.body) for entry in world.polls.sent)
    world.polls.sent.clear()
    world.clock.set(AHEAD)
    world.tracker.track(replace(message, expires_at=AHEAD + DAY))
    world.clock.set(START + MINUTE)
    world.shop.edit(key, tracking=other)
    world.carrier.set(other, "5")
    runs(world, 9)
    assert world.memory.states[other].orders == {key}
    assert not world.memory.links[key, A].current
    assert world.texts() == [(7001, world.telegram.arrived[0].html)]


@pytest.mark.parametrize("audience", [Audience.BUYER, Audience.ORDER, Audience.WEBHOOK])
@pytest.mark.parametrize("state", [NoticeState.NEW, NoticeState.WAITING])
def test_what_it_has_made_is_due_within_the_hour(audience: Audience, state: NoticeState) -> None:
    world = World(audiences=Audiences())
    world.ledger.put_new(replace(PUT_OFF, audience=audience, state=state, not_before=AHEAD))
    world.clock.set(START + world.sweeper.interval)
    world.sweep()
    assert only(world).due_at == PUT_OFF.due_at  # one look an hour
    world.clock.set(START + HOUR)
    world.sweep()
    assert (only(world).created_at, only(world).not_before) == (world.clock.now(), world.clock.now())
    assert only(world).due_at in {None, world.clock.now(), world.clock.now() + world.sweeper.margin}
    said = "what is put off further than anything can be is due now: a clock was ahead"
    assert [named for text, named in world.said if text == said] == [{"count": 1}]


@pytest.mark.parametrize(
    "changes",
    [
        {"due_at": START + LONGEST_HOLD + HOUR},  # a summary's hour may be beyond it
        {"kind": Kind.LAST_DAY, "state": NoticeState.WAITING, "not_before": AHEAD},
    ],
)
def test_what_may_wait_so_long_is_left_to_wait(changes: dict[str, Any]) -> None:
    world = World(audiences=Audiences())
    waiting = replace(PUT_OFF, created_at=START, **changes)
    world.ledger.put_new(waiting)
    world.sweep()
    assert only(world) == waiting


def test_a_reminder_that_lies_further_ahead_keeps_nothing_else_from_being_put_right() -> None:
    world = World(audiences=Audiences())
    reminder = replace(PUT_OFF, kind=Kind.LAST_DAY, state=NoticeState.WAITING, due_at=AHEAD + 9 * DAY)
    for notice in (reminder, PUT_OFF):
        world.ledger.put_new(notice)
    world.sweep()
    assert {one.kind: one.sweeps for one in world.notices()} == {Kind.LAST_DAY: 0, PUT_OFF.kind: 1}


def test_what_somebody_works_on_is_left_to_them_and_the_rest_is_put_right() -> None:
    world = World(audiences=Audiences())
    for key in ("1", "2"):
        world.ledger.put_new(replace(PUT_OFF, order_key=key))
    world.work_on("2")
    world.sweep()
    assert {one.order_key: one.created_at for one in world.notices()} == {"1": START, "2": AHEAD}


def test_one_look_puts_so_many_right_and_the_next_the_rest() -> None:
    world = World(audiences=Audiences())
    for n in range(MOST + 1):
        world.ledger.put_new(replace(PUT_OFF, order_key=str(n)))
    said = "what is put off further than anything can be is due now: a clock was ahead"
    for _ in range(2):
        world.sweep()
        world.clock.advance(HOUR)
    assert [named for text, named in world.said if text == said] == [{"count": MOST}, {"count": 1}]
