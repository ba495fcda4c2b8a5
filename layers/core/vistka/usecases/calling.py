"""The shop's own program is called with a change, until it says yes or three days are over."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from vistka.domain.calling import body_of, call_id, given_up, pause
from vistka.domain.errors import ConfigurationError, StoreConflict, WebhookUnavailable
from vistka.domain.messages import NoticeMessage
from vistka.domain.notices import Audience, Notice, NoticeState, holds
from vistka.metrics import Metric
from vistka.ports import Clock, Ledger, Metrics, Webhook
from vistka.usecases.notifying import Delivery
from vistka.usecases.queueing import NoticeSender

_DONE: Final = Delivery()
_AGAIN: Final = timedelta(seconds=5)


#: Calls that one sweep sends again.
MOST: Final = 1000


@dataclass(frozen=True, kw_only=True)
class CallSweeper:
    """What no worker has dealt with in its time: its message was lost, or never sent. `margin` is how long it has then,
    until the next sweep takes it up again."""

    ledger: Ledger
    notices: NoticeSender
    clock: Clock
    margin: timedelta
    say: Callable[..., None]

    def sweep(self) -> int:
        """How many calls the queue took. Raises StoreUnavailable."""
        now = self.clock.now()
        taken: list[Notice] = []
        for call in self.ledger.calls_due(before=now, limit=MOST):
            with suppress(StoreConflict):  # somebody works on it right now
                again = call.next(due_at=now + self.margin, sweeps=call.sweeps + 1)
                self.ledger.update(again)
                taken.append(again)
        sent = self.notices.send(taken)
        if sent:
            self.say("swept calls are sent again", count=sent)
        return sent


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Every collaborator is passed in. A call is repeated until it is answered with 2xx: a program that was called and
    whose answer was lost is called again, with the id of the first call. `lasts` is how long a change is tried."""

    ledger: Ledger
    webhook: Webhook
    clock: Clock
    metrics: Metrics
    lease: timedelta
    margin: timedelta
    lasts: timedelta
    say: Callable[..., None]

    def deliver(self, message: NoticeMessage) -> Delivery:
        """Raises StoreUnavailable (the message then comes again by itself); every other fault ends in the ledger."""
        notice = self.ledger.get(message.order_key, message.notice_id)
        if notice is None or notice.audience is not Audience.WEBHOOK:
            self.say("a call that the ledger does not have was dropped")
            return _DONE
        if notice.settled:
            return Delivery(state=notice.state)
        now = self.clock.now()
        if notice.state is NoticeState.SENDING and holds(notice.lease_until, now):
            return Delivery(again=notice.lease_until - now + timedelta(seconds=1))
        until = now + self.lease
        claimed = notice.next(
            state=NoticeState.SENDING, lease_until=until, due_at=until + self.margin, attempt=notice.attempt + 1
        )
        try:
            self.ledger.update(claimed)
            return self._call(claimed, now)
        except StoreConflict:
            return Delivery(again=_AGAIN)  # another worker took a step on it meanwhile

    def _call(self, notice: Notice, at: datetime) -> Delivery:
        try:
            status = self.webhook.call(body_of(notice), call_id=call_id(notice), at=at)
        except WebhookUnavailable as error:
            return self._failed(notice, str(error))
        except ConfigurationError as error:
            self.metrics.count(Metric.CREDENTIALS_REFUSED)
            self.say("the webhook cannot be called", reason=str(error))
            return self._failed(notice, "not configured")
        if 200 <= status < 300:
            return self._end(replace(notice, reason=""), NoticeState.SENT, "")
        if status == HTTPStatus.GONE:
            # The one answer that says that nobody wants to hear of it any more.
            return self._end(notice, NoticeState.UNDELIVERABLE, "410")
        return self._failed(notice, str(status))

    def _failed(self, notice: Notice, reason: str) -> Delivery:
        now = self.clock.now()
        self.say("a call of the webhook failed", attempt=notice.attempt, reason=reason)
        if given_up(notice, now, lasts=self.lasts):
            return self._end(notice, NoticeState.FAILED, reason)
        wait = pause(notice.attempt)
        again = notice.next(state=NoticeState.RETRY, lease_until=None, due_at=now + wait + self.margin, reason=reason)
        self.ledger.update(again)
        return Delivery(again=wait, state=NoticeState.RETRY)

    def _end(self, notice: Notice, state: NoticeState, reason: str) -> Delivery:
        self.ledger.update(notice.ended(state, self.clock.now(), reason=reason))
        return Delivery(state=state)
