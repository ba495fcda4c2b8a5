"""One sweep: what it takes up, what it leaves, and how it counts those that nobody could tell."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.clock import START
from tests.unit.usecases.world import BOT, SHOP_CHAT, World
from vistka.domain.audience import Audiences
from vistka.domain.errors import StoreConflict
from vistka.domain.messages import NoticeMessage
from vistka.domain.notices import LONGEST_HOLD, SHOP_KEY, Audience, Kind, Notice, NoticeState
from vistka.domain.recipients import OrderChats, Recipient
from vistka.metrics import Metric
from vistka.usecases.sweeping import MOST, Swept, is_untold

MARGIN, SECOND, HOUR = timedelta(minutes=15), timedelta(seconds=1), timedelta(hours=1)
#: START stands on a full hour: the summaries of its hour are all one.
BUCKET = str(int(START.timestamp()) // 3600)


class Broom:
    def __init__(self, **world: Any) -> None:
        self.world = World(**world)
        self._numbers = iter(range(1, 10_000))

    def put(self, **changes: Any) -> Notice:
        n = next(self._numbers)
        values: dict[str, Any] = {
            "order_key": str(n),
            "order_number": f"TWC{n}",
            "ttn": f"2045{n:010}",
            "kind": Kind.WAITING,
            "occurrence": "1",
            "audience": Audience.BUYER,
            "version": 1,
            "state": NoticeState.NEW,
            "created_at": START,
            "due_at": START,
            "chat_id": 7000 + n,
        } | changes
        notice = Notice(**values)
        assert self.world.ledger.put_new(notice)
        return notice

    def untold(self, reason: str = "no_chat", **changes: Any) -> Notice:
        return self.put(**{"state": NoticeState.WAITING, "reason": reason, "chat_id": None} | changes)

    def sweep(self) -> Swept:
        return replace(self.world.sweeper, language="ru").sweep()

    def now(self, notice: Notice) -> Notice:
        found = self.world.ledger.get(notice.order_key, notice.id)
        assert found is not None
        return found

    @property
    def sent(self) -> list[str]:
        """Ids of the notices in the queue."""
        return [NoticeMessage.from_json(entry.body).notice_id for entry in self.world.notice_queue.sent]

    @property
    def summary(self) -> Notice | None:
        return self.world.ledger.get(SHOP_KEY, f"-#untold#{BUCKET}#shop")


@pytest.fixture
def broom() -> Broom:
    return Broom()


def test_an_empty_ledger_is_swept_without_a_word(broom: Broom) -> None:
    assert broom.sweep() == Swept(sent=0, overdue=0, untold=0, circuit_open=False)
    assert broom.world.metrics.values == {Metric.NOTICES_OVERDUE: [0]}
    assert broom.world.said == []


def test_what_is_due_is_sent_again_and_left_alone_for_the_margin(broom: Broom) -> None:
    notice = broom.put()
    assert broom.sweep() == Swept(sent=1)
    assert broom.sent == [notice.id]
    assert broom.now(notice) == replace(notice, due_at=START + MARGIN, sweeps=1, revision=1)
    assert broom.world.said == [("swept notices are sent again", {"count": 1})]


def test_the_second_sweep_of_a_notice_is_counted_too(broom: Broom) -> None:
    notice = broom.put(sweeps=4)
    broom.sweep()
    assert broom.now(notice).sweeps == 5


@pytest.mark.parametrize("state", ["new", "sending", "retry", "unknown"])
def test_a_swept_notice_keeps_its_state(broom: Broom, state: str) -> None:
    notice = broom.put(state=NoticeState(state))
    broom.sweep()
    assert broom.now(notice).state is NoticeState(state)


def test_one_that_waited_for_its_hour_is_new_when_that_has_come(broom: Broom) -> None:
    notice = broom.put(state=NoticeState.WAITING)
    assert broom.sweep().sent == 1
    assert broom.now(notice) == replace(notice, state=NoticeState.NEW, due_at=START + MARGIN, sweeps=1, revision=1)


def test_the_oldest_come_first_and_what_is_not_due_stays(broom: Broom) -> None:
    young, old = broom.put(due_at=START), broom.put(due_at=START - HOUR)
    later = broom.put(due_at=START + SECOND)
    assert broom.sweep().sent == 2
    assert broom.sent == [old.id, young.id]
    assert broom.now(later) == later


def test_one_sweep_takes_a_thousand(broom: Broom) -> None:
    for _ in range(MOST + 3):
        broom.put()
    assert broom.sweep().sent == MOST
    assert broom.sweep().sent == 3


def test_an_alert_whose_parcel_is_gone_stops_no_sweep(broom: Broom) -> None:
    told = broom.put(
        kind=Kind.WAITING_LONG, audience=Audience.SHOP, occurrence="2026-01-11", chat_id=None, state=NoticeState.SENT,
        due_at=None, settled_at=START,
    )  # fmt: skip
    again = {"order_key": told.order_key, "ttn": told.ttn, "occurrence": "2026-01-12"}
    alert = broom.put(
        **again, kind=Kind.WAITING_LONG, audience=Audience.SHOP, chat_id=None, state=NoticeState.WAITING,
        not_before=START,
    )  # fmt: skip
    after = broom.put()
    broom.sweep()
    ended = broom.now(alert)
    assert (ended.state, ended.reason) == (NoticeState.SUPERSEDED, "nothing is known of the parcel any more")
    assert after.id in broom.sent


def linked(broom: Broom, notice: Notice) -> None:
    """To three chats, of which the first is the notice's."""
    chats = OrderChats(order_key=notice.order_key)
    for chat_id in (8001, 8002, 8003):
        chats = chats.with_chat(chat_id, START)
    broom.world.memory.order_chats[notice.order_key] = chats


