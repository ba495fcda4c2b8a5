"""The notifier: sends one ledger entry to Telegram, and writes down what became of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from vistka.domain.errors import (
    ChatUnreachable,
    ConfigurationError,
    CredentialRefused,
    SlotTaken,
    StoreConflict,
    TelegramLimited,
    TelegramRejected,
    TelegramUnavailable,
    TelegramUnknown,
)
from vistka.domain.hours import Hours
from vistka.domain.lags import lag_of
from vistka.domain.messages import NoticeMessage
from vistka.domain.notices import Audience, Kind, Notice, NoticeState, Unreachable, holds
from vistka.domain.recipients import Closed
from vistka.metrics import Metric
from vistka.ports import Buttons, ChatPaces, Chats, Clock, Ledger, Metrics, Pace, Sent, Telegram, Texts, recipient_of
from vistka.usecases.buttons import NoticeButtons
from vistka.usecases.circuit import Breaker
from vistka.usecases.reminding import Relevance, waits_on

#: A refusal that Telegram does not explain is tried so often (F39), then given up as failed.
MOST_ATTEMPTS: Final = 40

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What to do with the queue message: `again` after that long, or None when the ledger has the last word."""

    again: timedelta | None = None
    state: NoticeState | None = None


DONE: Final = Delivery()


