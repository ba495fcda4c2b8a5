"""The notifier: turns ledger entries into Telegram messages."""

from functools import cache
from typing import Any

from vistka.domain.errors import BadMessage
from vistka.edge.batches import NoticeBatch
from vistka.edge.direct import findings, is_batch, read_request
from vistka.edge.invoking import invoke, remaining
from vistka.edge.outside import Outside
from vistka.edge.telegramside import notice_batch_of, telegram_of


@cache
def outside() -> Outside:
    return Outside.of_function("NOTICES_QUEUE_URL", "NOTICES_DEAD_LETTER_QUEUE_URL")


@cache
def batches() -> NoticeBatch:
    return notice_batch_of(outside())


def work(event: Any, context: Any) -> dict[str, Any]:
    if is_batch(event):
        return batches().take(event, lambda: remaining(context))
    if read_request(event).check:
        return findings(lambda: telegram_of(outside()).check(outside().settings.telegram_chat_id))
    raise BadMessage('the notifier takes messages of its queue, or {"check": true}')


def handler(event: Any, context: Any) -> dict[str, Any]:
    return invoke(outside(), event, lambda event: work(event, context))
