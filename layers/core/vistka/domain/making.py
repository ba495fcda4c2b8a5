"""Makes the notices of one kind of news, for the buyer and the shop as they are to hear of it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from vistka.domain.notices import Audience, Kind, Notice, NoticeState, Unreachable
from vistka.domain.orders import Order
from vistka.domain.parcels import ParcelState
from vistka.domain.policy import Policy
from vistka.domain.stages import Role

#: All that a buyer may hear of a waybill that goes back to the shop; the rest of it is the shop's business.
_OF_RETURNS_TO_BUYERS: Final = frozenset({Kind.COMING_BACK, Kind.RETURNED})


def order_notices(
    kind: Kind,
    state: ParcelState,
    order: Order,
    policy: Policy,
    payload: dict[str, Any],
    *,
    shadow: bool,
    occurrence: str = "",
) -> Iterable[Notice]:
    """One kind of news of a parcel, for whoever of an order hears of it. `occurrence`: the change's version unless it
    is given; `shadow`: it happened before the shop went live."""
    buyer = Notice(
        order_key=order.key,
        order_number=order.number,
        ttn=state.ttn,
        kind=kind,
        occurrence=occurrence or str(state.version),
        audience=Audience.BUYER,
        version=state.version,
        state=NoticeState.NEW,
        created_at=policy.now,
        due_at=policy.now + policy.notice_due,
        chat_id=order.chat_id,
        language=order.language or policy.default_language,
        payload=payload,
    )
    reachable = order.chat_id is not None
    shop_hears = kind in policy.audiences.shop
    buyer_hears = kind in policy.audiences.buyer and (state.role is not Role.RETURN or kind in _OF_RETURNS_TO_BUYERS)
    if buyer_hears:
        if shadow or not policy.is_live(order.number):
            yield _settled(buyer, NoticeState.SHADOW, policy, "before_live" if shadow else "")
        elif reachable:
            yield buyer
        elif order.unreachable is Unreachable.ERASED:
            yield _settled(buyer, NoticeState.MUTED, policy, unreachable_of(order))
        elif shop_hears:
            # The shop hears of it at once, with the reason: the notice below.
            yield _settled(buyer, NoticeState.UNDELIVERABLE, policy, unreachable_of(order))
        else:
            # Waits for the sweep, which counts it into the shop's summary.
            yield replace(buyer, state=NoticeState.WAITING, due_at=policy.now, reason=unreachable_of(order))
    if shop_hears:
        extra = {} if reachable or not buyer_hears else {"unreachable": unreachable_of(order)}
        yield of_change(kind, state, order, policy, {**payload, **extra}, shadow=shadow, occurrence=occurrence)


def unreachable_of(order: Order) -> str:
    """Why the buyer of an order without a chat cannot be told."""
    return str(order.unreachable or Unreachable.NO_CHAT)


def shop_notice(
    kind: Kind,
    ttn: str,
    order: Order,
    policy: Policy,
    *,
    occurrence: str,
    version: int = 0,
    payload: Mapping[str, Any] | None = None,
    shadow: bool = False,
) -> Notice:
    """A notice to the shop's chat; it ends at once where nobody is to be told."""
    notice = Notice(
        order_key=order.key,
        order_number=order.number,
        ttn=ttn,
        kind=kind,
        occurrence=occurrence,
        audience=Audience.SHOP,
        version=version,
        state=NoticeState.NEW,
        created_at=policy.now,
        due_at=policy.now + policy.notice_due,
        language=policy.default_language,
        payload=payload or {},
    )
    if shadow or not policy.is_live(order.number):
        return _settled(notice, NoticeState.SHADOW, policy, "before_live" if shadow else "")
    if not policy.has_shop_chat:
        return _settled(notice, NoticeState.UNDELIVERABLE, policy, "no_shop_chat")
    return notice


def of_change(
    kind: Kind,
    state: ParcelState,
    order: Order,
    policy: Policy,
    payload: Mapping[str, Any],
    *,
    shadow: bool = False,
    occurrence: str = "",
) -> Notice:
    """The shop's notice of a parcel as it is now; see `order_notices`."""
    return shop_notice(
        kind,
        state.ttn,
        order,
        policy,
        occurrence=occurrence or str(state.version),
        version=state.version,
        payload=payload,
        shadow=shadow,
    )


def _settled(notice: Notice, state: NoticeState, policy: Policy, reason: str) -> Notice:
    return replace(notice, state=state, due_at=None, settled_at=policy.now, reason=reason)
