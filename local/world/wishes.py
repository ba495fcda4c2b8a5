"""What somebody wants of a local world: where it lives, and which parts of the outside are their own."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from local.world.failure import WorldError
from vistka.adapters.shop_http_url import is_http, read_address
from vistka.adapters.shop_url import make_engine, read_url
from vistka.domain.errors import ConfigurationError
from vistka.settings import Settings
from vistka.shop.schema import load_schema

ROOT: Final = Path(__file__).resolve().parents[2]

#: Waiting that happens in real time, whatever the moved clock says: short, so that outages are seen quickly.
#: The store's own times stay as they are deployed; the clock file moves past them.
QUICK: Final = MappingProxyType(
    {
        "PollsVisibilitySeconds": "30",
        "NoticesVisibilitySeconds": "30",
        "LeaseSeconds": "5",
        "ProbeSeconds": "2",
        "CarrierPauseSeconds": "10",
        "FirstBackoffSeconds": "1",
        "LongestBackoffSeconds": "10",
        "SecretMaxAgeSeconds": "1",
        "LogRetentionDays": "1",
        "QuietHours": "off",  # a world of one's own is looked at at any hour
    }
)
#: Off in a world unless asked for, by the parameter that has them.
_HOURS: Final = MappingProxyType({"QUIET_HOURS": "QuietHours", "DIGEST_HOUR": "DigestHour"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Wishes:
    """Empty text: the local stand-in. `parameters` goes over what the template and QUICK say.

    `standins` are further arguments of the stand-ins. An own shop database is filled only if it holds no table.
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
    windows: bool = False  # pages for people: the shop's own and the cockpit; only where the shop is the world's

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], *, folder: Path, here: Path) -> Self:
        """Relative paths are read from `here`. Raises WorldError, a line for each that is wrong."""

        def text(name: str) -> str:
            return environ.get(name, "").strip()

        shop_schema = _schema(text("SHOP_SCHEMA"), here)
        shop_database_url = _database(text("SHOP_DATABASE_URL"), here)
        wrong = [*_wrong_settings(environ), *_wrong_schema(shop_schema), *_wrong_database(shop_database_url)]
        if wrong:
            raise WorldError("\n".join(wrong))
        return cls(
            folder=folder,
            mode=text("MODE").lower() or "live",
            only_orders=text("ONLY_ORDERS").replace(" ", ""),
            shop_schema=shop_schema,
            shop_database_url=shop_database_url,
            nova_poshta_url=text("NOVA_POSHTA_URL"),
            nova_poshta_api_key=text("NOVA_POSHTA_API_KEY"),
            telegram_api_url=text("TELEGRAM_API_URL"),
            telegram_bot_token=text("TELEGRAM_BOT_TOKEN"),
            telegram_chat_id=text("TELEGRAM_CHAT_ID"),
            parameters={**QUICK, **{name: text(variable) for variable, name in _HOURS.items() if text(variable)}},
            windows=True,
        )

    def carrier_key(self, of_standin: str) -> str:
        """The key to ask the carrier with: somebody's own carrier never gets the stand-in's, but none at all."""
        return self.nova_poshta_api_key or ("" if self.nova_poshta_url else of_standin)

    def marks(self) -> dict[str, str]:
        """A hash for each setting, by its variable's name: enough to tell whether two are the same, and no secret."""
        told = {name.upper(): getattr(self, name) for name in self.__slots__ if name not in {"folder", "parameters"}}
        told |= {f"parameter {name}": value for name, value in self.parameters.items()}
        return {name: hashlib.sha256(json.dumps(value).encode()).hexdigest()[:16] for name, value in told.items()}


def _wrong_settings(environ: Mapping[str, str]) -> Iterator[str]:
    names = ("NOVA_POSHTA_URL", "TELEGRAM_API_URL", "TELEGRAM_CHAT_ID", "MODE", "ONLY_ORDERS", *_HOURS)
    try:
        # As in the functions of a world: servers of one's own may be without TLS.
        Settings.read({name: environ.get(name, "") for name in names} | {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
    except ConfigurationError as error:
        yield from str(error).splitlines()


def _wrong_schema(name: str) -> Iterator[str]:
    try:
        if name:
            load_schema(name)
    except ConfigurationError as error:
        yield from (f"SHOP_SCHEMA: {line}" for line in str(error).splitlines())


def _wrong_database(url: str) -> Iterator[str]:
    try:
        if is_http(url):
            read_address(url, http_allowed=True)
        elif url:
            make_engine(read_url(url)).dispose()
    except ConfigurationError as error:
        yield from str(error).splitlines()


def _schema(name: str, here: Path) -> str:
    # The functions run in folders of their own.
    is_path = "/" in name or name.partition("?")[0].endswith(".toml")
    return str((here / name).resolve()) if is_path else name


def _database(url: str, here: Path) -> str:
    if not url or is_http(url):
        return url
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        return url  # the layer's own reader says what is wrong
    # The functions run in folders of their own.
    if parsed.drivername == "sqlite" and parsed.database not in {None, "", ":memory:"}:
        return parsed.set(database=str((here / str(parsed.database)).resolve())).render_as_string(hide_password=False)
    authority = parsed.query.get("tls_ca")
    if isinstance(authority, str) and authority:
        parsed = parsed.update_query_dict({"tls_ca": str((here / authority).resolve())})
        return parsed.render_as_string(hide_password=False)
    return url
