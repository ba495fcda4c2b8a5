"""Each notice as it is made: for whom, in which state, of what, and what is not told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from vistka.domain.audience import Audiences
from vistka.domain.making import shop_notice
from vistka.domain.notices import Audience, Kind, Notice, NoticeState, Unreachable
from vistka.domain.orders import Order
from vistka.domain.parcels import Facts, ParcelState
from vistka.domain.policy import Policy
from vistka.domain.stages import Role, Stage, stage_of
from vistka.domain.telling import CROWD, OLD_AFTER, Told, before_live, is_old, tell, was_old

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
TTN = "20450000000017"
SECOND = timedelta(seconds=1)
MOVED = NOW - timedelta(hours=1)
BUYER = Order(key="1", number="TWC1", tracking=TTN, shown=None, chat_id=7001, unreachable=None)
GUEST = replace(BUYER, chat_id=None, unreachable=Unreachable.NO_USER)


def rules(**changes: Any) -> Policy:
    values: dict[str, Any] = {
        "now": NOW,
        "live_since": NOW - timedelta(days=90),
        "is_live": lambda number: number == "TWC1",
        "has_shop_chat": True,
        "notice_due": timedelta(minutes=5),
        "default_language": "uk",
        "fit": str,
    }
    return Policy(**values | changes)


def parcel(code: str, *, version: int = 2, orders: Any = ("1",), **facts: Any) -> ParcelState:
    return ParcelState(
        ttn=TTN,
        revision=version,
        version=version,
        observed_at=NOW,
        first_seen_at=NOW - timedelta(days=3),
        changed_at=MOVED,
        facts=Facts(code=code, text=f"стан {code}", stage=stage_of(code), **{"moved_at": MOVED} | facts),
        stage=stage_of(code),
        orders=frozenset(orders),
    )


BEFORE = parcel("5", version=1)


def hear(
    base: ParcelState,
    draft: ParcelState,
    *,
    changed: bool = True,
    new: tuple[Order, ...] = (),
    told_before: tuple[Order, ...] = (BUYER,),
    **policy: Any,
) -> Told:
    return tell(
        base,
        draft,
        changed=changed,
        new=new,
        told_before=told_before,
        listed=(listed := policy.pop("listed", len(draft.orders))),
        crowd=policy.pop("crowd", listed > CROWD),
        policy=rules(**policy),
    )


def told(draft: ParcelState, order: Order = BUYER, *, base: ParcelState = BEFORE, **policy: Any) -> tuple[Notice, ...]:
    return hear(base, draft, told_before=(order,), **policy).notices


def buyers(**changes: Any) -> Notice:
    """The buyer's notice of a parcel that waits at a branch."""
    draft = parcel("7")
    assert draft.facts is not None
    values: dict[str, Any] = {
        "order_key": "1",
        "order_number": "TWC1",
        "ttn": TTN,
        "kind": Kind.WAITING,
        "occurrence": "2",
        "audience": Audience.BUYER,
        "version": 2,
        "state": NoticeState.NEW,
        "created_at": NOW,
        "due_at": NOW + timedelta(minutes=5),
        "chat_id": 7001,
        "language": "uk",
        "payload": {
            "facts": draft.facts.to_dict(),
            "stage": "at_branch",
            "previous": "in_transit",
            "changed_at": "2026-11-23T09:00:00.000000Z",
        },
    }
    return Notice(**values | changes)


def test_a_change_is_told_with_all_that_its_text_needs() -> None:
    assert told(parcel("7")) == (buyers(),)


def test_a_parcel_that_sets_out_is_told() -> None:
    (notice,) = told(parcel("5"), base=parcel("1", version=1))
    assert (notice.kind, notice.payload["previous"]) == (Kind.ON_ITS_WAY, "created")


def test_the_first_answer_has_no_stage_before_it() -> None:
    empty = replace(BEFORE, facts=None, stage=None, changed_at=None)
    (notice,) = hear(empty, parcel("7"), new=(BUYER,), told_before=()).notices
    assert notice.payload.keys() == {"facts", "stage", "changed_at", "first_sight"}


