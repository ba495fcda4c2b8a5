"""Effects: what a change is to do to the orders themselves, an entry of the ledger each, made with the change."""

from dataclasses import replace

from vistka.domain.notices import Audience, Kind, Notice, NoticeState
from vistka.domain.orders import Order
from vistka.domain.parcels import ParcelState
from vistka.domain.policy import Policy
from vistka.domain.rules import Event, came_to
from vistka.domain.telling import CROWD, Told, before_live, is_old, was_old


def affect(
    told: Told,
    base: ParcelState,
    draft: ParcelState,
    *,
    new: tuple[Order, ...],
    told_before: tuple[Order, ...],
    listed: int,
    policy: Policy,
) -> Told:
    """What is told, and before it the effects of the rules that are switched on.

    Each is made once: `told` on STATE remembers what a parcel has come to, whether or not a rule was on then. What
    happened before going live, and the first sight of an old parcel, have none (F16); nor has a number on a crowd of
    orders.
    """
    event = came_to(draft)
    if event is None or draft.facts is None:
        return told
    if event not in told.told and draft.version != base.version:
        # By way of a stage with news of its own: what comes back without a refusal was refused all the same.
        told = replace(told, told={**told.told, event: str(draft.version)})
    if event not in policy.rules or event not in told.told or listed > CROWD:
        return told
    old = is_old(draft, policy)
    orders = () if old else new
    if event not in base.told and (base.facts is not None or not was_old(draft, policy)):
        orders = (*told_before, *orders)
    return replace(told, notices=(*(_effect(event, draft, order, policy) for order in orders), *told.notices))


def _effect(event: Event, state: ParcelState, order: Order, policy: Policy) -> Notice:
    effect = Notice(
        order_key=order.key,
        order_number=order.number,
        ttn=state.ttn,
        kind=Kind(str(event)),
        occurrence=str(state.version),
        audience=Audience.ORDER,
        version=state.version,
        state=NoticeState.NEW,
        created_at=policy.now,
        due_at=policy.now + policy.notice_due,
        language=policy.default_language,
        payload={"rule": policy.rules[event]},
    )
    early = before_live(state, policy)
    if early or not policy.is_live(order.number):
        # In shadow no status is moved: what would have been can be listed.
        reason = "before_live" if early else ""
        return replace(effect, state=NoticeState.SHADOW, due_at=None, settled_at=policy.now, reason=reason)
    return effect
