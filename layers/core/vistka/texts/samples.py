"""Invented notices, in the order of a parcel's story: to look at the texts by, and to try those of a shop."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from vistka.domain.audience import CHOOSABLE
from vistka.domain.notices import Audience, Kind, Notice, NoticeState
from vistka.domain.parcels import Facts, to_iso
from vistka.domain.stages import Stage

ORDER: Final = "TWC09092025N01"
TTN: Final = "20450012345678"
#: Noon in Kyiv on a Monday.
NOW: Final = datetime(2026, 5, 11, 9, 0, tzinfo=UTC)

_DAY: Final = timedelta(days=1)
_CHANGED: Final = datetime(2026, 5, 10, 6, 41, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """`what` says which case of its kind it is."""

    kind: Kind
    what: str
    payload: Mapping[str, Any]
    now: datetime = NOW
    audiences: frozenset[Audience] = frozenset({Audience.BUYER, Audience.SHOP})

    def notice(self, audience: Audience, language: str) -> Notice:
        return Notice(
            order_key="17",
            order_number=ORDER,
            ttn=TTN,
            kind=self.kind,
            occurrence="3",
            audience=audience,
            version=3,
            state=NoticeState.SENDING,
            created_at=self.now,
            language=language,
            payload=self.payload,
        )


def parcel(stage: Stage, *, changed_at: datetime = _CHANGED, **facts: Any) -> dict[str, Any]:
    """The payload of a parcel's notice, as the use cases make it."""
    values = {"code": "7", "text": "Прибув у відділення", "stage": stage, **facts}
    return {
        "facts": Facts(**values).to_dict(),
        "stage": str(stage),
        "previous": "",
        "changed_at": to_iso(changed_at),
    }


type _Facts = Mapping[str, Any]

BRANCH: Final[_Facts] = MappingProxyType(
    {
        "city": "Київ",
        "place": "Відділення №12 (до 30 кг): вул. Хрещатик, 1",
        "place_number": "12",
        "expected_at": datetime(2026, 5, 13, 9, 0, tzinfo=UTC),
        "arrived_at": _CHANGED,
        "paid_storage_at": datetime(2026, 5, 15, 6, 41, tzinfo=UTC),
        "to_pay": "1250",
    }
)
LOCKER: Final[_Facts] = MappingProxyType(
    {
        **BRANCH,
        "place": 'Поштомат "Нова Пошта" №26456: просп. Науки, 60 (маг. "АТБ")',
        "place_number": "26456",
    }
)
REFUSAL: Final[_Facts] = MappingProxyType(
    {**BRANCH, "code": "103", "text": "Відмова від отримання", "reason": "Не влаштувала якість товару"}
)
RETURN_ORDERED: Final[_Facts] = MappingProxyType(
    {
        **BRANCH,
        "code": "102",
        "text": "Відмова від отримання (Відправником створено замовлення на повернення)",
    }
)
COURIER: Final[_Facts] = MappingProxyType(
    {"city": "Київ", "courier": True, "expected_at": BRANCH["expected_at"], "to_pay": "1250"}
)
MONEY: Final[_Facts] = MappingProxyType(
    {
        "code": "10",
        "text": "Відправлення отримано. Грошовий переказ оформлено",
        "received_at": datetime(2026, 5, 6, 11, 5, tzinfo=UTC),
        "redelivery": "1250",
    }
)
HOME: Final[_Facts] = MappingProxyType(
    {"city": "Харків", "place": "Відділення №3: вул. Шевченка, 5", "place_number": "3"}
)
_LAST: Final = datetime(2026, 5, 14, 9, 0, tzinfo=UTC)
_SHOP: Final = frozenset({Audience.SHOP})
_BUYER: Final = frozenset({Audience.BUYER})