def test_a_buyer_is_told_in_the_language_of_the_order() -> None:
    assert told(parcel("7"), replace(BUYER, language="en")) == (buyers(language="en"),)
    assert told(parcel("7"), default_language="ru") == (buyers(language="ru"),)


@pytest.mark.parametrize(
    ("order", "reason"), [(GUEST, "no_user"), (replace(GUEST, unreachable=None), "no_chat")], ids=["guest", "unnamed"]
)
def test_a_buyer_without_a_chat_waits_for_the_summary_with_the_reason_f5(order: Order, reason: str) -> None:
    assert told(parcel("7"), order) == (buyers(chat_id=None, state=NoticeState.WAITING, due_at=NOW, reason=reason),)


def test_an_order_that_is_not_live_leaves_a_shadow() -> None:
    other = replace(BUYER, number="TWC2")
    shadow = {"state": NoticeState.SHADOW, "due_at": None, "settled_at": NOW}
    assert told(parcel("7"), other) == (buyers(order_number="TWC2", **shadow),)


@pytest.mark.parametrize(
    ("since", "state"),
    [(MOVED, NoticeState.NEW), (MOVED + SECOND / 2, NoticeState.NEW), (MOVED + SECOND, NoticeState.SHADOW)],
)
def test_what_happened_before_going_live_is_a_shadow_that_says_so(since: datetime, state: NoticeState) -> None:
    (notice,) = told(parcel("7"), live_since=since)
    assert notice.state is state
    assert notice.reason == ("before_live" if state is NoticeState.SHADOW else "")


def test_a_movement_that_is_not_dated_happened_after_going_live() -> None:
    (notice,) = told(parcel("7", moved_at=None))
    assert notice.state is NoticeState.NEW
    assert told(parcel("7"), live_since=None)[0].state is NoticeState.NEW


# --- refusals -----------------------------------------------------------------------------------------------------

REFUSALS = Audiences.parse(buyer="refused", shop="refused")


def test_a_refusal_is_the_shops_business_f22() -> None:
    (notice,) = told(parcel("102"), GUEST)
    assert (notice.audience, notice.state) == (Audience.SHOP, NoticeState.NEW)
    # Its buyer would not have been told with a chat either.
    assert "unreachable" not in notice.payload


def test_a_refusal_is_told_to_buyer_and_shop_f22() -> None:
    buyer, shop = told(parcel("102"), audiences=REFUSALS)
    assert (buyer.audience, buyer.state) == (Audience.BUYER, NoticeState.NEW)
    assert shop == replace(buyer, audience=Audience.SHOP, chat_id=None)
    assert "unreachable" not in shop.payload


def test_a_refusal_of_a_buyer_without_a_chat_tells_the_shop_why_f22() -> None:
    buyer, shop = told(parcel("102"), GUEST, audiences=REFUSALS)
    assert (buyer.state, buyer.reason, buyer.settled_at, buyer.due_at) == (
        NoticeState.UNDELIVERABLE, "no_user", NOW, None
    )  # fmt: skip
    assert shop.payload == {**buyer.payload, "unreachable": "no_user"}


def test_a_refusal_from_before_going_live_is_a_shadow_for_both() -> None:
    notices = told(parcel("102"), live_since=NOW, audiences=REFUSALS)
    assert [(notice.audience, notice.state, notice.reason) for notice in notices] == [
        (Audience.BUYER, NoticeState.SHADOW, "before_live"),
        (Audience.SHOP, NoticeState.SHADOW, "before_live"),
    ]


# --- the shop's own notices ---------------------------------------------------------------------------------------


