"""The parts of the webhooks function: the shop's own program behind its address, and messages that name calls of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from vistka.adapters.queues import SqsParking, SqsVisibility
from vistka.adapters.webhook import SignedWebhook, secrets_of
from vistka.domain.calling import BODY_VERSION
from vistka.domain.errors import BadMessage, ConfigurationError, StoreRefused, VistkaError, WebhookUnavailable
from vistka.domain.messages import NoticeMessage
from vistka.domain.notices import NoticeState
from vistka.domain.orders import Finding
from vistka.edge.batches import hold, park
from vistka.edge.outside import Outside
from vistka.edge.records import ComesAgain, Record, records_of, response_of
from vistka.ports import Parking, Visibility
from vistka.usecases.calling import Caller

#: A call that nobody stored, to see whether the program answers.
_TEST: Final = {"version": BODY_VERSION, "id": "test", "type": "test"}


def webhook_of(outside: Outside) -> SignedWebhook:
    """Raises ConfigurationError where no address is set."""
    settings = outside.settings
    if not settings.webhook_url:
        raise ConfigurationError("WEBHOOK_URL is not set: deploy with WebhookUrl")
    webhook = SignedWebhook(
        settings.webhook_url,
        secret=outside.secret("WEBHOOK_SECRET", WebhookUnavailable),
        total=settings.webhook_timeout,
    )
    # No connection outlives its invocation: one that died in a frozen environment would cost a call.
    outside.given_back.append(webhook.close)
    return webhook


def call_batch_of(outside: Outside) -> "CallBatch":
    settings = outside.settings
    return CallBatch(
        caller=Caller(
            ledger=outside.ledger,
            webhook=webhook_of(outside),
            clock=outside.clock,
            metrics=outside.metrics,
            lease=2 * settings.webhook_timeout,
            margin=settings.retry_margin,
            lasts=settings.webhook_lasts,
            say=outside.say,
        ),
        visibility=SqsVisibility(outside.sqs, settings.webhooks_queue_url),
        parking=SqsParking(outside.sqs, settings.webhooks_dead_letter_queue_url),
        outside=outside,
    )


@dataclass(frozen=True, kw_only=True)
class CallBatch:
    """Calls, a few in each event. One that was given up lies in the dead-letter queue, whose alarm tells of it."""

    caller: Caller
    visibility: Visibility
    parking: Parking
    outside: Outside

    def take(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The partial batch response: which messages stay in the queue."""
        return response_of(records_of(event), self._record, self.outside.say)

    def _record(self, record: Record) -> None:
        try:
            message = NoticeMessage.from_json(record.body)
            delivery = self.caller.deliver(message)
        except (BadMessage, StoreRefused) as error:
            park(self.parking, self.outside.say, record, str(error))
            return
        except VistkaError as error:
            self.outside.say("a call comes again", kind=type(error).__name__, reason=str(error))
            raise ComesAgain from None
        if delivery.state is NoticeState.FAILED:
            park(self.parking, self.outside.say, record, "given up: the webhook answered no call of it with 2xx")
        elif delivery.again is not None:
            hold(self.visibility, self.outside.say, record, delivery.again)
            raise ComesAgain


def test_call(outside: Outside) -> dict[str, Any]:
    """One call that tells of nothing, and what came of it; for a person."""
    body = json.dumps(_TEST, separators=(",", ":")).encode()
    status = webhook_of(outside).call(body, call_id="test", at=outside.clock.now())
    return {"status": status, "ok": 200 <= status < 300}


def webhook_findings(outside: Outside) -> list[Finding]:
    """Whether calls can be signed, for `vistka check`; nobody is called."""
    try:
        secrets_of(outside.secret("WEBHOOK_SECRET", WebhookUnavailable)())
    except ConfigurationError as error:
        return [Finding(name="webhook", ok=False, text=str(error), hint="mend the parameter WebhookSecretParameter")]
    return [Finding(name="webhook", ok=True, text="calls are signed")]
