"""A scenario: the shop's rows, the carrier's parcels and Telegram's chats, made from one seed."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from local.scenario.script import Parcel


@dataclass(frozen=True, kw_only=True, slots=True)
class User:
    """A row of auth_user, and of accounts_userprofile unless `profile` is False. `joined` in seconds from the epoch."""

    id: int
    username: str
    first_name: str
    last_name: str
    joined: int
    profile: bool = True
    phone: str = ""
    telegram: str = ""
    telegram_id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """A row of orders_order, and what only the scenario knows of it.

    `ttns` are the usable numbers of `tracking`, `bad` says that something unusable stands there; `reach` is what
    stands between us and the buyer: chat, no_user, no_profile, no_chat, bad_chat, blocked, deactivated, not_started or
    unknown_chat. Times in seconds from the epoch.
    """

    id: int
    number: str
    user_id: int | None
    full_name: str
    phone: str
    city: str
    np_office: str
    pay_type: str
    total_sum: int
    status: str
    payment_status: str
    tracking: str | None
    shown: str | None
    shown_at: int | None
    created: int
    ttns: tuple[str, ...] = ()
    bad: bool = False
    reach: str = "no_user"
    chat_id: int | None = None

    @property
    def open(self) -> bool:
        return self.status in {"new", "prep", "ship"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """`epoch` is aware: the moment before the first run, from which all times are counted."""

    epoch: datetime
    seed: int
    bot_token: str
    api_keys: tuple[str, ...]
    shop_chat_id: int
    chats: tuple[Mapping[str, Any], ...]
    users: tuple[User, ...]
    orders: tuple[Order, ...]
    parcels: tuple[Parcel, ...]
    by_ttn: Mapping[str, Parcel] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_ttn", {parcel.ttn: parcel for parcel in self.parcels})

    def save(self, file: Path) -> None:
        data = asdict(self) | {"epoch": self.epoch.isoformat()}
        del data["by_ttn"]
        part = file.with_name(f"{file.name}.part")
        part.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
        part.replace(file)

    @classmethod
    def load(cls, file: Path) -> Self:
        """Raises OSError, and KeyError, TypeError or ValueError for a file that holds no scenario."""
        data = json.loads(file.read_text(encoding="utf-8"))
        return cls(
            epoch=datetime.fromisoformat(data["epoch"]),
            seed=data["seed"],
            bot_token=data["bot_token"],
            api_keys=tuple(data["api_keys"]),
            shop_chat_id=data["shop_chat_id"],
            chats=tuple(data["chats"]),
            users=tuple(User(**user) for user in data["users"]),
            orders=tuple(Order(**{**order, "ttns": tuple(order["ttns"])}) for order in data["orders"]),
            parcels=tuple(Parcel.from_dict(parcel) for parcel in data["parcels"]),
        )