SAMPLES: Final = (
    Sample(
        kind=Kind.NOT_HANDED_OVER, what="three days", payload={**parcel(Stage.CREATED, code="1", text=""), "days": 3}
    ),
    Sample(kind=Kind.ON_ITS_WAY, what="to a branch", payload=parcel(Stage.IN_TRANSIT, **BRANCH)),
    Sample(kind=Kind.ON_ITS_WAY, what="by courier", payload=parcel(Stage.IN_TRANSIT, **COURIER)),
    Sample(
        kind=Kind.EXPECTED_MOVED,
        what="by a day",
        payload={**parcel(Stage.IN_TRANSIT, **BRANCH), "expected_before": "2026-05-12"},
    ),
    Sample(kind=Kind.REDIRECTED, what="to a branch", payload=parcel(Stage.REDIRECTED, **BRANCH)),
    Sample(kind=Kind.WITH_COURIER, what="with a sum to pay", payload=parcel(Stage.OUT_FOR_DELIVERY, **COURIER)),
    Sample(
        kind=Kind.FAILED_ATTEMPT,
        what="nobody there",
        payload=parcel(
            Stage.FAILED_ATTEMPT,
            **COURIER,
            code="111",
            text="Невдала спроба доставки через відсутність Одержувача на адресі або зв'язку з ним",
            reason="Немає за адресою",
        ),
    ),
    Sample(
        kind=Kind.POSTPONED,
        what="by two days",
        payload=parcel(Stage.POSTPONED, **COURIER, code="112", text="Дата доставки перенесена Одержувачем"),
    ),
    Sample(kind=Kind.WAITING, what="at a branch", payload=parcel(Stage.AT_BRANCH, **BRANCH)),
    Sample(kind=Kind.WAITING, what="in a locker", payload=parcel(Stage.AT_LOCKER, **LOCKER)),
    Sample(kind=Kind.LAST_DAY, what="tomorrow", payload=parcel(Stage.AT_BRANCH, **BRANCH), now=_LAST - _DAY),
    Sample(kind=Kind.LAST_DAY, what="today", payload=parcel(Stage.AT_BRANCH, **BRANCH), now=_LAST),
    Sample(kind=Kind.LAST_DAY, what="locker, tomorrow", payload=parcel(Stage.AT_LOCKER, **LOCKER), now=_LAST - _DAY),
    Sample(kind=Kind.LAST_DAY, what="passed", payload=parcel(Stage.AT_BRANCH, **BRANCH), now=_LAST + _DAY),
    Sample(kind=Kind.WAITING_LONG, what="five days", payload=parcel(Stage.AT_BRANCH, **BRANCH), now=NOW + 4 * _DAY),
    Sample(
        kind=Kind.STORAGE_ENDED,
        what="at a branch",
        payload=parcel(Stage.STORAGE_ENDED, **{**BRANCH, "text": "Припинено зберігання"}),
    ),
    Sample(kind=Kind.RECEIVED, what="at a branch", payload=parcel(Stage.DELIVERED, **BRANCH, received_at=_CHANGED)),
    Sample(kind=Kind.MONEY_COMING, what="after the receipt", payload=parcel(Stage.DELIVERED, **MONEY)),
    Sample(kind=Kind.MONEY_OVERDUE, what="five days", payload=parcel(Stage.DELIVERED, **MONEY)),
    Sample(kind=Kind.MONEY_PAID, what="paid out", payload=parcel(Stage.DELIVERED, **{**MONEY, "code": "11"})),
    Sample(kind=Kind.REFUSED, what="with a reason", payload=parcel(Stage.REFUSED, **REFUSAL)),
    Sample(
        kind=Kind.REFUSED,
        what="its return is ordered",
        payload=parcel(Stage.REFUSED, **RETURN_ORDERED),
        audiences=_SHOP,
    ),
    Sample(
        kind=Kind.REFUSED,
        what="its buyer has no chat",
        payload={**parcel(Stage.REFUSED, **REFUSAL), "unreachable": "no_chat"},
        audiences=_SHOP,
    ),
    Sample(
        kind=Kind.COMING_BACK,
        what="on its way",
        payload=parcel(Stage.RETURNING, **HOME, expected_at=BRANCH["expected_at"]),
    ),
    Sample(
        kind=Kind.RETURN_WAITING,
        what="at the shop's branch",
        payload=parcel(Stage.RETURN_WAITING, **HOME, paid_storage_at=BRANCH["paid_storage_at"], to_pay="85"),
        audiences=_SHOP,
    ),
    Sample(kind=Kind.RETURNED, what="back", payload=parcel(Stage.RETURNED, received_at=_CHANGED)),
    Sample(kind=Kind.SECOND_CHAT, what="another chat", payload={}, audiences=_BUYER),
    Sample(kind=Kind.NUMBER_UNKNOWN, what="three days", payload={"days": 3}, audiences=_SHOP),
    Sample(kind=Kind.AGED_OUT, what="never handed over", payload={"stage": "created", "days": 30}, audiences=_SHOP),
    Sample(kind=Kind.AGED_OUT, what="no news", payload={"stage": "at_branch", "days": 62}, audiences=_SHOP),
    Sample(kind=Kind.CROWDED, what="23 orders", payload={"orders": 23}, audiences=_SHOP),
    Sample(kind=Kind.LINK_REFUSED, what="another chat", payload={}, audiences=_SHOP),
    Sample(kind=Kind.FOREIGN_TEXT, what="another program", payload={}, audiences=_SHOP),
    Sample(kind=Kind.UNCONFIRMED, what="waiting", payload={"kind": "waiting"}, audiences=_SHOP),
    Sample(kind=Kind.UNTOLD, what="of three", payload={"counts": {"no_user": 2, "blocked": 1}}, audiences=_SHOP),
    Sample(
        kind=Kind.KEY_REFUSED,
        what="since the morning",
        payload={"since": "2026-05-11T05:10:00.000000Z"},
        audiences=_SHOP,
    ),
    Sample(
        kind=Kind.CARRIER_SILENT,
        what="since the morning",
        payload={"since": "2026-05-11T05:10:00.000000Z"},
        audiences=_SHOP,
    ),
    Sample(
        kind=Kind.DIGEST,
        what="a day",
        payload={
            "day": "2026-05-11",
            "longest": 21,
            "late_days": 5,
            "created_days": 3,
            "risk": "2450.50",
            "owed": "3000",
            "figures": {"on_its_way": 104, "waiting": 7, "late": 2, "refused": 1, "coming_back": 2, "money": 3},
        },
        audiences=_SHOP,
    ),
    Sample(
        kind=Kind.REPORT,
        what="a month",
        payload={
            "month": "2026-04",
            "since": "2026-04-01T05:10:00.000000Z",
            "dollars": "0.86",
            "figures": {"parcels": 412, "received": 380, "refused": 12, "to_buyers": 1180, "to_shop": 35},
            "outages": {"carrier": 3},
        },
        audiences=_SHOP,
    ),
)

#: Those that name no order.
OF_NO_ORDER: Final = frozenset({Kind.UNTOLD, Kind.REPORT, Kind.DIGEST, Kind.KEY_REFUSED, Kind.CARRIER_SILENT})


def samples(kind: Kind | None = None, audience: Audience | None = None) -> Iterator[tuple[Sample, Audience]]:
    """Of each kind and audience, or of these alone, in the order of a parcel's story; and an empty payload last, as
    something may always be missing."""
    for each in (Audience.BUYER, Audience.SHOP):
        for sample in SAMPLES:
            if kind in {None, sample.kind} and audience in {None, each} and each in sample.audiences:
                yield sample, each


def bare(kind: Kind) -> Sample:
    """One of which nothing is known."""
    return Sample(kind=kind, what="nothing known", payload={})


def told_kinds(audience: Audience) -> frozenset[Kind]:
    return frozenset(sample.kind for sample, _ in samples(audience=audience)) | (CHOOSABLE[audience])