def shops(**changes: Any) -> Notice:
    values: dict[str, Any] = {
        "order_key": "1",
        "order_number": "TWC1",
        "ttn": TTN,
        "kind": Kind.FOREIGN_TEXT,
        "occurrence": "x",
        "audience": Audience.SHOP,
        "version": 0,
        "state": NoticeState.NEW,
        "created_at": NOW,
        "due_at": NOW + timedelta(minutes=5),
        "language": "ru",
    }
    return Notice(**values | changes)


def test_a_notice_to_the_shop_is_in_its_language() -> None:
    assert shop_notice(Kind.FOREIGN_TEXT, TTN, BUYER, rules(default_language="ru"), occurrence="x") == shops()
    whole = shop_notice(
        Kind.CROWDED, TTN, BUYER, rules(default_language="ru"), occurrence="3", version=3, payload={"orders": 21}
    )
    assert whole == shops(kind=Kind.CROWDED, occurrence="3", version=3, payload={"orders": 21})


@pytest.mark.parametrize(
    ("policy", "shadow", "state", "reason"),
    [
        ({"has_shop_chat": False}, False, NoticeState.UNDELIVERABLE, "no_shop_chat"),
        ({"is_live": lambda number: number != "TWC1"}, False, NoticeState.SHADOW, ""),
        ({}, True, NoticeState.SHADOW, "before_live"),
        ({"has_shop_chat": False}, True, NoticeState.SHADOW, "before_live"),
    ],
)
def test_a_notice_to_the_shop_ends_at_once_where_nobody_is_to_be_told(
    policy: Any,
    shadow: bool,  # noqa: FBT001
    state: NoticeState,
    reason: str,
) -> None:
    made = shop_notice(
        Kind.FOREIGN_TEXT, TTN, BUYER, rules(default_language="ru", **policy), occurrence="x", shadow=shadow
    )
    assert made == shops(state=state, reason=reason, due_at=None, settled_at=NOW)


# --- what recurs --------------------------------------------------------------------------------------------------


def again(first: ParcelState, second: ParcelState) -> bool:
    """Whether the second is told after the first."""
    made = hear(BEFORE, first)
    draft = replace(second, told=made.told)
    return bool(hear(first, draft).notices)


FREE_UNTIL = datetime(2026, 11, 27, 22, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "second", "told_again"),
    [
        (parcel("7", place_number="12"), parcel("14", place_number="12", version=3), False),
        (parcel("7", place_number="12"), parcel("14", place_number="13", version=3), True),
        (parcel("7", place="А"), parcel("14", place="Б", version=3), True),
        (parcel("7", place="А", place_number="12"), parcel("14", place="Б", place_number="12", version=3), False),
        (parcel("7", place_number="12"), parcel("8", place_number="12", version=3), True),
        (parcel("7", paid_storage_at=FREE_UNTIL), parcel("14", paid_storage_at=FREE_UNTIL, version=3), False),
        (
            parcel("7", paid_storage_at=FREE_UNTIL),
            parcel("14", paid_storage_at=FREE_UNTIL + timedelta(days=1), version=3),
            True,
        ),
        (parcel("7", paid_storage_at=FREE_UNTIL), parcel("14", version=3), False),
        (parcel("7"), parcel("14", paid_storage_at=FREE_UNTIL, version=3), False),
        (parcel("7", place="ТЦ | вхід"), parcel("14", place="ТЦ | вхід", version=3), False),
        (
            parcel("7", place="А|Б", paid_storage_at=FREE_UNTIL),
            parcel("14", place="А|Б", paid_storage_at=FREE_UNTIL + timedelta(days=1), version=3),
            True,
        ),
        (
            parcel("7", place="А|Б", paid_storage_at=FREE_UNTIL),
            parcel("14", place="А|Б", version=3),
            False,
        ),
        (parcel("5"), parcel("6", version=3), False),
        (parcel("7"), parcel("5", version=3), False),
        (parcel("102"), parcel("5", version=3), False),
        (parcel("9"), parcel("5", version=3), False),
        (parcel("9", redelivery="450"), parcel("10", version=3), False),
        (parcel("5"), parcel("7", version=3), True),
        (parcel("7"), parcel("9", version=3), True),
    ],
)
def test_what_recurs_is_told_if_the_buyer_must_do_something_else(
    first: ParcelState,
    second: ParcelState,
    told_again: bool,  # noqa: FBT001
) -> None:
    assert again(first, second) is told_again


