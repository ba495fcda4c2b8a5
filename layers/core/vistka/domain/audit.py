"""The audit trail: who stepped in, and how, without a word of who they are.

What the program does by itself stands in the history and in the ledger; here stands what people made it do, and what it
did to what is not its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from vistka.domain.notices import Audience, Notice


class Actor(StrEnum):
    OPERATOR = "operator"  # whoever may call the functions: the command line, a program of the shop's
    BUYER = "buyer"  # by a chat of the order's own
    SHOP = "shop"  # its pages or programs, by the key of the API
    SHOP_CHAT = "shop_chat"
    TRACKER = "tracker"  # Vistka itself


class Act(StrEnum):
    LINKED = "linked"  # a chat, to an order
    ASKED = "asked"  # the carrier, out of turn
    OVERWRITTEN = "overwritten"  # another program's text in the shop's column
    ERASED = "erased"
    MUTED = "muted"
    UNMUTED = "unmuted"
    MOVED = "moved"  # the order's own status, by a rule
    WENT_LIVE = "went_live"
    WENT_SHADOW = "went_shadow"
    REDRIVEN = "redriven"


@dataclass(frozen=True, kw_only=True, slots=True)
class Audit:
    """One entry; `order_key` is `notices.SHOP_KEY` for what concerns all orders. `detail` holds counts and names of
    ours, never anything personal."""

    order_key: str
    at: datetime
    actor: Actor
    act: Act
    detail: Mapping[str, str | int] = field(default_factory=dict)


def of_effect(notice: Notice) -> Audit | None:
    """What a rule did or did not do to the order, which its ledger entry tells; None for what is none, or goes on."""
    if notice.audience is not Audience.ORDER or notice.settled_at is None:
        return None
    detail = {"rule": str(notice.kind), "end": str(notice.state)} | ({"why": notice.reason} if notice.reason else {})
    return Audit(order_key=notice.order_key, at=notice.settled_at, actor=Actor.TRACKER, act=Act.MOVED, detail=detail)
