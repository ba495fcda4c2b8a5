"""Each step of one notice: what the ledger says after it, when it comes again, and what the log tells."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.clock import START
from tests.unit.usecases.world import BOT, SHOP_CHAT, World
from vistka.domain.errors import (
    ChatUnreachable,
    ConfigurationError,
    CredentialRefused,
    SlotTaken,
    StoreConflict,
    TelegramLimited,
    TelegramRejected,
    TelegramUnavailable,
    TelegramUnknown,
)
from vistka.domain.messages import NoticeMessage
from vistka.domain.notices import LONGEST_HOLD, Audience, Kind, Notice, NoticeState
from vistka.domain.recipients import OrderChats, Recipient
from vistka.metrics import Metric
from vistka.ports import Buttons, Sent
from vistka.usecases.notifying import DONE, MOST_ATTEMPTS, Delivery, Notifier

A = "20450000000017"
SECOND, MARGIN, LEASE, PROBE = (timedelta(seconds=1), timedelta(minutes=15), timedelta(minutes=2), timedelta(minutes=1))
FIRST_BACKOFF, LONGEST_WAIT = timedelta(seconds=5), timedelta(seconds=3)


class Desk:
    """One notice in the ledger, and a notifier whose jitter is always the longest."""

    def __init__(self, **changes: Any) -> None:
        self.world = World(shop_chat=changes.pop("shop_chat", SHOP_CHAT))
        self.notice = self.put(**changes)

    def put(self, **changes: Any) -> Notice:
        values: dict[str, Any] = {
            "order_key": "1",
            "order_number": "TWC1",
            "ttn": A,
            "kind": Kind.WAITING,
            "occurrence": "2",
            "audience": Audience.BUYER,
            "version": 2,
            "state": NoticeState.NEW,
            "created_at": START,
            "due_at": START + timedelta(minutes=5),
            "chat_id": 7001,
        } | changes
        notice = Notice(**values)
        assert self.world.ledger.put_new(notice)
        return notice

    @property
    def notifier(self) -> Notifier:
        made = self.world.notifier
        return replace(
            made,
            default_language="ru",
            jitter=lambda longest: longest,
            breaker=replace(made.breaker, jitter=lambda longest: longest),
        )

    def deliver(self, notice: Notice | None = None) -> Delivery:
        found = notice or self.notice
        return self.notifier.deliver(NoticeMessage(order_key=found.order_key, notice_id=found.id))

    @property
    def now(self) -> Notice:
        """The notice as the ledger has it."""
        found = self.world.ledger.get(self.notice.order_key, self.notice.id)
        assert found is not None
        return found

    def fault(self, error: Exception) -> Delivery:
        self.world.telegram.faults = [error]  # type: ignore[list-item]
        return self.deliver()

    def answers(self, sent: Sent) -> None:
        def send(chat_id: int, html: str, *, silent: bool = False, buttons: Buttons = ()) -> Sent:
            return sent

        self.world.telegram.send = send  # type: ignore[method-assign]

    def lose(self) -> Delivery:
        self.world.telegram.lost = [TelegramUnknown("read timeout")]
        return self.deliver()


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_sent_notice_holds_message_time_and_no_lease(desk: Desk) -> None:
    assert desk.deliver() == Delivery(state=NoticeState.SENT)
    assert desk.now == replace(
        desk.notice,
        state=NoticeState.SENT,
        due_at=None,
        settled_at=START,
        message_id=1,
        attempt=1,
        revision=2,
    )
    assert desk.world.metrics.values == {}  # this one tells of no scan
    assert desk.world.said == []


def test_a_claim_outlives_its_worker_by_lease_and_margin(desk: Desk) -> None:
    seen: list[Notice] = []
    desk.world.telegram.before_send = lambda: seen.append(desk.now)
    desk.deliver()
    (claimed,) = seen
    assert claimed == replace(
        desk.notice,
        state=NoticeState.SENDING,
        lease_until=START + LEASE,
        due_at=START + LEASE + MARGIN,
        attempt=1,
        revision=1,
    )


@pytest.mark.parametrize("reason", ["no_chat", "other_bot"])
def test_what_may_have_been_told_and_has_no_chat_now_says_so_while_it_waits_r2(reason: str) -> None:
    desk = Desk(state=NoticeState.SENDING, lease_until=START, chat_id=None if reason == "no_chat" else 7001)
    desk.world.memory.recipients[7001] = Recipient(chat_id=7001, bot_id=BOT + 1, opened_at=START)
    assert desk.deliver() == Delivery(state=NoticeState.WAITING)
    assert (desk.now.reason, desk.now.lost) == (reason, True)


def test_what_was_over_before_its_hour_ends(desk: Desk) -> None:
    gone = desk.put(kind=Kind.LAST_DAY, occurrence="2026-01-13", not_before=START)
    assert desk.deliver(gone) == Delivery(state=NoticeState.SUPERSEDED)
    assert desk.world.telegram.arrived == []


def test_whoever_was_forgotten_is_not_told_and_the_ledger_says_why(desk: Desk) -> None:
    desk.world.memory.order_chats["1"] = OrderChats(order_key="1").erased(START)
    assert desk.deliver() == Delivery(state=NoticeState.MUTED)
    assert (desk.now.reason, desk.now.chat_id) == ("erased", None)
    assert desk.world.telegram.arrived == []


def test_a_settled_notice_is_only_looked_at(desk: Desk) -> None:
    desk.deliver()
    before = desk.now
    assert desk.deliver() == Delivery(state=NoticeState.SENT)
    assert desk.now == before


def test_a_notice_that_is_gone_is_done_and_named(desk: Desk) -> None:
    desk.world.memory.notices.clear()
    assert desk.deliver() == DONE == Delivery(again=None, state=None)
    assert desk.world.said == [("a notice that the ledger no longer has was dropped", {})]


def test_a_worker_overtaken_looks_again_after_two_to_five_seconds(desk: Desk) -> None:
    def beaten(notice: Notice) -> None:
        raise StoreConflict("somebody else")

    desk.world.ledger.update = beaten  # type: ignore[method-assign]
    assert desk.deliver() == Delivery(again=5 * SECOND)
    assert desk.world.telegram.arrived == []


@pytest.mark.parametrize("left", [timedelta(microseconds=1), timedelta(seconds=30), LONGEST_HOLD])
def test_what_another_worker_sends_is_left_until_a_second_after_its_lease(left: timedelta) -> None:
    desk = Desk(state=NoticeState.SENDING, lease_until=START + left, attempt=1)
    assert desk.deliver() == Delivery(again=left + SECOND)
    assert desk.world.telegram.arrived == []


@pytest.mark.parametrize("lease", [START, START - SECOND, None, START + LONGEST_HOLD + SECOND])
def test_a_lease_that_is_over_or_of_a_clock_ahead_is_a_lost_send_and_repeated_silently(lease: Any) -> None:
    desk = Desk(state=NoticeState.SENDING, lease_until=lease, attempt=1)
    assert desk.deliver().state is NoticeState.SENT
    assert [message.silent for message in desk.world.telegram.arrived] == [True]
    assert (desk.now.repeated, desk.now.attempt) == (True, 2)


# --- ends without a send ------------------------------------------------------------------------------------------


def test_an_older_notice_ends_superseded_and_says_so(desk: Desk) -> None:
    desk.put(kind=Kind.RECEIVED, occurrence="3", version=3)
    assert desk.deliver() == Delivery(state=NoticeState.SUPERSEDED)
    assert (desk.now.reason, desk.now.settled_at, desk.now.due_at) == ("a newer one was told", START, None)


@pytest.mark.parametrize(
    "other",
    [
        {"version": 2, "kind": Kind.RECEIVED},
        {"version": 1},
        {"version": 3, "audience": Audience.SHOP},
        {"version": 3, "kind": Kind.UNCONFIRMED},
        {"version": 3, "ttn": "20450000000024"},
        {"version": 3, "order_key": "2"},
        *({"version": 3, "state": state} for state in ("superseded", "shadow", "undeliverable", "muted", "failed")),
    ],
    ids=str,
)
def test_only_a_newer_one_that_was_told_for_the_same_parcel_and_audience_supersedes(other: dict[str, Any]) -> None:
    desk = Desk()
    desk.put(occurrence="9", **{**other, "state": NoticeState(other.get("state", "new"))})
    assert desk.deliver().state is NoticeState.SENT


@pytest.mark.parametrize("state", ["new", "waiting", "sending", "retry", "unknown", "sent", "unconfirmed"])
def test_a_newer_one_supersedes_from_the_moment_it_is_to_be_told(state: str) -> None:
    desk = Desk()
    desk.put(occurrence="3", version=3, state=NoticeState(state))
    assert desk.deliver().state is NoticeState.SUPERSEDED


@pytest.mark.parametrize(
    ("newer", "ends"),
    [
        ({"kind": Kind.WAITING, "occurrence": "3", "version": 3}, NoticeState.SUPERSEDED),
        ({"kind": Kind.EXPECTED_MOVED, "occurrence": "2026-11-26"}, NoticeState.SUPERSEDED),
        ({"kind": Kind.ON_ITS_WAY, "occurrence": "2", "version": 2}, NoticeState.SENT),
        ({"kind": Kind.EXPECTED_MOVED, "occurrence": "2026-11-24"}, NoticeState.SENT),
    ],
    ids=str,
)
def test_a_late_day_is_old_news_after_a_change_or_another_late_day_r4(newer: dict[str, Any], ends: NoticeState) -> None:
    desk = Desk(kind=Kind.EXPECTED_MOVED, occurrence="2026-11-25", version=2)
    desk.put(**newer)
    assert desk.deliver().state is ends


def test_a_late_day_makes_no_change_old_news_r4() -> None:
    desk = Desk(kind=Kind.ON_ITS_WAY, occurrence="2", version=2)
    desk.put(kind=Kind.EXPECTED_MOVED, occurrence="2026-11-25", version=2)
    assert desk.deliver().state is NoticeState.SENT


def test_an_alert_that_is_no_change_is_never_superseded() -> None:
    desk = Desk(kind=Kind.UNCONFIRMED, audience=Audience.SHOP)
    desk.put(kind=Kind.REFUSED, audience=Audience.SHOP, occurrence="3", version=3)
    assert desk.deliver().state is NoticeState.SENT


def test_without_a_recipient_a_notice_ends_undeliverable() -> None:
    desk = Desk(audience=Audience.SHOP, shop_chat=None)
    assert desk.deliver() == Delivery(state=NoticeState.UNDELIVERABLE)
    assert (desk.now.state, desk.now.reason, desk.now.settled_at) == (NoticeState.UNDELIVERABLE, "no_shop_chat", START)


def test_a_notice_without_a_text_fails_and_is_named(desk: Desk) -> None:
    class Wordless:
        def render(self, notice: Notice, *, now: Any) -> str:
            assert now == START
            raise ConfigurationError("no text for buyer/waiting")

    delivery = replace(desk.notifier, texts=Wordless()).deliver(NoticeMessage(order_key="1", notice_id=desk.notice.id))
    assert delivery == Delivery(state=NoticeState.FAILED)
    assert (desk.now.state, desk.now.reason) == (NoticeState.FAILED, "no text for buyer/waiting")
    assert desk.world.said == [("a notice has no text", {"kind": "waiting", "reason": "no text for buyer/waiting"})]


def test_a_chat_without_a_slot_hands_its_message_back_unclaimed(desk: Desk) -> None:
    class Taken:
        def take(self, group: str, *, longest: timedelta) -> timedelta:
            assert (group, longest) == ("chat:7001", LONGEST_WAIT)
            raise SlotTaken("busy", wait=timedelta(seconds=8))

    delivery = replace(desk.notifier, paces=Taken()).deliver(NoticeMessage(order_key="1", notice_id=desk.notice.id))
    assert delivery == Delivery(again=timedelta(seconds=8))
    assert desk.now == desk.notice


def test_a_bot_without_a_slot_hands_its_message_back_unclaimed(desk: Desk) -> None:
    class Taken:
        def take(self, *, longest: timedelta) -> timedelta:
            assert longest == SECOND
            raise SlotTaken("busy", wait=timedelta(seconds=2))

    delivery = replace(desk.notifier, bot_pace=Taken()).deliver(NoticeMessage(order_key="1", notice_id=desk.notice.id))
    assert delivery == Delivery(again=timedelta(seconds=2))
    assert desk.now == desk.notice


def test_messages_to_any_chats_keep_the_bots_pace(desk: Desk) -> None:
    desk.world.bot_pause = timedelta(milliseconds=40)
    others = [desk.put(order_key=str(n), chat_id=7000 + n) for n in range(2, 5)]
    for notice in (desk.notice, *others):
        desk.deliver(notice)
    assert desk.world.clock.now() - START == 3 * timedelta(milliseconds=40)
    assert [message.chat_id for message in desk.world.telegram.arrived] == [7001, 7002, 7003, 7004]


def test_an_open_circuit_hands_the_message_back_unclaimed(desk: Desk) -> None:
    circuit = desk.world.memory.circuit
    desk.world.memory.circuit = replace(circuit, open=True, probe_at=START + timedelta(seconds=20))
    assert desk.deliver() == Delivery(again=timedelta(seconds=22))
    assert desk.now == desk.notice


# --- sends that fail ----------------------------------------------------------------------------------------------


def test_a_flood_wait_is_kept_with_the_notice_f35(desk: Desk) -> None:
    wait = timedelta(seconds=37)
    assert desk.fault(TelegramLimited("429", retry_after=wait)) == Delivery(
        again=wait + SECOND, state=NoticeState.RETRY
    )
    assert desk.now == replace(
        desk.notice,
        state=NoticeState.RETRY,
        attempt=0,
        due_at=START + wait + SECOND + MARGIN,
        revision=2,
    )
    assert desk.world.memory.circuit.limited_group == "chat:7001"


@pytest.mark.parametrize(("attempt", "pause"), [(1, 5), (2, 10), (3, 20), (8, 640), (9, 900), (30, 900)])
def test_pauses_after_a_fault_double_up_to_fifteen_minutes(attempt: int, pause: int) -> None:
    desk = Desk(attempt=attempt - 1)
    delivery = desk.fault(TelegramUnavailable("refused"))
    assert delivery == Delivery(again=timedelta(seconds=pause) + FIRST_BACKOFF, state=NoticeState.RETRY)
    assert desk.now.due_at == START + timedelta(seconds=pause) + FIRST_BACKOFF + MARGIN
    assert desk.world.said[0] == ("Telegram did not take a notice", {"attempt": attempt, "reason": "refused"})
    assert desk.world.metrics.total(Metric.TELEGRAM_OUTAGES) == 1


def test_a_refusal_without_a_reason_is_given_up_after_many_attempts_f39() -> None:
    assert Desk(attempt=MOST_ATTEMPTS - 2).fault(TelegramUnavailable("403")).again is not None
    desk = Desk(attempt=MOST_ATTEMPTS - 1)
    assert desk.fault(TelegramUnavailable("403")) == Delivery(state=NoticeState.FAILED)
    assert (desk.now.state, desk.now.reason) == (NoticeState.FAILED, "given up after many attempts")


def test_a_flood_of_hours_is_none_of_those_attempts_f35_f39(desk: Desk) -> None:
    for _ in range(MOST_ATTEMPTS):
        desk.fault(TelegramLimited("429", retry_after=SECOND))
        desk.world.clock.advance(timedelta(minutes=1))
    assert desk.fault(TelegramUnavailable("refused")).again is not None
    assert desk.now.state is NoticeState.RETRY


def test_a_revoked_token_keeps_the_notice_and_says_what_to_do(desk: Desk) -> None:
    assert desk.fault(CredentialRefused("401")) == Delivery(again=PROBE, state=NoticeState.RETRY)
    assert (desk.now.state, desk.now.due_at) == (NoticeState.RETRY, START + PROBE + MARGIN)
    assert desk.world.said[0] == ("Telegram refused the token: renew TELEGRAM_BOT_TOKEN", {"reason": "401"})
    assert desk.world.metrics.total(Metric.CREDENTIALS_REFUSED) == 1


def test_a_rejected_notice_fails_with_telegrams_reason(desk: Desk) -> None:
    assert desk.fault(TelegramRejected("too long", reason="too_long")) == Delivery(state=NoticeState.FAILED)
    assert (desk.now.reason, desk.now.settled_at) == ("too_long", START)
    assert desk.world.said == [("Telegram rejected a notice", {"kind": "waiting", "reason": "too_long"})]


def test_a_closed_chat_waits_for_the_summary_without_a_lease(desk: Desk) -> None:
    assert desk.fault(ChatUnreachable("closed", reason="blocked")) == Delivery(state=NoticeState.WAITING)
    assert desk.now == replace(
        desk.notice, state=NoticeState.WAITING, reason="blocked", due_at=START, attempt=1, revision=2
    )


@pytest.mark.parametrize(
    "changes", [{"kind": Kind.REFUSED}, {"audience": Audience.SHOP}, {"kind": Kind.REFUSED, "audience": Audience.SHOP}]
)
def test_a_refusal_and_what_is_the_shops_own_end_undeliverable(changes: dict[str, Any]) -> None:
    desk = Desk(**changes)
    assert desk.fault(ChatUnreachable("closed", reason="blocked")) == Delivery(state=NoticeState.UNDELIVERABLE)
    assert (desk.now.state, desk.now.reason) == (NoticeState.UNDELIVERABLE, "blocked")


# --- sends of which nobody knows ----------------------------------------------------------------------------------


def test_a_lost_answer_leaves_the_notice_unknown_until_its_repeat(desk: Desk) -> None:
    wait = FIRST_BACKOFF + FIRST_BACKOFF
    assert desk.lose() == Delivery(again=wait, state=NoticeState.UNKNOWN)
    assert desk.now == replace(
        desk.notice, state=NoticeState.UNKNOWN, attempt=1, due_at=START + wait + MARGIN, revision=2
    )
    assert desk.world.metrics.total(Metric.TELEGRAM_OUTAGES) == 1


def test_a_lost_answer_that_opens_the_circuit_waits_for_the_probe(desk: Desk) -> None:
    desk.world.memory.circuit = replace(desk.world.memory.circuit, unknown_streak=2)
    assert desk.lose() == Delivery(again=PROBE, state=NoticeState.UNKNOWN)
    assert desk.now.due_at == START + PROBE + MARGIN


@pytest.mark.parametrize("state", [NoticeState.UNKNOWN, NoticeState.SENDING])
def test_nothing_is_repeated_before_telegram_answers_again_r2(state: NoticeState) -> None:
    desk = Desk(state=state, attempt=1)
    desk.world.telegram.down = TelegramUnavailable("502")
    assert desk.deliver() == Delivery(again=PROBE)
    assert desk.now == desk.notice
    desk.world.telegram.down = None
    assert desk.deliver().state is NoticeState.SENT
    assert [message.silent for message in desk.world.telegram.arrived] == [True]


def test_a_short_run_of_lost_answers_ends_sent_and_not_unconfirmed(desk: Desk) -> None:
    desk.lose()
    desk.world.telegram.down = TelegramUnknown("502")
    for _ in range(5):
        assert desk.deliver().again is not None
        desk.world.clock.advance(PROBE + 2 * SECOND)
    desk.world.telegram.down = None
    assert desk.deliver().state is NoticeState.SENT
    assert desk.now.attempt == 2


def test_what_certainly_was_not_sent_asks_nothing_before_it_is_sent_again(desk: Desk) -> None:
    desk.fault(TelegramUnavailable("refused"))
    assert desk.deliver().state is NoticeState.SENT
    assert desk.world.telegram.probes == 0


def test_a_repeat_that_never_left_is_still_to_be_made() -> None:
    desk = Desk(state=NoticeState.UNKNOWN, attempt=1)
    delivery = desk.fault(TelegramUnavailable("refused"))
    assert delivery.state is NoticeState.UNKNOWN
    assert (desk.now.state, desk.now.repeated, desk.now.lease_until) == (NoticeState.UNKNOWN, False, None)
    assert desk.deliver().state is NoticeState.SENT
    assert [message.silent for message in desk.world.telegram.arrived] == [True]


def test_a_lost_repeat_ends_unconfirmed_and_leaves_the_shop_an_alert() -> None:
    desk = Desk(state=NoticeState.UNKNOWN, attempt=1)
    assert desk.lose() == Delivery(state=NoticeState.UNCONFIRMED)
    reason = "no answer to the send and its repeat"
    assert (desk.now.state, desk.now.reason, desk.now.settled_at) == (NoticeState.UNCONFIRMED, reason, START)
    (alert,) = [notice for notice in desk.world.notices() if notice.audience is Audience.SHOP]
    assert alert == Notice(
        order_key="1",
        order_number="TWC1",
        ttn=A,
        kind=Kind.UNCONFIRMED,
        occurrence="waiting:2",
        audience=Audience.SHOP,
        version=2,
        state=NoticeState.NEW,
        created_at=START,
        due_at=START,
        language="ru",
        payload={"kind": "waiting"},
    )


@pytest.mark.parametrize("state", [NoticeState.UNKNOWN, NoticeState.SENDING])
def test_a_repeat_whose_worker_died_is_not_repeated_again_r2(state: NoticeState) -> None:
    desk = Desk(state=state, attempt=2, repeated=True, lease_until=START - SECOND)
    assert desk.deliver() == Delivery(state=NoticeState.UNCONFIRMED)
    assert desk.now.settled_at == START
    assert desk.world.telegram.arrived == []


@pytest.mark.parametrize("changes", [{"audience": Audience.SHOP}, {"shop_chat": None}])
def test_the_shop_is_alerted_of_buyers_only_and_where_it_has_a_chat(changes: dict[str, Any]) -> None:
    desk = Desk(state=NoticeState.UNKNOWN, attempt=2, repeated=True, **changes)
    assert desk.deliver() == Delivery(state=NoticeState.UNCONFIRMED)
    assert len(desk.world.notices()) == 1


# --- what Telegram changed ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("plain", "cut"), [(True, False), (False, True), (True, True)])
def test_a_notice_that_went_out_changed_is_named(desk: Desk, plain: bool, cut: bool) -> None:  # noqa: FBT001
    desk.answers(Sent(message_id=None, chat_id=7001, plain=plain, cut=cut))
    assert desk.deliver().state is NoticeState.SENT
    assert desk.world.said == [("a notice was sent changed", {"kind": "waiting", "plain": plain, "cut": cut})]


def test_a_group_that_moved_is_named_with_what_to_set(desk: Desk) -> None:
    desk.answers(Sent(message_id=5, chat_id=-1))
    assert desk.deliver().state is NoticeState.SENT
    text = "a group became a supergroup: set TelegramChatId to its new id"
    assert desk.world.said == [(text, {"audience": "buyer"})]
