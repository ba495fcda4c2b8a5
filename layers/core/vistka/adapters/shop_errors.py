"""What an error of a database driver means for us; nothing of its text, which may hold rows or addresses, goes on."""

import re
import sqlite3
import ssl
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from vistka.domain.errors import ShopMismatch, ShopUnavailable
from vistka.shop.schema import ShopSchema

#: Everything that drivers, sockets and TLS raise below us.
LOWER_ERRORS: Final = (SQLAlchemyError, OSError, UnicodeError, struct.error, OverflowError)


class LoginNeedsTlsError(OSError):
    """The server wants the password over TLS, and the URL says to go without."""


class Fate(StrEnum):
    LOST = "lost"  # the connection broke, or the server asked to repeat: once more, at once
    UNAVAILABLE = "unavailable"
    MISMATCH = "mismatch"
    REFUSED = "refused"  # of this statement's values; others may pass


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """One judged error: `code` is the database's own, `what` our words, `field` the schema's field if it is known."""

    fate: Fate
    code: str = ""
    what: str = ""
    field: str = ""

    @property
    def text(self) -> str:
        what = self.what or "the database refused it"
        return f"{what} (error {self.code})" if self.code else what

    def error(self) -> ShopUnavailable | ShopMismatch:
        if self.fate is Fate.MISMATCH:
            return ShopMismatch(f"{self.field}: {self.text}" if self.field else f"the shop's database: {self.text}")
        return ShopUnavailable(f"the shop's database: {self.text}")


_L, _U, _M, _R = Fate.LOST, Fate.UNAVAILABLE, Fate.MISMATCH, Fate.REFUSED
_LOGIN: Final = (_M, "login refused; check user and password in SHOP_DATABASE_URL")
_NO_DATABASE: Final = (_M, "no such database; check its name in SHOP_DATABASE_URL")
_NO_PRIVILEGE: Final = (_M, "the database user lacks a privilege; `vistka check` prints the GRANT")
_FULL: Final = (_U, "too many connections")
_READ_ONLY: Final = (_U, "it is read-only at the moment")
_REPEAT: Final = (_L, "rows were locked by others")
_GONE: Final = (_L, "the connection was lost")
_TLS: Final = "TLS failed; name the server's authority with ?tls_ca=/path in SHOP_DATABASE_URL"

_MYSQL: Final = {
    **dict.fromkeys((1053, 1077, 1079, 1927, 2006, 2013, 2014, 2045, 2055, 4031), _GONE),
    **dict.fromkeys((1158, 1159, 1160, 1161), _GONE),
    **dict.fromkeys((1205, 1213), _REPEAT),
    **dict.fromkeys((1040, 1203, 1226), _FULL),
    **dict.fromkeys((2002, 2003, 2005), (_U, "no connection")),
    **dict.fromkeys((1129, 1130), (_M, "this address is not let in; allow it on the server")),
    **dict.fromkeys((1290, 1792, 1836), _READ_ONLY),
    **dict.fromkeys((1969, 3024, 1317), (_U, "the statement was ended by the server")),
    **dict.fromkeys((1021, 1037, 1038, 1041, 1030, 1114), (_U, "the server is out of room")),
    **dict.fromkeys((1194, 1195), (_U, "a table is marked as crashed; repair it")),
    **dict.fromkeys((1045, 1698, 1251, 2049, 2059), _LOGIN),
    **dict.fromkeys((1044, 1049), _NO_DATABASE),
    **dict.fromkeys((1142, 1143, 1227, 1370), _NO_PRIVILEGE),
    **dict.fromkeys((1146, 1109), (_M, "no such table")),
    1054: (_M, "no such column"),
    2026: (_M, _TLS),
    1406: (_R, "too long for the column"),
    1366: (_R, "the column's character set cannot hold the text"),
    1644: (_R, "refused by a trigger of the shop"),
    **dict.fromkeys((1062, 1048, 1452, 3819, 4025), (_R, "refused by a constraint of the shop")),
}
#: By SQLSTATE, or its first two characters.
_POSTGRESQL: Final = {
    **dict.fromkeys(("08", "57P01", "57P02", "57P05", "25P03"), _GONE),
    **dict.fromkeys(("40", "55P03"), _REPEAT),
    "53": (_U, "the server is out of room"),
    "53300": _FULL,
    **dict.fromkeys(("57", "58", "XX"), (_U, "the statement was ended by the server")),
    "57P03": (_U, "it is starting or stopping"),
    "25006": _READ_ONLY,
    "28": _LOGIN,
    **dict.fromkeys(("3D", "57P04"), _NO_DATABASE),
    "42": (_M, "the tables do not fit the schema file"),
    "42501": _NO_PRIVILEGE,
    **dict.fromkeys(("42P01", "3F000"), (_M, "no such table")),
    "42703": (_M, "no such column"),
    **dict.fromkeys(("42804", "42883"), (_M, "the column is of another type")),
    "22001": (_R, "too long for the column"),
    "22021": (_R, "the text holds a character that the column cannot hold"),
    "22P05": (_R, "the column's character set cannot hold the text"),
    "P0": (_R, "refused by a trigger of the shop"),
    "23": (_R, "refused by a constraint of the shop"),
}
_SQLITE: Final = {
    **dict.fromkeys(("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL"), (_U, "the file is locked by others")),
    "SQLITE_CANTOPEN": (_U, "the SQLite file is not there, or may not be opened"),
    **dict.fromkeys(("SQLITE_IOERR", "SQLITE_FULL", "SQLITE_NOMEM"), (_U, "the file cannot be read or written")),
    **dict.fromkeys(("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH"), (_M, "the SQLite file may not be written")),
    **dict.fromkeys(("SQLITE_NOTADB", "SQLITE_CORRUPT"), (_M, "the file is not a sound SQLite database")),
    "SQLITE_CONSTRAINT": (_R, "refused by a constraint or trigger of the shop"),
    "SQLITE_TOOBIG": (_R, "too long for the column"),
    "SQLITE_MISMATCH": (_R, "the column is of another type"),
}