AGAIN = parcel("7", version=4, place_number="12", paid_storage_at=FREE_UNTIL)


@pytest.mark.parametrize(
    ("code", "buyer", "shop", "listed", "told_again"),
    [
        ("101", "waiting, with_courier", "none", 1, True),
        ("102", "waiting, refused", "none", 1, True),
        ("104", "waiting, with_courier", "none", 1, False),
        ("102", "waiting", "refused", 1, False),
        ("102", "waiting", "waiting, refused", 1, False),
        ("102", "none", "waiting, refused", 1, True),
        ("101", "waiting, with_courier", "none", CROWD + 1, False),
    ],
)
def test_that_it_waits_at_the_same_branch_again_is_news_to_whoever_heard_something_else_in_between_r4(
    code: str,
    buyer: str,
    shop: str,
    listed: int,
    told_again: bool,  # noqa: FBT001
) -> None:
    heard = hearing(buyer, shop)
    first = replace(AGAIN, version=2)
    first = replace(first, told=hear(BEFORE, first, audiences=heard).told)
    between = parcel(code, version=3)
    between = replace(between, told=first.told)
    between = replace(between, told=hear(first, between, audiences=heard, listed=listed).told)
    assert bool(hear(between, replace(AGAIN, told=between.told), audiences=heard).notices) is told_again


def test_the_shop_hears_that_a_return_waits_again_after_something_else_r4() -> None:
    heard = hearing("waiting", "return_waiting, coming_back")
    waiting = replace(AGAIN, stage=Stage.RETURN_WAITING, role=Role.RETURN, told={"waiting": "at_branch:12|"})
    first = replace(waiting, version=2, told=hear(BEFORE, waiting, audiences=heard).told)
    away = replace(parcel("5", version=3), stage=Stage.RETURNING, role=Role.RETURN, told=first.told)
    away = replace(away, told=hear(first, away, audiences=heard).told)
    assert away.told["return_waiting"] == ""
    assert [one.kind for one in hear(away, replace(waiting, told=away.told), audiences=heard).notices] == [
        Kind.RETURN_WAITING
    ]
    assert away.told["waiting"] == "at_branch:12|"


def test_whoever_joins_while_it_is_elsewhere_makes_nobody_hear_twice_that_it_waits() -> None:
    heard = hearing("waiting, with_courier")
    first = replace(AGAIN, version=2)
    first = replace(first, told=hear(BEFORE, first, audiences=heard).told)
    away = parcel("101", version=3)
    away = replace(away, told={**first.told, "with_courier": "2026-11-23"})
    joined = hear(away, away, changed=False, audiences=heard, new=(replace(BUYER, key="2"),))
    assert [(one.kind, one.order_key) for one in joined.notices] == [(Kind.WITH_COURIER, "2")]
    assert joined.told["waiting"] == first.told["waiting"]


def test_a_parcel_that_waited_does_not_set_out_again() -> None:
    heard = hearing("on_its_way, waiting, redirected")
    known = replace(parcel("7"), told={"waiting": "at_branch:12|"})
    away = parcel("104", version=3)
    away = replace(away, told=hear(known, replace(away, told=known.told), audiences=heard).told)
    assert away.told["waiting"] == ""
    assert not hear(away, replace(parcel("5", version=4), told=away.told), audiences=heard).notices


def test_what_was_told_is_remembered_by_kind() -> None:
    draft = parcel("7", place_number="12", paid_storage_at=FREE_UNTIL)
    made = hear(BEFORE, draft).told
    assert set(made) == {"waiting"}
    assert made["waiting"] == "at_branch:12|2026-11-28"  # in Kyiv
    assert hear(BEFORE, parcel("9"), told_before=()).told == {"received": "2"}


