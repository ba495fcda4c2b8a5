"""The parts of the notifier: Telegram behind its circuit, and the texts."""

from collections.abc import Callable
from pathlib import Path

from vistka.adapters.queues import SqsParking, SqsVisibility
from vistka.adapters.store_paces import DynamoChatPaces, DynamoPace
from vistka.adapters.telegram import BotApi
from vistka.adapters.telegram_bot import BotAccount, bot_id
from vistka.adapters.telegram_hearing import Hearing
from vistka.domain.errors import VistkaError
from vistka.domain.months import Counted
from vistka.edge.batches import NoticeBatch
from vistka.edge.noticeside import relevance_of
from vistka.edge.outside import Outside
from vistka.texts.conversation import BotReplies
from vistka.texts.own import OWN
from vistka.texts.render import Messages
from vistka.usecases.buttons import NoticeButtons
from vistka.usecases.circuit import Breaker
from vistka.usecases.notifying import Notifier


def telegram_of(outside: Outside) -> BotApi:
    return BotApi(
        token=outside.bot_token,
        url=outside.settings.telegram_api_url,
        total=outside.settings.telegram_timeout,
    )


def bot_id_of(outside: Outside) -> int | None:
    """The bot that the token belongs to; None while there is none to read."""
    try:
        return bot_id(outside.bot_token())
    except VistkaError:
        return None


def presses_heard(outside: Outside) -> Callable[[], bool]:
    """Whether a press would reach this deployment's bot: by the bot's webhook, or through a bot of the shop's own."""
    settings = outside.settings
    if settings.updates_forwarded:
        return lambda: True
    # Short, since a notice waits for it.
    account = BotAccount(token=outside.bot_token, url=settings.telegram_api_url, total=settings.telegram_timeout / 10)
    return Hearing(
        settings.bot_url,
        webhook=lambda: account.webhook().url,
        clock=outside.clock,
        lasts=settings.secret_max_age,
    )


def messages_of(outside: Outside, own: Path = OWN) -> Messages:
    """The built-in texts, and those of the shop's own that were shipped with them."""

    def broken(file: str, reason: str) -> None:
        outside.say("a text of the shop's own is not used, the built-in one is", file=file, reason=reason)
        if outside.months is not None:
            outside.months.add(Counted.BROKEN_TEXTS)

    return Messages(own, broken=broken)


def notice_batch_of(outside: Outside) -> NoticeBatch:
    settings, telegram = outside.settings, telegram_of(outside)
    return NoticeBatch(
        notifier=Notifier(
            ledger=outside.ledger,
            chats=outside.chats,
            relevance=relevance_of(outside),
            quiet=settings.reminders.quiet,
            breaker=Breaker(
                circuits=outside.circuits,
                telegram=telegram,
                clock=outside.clock,
                metrics=outside.metrics,
                probe=settings.probe,
                flood_window=settings.flood_window,
                jitter=outside.jitter,
                say=outside.say,
            ),
            paces=DynamoChatPaces(outside.table, clock=outside.clock, interval=settings.chat_pause),
            bot_pace=DynamoPace(outside.table, clock=outside.clock, group="telegram", interval=settings.bot_pause),
            telegram=telegram,
            texts=messages_of(outside),
            buttons=NoticeButtons(texts=BotReplies(), heard=presses_heard(outside)),
            clock=outside.clock,
            metrics=outside.metrics,
            shop_chat_id=settings.telegram_chat_id,
            bot_id=lambda: bot_id_of(outside),
            shop_hears=settings.audiences.shop,
            default_language=settings.default_language,
            lease=settings.lease,
            margin=settings.retry_margin,
            longest_wait=settings.chat_wait,
            longest_bot_wait=settings.bot_wait,
            first_backoff=settings.first_backoff,
            longest_backoff=settings.longest_backoff,
            group_of=outside.hash,
            jitter=outside.jitter,
            say=outside.say,
        ),
        visibility=SqsVisibility(outside.sqs, settings.notices_queue_url),
        parking=SqsParking(outside.sqs, settings.notices_dead_letter_queue_url),
        longest_send=settings.longest_send,
        say=outside.say,
    )
