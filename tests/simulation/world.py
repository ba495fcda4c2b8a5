"""The real use cases and their edge, wired as the functions wire them, on models of everything outside."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final

from tests.fakes.chats import FakeChats
from tests.fakes.health import FakeHealth
from tests.fakes.store import FakeAudits, FakeChatPaces, FakeCircuits, FakeLedger, FakePace, FakeParcels, FakeRuns
from tests.fakes.together import OneByOne
from tests.simulation.chaos import CALM, Gate, Weather
from tests.simulation.families import Families
from tests.simulation.functions import EventSource, GatedClient, Handler
from tests.simulation.parties import CarrierModel, TelegramModel, Words
from tests.simulation.people import BOT, People
from tests.simulation.scheduler import SECOND, START, Scheduler, SimClock
from tests.simulation.shops import ShopModel
from tests.simulation.sqs import FifoQueue, Queue, StandardQueue
from tests.simulation.stores import Audits, ChatPaces, Chats, Circuits, Ledger, Pace, Parcels, Runs, watched_memory
from tests.simulation.times import NOTICES, POLLS, times
from tests.simulation.watch import Watch, numbers_in
from vistka.adapters.hashing import KeyedHash
from vistka.adapters.queues import SqsNoticeQueue, SqsParking, SqsPollQueue, SqsVisibility
from vistka.domain.audience import Audiences
from vistka.domain.deadlines import ReminderRules
from vistka.domain.plan import PollingPlan
from vistka.domain.policy import Policy
from vistka.edge.batches import NoticeBatch, PollBatch
from vistka.ports import Run
from vistka.usecases.applying import Applier
from vistka.usecases.auditing import Auditor
from vistka.usecases.buttons import NoticeButtons
from vistka.usecases.carrier_health import Pulse
from vistka.usecases.circuit import Breaker
from vistka.usecases.dispatching import Dispatcher
from vistka.usecases.notifying import Notifier
from vistka.usecases.operating import dispatch_one, scheduled_run, track_one
from vistka.usecases.queueing import NoticeSender
from vistka.usecases.releasing import Releaser
from vistka.usecases.reminding import Relevance
from vistka.usecases.showing import ShopWriter
from vistka.usecases.storing import ParcelWriter
from vistka.usecases.sweeping import Sweeper
from vistka.usecases.tracking import Tracker

SHOP_CHAT: Final = -1009876543210
TOKEN: Final = "8100000007:AAF-invented-token"
#: Seconds in which a function may still begin with the settings before.
_SETTINGS_SPREAD: Final = 60


@dataclass
class Kinds:
    """The use cases; a planted bug puts another class in one's place."""

    tracker: type[Tracker] = Tracker
    store: type[ParcelWriter] = ParcelWriter
    dispatcher: type[Dispatcher] = Dispatcher
    releaser: type[Releaser] = Releaser
    applier: type[Applier] = Applier
    sweeper: type[Sweeper] = Sweeper
    notifier: type[Notifier] = Notifier
    breaker: type[Breaker] = Breaker
    sender: type[NoticeSender] = NoticeSender
    writer: type[ShopWriter] = ShopWriter
    polls: type[PollBatch] = PollBatch
    notices: type[NoticeBatch] = NoticeBatch


