"""What becomes of each message of a batch: done, again after a while, or parked with its reason."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.queues import FakeVisibility
from tests.unit.usecases.world import SHOP_CHAT, World
from vistka.adapters.telegram import BotApi
from vistka.domain.errors import (
    CarrierLimited,
    CarrierUnavailable,
    ChatUnreachable,
    ConfigurationError,
    CredentialRefused,
    QueueUnavailable,
    SlotTaken,
    StoreRefused,
    StoreUnavailable,
    TelegramLimited,
    VistkaError,
)
from vistka.domain.messages import NoticeMessage, PollMessage
from vistka.domain.notices import Notice, NoticeState
from vistka.edge.batches import NoticeBatch, PollBatch
from vistka.metrics import Metric
from vistka.ports import Buttons, Commit, Sent

A, B, C = "20450000000017", "20450000000024", "20450000000031"
CHAT_OF_64_BITS = 2**63
PAUSE = timedelta(seconds=60)
LONGEST_SEND = timedelta(seconds=35)


@dataclass
class FakeParking:
    """`vistka.ports.Parking`."""

    parked: list[tuple[str, str]] = field(default_factory=list)
    fault: VistkaError | None = None

    def park(self, body: str, *, reason: str, message_id: str) -> None:
        if self.fault is not None:
            raise self.fault
        self.parked.append((body, reason))


@dataclass
class DeafVisibility:
    """A queue that takes no change of a message's visibility."""

    def change(self, receipt_handle: str, after: timedelta) -> None:
        raise QueueUnavailable("SQS: throttled")


class Edge:
    """A world with its queues' messages as Lambda brings them; the body is the message's id too."""

    def __init__(self) -> None:
        self.world = World()
        self.visibility: Any = FakeVisibility()
        self.parking = FakeParking()
        self.groups: dict[str, str] = {}

    def polls(self, *bodies: str) -> list[str]:
        """The bodies of those that stay in the queue."""
        batch = PollBatch(
            tracker=self.world.tracker,
            visibility=self.visibility,
            parking=self.parking,
            metrics=self.world.metrics,
            pause=PAUSE,
            say=self.world.say,
        )
        return self._left(batch.take(event(bodies)), bodies)

    def notices(self, *bodies: str, remaining: timedelta = timedelta(minutes=2)) -> list[str]:
        batch = NoticeBatch(
            notifier=self.world.notifier,
            visibility=self.visibility,
            parking=self.parking,
            longest_send=LONGEST_SEND,
            say=self.world.say,
        )
        return self._left(batch.take(event(bodies, self.groups), lambda: remaining), bodies)

    @staticmethod
    def _left(response: dict[str, Any], bodies: tuple[str, ...]) -> list[str]:
        assert set(response) == {"batchItemFailures"}
        return [bodies[int(entry["itemIdentifier"])] for entry in response["batchItemFailures"]]

    def dispatched(self, *tracked: tuple[str, str]) -> list[str]:
        """One poll for each order (number, parcel), each with a run of its own."""
        bodies = []
        for number, ttn in tracked:
            key = self.world.order(number, ttn)
            self.world.carrier.set(ttn, "5")
            self.world.dispatch()
            body = self.world.polls.sent.pop().body
            (message,) = self.world.dispatcher.one(self.world.shop._order(int(key))).messages
            bodies.append(replace(message, run=PollMessage.from_json(body).run).to_json())
        return bodies

    def told(self, *chats: int) -> list[str]:
        """One notice for each chat, which is its group."""
        for n, chat in enumerate(chats):
            ttn = f"2045{n:010}"
            self.world.order(f"TWC{n}", ttn, chat=chat)
            self.world.carrier.set(ttn, "5")
        self.world.run(timedelta(seconds=10))
        bodies = [entry.body for entry in self.world.notice_queue.sent]
        self.world.notice_queue.sent.clear()
        for body in bodies:
            message = NoticeMessage.from_json(body)
            notice = self.world.ledger.get(message.order_key, message.notice_id)
            assert notice is not None
            self.groups[body] = str(notice.chat_id)
        return bodies

    def entry(self, body: str) -> Notice:
        message = NoticeMessage.from_json(body)
        found = self.world.ledger.get(message.order_key, message.notice_id)
        assert found is not None
        return found

    @property
    def said(self) -> list[str]:
        return [message for message, _ in self.world.said]


