"""The tracker: one message, one request to the carrier; writes the store and the shop, and sends notices on."""

from functools import cache
from typing import Any

from vistka.adapters.queues import SqsParking, SqsVisibility
from vistka.carrier.decoding import decoded
from vistka.domain.messages import PollMessage
from vistka.edge.batches import PollBatch
from vistka.edge.carrierside import carrier_findings, tracker_of
from vistka.edge.direct import findings, is_batch, read_request
from vistka.edge.invoking import invoke
from vistka.edge.outside import Outside
from vistka.edge.shopside import dispatcher_of, open_shop
from vistka.usecases.operating import track_message, track_one
from vistka.usecases.tracking import Tracker


@cache
def outside() -> Outside:
    return Outside.of_function("POLLS_QUEUE_URL", "NOTICES_QUEUE_URL", "POLLS_DEAD_LETTER_QUEUE_URL")


@cache
def tracker() -> Tracker:
    return tracker_of(outside(), open_shop(outside()))


@cache
def batches() -> PollBatch:
    out = outside()
    return PollBatch(
        tracker=tracker(),
        visibility=SqsVisibility(out.sqs, out.settings.polls_queue_url),
        parking=SqsParking(out.sqs, out.settings.polls_dead_letter_queue_url),
        metrics=out.metrics,
        pause=out.settings.carrier_pause,
        say=out.say,
        decode=decoded,
    )


def work(event: Any) -> dict[str, Any]:
    if is_batch(event):
        return batches().take(event)
    request = read_request(event)
    if request.check:
        return findings(lambda: carrier_findings(outside()), lambda: tracker().shop.shop.check())
    if request.order_number:
        finder = dispatcher_of(outside(), tracker().shop.shop)
        return track_one(finder, tracker(), request.order_number, auditor=outside().auditor, **request.manner)
    return track_message(tracker(), PollMessage.from_dict(request.poll), **request.manner)


def handler(event: Any, _context: Any) -> dict[str, Any]:
    return invoke(outside(), event, work)
