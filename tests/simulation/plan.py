"""One seed's story: the shop, its parcels, and all that will happen to them until the faults stop."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from tests.simulation import choices, plan_people, plan_rules, plan_shop, plan_telegram
from tests.simulation.chaos import Outage, drawn
from tests.simulation.lives import life, old_life, shelved_life
from tests.simulation.scheduler import SECOND
from tests.simulation.times import NOTICES, POLLS
from tests.simulation.world import SHOP_CHAT, Kinds, World
from vistka.domain.parcels import to_iso
from vistka.ports import Run

HOUR: Final = 3600.0

_MODES: Final = {
    "carrier": ("down", "limit", "credential"),
    # half: questions are answered, and what becomes of messages is not.
    "telegram": ("down", "lost", "lost", "half", "limit", "credential", "credential"),
    **dict.fromkeys(("shop", "store", "queue"), ("down",)),
}
#: something that may happen, and how likely it is
type Event = tuple[Callable[["Plan"], None], float]


class Plan:
    """Builds the world of a seed and fills its schedule; `stop` is when the faults end (seconds)."""

    def __init__(self, seed: int, *, kinds: Kinds | None = None, story: Callable[[str], None] | None = None) -> None:
        self.rng = random.Random(f"plan {seed}")
        rng = self.rng
        # A day and more now and then: then reminders come while faults last.
        self.stop = (rng.uniform(3.5, 7) if rng.random() > 0.13 else rng.uniform(13, 34)) * HOUR
        self.weather = drawn(rng)
        mode = rng.random()
        self.switch_at = rng.uniform(0.1, 0.8) * self.stop if mode < 0.12 else None
        self.world = World(
            seed,
            weather=self.weather,
            live=mode > 0.17,
            shop_chat=SHOP_CHAT if rng.random() < 0.85 else None,
            story=story,
            kinds=kinds or Kinds(),
            start=choices.start_of(seed),
            audiences=choices.hearers(seed),
            reminders=choices.reminders(seed),
        )
        #: seconds that the story goes on when all is quiet: to quarantine, or to the end of all patience
        self.linger = rng.choice((0.0,) * 84 + (40 * HOUR,) * 15 + (15 * 24 * HOUR,))
        #: nothing happens but what time brings: the rule starts a run an hour
        self.lingers = False
        self.only_some = rng.random() < 0.05
        #: the shop's orders, as far as they are known yet
        self.orders: list[str] = []
        self.chats = 0
        self._numbers = 0
        self._people(choices.crowd(seed))
        self._schedule()
        plan_rules.ruled(self, seed)
        plan_telegram.troubled(self, seed)
        plan_shop.large(self, seed)
        plan_shop.reopened(self, seed)
        plan_shop.corrected(self, seed)

    # --- the shop ---------------------------------------------------------------------------------------------------

    def _people(self, together: int) -> None:
        rng = self.rng
        for _ in range(rng.choice((1, 2, 2, 3, 4, 5, 8))):
            self.order([self.parcel()])
        if self.linger:
            self.order([self.parcel(kind="not found long")])
        crowd = rng.random()
        size = together or (22 if crowd < 0.08 else 5 if crowd < 0.15 else 2 if crowd < 0.3 else 0)
        if size:
            shared = self.parcel()
            for _ in range(size):
                self.order([shared])
        if rng.random() < 0.15:
            self.order([self.parcel(), self.parcel()])
        if rng.random() < 0.1:
            self.world.shop.add(number="TWC-BAD", tracking="typed wrong", chat=None, shown=None, phone="")
        if self.only_some:
            numbers = sorted(self.world.shop.row(key)["number"] for key in self.orders)
            self.world.only = frozenset(numbers[::2])

    def parcel(self, *, begin: float | None = None, kind: str = "") -> str:
        rng = self.rng
        self._numbers += 1
        ttn = f"2045{self._numbers * 7919 % 10**7:07}{self._numbers:03}"
        if begin is None and not kind and rng.random() < 0.12:
            self.world.carrier.lives[ttn] = old_life(rng, ttn, start=self.world.start, end=self.stop)
            return ttn
        first = rng.choice((-HOUR * 5, -600.0, 60.0, 1800.0)) if begin is None else begin
        made = life(rng, ttn, start=self.world.start, begin=first, end=self.stop * 0.98, kind=kind)
        self.world.carrier.lives.update({one.ttn: one for one in made.family()})
        return ttn

    def shelved(self, rng: random.Random) -> str:
        """One more order, whose parcel has waited for days: of its last free day somebody is reminded today."""
        self._numbers += 1
        ttn = f"2045{self._numbers * 7919 % 10**7:07}{self._numbers:03}"
        self.world.carrier.lives[ttn] = shelved_life(rng, ttn, start=self.world.start, end=self.stop)
        return self.order([ttn], chatty=0.8)

    def order(self, ttns: list[str], *, status: str = "ship", chatty: float = 0.7) -> str:
        rng = self.rng
        typed = ", ".join(f"{ttn[:4]} {ttn[4:]}" if rng.random() < 0.2 else ttn for ttn in ttns)
        key = self.world.shop.add(
            number=f"TWC{len(self.world.shop.inner.rows):04}",
            tracking=typed,
            chat=self.chat() if rng.random() < chatty else None,
            shown=rng.choice((None, None, "", plan_shop.CRON)),
            phone=f"+38067{5550000 + len(self.orders)}",
            status=status,
        )
        self.orders.append(key)
        return key

    def chat(self) -> int:
        if self.chats and self.rng.random() < 0.15:
            return 7_700_000_000 + self.chats
        self.chats += 1
        chat = 7_700_000_000 + self.chats
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
            # Beside a run, which may have begun in shadow.
            interval = world.times.interval
            run = self._first_run + (self.switch_at - self._first_run) // interval * interval
            self.at(run + rng.uniform(-60, 60), self._go_live)
        for event, chance in (
            *plan_shop.EVENTS,
            *plan_people.EVENTS,
            (Plan._purge, 0.25),
            (Plan._poison, 0.15),
            (Plan._by_hand, 0.5),
            (Plan._skip, 0.1),
            (Plan._clock_ahead, 0.12),
            (Plan._telegram_outage, 0.2),
        ):
            if rng.random() < chance:
                event(self)
        if self.linger and rng.random() < 0.6:
            plan_shop.close_what_is_reminded(self)
        world.scheduler.at(int(self.stop * SECOND), self._faults_stop)

    def at(self, seconds: float, event: Callable[[], object]) -> None:
        def happens() -> None:
            event()

        self.world.scheduler.at(int(seconds * SECOND), happens)

    def some_time(self, earliest: float = 0.03, latest: float = 0.95) -> float:
        """A moment between two shares of the time with faults; every other one is soon after news of some parcel."""
        at = self.rng.uniform(earliest, latest) * self.stop
        if self.rng.random() < 0.5:
            return at
        news = self.news()
        return news if earliest * self.stop <= news <= latest * self.stop else at

    def news(self) -> float:
        """A moment at which the store may just learn, or has learned, what the carrier says of a parcel."""
        lives = self.world.carrier.lives
        steps = [step.at / SECOND for step in self.rng.choice(list(lives.values())).steps]
        at: float = self.rng.choice(steps)
        return at + self.rng.uniform(0, 1200)

    def one(self) -> str:
        return self.rng.choice(self.orders)

    def _rule(self) -> None:
        world, interval = self.world, self.world.times.interval
        self._skipped: list[tuple[float, float]] = []
        if self.linger > 100 * HOUR:
            # The rule was switched off for the holidays.
            self._skipped.append((self.stop + 48 * HOUR, self.stop + 15 * 24 * HOUR))

        def tick() -> None:
            now = world.scheduler.seconds
            world.scheduler.after(HOUR if self.lingers else interval, tick)
            if any(begin <= now < end for begin, end in self._skipped):
                return
            world.start_run()
            if world.gate.chance(world.gate.weather.twice * 0.3):
                world.scheduler.after(world.rng.choice((0.5, 40)), world.start_run)

        self._first_run = self.rng.uniform(0, interval)
        self.at(self._first_run, tick)

    def _faults_stop(self) -> None:
        self.world.gate.tell("--- the faults stop ---")
        self.world.gate.calm_down()
        self.world.gate.down.clear()
        self.world.carrier.meanwhile.clear()

    def _outage(self) -> None:
        rng = self.rng
        party = rng.choice(("carrier", "telegram", "telegram", "telegram", "shop", "store", "queue"))
        begin = max(0.0, self.some_time(0.0, 0.9) - rng.uniform(0, 300))
        length = 120 * 10 ** rng.uniform(0, 2) if rng.random() < 0.95 else self.stop
        self.away(party, rng.choice(_MODES[party]), begin, length)

    def _telegram_outage(self) -> None:
        """Long, and when there is news."""
        begin = max(0.0, min(self.news(), self.stop * 0.6) - self.rng.uniform(0, 300))
        self.away("telegram", self.rng.choice(_MODES["telegram"]), begin, self.rng.uniform(2000, 6000))

    def away(self, party: str, mode: str, begin: float, length: float) -> None:
        rng, world = self.rng, self.world
        length = min(length, self.stop - begin)
        outage = Outage(mode)
        if party == "carrier":
            world.carrier_away.append((int(begin * SECOND), int((begin + length) * SECOND)))

        def starts() -> None:
            world.gate.tell(f"--- {party}: {outage.mode} for {length:.0f} s ---")
            world.gate.down[party] = outage

        def ends() -> None:
            if world.gate.down.get(party) is outage:
                del world.gate.down[party]
                world.gate.tell(f"--- {party} is back ---")

        self.at(begin, starts)
        self.at(begin + length, ends)
        if party == "telegram" and length > 1500 and rng.random() < 0.8:
            # Whose news wait has no use for them any more.
            for part in (0.1, 0.2, 0.35, 0.5):
                plan_shop.clear_what_waits(self, begin + part * length)

    def _go_live(self) -> None:
        self.world.gate.tell("--- the shop goes live ---")
        self.world.go_live()

    def _purge(self) -> None:
        queue = self.world.queues[self.rng.choice((POLLS, NOTICES, NOTICES))]

        def purge() -> None:
            self.world.gate.tell(f"{queue.url} is purged of {len(queue.messages)}")
            for message in queue.messages:
                self.world.watch.poison.pop(message.body, None)
            self.world.purged.append(self.world.scheduler.now)
            queue.purge_queue(QueueUrl=queue.url)

        at = self.some_time()
        for _ in range(self.rng.choice((1, 3))):
            self.at(at, purge)
            at += 40

    def _poison(self) -> None:
        """A record that nobody can read, or one of a newer version."""
        queue = self.world.queues[self.rng.choice((POLLS, NOTICES))]
        body = self.rng.choice(('{"v":99,"order_key":"1"}', "rubbish", "[]", '{"v":1}'))

        def poison() -> None:
            self.world.watch.poison[body] = queue.url
            queue.put(body, MessageGroupId="poison", MessageDeduplicationId=body)

        self.at(self.some_time(), poison)

    def _by_hand(self) -> None:
        key = self.one()
        self.at(self.some_time(), lambda: self.world.by_hand(self.world.shop.row(key)["number"]))

    def _clock_ahead(self) -> None:
        """A worker whose clock was hours ahead has written."""
        rng, memory = self.rng, self.world.memory

        def writes() -> None:
            if not memory.states:
                return
            ttn = rng.choice(sorted(memory.states))
            ahead = self.world.clock.now() + timedelta(hours=rng.choice((1, 8, 24 * 30)))
            self.world.gate.tell(f"{ttn} is dated {ahead}")
            dict.__setitem__(memory.states, ttn, memory.states[ttn].next(observed_at=ahead))
            if rng.random() < 0.4:
                run = Run(id=f"{to_iso(ahead)}#ahead", started_at=ahead, covers=ahead, batches=0)
                memory.runs[run.id] = (run, frozenset())
                self.world.runs_ahead.append(run)
            if rng.random() < 0.3:
                probe, before = self.world.clock.now() + timedelta(days=30), memory.circuit
                self.world.gate.tell(f"the circuit is to be probed at {probe}")
                memory.circuit = replace(
                    before, open=True, reason="ahead", probe_at=probe, revision=before.revision + 1
                )

        self.at(self.some_time(), writes)

    def _skip(self) -> None:
        """The rule is switched off for a while."""
        begin = self.some_time(0, 0.8)
        self._skipped.append((begin, min(self.stop, begin + self.rng.uniform(600, 6000))))
