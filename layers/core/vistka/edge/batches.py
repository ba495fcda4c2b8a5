"""Queue messages as Lambda delivers them: each is done, comes again after a while, or is parked with its reason."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from vistka.domain.errors import (
    BadMessage,
    CarrierLimited,
    CarrierUnavailable,
    CredentialRefused,
    QueueUnavailable,
    SlotTaken,
    StoreRefused,
    VistkaError,
)
from vistka.domain.messages import Decode, NoticeMessage, PollMessage
from vistka.edge.records import ComesAgain, Record, records_of, response_of
from vistka.metrics import Metric
from vistka.ports import Metrics, Parking, Visibility

if TYPE_CHECKING:  # neither function starts with what only the other one needs
    from vistka.usecases.notifying import Notifier
    from vistka.usecases.tracking import Tracker


@dataclass(frozen=True, kw_only=True)
class PollBatch:
    """Polls for the tracker, one in each event. One that met an outage of the carrier comes again after `pause`; when
    it is stale by then, the next run asks."""

    tracker: "Tracker"
    visibility: Visibility
    parking: Parking
    metrics: Metrics
    pause: timedelta
    say: Callable[..., None]
    decode: Decode = json.loads

    def take(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The partial batch response: which messages stay in the queue."""
        return response_of(records_of(event), self._record, self.say)

    def _record(self, record: Record) -> None:
        try:
            message = PollMessage.from_json(record.body, decode=self.decode)
        except BadMessage as error:
            park(self.parking, self.say, record, str(error))
            return
        try:
            done = self.tracker.track(message)
        except StoreRefused as error:
            park(self.parking, self.say, record, str(error))
            return
        except VistkaError as error:
            self.say("a poll comes again", kind=type(error).__name__, reason=str(error))
            raise ComesAgain from None
        if done.error is not None:
            self._outage(record, done.error)

    def _outage(self, record: Record, error: VistkaError) -> None:
        pause = self.pause
        match error:
            case SlotTaken():
                pause = error.wait  # the pace is taken: no outage
            case CredentialRefused():
                self.metrics.count(Metric.CREDENTIALS_REFUSED)
                self.say("the carrier refused the key: renew NOVA_POSHTA_API_KEY", reason=str(error))
            case CarrierUnavailable():
                self.metrics.count(Metric.CARRIER_OUTAGES)
                pause = error.retry_after if isinstance(error, CarrierLimited) else pause
                self.say("the carrier gave no answer", kind=type(error).__name__, reason=str(error))
            case _:
                self.say("a poll failed", kind=type(error).__name__, reason=str(error))
        hold(self.visibility, self.say, record, pause)
        raise ComesAgain


@dataclass(frozen=True, kw_only=True)
class NoticeBatch:
    """Notices for the notifier. One that has to wait holds its own group, and no other.

    `longest_send` is what sending one may take, its wait for the chat's slot included. With less left, it is handed
    back: a worker that runs out of time in mid-send does not know whether it was sent.
    """

    notifier: "Notifier"
    visibility: Visibility
    parking: Parking
    longest_send: timedelta
    say: Callable[..., None]

    def take(self, event: Mapping[str, Any], remaining: Callable[[], timedelta]) -> dict[str, Any]:
        """The partial batch response: which messages stay in the queue. `remaining` is the invocation's time."""
        records = records_of(event)
        looked_at: set[str] = set()
        pauses: dict[str, timedelta] = {}

        def take(record: Record) -> None:
            looked_at.add(record.message_id)
            pause = timedelta() if remaining() < self.longest_send else self._record(record)
            if pause is not None:
                pauses[record.group] = pause
                hold(self.visibility, self.say, record, pause)
                raise ComesAgain

        response = response_of(records, take, self.say, in_order=True)
        for record in records:
            # Behind one of its group that has to wait. Hidden for as long as the queue hides, it would hold the whole
            # group back until then.
            if record.message_id not in looked_at and (behind := pauses.get(record.group)) is not None:
                hold(self.visibility, self.say, record, behind)
        return response

    def _record(self, record: Record) -> timedelta | None:
        """None for one that is done with, else after what it comes again."""
        try:
            message = NoticeMessage.from_json(record.body)
        except BadMessage as error:
            park(self.parking, self.say, record, str(error))
            return None
        try:
            return self.notifier.deliver(message).again
        except StoreRefused as error:
            park(self.parking, self.say, record, str(error))
            return None
        except VistkaError as error:
            self.say("a notice comes again", kind=type(error).__name__, reason=str(error))
            raise ComesAgain from None


def hold(visibility: Visibility, say: Callable[..., None], record: Record, pause: timedelta) -> None:
    try:
        visibility.change(record.receipt_handle, pause)
    except QueueUnavailable as error:
        say("a message comes again at the queue's own time", reason=str(error))


def park(parking: Parking, say: Callable[..., None], record: Record, reason: str) -> None:
    """Poison is decided here and not by count: into the dead-letter queue with its reason, and out of the way."""
    try:
        parking.park(record.body, reason=reason, message_id=record.message_id)
    except QueueUnavailable as error:
        say("a message that cannot be read comes again", reason=str(error))
        raise ComesAgain from None
    say("a message was parked in the dead-letter queue", reason=reason)