def test_a_reminder_goes_to_further_chats_as_if_it_had_never_been_sent(broom: Broom) -> None:
    reminder = broom.put(
        kind=Kind.LAST_DAY, occurrence="2026-01-13", state=NoticeState.WAITING, lost=True, revision=3, chat_id=8001
    )
    linked(broom, reminder)
    assert broom.sweep().sent == 3
    first, *further = sorted(broom.world.ledger.list(order_key=reminder.order_key), key=lambda one: one.seat)
    assert (first.seat, first.lost, first.revision) == (1, True, 4)
    assert [(one.seat, one.chat_id) for one in further] == [(2, 8002), (3, 8003)]
    for one in further:
        assert (one.state, one.lost, one.revision) == (NoticeState.NEW, False, 0)
        assert (one.due_at, one.sweeps) == (START + MARGIN, 1)


@pytest.mark.parametrize("changes", [{"kind": Kind.WAITING}, {"kind": Kind.LAST_DAY, "seat": 2, "chat_id": 8002}])
def test_what_has_its_further_chats_already_gets_no_others(broom: Broom, changes: dict[str, Any]) -> None:
    waited = broom.put(**{"state": NoticeState.WAITING, "chat_id": 8001} | changes)
    linked(broom, waited)
    assert broom.sweep().sent == 1
    assert len(list(broom.world.ledger.list(order_key=waited.order_key))) == 1


def test_one_that_somebody_works_on_is_left_to_them(broom: Broom) -> None:
    first, second = broom.put(), broom.put()
    broom.world.work_on(first.order_key)
    assert broom.sweep().sent == 1
    assert broom.sent == [second.id]


@pytest.mark.parametrize(
    ("age", "state", "overdue"),
    [
        (HOUR, "new", 0),
        (HOUR + SECOND, "new", 1),
        (HOUR + SECOND, "unknown", 1),
        (HOUR + SECOND, "waiting", 0),
        (SECOND, "retry", 0),
    ],
)
def test_overdue_is_what_did_not_end_in_its_time_and_does_not_wait(
    broom: Broom, age: timedelta, state: str, overdue: int
) -> None:
    broom.put(created_at=START - age, state=NoticeState(state), due_at=START + MARGIN)
    assert broom.sweep().overdue == overdue
    assert broom.world.metrics.values[Metric.NOTICES_OVERDUE] == [overdue]


# --- while the circuit is open ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("probe_at", "sent"),
    [
        (None, 1),
        (START, 1),
        (START - HOUR, 1),
        (START + SECOND, 0),
        (START + LONGEST_HOLD, 0),
        (START + LONGEST_HOLD + SECOND, 1),
    ],
)
def test_while_the_circuit_is_open_one_goes_as_its_probe_when_that_is_due(
    broom: Broom, probe_at: Any, sent: int
) -> None:
    broom.world.memory.circuit = replace(broom.world.memory.circuit, open=True, probe_at=probe_at)
    notices = [broom.put(), broom.put()]
    assert broom.sweep() == Swept(sent=sent, circuit_open=True)
    assert [broom.now(notice).sweeps for notice in notices] == [sent, 0]


# --- the summary --------------------------------------------------------------------------------------------------


def test_buyers_who_cannot_be_told_are_one_summary_by_reason(broom: Broom) -> None:
    untold = [broom.untold("no_chat"), broom.untold("blocked"), broom.untold("no_chat")]
    assert broom.sweep() == Swept(untold=3)
    for notice in untold:
        ended = broom.now(notice)
        assert (ended.state, ended.settled_at, ended.due_at) == (NoticeState.UNDELIVERABLE, START, None)
        assert ended.reason == notice.reason
    assert broom.summary == Notice(
        order_key=SHOP_KEY,
        order_number="",
        ttn="-",
        kind=Kind.UNTOLD,
        occurrence=BUCKET,
        audience=Audience.SHOP,
        version=0,
        state=NoticeState.NEW,
        created_at=START,
        due_at=START + MARGIN,
        language="ru",
        payload={"counts": {"blocked": 1, "no_chat": 2}},
        revision=1,
    )
    assert broom.sent == [broom.summary.id]


