"""A tap on an order's link: the chat is bound to the order, or refused."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from vistka.domain.audit import Act, Actor, Audit
from vistka.domain.errors import StoreConflict
from vistka.domain.notices import NO_PARCEL, REMINDERS, Audience, Kind, Notice, NoticeState
from vistka.domain.recipients import MOST_CHATS, OrderChats, Recipient, Turn, readdressed
from vistka.domain.tokens import Token
from vistka.ports import Binding, Chats, Clock, Ledger, OrderRecord, ParcelStore, Tapped, TokenUse
from vistka.usecases.queueing import NoticeSender
from vistka.usecases.sweeping import is_untold

#: So often a tap is judged anew after somebody else wrote first.
ROUNDS: Final = 4


class Outcome(StrEnum):
    LINKED = "linked"
    AGAIN = "again"  # this chat had the order before
    USED = "used"  # another chat used the link first
    CHAT_FULL = "chat_full"
    ORDER_FULL = "order_full"


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """`order` is all that the store knows of the order, None before it has a parcel; `recipient` is the chat as it
    stands now, None for one that is not known."""

    outcome: Outcome
    recipient: Recipient | None
    order: OrderRecord | None


@dataclass(frozen=True, kw_only=True)
class Binder:
    """`is_live` judges by order number: in shadow nobody is told, by a tap neither."""

    chats: Chats
    parcels: ParcelStore
    ledger: Ledger
    notices: NoticeSender
    clock: Clock
    bot_id: Callable[[], int]
    is_live: Callable[[str], bool]
    notice_due: timedelta
    default_language: str

    def bind(self, token: Token, *, chat_id: int, update: str, turn: Turn) -> Bound:
        """Bind the chat to the token's order, in one transaction with all that says so. A repeat changes nothing; a tap
        that comes after a later update binds the chat, and opens it no more.

        Raises StoreConflict when others keep writing first, StoreUnavailable.
        """
        for attempt in range(ROUNDS):
            tapped = self.chats.tapped(order_key=token.order_key, fingerprint=token.fingerprint, chat_id=chat_id)
            outcome = _judge(tapped, chat_id, self.clock.now())
            order = self.parcels.order(token.order_key)
            if outcome in {Outcome.LINKED, Outcome.AGAIN} and not _seen(tapped, update):
                binding = self._binding(tapped, token, chat_id, order, update=update, turn=turn)
                try:
                    self.chats.write(binding)
                except StoreConflict:
                    if attempt == ROUNDS - 1:
                        raise
                    continue
                self._tell(binding, order)
                return Bound(outcome=outcome, recipient=binding.recipient, order=order)
            if outcome is Outcome.USED:
                self._tell_the_shop(token, order)
            break
        return Bound(outcome=outcome, recipient=tapped.recipient, order=order)

    def _binding(
        self, tapped: Tapped, token: Token, chat_id: int, order: OrderRecord | None, *, update: str, turn: Turn
    ) -> Binding:
        now = self.clock.now()
        known = tapped.recipient or Recipient(chat_id=chat_id, bot_id=self.bot_id(), opened_at=now)
        spoken = next((link.language for link in order.links if link.language), "") if order else ""
        # Who taps is told that news come here: what silenced the chat before, a mute as well, is over.
        open_again = replace(known, bot_id=self.bot_id(), opened_at=now, closed=None, muted=False, turn=turn)
        recipient = replace(known if known.is_past(turn) else open_again, language=known.language or spoken)
        if token.order_key not in {order.key for order in recipient.orders}:
            recipient = recipient.with_order(token.order_key, now)
        chats: OrderChats | None = None
        notices: tuple[Notice, ...] = ()
        audit: Audit | None = None
        if chat_id not in tapped.chats.ids:
            chats = tapped.chats.with_chat(chat_id, now)
            notices = self._announcement(chats, order, now)
            detail = {"chats": len(chats.ids)}
            audit = Audit(order_key=token.order_key, at=now, actor=Actor.BUYER, act=Act.LINKED, detail=detail)
        used = tapped.used_by is not None
        return Binding(
            recipient=recipient.after(update),
            chats=chats,
            use=None if used else _use(token, chat_id),
            notices=notices,
            audit=audit,
        )

    def _announcement(self, chats: OrderChats, order: OrderRecord | None, now: datetime) -> tuple[Notice, ...]:
        """To the first chat: it should know that another one hears of its order."""
        if len(chats.ids) == 1:
            return ()
        return (
            self._notice(
                Kind.SECOND_CHAT, chats.order_key, order, now, occurrence=str(chats.revision), chat_id=chats.ids[0]
            ),
        )

    def _tell(self, binding: Binding, order: OrderRecord | None) -> None:
        """What was announced, and what waited for a chat, leaves at once; what does not is swept."""
        moved = [notice for notice in binding.notices if not notice.settled]
        linked = {binding.chats.order_key: binding.chats} if binding.chats else {}
        recipient = binding.recipient
        # Also the chat that had been tried in vain before its owner opened it, linked to the order or in its profile.
        opened = {recipient.chat_id} if recipient.closed is None else set[int]()
        for notice in order.notices if order else ():
            # A reminder has its hour, and looks for its chats then.
            if not is_untold(notice) or notice.kind in REMINDERS:
                continue
            taken = readdressed(notice, linked, opened)
            if taken is None:
                continue
            due = self.clock.now() + self.notice_due
            taken = taken.next(state=taken.awakened, due_at=due, sweeps=taken.sweeps + 1)
            try:
                self.ledger.update(taken)
            except StoreConflict:
                continue  # somebody works on it right now
            moved.append(taken)
        self.notices.send(moved)

    def _tell_the_shop(self, token: Token, order: OrderRecord | None) -> None:
        notice = self._notice(
            Kind.LINK_REFUSED, token.order_key, order, self.clock.now(), occurrence=token.fingerprint[:16]
        )
        if self.notices.shop_chat_id is not None and self.ledger.put_new(notice):  # once for each link
            self.notices.send([notice] if not notice.settled else [])

    def _notice(
        self,
        kind: Kind,
        order_key: str,
        order: OrderRecord | None,
        now: datetime,
        *,
        occurrence: str,
        chat_id: int | None = None,
    ) -> Notice:
        number = order.order_number if order else order_key
        notice = Notice(
            order_key=order_key,
            order_number=number,
            ttn=NO_PARCEL,
            kind=kind,
            occurrence=occurrence,
            audience=Audience.SHOP if chat_id is None else Audience.BUYER,
            version=0,
            state=NoticeState.NEW,
            created_at=now,
            due_at=now + self.notice_due,
            chat_id=chat_id,
            language=self.default_language,
        )
        if self.is_live(number):
            return notice
        return replace(notice, state=NoticeState.SHADOW, due_at=None, settled_at=now)


def _use(token: Token, chat_id: int) -> TokenUse:
    return TokenUse(order_key=token.order_key, fingerprint=token.fingerprint, chat_id=chat_id, until=token.expires_at)


def _seen(tapped: Tapped, update: str) -> bool:
    return tapped.recipient is not None and update in tapped.recipient.updates


def _judge(tapped: Tapped, chat_id: int, now: datetime) -> Outcome:
    if tapped.used_by is not None and tapped.used_by != chat_id:
        return Outcome.USED
    if chat_id in tapped.chats.ids:
        return Outcome.AGAIN
    if len(tapped.chats.ids) >= MOST_CHATS:
        return Outcome.ORDER_FULL
    if tapped.recipient is not None and tapped.recipient.is_full(now):
        return Outcome.CHAT_FULL
    return Outcome.LINKED
