"""The maker of scenarios: which orders there are, who bought, what was typed, and which parcel does what."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle, islice
from random import Random
from typing import Final

from local.scenario.model import Scenario
from local.scenario.plots import (
    CANCELLED_MOVES,
    MOVES,
    NEVER_KNOWN,
    PAIR_MOVES,
    RECEIVED,
    REFUSED,
    SHARED_MOVES,
    STILL,
    Plot,
    Reach,
)
from local.scenario.rows import Rows
from local.scenario.typed import ODD, PAIRS, USELESS, Typed, half_good, literally, plain

#: 32 hexadecimal digits as the carrier's keys have, and a token in Telegram's form; both open nothing but stand-ins.
API_KEY: Final = "0" * 31 + "1"
BOT_TOKEN: Final = "7000000001:" + "A" * 35
SHOP_CHAT_ID: Final = -1_002_000_000_001
_STATES: Final = {Reach.BLOCKED: "blocked", Reach.DEACTIVATED: "deactivated", Reach.NOT_STARTED: "not_started"}
_DONE: Final = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """One order to be. `typed` makes the field of its numbers; None for a field that was never filled.

    Plans of one `share` have one parcel. `same_buyer`: bought by the last buyer of the same reach.
    """

    plots: tuple[Plot, ...] = ()
    reach: Reach = Reach.NO_USER
    typed: Typed | None = plain
    status: str = ""
    bad: bool = False
    share: str = ""
    same_buyer: bool = False


def build(*, epoch: datetime, orders: int, seed: int) -> Scenario:
    """The same for the same arguments. `epoch` is aware. Raises ValueError for fewer orders than there are stories."""
    rng = Random(seed)
    plans = list(_special())
    if orders < len(plans):
        raise ValueError(f"a scenario has at least {len(plans)} orders")
    plans += islice(_still(rng), orders - len(plans))
    rng.shuffle(plans)
    rows = Rows(epoch=epoch, rng=rng)
    shared: dict[str, list[str]] = {}
    for plan in plans:
        ttns = shared.get(plan.share) or [rows.parcel(plot) for plot in plan.plots]
        if plan.share:
            shared[plan.share] = ttns
        rows.order(
            reach=plan.reach,
            ttns=ttns,
            typed=None if plan.typed is None else plan.typed(*ttns),
            status=plan.status,
            bad=plan.bad,
            same_buyer=plan.same_buyer,
        )
    chats = [{"id": SHOP_CHAT_ID, "name": "Замовлення магазину"}]
    for order in rows.orders:
        if order.chat_id and order.reach != Reach.UNKNOWN_CHAT:
            chat = {"id": order.chat_id, "name": order.full_name, "state": _STATES.get(Reach(order.reach), "active")}
            if chat not in chats:
                chats.append(chat)
    return Scenario(
        epoch=epoch,
        seed=seed,
        bot_token=BOT_TOKEN,
        api_keys=(API_KEY,),
        shop_chat_id=SHOP_CHAT_ID,
        chats=tuple(chats),
        users=tuple(rows.users),
        orders=rows.numbered(),
        parcels=tuple(rows.parcels),
    )


def _special() -> Iterator[Plan]:
    """Every case that must be there, whatever the number of orders."""
    odd = cycle([plain, plain, *ODD])
    for count, reach, plot in MOVES:
        for turn in range(count):
            yield Plan(plots=(plot,), reach=reach, typed=next(odd), same_buyer=turn == 1 and count > 2)
    under_way, at_branch = STILL[3][1], STILL[5][1]
    for turn, pair in enumerate(PAIRS):
        plots = (PAIR_MOVES if turn == 0 else under_way, at_branch)
        yield Plan(plots=plots, reach=Reach.CHAT if turn < 2 else Reach.NO_CHAT, typed=pair)
    for share, plot in (("moving", SHARED_MOVES), ("standing", under_way)):
        for _ in range(2):
            yield Plan(plots=(plot,), reach=Reach.CHAT, share=share)
    for useless in USELESS:
        yield Plan(reach=Reach.NO_CHAT, typed=literally(useless), bad=True)
    yield Plan(plots=(under_way,), reach=Reach.CHAT, typed=half_good, bad=True)
    yield Plan(typed=literally("   "), status="prep")
    for turn in range(11):
        typed, status = (None, literally(""))[turn % 2], ("new", "prep")[turn % 2]
        yield Plan(reach=(Reach.NO_USER, Reach.CHAT)[turn % 2], typed=typed, status=status)
    for turn in range(_DONE):
        yield Plan(plots=(REFUSED if turn == 0 else RECEIVED,), reach=Reach.NO_CHAT, status="done")
    for plot in (*CANCELLED_MOVES, at_branch, NEVER_KNOWN, REFUSED, REFUSED):
        yield Plan(plots=(plot,), reach=Reach.CHAT, status="cancelled")
    for turn in range(5):
        yield Plan(typed=(None, literally(""))[turn % 2], status="cancelled")


def _still(rng: Random) -> Iterator[Plan]:
    """Ordinary orders without end: each kind once, then by their weights."""
    reaches = cycle(["chat", "no_chat", "no_user", "no_chat", "no_profile", "no_user", "chat"])
    odd = cycle([*[plain] * 9, ODD[0], *[plain] * 9, ODD[3]])
    deck = [plot for _, plot in STILL]
    while True:
        for plot in deck:
            yield Plan(plots=(plot,), reach=Reach(next(reaches)), typed=next(odd), same_buyer=rng.random() < 0.15)
        deck = [plot for weight, plot in STILL for _ in range(weight)]
        rng.shuffle(deck)
