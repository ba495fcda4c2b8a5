"""What buyers do in their chats while Vistka works: they link, grow tired of it, block, and link while news wait."""

from typing import TYPE_CHECKING, Final

from vistka.domain.notices import Audience
from vistka.domain.presses import Press

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.plan import Event, Plan


def taps(plan: "Plan") -> None:
    """A buyer taps the order's link, and perhaps somebody else does; some grow tired of it later."""
    rng, people, key, at = plan.rng, plan.world.people, plan.one(), plan.some_time()
    chat, second = plan.chat(), plan.chat() if rng.random() < 0.35 else None
    token = people.link(key)
    plan.at(at, lambda: people.taps(token, chat))
    if second is not None:
        # With a link of their own, or with the buyer's, which is refused.
        own = people.link(key) if rng.random() < 0.6 else token
        plan.at(at + rng.choice((0.0, 0.5, 600.0)), lambda: people.taps(own, second))
    if rng.random() < 0.5:
        _grows_tired(plan, chat, at)


def _grows_tired(plan: "Plan", chat: int, since: float) -> None:
    rng, people = plan.rng, plan.world.people
    later = rng.uniform(since, plan.stop)
    begins, ends = rng.choice(
        (
            (lambda: people.says("stop", chat), lambda: people.says("start", chat)),
            (lambda: people.presses(Press.MUTE, chat), lambda: people.presses(Press.UNMUTE, chat)),
            (lambda: people.blocks(chat), lambda: None),
        )
    )
    plan.at(later, begins)
    if rng.random() < 0.5:
        plan.at(rng.uniform(later, plan.stop), ends)


def tired_at_once(plan: "Plan") -> None:
    """Somebody links before there is news, and wants none."""
    rng, people = plan.rng, plan.world.people
    key, chat = plan.one(), plan.chat()
    token, at = people.link(key), plan.some_time(0.01, 0.25)
    plan.at(at, lambda: people.taps(token, chat))
    plan.at(at + rng.uniform(30, 900), lambda: people.says("stop", chat))


def taps_while_news_wait(plan: "Plan") -> None:
    """Buyers without a chat are counted in the shop's summary of the hour; until then they can link one."""
    people, memory = plan.world.people, plan.world.memory

    def taps() -> None:
        waiting = (
            notice.order_key
            for notice in memory.notices.values()
            if not notice.settled and notice.audience is Audience.BUYER and notice.chat_id is None
        )
        if (key := next(waiting, None)) is not None:
            people.taps(people.link(key), plan.chat())

    for part in (0.2, 0.35, 0.5, 0.65, 0.8):
        plan.at((part + plan.rng.uniform(-0.07, 0.07)) * plan.stop, taps)


def taps_in_between(plan: "Plan") -> None:
    """Somebody links while a poll that has read the order's chats is about to write what is to be told."""
    people, rng = plan.world.people, plan.rng
    for key in rng.sample(plan.orders, min(3, len(plan.orders))):
        token, chat = people.link(key), plan.chat()

        def taps(token: str = token, chat: int = chat) -> None:
            people.taps(token, chat)

        def waits(key: str = key, taps: "Callable[[], None]" = taps) -> None:
            plan.world.chats.meanwhile[key] = taps

        plan.at(plan.some_time(), waits)


def block(plan: "Plan") -> None:
    if plan.chats:
        chat = 7_700_000_000 + plan.rng.randint(1, plan.chats)
        plan.at(plan.some_time(), lambda: plan.world.telegram.blocked.add(chat))


EVENTS: Final[tuple["Event", ...]] = (
    (taps, 0.4),
    (tired_at_once, 0.2),
    (taps_while_news_wait, 0.25),
    (taps_in_between, 0.25),
    (block, 0.15),
)
