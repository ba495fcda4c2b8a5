"""What the shop's own people and programs do to its orders while Vistka works."""

import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from tests.simulation.watch import numbers_in
from vistka.domain.notices import REMINDERS, Audience, NoticeState
from vistka.domain.telling import CROWD

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.plan import Event, Plan

    type Which = Callable[[], str | None]

CRON: Final = "старий крон: у дорозі"
#: Seeds of shops whose open orders are too many for some runs, and of those the ones in which that lasts.
_LARGE: Final = 0.15
_LASTS: Final = 0.4
#: Seeds in which orders are closed by mistake, and in which profiles get another chat while news wait.
_REOPENED: Final = 0.35
_CORRECTED: Final = 0.4


def large(plan: "Plan", seed: int) -> None:
    """A page has but a few orders, and the time of many runs is up after some of them, of some shops for ever and of
    others until the faults stop. Draws from numbers of its own: the other seeds stay as they were. Not where a crowd
    has one number, of whose size a page knows nothing."""
    rng, world = random.Random(f"large {seed}"), plan.world
    if rng.random() >= _LARGE or len(plan.orders) > CROWD:
        return
    world.shop.longest_page = rng.randint(1, 3)
    share = rng.choice((0.5, 0.9))
    world.stays_large = rng.random() < _LASTS

    def cut_at() -> datetime | None:
        if not world.stays_large and (world.scheduler.seconds >= plan.stop or rng.random() >= share):
            return None
        return world.clock.now() + timedelta(seconds=rng.choice((0, 0, rng.uniform(0, 2))))

    world.cut_at = cut_at


def replace(plan: "Plan") -> None:
    """Another number in the order; often the first one comes back."""
    key, at, shop = plan.one(), plan.some_time(), plan.world.shop
    second = plan.parcel(begin=at + plan.rng.choice((-600, 60)))
    before: list[str] = []

    def replaced() -> None:
        before.append(shop.row(key)["tracking"])
        shop.edit(key, tracking=second)

    def replaced_when_asked() -> None:
        # Between the reading of the shop and the writing of it.
        numbers = numbers_in(shop.row(key)["tracking"] or "")
        if numbers:
            plan.world.carrier.meanwhile[numbers[0]] = replaced

    if plan.rng.random() < 0.5:
        plan.at(at, replaced)
    else:
        # In the poll that brings news of it: that is when there is something to write.
        for number in numbers_in(shop.row(key)["tracking"] or "")[:1]:
            coming = [step.at / 1e6 for step in plan.world.carrier.lives[number].steps if step.at > 0]
            at = plan.rng.choice(coming) if coming and plan.rng.random() < 0.7 else at
        plan.at(at, replaced_when_asked)

    def put_back() -> None:
        if before:
            shop.edit(key, tracking=before[0])

    if plan.rng.random() < 0.5:
        back = at + plan.rng.uniform(60, max(120.0, plan.stop * 0.97 - at))
        plan.at(min(back, plan.stop * 0.97), put_back)


def clear(plan: "Plan") -> None:
    """An order's field loses its number and gets no other; often the same one comes back."""
    key, at = plan.one(), plan.some_time()
    _clear(plan, lambda: key, at, back=(0.6, 60.0, max(120.0, plan.stop * 0.97 - at)))


def clear_what_waits(plan: "Plan", at: float) -> None:
    """The same, of an order whose news wait at that moment."""
    _clear(plan, lambda: _whose_news_wait(plan), at, back=(0.85, 700.0, 2500.0))


def _clear(plan: "Plan", which: "Which", at: float, *, back: tuple[float, float, float]) -> None:
    rng, shop = plan.rng, plan.world.shop
    typed = rng.choice((None, "", "уточнюється"))
    before: list[tuple[str, str]] = []

    def cleared() -> None:
        if (key := which()) is not None:
            before.append((key, shop.row(key)["tracking"]))
            shop.edit(key, tracking=typed)

    def put_back() -> None:
        for key, tracking in before:
            shop.edit(key, tracking=tracking)

    plan.at(at, cleared)
    chance, soonest, latest = back
    if rng.random() < chance:
        plan.at(min(at + rng.uniform(soonest, latest), plan.stop * 0.97), put_back)