def _span(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def _once[T](make: Callable[["World"], T]) -> Callable[["World"], T]:
    """Made at the first call and kept, as a function's environment keeps what it is made of."""

    def kept(world: "World") -> T:
        if make.__name__ not in world.made:
            world.made[make.__name__] = make(world)
        made: T = world.made[make.__name__]
        return made

    return kept


@dataclass
class World:
    """`live` may be switched on meanwhile. `weather` calms down when the faults stop."""

    seed: int
    weather: Weather = CALM
    live: bool = True
    shop_chat: int | None = SHOP_CHAT
    only: frozenset[str] = frozenset()
    story: Callable[[str], None] | None = None
    kinds: Kinds = field(default_factory=Kinds)
    reminders: ReminderRules = field(default_factory=ReminderRules)
    gates: type[Gate] = Gate
    start: datetime = START
    audiences: Audiences = field(default_factory=Audiences)

    def __post_init__(self) -> None:
        self.times = times()
        self.made: dict[str, Any] = {}
        self.rng = random.Random(f"chaos {self.seed}")
        self.scheduler = Scheduler(self.start)
        self.clock = SimClock(self.scheduler)
        self.gate = self.gates(self.scheduler, self.rng, self.weather, story=self.story)
        self.watch = Watch(self.scheduler)
        self.gate.untaken = lambda text: self.watch.breaks("R10", text)
        self.memory = watched_memory(self.watch.state_seen, self.watch.notice_seen, self.watch.link_seen)
        self.hash = KeyedHash("simulation")
        self.parcels: Any = Parcels(FakeParcels(self.memory), self.gate)
        self.people = People(self)
        self.chats: Any = Chats(FakeChats(self.memory), self.gate)
        self.ledger: Any = Ledger(FakeLedger(self.memory), self.gate, self.watch.notice_before)
        self.runs: Any = Runs(FakeRuns(self.memory), self.gate, self.watch)
        self.circuits: Any = Circuits(FakeCircuits(self.memory), self.gate)
        chats = FakeChatPaces(self.memory, clock=self.clock, interval=_span(self.times.chat_pause))
        self.chat_paces: Any = ChatPaces(chats, self.gate)
        pace = FakePace(self.memory, clock=self.clock, group=self.hash("carrier"), interval=_span(self.times.pace))
        self.carrier: Any = CarrierModel(self.gate, self.clock, Pace(pace, self.gate), late=self._ask_again)
        bot = FakePace(self.memory, clock=self.clock, group="telegram", interval=_span(self.times.bot_pause))
        self.bot_pace: Any = Pace(bot, self.gate)
        self.telegram: Any = TelegramModel(self.gate, sending=self._sending)
        self.shop = ShopModel(self.gate, writing=self._writing)
        self.watch.listed = self._listed
        self.watch.silent = self.people.silent
        self.watch.notice_due = int(self.times.due)
        self.families = Families(self.carrier.lives)
        self.shop.forebears = self.families.forebears
        self.watch.behind = lambda ttns: set(self.families.behind(ttns))
        self.watch.lacks = self.shop.lacks
        self.watch.closed = self.shop.closed
        self.watch.listed_whole = self.shop.listed_whole
        self.watch.tells = self.tells
        self.watch.reminders = self.reminders
        self.watch.longest_poll = self.times.expiry + self.times.timeouts["tracker"]
        self.texts = Words(self.gate)
        self.went_live_at = -1
        self.purged: list[int] = []
        #: of a clock that was ahead
        self.runs_ahead: list[Run] = []
        #: while the carrier was away: polls then come again and again, with what the shop showed long ago
        self.carrier_away: list[tuple[int, int]] = []
        #: parcels of which a message may have brought but one of their orders
        self.asked_by_hand: set[str] = set()
        #: when a person had another program's text overwritten: order number -> moments
        self.overwritten: dict[str, list[int]] = {}
        #: when the time of a run that starts now is up
        self.cut_at: Callable[[], datetime | None] = lambda: None
        #: whether runs are cut for ever
        self.stays_large = False
        self._ids = count()
        self.pulse = Pulse(
            book=FakeHealth(self.memory), clock=self.clock, every=timedelta(minutes=15), say=lambda *_, **__: None
        )
        self._wire_queues()

    def _wire_queues(self) -> None:
        def queue(kind: type[Queue], url: str) -> Queue:
            visibility, retention, receives = self.times.queues[url]
            dead = kind(url=f"dead-{url}", now=lambda: self.scheduler.seconds, rng=self.rng, retention=1e9)
            return kind(
                url=url,
                now=lambda: self.scheduler.seconds,
                rng=self.rng,
                visibility=visibility,
                retention=retention,
                max_receives=receives,
                dead_letters=dead,
            )

        polls, notices = queue(StandardQueue, POLLS), queue(FifoQueue, NOTICES)
        assert polls.dead_letters is not None
        assert notices.dead_letters is not None
        self.queues = {one.url: one for one in (polls, notices, polls.dead_letters, notices.dead_letters)}
        self.client = GatedClient(self.gate, self.queues)
        self.poll_queue: Any = SqsPollQueue(self.client, POLLS)
        self.notice_queue: Any = SqsNoticeQueue(self.client, NOTICES)
        self.trackers = self._source(polls, "tracker", lambda: self.poll_batch().take, fifo=False)
        self.notifiers = self._source(notices, "notifier", self._take_notices, fifo=True)
        self.notifiers.handled = lambda message: self.watch.notice_deleted(message, self.memory)

    def _take_notices(self) -> Handler:
        batch, invocation = self.notice_batch(), self.scheduler.active
        assert invocation is not None

        def remaining() -> timedelta:
            return timedelta(microseconds=invocation.deadline - self.scheduler.now)

        return lambda event: batch.take(event, remaining)

    def _source(self, queue: Queue, name: str, handler: Callable[[], Any], *, fifo: bool) -> EventSource:
        size, most = self.times.batches[queue.url]
        source = EventSource(
            self.gate, queue, name, handler, size, concurrency=most, timeout=self.times.timeouts[name], fifo=fifo
        )
        source.ended = self.watch.ended
        queue.changed = source.changed
        return source

    # --- what the functions are made of -------------------------------------------------------------------------------

    def say(self, message: str, **named: object) -> None:
        self.gate.tell(f"says: {message} {named}")
        self.watch.said.append((self.scheduler.now, message, named))

    def tells(self, number: str) -> bool:
        return self.live and (not self.only or number in self.only)

    def go_live(self) -> None:
        self.live = True
        self.went_live_at = self.scheduler.now

    def _sees_live(self) -> bool:
        """A function keeps the settings that it began with, and the new ones are not everywhere at once."""
        active = self.scheduler.active
        if active is None or self.went_live_at < 0:
            return self.live
        began = active.started_at - self.went_live_at
        return began >= 0 and (began > _SETTINGS_SPREAD * SECOND or active.number % 2 == 0)

    def policy(self, now: datetime) -> Policy:
        live = self._sees_live()
        return Policy(
            now=now,
            live_since=self.runs.live_since(now, live=live),
            is_live=self.tells if live else lambda _number: False,
            has_shop_chat=self.shop_chat is not None,
            notice_due=_span(self.times.due),
            default_language="uk",
            fit=self.shop.fit,
            rules=self.shop.rules(),
            reminders=self.reminders,
            audiences=self.audiences,
        )

    def jitter(self, longest: timedelta) -> timedelta:
        return longest * self.rng.random()

    def _any_order(self, count: int) -> list[int]:
        """What the functions do at once is done here in whatever order."""
        return self.rng.sample(range(count), count)

    @_once
    def sender(self) -> NoticeSender:
        return self.kinds.sender(queue=self.notice_queue, shop_chat_id=self.shop_chat, group_of=self.hash, say=self.say)

    @_once
    def auditor(self) -> Auditor:
        return Auditor(audits=Audits(FakeAudits(self.memory), self.gate), clock=self.clock, say=self.say)

    @_once
    def dispatcher(self) -> Dispatcher:
        return self.kinds.dispatcher(
            shop=self.shop,
            parcels=self.parcels,
            runs=self.runs,
            polls=self.poll_queue,
            clock=self.clock,
            metrics=self.watch,
            policy=self.policy,
            interval=_span(self.times.interval),
            pace=_span(self.times.pace),
            schedule=PollingPlan(),
            expiry=_span(self.times.expiry),
            new_id=lambda: f"{next(self._ids):04}",
            say=self.say,
        )

    @_once
    def releaser(self) -> Releaser:
        return self.kinds.releaser(
            ledger=self.ledger,
            chats=self.chats,
            parcels=self.parcels,
            shop=self.shop,
            clock=self.clock,
            after=_span(self.times.due),
            say=self.say,
        )

    @_once
    def relevance(self) -> Relevance:
        return Relevance(
            ledger=self.ledger, parcels=self.parcels, runs=self.runs, rules=self.reminders, is_live=self.tells
        )

    @_once
    def sweeper(self) -> Sweeper:
        return self.kinds.sweeper(
            ledger=self.ledger,
            chats=self.chats,
            relevance=self.relevance(),
            circuits=self.circuits,
            notices=self.sender(),
            clock=self.clock,
            metrics=self.watch,
            interval=_span(self.times.interval),
            margin=_span(self.times.margin),
            summary_every=_span(self.times.summary),
            overdue_after=_span(self.times.overdue),
            language="uk",
            shop_hears=self.audiences.shop,
            say=self.say,
        )

    @_once
    def tracker(self) -> Tracker:
        return self.kinds.tracker(
            carrier=self.carrier,
            chats=self.chats,
            runs=self.runs,
            store=self.kinds.store(
                parcels=self.parcels,
                shop=self.shop,
                together=OneByOne(order=self._any_order),
                clock=self.clock,
                metrics=self.watch,
                say=self.say,
            ),
            shop=self.kinds.writer(
                shop=self.shop,
                parcels=self.parcels,
                ledger=self.ledger,
                notices=self.sender(),
                auditor=self.auditor(),
                clock=self.clock,
                metrics=self.watch,
                say=self.say,
            ),
            applier=self.applier(),
            pulse=self.pulse,
            notices=self.sender(),
            clock=self.clock,
            metrics=self.watch,
            policy=self.policy,
            say=self.say,
        )

    @_once
    def applier(self) -> Applier:
        return self.kinds.applier(
            ledger=self.ledger,
            parcels=self.parcels,
            shop=self.shop,
            clock=self.clock,
            metrics=self.watch,
            is_live=self.tells,
            attempt=_span(self.times.due),
            overdue_after=_span(self.times.overdue),
            say=self.say,
        )

    @_once
    def poll_batch(self) -> PollBatch:
        return self.kinds.polls(
            tracker=self.tracker(),
            visibility=SqsVisibility(self.client, POLLS),
            parking=SqsParking(self.client, f"dead-{POLLS}"),
            metrics=self.watch,
            pause=_span(self.times.carrier_pause),
            say=self.say,
        )

    @_once
    def notice_batch(self) -> NoticeBatch:
        notifier = self.kinds.notifier(
            ledger=self.ledger,
            chats=self.chats,
            relevance=self.relevance(),
            quiet=self.reminders.quiet,
            breaker=self.kinds.breaker(
                circuits=self.circuits,
                telegram=self.telegram,
                clock=self.clock,
                metrics=self.watch,
                probe=_span(self.times.probe),
                flood_window=_span(self.times.flood_window),
                jitter=self.jitter,
                say=self.say,
            ),
            paces=self.chat_paces,
            bot_pace=self.bot_pace,
            telegram=self.telegram,
            texts=self.texts,
            buttons=NoticeButtons(texts=self.texts, heard=lambda: True),
            clock=self.clock,
            metrics=self.watch,
            shop_chat_id=self.shop_chat,
            bot_id=lambda: BOT,
            shop_hears=self.audiences.shop,
            default_language="uk",
            lease=_span(self.times.lease),
            margin=_span(self.times.margin),
            longest_wait=_span(self.times.chat_wait),
            longest_bot_wait=_span(self.times.bot_wait),
            first_backoff=_span(self.times.backoffs[0]),
            longest_backoff=_span(self.times.backoffs[1]),
            group_of=self.hash,
            jitter=self.jitter,
            say=self.say,
        )
        return self.kinds.notices(
            notifier=notifier,
            visibility=SqsVisibility(self.client, NOTICES),
            parking=SqsParking(self.client, f"dead-{NOTICES}"),
            longest_send=_span(self.times.longest_send),
            say=self.say,
        )

    # --- what starts them -------------------------------------------------------------------------------------------

    def start_run(self) -> None:
        """As EventBridge does."""

        def work() -> object:
            duties = [lambda: self.applier().sweep()] if self.shop.rules() else []
            return scheduled_run(
                self.sweeper, self.dispatcher, self.releaser, self.watch, duties=duties, until=self.cut_at()
            )

        self.scheduler.invoke("dispatcher", work, timeout=self.times.timeouts["dispatcher"], ended=self.watch.run_ended)

    def by_hand(self, number: str, *, overwrite: bool = False) -> None:
        """Somebody asks about one order, through the queue or at once; or has it overwrite what others wrote."""
        self.asked_by_hand.update(ttn for row in self.shop.inner.rows.values() for ttn in _numbers(row, number))
        if overwrite:
            self.overwritten.setdefault(number, []).append(self.scheduler.now)
        if not overwrite and self.rng.random() < 0.5:
            self._start("dispatcher", lambda: dispatch_one(self.dispatcher(), number, dry_run=False))
        else:
            self._start("tracker", lambda: self._track(number, overwrite=overwrite))

    def _track(self, number: str, *, overwrite: bool) -> object:
        return track_one(
            self.dispatcher(), self.tracker(), number, auditor=self.auditor(), dry_run=False, overwrite=overwrite
        )

    def _start(self, name: str, work: Callable[[], object]) -> None:
        self.scheduler.invoke(name, work, timeout=self.times.timeouts[name], ended=self.watch.ended)

    # --- what watches and what makes it worse -----------------------------------------------------------------------

    def _ask_again(self) -> None:
        active = self.scheduler.active
        if active is not None:
            self.trackers.come_again(active)

    def _sending(self, attempt: Any) -> None:
        self.watch.sending(attempt, self.memory, self.telegram.attempts, self.telegram.answered_at)

    def _listed(self, ttn: str) -> int:
        return sum(
            row["status"] in self.shop.inner.open_statuses
            and self.families.stands_in(ttn, numbers_in(row["tracking"] or ""))
            for row in self.shop.inner.rows.values()
        )

    def _writing(self, written: Any) -> None:
        self.watch.row_written(written, self.shop.fit)


def _numbers(row: Mapping[str, Any], number: str) -> list[str]:
    return numbers_in(row["tracking"] or "") if row["number"] == number else []
