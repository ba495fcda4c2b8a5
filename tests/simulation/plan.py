"""One seed's story: the shop, its parcels, and all that will happen to them until the faults stop."""

import random
from collections.abc import Callable
from typing import Final

from tests.simulation.chaos import Outage, drawn
from tests.simulation.lives import life, old_life
from tests.simulation.scheduler import SECOND
from tests.simulation.times import NOTICES, POLLS
from tests.simulation.watch import numbers_in
from tests.simulation.world import SHOP_CHAT, Kinds, World
from vistka.domain.notices import Audience
from vistka.usecases.conversing import Press

HOUR: Final = 3600.0

_MODES: Final = {
    "carrier": ("down", "limit", "credential"),
    # half: questions are answered, and what becomes of messages is not.
    "telegram": ("down", "lost", "lost", "half", "limit", "credential"),
    **dict.fromkeys(("shop", "store", "queue"), ("down",)),
}
_CRON: Final = "старий крон: у дорозі"


class Plan:
    """Builds the world of a seed and fills its schedule; `stop` is when the faults end (seconds)."""

    def __init__(self, seed: int, *, kinds: Kinds | None = None, story: Callable[[str], None] | None = None) -> None:
        self.rng = random.Random(f"plan {seed}")
        rng = self.rng
        self.stop = rng.uniform(3.5, 7) * HOUR if rng.random() > 0.04 else rng.uniform(11, 14) * HOUR
        self.weather = drawn(rng)
        mode = rng.random()
        self.switch_at = rng.uniform(0.1, 0.8) * self.stop if mode < 0.08 else None
        self.world = World(
            seed,
            weather=self.weather,
            live=mode > 0.11,
            shop_chat=SHOP_CHAT if rng.random() < 0.85 else None,
            story=story,
            kinds=kinds or Kinds(),
        )
        #: seconds that the story goes on when all is quiet: to quarantine, or to the end of all patience
        self.linger = rng.choice((0.0,) * 94 + (40 * HOUR,) * 5 + (15 * 24 * HOUR,))
        self.only_some = rng.random() < 0.05
        self._numbers = 0
        self._orders: list[str] = []
        self._chats = 0
        self._people()
        self._schedule()

    # --- the shop ---------------------------------------------------------------------------------------------------

    def _people(self) -> None:
        rng = self.rng
        for _ in range(rng.choice((1, 2, 2, 3, 4, 5, 8))):
            self._order([self._parcel()])
        if self.linger:
            self._order([self._parcel(kind="not found long")])
        crowd = rng.random()
        size = 25 if crowd < 0.04 else 5 if crowd < 0.12 else 2 if crowd < 0.3 else 0
        if size:
            shared = self._parcel()
            for _ in range(size):
                self._order([shared])
        if rng.random() < 0.15:
            self._order([self._parcel(), self._parcel()])
        if rng.random() < 0.1:
            self.world.shop.add(number="TWC-BAD", tracking="typed wrong", chat=None, shown=None, phone="")
        if self.only_some:
            numbers = sorted(self.world.shop.row(key)["number"] for key in self._orders)
            self.world.only = frozenset(numbers[::2])

    def _parcel(self, *, begin: float | None = None, kind: str = "") -> str:
        rng = self.rng
        self._numbers += 1
        ttn = f"2045{self._numbers * 7919 % 10**7:07}{self._numbers:03}"
        if begin is None and not kind and rng.random() < 0.12:
            self.world.carrier.lives[ttn] = old_life(rng, ttn, end=self.stop)
            return ttn
        first = rng.choice((-HOUR * 5, -600.0, 60.0, 1800.0)) if begin is None else begin
        self.world.carrier.lives[ttn] = life(rng, ttn, begin=first, end=self.stop * 0.98, kind=kind)
        return ttn

    def _order(self, ttns: list[str], *, status: str = "ship") -> str:
        rng = self.rng
        typed = ", ".join(f"{ttn[:4]} {ttn[4:]}" if rng.random() < 0.2 else ttn for ttn in ttns)
        key = self.world.shop.add(
            number=f"TWC{len(self.world.shop.inner.rows):04}",
            tracking=typed,
            chat=self._chat() if rng.random() < 0.75 else None,
            shown=rng.choice((None, None, "", _CRON)),
            phone=f"+38067{5550000 + len(self._orders)}",
            status=status,
        )
        self._orders.append(key)
        return key

    def _chat(self) -> int:
        if self._chats and self.rng.random() < 0.15:
            return 7_700_000_000 + self._chats
        self._chats += 1
        chat = 7_700_000_000 + self._chats
        if self.rng.random() < 0.05:
            self.world.telegram.blocked.add(chat)
        elif self.rng.random() < 0.02:
            self.world.telegram.rejecting.add(chat)
        return chat

    # --- the schedule -----------------------------------------------------------------------------------------------

    def _schedule(self) -> None:
        rng, world = self.rng, self.world
        self._rule()
        for _ in range(rng.choice((0, 1, 1, 2, 3))):
            self._outage()
        if self.switch_at is not None:
            self._at(self.switch_at, self._go_live)
        for event, chance in (
            (self._replace, 0.35),
            (self._close, 0.2),
            (self._new_order, 0.35),
            (self._chat_changes, 0.2),
            (self._hand_edit, 0.2),
            (self._backup, 0.2),
            (self._second_writer, 0.2),
            (self._block, 0.12),
            (self._purge, 0.25),
            (self._poison, 0.15),
            (self._by_hand, 0.5),
            (self._skip, 0.1),
            (self._closed_order, 0.2),
            (self._taps, 0.4),
            (self._clear, 0.25),
        ):
            if rng.random() < chance:
                event()
        world.scheduler.at(int(self.stop * SECOND), self._faults_stop)

    def _at(self, seconds: float, event: Callable[[], None]) -> None:
        self.world.scheduler.at(int(seconds * SECOND), event)

    def _some_time(self, earliest: float = 0.03, latest: float = 0.95) -> float:
        return self.rng.uniform(earliest, latest) * self.stop

    def _one(self) -> str:
        return self.rng.choice(self._orders)

    def _rule(self) -> None:
        world, interval = self.world, self.world.times.interval
        self._skipped: list[tuple[float, float]] = []
        if self.linger > 100 * HOUR:
            # The rule was switched off for the holidays.
            self._skipped.append((self.stop + 48 * HOUR, self.stop + 15 * 24 * HOUR))

        def tick() -> None:
            now = world.scheduler.seconds
            world.scheduler.after(interval, tick)
            if any(begin <= now < end for begin, end in self._skipped):
                return
            world.start_run()
            if world.gate.chance(world.gate.weather.twice * 0.3):
                world.scheduler.after(world.rng.choice((0.5, 40)), world.start_run)

        self._at(self.rng.uniform(0, interval), tick)

    def _faults_stop(self) -> None:
        self.world.gate.tell("--- the faults stop ---")
        self.world.gate.calm_down()
        self.world.gate.down.clear()
        self.world.carrier.meanwhile.clear()

    def _outage(self) -> None:
        rng, world = self.rng, self.world
        party = rng.choice(("carrier", "telegram", "telegram", "shop", "store", "queue"))
        begin = self._some_time(0.0, 0.9)
        longest = self.stop - begin
        length = min(longest, 120 * 10 ** rng.uniform(0, 2)) if rng.random() < 0.95 else longest
        outage = Outage(rng.choice(_MODES[party]))
        if party == "carrier":
            world.carrier_away.append((int(begin * SECOND), int((begin + length) * SECOND)))

        def starts() -> None:
            world.gate.tell(f"--- {party}: {outage.mode} for {length:.0f} s ---")
            world.gate.down[party] = outage

        def ends() -> None:
            if world.gate.down.get(party) is outage:
                del world.gate.down[party]
                world.gate.tell(f"--- {party} is back ---")

        self._at(begin, starts)
        self._at(begin + length, ends)
        if party == "telegram" and length > 1500 and rng.random() < 0.8:
            # Whose news wait has no use for them any more.
            for part in (0.1, 0.2, 0.35, 0.5):
                self._clear(begin + part * length)

    def _go_live(self) -> None:
        self.world.gate.tell("--- the shop goes live ---")
        self.world.live = True

    def _replace(self) -> None:
        """Another number in the order; often the first one comes back."""
        key, at, shop = self._one(), self._some_time(), self.world.shop
        second = self._parcel(begin=at + self.rng.choice((-600, 60)))
        before: list[str] = []
        in_between = self.rng.random() < 0.5

        def replaced() -> None:
            before.append(shop.row(key)["tracking"])
            shop.edit(key, tracking=second)

        def replaced_when_asked() -> None:
            # Between the reading of the shop and the writing of it.
            numbers = numbers_in(shop.row(key)["tracking"] or "")
            if numbers:
                self.world.carrier.meanwhile[numbers[0]] = replaced

        self._at(at, replaced_when_asked if in_between else replaced)

        def put_back() -> None:
            if before:
                shop.edit(key, tracking=before[0])

        if self.rng.random() < 0.5:
            back = at + self.rng.uniform(60, max(120.0, self.stop * 0.97 - at))
            self._at(min(back, self.stop * 0.97), put_back)

    def _clear(self, at: float | None = None) -> None:
        """An order's field loses its number and gets no other; often the same one comes back. At a given moment it is
        an order whose news wait."""
        one, shop = self._one(), self.world.shop
        waits, at = at is not None, self._some_time() if at is None else at
        typed = self.rng.choice((None, "", "уточнюється"))
        before: list[tuple[str, str]] = []

        def cleared() -> None:
            key = self._whose_news_wait() if waits else one
            if key is not None:
                before.append((key, shop.row(key)["tracking"]))
                shop.edit(key, tracking=typed)

        def put_back() -> None:
            for key, tracking in before:
                shop.edit(key, tracking=tracking)

        self._at(at, cleared)
        if self.rng.random() < (0.85 if waits else 0.6):
            soonest, latest = (700.0, 2500.0) if waits else (60.0, max(120.0, self.stop * 0.97 - at))
            self._at(min(at + self.rng.uniform(soonest, latest), self.stop * 0.97), put_back)

    def _whose_news_wait(self) -> str | None:
        return next(
            (
                notice.order_key
                for notice in self.world.memory.notices.values()
                if not notice.settled and notice.audience is Audience.BUYER and notice.chat_id is not None
            ),
            None,
        )

    def _close(self) -> None:
        key, status = self._one(), self.rng.choice(("done", "cancelled"))
        self._at(self._some_time(), lambda: self.world.shop.edit(key, status=status))

    def _new_order(self) -> None:
        at = self._some_time()
        old = self.rng.random() < 0.3
        number = self.rng.choice(list(self.world.carrier.lives)) if old else self._parcel(begin=at - 900)

        def ordered() -> None:
            self._order([number])

        self._at(at, ordered)

    def _chat_changes(self) -> None:
        key, chat = self._one(), self._chat() if self.rng.random() < 0.6 else None
        self._at(self._some_time(), lambda: self.world.shop.set_chat(key, chat))

    def _hand_edit(self) -> None:
        key, text = self._one(), self.rng.choice(("передзвонити", None, ""))
        self._at(self._some_time(), lambda: self.world.shop.write_foreign(key, text))

    def _backup(self) -> None:
        shop = self.world.shop
        made, restored = sorted((self._some_time(), self._some_time()))
        backups: list[dict[int, tuple[str | None, object]]] = []
        self._at(made, lambda: backups.append(shop.backup()))
        self._at(restored, lambda: shop.restore(backups[0]))

    def _second_writer(self) -> None:
        key, shop, rng = self._one(), self.world.shop, self.rng
        period, text = rng.choice((120.0, 600.0, 900.0, 1800.0, 1800.0, 3600.0)), rng.choice((_CRON, "Прямує"))
        # A slow one needs time, or it is not known from a hand.
        begin, end = sorted((self._some_time(latest=0.95 if period < 1800 else 0.2), self._some_time(0.5, 1.0)))

        def writes() -> None:
            if shop.row(key)["shown"] != text:
                shop.write_foreign(key, text)
            if self.world.scheduler.seconds + period < end:
                self.world.scheduler.after(period, writes)

        self._at(begin, writes)
        if rng.random() < 0.3:
            # Somebody thinks that it is switched off, rightly or not.
            at = rng.uniform(begin, self.stop)
            self._at(at, lambda: self.world.by_hand(shop.row(key)["number"], overwrite=True))

    def _block(self) -> None:
        if self._chats:
            chat = 7_700_000_000 + self.rng.randint(1, self._chats)
            self._at(self._some_time(), lambda: self.world.telegram.blocked.add(chat))

    def _purge(self) -> None:
        queue = self.world.queues[self.rng.choice((POLLS, NOTICES, NOTICES))]

        def purge() -> None:
            self.world.gate.tell(f"{queue.url} is purged of {len(queue.messages)}")
            for message in queue.messages:
                self.world.watch.poison.pop(message.body, None)
            self.world.purged.append(self.world.scheduler.now)
            queue.purge_queue(QueueUrl=queue.url)

        at = self._some_time()
        for _ in range(self.rng.choice((1, 3))):
            self._at(at, purge)
            at += 40

    def _poison(self) -> None:
        """A record that nobody can read, or one of a newer version."""
        queue = self.world.queues[self.rng.choice((POLLS, NOTICES))]
        body = self.rng.choice(('{"v":99,"order_key":"1"}', "rubbish", "[]", '{"v":1}'))

        def poison() -> None:
            self.world.watch.poison[body] = queue.url
            queue.put(body, MessageGroupId="poison", MessageDeduplicationId=body)

        self._at(self._some_time(), poison)

    def _by_hand(self) -> None:
        key = self._one()
        self._at(self._some_time(), lambda: self.world.by_hand(self.world.shop.row(key)["number"]))

    def _closed_order(self) -> None:
        """An order that was done or cancelled before anybody saw it, and that somebody asks about."""
        rng, at = self.rng, self._some_time(latest=0.4)
        ttn = rng.choice(list(self.world.carrier.lives)) if rng.random() < 0.3 else self._parcel(begin=at - 600)
        status = rng.choice(("done", "cancelled"))
        number: list[str] = []
        self._at(at, lambda: number.append(self.world.shop.row(self._order([ttn], status=status))["number"]))
        for _ in range(rng.choice((1, 2))):
            self._at(self._some_time(earliest=0.5), lambda: self.world.by_hand(number[0]))

    def _taps(self) -> None:
        """A buyer taps the order's link, and perhaps somebody else does; some grow tired of it later."""
        rng, people, key, at = self.rng, self.world.people, self._one(), self._some_time()
        chat, second = self._chat(), self._chat() if rng.random() < 0.35 else None
        token = people.link(key)
        self._at(at, lambda: people.taps(token, chat))
        if second is not None:
            # With a link of their own, or with the buyer's, which is refused.
            own = people.link(key) if rng.random() < 0.6 else token
            self._at(at + rng.choice((0.0, 0.5, 600.0)), lambda: people.taps(own, second))
        if rng.random() < 0.5:
            later = rng.uniform(at, self.stop)
            begins, ends = rng.choice(
                (
                    (lambda: people.says("stop", chat), lambda: people.says("start", chat)),
                    (lambda: people.presses(Press.MUTE, chat), lambda: people.presses(Press.UNMUTE, chat)),
                    (lambda: people.blocks(chat), lambda: None),
                )
            )
            self._at(later, begins)
            if rng.random() < 0.5:
                self._at(rng.uniform(later, self.stop), ends)

    def _skip(self) -> None:
        """The rule is switched off for a while."""
        begin = self._some_time(0, 0.8)
        self._skipped.append((begin, min(self.stop, begin + self.rng.uniform(600, 6000))))