def test_a_stage_that_is_not_worth_a_message_is_told_to_nobody() -> None:
    assert told(parcel("104")) == ()
    assert told(parcel("111")) == ()


def test_an_unknown_code_at_a_known_stage_says_nothing_new_f37() -> None:
    unknown = replace(parcel("777"), stage=Stage.AT_BRANCH, told={"waiting": "at_branch:|"})
    assert told(unknown) == ()


# --- old news -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moved", "old"), [(NOW - OLD_AFTER, False), (NOW - OLD_AFTER - SECOND, True), (None, False), (NOW, False)]
)
def test_old_is_what_moved_over_a_day_ago_f16(moved: datetime | None, old: bool) -> None:  # noqa: FBT001
    assert is_old(parcel("7", moved_at=moved), rules()) is old


def test_what_takes_anothers_place_is_measured_from_the_first_sight_of_that_f16() -> None:
    sight = NOW - timedelta(days=3)
    for moved, old in ((sight - OLD_AFTER, False), (sight - OLD_AFTER - SECOND, True), (None, False)):
        assert was_old(replace(parcel("5", moved_at=moved), chain_since=sight), rules()) is old
    assert not was_old(replace(parcel("5"), facts=None, chain_since=sight), rules())


def test_what_has_no_answer_yet_has_not_moved_before_going_live() -> None:
    assert not before_live(replace(parcel("5"), facts=None), rules())


def test_old_is_what_has_ended_f16() -> None:
    assert is_old(replace(parcel("9"), ended="final"), rules())
    assert not is_old(replace(parcel("9"), facts=None), rules())


def test_an_old_parcel_is_told_to_an_order_that_knew_it_and_to_no_new_one() -> None:
    draft = parcel("9", moved_at=NOW - timedelta(days=3))
    new, knew = replace(BUYER, key="2"), BUYER
    notices = hear(BEFORE, draft, new=(new,), told_before=(knew,)).notices
    assert [notice.order_key for notice in notices] == ["1"]


# --- crowds -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("orders", "kind"), [(CROWD, Kind.WAITING), (CROWD + 1, Kind.CROWDED)])
def test_over_twenty_orders_on_one_number_are_one_alert(orders: int, kind: Kind) -> None:
    draft = parcel("7", orders=[str(n) for n in range(orders)])
    made = hear(BEFORE, draft)
    (notice,) = made.notices
    assert notice.kind is kind
    if kind is Kind.CROWDED:
        assert (notice.payload, notice.audience) == ({"orders": orders}, Audience.SHOP)
        assert (notice.occurrence, notice.version) == ("2", 2)
        assert made.told["crowded"] == str(orders)
        later = replace(parcel("9", version=3, orders=draft.orders), told=made.told)
        assert not hear(draft, later).notices


def test_of_fewer_whose_news_are_too_many_each_change_is_one_alert_and_a_crowd_later_one_more_r1() -> None:
    few = [str(n) for n in range(CROWD)]
    audiences = hearing("received, money_coming", "received, money_coming")
    first = parcel("10", orders=few)
    made = hear(BEFORE, first, crowd=True, audiences=audiences)
    assert [(n.kind, n.occurrence, n.payload) for n in made.notices] == [(Kind.CROWDED, "2", {"orders": CROWD})]
    same = replace(first, told=made.told)
    assert not hear(BEFORE, same, crowd=True, audiences=audiences).notices
    second = replace(parcel("102", version=3, orders=few), told=made.told)
    refused = hearing(shop="refused")
    assert {n.kind for n in hear(first, second, audiences=refused).notices} == {Kind.REFUSED}
    again = hear(first, second, crowd=True, audiences=refused)
    assert [(n.kind, n.occurrence) for n in again.notices] == [(Kind.CROWDED, "3")]
    for told_before in (made.told, again.told):
        more = replace(parcel("7", version=4, orders=[*few, "20"]), told=told_before)
        assert [n.kind for n in hear(second, more, audiences=hearing("waiting")).notices] == [Kind.CROWDED]


