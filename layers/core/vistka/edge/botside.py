"""The parts of the bot: its door, its side of the conversation, and the links that lead to it."""

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from vistka.adapters.store_paces import DynamoChatPaces
from vistka.adapters.telegram_bot import BotAccount, bot_id
from vistka.domain.errors import BadMessage, ConfigurationError, CredentialRefused, TransientError
from vistka.domain.orders import MOST_CHARACTERS, Finding
from vistka.domain.parcels import to_iso
from vistka.domain.tokens import KeyRing
from vistka.edge.outside import Outside
from vistka.edge.webhook import FORWARD_HEADER, TELEGRAM_HEADER, Door, Expected
from vistka.texts.conversation import BotReplies
from vistka.usecases.binding import Binder
from vistka.usecases.conversing import Conversation
from vistka.usecases.minting import Minter

#: What a link lasts unless its maker says otherwise, and at most.
LINK_DAYS: Final = 30
MOST_LINK_DAYS: Final = 366
#: Telegram waits for its webhook; a press that it hears of late is no harm.
_SEEN_WITHIN: Final = timedelta(seconds=3)


def keys_of(outside: Outside) -> Callable[[], KeyRing]:
    secret = outside.secret("LINK_KEYS", TransientError)
    return lambda: KeyRing.parse(secret())


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
            default_language="uk",
        ),
        chats=outside.chats,
        parcels=outside.parcels,
        runs=outside.runs,
        paces=DynamoChatPaces(outside.table, clock=outside.clock, interval=settings.chat_pause),
        texts=BotReplies(),
        clock=outside.clock,
        keys=keys_of(outside),
        bot_id=own_id,
        default_language="uk",
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
    """`{"order_number": …}` or `{"order_key": …}`, with `days`. Raises BadMessage naming the field that is wrong."""
    if not isinstance(asked, dict) or not asked.keys() <= {"order_number", "order_key", "days"}:
        raise BadMessage('link must be an object, such as {"order_number": "TWC09092025N01", "days": 30}')
    number, key, days = asked.get("order_number", ""), asked.get("order_key", ""), asked.get("days", LINK_DAYS)
    if not all(isinstance(one, str) and len(one) <= MOST_CHARACTERS for one in (number, key)) or not (number or key):
        raise BadMessage("link.order_number, or link.order_key, must name an order, as text")
    if not isinstance(days, int) or isinstance(days, bool) or not 0 < days <= MOST_LINK_DAYS:
        raise BadMessage(f"link.days must be a whole number from 1 to {MOST_LINK_DAYS}")
    link = minter.link(order_number=number, order_key=key, lasts=timedelta(days=days))
    return {
        "order_key": link.order_key,
        "order_number": link.order_number,
        "url": link.url,
        "expires_at": to_iso(link.expires_at),
    }


def bot_findings(outside: Outside) -> list[Finding]:
    """Whether buyers can link their chats, for `vistka check`. A shop without the bot is well too."""
    name = "buyers' links"
    door = outside.secret("TELEGRAM_WEBHOOK_SECRET", TransientError)  # settings that are wrong are named here
    try:
        door()
        keys = outside.secret("LINK_KEYS", TransientError)()
    except ConfigurationError:
        return [Finding(name=name, ok=True, text="not set up: no buyer can link a chat", hint="vistka bot install")]
    try:
        ring = KeyRing.parse(keys)
    except ConfigurationError as error:
        return [Finding(name=name, ok=False, text=str(error), hint="mend the parameter that LinkKeysParameter names")]
    return [Finding(name=name, ok=True, text=f"signed with key {ring.signing} of {len(ring.keys)}")]
