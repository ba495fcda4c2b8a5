"""A person is forgotten: chats, their numbers and the history of their orders leave the store; tracking goes on."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import batched
from typing import Any, Final, Protocol

from vistka.domain.audit import Act, Actor
from vistka.domain.errors import StoreConflict
from vistka.domain.notices import Audience, Notice, NoticeState, Unreachable
from vistka.domain.recipients import OrderChats, Recipient
from vistka.ports import Chats, Clock, Commit, Ledger, OrderRecord, ParcelStore
from vistka.usecases.auditing import Auditor

#: So often something is read anew after somebody else wrote first.
ROUNDS: Final = 5
#: An order is looked at until a look finds nothing left, but not for ever: what is on its way may bring more.
_LOOKS: Final = 3
#: Notices in one transaction, beside a STATE and its link.
_TOGETHER: Final = 90


class Memories(Protocol):
    """What nobody but an erasure needs of the store. Each raises StoreUnavailable."""

    def put_chats(self, chats: OrderChats) -> None:
        """Replace those whose revision is one less (1: there must be none). Raises StoreConflict."""
        ...

    def put_recipient(self, recipient: Recipient) -> None:
        """As `put_chats`."""
        ...

    def forget_recipient(self, recipient: Recipient) -> None:
        """Delete the one with this revision. Raises StoreConflict."""
        ...

    def uses(self, order_key: str) -> Sequence[str]:
        """Fingerprints of the order's links whose first chat is still named."""
        ...

    def forget_use(self, order_key: str, fingerprint: str) -> None:
        """The link stays used: no other chat can open it."""
        ...

    def forget_history(self, ttn: str, *, dry_run: bool) -> int:
        """Delete the parcel's changes; how many there were."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Forgettable:
    """An order whose buyer is to be forgotten. `open`: it may still be told of, though the store does not know it."""

    key: str
    number: str
    open: bool = False


@dataclass(kw_only=True)
class Erased:
    """`orders`: numbers of those of which something was removed, `removed` how many of each kind. `elsewhere`: other
    orders that the same chats are linked to, which stay. `left`: what is still to be told to the shop or to
    its program, and keeps its words until then."""

    orders: list[str] = field(default_factory=list)
    removed: Counter[str] = field(default_factory=Counter)
    elsewhere: int = 0
    left: int = 0

    def to_dict(self) -> dict[str, Any]:
        return {
            "orders": self.orders,
            "removed": {kind: number for kind, number in sorted(self.removed.items()) if number},
            "elsewhere": self.elsewhere,
            "left": self.left,
        }


@dataclass(frozen=True, kw_only=True)
class Eraser:
    """Every write is on condition of what was read, so that it may run beside anything, also beside itself; what was
    broken off is ended by running it again."""

    parcels: ParcelStore
    ledger: Ledger
    chats: Chats
    memories: Memories
    auditor: Auditor
    clock: Clock
    say: Callable[..., None]

    def erase(self, orders: Iterable[Forgettable], *, dry_run: bool = False) -> Erased:
        """Forget the buyer of these orders.

        Raises StoreConflict when others keep writing first, StoreUnavailable; what was done before stays done.
        """
        orders = list(dict.fromkeys(orders))
        work = _Work(eraser=self, keys=frozenset(order.key for order in orders), dry_run=dry_run)
        done = work.done
        for order in orders:
            before = done.removed.total()
            for _ in range(1 if dry_run else _LOOKS):
                found, left = work.look(order)
                if not found:
                    break
            done.left += left
            if (removed := done.removed.total() - before) > 0:
                done.orders.append(order.number)
                if not dry_run:
                    self.auditor.note(order.key, Actor.OPERATOR, Act.ERASED, {"removed": removed})
        if not dry_run and done.orders:
            self.say("a buyer was forgotten", orders=len(done.orders), removed=dict(done.removed))
        return done


@dataclass(kw_only=True)
class _Work:
    """One erasure. A dry run leaves all where it is, so it remembers what it has counted."""

    eraser: Eraser
    keys: Set[str]
    dry_run: bool
    done: Erased = field(default_factory=Erased)
    counted: set[object] = field(default_factory=set)

    def look(self, order: Forgettable) -> tuple[int, int]:
        """How much was found to remove, and how much of it has to wait."""
        before = self.done.removed.total()
        record = self.eraser.parcels.order(order.key)
        self._again(lambda counted: self._chats(order, record, counted))
        for fingerprint in self.eraser.memories.uses(order.key):
            self.done.removed["used links"] += 1
            if not self.dry_run:
                self.eraser.memories.forget_use(order.key, fingerprint)
        for link in record.links if record else ():
            self._again(partial(self._parcel, order.key, link.ttn))
        left = self._again(lambda counted: self._notices(order.key, counted))
        return self.done.removed.total() - before, left

    def _again[T](self, work: Callable[[Counter[str]], T]) -> T:
        """Once more from its reading on, after somebody else wrote first; what was written before counts."""
        for attempt in range(ROUNDS):
            counted = Counter[str]()
            try:
                return work(counted)
            except StoreConflict:
                if attempt == ROUNDS - 1:
                    raise
            finally:
                self.done.removed.update(counted)
        raise AssertionError("every round returns or raises")

    def _chats(self, order: Forgettable, record: OrderRecord | None, counted: Counter[str]) -> None:
        eraser = self.eraser
        chats = eraser.chats.of_orders([order.key]).get(order.key, OrderChats(order_key=order.key))
        named = {*chats.ids}
        if record is not None:
            named |= {link.chat_id for link in record.links if link.chat_id is not None}
            named |= {notice.chat_id for notice in record.notices if notice.chat_id is not None}
        # First whom the order names, then the order: broken off in between, it still names them.
        for chat_id in sorted(named):
            self._recipient(chat_id, counted)
        unmarked = chats.erased_at is None and (record is not None or order.open)
        if not self.dry_run and (chats.ids or chats.shop_muted or unmarked):
            eraser.memories.put_chats(chats.erased(eraser.clock.now()))
        counted["linked chats"] += len(chats.ids)
        counted["mutes"] += chats.shop_muted

    def _recipient(self, chat_id: int, counted: Counter[str]) -> None:
        known = self.eraser.chats.recipient(chat_id)
        if known is None or self._seen(chat_id):
            return
        left = known.without_orders(self.keys)
        self.done.elsewhere = max(self.done.elsewhere, len(left.orders) if left is not None else 0)
        if left == known:
            return
        if not self.dry_run:
            if left is None:
                self.eraser.memories.forget_recipient(known)
            else:
                self.eraser.memories.put_recipient(left)
        counted["chats"] += 1

    def _parcel(self, order_key: str, ttn: str, counted: Counter[str]) -> None:
        """Its link, what was told of it, and its history where no other order has a part in it."""
        parcels = self.eraser.parcels
        record, state = parcels.order(order_key), parcels.states([ttn]).get(ttn)
        link = next((one for one in record.links if one.ttn == ttn), None) if record is not None else None
        alone = state is None or state.orders <= self.keys
        if record is not None and link is not None and state is not None:
            plain = replace(link, chat_id=None, language="", unreachable=Unreachable.ERASED)
            then = state.reduced() if alone and state.ended else state
            if plain != link or then != state:
                # The notices with them: of a parcel that is judged this moment none is made for what was read here.
                emptied = self._emptied(notice for notice in record.notices if notice.ttn == ttn)[:_TOGETHER]
                if not self.dry_run:
                    commit = Commit(
                        state=then.next(), expected=state.revision, links=(plain,), superseded=tuple(emptied)
                    )
                    parcels.commit(commit)
                    counted["notices"] += len(emptied)
                counted["chat numbers"] += link.chat_id is not None
                counted["places"] += then != state and not self._seen(ttn)
        if alone and not self._seen(("changes", ttn)):
            counted["changes"] += self.eraser.memories.forget_history(ttn, dry_run=self.dry_run)

    def _notices(self, order_key: str, counted: Counter[str]) -> int:
        notices = list(self.eraser.ledger.list(order_key=order_key))
        for few in batched(self._emptied(notices), _TOGETHER, strict=False):
            if not self.dry_run:
                self.eraser.ledger.update_all(few)
            counted["notices"] += len(few)
        # What is to be done to the order names two statuses, and nobody.
        hears = {Audience.SHOP, Audience.WEBHOOK}
        return sum(notice.audience in hears and not notice.settled and bool(notice.payload) for notice in notices)

    def _emptied(self, notices: Iterable[Notice]) -> list[Notice]:
        return [emptied for notice in notices if (emptied := _emptied(notice, self.eraser.clock.now())) is not None]

    def _seen(self, what: object) -> bool:
        if not self.dry_run:
            return False
        known = what in self.counted
        self.counted.add(what)
        return known


def _emptied(notice: Notice, now: datetime) -> Notice | None:
    """None for what has nothing left to empty, and for what is still to be told to the shop, or done to the order."""
    if notice.settled:
        bare = notice.emptied()
        return None if bare == notice else bare.next()
    if notice.audience is not Audience.BUYER:
        return None
    # Also what is being sent this moment: it may arrive, and is not sent again.
    return notice.emptied().ended(NoticeState.MUTED, now, reason=Unreachable.ERASED)
