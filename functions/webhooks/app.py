"""The webhooks function: calls the shop's own program with what changed."""

from functools import cache
from typing import Any

from vistka.domain.errors import BadMessage
from vistka.edge.callside import CallBatch, call_batch_of, test_call, webhook_findings
from vistka.edge.direct import findings, is_batch
from vistka.edge.invoking import invoke
from vistka.edge.outside import Outside


@cache
def outside() -> Outside:
    return Outside.of_function("WEBHOOKS_QUEUE_URL", "WEBHOOKS_DEAD_LETTER_QUEUE_URL", "WEBHOOK_URL")


@cache
def batches() -> CallBatch:
    return call_batch_of(outside())


def work(event: Any) -> dict[str, Any]:
    if is_batch(event):
        return batches().take(event)
    match event:
        case {"check": True}:
            return findings(lambda: webhook_findings(outside()))
        case {"test": True}:
            return test_call(outside())
    raise BadMessage('the webhooks function takes messages of its queue, {"check": true} or {"test": true}')


def handler(event: Any, _context: Any) -> dict[str, Any]:
    return invoke(outside(), event, work)
