"""The parts of the bot: its door, its side of the conversation, and the links that lead to it."""

import secrets
from datetime import timedelta
from typing import Any, Final

from vistka.adapters.store_paces import DynamoChatPaces
from vistka.adapters.telegram_bot import BotAccount, bot_id
from vistka.domain.errors import ConfigurationError, CredentialRefused, TransientError
from vistka.domain.orders import Finding
from vistka.edge.minted import keys_finding, keys_of, minted
from vistka.edge.outside import Outside
from vistka.edge.webhook import FORWARD_HEADER, TELEGRAM_HEADER, Door, Expected
from vistka.texts.conversation import BotReplies
from vistka.usecases.binding import Binder
from vistka.usecases.conversing import Conversation
from vistka.usecases.minting import Minter

#: What a link lasts unless its maker says otherwise.
LINK_DAYS: Final = 30
#: Telegram waits for its webhook; a press that it hears of late is no harm.
_SEEN_WITHIN: Final = timedelta(seconds=3)


def door_of(outside: Outside) -> Door:
    account = BotAccount(token=outside.bot_token, url=outside.settings.telegram_api_url, total=_SEEN_WITHIN)
    talk = conversation_of(outside)
    forward = outside.secret("FORWARD_SECRET", TransientError)
    expected = [
        Expected(header=TELEGRAM_HEADER, secret=outside.secret("TELEGRAM_WEBHOOK_SECRET", TransientError), source="")
    ]
    if forward.configured:
        expected.append(Expected(header=FORWARD_HEADER, secret=forward, source="f"))
    return Door(
        expected=tuple(expected),
        conversation=lambda: talk,
        seen=account.press_seen,
        note=outside.note,
        say=outside.say,
    )


def conversation_of(outside: Outside) -> Conversation:
    settings = outside.settings

    def own_id() -> int:
        number = bot_id(outside.bot_token())
        if number is None:
            raise CredentialRefused("TELEGRAM_BOT_TOKEN is not a bot's token")
        return number

    return Conversation(
        binder=Binder(
            chats=outside.chats,
            parcels=outside.parcels,
            ledger=outside.ledger,
            notices=outside.notices,
            clock=outside.clock,
            bot_id=own_id,
            is_live=settings.tells,
            notice_due=settings.notice_due,
            default_language=settings.default_language,
        ),
        chats=outside.chats,
        parcels=outside.parcels,
        runs=outside.runs,
        paces=DynamoChatPaces(outside.table, clock=outside.clock, interval=settings.chat_pause),
        texts=BotReplies(),
        clock=outside.clock,
        keys=keys_of(outside),
        bot_id=own_id,
        default_language=settings.default_language,
        shop_chat_id=settings.telegram_chat_id,
        group_of=outside.hash,
        say=outside.say,
    )


def minter_of(outside: Outside) -> Minter:
    account = BotAccount(token=outside.bot_token, url=outside.settings.telegram_api_url)
    return Minter(
        parcels=outside.parcels,
        clock=outside.clock,
        keys=keys_of(outside),
        bot_name=lambda: account.me().name,
        random_bytes=secrets.token_bytes,
    )


def link_asked(minter: Minter, asked: Any) -> dict[str, Any]:
    return minted("link", asked, days=LINK_DAYS, mint=minter.link)


def bot_findings(outside: Outside) -> list[Finding]:
    """Whether buyers can link their chats, for `vistka check`. A shop without the bot is well too."""
    name, unset = "buyers' links", "no buyer can link a chat"
    door = outside.secret("TELEGRAM_WEBHOOK_SECRET", TransientError)  # settings that are wrong are named here
    try:
        door()
    except ConfigurationError:
        return [Finding(name=name, ok=True, text=f"not set up: {unset}", hint="vistka bot install")]
    return [keys_finding(outside, name, unset=unset)]