@dataclass(frozen=True, kw_only=True)
class Notifier:
    """Every collaborator is passed in; `jitter` gives a random share of a duration; `group_of` hides a recipient.

    A chat's slot is waited for inside the invocation up to `longest_wait`, the bot's up to `longest_bot_wait`; beyond
    that the message goes back to the queue. In `quiet` hours a buyer's notice waits for their end, and the shop's come
    without a sound. The pause after a passing fault begins at `first_backoff` and doubles up to `longest_backoff`.
    `bot_id` is the bot that sends, None while that is not known. `shop_hears` are the kinds that reach the shop by
    themselves.
    """

    ledger: Ledger
    chats: Chats
    relevance: Relevance
    quiet: Hours
    breaker: Breaker
    paces: ChatPaces
    bot_pace: Pace
    telegram: Telegram
    texts: Texts
    buttons: NoticeButtons
    clock: Clock
    metrics: Metrics
    shop_chat_id: int | None
    bot_id: Callable[[], int | None]
    shop_hears: frozenset[Kind]
    default_language: str
    lease: timedelta
    margin: timedelta
    longest_wait: timedelta
    longest_bot_wait: timedelta
    first_backoff: timedelta
    longest_backoff: timedelta
    group_of: Callable[[str], str]
    jitter: Callable[[timedelta], timedelta]
    say: Callable[..., None]

    def deliver(self, message: NoticeMessage) -> Delivery:
        """Send the notice unless it is settled, superseded, held by somebody else, or the circuit is open.

        Raises StoreUnavailable (the message then comes again by itself); every other fault ends in the ledger.
        """
        notice = self.ledger.get(message.order_key, message.notice_id)
        if notice is None:
            self.say("a notice that the ledger no longer has was dropped")
            return DONE
        if notice.settled or notice.state is NoticeState.WAITING or notice.is_effect:
            # What waits is the sweep's, which makes it new when it is due; an effect is told to nobody.
            return Delivery(state=notice.state)
        try:
            return self._deliver(notice)
        except StoreConflict:
            # Another worker took a step on this notice meanwhile: look again shortly.
            return Delivery(again=timedelta(seconds=2) + self.jitter(timedelta(seconds=3)))

    def _deliver(self, notice: Notice) -> Delivery:
        now = self.clock.now()
        if notice.state is NoticeState.SENDING and holds(notice.lease_until, now):
            return Delivery(again=notice.lease_until - now + timedelta(seconds=1))
        lost = notice.state in (NoticeState.UNKNOWN, NoticeState.SENDING)
        if lost and notice.repeated:
            return self._unconfirmed(notice, now)
        if self._is_superseded(notice):
            return self._end(notice, NoticeState.SUPERSEDED, "a newer one was told")
        notice = self.relevance.check(notice, now)
        if notice.settled or waits_on(notice, now):
            self.ledger.update(notice)
            return Delivery(state=notice.state)
        return self._tell(notice, now, lost=lost)

    def _tell(self, notice: Notice, now: datetime, *, lost: bool) -> Delivery:
        """To whom and when; `lost`: the answer to its first send was."""
        recipient = recipient_of(notice, self.shop_chat_id)
        if notice.audience is Audience.BUYER:
            wished = self._as_wished(notice, recipient, lost=lost)
            if isinstance(wished, Delivery):
                return wished
            notice = wished
            if self.quiet.cover(now) and not lost:  # a repeat makes no sound
                return self._until_morning(notice, now)
        elif self._is_muted(notice):
            return self._end(notice, NoticeState.MUTED, "muted")
        if recipient is None:
            return self._end(notice, NoticeState.UNDELIVERABLE, "no_shop_chat")
        if (hold := self.breaker.hold(asks=lost)) is not None:
            return Delivery(again=hold)
        return self._claim(notice, recipient, now, lost=lost)

    def _claim(self, notice: Notice, recipient: int, now: datetime, *, lost: bool) -> Delivery:
        try:
            html, buttons = self.texts.render(notice, now=now), self.buttons.under(notice)
        except ConfigurationError as error:
            self.say("a notice has no text", kind=str(notice.kind), reason=str(error))
            return self._end(notice, NoticeState.FAILED, str(error))
        group = self.group_of(f"chat:{recipient}")
        try:
            self._wait(self.paces.take(group, longest=self.longest_wait))
            # The bot's last: taken before a chat's was awaited, several would leave at once after all.
            self._wait(self.bot_pace.take(longest=self.longest_bot_wait))
        except SlotTaken as taken:
            return Delivery(again=taken.wait)
        until = self.clock.now() + self.lease
        claimed = notice.next(
            state=NoticeState.SENDING,
            lease_until=until,
            due_at=until + self.margin,
            attempt=notice.attempt + 1,
            repeated=lost,
        )
        self.ledger.update(claimed)
        return self._send(claimed, recipient, html, buttons, group)

    def _wait(self, wait: timedelta) -> None:
        if wait:
            self.clock.sleep(wait)

    def _until_morning(self, notice: Notice, now: datetime) -> Delivery:
        """Nothing rings at night: it waits, without a queue message, for the sweep after the quiet hours."""
        until = self.quiet.end_after(now)
        # Within a minute and a half of each other, in the order in which they came.
        due_at = until + (_DAY - (until - now)) / 1000
        self.ledger.update(notice.next(state=NoticeState.WAITING, reason="", due_at=due_at, not_before=until))
        return Delivery(state=NoticeState.WAITING)

    def _as_wished(self, notice: Notice, chat_id: int | None, *, lost: bool) -> Notice | Delivery:
        """A buyer's notice in the language of the chat's owner; or the end of one that they do not want, or cannot be
        given."""
        if chat_id is None:
            return self._unreachable(notice, notice.reason or "no_chat", lost=lost)
        hearer = self.chats.hearer(order_key=notice.order_key, chat_id=chat_id)
        if hearer.chats.keeps_from(chat_id):
            return self._end(notice.emptied(), NoticeState.MUTED, Unreachable.ERASED)
        known = hearer.recipient
        if known is None:
            return notice
        if known.silent:
            return self._end(notice, NoticeState.MUTED, known.silent)
        if known.closed is not None:
            return self._unreachable(notice, str(known.closed), lost=lost)
        bot = self.bot_id()
        if bot is not None and known.bot_id != bot:
            return self._unreachable(notice, "other_bot", lost=lost)
        return replace(notice, language=known.language or notice.language)

    def _is_muted(self, notice: Notice) -> bool:
        """Whether the shop's chat wants to hear nothing of the order; what concerns more than one is always heard."""
        if notice.audience is not Audience.SHOP or not notice.is_of_one_order:
            return False
        chats = self.chats.of_orders([notice.order_key]).get(notice.order_key)
        return chats is not None and chats.shop_muted

    def _send(self, notice: Notice, recipient: int, html: str, buttons: Buttons, group: str) -> Delivery:
        """`notice` is claimed: whatever happens from here on is written to it."""
        asked_at = self.clock.now()
        try:
            silent = notice.repeated or self.quiet.cover(asked_at)
            sent = self.telegram.send(recipient, html, silent=silent, buttons=buttons)
        except TelegramUnknown:
            return self._lost(notice)
        except TelegramLimited as limited:
            self.breaker.limited(group, limited.retry_after)
            # It says nothing of this one, and a flood may last for hours: no attempt of the many that it is given.
            notice = replace(notice, attempt=notice.attempt - 1)
            return self._retry(notice, limited.retry_after + self.jitter(timedelta(seconds=1)))
        except TelegramUnavailable as error:
            self.metrics.count(Metric.TELEGRAM_OUTAGES)
            self.say("Telegram did not take a notice", attempt=notice.attempt, reason=str(error))
            self.breaker.failed()
            if notice.attempt >= MOST_ATTEMPTS:
                return self._end(notice, NoticeState.FAILED, "given up after many attempts")
            return self._retry(notice, self._backoff(notice.attempt))
        except (CredentialRefused, ConfigurationError) as error:
            # Refused, or not there at all: nothing left, and nothing can until somebody mends it.
            self.metrics.count(Metric.CREDENTIALS_REFUSED)
            self.say("Telegram refused the token: renew TELEGRAM_BOT_TOKEN", reason=str(error))
            return self._retry(notice, self.breaker.refused())
        except ChatUnreachable as error:
            delivery = self._unreachable(notice, error.reason, lost=notice.repeated)
            if error.reason in set(Closed):
                self.chats.close(recipient, Closed(error.reason), asked_at=asked_at)
            return delivery
        except TelegramRejected as error:
            self.say("Telegram rejected a notice", kind=str(notice.kind), reason=error.reason)
            return self._end(notice, NoticeState.FAILED, error.reason)
        return self._sent(notice, recipient, sent)

    def _sent(self, notice: Notice, recipient: int, sent: Sent) -> Delivery:
        now = self.clock.now()
        self.ledger.update(notice.ended(NoticeState.SENT, now, message_id=sent.message_id))
        self.breaker.answered()
        if (lag := lag_of(notice, now)) is not None:
            self.metrics.count(Metric.SCAN_TO_NOTICE_SECONDS, lag.total_seconds())
        if sent.plain or sent.cut:
            self.say("a notice was sent changed", kind=str(notice.kind), plain=sent.plain, cut=sent.cut)
        if sent.chat_id != recipient:
            self.say("a group became a supergroup: set TelegramChatId to its new id", audience=str(notice.audience))
        return Delivery(state=NoticeState.SENT)

    def _lost(self, notice: Notice) -> Delivery:
        """Sent or not, nobody knows: one silent repeat once Telegram answers getMe, then it is told to the shop."""
        self.metrics.count(Metric.TELEGRAM_OUTAGES)
        hold = self.breaker.unknown()
        if notice.repeated:
            return self._unconfirmed(notice, self.clock.now())
        wait = hold or self._backoff(notice.attempt)
        unknown = notice.next(state=NoticeState.UNKNOWN, lease_until=None, due_at=self.clock.now() + wait + self.margin)
        self.ledger.update(unknown)
        return Delivery(again=wait, state=NoticeState.UNKNOWN)

    def _unconfirmed(self, notice: Notice, now: datetime) -> Delivery:
        ended = notice.ended(NoticeState.UNCONFIRMED, now, reason="no answer to the send and its repeat")
        if notice.audience is Audience.BUYER and self.shop_chat_id is not None:
            # Both or neither. The shop's is left to the sweep, which sends it once Telegram answers again.
            self.ledger.update_all([ended], summary=self._for_the_shop(notice, now))
        else:
            self.ledger.update(ended)
        return Delivery(state=NoticeState.UNCONFIRMED)

    def _for_the_shop(self, notice: Notice, now: datetime) -> Notice:
        return Notice(
            order_key=notice.order_key,
            order_number=notice.order_number,
            ttn=notice.ttn,
            kind=Kind.UNCONFIRMED,
            occurrence=f"{notice.kind}:{notice.occurrence}" + (f":{notice.seat}" if notice.seat > 1 else ""),
            audience=Audience.SHOP,
            version=notice.version,
            state=NoticeState.NEW,
            created_at=now,
            due_at=now,
            language=self.default_language,
            payload={"kind": str(notice.kind)},
        )

    def _unreachable(self, notice: Notice, reason: str, *, lost: bool) -> Delivery:
        """`lost`: it may have been told before; in another chat that is the one silent repeat (R2)."""
        if notice.audience is Audience.BUYER and notice.kind not in self.shop_hears:
            # Waits for the sweep, which counts it into the shop's summary.
            waiting = notice.next(state=NoticeState.WAITING, reason=reason, lost=lost, repeated=False, lease_until=None)
            self.ledger.update(replace(waiting, due_at=self.clock.now()))
            return Delivery(state=NoticeState.WAITING)
        return self._end(notice, NoticeState.UNDELIVERABLE, reason)

    def _retry(self, notice: Notice, wait: timedelta) -> Delivery:
        # Certainly not sent: a repeat that never left is still to be made.
        state = NoticeState.UNKNOWN if notice.repeated else NoticeState.RETRY
        self.ledger.update(
            notice.next(state=state, repeated=False, lease_until=None, due_at=self.clock.now() + wait + self.margin)
        )
        return Delivery(again=wait, state=state)

    def _end(self, notice: Notice, state: NoticeState, reason: str) -> Delivery:
        self.ledger.update(notice.ended(state, self.clock.now(), reason=reason))
        return Delivery(state=state)

    def _is_superseded(self, notice: Notice) -> bool:
        return self.relevance.is_superseded(notice)

    def _backoff(self, attempt: int) -> timedelta:
        doubled = self.first_backoff * (1 << min(attempt - 1, 8))
        return min(self.longest_backoff, doubled) + self.jitter(self.first_backoff)
