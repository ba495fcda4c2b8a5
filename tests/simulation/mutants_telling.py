"""Planted bugs on the way from the ledger to Telegram."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from tests.fakes import store
from tests.simulation.planting import ONE_CHAT, Before, patched
from tests.simulation.run import Bug
from tests.simulation.world import World
from vistka.domain import making
from vistka.domain.errors import (
    ChatUnreachable,
    CredentialRefused,
    TelegramLimited,
    TelegramRejected,
    TelegramUnavailable,
    TelegramUnknown,
    VistkaError,
)
from vistka.domain.notices import OF_CHANGES, Audience, Notice, NoticeState
from vistka.domain.recipients import OrderChats
from vistka.edge.batches import NoticeBatch
from vistka.ports import Buttons, NoticeEntry, Sent
from vistka.usecases import circuit, linking
from vistka.usecases.circuit import Breaker
from vistka.usecases.notifying import Delivery, Notifier
from vistka.usecases.queueing import NoticeSender
from vistka.usecases.releasing import Releaser, Waiting
from vistka.usecases.sweeping import Sweeper, Swept


class _SentBeforeSending(Notifier):
    def _send(self, notice: Notice, recipient: int, html: str, buttons: Buttons, group: str) -> Delivery:
        self.ledger.update(notice.ended(NoticeState.SENT, self.clock.now(), message_id=1))
        try:
            self.telegram.send(recipient, html, silent=notice.repeated, buttons=buttons)
        except VistkaError:
            self.say("the send failed")
        return Delivery(state=NoticeState.SENT)


class _RepeatsWithoutEnd(Notifier):
    def _deliver(self, notice: Notice) -> Delivery:
        return super()._deliver(replace(notice, repeated=False))

    def _lost(self, notice: Notice) -> Delivery:
        return super()._lost(replace(notice, repeated=False))


class _GivesUpAtOnce(Notifier):
    def _retry(self, notice: Notice, wait: timedelta) -> Delivery:
        return self._end(notice, NoticeState.FAILED, f"not taken, {wait}")


class _AnyOtherSupersedes(Notifier):
    def _is_superseded(self, notice: Notice) -> bool:
        return notice.kind in OF_CHANGES and any(
            other.audience is notice.audience
            and other.version != notice.version
            and other.state is not NoticeState.SHADOW
            for other in self.ledger.of_parcel(notice.order_key, notice.ttn)
        )


class _NothingSupersedes(Notifier):
    def _is_superseded(self, notice: Notice) -> bool:
        return False


class _NamesTheChat(Notifier):
    def _send(self, notice: Notice, recipient: int, html: str, buttons: Buttons, group: str) -> Delivery:
        self.say("sending", chat=recipient)
        return super()._send(notice, recipient, html, buttons, group)


class _TellsWhatWaits(Notifier):
    """A buyer whose chat is closed is at its end, and no summary counts him."""

    def _unreachable(self, notice: Notice, reason: str, *, lost: bool) -> Delivery:
        return self._end(notice, NoticeState.UNDELIVERABLE, reason)


class _NoCircuit(Breaker):
    def hold(self, *, asks: bool = False) -> timedelta | None:
        return self._silent() if asks else None


class _RepeatsUnasked(Breaker):
    def hold(self, *, asks: bool = False) -> timedelta | None:
        return super().hold()


class _CircuitStaysOpen(Breaker):
    def hold(self, *, asks: bool = False) -> timedelta | None:
        return self.probe if self.circuits.read().open else None


class _ReleasesNothing(Releaser):
    def release(self, waiting: Waiting) -> int:
        return 0


class _NoSweep(Sweeper):
    def sweep(self) -> Swept:
        return Swept()


class _OldDeduplicationId(NoticeSender):
    def _entry(self, notice: Notice) -> NoticeEntry:
        return super()._entry(replace(notice, sweeps=0))


class _AllAcknowledged(NoticeBatch):
    def take(self, event: Any, remaining: Any) -> dict[str, Any]:
        super().take(event, remaining)
        return {"batchItemFailures": []}


class _Telegram(Before):
    """Takes one answer for another."""

    def send(self, chat_id: int, html: str, *, silent: bool = False, buttons: Buttons = ()) -> Sent:
        try:
            sent: Sent = self.behind.send(chat_id, html, silent=silent, buttons=buttons)
        except VistkaError as error:
            raise self.taken_for(error) from None
        return sent

    def taken_for(self, error: VistkaError) -> VistkaError:
        return error


class _RetryAfterIgnored(_Telegram):
    def taken_for(self, error: VistkaError) -> VistkaError:
        if isinstance(error, TelegramLimited):
            return TelegramLimited(str(error), retry_after=timedelta(milliseconds=10))
        return error


class _LostIsNotSent(_Telegram):
    def taken_for(self, error: VistkaError) -> VistkaError:
        return TelegramUnavailable(str(error)) if isinstance(error, TelegramUnknown) else error


class _RevokedIsRejected(_Telegram):
    def taken_for(self, error: VistkaError) -> VistkaError:
        return TelegramRejected(str(error), reason="401") if isinstance(error, CredentialRefused) else error


class _FaultIsABlock(_Telegram):
    def taken_for(self, error: VistkaError) -> VistkaError:
        return ChatUnreachable(str(error), reason="blocked") if type(error) is TelegramUnavailable else error


class _Aloud(Before):
    def send(self, chat_id: int, html: str, *, silent: bool = False, buttons: Buttons = ()) -> Sent:
        sent: Sent = self.behind.send(chat_id, html, silent=False, buttons=buttons)
        return sent


class _OneByOne(Before):
    def update_all(self, notices: Any, summary: Notice | None = None) -> None:
        self.behind.update_all([], summary)
        for notice in notices:
            self.behind.update(notice)


class _HearsNoWish(Before):
    def hearer(self, **named: Any) -> Any:
        return replace(self.behind.hearer(**named), recipient=None)


class _FindsNoChats(Before):
    def of_orders(self, _order_keys: Any) -> dict[str, Any]:
        return {}


class _SweepsBesideTheLinked(Sweeper):
    def _linked(self, due: Sequence[Notice]) -> Mapping[str, OrderChats]:
        return {}


def _no_lease(world: World) -> None:
    world.times = replace(world.times, lease=0)


def _tells_in_shadow(world: World) -> None:
    policy = world.policy
    world.policy = lambda now: replace(policy(now), is_live=lambda _number: True)  # type: ignore[method-assign]


def _plain_groups(world: World) -> None:
    world.hash = lambda text: text  # type: ignore[assignment]


def _set(name: str, kind: type[Before]) -> Any:
    def spoil(world: World) -> None:
        setattr(world, name, kind(getattr(world, name)))

    return spoil


def _plant(name: str, kind: type) -> Any:
    return lambda kinds: setattr(kinds, name, kind)


def _to_one_chat(**named: Any) -> Notice:
    to_buyer = named["audience"] is Audience.BUYER and named["chat_id"] is not None
    return Notice(**named | ({"chat_id": ONE_CHAT} if to_buyer else {}))


_superseded = linking.superseded


def _never_lost(notice: Notice, now: datetime) -> Notice:
    return replace(_superseded(notice, now), lost=False)


_always_new = property(lambda _self: NoticeState.NEW)
_without_occurrence = property(lambda self: f"{self.ttn}#{self.kind}#-#{self.audience}")


def _until_then(until: datetime | None, now: datetime) -> bool:
    return until is not None and until > now


TELLING: Final = (
    Bug("sent is written before sending", "R2", plant=_plant("notifier", _SentBeforeSending)),
    Bug("no lease", "R2", spoil=_no_lease),
    Bug("no sweep", "R3", plant=_plant("sweeper", _NoSweep)),
    Bug("the sweep sends under the old deduplication id", "R3", plant=_plant("sender", _OldDeduplicationId)),
    Bug("a notice's key is without its occurrence", "R2", patch=patched(Notice, id=_without_occurrence)),
    Bug("retry_after is ignored", "R4", spoil=_set("telegram", _RetryAfterIgnored)),
    Bug("a whole batch is acknowledged though one failed", "R3", plant=_plant("notices", _AllAcknowledged)),
    Bug("a notice is superseded by an older one", "R4", plant=_plant("notifier", _AnyOtherSupersedes)),
    Bug("nothing is superseded", "R4", plant=_plant("notifier", _NothingSupersedes)),
    Bug("a lost answer is repeated without end", "R2", plant=_plant("notifier", _RepeatsWithoutEnd)),
    Bug("the repeat rings", "R2", spoil=_set("telegram", _Aloud)),
    Bug("a lost answer means not sent", "R2", spoil=_set("telegram", _LostIsNotSent)),
    Bug("a passing fault ends the notice", "R2", plant=_plant("notifier", _GivesUpAtOnce)),
    Bug("a revoked token ends the notice", "R2", spoil=_set("telegram", _RevokedIsRejected)),
    Bug("a passing fault means a blocked chat", "R2", spoil=_set("telegram", _FaultIsABlock)),
    Bug("the open circuit is not asked", "R4", plant=_plant("breaker", _NoCircuit)),
    Bug("a repeat does not ask whether Telegram answers", "R2", plant=_plant("breaker", _RepeatsUnasked)),
    Bug("the circuit never closes", "R3", plant=_plant("breaker", _CircuitStaysOpen)),
    Bug("a probe far ahead is waited for", "R3", patch=patched(circuit, holds=_until_then)),
    Bug("the summary is written apart from what it counts", "R2", spoil=_set("ledger", _OneByOne)),
    Bug("a buyer with a closed chat is not counted", "R2", plant=_plant("notifier", _TellsWhatWaits)),
    Bug("what waits is told though the number is gone", "R4", plant=_plant("releaser", _ReleasesNothing)),
    Bug("what may have been told rings when its number is back", "R2", patch=patched(linking, superseded=_never_lost)),
    Bug("what may have been told rings in another chat", "R2", patch=patched(Notice, awakened=_always_new)),
    Bug("a stop is not heard", "R3", spoil=_set("chats", _HearsNoWish)),
    Bug("linked chats are not looked up", "R2", spoil=_set("chats", _FindsNoChats)),
    Bug(
        "what waited goes past who linked",
        "R2",
        plant=_plant("sweeper", _SweepsBesideTheLinked),
    ),
    Bug(
        "an invocation of the mode before forgets since when the shop is live",
        "R2",
        patch=patched(store, is_back_in_shadow=lambda *_: True),
    ),
    Bug("every buyer's news go to one chat", "R9", patch=patched(making, Notice=_to_one_chat)),
    Bug("a shop in shadow tells", "R2", spoil=_tells_in_shadow),
    Bug("a chat's id is logged", "R9", plant=_plant("notifier", _NamesTheChat)),
    Bug("a recipient names his queue's group", "R9", spoil=_plain_groups),
)