def test_a_crowd_that_nobody_is_told_of_is_no_alert() -> None:
    draft = parcel("7", orders=[str(n) for n in range(30)])
    made = hear(BEFORE, draft, changed=False)
    assert made.notices == ()
    assert "crowded" not in made.told


def test_a_crowd_is_no_alert_for_a_kind_that_nobody_hears_of() -> None:
    draft = parcel("7", orders=[str(n) for n in range(CROWD + 1)])
    made = hear(BEFORE, draft, audiences=hearing("refused"))
    assert made.notices == ()
    assert "crowded" not in made.told


# --- given up -----------------------------------------------------------------------------------------------------


def test_a_number_unknown_six_times_is_told_once_with_its_days_f24() -> None:
    draft = replace(parcel("3"), not_found=6)
    made = hear(BEFORE, draft, changed=False)
    (notice,) = made.notices
    assert (notice.kind, notice.payload, notice.occurrence) == (Kind.NUMBER_UNKNOWN, {"days": 3}, "2")
    assert made.told["number_unknown"] == "2"
    more = replace(draft, not_found=7, told=made.told)
    assert not hear(draft, more, changed=False).notices
    fewer = replace(draft, not_found=5)
    assert not hear(BEFORE, fewer, changed=False).notices
    assert not hear(BEFORE, draft, changed=False, told_before=()).notices


@pytest.mark.parametrize(("stage", "said"), [(Stage.CREATED, "created"), (None, "")])
def test_a_parcel_that_is_given_up_is_told_with_stage_and_days_f24(stage: Stage | None, said: str) -> None:
    draft = replace(parcel("1"), stage=stage, ended="aged_out")
    made = hear(BEFORE, draft, changed=False)
    (notice,) = made.notices
    assert (notice.kind, notice.payload) == (Kind.AGED_OUT, {"stage": said, "days": 3})
    assert made.told["aged_out"] == "2"
    assert not hear(draft, draft, changed=False).notices
    fresh = replace(BEFORE, revision=0)  # never stored before: nothing was followed that could be given up
    assert not hear(fresh, draft, changed=False, new=(BUYER,), told_before=()).notices


# --- who hears of it ----------------------------------------------------------------------------------------------


def hearing(buyer: str = "none", shop: str = "none") -> Audiences:
    return Audiences.parse(buyer=buyer, shop=shop)


def test_a_kind_that_nobody_hears_of_leaves_nothing_but_its_mark() -> None:
    done = hear(BEFORE, parcel("111"))
    assert done.notices == ()
    assert done.told == {"failed_attempt": "2026-11-23"}


def test_a_shop_may_hear_what_the_buyer_does() -> None:
    buyer, shop = told(parcel("7"), audiences=hearing("waiting", "waiting"))
    assert (buyer.audience, shop.audience) == (Audience.BUYER, Audience.SHOP)
    (alone,) = told(parcel("7"), audiences=hearing(shop="waiting"))
    assert alone == shop


def test_the_shop_is_told_with_the_news_why_the_buyer_was_not() -> None:
    buyer, shop = told(parcel("7"), GUEST, audiences=hearing("waiting", "waiting"))
    assert (buyer.state, buyer.reason) == (NoticeState.UNDELIVERABLE, "no_user")
    assert shop.payload["unreachable"] == "no_user"


def test_money_is_news_of_its_own_beside_the_receipt_f13() -> None:
    notices = told(parcel("10"), audiences=hearing("received", "money_coming, money_paid"))
    assert [(notice.kind, notice.audience) for notice in notices] == [
        (Kind.RECEIVED, Audience.BUYER),
        (Kind.MONEY_COMING, Audience.SHOP),
    ]
    had = replace(parcel("10", version=1), told={"received": "1", "money_coming": "1"})
    (paid,) = told(
        replace(parcel("11"), told=had.told), base=had, audiences=hearing("received", "money_coming, money_paid")
    )
    assert paid.kind is Kind.MONEY_PAID


