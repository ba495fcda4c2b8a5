"""Ten thousand notices at once, or held for one morning: how they leave a bot that Telegram allows some 30 a second."""

import random
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import batched, pairwise
from typing import Any, Final

from tests.simulation.chaos import Gate
from tests.simulation.parties import Attempt, TelegramModel
from tests.simulation.scheduler import SECOND
from tests.simulation.world import World
from vistka.domain.deadlines import ReminderRules
from vistka.domain.errors import TelegramLimited
from vistka.domain.hours import Hours
from vistka.domain.notices import TERMINAL, Audience, Kind, Notice, NoticeState

#: Seconds that a request takes, from the fastest to the slowest: assumed, for functions and table in one region.
TAKES: Final[Mapping[str, tuple[float, float]]] = {
    "store": (0.003, 0.012),
    "queue": (0.005, 0.02),
    "telegram": (0.06, 0.2),
}
#: Telegram's limits, as telegram.md has them, and how long it wants to be left alone after one too many.
A_SECOND: Final = 30
LEFT_ALONE: Final = 5.0
#: Of a hundred notices so many go to a chat that has three of them in the burst.
_BUSY_SHARE: Final = 12


class SlowGate(Gate):
    """Nothing fails, but every request takes its time."""

    def call[T](self, party: str, what: str, effect: Callable[[], T], *args: Any, **named: Any) -> T:
        if self.scheduler.active is not None and party in TAKES:
            self.scheduler.pause(self.rng.uniform(*TAKES[party]))
        result: T = super().call(party, what, effect, *args, **named)
        return result


@dataclass
class StrictTelegram(TelegramModel):
    """Refuses the 31st message within a second, whoever it goes to, and the second one to a chat."""

    refused: int = 0
    _latest: deque[int] = field(default_factory=deque)
    _of_chat: dict[int, int] = field(default_factory=dict)
    _open_at: int = 0

    def _take(self, attempt: Attempt) -> None:
        now = self.gate.scheduler.now
        while self._latest and self._latest[0] <= now - SECOND:
            self._latest.popleft()
        last = self._of_chat.get(attempt.chat, -SECOND)
        crowded = len(self._latest) >= A_SECOND or now - last < SECOND
        if now < self._open_at or crowded:
            self.refused += 1
            self._open_at = max(self._open_at, now + int(LEFT_ALONE * SECOND))
            left = (self._open_at - now) // SECOND + 1
            raise TelegramLimited("too many requests", retry_after=timedelta(seconds=left))
        self._latest.append(now)
        self._of_chat[attempt.chat] = now
        super()._take(attempt)
        attempt.at = now


@dataclass(frozen=True, kw_only=True)
class Left:
    """How a burst left.

    `seconds` from the first to the last message; `at_most` is the most in any second; `closest` the shortest time
    between two to one chat; `disordered` chats heard something before what was made earlier; `refused` is what
    Telegram answered by 429.
    """

    told: int
    states: Mapping[str, int]
    seconds: float
    at_most: int
    closest: float
    disordered: int
    refused: int

    @property
    def a_second(self) -> float:
        return self.told / self.seconds if self.seconds else 0.0


def burst(
    count: int, *, seed: int = 1, night: bool = False, senders: int | None = None, bot_pause: float | None = None
) -> Left:
    """`night`: made at two in the morning and held until nine. `senders` and `bot_pause` replace the template's."""
    quiet = Hours(start=21, end=9)
    world = World(seed=seed, gates=SlowGate, reminders=ReminderRules(quiet=quiet) if night else ReminderRules())
    if bot_pause is not None:
        world.times = replace(world.times, bot_pause=bot_pause)
        world.bot_pace.inner._interval = timedelta(seconds=bot_pause)
    world.notifiers.concurrency = senders or world.notifiers.concurrency
    telegram = world.telegram = StrictTelegram(world.gate)
    notices = _notices(count, world, random.Random(seed))

    def made() -> None:
        """As trackers make them, a hundred changed parcels a second."""
        for some in batched(notices, 100, strict=False):
            for notice in some:
                world.memory.notices[notice.order_key, notice.id] = notice
            world.sender().send(some)
            world.scheduler.pause(1)

    world.scheduler.invoke("burst", made, timeout=count, ended=lambda _: None)
    while any(notice.state not in TERMINAL for notice in world.memory.notices.values()) or not world.memory.notices:
        world.scheduler.run(world.scheduler.now + int(world.times.interval * SECOND))
        world.scheduler.invoke("sweep", lambda: world.sweeper().sweep(), timeout=240, ended=lambda _: None)
    return _left(world, telegram, notices)


def _notices(count: int, world: World, rng: random.Random) -> list[Notice]:
    now = world.clock.now()
    chats = [*range(count * (100 - _BUSY_SHARE) // 100), *(-1 - n // 3 for n in range(count))][:count]
    rng.shuffle(chats)
    return [
        Notice(
            order_key=str(n),
            order_number=f"TWC{n}",
            ttn=f"2045{n:010}",
            kind=Kind.WAITING,
            occurrence="1",
            audience=Audience.BUYER,
            version=1,
            state=NoticeState.NEW,
            created_at=now,
            due_at=now + timedelta(seconds=world.times.due),
            chat_id=500_000_000 + chat if chat >= 0 else 400_000_000 - chat,
        )
        for n, chat in enumerate(chats)
    ]


def _left(world: World, telegram: StrictTelegram, notices: list[Notice]) -> Left:
    delivered = sorted((attempt for attempt in telegram.attempts if attempt.delivered), key=lambda one: one.at)
    times = [attempt.at for attempt in delivered]
    at_most, first = 0, 0
    for last, at in enumerate(times):
        while times[first] <= at - SECOND:
            first += 1
        at_most = max(at_most, last - first + 1)
    heard: dict[int, list[Attempt]] = {}
    for attempt in delivered:
        heard.setdefault(attempt.chat, []).append(attempt)
    made = {(notice.order_key, notice.id): n for n, notice in enumerate(notices)}
    order = [[made[attempt.identity] for attempt in mine] for mine in heard.values()]
    gaps = [b.at - a.at for mine in heard.values() for a, b in pairwise(mine)]
    return Left(
        told=len(delivered),
        states=Counter(str(notice.state) for notice in world.memory.notices.values()),
        seconds=(times[-1] - times[0]) / SECOND if times else 0.0,
        at_most=at_most,
        closest=min(gaps, default=0) / SECOND,
        disordered=sum(mine != sorted(mine) for mine in order),
        refused=telegram.refused,
    )