def event(bodies: Iterable[str], groups: dict[str, str] | None = None) -> dict[str, Any]:
    return {
        "Records": [
            {
                "messageId": str(n),
                "receiptHandle": f"handle {n}",
                "body": body,
                "attributes": {"MessageGroupId": (groups or {}).get(body, f"group {n}")},
                "eventSource": "aws:sqs",
            }
            for n, body in enumerate(bodies)
        ]
    }


@pytest.fixture
def edge() -> Edge:
    return Edge()


# --- polls --------------------------------------------------------------------------------------------------------


def test_a_poll_that_is_done_leaves_the_queue(edge: Edge) -> None:
    assert edge.polls(*edge.dispatched(("TWC1", A))) == []
    assert A in edge.world.memory.states
    assert edge.parking.parked == []
    assert edge.visibility.changes == []


MOMENT = "2026-01-13T08:00:00Z"
EMPTY = f'{{"v":1,"run":"","batch":0,"run_at":"{MOMENT}","expires_at":"{MOMENT}","parcels":[],"orders":[]}}'
POISON = {
    "no JSON": ("{", "not JSON"),
    "no object": ("[1]", "not a JSON object"),
    "of a newer version": ('{"v":2,"run":"x"}', "version 2, this program reads version 1"),
    "without a version": ("{}", "version none"),
    "not ours": ('{"v":1,"Type":"Notification"}', ""),
    "impossible": (EMPTY, ""),
}


@pytest.mark.parametrize(("body", "reason"), POISON.values(), ids=POISON)
def test_poison_is_parked_with_its_reason_and_the_rest_goes_on(edge: Edge, body: str, reason: str) -> None:
    good = edge.dispatched(("TWC1", A))
    assert edge.polls(body, *good) == []
    ((parked, told),) = edge.parking.parked
    assert parked == body
    assert reason in told
    assert told
    assert A in edge.world.memory.states
    assert ("a message was parked in the dead-letter queue", {"reason": told}) in edge.world.said


@pytest.mark.parametrize(("body", "reason"), POISON.values(), ids=POISON)
def test_a_poisoned_notice_is_parked_and_the_rest_goes_on(edge: Edge, body: str, reason: str) -> None:
    good = edge.told(7001)
    assert edge.notices(body, *good) == []
    assert [(parked, reason in told) for parked, told in edge.parking.parked] == [(body, True)]
    assert len(edge.world.telegram.arrived) == 1


def test_poison_that_cannot_be_parked_stays_in_the_queue(edge: Edge) -> None:
    edge.parking.fault = QueueUnavailable("SQS: AccessDenied")
    good = edge.dispatched(("TWC1", A))
    assert edge.polls("{", *good) == ["{"]
    assert edge.notices("{") == ["{"]
    assert A in edge.world.memory.states
    assert ("a message that cannot be read comes again", {"reason": "SQS: AccessDenied"}) in edge.world.said
    assert "a message was parked in the dead-letter queue" not in edge.said


