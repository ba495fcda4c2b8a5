"""Every message that people read, by name: kind, audience, payload and the moment of reading."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from vistka.domain.audience import CHOOSABLE
from vistka.domain.notices import Audience, Kind, Notice, NoticeState
from vistka.domain.stages import Stage
from vistka.texts.render import Messages
from vistka.texts.samples import BRANCH, COURIER, HOME, LOCKER, MONEY, NOW, ORDER, REFUSAL, RETURN_ORDERED, TTN
from vistka.texts.samples import parcel as payload_of

BUYER, SHOP = Audience.BUYER, Audience.SHOP
#: A program is told of the first; of the others nobody is yet.
UNWRITTEN: Final = frozenset({Kind.CHANGED})
#: Either may hear of what a shop can choose.
FOR_THE_BUYER: Final = (*sorted(CHOOSABLE[BUYER]), Kind.SECOND_CHAT)
FOR_THE_SHOP: Final = (
    *sorted(CHOOSABLE[SHOP]),
    Kind.NUMBER_UNKNOWN,
    Kind.AGED_OUT,
    Kind.CROWDED,
    Kind.LINK_REFUSED,
    Kind.FOREIGN_TEXT,
    Kind.UNCONFIRMED,
    Kind.UNTOLD,
    Kind.KEY_REFUSED,
    Kind.CARRIER_SILENT,
    Kind.DIGEST,
    Kind.REPORT,
)
TOLD: Final = [(kind, BUYER) for kind in FOR_THE_BUYER] + [(kind, SHOP) for kind in FOR_THE_SHOP]


def notice(kind: Kind, audience: Audience, payload: dict[str, Any], **changes: Any) -> Notice:
    values: dict[str, Any] = {
        "order_key": "17",
        "order_number": ORDER,
        "ttn": TTN,
        "kind": kind,
        "occurrence": "3",
        "audience": audience,
        "version": 3,
        "state": NoticeState.SENDING,
        "created_at": NOW,
        "chat_id": 700000000123,
        "payload": payload,
    }
    return Notice(**{**values, **changes})


def parcel(stage: Stage, **facts: Any) -> dict[str, Any]:
    """The payload of a parcel's notice, as the use case makes it."""
    return payload_of(stage, changed_at=datetime(2026, 5, 12, 11, 5, tzinfo=UTC), **facts)


def render(kind: Kind, audience: Audience, payload: dict[str, Any], *, now: datetime = NOW, **changes: Any) -> str:
    return Messages().render(notice(kind, audience, payload, **changes), now=now)


RETURN: Final = {"city": "Ірпінь", "return_at": datetime(2026, 5, 16, 9, 0, tzinfo=UTC)}

DAY: Final = timedelta(days=1)
LAST_DAY: Final = datetime(2026, 5, 14, 9, 0, tzinfo=UTC)
LATER: Final = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)

type Case = tuple[Kind, Audience, dict[str, Any], datetime]


def _both(name: str, kind: Kind, payload: dict[str, Any], now: datetime = NOW) -> dict[str, Case]:
    return {name: (kind, BUYER, payload, now), f"shop_{name}": (kind, SHOP, payload, now)}


