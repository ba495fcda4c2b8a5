"""All use cases on fakes, wired as the functions wire them, with queues that deliver when told to."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from tests.fakes.carrier import FakeCarrier
from tests.fakes.chats import FakeChats
from tests.fakes.clock import FakeClock
from tests.fakes.health import FakeHealth
from tests.fakes.metrics import FakeMetrics
from tests.fakes.queues import FakeNoticeQueue, FakePollQueue
from tests.fakes.shop import InMemoryShop
from tests.fakes.store import (
    FakeAudits,
    FakeChatPaces,
    FakeCircuits,
    FakeLedger,
    FakePace,
    FakeParcels,
    FakeRuns,
    Memory,
)
from tests.fakes.telegram import FakeTelegram, FakeTexts
from tests.fakes.together import OneByOne
from tests.hearers import CHANGES_ONLY
from vistka.domain.audience import Audiences
from vistka.domain.deadlines import ReminderRules
from vistka.domain.errors import StoreConflict
from vistka.domain.messages import NoticeMessage, PollMessage
from vistka.domain.notices import Notice
from vistka.domain.plan import PollingPlan
from vistka.domain.policy import Policy
from vistka.usecases.announcing import Announcer
from vistka.usecases.applying import Applier
from vistka.usecases.auditing import Auditor
from vistka.usecases.batch import Tracked
from vistka.usecases.buttons import NoticeButtons
from vistka.usecases.carrier_health import Pulse
from vistka.usecases.circuit import Breaker
from vistka.usecases.dispatching import Dispatched, Dispatcher
from vistka.usecases.notifying import Delivery, Notifier
from vistka.usecases.queueing import NoticeSender
from vistka.usecases.releasing import Releaser
from vistka.usecases.reminding import Relevance
from vistka.usecases.showing import ShopWriter
from vistka.usecases.storing import ParcelWriter
from vistka.usecases.sweeping import Sweeper, Swept
from vistka.usecases.tracking import Tracker

SHOP_CHAT = -1000000000001
BOT = 8100000007
INTERVAL = timedelta(minutes=10)


@dataclass
class World:
    """`live` and `shop_chat` are the deployment's; `said` holds the log."""

    live: bool = True
    shop_chat: int | None = SHOP_CHAT
    pace: timedelta = timedelta(seconds=1)
    bot_pause: timedelta = timedelta()
    audiences: Audiences = CHANGES_ONLY
    reminders: ReminderRules = field(default_factory=ReminderRules)
    clock: FakeClock = field(default_factory=FakeClock)
    memory: Memory = field(default_factory=Memory)
    shop: InMemoryShop = field(default_factory=InMemoryShop)
    telegram: FakeTelegram = field(default_factory=FakeTelegram)
    metrics: FakeMetrics = field(default_factory=FakeMetrics)
    polls: FakePollQueue = field(default_factory=FakePollQueue)
    notice_queue: FakeNoticeQueue = field(default_factory=FakeNoticeQueue)
    together: OneByOne = field(default_factory=OneByOne)
    presses_heard: bool = True
    said: list[tuple[str, dict[str, object]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.carrier = FakeCarrier(self.clock)
        self.parcels = FakeParcels(self.memory)
        self.chats = FakeChats(self.memory)
        self.ledger = FakeLedger(self.memory)
        self.runs = FakeRuns(self.memory)
        self.circuits = FakeCircuits(self.memory)
        self._ids = count()
        self.health = FakeHealth(self.memory)
        self.pulse = Pulse(book=self.health, clock=self.clock, every=timedelta(minutes=15), say=self.say)
        # Going live lies in the past, so that what happens now is told.
        self.runs.live_since(self.clock.now() - timedelta(days=30), live=self.live)

    def work_on(self, order_key: str) -> None:
        """As another worker, from now on, on all notices of that order: whoever updates one was beaten to it."""
        update = self.ledger.update

        def beaten(notice: Notice) -> None:
            if notice.order_key == order_key:
                raise StoreConflict("somebody else")
            update(notice)

        self.ledger.update = beaten  # type: ignore[method-assign]

    def say(self, message: str, **named: object) -> None:
        self.said.append((message, named))

    def policy(self, now: datetime) -> Policy:
        return Policy(
            now=now,
            live_since=self.runs.live_since(now, live=self.live),
            is_live=lambda _number: self.live,
            has_shop_chat=self.shop_chat is not None,
            notice_due=timedelta(minutes=5),
            default_language="uk",
            fit=self.shop.fit,
            rules=self.shop.rules(),
            audiences=self.audiences,
            reminders=self.reminders,
        )

    @property
    def sender(self) -> NoticeSender:
        return NoticeSender(
            queue=self.notice_queue, shop_chat_id=self.shop_chat, group_of=lambda text: f"h({hash(text)})", say=self.say
        )

    @property
    def auditor(self) -> Auditor:
        return Auditor(audits=FakeAudits(self.memory), clock=self.clock, say=self.say)

    @property
    def announcer(self) -> Announcer:
        return Announcer(
            ledger=self.ledger,
            notices=self.sender,
            clock=self.clock,
            live=self.live,
            notice_due=timedelta(minutes=5),
            language="uk",
        )

    @property
    def dispatcher(self) -> Dispatcher:
        return Dispatcher(
            shop=self.shop,
            parcels=self.parcels,
            runs=self.runs,
            polls=self.polls,
            clock=self.clock,
            metrics=self.metrics,
            policy=self.policy,
            interval=INTERVAL,
            pace=self.pace,
            schedule=PollingPlan(),
            expiry=timedelta(minutes=20),
            new_id=lambda: f"{next(self._ids):04}",
            say=self.say,
        )

    @property
    def tracker(self) -> Tracker:
        return Tracker(
            pulse=self.pulse,
            carrier=self.carrier,
            chats=self.chats,
            runs=self.runs,
            store=ParcelWriter(
                parcels=self.parcels,
                shop=self.shop,
                together=self.together,
                clock=self.clock,
                metrics=self.metrics,
                say=self.say,
            ),
            shop=ShopWriter(
                shop=self.shop,
                parcels=self.parcels,
                ledger=self.ledger,
                notices=self.sender,
                auditor=self.auditor,
                clock=self.clock,
                metrics=self.metrics,
                say=self.say,
            ),
            applier=self.applier,
            notices=self.sender,
            clock=self.clock,
            metrics=self.metrics,
            policy=self.policy,
            say=self.say,
        )

    @property
    def applier(self) -> Applier:
        return Applier(
            ledger=self.ledger,
            parcels=self.parcels,
            shop=self.shop,
            clock=self.clock,
            metrics=self.metrics,
            is_live=lambda _number: self.live,
            attempt=timedelta(minutes=5),
            overdue_after=timedelta(hours=1),
            say=self.say,
        )

    @property
    def releaser(self) -> Releaser:
        return Releaser(
            ledger=self.ledger,
            chats=self.chats,
            parcels=self.parcels,
            shop=self.shop,
            clock=self.clock,
            after=timedelta(minutes=5),
            say=self.say,
        )

    @property
    def relevance(self) -> Relevance:
        return Relevance(
            ledger=self.ledger,
            parcels=self.parcels,
            runs=self.runs,
            rules=self.reminders,
            is_live=lambda _number: self.live,
        )

    @property
    def sweeper(self) -> Sweeper:
        return Sweeper(
            ledger=self.ledger,
            chats=self.chats,
            relevance=self.relevance,
            circuits=self.circuits,
            notices=self.sender,
            clock=self.clock,
            metrics=self.metrics,
            interval=INTERVAL,
            margin=timedelta(minutes=15),
            summary_every=timedelta(hours=1),
            overdue_after=timedelta(hours=1),
            language="uk",
            shop_hears=self.audiences.shop,
            say=self.say,
        )

    @property
    def notifier(self) -> Notifier:
        return Notifier(
            ledger=self.ledger,
            chats=self.chats,
            relevance=self.relevance,
            quiet=self.reminders.quiet,
            breaker=Breaker(
                circuits=self.circuits,
                telegram=self.telegram,
                clock=self.clock,
                metrics=self.metrics,
                probe=timedelta(minutes=1),
                flood_window=timedelta(minutes=1),
                jitter=lambda _longest: timedelta(),
                say=self.say,
            ),
            paces=FakeChatPaces(self.memory, clock=self.clock),
            bot_pace=FakePace(self.memory, clock=self.clock, group="telegram", interval=self.bot_pause),
            telegram=self.telegram,
            texts=FakeTexts(),
            buttons=NoticeButtons(texts=FakeTexts(), heard=lambda: self.presses_heard),
            clock=self.clock,
            metrics=self.metrics,
            shop_chat_id=self.shop_chat,
            bot_id=lambda: BOT,
            shop_hears=self.audiences.shop,
            default_language="uk",
            lease=timedelta(minutes=2),
            margin=timedelta(minutes=15),
            longest_wait=timedelta(seconds=3),
            longest_bot_wait=timedelta(seconds=1),
            first_backoff=timedelta(seconds=5),
            longest_backoff=timedelta(minutes=15),
            group_of=str,
            jitter=lambda _longest: timedelta(),
            say=self.say,
        )

    # --- what a test does -------------------------------------------------------------------------------------------

    def order(self, number: str, tracking: str, *, chat: int | None = None, **row: Any) -> str:
        user = len(self.shop.rows) + 100 if chat is not None else row.pop("user", None)
        if chat is not None:
            self.shop.add_profile(user=user, chat=chat)
        return self.shop.add_order(number=number, tracking=tracking, user=user, **row)

    def dispatch(self) -> Dispatched:
        return self.dispatcher.run()

    def messages(self) -> list[PollMessage]:
        taken = [PollMessage.from_json(entry.body) for entry in self.polls.sent]
        self.polls.sent.clear()
        return taken

    def track(self) -> list[Tracked]:
        return [self.tracker.track(message) for message in self.messages()]

    def run(self, after: timedelta = INTERVAL) -> list[Tracked]:
        """One whole run: dispatch, track, and the clock moves on."""
        self.dispatch()
        done = self.track()
        self.clock.advance(after)
        return done

    def sweep(self) -> Swept:
        return self.sweeper.sweep()

    def deliver(self) -> list[Delivery]:
        """Every notice in the queue once; one that has to come again is lost to the queue and left to the sweep."""
        taken = [NoticeMessage.from_json(entry.body) for entry in self.notice_queue.sent]
        self.notice_queue.sent.clear()
        return [self.notifier.deliver(message) for message in taken]

    def notices(self) -> list[Notice]:
        return list(self.ledger.list())

    def texts(self) -> list[tuple[int, str]]:
        return [(message.chat_id, message.html) for message in self.telegram.arrived]
