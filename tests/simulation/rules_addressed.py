"""R9 and R2 of who reads what: buyers are told in chats that they linked, or that stand in their profiles."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from tests.simulation.scheduler import SECOND
from vistka.domain.notices import REMINDERS, Audience, Notice, NoticeState, Unreachable

if TYPE_CHECKING:
    from tests.simulation.world import World

#: Runs that were well and listed the order; one of them may have met the very moment of a write.
_LOOKS: Final = 2
#: A reminder's order is looked at in the two hours before its hour.
_WITHIN: Final = 2 * 3600
#: Why a buyer has no chat at all.
_NO_CHAT: Final = frozenset(map(str, Unreachable))

type Found = Iterator[tuple[str, str]]


def judge(world: "World") -> Found:
    for attempt in world.telegram.attempts:
        notice = world.memory.notices.get(attempt.identity)
        if notice is None or notice.audience is not Audience.BUYER:
            continue
        since = _since(world, notice, attempt.at)
        linked = {chat for chat, at in world.people.linked.get(notice.order_key, ()) if at <= attempt.at}
        allowed = linked | world.shop.in_profile(notice.order_key, since, attempt.at)
        if attempt.chat not in allowed and not _shop_was_away(world, notice):
            yield "R9", f"{attempt.identity} went to a chat that was not its buyer's"
    for notice in world.memory.notices.values():
        if notice.state is not NoticeState.UNDELIVERABLE or notice.reason not in _NO_CHAT or not notice.settled_at:
            continue
        ended = world.watch.ended_at[notice.order_key, notice.id]
        if None not in world.shop.in_profile(notice.order_key, _since(world, notice, ended), ended):
            yield "R2", f"{notice.id} of {notice.order_key} reached nobody, and the profile had a chat"


def _since(world: "World", notice: Notice, until: int) -> int:
    """From when on what the shop said of the buyer's chat may have counted: from the run that listed the order for the
    poll that made the notice; of what waited, from a run that listed it while it did."""
    key = notice.order_key, notice.id
    stored, made = next(one for one in reversed(world.watch.made[key]) if one[0] <= until)
    begun = made - int(world.watch.longest_poll * SECOND)
    woken = [one for one in world.watch.woken.get(key, ()) if stored <= one[0] <= until]
    if not woken:
        return begun
    at, due = woken[-1]
    seen = made + world.watch.notice_due * SECOND
    if notice.kind in REMINDERS:
        seen = max(seen, due - _WITHIN * SECOND)
    looks = [
        start
        for start, end in world.watch.good_runs
        if start > seen and end < at and not world.shop.was_closed(notice.order_key, start, end)
    ]
    return looks[-_LOOKS] if len(looks) >= _LOOKS else begun


def _shop_was_away(world: "World", notice: Notice) -> bool:
    """Whether whoever made it could not ask the shop, and believed what it had said before."""
    return any(
        write.after.version == notice.version and write.shop_away for write in world.watch.states.get(notice.ttn, ())
    )