@pytest.mark.parametrize(
    ("outage", "pause", "metric"),
    [
        (CarrierUnavailable("503"), PAUSE, Metric.CARRIER_OUTAGES),
        (CarrierLimited("slow", retry_after=timedelta(minutes=7)), timedelta(minutes=7), Metric.CARRIER_OUTAGES),
        (SlotTaken("taken", wait=timedelta(seconds=9)), timedelta(seconds=9), None),
        (CredentialRefused("the key"), PAUSE, Metric.CREDENTIALS_REFUSED),
        (ConfigurationError("the address"), PAUSE, None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_poll_that_met_an_outage_comes_again_after_its_pause(
    edge: Edge, outage: VistkaError, pause: timedelta, metric: Metric | None
) -> None:
    """F3, R7."""
    bodies = edge.dispatched(("TWC1", A))
    edge.world.carrier.outage = outage
    assert edge.polls(*bodies) == bodies
    assert edge.visibility.changes == [("handle 0", pause)]
    counted = {name for name in (Metric.CARRIER_OUTAGES, Metric.CREDENTIALS_REFUSED) if edge.world.metrics.total(name)}
    assert counted == ({metric} if metric else set())
    assert edge.world.metrics.total(Metric.GOOD_RUNS) == 0


def test_a_poll_whose_visibility_cannot_be_changed_comes_at_the_queues_own_time(edge: Edge) -> None:
    bodies = edge.dispatched(("TWC1", A))
    edge.world.carrier.outage = CarrierUnavailable("503")
    edge.visibility = DeafVisibility()
    assert edge.polls(*bodies) == bodies
    assert ("a message comes again at the queue's own time", {"reason": "SQS: throttled"}) in edge.world.said


def test_a_poll_that_expired_leaves_the_queue_f43(edge: Edge) -> None:
    bodies = edge.dispatched(("TWC1", A))
    edge.world.clock.advance(timedelta(hours=1))
    assert edge.polls(*bodies) == []
    assert edge.world.carrier.asked == []


def failing_with(error: Exception) -> Callable[..., Any]:
    def fail(*args: object, **kwargs: object) -> Any:
        raise error

    return fail


def test_a_poll_that_the_store_stopped_comes_again_and_is_named(edge: Edge) -> None:
    first, second = edge.dispatched(("TWC1", A), ("TWC2", B))
    edge.world.runs.batch_done = failing_with(StoreUnavailable("DynamoDB throttles"))  # type: ignore[method-assign]
    assert edge.polls(first, second) == [first, second]
    assert ("a poll comes again", {"kind": "StoreUnavailable", "reason": "DynamoDB throttles"}) in edge.world.said


def test_what_the_store_can_never_take_is_parked_and_not_tried_again(edge: Edge) -> None:
    first, second = edge.dispatched(("TWC1", A), ("TWC2", B))
    (notice,) = edge.told(7001)
    edge.world.runs.batch_done = failing_with(StoreRefused("too large"))  # type: ignore[method-assign]
    edge.world.ledger.get = failing_with(StoreRefused("too large"))  # type: ignore[method-assign]
    assert edge.polls(first, second) == []
    assert edge.notices(notice) == []
    assert edge.parking.parked == [(first, "too large"), (second, "too large"), (notice, "too large")]


def test_what_nobody_expected_stays_in_the_queue_and_is_named_without_its_text(edge: Edge) -> None:
    """R9: the text of a stranger's error may hold anything."""
    first, second = edge.dispatched(("TWC1", A), ("TWC2", B))
    whole = edge.world.parcels.commit

    def breaking(commit: Commit) -> None:
        if commit.state.ttn == A:
            raise RuntimeError("chat 700000000123 of Олена")
        whole(commit)

    edge.world.parcels.commit = breaking  # type: ignore[method-assign]
    assert edge.polls(first, second) == [first]
    assert set(edge.world.memory.states) == {B}
    ((named),) = [named for message, named in edge.world.said if message == "a message failed unexpectedly"]
    assert named["kind"] == "RuntimeError"
    assert str(named["at"]).startswith("test_batches.py:")
    assert "700000000123" not in str(edge.world.said)
    assert "Олена" not in str(edge.world.said)


# --- notices ------------------------------------------------------------------------------------------------------


def test_a_notice_that_was_sent_leaves_the_queue(edge: Edge) -> None:
    bodies = edge.told(7001, 7002)
    assert edge.notices(*bodies) == []
    assert len(edge.world.telegram.arrived) == 2


def test_a_notice_that_waits_holds_its_group_and_no_other(edge: Edge) -> None:
    """R4, F35."""
    first, second, other = edge.told(7001, 7002, 7003)
    edge.groups[second] = edge.groups[first]
    edge.world.telegram.faults = [TelegramLimited("429", retry_after=timedelta(seconds=40))]
    assert edge.notices(first, second, other) == [first, second]
    # The one behind it too: hidden for longer it would hold the group back.
    assert edge.visibility.changes == [("handle 0", timedelta(seconds=40)), ("handle 1", timedelta(seconds=40))]
    assert [message.chat_id for message in edge.world.telegram.arrived] == [7003]
    assert edge.entry(second).state is NoticeState.NEW
    assert edge.entry(second).attempt == 0


def test_poison_holds_nothing_of_its_group(edge: Edge) -> None:
    (good,) = edge.told(7001)
    edge.groups["{"] = edge.groups[good]
    assert edge.notices("{", good) == []
    assert len(edge.world.telegram.arrived) == 1


def test_with_too_little_time_left_a_notice_is_handed_back_unsent(edge: Edge) -> None:
    bodies = edge.told(7001, 7002)
    assert edge.notices(*bodies, remaining=LONGEST_SEND - timedelta(seconds=1)) == bodies
    assert edge.visibility.changes == [("handle 0", timedelta()), ("handle 1", timedelta())]
    assert edge.world.telegram.arrived == []
    assert {edge.entry(body).attempt for body in bodies} == {0}
    assert edge.notices(*bodies, remaining=LONGEST_SEND) == []


def test_a_notice_whose_parcel_and_order_are_gone_ends_its_message(edge: Edge) -> None:
    (body,) = edge.told(7001)
    edge.world.memory.notices.clear()
    edge.world.memory.states.clear()
    assert edge.notices(body) == []
    assert edge.world.telegram.arrived == []
    assert "a notice that the ledger no longer has was dropped" in edge.said


def test_a_notice_of_a_parcel_that_is_gone_is_still_told(edge: Edge) -> None:
    """What to say stands in the ledger."""
    (body,) = edge.told(7001)
    edge.world.memory.states.clear()
    assert edge.notices(body) == []
    assert edge.entry(body).state is NoticeState.SENT


def test_a_chat_of_64_bits_in_the_shop_is_counted_and_the_others_are_told(edge: Edge) -> None:
    (good,) = edge.told(CHAT_OF_64_BITS, 7002)
    assert edge.notices(good) == []
    edge.world.sweep()
    edge.notices(*(entry.body for entry in edge.world.notice_queue.sent))
    assert edge.world.texts()[1] == (SHOP_CHAT, "shop untold  - {'bad_chat': 1}")


def test_a_chat_of_64_bits_in_the_ledger_ends_its_message_and_the_next_is_told(edge: Edge) -> None:
    bad, good = edge.told(7001, 7002)
    told = replace(edge.entry(bad), chat_id=CHAT_OF_64_BITS)
    edge.world.memory.notices[told.order_key, told.id] = told
    real = BotApi(token=lambda: "123456:TEST", url="http://127.0.0.1:9")
    fake = edge.world.telegram.send

    def send(chat_id: int, html: str, *, silent: bool = False, buttons: Buttons = ()) -> Sent:
        return (real.send if chat_id == CHAT_OF_64_BITS else fake)(chat_id, html, silent=silent)

    edge.world.telegram.send = send  # type: ignore[method-assign]
    assert edge.notices(bad, good) == []
    assert edge.entry(bad).state is NoticeState.WAITING
    assert edge.entry(good).state is NoticeState.SENT
    edge.world.sweep()
    assert edge.entry(bad).state is NoticeState.UNDELIVERABLE


def test_a_notice_that_the_store_stopped_comes_again_at_the_queues_time(edge: Edge) -> None:
    (body,) = edge.told(7001)
    edge.world.ledger.get = failing_with(StoreUnavailable("throttled"))  # type: ignore[method-assign]
    assert edge.notices(body) == [body]
    assert edge.visibility.changes == []
    assert ("a notice comes again", {"kind": "StoreUnavailable", "reason": "throttled"}) in edge.world.said


def test_a_closed_chat_ends_its_message_and_waits_for_the_summary(edge: Edge) -> None:
    (body,) = edge.told(7001)
    edge.world.telegram.unreachable[7001] = ChatUnreachable("closed", reason="blocked")
    assert edge.notices(body) == []
    assert edge.entry(body).state is NoticeState.WAITING


def test_the_response_names_messages_and_nothing_more(edge: Edge) -> None:
    edge.world.carrier.outage = CarrierUnavailable("503")
    batch = PollBatch(
        tracker=edge.world.tracker,
        visibility=edge.visibility,
        parking=edge.parking,
        metrics=edge.world.metrics,
        pause=PAUSE,
        say=edge.world.say,
    )
    response = batch.take(event(edge.dispatched(("TWC1", A))))
    assert json.loads(json.dumps(response)) == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    assert batch.take({"Records": []}) == {"batchItemFailures": []}
