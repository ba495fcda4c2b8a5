"""The ledger, the notifier, the circuit and the sweep."""

from datetime import timedelta

import pytest

from tests.fakes.clock import START
from tests.unit.usecases.world import INTERVAL, SHOP_CHAT, World
from vistka.domain.audience import Audiences
from vistka.domain.errors import (
    ChatUnreachable,
    ConfigurationError,
    CredentialRefused,
    TelegramLimited,
    TelegramRejected,
    TelegramUnavailable,
    TelegramUnknown,
)
from vistka.domain.messages import NoticeMessage
from vistka.domain.notices import Kind, Notice, NoticeState
from vistka.metrics import Metric

A, B, C = "20450000000017", "20450000000024", "20450000000031"


@pytest.fixture
def world() -> World:
    return World()


def on_its_way(world: World, number: str = "TWC1", ttn: str = A, *, chat: int | None = 7001) -> None:
    world.order(number, ttn, chat=chat)
    world.carrier.set(ttn, "5")
    world.run(timedelta(seconds=10))


def ledger(world: World, kind: Kind = Kind.ON_ITS_WAY) -> Notice:
    return next(notice for notice in world.notices() if notice.kind is kind)


def test_a_notice_is_delivered_and_the_ledger_says_so_f36(world: World) -> None:
    on_its_way(world)
    world.deliver()

    assert world.texts() == [(7001, f"buyer on_its_way TWC1 {A}")]
    assert (ledger(world).state, ledger(world).message_id) == (NoticeState.SENT, 1)


def test_a_duplicate_of_the_message_tells_nothing_more_r2(world: World) -> None:
    on_its_way(world)
    entry = world.notice_queue.sent[0]
    world.deliver()
    world.notifier.deliver(NoticeMessage.from_json(entry.body))

    assert len(world.telegram.arrived) == 1


def test_a_notice_whose_queue_message_was_lost_is_swept_f4(world: World) -> None:
    on_its_way(world)
    world.notice_queue.sent.clear()
    world.clock.advance(timedelta(minutes=5))
    world.sweep()
    world.deliver()

    assert len(world.telegram.arrived) == 1


def test_a_swept_notice_travels_under_a_new_deduplication_id(world: World) -> None:
    on_its_way(world)
    first = world.notice_queue.sent.pop()
    world.clock.advance(timedelta(minutes=5))
    world.sweep()

    assert world.notice_queue.sent[0].deduplication_id != first.deduplication_id
    assert world.notice_queue.sent[0].group == first.group


def test_what_is_not_due_is_not_swept(world: World) -> None:
    on_its_way(world)
    world.notice_queue.sent.clear()

    assert world.sweep().sent == 0


def test_telegram_down_keeps_the_notice_f4_f35(world: World) -> None:
    on_its_way(world)
    world.telegram.faults = [TelegramUnavailable("refused")]
    (delivery,) = world.deliver()

    assert delivery.again is not None
    assert ledger(world).state is NoticeState.RETRY

    world.clock.advance(timedelta(hours=1))
    world.sweep()
    world.deliver()
    assert ledger(world).state is NoticeState.SENT


def test_retry_after_is_honoured_f35(world: World) -> None:
    on_its_way(world)
    world.telegram.faults = [TelegramLimited("flood", retry_after=timedelta(seconds=37))]
    (delivery,) = world.deliver()

    assert delivery.again == timedelta(seconds=37)


def test_a_lost_answer_is_repeated_once_and_silently_r2(world: World) -> None:
    on_its_way(world)
    world.telegram.lost = [TelegramUnknown("read timeout")]
    world.deliver()
    assert ledger(world).state is NoticeState.UNKNOWN

    world.clock.advance(timedelta(hours=1))
    world.sweep()
    world.deliver()

    assert [message.silent for message in world.telegram.arrived] == [False, True]
    assert ledger(world).state is NoticeState.SENT


def test_two_lost_answers_end_unconfirmed_and_the_shop_hears_of_it(world: World) -> None:
    on_its_way(world)
    world.telegram.lost = [TelegramUnknown("read timeout"), TelegramUnknown("read timeout")]
    for _ in range(4):
        world.deliver()
        world.clock.advance(timedelta(hours=1))
        world.sweep()
    world.deliver()

    assert ledger(world).state is NoticeState.UNCONFIRMED
    assert [chat for chat, _ in world.texts()] == [7001, 7001, SHOP_CHAT]


def test_a_worker_killed_while_sending_leads_to_one_silent_repeat(world: World) -> None:
    class Killed(BaseException):
        pass

    def die() -> None:
        world.telegram.before_send = None
        raise Killed

    on_its_way(world)
    world.telegram.before_send = die
    with pytest.raises(Killed):
        world.deliver()
    assert ledger(world).state is NoticeState.SENDING

    world.clock.advance(timedelta(hours=1))
    world.sweep()
    world.deliver()

    assert [message.silent for message in world.telegram.arrived] == [True]
    assert ledger(world).state is NoticeState.SENT