def _whose_news_wait(plan: "Plan") -> str | None:
    waiting = [
        notice
        for notice in plan.world.memory.notices.values()
        if not notice.settled and notice.audience is Audience.BUYER and notice.chat_id is not None
    ]
    # First those of whom nobody knows whether they have arrived.
    waiting.sort(key=lambda notice: notice.state is not NoticeState.UNKNOWN)
    return waiting[0].order_key if waiting else None


def close(plan: "Plan") -> None:
    key, status = plan.one(), plan.rng.choice(("done", "cancelled"))
    plan.at(plan.some_time(), lambda: plan.world.shop.edit(key, status=status))


def close_what_is_reminded(plan: "Plan") -> None:
    """Its buyer has fetched it at the shop, say."""
    shop, memory = plan.world.shop, plan.world.memory

    def closes() -> None:
        soon = plan.world.clock.now() + timedelta(minutes=40)
        waiting = [
            (one.not_before, one.order_key)
            for one in memory.notices.values()
            if one.kind in REMINDERS and not one.settled and one.not_before is not None and one.not_before > soon
        ]
        if waiting:
            shop.edit(min(waiting)[1], status="done")

    for part in (0.15, 0.35, 0.55):
        plan.at((part + plan.rng.uniform(-0.1, 0.1)) * plan.stop, closes)
    plan.at(plan.stop + plan.rng.uniform(600, 6 * 3600), closes)


def reopened(plan: "Plan", seed: int) -> None:
    """Orders are closed by mistake, mostly when somebody is to be reminded of their parcels, and open again minutes to
    a day later. Draws from numbers of its own: the other seeds stay as they were."""
    rng, world = random.Random(f"reopened {seed}"), plan.world
    if rng.random() >= _REOPENED:
        return
    shop, status = world.shop, rng.choice(("done", "cancelled"))
    for _ in range(2):
        plan.shelved(rng)
    end = plan.stop * 0.97 if not plan.linger else plan.stop + plan.linger / 2

    def closes() -> None:
        key, now = _next_reminded(plan) if rng.random() < 0.8 else rng.choice(plan.orders), world.scheduler.seconds
        if key is None or shop.row(key)["status"] != "ship" or now >= end:
            return
        shop.edit(key, status=status)

        def opens() -> None:
            if shop.row(key)["status"] == status:
                shop.edit(key, status="ship")

        pause = rng.choice((rng.uniform(120, 3600), rng.uniform(3600, 8 * 3600), rng.uniform(8 * 3600, 24 * 3600)))
        world.scheduler.after(min(pause, end - now), opens)

    for part in (0.1, 0.25, 0.4, 0.55, 0.7, 0.85):
        plan.at((part + rng.uniform(-0.08, 0.08)) * end, closes)


def _next_reminded(plan: "Plan") -> str | None:
    """The order of which somebody is to be reminded next."""
    now = plan.world.clock.now()
    waiting = [
        (one.not_before, one.order_key)
        for one in plan.world.memory.notices.values()
        if one.kind in REMINDERS and not one.settled and one.not_before is not None and one.not_before > now
    ]
    return min(waiting)[1] if waiting else None


def close_what_comes_back(plan: "Plan") -> None:
    """Orders are done or cancelled while their parcels come back, are redirected, or wait for money; now and then such
    an order loses its number as well, or gets that of the return."""
    rng, world = plan.rng, plan.world
    status, typed = rng.choice(("done", "cancelled")), rng.random()

    def closes() -> None:
        for key in plan.orders:
            row = world.shop.row(key)
            known = [world.memory.states.get(ttn) for ttn in world.families.in_field(row["tracking"])]
            followed = sorted(state.ttn for state in known if state is not None and world.families.is_followed(state))
            if followed and row["status"] == "ship":
                world.shop.edit(key, status=status)
                if typed < 0.15:
                    world.shop.edit(key, tracking="")
                elif typed < 0.3:
                    world.shop.edit(key, tracking=followed[-1])
                return

    for part in (0.3, 0.5, 0.7):
        plan.at(rng.uniform(part, part + 0.2) * plan.stop, closes)


