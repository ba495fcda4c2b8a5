"""Chats of people: what they remember, and which notices are theirs."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.contracts.store_samples import MINUTE, notice
from tests.fakes.clock import START
from vistka.domain.notices import Audience, Kind, Notice, NoticeState, Unreachable
from vistka.domain.orders import Order
from vistka.domain.recipients import (
    MOST_ORDERS,
    Closed,
    LinkedOrder,
    OrderChats,
    Recipient,
    Turn,
    addressed,
    as_in_profile,
    further_seats,
    readdressed,
    with_further_seats,
)

ORDER = Order(key="1", number="TWC01", tracking="", shown=None, unreachable=Unreachable.NO_USER)
ME = Recipient(chat_id=7001, bot_id=1, opened_at=START)


def linked(*ids: int) -> dict[str, OrderChats]:
    chats = OrderChats(order_key="1")
    for chat_id in ids:
        chats = chats.with_chat(chat_id, START)
    return {"1": chats}


@pytest.mark.parametrize(
    ("recipient", "silent"),
    [
        (ME, ""),
        (replace(ME, muted=True), "muted"),
        (replace(ME, closed=Closed.STOPPED), "stopped"),
        (replace(ME, muted=True, closed=Closed.STOPPED), "stopped"),
        (replace(ME, closed=Closed.BLOCKED), ""),
    ],
)
def test_silence_is_what_the_owner_asked_for(recipient: Recipient, silent: str) -> None:
    assert recipient.silent == silent


def test_the_last_eight_updates_are_remembered_and_each_is_a_revision() -> None:
    recipient = ME
    for number in range(10):
        recipient = recipient.after(str(number))
    assert (recipient.updates, recipient.revision) == (tuple("23456789"), 10)


@pytest.mark.parametrize("wish", [{"muted": True}, {"closed": Closed.STOPPED}])
def test_a_wish_to_hear_nothing_is_remembered_to_have_been_there(wish: dict[str, Any]) -> None:
    """So that the store takes it back where it keeps it longer than the rest."""
    silent = replace(ME, **wish).after("1")
    over = replace(silent, muted=False, closed=None).after("2")
    assert (ME.after("1").wished, silent.wished, over.wished) == (False, True, True)


def test_an_order_linked_again_is_the_newest_and_there_once() -> None:
    later = START + MINUTE
    recipient = ME.with_order("1", START).with_order("2", START).with_order("1", later)
    assert recipient.orders == (LinkedOrder(key="2", since=START), LinkedOrder(key="1", since=later))


@pytest.mark.parametrize(
    ("bot", "number", "later", "past"),
    [
        ("1", 9, timedelta(), True),
        ("1", 9, timedelta(days=1) - timedelta.resolution, True),
        ("1", 9, timedelta(days=1), False),  # Telegram counts anew
        ("1", 10, timedelta(), False),  # the same once more
        ("1", 11, timedelta(), False),
        ("2", 9, timedelta(), False),
    ],
)
def test_an_update_is_past_behind_a_later_one_of_its_bot_and_its_day(
    bot: str,
    number: int,
    later: timedelta,
    past: bool,  # noqa: FBT001
) -> None:
    heard = replace(ME, turn=Turn(bot="1", number=10, at=START))
    assert heard.is_past(Turn(bot=bot, number=number, at=START + later)) is past
    assert not ME.is_past(Turn(bot=bot, number=number, at=START + later))


def test_a_chat_that_linked_fifty_orders_is_full_until_half_a_year_after_the_first() -> None:
    half_a_year = START + timedelta(days=180)
    almost = ME
    for number in range(1, MOST_ORDERS):
        almost = almost.with_order(str(number), START + MINUTE)
    full = replace(almost, orders=(LinkedOrder(key="0", since=START), *almost.orders))
    assert (almost.is_full(START + MINUTE), full.is_full(START + MINUTE)) == (False, True)
    assert (full.is_full(half_a_year - timedelta.resolution), full.is_full(half_a_year)) == (True, False)


@pytest.mark.parametrize("wish", [{"muted": True}, {"closed": Closed.STOPPED}])
def test_of_a_chat_without_orders_only_the_wish_to_hear_nothing_is_left(wish: dict[str, Any]) -> None:
    known = replace(
        ME,
        **wish,
        language="en",
        orders=(LinkedOrder(key="1", since=START),),
        updates=("9",),
        turn=Turn(bot="1", number=9, at=START),
        revision=4,
    )
    left = known.without_orders({"1"})
    assert left is not None
    assert left == replace(ME, **wish, revision=5)
    assert left.without_orders({"1"}) == left


def test_the_first_linked_chat_takes_the_profiles_place() -> None:
    assert addressed(ORDER, linked(7001, 7002)) == replace(ORDER, chat_id=7001, unreachable=None)
    assert addressed(ORDER, {}) == ORDER
    assert addressed(ORDER, linked()) == ORDER


def test_further_chats_have_notices_of_their_own_behind_all_first_ones() -> None:
    shop = notice(audience=Audience.SHOP)
    other = notice(order_key="2")
    out = with_further_seats([notice(), shop, other], linked(2**52 - 1, 7002, 7003))
    assert out[:3] == (notice(), shop, other)
    assert [(one.seat, one.chat_id, one.order_key) for one in out[3:]] == [(2, 7002, "1"), (3, 7003, "1")]
    assert len({(one.order_key, one.id) for one in out}) == 5


def test_what_is_told_to_nobody_is_told_to_no_further_chat() -> None:
    shadow = notice().ended(NoticeState.SHADOW, START)
    assert with_further_seats([shadow], linked(7001, 7002)) == (shadow,)


def test_the_further_chats_of_a_reminder_are_looked_up_when_it_is_due() -> None:
    reminder = notice(kind=Kind.LAST_DAY, state=NoticeState.WAITING)
    assert with_further_seats([reminder, notice()], linked(7001, 7002)) == (
        reminder,
        notice(),
        *further_seats(notice(), linked(7001, 7002)),
    )
    assert [one.chat_id for one in further_seats(reminder, linked(7001, 7002))] == [7002]


def test_what_waited_goes_to_the_chat_of_its_seat() -> None:
    waiting = notice(chat_id=None, state=NoticeState.WAITING, reason="no_user")
    assert readdressed(waiting, linked(7001, 7002)) == replace(waiting, chat_id=7001, reason="")
    second = replace(waiting, seat=2)
    assert readdressed(second, linked(7001, 7002)) == replace(second, chat_id=7002, reason="")


@pytest.mark.parametrize(
    ("waiting", "ids"),
    [
        (notice(chat_id=7001), (7001, 7002)),
        (notice(chat_id=None, audience=Audience.SHOP), (7001,)),
        (notice(chat_id=None, order_key="2"), (7001,)),
        (notice(chat_id=7002, seat=2), (7001,)),
        (notice(chat_id=None), ()),
    ],
)
def test_what_has_no_other_chat_stays_as_it_is(waiting: Notice, ids: tuple[int, ...]) -> None:
    assert readdressed(waiting, linked(*ids)) is None


def test_what_waited_goes_to_its_own_chat_where_that_is_open_again() -> None:
    waiting = notice(chat_id=7001, state=NoticeState.WAITING, reason="blocked")
    told = replace(waiting, reason="")
    assert readdressed(waiting, linked(7001), {7001}) == told
    assert readdressed(waiting, {}, {7001}) == told  # the chat in the shop's profile
    assert readdressed(waiting, linked(7001), {7002}) is None


@pytest.mark.parametrize(
    ("waiting", "order", "changes"),
    [
        (notice(chat_id=7001), {"chat_id": 7002, "language": "en"}, {"chat_id": 7002, "language": "en"}),
        (notice(chat_id=None, reason="no_chat"), {"chat_id": 7002}, {"chat_id": 7002, "reason": ""}),
        (notice(chat_id=7001, reason="blocked"), {"chat_id": 7002}, {"chat_id": 7002, "reason": ""}),
        (notice(chat_id=7001), {"unreachable": Unreachable.BAD_CHAT}, {"chat_id": None, "reason": "bad_chat"}),
        (notice(chat_id=7001), {"unreachable": None}, {"chat_id": None, "reason": "no_chat"}),
        (notice(chat_id=None, reason="no_chat"), {}, {"reason": "no_user"}),
    ],
)
def test_what_waits_goes_to_the_chat_that_the_profile_has_by_now(
    waiting: Notice, order: dict[str, Any], changes: dict[str, Any]
) -> None:
    assert as_in_profile(waiting, replace(ORDER, **order)) == waiting.next(**changes)


@pytest.mark.parametrize(
    ("waiting", "order"),
    [
        (notice(chat_id=7001), {"chat_id": 7001, "language": "en"}),
        (notice(chat_id=7001, reason="blocked"), {"chat_id": 7001}),
        (notice(chat_id=None, reason="no_user"), {}),
        (notice(chat_id=None, reason="no_chat"), {"unreachable": None}),
    ],
)
def test_what_the_profile_says_as_ever_changes_nothing(waiting: Notice, order: dict[str, Any]) -> None:
    assert as_in_profile(waiting, replace(ORDER, **order)) is None


def test_a_seat_outlives_the_store_and_the_first_is_not_written() -> None:
    second = notice(seat=2)
    assert Notice.from_dict(second.to_dict()) == second
    assert second.id == f"{notice().id}#2"
    assert "seat" not in notice().to_dict()
