"""What the commands need of the bot itself; `vistka.adapters.telegram_bot` stands behind it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # requests comes with it, which most commands do without.
    from vistka.adapters.telegram_bot import Chat, Identity, Webhook


class Account(Protocol):
    """Each raises CredentialRefused, TelegramUnavailable, TelegramLimited."""

    def me(self) -> "Identity": ...

    def webhook(self) -> "Webhook": ...

    def set_webhook(self, url: str, *, secret: str, allowed_updates: Sequence[str]) -> None: ...

    def delete_webhook(self) -> None: ...

    def chat(self, chat_id: int) -> "Chat": ...

    def commands(self, language: str) -> Mapping[str, str]: ...

    def set_commands(self, language: str, commands: Mapping[str, str]) -> None: ...

    def description(self, language: str) -> str: ...

    def set_description(self, language: str, text: str) -> None: ...