def test_a_reminder_that_the_shop_hears_itself_is_not_counted_again_for_its_buyer(broom: Broom) -> None:
    broom.world.audiences = Audiences.parse(buyer="last_day", shop="last_day")
    notice = broom.untold(kind=Kind.LAST_DAY, not_before=None)
    busy = broom.untold(kind=Kind.LAST_DAY, not_before=None)
    last = broom.untold(kind=Kind.LAST_DAY, not_before=None)
    broom.world.work_on(busy.order_key)
    assert broom.sweep() == Swept()
    for one in (notice, last):
        ended = broom.now(one)
        assert (ended.state, ended.reason, ended.settled_at) == (NoticeState.UNDELIVERABLE, "no_chat", START)
    assert broom.now(busy) == busy
    assert broom.summary is None


def test_only_a_chat_that_was_closed_is_told_after_all_where_it_is_open(broom: Broom) -> None:
    for chat_id in (8001, 8002):
        broom.world.memory.recipients[chat_id] = Recipient(chat_id=chat_id, bot_id=BOT, opened_at=START)
    other, closed = broom.untold("other_bot", chat_id=8001), broom.untold("blocked", chat_id=8002)
    broom.untold("no_chat")
    assert broom.sweep() == Swept(sent=1, untold=2)
    assert (broom.now(other).state, broom.now(closed).state) == (NoticeState.UNDELIVERABLE, NoticeState.NEW)


def test_what_comes_within_the_hour_of_a_summary_waits_for_the_next(broom: Broom) -> None:
    broom.untold()
    broom.sweep()
    late, later = broom.untold(), broom.untold()
    assert broom.sweep() == Swept()
    for notice in (late, later):
        assert broom.now(notice) == replace(notice, due_at=START + HOUR, revision=1)
    broom.world.clock.advance(HOUR)
    assert broom.sweep().untold == 2


def test_a_summary_that_was_not_finished_goes_on_counting(broom: Broom) -> None:
    """The sweep died between two of its transactions."""
    for _ in range(95):
        broom.untold()
    update_all, calls = broom.world.ledger.update_all, iter(range(9))

    def dying(*args: Any, **kwargs: Any) -> None:
        if next(calls) == 1:
            raise StoreConflict("somebody sweeps beside us")
        update_all(*args, **kwargs)

    broom.world.ledger.update_all = dying  # type: ignore[method-assign]
    assert broom.sweep().untold == 90
    assert broom.summary is not None
    assert broom.summary.state is NoticeState.WAITING
    assert broom.sent == []
    assert broom.sweep().untold == 5
    assert broom.summary.payload == {"counts": {"no_chat": 95}}
    assert broom.sent == [broom.summary.id]


def test_a_summary_without_a_shops_chat_ends_and_says_why() -> None:
    broom = Broom(shop_chat=None)
    broom.untold()
    assert broom.sweep().untold == 1
    assert broom.summary is not None
    told = (broom.summary.state, broom.summary.reason, broom.summary.settled_at, broom.summary.due_at)
    assert told == (NoticeState.UNDELIVERABLE, "no_shop_chat", START, None)
    assert broom.sent == []


def test_a_summary_that_another_sweep_finished_is_not_sent_twice(broom: Broom) -> None:
    broom.untold()

    def beaten(notice: Notice) -> None:
        raise StoreConflict("somebody else")

    broom.world.ledger.update = beaten  # type: ignore[method-assign]
    assert broom.sweep().untold == 1
    assert broom.sent == []


def test_one_that_cannot_be_postponed_keeps_no_other_from_it(broom: Broom) -> None:
    broom.untold()
    broom.sweep()
    first, second = broom.untold(), broom.untold()
    update = broom.world.ledger.update

    def beaten(notice: Notice) -> None:
        if notice.id == first.id:
            raise StoreConflict("somebody else")
        update(notice)

    broom.world.ledger.update = beaten  # type: ignore[method-assign]
    broom.sweep()
    assert broom.now(first) == first
    assert broom.now(second).due_at == START + HOUR


@pytest.mark.parametrize(
    ("changes", "untold"),
    [
        ({}, True),
        ({"reason": ""}, False),
        ({"state": NoticeState.NEW}, False),
        ({"audience": Audience.SHOP}, False),
    ],
)
def test_untold_is_a_buyers_notice_that_waits_with_a_reason(broom: Broom, changes: Any, untold: bool) -> None:  # noqa: FBT001
    assert is_untold(broom.untold(**changes)) is untold


def test_a_notice_travels_in_the_group_of_its_recipient_r9(broom: Broom) -> None:
    """As a keyed hash: the queue knows no chat."""
    buyers, shops = broom.put(chat_id=7001), broom.put(audience=Audience.SHOP, chat_id=None)
    broom.sweep()
    groups = {NoticeMessage.from_json(e.body).notice_id: e.group for e in broom.world.notice_queue.sent}
    group_of = broom.world.sender.group_of
    assert groups == {buyers.id: group_of("chat:7001"), shops.id: group_of(f"chat:{SHOP_CHAT}")}