def judge(error: BaseException, schema: ShopSchema) -> Failure:
    """What became of a statement that raised one of LOWER_ERRORS."""
    if isinstance(error, PoolTimeout):
        return Failure(fate=Fate.UNAVAILABLE, what="our one connection is busy")
    if isinstance(error, LoginNeedsTlsError):
        return Failure(fate=Fate.MISMATCH, what="this login needs TLS; put ?tls=on into SHOP_DATABASE_URL")
    chain = list(_chain(error))
    if any(isinstance(link, ssl.SSLError) for link in chain):
        return Failure(fate=Fate.MISMATCH, what=_TLS)
    # Waiting twice for what does not answer would outlast the invocation.
    if any(isinstance(link, TimeoutError) for link in chain):
        return Failure(fate=Fate.UNAVAILABLE, what="no answer in time")
    if any(isinstance(link, UnicodeError) for link in chain):
        return Failure(fate=Fate.REFUSED, what="the text holds a character that cannot be written")
    if any(isinstance(link, OverflowError) for link in chain):
        return Failure(fate=Fate.REFUSED, what="a number is too large")
    driver = error.orig if isinstance(error, DBAPIError) else None
    if driver is None:
        fate, what = _GONE if isinstance(error, (OSError, struct.error)) else (Fate.REFUSED, "")
        return Failure(fate=fate, what=what)
    code, (fate, what) = verdict(driver)
    if isinstance(error, DBAPIError) and error.connection_invalidated and fate is not Fate.MISMATCH:
        fate, what = _GONE
    field = _field_named(schema, _message(driver)) if fate is Fate.MISMATCH else ""
    return Failure(fate=fate, code=code, what=what, field=field)


def verdict(driver: BaseException) -> tuple[str, tuple[Fate, str]]:
    """The database's own code, and what it means; an unknown one counts as a refusal of the statement."""
    if isinstance(driver, sqlite3.Error):
        name = getattr(driver, "sqlite_errorname", "")
        primary = "_".join(name.split("_")[:2])
        if primary == "SQLITE_ERROR" and "no such" in str(driver):
            return primary, (Fate.MISMATCH, "no such table" if "no such table" in str(driver) else "no such column")
        return primary, _SQLITE.get(primary, (Fate.REFUSED, ""))
    detail = driver.args[0] if driver.args else ""
    if isinstance(detail, dict):
        state = str(detail.get("C", ""))
        return state, _POSTGRESQL.get(state) or _POSTGRESQL.get(state[:2]) or (Fate.REFUSED, "")
    if isinstance(detail, int):
        return str(detail), _MYSQL.get(detail, (Fate.REFUSED, ""))
    text = str(detail).lower()
    if "ssl" in text:
        return "", (Fate.MISMATCH, _TLS)
    if "network error" in text or "closed" in text:
        return "", _GONE
    return "", (Fate.UNAVAILABLE, "no connection")


def is_gone(driver: BaseException) -> bool:
    """Whether the connection that raised this is of no further use, though its driver may not say so."""
    return verdict(driver)[1] is _GONE


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        link = waiting.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        waiting += [link.__cause__, link.__context__, getattr(link, "original_exception", None)]


def _message(driver: BaseException) -> str:
    detail = driver.args[0] if driver.args else ""
    return str(detail.get("M", "")) if isinstance(detail, dict) else str(driver.args[-1] if driver.args else "")


def _field_named(schema: ShopSchema, message: str) -> str:
    """The schema's field whose column or table the database names: its words are read here and go no further."""
    places = [(field, column) for field, _, column in schema.columns() if column]
    places += [(field, table.rpartition(".")[2]) for field, table in schema.tables().items()]
    for field, name in sorted(places, key=lambda place: -len(place[1])):
        if re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", message, re.IGNORECASE):
            return f"{field} ({name})"
    return ""
