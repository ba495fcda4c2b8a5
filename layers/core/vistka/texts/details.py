"""What a message can tell of a parcel, read from a notice whose payload may lack anything."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote

from vistka.domain.kyiv import kyiv_date
from vistka.domain.notices import Kind, Notice
from vistka.domain.parcels import Facts, from_iso
from vistka.domain.places import place_of
from vistka.domain.stages import ROLE_OF_TYPE, Role, Stage
from vistka.domain.sums import money_of_shop, sum_to_pay
from vistka.texts.labels import label
from vistka.texts.report import digest_of, report_of

_LONGEST: Final = 300
#: The carrier's code of a refusal after which the sender has ordered the return already.
_RETURN_ORDERED: Final = "102"
_CHILD: Final = re.compile(r"\d{14}")
#: When that began of which a reminder says that it takes long.
_BEGAN: Final[Mapping[Kind, str]] = MappingProxyType(
    {Kind.NOT_HANDED_OVER: "created_at", Kind.WAITING_LONG: "arrived_at", Kind.MONEY_OVERDUE: "received_at"}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Deadline:
    """The last day of something, in Kyiv, and how it stands to today: past, today, tomorrow or later."""

    day: date
    when: str

    @property
    def past(self) -> bool:
        return self.when == "past"

    @property
    def today(self) -> bool:
        return self.when == "today"

    @property
    def tomorrow(self) -> bool:
        return self.when == "tomorrow"


def deadline_before(moment: datetime | None, today: date) -> Deadline | None:
    """The day before that of `moment`."""
    if moment is None:
        return None
    day = kyiv_date(moment) - timedelta(days=1)
    when = {-1: "past", 0: "today", 1: "tomorrow"}.get(max((day - today).days, -1), "later")
    return Deadline(day=day, when=when)


def details(notice: Notice, *, now: datetime) -> dict[str, Any]:
    """The variables of the templates; each is there, and None, "" or 0 where nothing is known. Raises nothing for a
    payload that is short or damaged."""
    payload = notice.payload
    facts = _facts(payload.get("facts"))
    stage = _stage(payload.get("stage")) or facts.stage
    today = kyiv_date(now)
    place = place_of(tidy(facts.place), tidy(facts.place_number))
    expected = kyiv_date(facts.expected_at) if facts.expected_at else None
    return {
        "order": tidy(notice.order_number),
        "ttn": tidy(notice.ttn),
        "track_url": f"https://novaposhta.ua/tracking/?cargo_number={quote(tidy(notice.ttn), safe='')}",
        "stage": str(stage or ""),
        "label": label(stage),
        "text": tidy(facts.text),
        "reason": tidy(facts.reason),
        "city": tidy(facts.city),
        "place": place,
        "locker": stage is Stage.AT_LOCKER or (stage is Stage.RETURN_WAITING and place.word == "locker"),
        "courier": bool(facts.courier),
        "today": today,
        "expected": expected if expected and expected >= today else None,
        "expected_before": _day(payload.get("expected_before")),
        "arrived_at": facts.arrived_at,
        "received_at": facts.received_at,
        "changed_at": _moment(payload.get("changed_at")),
        # Paid storage starts on the day of DatePayedKeeping; its time of day only repeats the hour of arrival, and
        # that day is the first PAID one (DateFirstDayStorage says the same date). So the day before is the last free.
        "storage": deadline_before(facts.paid_storage_at, today),
        # Without a paid storage date there is none to pay; the parcel lies until its return.
        "until_return": deadline_before(facts.return_at, today) if facts.paid_storage_at is None else None,
        "sum": sum_to_pay(facts),
        # What the buyer pays for the goods, and the carrier passes on to the shop.
        "money": money_of_shop(facts),
        "child": _return_of(facts),
        # Its waybill may come hours later.
        "return_ordered": facts.code == _RETURN_ORDERED,
        "unreachable": str(payload.get("unreachable") or ""),
        "days": _count(payload.get("days")) or _days_since(_BEGAN.get(notice.kind, ""), facts, today),
        "orders": _count(payload.get("orders")),
        "kind": str(payload.get("kind") or ""),
        "counts": _counts(payload.get("counts")),
        "report": report_of(payload),
        "digest": digest_of(payload),
        "since": _moment(payload.get("since")),
    }


def tidy(text: object) -> str:
    """One line without control characters, no longer than a reader bears."""
    line = " ".join("".join(c if c.isprintable() or c.isspace() else " " for c in str(text or "")).split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1].rsplit(" ", 1)[0] + "…"


def _facts(given: object) -> Facts:
    data = given if isinstance(given, Mapping) else {}
    with suppress(ValueError, TypeError, AttributeError):
        return Facts.from_dict(data)
    # Something in it cannot be read: the rest is still worth telling.
    readable: dict[str, Any] = {}
    for name, value in data.items():
        with suppress(ValueError, TypeError, AttributeError):
            Facts.from_dict({name: value})
            readable[name] = value
    return Facts.from_dict(readable)


def _stage(given: object) -> Stage | None:
    try:
        return Stage(str(given)) if given else None
    except ValueError:
        return None


def _days_since(name: str, facts: Facts, today: date) -> int:
    moment = getattr(facts, name) if name else None
    return max((today - kyiv_date(moment)).days, 0) if moment is not None else 0


def _moment(given: object) -> datetime | None:
    try:
        return from_iso(str(given)) if given else None
    except ValueError:
        return None


def _day(given: object) -> date | None:
    try:
        return date.fromisoformat(str(given)) if given else None
    except ValueError:
        return None


def _return_of(facts: Facts) -> str:
    """The waybill under which it comes back; what else was made on its basis is none (F32)."""
    returns = ROLE_OF_TYPE.get(str(facts.child_type)) is Role.RETURN
    return facts.child_ttn if returns and _CHILD.fullmatch(str(facts.child_ttn)) else ""


def _count(given: object) -> int:
    try:
        return max(int(str(given)), 0)
    except ValueError:
        return 0


def _counts(given: object) -> list[tuple[str, int]]:
    data = given if isinstance(given, Mapping) else {}
    counted = [(str(reason), _count(number)) for reason, number in data.items()]
    return sorted((pair for pair in counted if pair[1]), key=lambda pair: (-pair[1], pair[0]))
