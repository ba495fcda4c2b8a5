"""Telegram in trouble just when there is news, and what people do meanwhile whose news may have arrived, or not."""

import random
from typing import TYPE_CHECKING, Final

from tests.simulation import plan_shop
from tests.simulation.scheduler import SECOND
from vistka.domain.notices import Audience, Notice, NoticeState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulation.plan import Plan

#: Seeds in which Telegram loses answers, limits, or refuses the token; the rest have what `Plan` draws.
_TROUBLES: Final = (("lost", 0.12), ("limit", 0.05), ("credential", 0.05))
#: Seconds from one look for such news to the next, and to how many something happens.
_LOOK: Final = 30
_MOST: Final = 4


def troubled(plan: "Plan", seed: int) -> None:
    """Draws from numbers of its own: the other seeds stay as they were."""
    rng = random.Random(f"telegram {seed}")
    drawn = rng.random()
    for mode, share in _TROUBLES:
        if 0 <= drawn < share:
            _away(plan, rng, mode)
        drawn -= share


def _away(plan: "Plan", rng: random.Random, mode: str) -> None:
    coming = [step.at / SECOND for life in plan.world.carrier.lives.values() for step in life.steps]
    begin = rng.choice([at for at in coming if 0 < at < plan.stop * 0.6] or [plan.stop * 0.2])
    length = rng.uniform(2400, 6000)
    plan.away("telegram", mode, begin, length)
    if mode != "lost":
        return
    seen: set[tuple[str, str]] = set()

    def looks() -> None:
        notice = next(_unsure(plan, seen), None)
        if notice is not None:
            seen.add((notice.order_key, notice.id))
            if rng.random() < 0.4:
                plan_shop.clear_what_waits(plan, plan.world.scheduler.seconds)
            else:
                _changes_chat(plan, rng, notice)
        if len(seen) < _MOST and plan.world.scheduler.seconds < plan.stop:
            plan.world.scheduler.after(_LOOK, looks)

    plan.at(0, looks)


def _unsure(plan: "Plan", seen: set[tuple[str, str]]) -> "Iterator[Notice]":
    """Buyers' notices of which nobody knows whether they arrived."""
    for notice in plan.world.memory.notices.values():
        unsure = notice.state in {NoticeState.UNKNOWN, NoticeState.SENDING} and notice.audience is Audience.BUYER
        # What the shop hears of itself ends at once without a chat.
        waits = unsure and notice.kind not in plan.world.audiences.shop
        if waits and (notice.order_key, notice.id) not in seen:
            yield notice


def _changes_chat(plan: "Plan", rng: random.Random, notice: Notice) -> None:
    """The buyer blocks the bot, and links another chat soon after."""
    people = plan.world.people
    assert notice.chat_id is not None
    token, chat = people.link(notice.order_key), plan.chat()
    people.blocks(notice.chat_id)
    plan.world.scheduler.after(rng.uniform(20, 500), lambda: people.taps(token, chat))
