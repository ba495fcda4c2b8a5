"""Chats in DynamoDB: what their owners wish, which orders they belong to, and who used which link first."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from vistka.adapters.store_audit import audit_put
from vistka.adapters.store_items import notice_put, order_pk, read, readable
from vistka.adapters.store_table import Guard, Key, Put, Table, expires
from vistka.adapters.store_values import Item
from vistka.domain.errors import StoreConflict
from vistka.domain.parcels import from_iso, to_iso
from vistka.domain.polling import EPOCH
from vistka.domain.recipients import Closed, LinkedChat, LinkedOrder, OrderChats, Recipient, Turn
from vistka.ports import Binding, Hearer, Tapped, TokenUse

_RECIPIENT: Final = "RECIPIENT"
#: What stays of a recipient whose owner wants to hear nothing, when its orders are forgotten.
_WISH: Final = "WISH"
#: What the sort keys of used links begin with.
USE: Final = "TOKEN#"
#: A day after its token a use is of no use, whatever the clocks say.
_USE_DAYS: Final = 1


class DynamoChats:
    """`vistka.ports.Chats`. `group_of` is the keyed hash of recipients: a chat's number stands in no key."""

    def __init__(self, table: Table, *, group_of: Callable[[str], str]) -> None:
        self._table = table
        self._group_of = group_of

    def of_orders(self, order_keys: Iterable[str]) -> dict[str, OrderChats]:
        items = self._table.get_many(chats_key(key) for key in order_keys)
        return {chats.order_key: chats for chats in readable(items.values(), _chats_of)}

    def recipient(self, chat_id: int) -> Recipient | None:
        return self.recipients([chat_id]).get(chat_id)

    def recipients(self, chat_ids: Iterable[int]) -> dict[int, Recipient]:
        wanted = list(chat_ids)
        items = self._table.get_many(key for chat_id in wanted for key in self._keys(chat_id))
        found = {chat_id: self._known(items, chat_id) for chat_id in wanted}
        return {chat_id: known for chat_id, known in found.items() if known is not None}

    def hearer(self, *, order_key: str, chat_id: int) -> Hearer:
        items = self._table.get_many((*self._keys(chat_id), chats_key(order_key)))
        return Hearer(recipient=self._known(items, chat_id), chats=_heard_of(items, order_key))

    def tapped(self, *, order_key: str, fingerprint: str, chat_id: int) -> Tapped:
        """Raises RecordUnreadable for chats that nobody can read: a tap would write over them."""
        keys = (chats_key(order_key), use_key(order_key, fingerprint))
        items = self._table.get_many((*self._keys(chat_id), *keys))
        chats, use = (items.get(key) for key in keys)
        return Tapped(
            recipient=self._known(items, chat_id),
            chats=read(chats, _chats_of) if chats else OrderChats(order_key=order_key),
            used_by=int(use.get("chat_id", 0)) if use else None,
        )

    def write(self, binding: Binding) -> None:
        puts = recipient_puts(self._key(binding.recipient.chat_id), binding.recipient)
        if binding.chats is not None:
            puts.append(chats_put(binding.chats))
        if binding.use is not None:
            puts.append(_use_put(binding.use))
        puts.extend(notice_put(notice, Guard.ABSENT) for notice in binding.notices)
        if binding.audit is not None:
            puts.append(audit_put(binding.audit))
        self._table.write(puts)

    def close(self, chat_id: int, reason: Closed, *, asked_at: datetime) -> None:
        values = {":reason": str(reason), ":asked_at": to_iso(asked_at), ":one": 1}
        with suppress(StoreConflict):  # nobody linked it, or it was opened meanwhile
            self._table.update(
                self._key(chat_id),
                "SET closed = :reason ADD revision :one",
                values,
                condition="attribute_exists(pk) AND opened_at < :asked_at AND attribute_not_exists(closed)",
            )

    def _key(self, chat_id: int) -> Key:
        return recipient_key(self._group_of, chat_id)

    def _keys(self, chat_id: int) -> tuple[Key, Key]:
        key = self._key(chat_id)
        return key, _wish_key(key)

    def _known(self, items: Mapping[Key, Item], chat_id: int) -> Recipient | None:
        """While the recipient is there, it says itself what its owner wants."""
        key, wish = self._keys(chat_id)
        if item := items.get(key):
            return next(readable([item], lambda found: _recipient_of(found, chat_id)), None)
        item = items.get(wish)
        return next(readable([item], lambda found: _wish_of(found, chat_id)), None) if item else None


def recipient_key(group_of: Callable[[str], str], chat_id: int) -> Key:
    """Found by whoever knows the number, which stands in no item of its own."""
    return f"CHAT#{group_of(f'chat:{chat_id}')}", _RECIPIENT


def _wish_key(key: Key) -> Key:
    return key[0], _WISH