@pytest.mark.parametrize(
    ("code", "kind"),
    [("105", Kind.STORAGE_ENDED), ("111", Kind.FAILED_ATTEMPT), ("112", Kind.POSTPONED), ("104", Kind.REDIRECTED)],
)
def test_each_stage_has_a_kind_of_its_own(code: str, kind: Kind) -> None:
    (notice,) = told(parcel(code), audiences=hearing(str(kind)))
    assert notice.kind is kind


def test_a_parcel_that_is_with_the_courier_at_first_sight_is_told_of_once() -> None:
    (notice,) = told(parcel("101", version=1), base=replace(BEFORE, facts=None, stage=None, version=0))
    assert notice.kind is Kind.WITH_COURIER
    had = replace(parcel("101", version=1), told={"with_courier": "2026-11-23"})
    assert not told(replace(parcel("5"), told=had.told), base=had)
    assert not told(replace(parcel("101"), told=had.told), base=had)


def test_another_failed_attempt_is_news_on_another_day() -> None:
    known = replace(parcel("111"), told={"failed_attempt": "2026-11-22"})
    assert told(known, audiences=hearing("failed_attempt"))
    known = replace(parcel("111"), told={"failed_attempt": "2026-11-23"})
    assert not told(known, audiences=hearing("failed_attempt"))


@pytest.mark.parametrize(("day", "news"), [("2026-11-28", False), ("2026-11-27", True)])
def test_a_delivery_that_was_put_off_is_news_on_another_day(day: str, *, news: bool) -> None:
    known = replace(parcel("112", expected_at=FREE_UNTIL), told={"postponed": day})
    assert bool(told(known, audiences=hearing("postponed"))) is news


@pytest.mark.parametrize(("where", "news"), [("Львів:12", False), ("Львів:13", True), ("Київ:12", True)])
def test_a_redirect_is_news_to_another_place(where: str, *, news: bool) -> None:
    known = replace(parcel("104", city="Львів", place_number="12"), told={"redirected": where})
    assert bool(told(known, audiences=hearing("redirected"))) is news


# --- the expected day ---------------------------------------------------------------------------------------------

SLIPS = hearing("on_its_way, expected_moved", "expected_moved")


def expected(day: int, code: str = "5", **changes: Any) -> ParcelState:
    """On its way, and expected at 23:30 Kyiv time of that day of November."""
    return replace(parcel(code, version=1, expected_at=datetime(2026, 11, day, 21, 30, tzinfo=UTC)), **changes)


def slips(base: ParcelState, draft: ParcelState, audiences: Audiences = SLIPS, **context: Any) -> Told:
    return hear(
        base, draft, changed=draft.version != base.version, audiences=audiences, told_before=(BUYER,), **context
    )


def test_a_later_day_is_told_under_the_same_code_with_the_day_before_it() -> None:
    done = slips(expected(24), expected(25))
    assert [(one.kind, one.audience, one.occurrence, one.version) for one in done.notices] == [
        (Kind.EXPECTED_MOVED, Audience.BUYER, "2026-11-25", 1),
        (Kind.EXPECTED_MOVED, Audience.SHOP, "2026-11-25", 1),
    ]
    assert {one.payload["expected_before"] for one in done.notices} == {"2026-11-24"}
    assert done.told["expected_moved"] == "2026-11-25"


def test_another_hour_of_the_day_and_an_earlier_day_are_no_news() -> None:
    hours = replace(expected(24), facts=Facts(code="5", text="", expected_at=datetime(2026, 11, 24, 6, 0, tzinfo=UTC)))
    assert not slips(hours, expected(24)).notices
    assert not slips(expected(25), expected(24)).notices
    assert not slips(expected(25), parcel("5", version=1)).notices
    assert not slips(parcel("5", version=1), expected(25)).notices


