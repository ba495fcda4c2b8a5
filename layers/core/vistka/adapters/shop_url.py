"""Reads the shop's database URL as people type it, and makes the engine with which it is reached."""

import ipaddress
import re
import sqlite3
import ssl
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy.engine import URL, make_url

from vistka.domain.errors import ConfigurationError

CONNECT_SECONDS: Final = 5
ANSWER_SECONDS: Final = 10
#: Servers of shared hosts drop idle connections after 60 s: one that old is not trusted, nor even tested.
RECYCLE_SECONDS: Final = 45

_SETTING: Final = "SHOP_DATABASE_URL"
_DRIVERS: Final = {
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
    "mysql+pymysql": "mysql+pymysql",
    "mariadb+pymysql": "mysql+pymysql",
    "postgres": "postgresql+pg8000",
    "postgresql": "postgresql+pg8000",
    "postgresql+pg8000": "postgresql+pg8000",
    "sqlite": "sqlite",
}
_HOST: Final = re.compile(r"[A-Za-z0-9_.:-]+")
_ENCODE: Final = "in user and password write @ as %40, : as %3A, / as %2F"
_PARAMETERS: Final = frozenset({"tls", "tls_ca", "sslmode", "ssl-mode", "charset", "channel_binding"})


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Address:
    """A database URL, read: no part of it is ever repeated in a text."""

    url: URL
    tls: bool
    tls_ca: str = ""


def read_url(text: str) -> Address:
    """Read a URL such as mysql://user:password@host/db, postgres://… or sqlite:////path/to/file.

    TLS is used and verified unless the host is a loopback address or the URL says `?tls=off` (or sslmode=disable);
    `?tls=on` asks for it on loopback too, `?tls_ca=/path/ca.pem` names the authority to trust. Raises
    ConfigurationError, whose text repeats nothing of the URL but the name of a parameter.
    """
    try:
        url = make_url(text.strip())
        port = url.port
    except (sa.exc.ArgumentError, ValueError):
        raise ConfigurationError(
            f"{_SETTING}: not a database URL; expected mysql://…, postgresql://… or sqlite:///…; {_ENCODE}"
        ) from None
    driver = _DRIVERS.get(url.drivername.lower())
    if driver is None:
        raise ConfigurationError(
            f"{_SETTING}: this kind of database is not known; expected mysql://, mariadb://, postgresql:// or sqlite:///"
        )
    query = {name: value if isinstance(value, str) else value[-1] for name, value in url.query.items()}
    url = url.set(drivername=driver, query={})
    if driver == "sqlite":
        if url.host or query or not url.database or url.database == ":memory:":
            raise ConfigurationError(
                f"{_SETTING}: name the SQLite file, e.g. sqlite:////home/shop/shop.sqlite3 (four slashes: a full path)"
            )
        return Address(url=url, tls=False)
    if not url.host or not _HOST.fullmatch(url.host) or not url.username or (port is not None and port > 65_535):
        raise ConfigurationError(f"{_SETTING}: user, host or port cannot be read; {_ENCODE}")
    if not url.database:
        raise ConfigurationError(f"{_SETTING}: names no database; put its name behind the host, as in host/shop")
    return Address(url=url, tls=_wants_tls(query, url.host), tls_ca=query.get("tls_ca", ""))


def _wants_tls(query: dict[str, str], host: str) -> bool:
    for name in query:
        if name not in _PARAMETERS:
            shown = name if re.fullmatch(r"[A-Za-z_-]{1,32}", name) else "a parameter"
            raise ConfigurationError(f"{_SETTING}: {shown} is not known; there are tls=on, tls=off and tls_ca=/path")
    tls = query.get("tls", "").lower()
    if tls not in {"", "on", "off"}:
        raise ConfigurationError(f"{_SETTING}: tls must be on or off")
    if query.get("charset", "utf8").lower() not in {"utf8", "utf8mb4", "utf-8"}:
        raise ConfigurationError(f"{_SETTING}: charset must be utf8mb4")
    # What hosting panels put into the URLs they show: every wish for TLS is met by the verified one.
    mode = (query.get("sslmode") or query.get("ssl-mode") or "").lower()
    if tls == "off" or (not tls and mode in {"disable", "disabled"}):
        if query.get("tls_ca"):
            raise ConfigurationError(f"{_SETTING}: tls_ca and tls=off contradict each other")
        return False
    return bool(tls or mode or query.get("tls_ca")) or not _is_loopback(host)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def make_engine(
    address: Address, *, connect_seconds: int = CONNECT_SECONDS, answer_seconds: int = ANSWER_SECONDS
) -> sa.Engine:
    """An engine of one connection, tested before use; nothing connects yet. Every statement is its own transaction.

    Raises ConfigurationError when the file of the certificate authority cannot be used.
    """
    options: dict[str, Any] = {
        "pool_size": 1,
        "max_overflow": 0,
        "pool_timeout": connect_seconds,
        "pool_pre_ping": True,
        "pool_recycle": RECYCLE_SECONDS,
        "poolclass": sa.QueuePool,
        "isolation_level": "AUTOCOMMIT",
        "skip_autocommit_rollback": True,
        "hide_parameters": True,  # rows are people's data
        "query_cache_size": 50,
    }
    context = _tls_context(address) if address.tls else None
    match address.url.get_backend_name():
        case "sqlite":
            return sa.create_engine(
                address.url, creator=_sqlite_creator(str(address.url.database), connect_seconds), **options
            )
        case "mysql":
            arguments: dict[str, Any] = {
                "charset": "utf8mb4",
                "connect_timeout": connect_seconds,
                "read_timeout": answer_seconds,
                "write_timeout": answer_seconds,
                # TIMESTAMP columns are converted from the session's zone: it is ours, not the server's. And what a
                # column cannot hold is refused on any table, rather than cut or changed to question marks.
                "init_command": "SET time_zone = '+00:00', sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')",
                **({"ssl": context} if context else {"ssl_disabled": True}),
            }
        case _:
            registry.register("postgresql.vistka", "vistka.adapters.shop_postgresql", "Dialect")
            address = replace(address, url=address.url.set(drivername="postgresql+vistka"))
            arguments = {"timeout": answer_seconds, "ssl_context": context or False}
    return sa.create_engine(address.url, connect_args=arguments, **options)


def _tls_context(address: Address) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=address.tls_ca or None)
    except (OSError, ValueError):
        raise ConfigurationError(f"{_SETTING}: the file of tls_ca is not there, or holds no PEM certificate") from None
    # Authorities that database servers made for themselves often lack the extensions this asks for; chain and name
    # are verified all the same.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def _sqlite_creator(file: str, seconds: int) -> Any:
    def connect() -> sqlite3.Connection:
        # mode=rw: a file that is not there must not come into being by being looked for.
        location = f"file:{quote(str(Path(file).absolute()))}?mode=rw"
        connection = sqlite3.connect(location, uri=True, timeout=seconds, check_same_thread=False)
        # A row with broken UTF-8 is named by whoever reads it, and does not end the page it is on.
        connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        return connection

    return connect