def recipient_puts(key: Key, recipient: Recipient) -> list[Put]:
    """With the wish to hear nothing in an item of its own: who has it is not asked again next year, though which orders
    they had is forgotten. One that is over is overwritten, and ends."""
    puts = [_recipient_put(key, recipient)]
    if recipient.silent or recipient.wished:
        wish: Item = {"muted": recipient.muted}
        if recipient.closed is Closed.STOPPED:
            wish["stopped"] = True
        if recipient.silent:
            wish |= {"bot_id": recipient.bot_id, "opened_at": to_iso(recipient.opened_at)}
        puts.append(Put(key=_wish_key(key), item=wish, kept=not recipient.silent))
    return puts


def _recipient_put(key: Key, recipient: Recipient) -> Put:
    item: Item = {
        "bot_id": recipient.bot_id,
        "opened_at": to_iso(recipient.opened_at),
        "muted": recipient.muted,
        "orders": [{"order_key": order.key, "since": to_iso(order.since)} for order in recipient.orders],
        "updates": list(recipient.updates),
        "revision": recipient.revision,
    }
    if recipient.language:
        item["language"] = recipient.language
    if recipient.closed is not None:
        item["closed"] = str(recipient.closed)
    if (turn := recipient.turn) is not None:
        item["turn"] = {"bot": turn.bot, "number": turn.number, "at": to_iso(turn.at)}
    if recipient.wished:
        item["wished"] = True
    return Put(key=key, item=item, guard=_guard(recipient.revision), kept=True)


def chats_key(order_key: str) -> Key:
    return order_pk(order_key), "CHATS"


def use_key(order_key: str, fingerprint: str) -> Key:
    return order_pk(order_key), f"{USE}{fingerprint}"


def _guard(revision: int) -> Guard | int:
    return Guard.ABSENT if revision == 1 else revision - 1


def chats_put(chats: OrderChats) -> Put:
    item: Item = {
        "order_key": chats.order_key,
        "chats": [{"chat_id": chat.chat_id, "since": to_iso(chat.since)} for chat in chats.chats],
        "revision": chats.revision,
    }
    if chats.erased_at is not None:
        item["erased_at"] = to_iso(chats.erased_at)
    if chats.shop_muted:
        item["shop_muted"] = True
    return Put(key=chats_key(chats.order_key), item=item, guard=_guard(chats.revision), kept=True)


def _use_put(use: TokenUse) -> Put:
    item = {"chat_id": use.chat_id, "expires_at": expires(use.until, _USE_DAYS)}
    return Put(key=use_key(use.order_key, use.fingerprint), item=item, guard=Guard.ABSENT)


def _chats_of(item: Mapping[str, Any]) -> OrderChats:
    return OrderChats(
        order_key=item["order_key"],
        chats=tuple(LinkedChat(chat_id=int(one["chat_id"]), since=from_iso(one["since"])) for one in item["chats"]),
        revision=int(item["revision"]),
        erased_at=from_iso(item["erased_at"]) if item.get("erased_at") else None,
        shop_muted=item.get("shop_muted") is True,
    )


def _heard_of(items: Mapping[Key, Item], order_key: str) -> OrderChats:
    """Of chats that nobody can read only that their buyer was forgotten."""
    item = items.get(chats_key(order_key))
    if item is None:
        return OrderChats(order_key=order_key)
    forgotten = OrderChats(order_key=order_key, erased_at=EPOCH if item.get("erased_at") else None)
    return next(readable([item], _chats_of), forgotten)


def _recipient_of(item: Mapping[str, Any], chat_id: int) -> Recipient:
    return Recipient(
        chat_id=chat_id,
        bot_id=int(item["bot_id"]),
        opened_at=from_iso(item["opened_at"]),
        language=str(item.get("language") or ""),
        muted=item.get("muted") is True,
        closed=Closed(item["closed"]) if item.get("closed") else None,
        orders=tuple(
            LinkedOrder(key=str(one["order_key"]), since=from_iso(one["since"])) for one in item.get("orders", ())
        ),
        updates=tuple(str(one) for one in item.get("updates", ())),
        wished=item.get("wished") is True,
        turn=_turn_of(item["turn"]) if item.get("turn") else None,
        revision=int(item["revision"]),
    )


def _turn_of(item: Mapping[str, Any]) -> Turn:
    return Turn(bot=str(item["bot"]), number=int(item["number"]), at=from_iso(item["at"]))


def _wish_of(item: Mapping[str, Any], chat_id: int) -> Recipient | None:
    """None for one that is over."""
    muted, stopped = item.get("muted") is True, item.get("stopped") is True
    if not muted and not stopped:
        return None
    return Recipient(
        chat_id=chat_id,
        bot_id=int(item["bot_id"]),
        opened_at=from_iso(item["opened_at"]),
        muted=muted,
        closed=Closed.STOPPED if stopped else None,
        wished=True,
    )
