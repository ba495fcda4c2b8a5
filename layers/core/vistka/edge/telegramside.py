"""The parts of the notifier: Telegram behind its circuit, and the texts."""

from datetime import timedelta

from vistka.adapters.queues import SqsParking, SqsVisibility
from vistka.adapters.store_paces import DynamoChatPaces
from vistka.adapters.telegram import BotApi
from vistka.domain.errors import TelegramUnavailable
from vistka.edge.batches import NoticeBatch
from vistka.edge.outside import Outside
from vistka.texts.render import Messages
from vistka.usecases.circuit import Breaker
from vistka.usecases.notifying import Notifier


def telegram_of(outside: Outside) -> BotApi:
    return BotApi(
        token=outside.secret("TELEGRAM_BOT_TOKEN", TelegramUnavailable), url=outside.settings.telegram_api_url
    )


def notice_batch_of(outside: Outside) -> NoticeBatch:
    settings, telegram = outside.settings, telegram_of(outside)
    return NoticeBatch(
        notifier=Notifier(
            ledger=outside.ledger,
            breaker=Breaker(
                circuits=outside.circuits,
                telegram=telegram,
                clock=outside.clock,
                metrics=outside.metrics,
                probe=settings.probe,
                jitter=outside.jitter,
                say=outside.say,
            ),
            paces=DynamoChatPaces(outside.table, clock=outside.clock, interval=timedelta(seconds=1)),
            telegram=telegram,
            texts=Messages(),
            clock=outside.clock,
            metrics=outside.metrics,
            shop_chat_id=settings.telegram_chat_id,
            default_language="uk",
            lease=settings.lease,
            margin=settings.retry_margin,
            group_of=outside.hash,
            jitter=outside.jitter,
            say=outside.say,
        ),
        visibility=SqsVisibility(outside.sqs, settings.notices_queue_url),
        parking=SqsParking(outside.sqs, settings.notices_dead_letter_queue_url),
        say=outside.say,
    )