def test_while_one_worker_sends_no_other_does_r10(world: World) -> None:
    on_its_way(world)
    entry = world.notice_queue.sent[0]
    meanwhile: list[object] = []

    def beside() -> None:
        world.telegram.before_send = None
        meanwhile.append(world.notifier.deliver(NoticeMessage.from_json(entry.body)))

    world.telegram.before_send = beside
    world.deliver()

    assert len(world.telegram.arrived) == 1
    assert meanwhile[0].again is not None  # type: ignore[attr-defined]


def test_after_an_outage_only_the_newest_is_told_r4(world: World) -> None:
    on_its_way(world)
    world.notice_queue.sent.clear()
    world.carrier.set(A, "7")
    world.run(timedelta(hours=2))
    world.run()
    world.notice_queue.sent.clear()
    world.clock.advance(timedelta(hours=3))

    world.sweep()
    world.deliver()

    assert [text for _, text in world.texts()] == [f"buyer waiting TWC1 {A}"]
    assert ledger(world).state is NoticeState.SUPERSEDED


def test_it_waits_at_the_same_branch_again_and_nobody_was_told_of_the_first_time_r4() -> None:
    world = World(audiences=Audiences.parse(shop="none"))
    world.order("TWC1", A, chat=7001)
    for code, fault in (("7", True), ("101", True), ("101", False), ("7", False)):
        world.telegram.down = TelegramUnavailable("refused") if fault else None
        world.carrier.set(A, code, place_number="3", paid_storage_at=START + timedelta(days=7))
        for _ in range(6):
            world.run()
            world.sweep()
            world.deliver()
    assert [text for _, text in world.texts()] == [f"buyer with_courier TWC1 {A}", f"buyer waiting TWC1 {A}"]
    of_changes = sorted((one.version, one.state) for one in world.notices() if one.kind is not Kind.LAST_DAY)
    assert of_changes == [(1, NoticeState.SUPERSEDED), (2, NoticeState.SENT), (3, NoticeState.SENT)]


def test_a_newer_notice_that_nobody_was_to_hear_supersedes_nothing(world: World) -> None:
    on_its_way(world)
    world.carrier.set(A, "7")
    world.live = False
    world.run(timedelta(hours=2))
    world.run()
    world.live = True
    world.deliver()

    assert [text for _, text in world.texts()] == [f"buyer on_its_way TWC1 {A}"]


def test_a_blocked_bot_is_counted_into_the_shops_summary(world: World) -> None:
    on_its_way(world)
    world.telegram.unreachable[7001] = ChatUnreachable("blocked", reason="blocked")
    world.deliver()
    world.sweep()
    world.deliver()

    assert ledger(world).state is NoticeState.UNDELIVERABLE
    assert world.texts() == [(SHOP_CHAT, "shop untold  - {'blocked': 1}")]


def test_buyers_without_a_chat_are_one_summary_an_hour_with_reasons(world: World) -> None:
    for number, ttn in (("TWC1", A), ("TWC2", B)):
        on_its_way(world, number, ttn, chat=None)
    world.sweep()
    world.deliver()
    on_its_way(world, "TWC3", C, chat=None)
    world.sweep()
    world.deliver()

    assert world.texts() == [(SHOP_CHAT, "shop untold  - {'no_user': 2}")]

    world.clock.advance(timedelta(hours=1))
    world.sweep()
    world.deliver()
    assert world.texts()[1:] == [(SHOP_CHAT, "shop untold  - {'no_user': 1}")]


def test_more_untold_than_a_transaction_takes_are_one_summary(world: World) -> None:
    for n in range(230):
        ttn = f"2045000000{n:04}"
        world.order(f"TWC{n}", ttn)
        world.carrier.set(ttn, "5")
    world.run()
    world.sweep()
    world.deliver()

    assert world.texts() == [(SHOP_CHAT, "shop untold  - {'no_user': 230}")]
    assert not [notice for notice in world.notices() if not notice.settled]


def test_without_a_shop_chat_every_notice_still_ends_r3() -> None:
    world = World(shop_chat=None)
    on_its_way(world, chat=None)
    world.sweep()

    assert all(notice.settled for notice in world.notices())
    assert world.telegram.arrived == []


