"""Which deadlines a parcel has, when they are told, and when a reminder of one no longer holds."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from vistka.domain.deadlines import (
    Deadline,
    ReminderRules,
    deadline_of,
    deadlines_of,
    due_at,
    had_alert,
    may_return,
    outdated,
    owes_money,
    payload_of,
    waits_since,
)
from vistka.domain.hours import Hours
from vistka.domain.kyiv import kyiv
from vistka.domain.notices import Audience, Kind, Notice, NoticeState
from vistka.domain.parcels import Facts, ParcelState
from vistka.domain.stages import stage_of

#: Its minute of the hour is the first.
TTN = "20450000000056"
RULES = ReminderRules()


def wall(day: int, hour: int = 0, minute: int = 0, *, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=kyiv()).astimezone(UTC)


def parcel(code: str, *, ended: str = "", **facts: Any) -> ParcelState:
    return ParcelState(
        ttn=TTN,
        revision=3,
        version=2,
        observed_at=wall(20, 12),
        first_seen_at=wall(10, 12),
        changed_at=wall(20, 11),
        facts=Facts(code=code, text=f"стан {code}", stage=stage_of(code), **facts),
        stage=stage_of(code),
        orders=frozenset({"1"}),
        ended=ended,
    )


def named(state: ParcelState, rules: ReminderRules = RULES) -> Sequence[tuple[Kind, str]]:
    return [(deadline.kind, deadline.occurrence) for deadline in deadlines_of(state, rules)]


WAITING = parcel("7", arrived_at=wall(19, 16), paid_storage_at=wall(26, 16))
LAST_DAY = Deadline(kind=Kind.LAST_DAY, day=date(2026, 11, 25), since=date(2026, 11, 19))
TOO_LONG = Deadline(kind=Kind.WAITING_LONG, day=date(2026, 11, 24), since=date(2026, 11, 19))


# --- which there are --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["7", "8", "14", "107"])
def test_the_last_free_day_is_the_day_before_the_first_paid_one(code: str) -> None:
    state = parcel(code, arrived_at=wall(19, 16), paid_storage_at=wall(26, 16))
    assert list(deadlines_of(state, RULES)) == [LAST_DAY, TOO_LONG]


def test_the_days_of_waiting_are_counted_from_the_arrival_and_the_last_day_is_never_computed_f34() -> None:
    state = parcel("7", arrived_at=wall(15, 9), paid_storage_at=wall(18, 9))
    assert named(state) == [(Kind.LAST_DAY, "2026-11-17"), (Kind.WAITING_LONG, "2026-11-20")]


def test_without_a_paid_storage_date_there_is_no_last_day_f42() -> None:
    assert named(parcel("7", arrived_at=wall(19))) == [(Kind.WAITING_LONG, "2026-11-24")]
    assert named(parcel("8", arrived_at=wall(19), return_at=wall(26))) == [(Kind.WAITING_LONG, "2026-11-24")]


def test_the_day_is_kyivs() -> None:
    assert deadline_of(Kind.LAST_DAY, parcel("7", paid_storage_at=wall(26, 0, 30)), RULES) == replace(
        LAST_DAY, since=date(2026, 11, 20)
    )


def test_where_the_carrier_names_no_moment_the_change_is_the_beginning_f42() -> None:
    assert named(parcel("7")) == [(Kind.WAITING_LONG, "2026-11-25")]
    assert named(parcel("1")) == [(Kind.NOT_HANDED_OVER, "2026-11-23")]
    assert named(parcel("10")) == [(Kind.MONEY_OVERDUE, "2026-11-25")]
    assert named(replace(parcel("10"), changed_at=None)) == [(Kind.MONEY_OVERDUE, "2026-11-15")]


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("7", "107", True),
        ("1", "1", True),
        ("10", "10", True),
        ("5", "7", False),
        ("7", "5", False),
        ("7", "10", False),
        ("5", "6", False),
    ],
)
def test_a_wait_goes_on_with_another_code_of_its_own(before: str, after: str, *, same: bool) -> None:
    first = parcel(before)
    assert waits_since(first, parcel(after)) == (first.changed_at if same else None)
    longer = replace(first, waits_since=wall(18))
    assert waits_since(longer, parcel(after)) == (wall(18) if same else None)
    assert waits_since(replace(first, changed_at=None), parcel(after)) == (first.first_seen_at if same else None)


def test_where_the_carrier_names_no_moment_its_days_are_counted_from_the_beginning_of_the_wait_f42_f44() -> None:
    assert named(replace(parcel("107"), waits_since=wall(18))) == [(Kind.WAITING_LONG, "2026-11-23")]
    assert named(replace(parcel("107", arrived_at=wall(19)), waits_since=wall(18))) == [
        (Kind.WAITING_LONG, "2026-11-24")
    ]


def test_a_parcel_that_was_not_handed_over_is_counted_from_its_making() -> None:
    assert named(parcel("1", created_at=wall(18, 23, 59))) == [(Kind.NOT_HANDED_OVER, "2026-11-21")]


@pytest.mark.parametrize(("code", "redelivery"), [("10", ""), ("10", "450"), ("9", "450")])
def test_money_is_counted_from_the_receipt(code: str, redelivery: str) -> None:
    state = parcel(code, redelivery=redelivery, received_at=wall(20, 18))
    assert named(state) == [(Kind.MONEY_OVERDUE, "2026-11-25")]


@pytest.mark.parametrize(("code", "redelivery"), [("9", ""), ("11", "450"), ("106", "450")])
def test_who_owes_nothing_has_no_deadline(code: str, redelivery: str) -> None:
    state = parcel(code, redelivery=redelivery)
    assert state.facts is not None
    assert not owes_money(state.facts)
    assert named(state) == []


@pytest.mark.parametrize("code", ["3", "5", "6", "101", "102", "104", "105", "111", "112", "124", "2"])
def test_other_stages_have_no_deadline(code: str) -> None:
    assert named(parcel(code, paid_storage_at=wall(26), redelivery="450")) == []


def test_a_parcel_that_has_ended_or_was_never_known_has_no_deadline() -> None:
    assert named(replace(WAITING, ended="aged_out")) == []
    assert named(replace(WAITING, facts=None)) == []


def test_how_long_is_too_long_is_the_shops_choice() -> None:
    rules = ReminderRules(waiting_days=2, not_handed_over_days=1, money_days=9)
    assert named(WAITING, rules)[1] == (Kind.WAITING_LONG, "2026-11-21")
    assert named(parcel("1"), rules) == [(Kind.NOT_HANDED_OVER, "2026-11-21")]
    assert named(parcel("10"), rules) == [(Kind.MONEY_OVERDUE, "2026-11-29")]


# --- when they are told -----------------------------------------------------------------------------------------------


def moment(
    deadline: Deadline = LAST_DAY,
    *,
    now: datetime,
    rules: ReminderRules = RULES,
    informed: bool = False,
    new: bool = False,
) -> datetime | None:
    return due_at(deadline, TTN, rules, now=now, informed=informed, first_sight=new)


def test_the_last_day_is_told_on_the_morning_before() -> None:
    assert moment(now=wall(20, 12)) == wall(24, 10)
    assert moment(now=wall(20, 12), informed=True, new=True) == wall(24, 10)
    assert moment(now=wall(20, 12), rules=ReminderRules(hour=16)) == wall(24, 16)


@pytest.mark.parametrize("now", [wall(24, 10, 1), wall(24, 23), wall(25, 9), wall(25, 23, 59)])
def test_what_was_missed_is_told_at_once_up_to_the_end_of_the_last_day(now: datetime) -> None:
    assert moment(now=now) == now
    assert moment(now=now, new=True) == now


def test_after_the_last_day_it_is_too_late() -> None:
    assert moment(now=wall(26)) is None
    assert moment(now=wall(26), informed=True) is None


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (wall(23, 15, 59), wall(24, 10)),
        (wall(23, 16), wall(24, 10)),
        (wall(23, 16, 1), wall(25, 10)),
        (wall(24, 16), wall(25, 10)),
        (wall(24, 16, 1), None),
        (wall(25, 12), None),
    ],
)
def test_whoever_has_just_heard_of_it_is_not_reminded_within_hours(now: datetime, told: datetime | None) -> None:
    assert moment(now=now, informed=True) == told


def test_what_takes_too_long_is_told_on_that_day_or_caught_up() -> None:
    assert moment(TOO_LONG, now=wall(20, 12)) == wall(24, 10)
    assert moment(TOO_LONG, now=wall(20, 12), informed=True, new=True) == wall(24, 10)
    assert moment(TOO_LONG, now=wall(30, 12)) == wall(30, 12)


def test_what_took_too_long_before_the_order_was_seen_is_silent() -> None:
    assert moment(TOO_LONG, now=wall(24, 10), new=True) == wall(24, 10)
    assert moment(TOO_LONG, now=wall(24, 10, 1), new=True) is None


def test_in_quiet_hours_it_leaves_in_the_last_hour_before() -> None:
    quiet = ReminderRules(hour=22, quiet=Hours(start=21, end=9))
    assert moment(now=wall(20, 12), rules=quiet) == wall(24, 20)
    assert moment(now=wall(20, 12), rules=replace(quiet, hour=8)) == wall(23, 20)


def test_reminders_of_an_hour_leave_at_minutes_of_their_own() -> None:
    minutes = {
        due_at(LAST_DAY, str(ttn), RULES, now=wall(20), informed=False, first_sight=False)
        for ttn in range(20450000000000, 20450000001000)
    }
    assert minutes == {wall(24, 10, minute) for minute in range(60)}


def test_a_reminder_keeps_its_hour_in_summer() -> None:
    summer = replace(LAST_DAY, day=date(2026, 7, 25))
    assert moment(summer, now=wall(20, month=7)) == datetime(2026, 7, 24, 7, 0, tzinfo=UTC)


# --- whether they still hold ------------------------------------------------------------------------------------------


def reminder(kind: Kind = Kind.LAST_DAY, occurrence: str = "2026-11-25") -> Notice:
    return Notice(
        order_key="1",
        order_number="TWC1",
        ttn=TTN,
        kind=kind,
        occurrence=occurrence,
        audience=Audience.BUYER,
        version=2,
        state=NoticeState.WAITING,
        created_at=wall(20, 12),
    )


def why(state: ParcelState | None, *, now: datetime | None = None, notice: Notice | None = None) -> str:
    return outdated(notice or reminder(), state, RULES, now or wall(24, 10))


def test_a_reminder_holds_until_its_day_is_over() -> None:
    assert why(WAITING) == ""
    assert why(WAITING, now=wall(25, 23, 59)) == ""
    assert why(WAITING, now=wall(26)) == "the last day has passed"


def test_what_takes_too_long_holds_as_long_as_it_takes() -> None:
    assert why(WAITING, now=wall(30), notice=reminder(Kind.WAITING_LONG, "2026-11-24")) == ""


@pytest.mark.parametrize("state", [parcel("9"), parcel("103"), replace(WAITING, ended="aged_out")])
def test_a_parcel_that_waits_no_longer_ends_its_reminder(state: ParcelState) -> None:
    assert why(state) == "the parcel has moved on"


def test_another_day_ends_the_reminder_of_the_first() -> None:
    later = parcel("7", arrived_at=wall(19), paid_storage_at=wall(28))
    assert why(later) == "it is another day now"


def test_a_change_that_is_true_no_more_may_become_so_again_within_two_days() -> None:
    change = replace(reminder(Kind.WAITING, "2"), created_at=wall(20, 12))
    assert may_return(change, WAITING, wall(22, 12) - timedelta(microseconds=1))
    assert not may_return(change, WAITING, wall(22, 12))


def test_an_alert_whose_day_is_another_may_be_told_as_long_as_its_wait_goes_on() -> None:
    alert = reminder(Kind.WAITING_LONG, "2026-11-24")
    assert may_return(alert, WAITING, wall(30))
    for state in (parcel("9"), replace(WAITING, ended="aged_out"), replace(WAITING, orders=frozenset({"2"}))):
        assert not may_return(alert, state, wall(23))
    assert not may_return(reminder(Kind.MONEY_OVERDUE, "2026-11-24"), WAITING, wall(23))


@pytest.mark.parametrize(
    ("changes", "had"),
    [
        ({}, True),
        ({"state": NoticeState.UNCONFIRMED}, True),
        ({"state": NoticeState.NEW, "settled_at": None}, False),
        ({"state": NoticeState.SUPERSEDED}, False),
        ({"state": NoticeState.MUTED}, False),
        ({"occurrence": "2026-11-24"}, False),  # itself
        ({"kind": Kind.NOT_HANDED_OVER}, False),
        ({"audience": Audience.SHOP}, False),
        ({"seat": 2}, False),
        ({"settled_at": wall(20, 9)}, False),  # of the wait before
        ({"settled_at": wall(20, 11)}, True),
        ({"settled_at": wall(25)}, True),
        ({"settled_at": wall(26)}, False),  # by a clock that was ahead
    ],
)
def test_a_wait_had_its_alert_once_somebody_was_told_of_another_day_f44(changes: dict[str, Any], *, had: bool) -> None:
    alert = reminder(Kind.WAITING_LONG, "2026-11-24")
    told = replace(alert, occurrence="2026-11-23", state=NoticeState.SENT, settled_at=wall(23, 10))
    assert had_alert(alert, WAITING, [replace(told, **changes)], wall(25)) is had
    assert not had_alert(reminder(), WAITING, [replace(told, kind=Kind.LAST_DAY)], wall(25))


def test_another_branch_with_the_same_day_does_not() -> None:
    assert why(parcel("107", arrived_at=wall(19), paid_storage_at=wall(26), place_number="7")) == ""


def test_an_order_that_lost_the_number_is_not_reminded() -> None:
    assert why(replace(WAITING, orders=frozenset({"2"}))) == "the order no longer has this number"


def test_nobody_is_reminded_of_what_is_not_known() -> None:
    assert why(None) == "nothing is known of the parcel any more"


def test_the_text_is_made_of_what_is_known_when_it_is_told() -> None:
    assert WAITING.facts is not None
    assert payload_of(TOO_LONG, WAITING, wall(25, 10)) == {
        "stage": "at_branch",
        "days": 6,
        "facts": WAITING.facts.to_dict(),
        "changed_at": "2026-11-20T09:00:00.000000Z",
    }
    bare = replace(WAITING, facts=None, stage=None, changed_at=None)
    assert payload_of(TOO_LONG, bare, wall(19, 23, 59)) == {"stage": "", "days": 0}
