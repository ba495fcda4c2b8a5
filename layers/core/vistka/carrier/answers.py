"""A request as bytes, and what came back as answers to it or as the trouble it is."""

import json
from datetime import datetime

from vistka.carrier.batches import Batch, Sorted, sort_items
from vistka.carrier.decoding import decoded
from vistka.carrier.envelope import Envelope, read_envelope
from vistka.carrier.errors import Act, Trouble, judge, judge_status, masked


def request_of(batch: Batch, *, key: str) -> bytes:
    """The body of TrackingDocument.getStatusDocuments; `key` may be empty, and so may a phone."""
    documents = [
        {"DocumentNumber": ttn, "Phone": phone} if phone else {"DocumentNumber": ttn} for ttn, phone in batch.items()
    ]
    return json.dumps(
        {
            "apiKey": key,
            "modelName": "TrackingDocument",
            "calledMethod": "getStatusDocuments",
            "methodProperties": {"Documents": documents},
        }
    ).encode()


def read_answer(
    body: bytes, *, status: int, content_type: str, retry_after: str, batch: Batch, key: str, now: datetime
) -> Sorted | Trouble:
    """Read one HTTP answer. HTTP is 200 for business answers, errors included; other statuses speak for themselves.

    Never raises, whatever the body is. `key` is kept out of the trouble's text.
    """
    envelope = _envelope(body)
    said = judge(envelope, secret=key) if envelope else None
    trouble = judge_status(status, retry_after=retry_after, now=now)
    if trouble is not None:
        if trouble.act is Act.WAIT and said is not None:
            limit = said.act is Act.DAILY or (said.act is Act.WAIT and trouble.after is None)
            return said if limit else trouble
        return trouble
    if envelope is None:
        kind = masked(content_type, secret=key)[:60] or "no content type"
        return Trouble(act=Act.RETRY, text=f"Nova Poshta answered no JSON that is an answer ({kind})")
    found = sort_items(envelope.items, batch)
    if said is None:
        return found or Trouble(act=Act.RETRY, text="Nova Poshta answered none of the numbers that were asked")
    if said.act is Act.NOTHING:
        return found or Sorted(facts={}, stubs=frozenset(batch))
    if said.act is Act.PHONE and envelope.success and found and not any(batch.values()):
        return found  # it complains of a phone that was not sent, and answers
    return said


def _envelope(body: bytes) -> Envelope | None:
    try:
        return read_envelope(decoded(body))
    except (ValueError, RecursionError):
        return None