def test_three_lost_answers_in_a_row_open_the_circuit_and_a_probe_closes_it(world: World) -> None:
    for number, ttn, chat in (("TWC1", A, 7001), ("TWC2", B, 7002), ("TWC3", C, 7003)):
        on_its_way(world, number, ttn, chat=chat)
    world.telegram.down = TelegramUnknown("500")
    world.deliver()
    assert world.memory.circuit.open

    world.clock.advance(timedelta(hours=1))
    assert world.sweep().sent == 1  # one goes as the probe, the others wait
    world.deliver()
    assert world.telegram.probes == 1
    assert world.memory.circuit.open

    world.telegram.down = None
    for _ in range(3):
        world.clock.advance(timedelta(hours=1))
        world.sweep()
        world.deliver()
    assert not world.memory.circuit.open
    assert {notice.state for notice in world.notices()} == {NoticeState.SENT}


def test_a_second_chats_limit_within_a_minute_holds_all(world: World) -> None:
    for number, ttn, chat in (("TWC1", A, 7001), ("TWC2", B, 7002), ("TWC3", C, 7003)):
        on_its_way(world, number, ttn, chat=chat)
    world.telegram.faults = [TelegramLimited("flood", retry_after=timedelta(seconds=20))] * 2
    world.deliver()

    assert world.memory.circuit.open
    assert world.telegram.arrived == []


def test_a_revoked_token_keeps_the_messages_and_alarms(world: World) -> None:
    on_its_way(world)
    world.telegram.faults = [CredentialRefused("401")]
    world.deliver()

    assert world.metrics.total(Metric.CREDENTIALS_REFUSED) == 1
    assert not ledger(world).settled
    assert world.memory.circuit.open


def test_a_missing_token_keeps_the_messages_and_alarms_r3(world: World) -> None:
    on_its_way(world)
    world.telegram.down = ConfigurationError("TELEGRAM_BOT_TOKEN is not set")
    for _ in range(4):
        world.deliver()
        world.clock.advance(timedelta(hours=1))
        world.sweep()
    assert not ledger(world).settled
    assert world.metrics.total(Metric.CREDENTIALS_REFUSED) >= 2

    world.telegram.down = None
    for _ in range(2):
        world.clock.advance(timedelta(hours=1))
        world.sweep()
        world.deliver()
    assert [message.silent for message in world.telegram.arrived] == [False]
    assert ledger(world).state is NoticeState.SENT


def test_what_telegram_will_never_take_ends_failed(world: World) -> None:
    on_its_way(world)
    world.telegram.faults = [TelegramRejected("text is empty", reason="text is empty")]
    world.deliver()

    assert (ledger(world).state, ledger(world).reason) == (NoticeState.FAILED, "text is empty")


def test_a_refusal_reaches_the_shop_at_once(world: World) -> None:
    on_its_way(world, chat=None)
    world.carrier.set(A, "103", reason="Відмова одержувача")
    world.run(timedelta(hours=1))
    world.run()
    world.deliver()

    assert world.texts() == [(SHOP_CHAT, f"shop refused TWC1 {A}")]


def test_notices_overdue_for_an_hour_are_counted(world: World) -> None:
    on_its_way(world)
    world.notice_queue.sent.clear()
    world.clock.advance(timedelta(hours=1, minutes=1))
    world.sweep()

    assert world.metrics.largest(Metric.NOTICES_OVERDUE) == 1


def test_a_notice_that_the_ledger_no_longer_has_is_dropped(world: World) -> None:
    delivery = world.notifier.deliver(NoticeMessage(order_key="9", notice_id="gone"))

    assert delivery.again is None


def test_one_message_a_second_to_a_chat(world: World) -> None:
    on_its_way(world, "TWC1", A, chat=7001)
    world.shop.add_order(number="TWC2", tracking=B, user=100)
    world.carrier.set(B, "5")
    world.run(INTERVAL)
    world.deliver()

    assert len(world.telegram.arrived) == 2
    assert world.clock.slept == [timedelta(seconds=1)]


# --- from scan to notice --------------------------------------------------------------------------------------------


def test_news_of_a_known_parcel_tell_how_long_they_took(world: World) -> None:
    world.order("TWC1", A, chat=7001)
    world.carrier.set(A, "1")
    world.run(timedelta(hours=1))
    world.carrier.set(A, "7", moved_at=world.clock.now() - timedelta(minutes=4))
    world.run(timedelta(seconds=30))
    world.deliver()
    assert world.metrics.values[Metric.SCAN_TO_NOTICE_SECONDS] == [4 * 60 + 30]


def test_news_from_before_the_order_had_the_parcel_tell_nothing_of_it(world: World) -> None:
    world.carrier.set(A, "7", moved_at=world.clock.now() - timedelta(hours=3))
    world.order("TWC1", A, chat=7001)
    world.run(timedelta(hours=1))
    world.order("TWC2", A, chat=7002)
    world.run(timedelta(hours=1))
    world.deliver()
    assert {chat for chat, _ in world.texts()} == {7001, 7002}
    assert Metric.SCAN_TO_NOTICE_SECONDS not in world.metrics.values
