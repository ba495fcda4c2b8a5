"""What must be told and shown, worked out from the script itself by rules of its own.

Nothing here comes from the package under test: two ways to one result, so that a mistake in either is seen.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from local.scenario.model import Order, Scenario
from local.scenario.script import NO_ITEM, NOT_FOUND, STUB, Parcel

RUN_HOURS: Final = (0, 30, 48)
_STAGES: Final = {
    "created": "1",
    "deleted": "2",
    "in_transit": "4 41 5 12 15",
    "arrived_city": "6",
    "at_branch": "7 14 107",
    "at_locker": "8",
    "delivered": "9 10 11 106",
    "out_for_delivery": "101",
    "refused": "102 103 108",
    "redirected": "104",
    "storage_ended": "105",
    "failed_attempt": "111",
    "postponed": "112",
    "destroyed": "124",
}
_STAGE: Final = {code: stage for stage, codes in _STAGES.items() for code in codes.split()}
#: What goes back reads otherwise; the rest of it as ever.
_ON_THE_WAY: Final = "created in_transit arrived_city out_for_delivery redirected failed_attempt postponed"
_BACK: Final = {
    **dict.fromkeys(_ON_THE_WAY.split(), "returning"),
    **dict.fromkeys(("at_branch", "at_locker"), "return_waiting"),
    "delivered": "returned",
}
#: Types of waybills that take the place of another; with the first of them a parcel goes back.
_FOLLOWED: Final = ("CargoReturn", "Redirecting")
_STOPPED: Final = frozenset({"refused", "redirected", "storage_ended"})
#: Beside the carrier's words a parcel that is back has none in the shop: they say that it was received.
_BACK_WORDS: Final = "Повернено"
_TO_THE_SHOP: Final = frozenset({"refused", "storage_ended", "return_waiting", "returned"})
_TO_THE_BUYER: Final = frozenset({"on_its_way", "with_courier", "waiting", "received"})
_KYIV: Final = ZoneInfo("Europe/Kyiv")
_NOT_HANDED_OVER_DAYS: Final = 3
_WAITING: Final = frozenset({"at_branch", "at_locker"})
_MOVING: Final = frozenset({"in_transit", "arrived_city"})
_NOT_HANDED_OVER: Final = frozenset({None, "created", "not_found"})
_OVER: Final = frozenset({"2", "11", "106", "124"})
_REFUSED_CHATS: Final = frozenset({"blocked", "deactivated", "not_started", "unknown_chat"})
_ORDER_NUMBER: Final = re.compile(r"TWC\d{8}N\d+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Expected:
    """One message: to the buyer's chat or to the shop's."""

    order_number: str
    ttn: str
    kind: str  # one of _TO_THE_BUYER or _TO_THE_SHOP
    audience: str  # buyer, shop
    chat_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Expectation:
    """What one run must bring.

    `maybe`: reminders that are due on that day, of which the hour of the run decides. `undeliverable`: told to chats
    that Telegram refuses. `untold`: buyers without a chat by reason; one summary to the shop tells of them if there are
    any. `stages`: of every parcel that an open order has, None where none is known yet, and of those that took their
    places. `sentences`: order number -> the carrier's words that shipment_status must hold (see `shows`); only orders
    with one parcel whose last answer is a plain one. What has just taken its place is asked about with the next run,
    which may come at once.
    """

    hours: int
    messages: tuple[Expected, ...]
    maybe: tuple[Expected, ...]
    undeliverable: tuple[Expected, ...]
    untold: Mapping[str, int]
    stages: Mapping[str, str | None]
    sentences: Mapping[str, str]


@dataclass(slots=True)
class _Seen:
    """What one who asks at the runs knows of a parcel."""

    stage: str | None = None
    sentence: str | None = None
    place: str = ""
    over: bool = False
    news: list[str] = field(default_factory=list)  # kinds, of the last look alone
    back: bool = False
    child: str = ""  # what has taken its place
    parent: "_Seen | None" = None

    @property
    def fresh(self) -> bool:
        """It has just taken its parent's place, and was not asked about yet."""
        return self.parent is not None and self.stage is None


def expected(scenario: Scenario, hours: Sequence[int] = RUN_HOURS) -> list[Expectation]:
    """One for each run. The first tells nobody: all of it happened before anybody looked."""
    orders = [order for order in scenario.orders if order.open and order.ttns]
    seen = {ttn: _Seen() for order in orders for ttn in order.ttns}
    out = []
    for run, hour in enumerate(hours):
        known = list(seen.items())
        for ttn, one in known:
            _look(one, scenario.by_ttn[ttn], hour * 3600)
        told = [(o, ttn, kind) for o in orders for ttn in _chain(o, seen) for kind in seen[ttn].news if run]
        for ttn, one in known:
            _take_up(one, scenario.by_ttn[ttn], hour * 3600, seen)
        out.append(_expectation(scenario, hour, orders, seen, told))
    return out


def _chain(order: Order, seen: Mapping[str, _Seen]) -> list[str]:
    """The order's numbers, and what has taken their places."""
    ttns = list(order.ttns)
    level = ttns
    while level := [child for ttn in level if (child := seen[ttn].child)]:
        ttns = [*ttns, *level]
    return ttns


def _take_up(known: _Seen, parcel: Parcel, at: int, seen: dict[str, _Seen]) -> None:
    child, step = parcel.child, parcel.step(at)
    if known.child or child is None or child.type not in _FOLLOWED or child.at > at:
        return
    if step is None or step.code in {NO_ITEM, STUB, NOT_FOUND}:
        return
    known.child, known.over = child.ttn, known.over or known.stage in _STOPPED
    seen[child.ttn] = _Seen(back=known.back or child.type == "CargoReturn", parent=known)


