"""A call of the shop's own program, step by step: what the ledger says after it, and when it comes again."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.fakes.clock import START
from tests.fakes.queues import FakePollQueue
from tests.fakes.webhook import FakeWebhook
from tests.unit.usecases.world import World
from vistka.domain.calling import body_of
from vistka.domain.errors import ConfigurationError, WebhookUnavailable
from vistka.domain.messages import NoticeMessage
from vistka.domain.notices import LONGEST_HOLD, Audience, Kind, Notice, NoticeState
from vistka.metrics import Metric
from vistka.usecases.calling import MOST, Caller, CallSweeper
from vistka.usecases.notifying import Delivery

LEASE, MARGIN, LASTS = timedelta(minutes=2), timedelta(minutes=15), timedelta(days=3)
CALL = Notice(
    order_key="1",
    order_number="TWC1",
    ttn="20450000000017",
    kind=Kind.CHANGED,
    occurrence="2",
    audience=Audience.WEBHOOK,
    version=2,
    state=NoticeState.NEW,
    created_at=START,
    due_at=START + timedelta(minutes=5),
    payload={"orders": ["TWC1"], "stage": "at_branch"},
)


class Desk:
    def __init__(self, *answers: int | Exception, call: Notice = CALL) -> None:
        self.world = World()
        self.webhook = FakeWebhook(answers=list(answers))  # type: ignore[arg-type]
        self.call = call
        assert self.world.ledger.put_new(call)

    def deliver(self) -> Delivery:
        caller = Caller(
            ledger=self.world.ledger,
            webhook=self.webhook,
            clock=self.world.clock,
            metrics=self.world.metrics,
            lease=LEASE,
            margin=MARGIN,
            lasts=LASTS,
            say=self.world.say,
        )
        return caller.deliver(NoticeMessage(order_key=self.call.order_key, notice_id=self.call.id))

    @property
    def now(self) -> Notice:
        found = self.world.ledger.get(self.call.order_key, self.call.id)
        assert found is not None
        return found


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_a_yes_ends_the_call(status: int) -> None:
    desk = Desk(status)
    assert desk.deliver() == Delivery(state=NoticeState.SENT)
    assert (desk.now.state, desk.now.attempt, desk.now.due_at) == (NoticeState.SENT, 1, None)
    assert desk.deliver() == Delivery(state=NoticeState.SENT)
    assert desk.now.settled_at == START
    assert desk.webhook.calls == [("20450000000017-2", body_of(CALL))]
    assert desk.webhook.moments == [START]


def test_while_it_is_called_the_ledger_says_until_when_it_is_left_alone() -> None:
    desk, seen = Desk(), list[Notice]()
    desk.webhook.meanwhile = lambda: seen.append(desk.now)
    desk.deliver()
    (held,) = seen
    assert (held.state, held.attempt) == (NoticeState.SENDING, 1)
    assert (held.lease_until, held.due_at) == (START + LEASE, START + LEASE + MARGIN)


def test_a_step_that_another_worker_took_meanwhile_is_theirs() -> None:
    desk = Desk()
    desk.webhook.meanwhile = lambda: desk.world.ledger.update(desk.now.next(attempt=7))
    assert desk.deliver() == Delivery(again=timedelta(seconds=5))
    assert (desk.now.state, desk.now.attempt) == (NoticeState.SENDING, 7)


def test_a_failed_call_lies_in_the_ledger_with_its_reason_and_without_its_lease() -> None:
    desk = Desk(WebhookUnavailable("no whole answer within 10 s"))
    desk.deliver()
    assert (desk.now.state, desk.now.lease_until) == (NoticeState.RETRY, None)
    assert desk.now.reason == "no whole answer within 10 s"
    said = {"attempt": 1, "reason": "no whole answer within 10 s"}
    assert desk.world.said == [("a call of the webhook failed", said)]


@pytest.mark.parametrize(
    "answer", [500, 503, 404, 403, 300, 302, 400, WebhookUnavailable("no whole answer within 10 s")]
)
def test_everything_else_comes_again_with_the_same_bytes(answer: int | Exception) -> None:
    desk = Desk(answer, answer)
    assert desk.deliver() == Delivery(again=timedelta(seconds=30), state=NoticeState.RETRY)
    assert desk.now.due_at == START + timedelta(seconds=30) + MARGIN
    assert desk.deliver() == Delivery(again=timedelta(seconds=120), state=NoticeState.RETRY)
    assert desk.deliver() == Delivery(state=NoticeState.SENT)
    assert desk.now.reason == ""
    assert len(set(desk.webhook.calls)) == 1
    assert len(desk.webhook.calls) == 3


def test_gone_is_the_end() -> None:
    desk = Desk(410)
    assert desk.deliver() == Delivery(state=NoticeState.UNDELIVERABLE)
    assert desk.now.reason == "410"


def test_after_three_days_it_is_given_up() -> None:
    desk = Desk(503)
    desk.world.clock.advance(LASTS)
    assert desk.deliver() == Delivery(state=NoticeState.FAILED)
    assert desk.now.reason == "503"


def test_a_secret_that_is_none_keeps_the_call_and_is_said() -> None:
    desk = Desk(ConfigurationError("WEBHOOK_SECRET must be …"))
    assert desk.deliver() == Delivery(again=timedelta(seconds=30), state=NoticeState.RETRY)
    assert desk.now.reason == "not configured"
    assert desk.world.said[0] == ("the webhook cannot be called", {"reason": "WEBHOOK_SECRET must be …"})
    assert desk.world.metrics.total(Metric.CREDENTIALS_REFUSED) == 1


def test_while_another_worker_calls_nobody_else_does() -> None:
    held = replace(CALL, state=NoticeState.SENDING, lease_until=START + LEASE, due_at=START + LEASE + MARGIN)
    desk = Desk(call=held)
    assert desk.deliver() == Delivery(again=LEASE + timedelta(seconds=1))
    assert desk.webhook.calls == []


@pytest.mark.parametrize("lease", [START - timedelta(seconds=1), START + LONGEST_HOLD + timedelta(seconds=1)])
def test_a_worker_killed_in_mid_call_is_followed_by_another_call(lease: datetime) -> None:
    """Also one whose clock was ahead."""
    held = replace(CALL, state=NoticeState.SENDING, lease_until=lease, attempt=1)
    desk = Desk(call=held)
    assert desk.deliver() == Delivery(state=NoticeState.SENT)
    assert desk.now.attempt == 2


def test_a_message_that_names_no_call_is_dropped() -> None:
    desk = Desk(call=replace(CALL, audience=Audience.SHOP))
    assert desk.deliver() == Delivery()
    assert desk.webhook.calls == []
    assert desk.world.said == [("a call that the ledger does not have was dropped", {})]


def test_a_call_leaves_at_once_by_its_own_queue_beside_what_people_are_told() -> None:
    world = World()
    calls = FakePollQueue()
    told = replace(CALL, audience=Audience.SHOP, kind=Kind.REFUSED)
    assert replace(world.sender, calls=calls).send([CALL, told]) == 2
    (call,) = calls.sent
    assert NoticeMessage.from_json(call.body) == NoticeMessage(order_key="1", notice_id=CALL.id)
    assert call.delay == timedelta(0)
    (notice,) = world.notice_queue.sent
    assert NoticeMessage.from_json(notice.body).notice_id == told.id
    assert world.said == []


def test_a_call_that_has_no_queue_is_left_to_the_sweep() -> None:
    world = World()
    assert world.sender.send([CALL]) == 0
    assert world.said == [("notices left to the sweep", {"count": 1})]


def test_what_neither_queue_takes_is_counted_together() -> None:
    world = World()
    told = replace(CALL, audience=Audience.SHOP, kind=Kind.REFUSED)
    world.notice_queue.refuses = {NoticeMessage(order_key="1", notice_id=told.id).to_json()}
    assert world.sender.send([told, CALL]) == 0
    assert world.said == [("notices left to the sweep", {"count": 2})]


class Broom:
    """A sweep of calls."""

    def __init__(self, *due: Notice) -> None:
        self.world = World()
        self.calls = FakePollQueue()
        for call in due:
            assert self.world.ledger.put_new(call)

    def sweep(self) -> int:
        sender = replace(self.world.sender, calls=self.calls)
        world = self.world
        return CallSweeper(ledger=world.ledger, notices=sender, clock=world.clock, margin=MARGIN, say=world.say).sweep()

    def now(self, order_key: str) -> Notice:
        (found,) = self.world.ledger.list(order_key=order_key)
        return found


DUE = replace(CALL, due_at=START)


def test_a_call_that_nobody_made_in_its_time_is_swept_and_left_alone_for_the_margin() -> None:
    later = replace(CALL, order_key="2", due_at=START + timedelta(microseconds=1))
    broom = Broom(DUE, later)
    assert broom.sweep() == 1
    assert [NoticeMessage.from_json(entry.body).order_key for entry in broom.calls.sent] == ["1"]
    assert (broom.now("1").due_at, broom.now("1").sweeps) == (START + MARGIN, 1)
    assert broom.now("2") == later
    assert broom.world.said == [("swept calls are sent again", {"count": 1})]
    assert broom.sweep() == 0


def test_a_call_that_somebody_works_on_is_left_to_them_and_the_others_are_swept() -> None:
    broom = Broom(DUE, replace(DUE, order_key="2"))
    broom.world.work_on("1")
    assert broom.sweep() == 1
    assert [NoticeMessage.from_json(entry.body).order_key for entry in broom.calls.sent] == ["2"]
    assert broom.now("1") == DUE


def test_one_sweep_takes_so_many_calls_and_the_next_the_rest() -> None:
    broom = Broom(*(replace(DUE, order_key=str(n)) for n in range(MOST + 1)))
    assert (broom.sweep(), broom.sweep(), broom.sweep()) == (MOST, 1, 0)
