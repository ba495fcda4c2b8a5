"""What somebody wants of a local world: where it lives, and which parts of the outside are their own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from local.world.failure import WorldError

ROOT: Final = Path(__file__).resolve().parents[2]

#: Waiting that happens in real time, whatever the moved clock says: short, so that outages are seen quickly.
#: The store's own times stay as they are deployed; the clock file moves past them.
QUICK: Final = MappingProxyType(
    {
        "PollsVisibilitySeconds": "30",
        "NoticesVisibilitySeconds": "30",
        "LeaseSeconds": "5",
        "ProbeSeconds": "2",
        "SecretMaxAgeSeconds": "1",
        "LogRetentionDays": "1",
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Wishes:
    """Empty text: the local stand-in. `parameters` goes over what the template and QUICK say.

    `standins` are further arguments of the stand-ins. An own shop database is filled only if it has no order table.
    """

    folder: Path
    mode: str = "live"
    only_orders: str = ""
    shop_schema: str = ""
    shop_database_url: str = field(default="", repr=False)
    nova_poshta_url: str = ""
    nova_poshta_api_key: str = field(default="", repr=False)
    telegram_api_url: str = ""
    telegram_bot_token: str = field(default="", repr=False)
    telegram_chat_id: str = field(default="", repr=False)
    parameters: Mapping[str, str] = QUICK
    standins: tuple[str, ...] = ()

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], *, folder: Path, here: Path) -> Self:
        """Relative paths are read from `here`. Raises WorldError for a database URL that is none."""

        def text(name: str) -> str:
            return environ.get(name, "").strip()

        return cls(
            folder=folder,
            mode=text("MODE") or "live",
            only_orders=text("ONLY_ORDERS").replace(" ", ""),
            shop_schema=_schema(text("SHOP_SCHEMA"), here),
            shop_database_url=_database(text("SHOP_DATABASE_URL"), here),
            nova_poshta_url=text("NOVA_POSHTA_URL"),
            nova_poshta_api_key=text("NOVA_POSHTA_API_KEY"),
            telegram_api_url=text("TELEGRAM_API_URL"),
            telegram_bot_token=text("TELEGRAM_BOT_TOKEN"),
            telegram_chat_id=text("TELEGRAM_CHAT_ID"),
        )


def _schema(name: str, here: Path) -> str:
    # The functions run in folders of their own.
    return str((here / name).resolve()) if "/" in name or name.endswith(".toml") else name


def _database(url: str, here: Path) -> str:
    if not url:
        return ""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise WorldError("SHOP_DATABASE_URL is not an SQLAlchemy URL such as mysql+pymysql://user@host/name") from None
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        parsed = parsed.set(database=str((here / parsed.database).resolve()))
    return parsed.render_as_string(hide_password=False)