def test_a_day_that_goes_back_and_forth_is_told_once() -> None:
    told = {"expected_moved": "2026-11-25"}
    assert not slips(expected(24, told=told), expected(25, told=told)).notices
    (notice, _) = slips(expected(24, told=told), expected(26, told=told)).notices
    assert notice.payload["expected_before"] == "2026-11-25"


def test_the_day_that_the_first_message_named_is_the_one_that_slips() -> None:
    created = replace(expected(23), stage=Stage.CREATED)
    first = slips(created, expected(25, version=2))
    assert [one.kind for one in first.notices] == [Kind.ON_ITS_WAY]
    assert first.told["expected_moved"] == "|2026-11-25"
    earlier = expected(24, version=2, told=first.told)
    assert not slips(earlier, expected(25, version=2, told=first.told)).notices


def test_a_day_is_one_notice_though_another_message_names_an_earlier_one_in_between_r2() -> None:
    heard = hearing("redirected, expected_moved")
    known, notices = expected(22), list[str]()
    for version, (code, day) in enumerate((("5", 24), ("104", 22), ("104", 23), ("104", 24), ("104", 25)), start=1):
        draft = expected(day, code, version=max(version, 2) if code == "104" else 1, told=known.told)
        done = hear(known, draft, changed=code != known.facts.code, audiences=heard)  # type: ignore[union-attr]
        notices += [f"{one.kind} {one.occurrence}" for one in done.notices]
        known = replace(draft, told=done.told)
    moved = [f"expected_moved 2026-11-{day}" for day in (24, 23, 25)]
    assert notices == [moved[0], "redirected 2", *moved[1:]]


def test_a_day_that_was_only_named_slips_when_an_earlier_one_was_named_since() -> None:
    for told, made in (("|2026-11-25", 1), ("2026-11-25", 0)):  # as an older version writes both
        heard = hearing("redirected, expected_moved")
        known = expected(25, told={"on_its_way": "1", "expected_moved": told})
        named = expected(24, "104", version=2, told=known.told)
        named = replace(named, told=hear(known, named, audiences=heard).told)
        slipped = hear(named, expected(25, "104", version=2, told=named.told), changed=False, audiences=heard)
        assert len(slipped.notices) == made
        assert slipped.told["expected_moved"] == "2026-11-25"


@pytest.mark.parametrize("code", ["1", "7", "8", "9", "101", "103", "105", "111", "112"])
def test_only_what_is_under_way_can_be_late(code: str) -> None:
    assert Kind.EXPECTED_MOVED not in {one.kind for one in slips(expected(24, code), expected(25, code)).notices}


def test_of_a_return_nobody_awaits_the_day() -> None:
    assert not slips(expected(24, role=Role.RETURN), expected(25, role=Role.RETURN)).notices


def test_at_first_sight_no_day_has_slipped() -> None:
    unseen = replace(BEFORE, facts=None, stage=None, version=0)
    assert [one.kind for one in slips(unseen, expected(25)).notices] == [Kind.ON_ITS_WAY]
    done = hear(expected(24), expected(25), changed=False, audiences=SLIPS, new=(BUYER,))
    assert Kind.EXPECTED_MOVED not in {one.kind for one in done.notices}


def test_nobody_who_has_not_chosen_it_hears_of_a_late_day_and_nothing_is_remembered() -> None:
    done = slips(expected(24), expected(25), Audiences())
    assert (done.notices, done.told) == ((), {})


def test_a_day_that_slipped_before_the_shop_went_live_is_a_shadow() -> None:
    base = replace(expected(24), observed_at=NOW - timedelta(hours=1))
    (notice, _) = slips(base, expected(25), live_since=NOW).notices
    assert (notice.state, notice.reason) == (NoticeState.SHADOW, "before_live")


def test_a_crowd_hears_of_no_late_day() -> None:
    assert not slips(expected(24), expected(25), listed=CROWD + 1).notices
    assert slips(expected(24), expected(25), listed=CROWD).notices
