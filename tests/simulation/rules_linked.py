"""R2 and R3 of the chats that buyers linked: who hears of what, in which seat, and whose silence is kept."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from tests.simulation.world import World
from vistka.domain.notices import OF_CHANGES, Audience, Kind, Notice, NoticeState, Unreachable

type Found = Iterator[tuple[str, str]]

_NO_CHAT: Final = frozenset(map(str, Unreachable))


def judge(world: World) -> Found:
    notices = list(world.memory.notices.values())
    for notice in notices:
        if notice.audience is Audience.BUYER and notice.kind in OF_CHANGES:
            yield from _to_the_linked(world, notice)
    yield from _announced(world, notices)


def _to_the_linked(world: World, notice: Notice) -> Found:
    """What was made after the tap goes to the chat of its seat, and each further chat has one of its own."""
    name = f"{notice.id} of {notice.order_key}"
    made = world.scheduler.time_of(notice.created_at)
    linked = world.people.linked.get(notice.order_key, [])
    chats = [chat for chat, since in linked if since < made]
    if chats and notice.seat == 1:
        if notice.chat_id != chats[0]:
            yield "R2", f"{name} did not go to the chat that was linked before it was made"
        further = range(2, len(chats) + 1) if notice.state is not NoticeState.SHADOW else ()
        for seat in further:
            if (notice.order_key, f"{notice.id}#{seat}") not in world.memory.notices:
                yield "R2", f"{name}: chat {seat} of its order has none"
    if notice.seat > 1 and (len(linked) < notice.seat or notice.chat_id != linked[notice.seat - 1][0]):
        yield "R2", f"{name} is not of the chat that has this seat"
    by_itself = notice.kind in world.audiences.shop
    if notice.state is NoticeState.UNDELIVERABLE and notice.reason in _NO_CHAT and not by_itself:
        settled = world.scheduler.time_of(notice.settled_at) if notice.settled_at else 0
        if linked and linked[0][1] < settled:
            yield "R2", f"{name} was told to the shop though its buyer had linked a chat"


def _announced(world: World, notices: list[Notice]) -> Found:
    """A further chat is announced to the first, once each; nobody else hears of it."""
    told = Counter(notice.order_key for notice in notices if notice.kind is Kind.SECOND_CHAT)
    for order in sorted(told.keys() | world.people.linked.keys()):
        wanted = max(len(world.people.linked.get(order, [])) - 1, 0)
        if told[order] != wanted:
            yield "R2", f"order {order}: {told[order]} chats announced, wanted {wanted}"
    for notice in notices:
        if notice.kind is Kind.SECOND_CHAT and notice.chat_id != world.people.linked[notice.order_key][0][0]:
            yield "R2", f"{notice.id} of {notice.order_key} went to another chat than the first"
