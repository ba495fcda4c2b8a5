"""What is found of each value of a set-up, by asking whom it belongs to."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from vistka.adapters.clock import SystemClock
from vistka.carrier.keys import keys_of
from vistka.domain.errors import ChatUnreachable, CredentialRefused, VistkaError
from vistka.domain.orders import Finding
from vistka.settings import Settings, is_loopback
from vistka.shop.schema import load_schema

if TYPE_CHECKING:
    from vistka.adapters.telegram_bot import BotAccount, Identity

#: As the template has it.
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_NUMBER: Final = re.compile(r"-?[1-9][0-9]{0,15}")
_BUILT_IN: Final = re.compile(r"[A-Za-z0-9_-]+")
_HOST: Final = re.compile(r"^[a-z+]+://(?:[^@/]*@)?(\[[^\]]*\]|[^:/?#]*)", re.IGNORECASE)


class _NoPace:
    """One question of a person: the deployment's own pace is not there yet."""

    def take(self, *, longest: timedelta) -> timedelta:  # noqa: ARG002
        return timedelta()


@dataclass(frozen=True, kw_only=True)
class Checks:
    """`local`: AWS itself is on this machine, and so may be all else. `own_url` is where a webhook of our own leads.
    Nothing is written, and no message sent."""

    carrier_url: str
    telegram_url: str
    local: bool
    own_url: str = ""

    def api_key(self, key: str) -> list[Finding]:
        """Asks Nova Poshta about a parcel that nobody has."""
        from vistka.adapters.nova_poshta import NovaPoshta  # noqa: PLC0415

        carrier = NovaPoshta(
            url=self.carrier_url,
            keys=lambda: keys_of(key),
            pace=lambda _key: _NoPace(),
            clock=SystemClock(),
            chance=random.Random(),  # noqa: S311
            allow_keyless=False,
        )
        try:
            return [carrier.check()]
        finally:
            carrier.close()

    def bot(self, token: str) -> "BotAccount":
        from vistka.adapters.telegram_bot import BotAccount  # noqa: PLC0415

        return BotAccount(token=lambda: token, url=self.telegram_url)

    def token(self, token: str, *, other: Callable[["Identity"], Finding | None]) -> list[Finding]:
        """getMe and getWebhookInfo. `other` has its say on whose token it is."""
        from vistka.cli.bot import webhook_findings  # noqa: PLC0415

        bot = self.bot(token)
        try:
            who = bot.me()
            found = other(who) or Finding(name="bot token", ok=True, text=f"Telegram knows the bot as {who.name}")
            return [found, *(webhook_findings(bot.webhook(), self.own_url) if found.ok else ())]
        except CredentialRefused as error:
            hint = "copy the whole token from @BotFather (/mybots, the bot, API Token)"
            return [Finding(name="bot token", ok=False, text=str(error), hint=hint)]
        except VistkaError as error:
            return [Finding(name="bot token", ok=False, text=str(error), hint="try again in a minute")]

    def webhook_owner(self, token: str) -> str:
        """As `vistka bot status` calls it; empty where Telegram cannot be asked."""
        from vistka.cli.bot import owner_of  # noqa: PLC0415

        try:
            return owner_of(self.bot(token).webhook(), self.own_url)
        except VistkaError:
            return ""

    def chat(self, token: str, number: str) -> list[Finding]:
        """getChat and «typing…»; no message."""
        name = "shop's chat"
        if not number:
            hint = "what cannot be told to a buyer is then told to nobody"
            return [Finding(name=name, ok=True, text="none", hint=hint)]
        if not _NUMBER.fullmatch(number):
            hint = "a number such as -1001234567890; not an @name, not a link"
            return [Finding(name=name, ok=False, text="not the number of a chat", hint=hint)]
        try:
            chat = self.bot(token).chat(int(number))
        except ChatUnreachable as error:
            return [Finding(name=name, ok=False, text=str(error), hint=_CHAT_HINTS.get(error.reason, _ADD_THE_BOT))]
        except VistkaError as error:
            return [Finding(name=name, ok=False, text=str(error), hint=_ADD_THE_BOT)]
        return [Finding(name=name, ok=True, text=f"the bot may write to it ({chat.kind})")]

    def schema(self, name: str) -> list[Finding]:
        """A file of the layer, or, on this machine, any path."""
        if not self.local and not _BUILT_IN.fullmatch(name):
            hint = "put the file into layers/core/vistka/schemas and give its name without .toml"
            return [Finding(name="shop schema", ok=False, text="the functions see no such path", hint=hint)]
        try:
            load_schema(name)
        except VistkaError as error:
            return [Finding(name="shop schema", ok=False, text=line) for line in str(error).splitlines()]
        return [Finding(name="shop schema", ok=True, text=f"{name} can be read")]

    def shop(self, url: str, schema: str) -> Sequence[Finding]:
        """The check that the functions make themselves, from this machine."""
        from vistka.edge.shopside import shop_at  # noqa: PLC0415 -- SQLAlchemy is slow to load

        if not self.local and (wrong := only_here(url)):
            return [Finding(name="shop", ok=False, text=wrong, hint="name it as it is reached from the internet")]
        endpoint = "http://127.0.0.1" if self.local else ""
        try:
            shop = shop_at(url, Settings(shop_schema=schema, aws_endpoint_url=endpoint))
        except VistkaError as error:
            return [Finding(name="shop", ok=False, text=line) for line in str(error).splitlines()]
        try:
            return shop.check()
        finally:
            shop.close()


def email(address: str) -> list[Finding]:
    name = "alarm address"
    if not address:
        return [Finding(name=name, ok=True, text="none", hint="nobody then hears that something is wrong")]
    if not _EMAIL.fullmatch(address):
        return [Finding(name=name, ok=False, text="not a mail address", hint="such as you@shop.example")]
    return [Finding(name=name, ok=True, text="will be asked to confirm by a mail from AWS")]


def only_here(url: str) -> str:
    """Why this address leads nowhere from AWS; empty if it may lead somewhere."""
    if url.lower().startswith("sqlite"):
        return "a SQLite file is on this machine, where the functions are not"
    found = _HOST.match(url.strip())
    if found and is_loopback(f"http://{found[1]}"):
        return f"{found[1]} is this machine, where the functions are not"
    return ""


_ADD_THE_BOT: Final = "add the bot to the chat and let it write there; in a channel it must be an administrator"
_CHAT_HINTS: Final = {
    "migrated": "write a message that names the bot, and take message.chat.id from getUpdates",
    "blocked": "unblock the bot in Telegram and press Start",
    "not_started": "open the bot in Telegram and press Start",
}
