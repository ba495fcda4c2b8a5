"""What `vistka replay` needs of the store."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from vistka.domain.parcels import Change
from vistka.domain.recipients import OrderChats
from vistka.ports import Link


class Archive(Protocol):
    """Each raises StoreUnavailable."""

    def stored(self, *, since: datetime) -> tuple[list[Change], list[Link]]:
        """All changes observed from then on, and all links."""
        ...

    def chats(self, order_keys: Iterable[str]) -> Mapping[str, OrderChats]:
        """The chats that were linked to these orders."""
        ...