CASES: Final[dict[str, Case]] = {
    **_both("on_its_way", Kind.ON_ITS_WAY, parcel(Stage.IN_TRANSIT, **BRANCH)),
    **_both("on_its_way_to_a_locker", Kind.ON_ITS_WAY, parcel(Stage.IN_TRANSIT, **LOCKER)),
    **_both("on_its_way_in_the_city", Kind.ON_ITS_WAY, parcel(Stage.ARRIVED_CITY, **BRANCH)),
    **_both("on_its_way_late", Kind.ON_ITS_WAY, parcel(Stage.IN_TRANSIT, **BRANCH), LAST_DAY),
    **_both("on_its_way_by_courier", Kind.ON_ITS_WAY, parcel(Stage.IN_TRANSIT, **COURIER)),
    **_both("with_courier", Kind.WITH_COURIER, parcel(Stage.OUT_FOR_DELIVERY, **COURIER)),
    **_both("waiting_branch", Kind.WAITING, parcel(Stage.AT_BRANCH, **BRANCH)),
    **_both("waiting_branch_last_day", Kind.WAITING, parcel(Stage.AT_BRANCH, **BRANCH), LAST_DAY),
    **_both("waiting_branch_paid", Kind.WAITING, parcel(Stage.AT_BRANCH, **BRANCH), LATER),
    **_both("waiting_branch_until_return", Kind.WAITING, parcel(Stage.AT_BRANCH, **RETURN)),
    **_both("waiting_branch_until_return_last_day", Kind.WAITING, parcel(Stage.AT_BRANCH, **RETURN), LAST_DAY + DAY),
    **_both("waiting_branch_return_passed", Kind.WAITING, parcel(Stage.AT_BRANCH, **RETURN), LATER),
    **_both("waiting_locker", Kind.WAITING, parcel(Stage.AT_LOCKER, **LOCKER)),
    "waiting_locker_paid_for": (Kind.WAITING, BUYER, parcel(Stage.AT_LOCKER, **{**LOCKER, "to_pay": ""}), NOW),
    **_both("waiting_locker_last_day", Kind.WAITING, parcel(Stage.AT_LOCKER, **LOCKER), LAST_DAY),
    **_both("waiting_locker_passed", Kind.WAITING, parcel(Stage.AT_LOCKER, **LOCKER), LATER),
    "shop_waiting_untold": (
        Kind.WAITING, SHOP, {**parcel(Stage.AT_BRANCH, **BRANCH), "unreachable": "no_chat"}, NOW),
    **_both("last_day_branch_tomorrow", Kind.LAST_DAY, parcel(Stage.AT_BRANCH, **BRANCH), LAST_DAY - DAY),
    **_both("last_day_branch_today", Kind.LAST_DAY, parcel(Stage.AT_BRANCH, **BRANCH), LAST_DAY),
    **_both("last_day_branch_later", Kind.LAST_DAY, parcel(Stage.AT_BRANCH, **BRANCH), LAST_DAY - 2 * DAY),
    **_both("last_day_branch_passed", Kind.LAST_DAY, parcel(Stage.AT_BRANCH, **BRANCH), LATER),
    **_both("last_day_locker_tomorrow", Kind.LAST_DAY, parcel(Stage.AT_LOCKER, **LOCKER), LAST_DAY - DAY),
    **_both("last_day_locker_today", Kind.LAST_DAY, parcel(Stage.AT_LOCKER, **LOCKER), LAST_DAY),
    **_both("last_day_locker_passed", Kind.LAST_DAY, parcel(Stage.AT_LOCKER, **LOCKER), LATER),
    **_both("last_day_return_tomorrow", Kind.LAST_DAY, parcel(Stage.AT_BRANCH, **RETURN), LAST_DAY),
    **_both("last_day_return_today", Kind.LAST_DAY, parcel(Stage.AT_BRANCH, **RETURN), LAST_DAY + DAY),
    **_both("last_day_return_passed", Kind.LAST_DAY, parcel(Stage.AT_BRANCH, **RETURN), LATER),
    **_both(
        "storage_ended", Kind.STORAGE_ENDED,
        parcel(Stage.STORAGE_ENDED, **{**BRANCH, "text": "Припинено зберігання"})),
    **_both("received", Kind.RECEIVED, parcel(Stage.DELIVERED, **{**BRANCH, **MONEY})),
    **_both("refused", Kind.REFUSED, parcel(Stage.REFUSED, **REFUSAL)),
    "shop_refused_coming_back": (
        Kind.REFUSED, SHOP,
        parcel(Stage.REFUSED, **{**REFUSAL, "code": "102", "reason": ""}, child_ttn="20450087654321",
               child_type="CargoReturn"), NOW),
    "shop_refused_return_ordered": (Kind.REFUSED, SHOP, parcel(Stage.REFUSED, **RETURN_ORDERED), NOW),
    "shop_refused_untold": (
        Kind.REFUSED, SHOP, {**parcel(Stage.REFUSED, **REFUSAL), "unreachable": "no_user"}, NOW),
    **_both(
        "coming_back", Kind.COMING_BACK,
        parcel(Stage.RETURNING, **HOME, expected_at=BRANCH["expected_at"])),
    "shop_return_waiting": (
        Kind.RETURN_WAITING, SHOP,
        parcel(Stage.RETURN_WAITING, **HOME, paid_storage_at=BRANCH["paid_storage_at"], to_pay="85"), NOW),
    "shop_return_waiting_in_a_locker": (
        Kind.RETURN_WAITING, SHOP, parcel(Stage.RETURN_WAITING, **{**LOCKER, "to_pay": ""}), NOW),
    **_both("returned", Kind.RETURNED, parcel(Stage.RETURNED, **{**MONEY, "redelivery": ""})),
    **_both(
        "failed_attempt", Kind.FAILED_ATTEMPT,
        parcel(Stage.FAILED_ATTEMPT, **{**COURIER, "text": "Невдала спроба доставки"}, reason="Немає за адресою")),
    **_both("postponed", Kind.POSTPONED, parcel(Stage.POSTPONED, **BRANCH)),
    **_both("redirected", Kind.REDIRECTED, parcel(Stage.REDIRECTED, **BRANCH)),
    **_both("redirected_to_a_door", Kind.REDIRECTED, parcel(Stage.REDIRECTED, **COURIER)),
    **_both(
        "expected_moved", Kind.EXPECTED_MOVED, {**parcel(Stage.IN_TRANSIT, **BRANCH), "expected_before": "2026-05-12"}),
    **_both("expected_moved_by_courier", Kind.EXPECTED_MOVED, parcel(Stage.IN_TRANSIT, **COURIER)),
    **_both("money_coming", Kind.MONEY_COMING, parcel(Stage.DELIVERED, **MONEY)),
    **_both("money_paid", Kind.MONEY_PAID, parcel(Stage.DELIVERED, **{**MONEY, "code": "11"})),
    **_both("money_overdue", Kind.MONEY_OVERDUE, parcel(Stage.DELIVERED, **MONEY)),
    **_both(
        "not_handed_over", Kind.NOT_HANDED_OVER,
        {**parcel(Stage.CREATED, code="1", text="Відправлення створено"), "days": 3}),
    **_both("waiting_long_branch", Kind.WAITING_LONG, parcel(Stage.AT_BRANCH, **BRANCH)),
    **_both("waiting_long_locker", Kind.WAITING_LONG, parcel(Stage.AT_LOCKER, **LOCKER)),
    **_both("waiting_long_paid", Kind.WAITING_LONG, parcel(Stage.AT_BRANCH, **BRANCH), LATER),
    **{f"{kind}_short": (kind, BUYER, {}, NOW) for kind in FOR_THE_BUYER},
    **{f"shop_{kind}_short": (kind, SHOP, {}, NOW) for kind in FOR_THE_SHOP},
    "shop_number_unknown": (Kind.NUMBER_UNKNOWN, SHOP, {"days": 3}, NOW),
    "shop_aged_out_created": (Kind.AGED_OUT, SHOP, {"stage": "created", "days": 30}, NOW),
    "shop_aged_out_not_found": (Kind.AGED_OUT, SHOP, {"stage": "not_found", "days": 21}, NOW),
    "shop_aged_out_money": (Kind.AGED_OUT, SHOP, {"stage": "delivered", "days": 14}, NOW),
    "shop_aged_out_other": (Kind.AGED_OUT, SHOP, {"stage": "at_branch", "days": 62}, NOW),
    "shop_crowded": (Kind.CROWDED, SHOP, {"orders": 23}, NOW),
    **{
        f"shop_unconfirmed_{kind}": (Kind.UNCONFIRMED, SHOP, {"kind": str(kind)}, NOW)
        for kind in sorted(CHOOSABLE[BUYER])
    },
    "shop_untold_one": (Kind.UNTOLD, SHOP, {"counts": {"no_user": 1}}, NOW),
    "shop_untold_two": (Kind.UNTOLD, SHOP, {"counts": {"no_chat": 2}}, NOW),
    "shop_untold_many": (
        Kind.UNTOLD, SHOP,
        {"counts": {"no_user": 5, "no_profile": 2, "no_chat": 7, "bad_chat": 1, "blocked": 1, "deactivated": 1,
                    "not_started": 3, "other_bot": 1, "not_found": 1, "failed": 1}}, NOW),
    "shop_key_refused": (Kind.KEY_REFUSED, SHOP, {"since": "2026-05-11T05:10:00.000000Z"}, NOW),
    "shop_carrier_silent": (Kind.CARRIER_SILENT, SHOP, {"since": "2026-05-11T03:10:00.000000Z"}, NOW),
    "shop_digest": (
        Kind.DIGEST, SHOP,
        {"day": "2026-05-11", "longest": 21, "late_days": 5, "created_days": 3, "risk": "2450.50", "owed": "3000",
         "figures": {"on_its_way": 1204, "waiting": 7, "late": 2, "storage_ended": 1, "refused": 1, "coming_back": 2,
                     "return_waiting": 1, "not_handed_over": 1, "money": 3, "unknown": 1, "untold": 2}}, NOW),
    "shop_digest_of_a_quiet_day": (
        Kind.DIGEST, SHOP,
        {"day": "2026-05-12", "longest": 0, "risk": "0", "owed": "0", "figures": {"waiting": 1}}, NOW),
    "shop_report": (
        Kind.REPORT, SHOP,
        {"month": "2026-04", "since": "2026-04-01T05:10:00.000000Z", "dollars": "0.86",
         "figures": {"parcels": 412, "received": 380, "refused": 12, "to_buyers": 1180, "to_shop": 35, "untold": 42}},
        NOW),
    "shop_report_of_a_part_with_outages": (
        Kind.REPORT, SHOP,
        {"month": "2026-04", "since": "2026-04-14T05:10:00.000000Z", "dollars": "21.00",
         "figures": {"parcels": 1, "received": 0, "to_buyers": 3, "to_shop": 1, "unconfirmed": 1},
         "outages": {"carrier": 3, "telegram": 1, "shop": 12}, "gap_minutes": 130}, NOW),
}  # fmt: skip