def new_order(plan: "Plan") -> None:
    at = plan.some_time()
    old = plan.rng.random() < 0.3
    number = plan.rng.choice(list(plan.world.carrier.lives)) if old else plan.parcel(begin=at - 900)
    plan.at(at, lambda: plan.order([number]))


def chat_changes(plan: "Plan") -> None:
    key, chat = plan.one(), plan.chat() if plan.rng.random() < 0.6 else None
    plan.at(plan.some_time(), lambda: plan.world.shop.set_chat(key, chat))


def corrected(plan: "Plan", seed: int) -> None:
    """The chat in a profile is corrected, or goes, or comes, while something waits to be told to its owner. As above:
    numbers of its own."""
    rng, world = random.Random(f"corrected {seed}"), plan.world
    if rng.random() >= _CORRECTED:
        return
    for _ in range(2):
        plan.shelved(rng)
    end = plan.stop + plan.linger / 2

    def corrects() -> None:
        waiting = sorted(
            (one.due_at, one.order_key)
            for one in world.memory.notices.values()
            if one.state is NoticeState.WAITING and one.audience is Audience.BUYER and one.due_at is not None
        )
        if waiting:
            key = waiting[0 if rng.random() < 0.7 else -1][1]
            world.shop.set_chat(key, plan.chat() if rng.random() < 0.8 else None)

    for _ in range(int(end // 7200) + 2):
        plan.at(rng.uniform(0.05, 1.0) * end, corrects)


def hand_edit(plan: "Plan") -> None:
    key, text = plan.one(), plan.rng.choice(("передзвонити", None, ""))
    plan.at(plan.some_time(), lambda: plan.world.shop.write_foreign(key, text))


def backup(plan: "Plan") -> None:
    shop = plan.world.shop
    made, restored = sorted((plan.some_time(), plan.some_time()))
    backups: list[dict[int, tuple[str | None, object]]] = []
    plan.at(made, lambda: backups.append(shop.backup()))
    plan.at(restored, lambda: shop.restore(backups[0]))


def second_writer(plan: "Plan") -> None:
    key, shop, rng = plan.one(), plan.world.shop, plan.rng
    period = rng.choice((120.0, 600.0, 900.0, 1800.0, 1800.0, 1800.0, 3600.0))
    text = rng.choice((CRON, "Прямує"))
    # A slow one needs time, or it is not known from a hand.
    begin = plan.some_time(latest=0.9 if period < 1800 else 0.15)
    end = plan.some_time(0.5 if period < 1800 else 0.8, 1.0)

    def writes() -> None:
        if shop.row(key)["shown"] != text:
            shop.write_foreign(key, text)
        if plan.world.scheduler.seconds + period < end:
            plan.world.scheduler.after(period, writes)

    plan.at(begin, writes)
    if rng.random() < 0.3:
        # Somebody thinks that it is switched off, rightly or not.
        at = rng.uniform(begin, plan.stop)
        plan.at(at, lambda: plan.world.by_hand(shop.row(key)["number"], overwrite=True))


def closed_order(plan: "Plan") -> None:
    """An order that was done or cancelled before anybody saw it, and that somebody asks about."""
    rng, at = plan.rng, plan.some_time(latest=0.4)
    ttn = rng.choice(list(plan.world.carrier.lives)) if rng.random() < 0.3 else plan.parcel(begin=at - 600)
    status = rng.choice(("done", "cancelled"))
    number: list[str] = []
    plan.at(at, lambda: number.append(plan.world.shop.row(plan.order([ttn], status=status))["number"]))
    for _ in range(rng.choice((1, 2))):
        plan.at(plan.some_time(earliest=0.5), lambda: plan.world.by_hand(number[0]))


EVENTS: Final[tuple["Event", ...]] = (
    (replace, 0.4),
    (clear, 0.25),
    (close, 0.2),
    (close_what_is_reminded, 0.2),
    (close_what_comes_back, 0.3),
    (new_order, 0.35),
    (chat_changes, 0.2),
    (hand_edit, 0.2),
    (backup, 0.2),
    (second_writer, 0.3),
    (closed_order, 0.2),
)