def _look(known: _Seen, parcel: Parcel, at: int) -> None:
    known.news = []
    step = parcel.step(at)
    code = NOT_FOUND if step is None else step.code
    if known.over or code in {NO_ITEM, STUB}:
        return
    if code == NOT_FOUND:
        if known.stage in _NOT_HANDED_OVER:
            known.stage, known.sentence = "not_found", None
        return
    assert step is not None
    stage = _STAGE.get(code)
    if stage is None:
        known.sentence = None
        return
    if known.back:
        stage = _BACK.get(stage, stage)
    where = parcel.place_at(at)
    place = "" if where is None else where.name
    was = known.parent.stage if known.fresh and known.parent else known.stage
    # What a waybill did before anybody looked at its order is no news of it.
    known.news = [] if known.fresh and step.at <= 0 else _kinds(was, stage, moved=known.place != place)
    known.stage, known.place = stage, place
    known.sentence = _BACK_WORDS if stage == "returned" else step.text
    known.over = code in _OVER or stage == "returned" or (code == "9" and not parcel.redelivery)


def _kinds(was: str | None, now: str, *, moved: bool) -> list[str]:
    if now in _MOVING and was in _NOT_HANDED_OVER:
        return ["on_its_way"]
    if now in _WAITING and (was not in _WAITING or moved):
        return ["waiting"]
    if now == "delivered" and was != now:
        return ["received"]
    if now == "return_waiting" and (was != now or moved):
        return [now]
    if now == "out_for_delivery" and was != now:
        return ["with_courier"]
    return [now] if now in _TO_THE_SHOP and was != now else []


def _expectation(
    scenario: Scenario,
    hours: int,
    orders: Iterable[Order],
    seen: Mapping[str, _Seen],
    told: Sequence[tuple[Order, str, str]],
) -> Expectation:
    messages: list[Expected] = []
    undeliverable: list[Expected] = []
    untold: Counter[str] = Counter()
    for order, ttn, kind in told:
        if kind in _TO_THE_SHOP:
            messages.append(_one(order, ttn, kind, "shop", scenario.shop_chat_id))
        if kind not in _TO_THE_BUYER:
            continue
        if order.reach == "chat" and order.chat_id is not None:
            messages.append(_one(order, ttn, kind, "buyer", order.chat_id))
        elif order.reach in _REFUSED_CHATS and order.chat_id is not None:
            undeliverable.append(_one(order, ttn, kind, "buyer", order.chat_id))
        else:
            untold[order.reach] += 1
    single = {order.number: seen[_chain(order, seen)[-1]] for order in orders if len(order.ttns) == 1}
    return Expectation(
        hours=hours,
        messages=tuple(messages),
        maybe=tuple(_reminders(scenario, hours, orders, seen)),
        undeliverable=tuple(undeliverable),
        untold=dict(untold),
        stages={ttn: known.stage for ttn, known in seen.items() if not known.fresh},
        sentences={number: known.sentence for number, known in single.items() if known.sentence is not None},
    )


def _reminders(
    scenario: Scenario, hours: int, orders: Iterable[Order], seen: Mapping[str, _Seen]
) -> Iterator[Expected]:
    """The shop is reminded of what was not handed over on the third day; nothing here waits longer than that."""
    today = (scenario.epoch + timedelta(hours=hours)).astimezone(_KYIV).date()
    for order in orders:
        for ttn in order.ttns:
            if seen[ttn].stage != "created":
                continue
            made = scenario.epoch + timedelta(seconds=scenario.by_ttn[ttn].steps[0].at)
            if today >= made.astimezone(_KYIV).date() + timedelta(days=_NOT_HANDED_OVER_DAYS):
                yield _one(order, ttn, "not_handed_over", "shop", scenario.shop_chat_id)


def _one(order: Order, ttn: str, kind: str, audience: str, chat_id: int) -> Expected:
    return Expected(order_number=order.number, ttn=ttn, kind=kind, audience=audience, chat_id=chat_id)


def shows(shipment_status: str | None, sentence: str) -> bool:
    """Whether a shop's column holds the sentence: alone or behind a label, and perhaps cut with `…` to fit."""
    words = (shipment_status or "").split(" - ", 1)[-1]
    return words == sentence or (words.endswith("…") and len(words) > 20 and sentence.startswith(words[:-1].rstrip()))


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """A run's messages held against what was expected. `summaries`: the shop was told whom nobody could tell."""

    missing: tuple[Expected, ...]
    surplus: tuple[Mapping[str, Any], ...]
    summaries: tuple[Mapping[str, Any], ...]


def settle(run: Expectation, messages: Iterable[Mapping[str, Any]], *, shop_chat_id: int) -> Settled:
    """`messages` as the control API lists them, of this run alone.

    A message belongs to an expected one by its chat and the order's number in its text. One to the shop that belongs
    to none and names no order is a summary, where buyers could not be told; it may well come with the run after.
    """
    missing, maybe = list(run.messages), list(run.maybe)
    surplus = []
    summaries = []
    for message in messages:
        chat, numbers = message["chat_id"], set(_ORDER_NUMBER.findall(message["text"]))
        found = next((one for one in missing if one.chat_id == chat and one.order_number in numbers), None)
        if found is not None:
            missing.remove(found)
        elif (found := next((m for m in maybe if m.chat_id == chat and m.order_number in numbers), None)) is not None:
            maybe.remove(found)
        elif chat == shop_chat_id and not numbers:
            summaries.append(message)
        else:
            surplus.append(message)
    return Settled(missing=tuple(missing), surplus=tuple(surplus), summaries=tuple(summaries))
