"""Reads the shop's orders and writes the two columns, through the shop's own models."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import Error as DatabaseTrouble
from django.db import IntegrityError, connections, models, router, transaction
from django.db.models import ExpressionWrapper, F, Func, Q
from django.db.models.functions import Cast, Trim
from django.utils import timezone as zones

from vistka_django.conf import Shop
from vistka_django.signing import Refused

Read = TypeVar("Read")

#: MySQL's numbers for a trigger that objects and a constraint that does not hold.
_CONSTRAINTS = frozenset({1644, 3819, 4025})
_CHARSET = 1366


class Octets(Func):
    """A text column as UTF-8 bytes: collations take case, accents or trailing blanks for the same."""

    output_field = models.BinaryField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="CAST(%(expressions)s AS BLOB)", **context)

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "CAST(CONVERT(%(expressions)s USING utf8mb4) AS BINARY)"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="convert_to(%(expressions)s::text, 'UTF8')", **context)


@dataclass(frozen=True)
class Status:
    """One row to write, with its guard."""

    key: str
    tracking: str
    shown: str | None
    text: str
    at: datetime


def open_orders(shop: Shop, after: str | None, limit: int) -> tuple[list[dict[str, Any]], str | None]:
    """A page by key, and the key behind which the next one begins."""
    query = (
        shop.order._default_manager.filter(**{f"{shop.status}__in": shop.open_statuses})
        .alias(vistka_typed=Trim(F(shop.tracking)))
        .exclude(**{f"{shop.tracking}__isnull": True})
        .exclude(vistka_typed="")
        .order_by("pk")
    )
    if after is not None:
        query = query.filter(pk__gt=key_of(shop, after))
    rows = list(_values(shop, query)[: limit + 1])
    page = rows[:limit]
    return _items(shop, page), str(page[-1][0]) if len(rows) > limit else None


def by_number(shop: Shop, number: str) -> list[dict[str, Any]]:
    """The newest order of exactly this number, or none."""
    field = shop.order._meta.get_field(shop.number)
    try:
        wanted = field.to_python(number)
    except ValidationError:
        return []
    query = shop.order._default_manager.filter(**{shop.number: wanted}).order_by("-pk")
    rows = [row for row in _values(shop, query)[:20] if str(row[1]) == number]
    return _items(shop, rows[:1])


def by_phone(shop: Shop, phone: str, after: str | None, limit: int) -> tuple[list[dict[str, Any]], str | None]:
    """Orders, open or not, whose phone holds these digits, however it was typed; a page as `open_orders` has it."""
    if not shop.phone:
        raise Refused("shop_mismatch", "VISTKA['ORDER']['PHONE']: is not set, so nobody is found by phone")
    digits = "[^0-9]*".join(phone[-9:])
    query = (
        shop.order._default_manager.alias(vistka_phone=Cast(F(shop.phone), models.TextField()))
        .filter(vistka_phone__regex=digits)
        .order_by("pk")
    )
    if after is not None:
        query = query.filter(pk__gt=key_of(shop, after))
    rows = list(_values(shop, query)[: limit + 1])
    page = rows[:limit]
    return _items(shop, page), str(page[-1][0]) if len(rows) > limit else None


def write(shop: Shop, statuses: Iterable[Status], *, again: bool) -> tuple[list[str], dict[str, str]]:
    """One guarded UPDATE a row. Returns the keys written, and why others were refused.

    Together in one transaction, which is quick; if the database refuses one, each stands alone, and what tables without
    transactions have kept of the first attempt counts as written. Raises Error when the database is gone.
    """
    wanted = list(statuses)
    refused = {one.key: "too_long" for one in wanted if shop.length and len(one.text) > shop.length}
    fitting = [one for one in wanted if one.key not in refused]
    try:
        with transaction.atomic(using=_alias(shop)):
            return [one.key for one in fitting if _update(shop, one, again=again)], refused
    except DatabaseTrouble:
        if not answers(shop):
            raise
    written = []
    for one in fitting:
        try:
            if _update(shop, one, again=True):
                written.append(one.key)
        except DatabaseTrouble as error:  # noqa: PERF203
            if not answers(shop):
                raise
            refused[one.key] = why(error)
    return written, refused


def try_to_write(shop: Shop) -> bool:
    """Whether the two columns may be written; no row is."""
    update = {shop.shipment_status: None, shop.shipment_status_updated: None}
    try:
        shop.order._base_manager.extra(where=["1 = 0"]).update(**update)
    except DatabaseTrouble:
        return False
    return True


def _update(shop: Shop, status: Status, *, again: bool) -> bool:
    try:
        key = key_of(shop, status.key)
    except Refused:
        return False
    guard = _exactly(shop.shipment_status, status.shown)
    if again:
        guard |= _exactly(shop.shipment_status, status.text)
    rows = (
        shop.order._base_manager.filter(pk=key)
        .alias(**{f"vistka_{name}": Octets(F(name)) for name in (shop.tracking, shop.shipment_status)})
        .filter(_exactly(shop.tracking, status.tracking), guard)
    )
    at = status.at if settings.USE_TZ else zones.make_naive(status.at, zones.get_default_timezone())
    return bool(rows.update(**{shop.shipment_status: status.text, shop.shipment_status_updated: at}))


def _exactly(name: str, value: str | None) -> Q:
    if value is None:
        return Q(**{f"{name}__isnull": True})
    return Q(**{f"vistka_{name}": value.encode()})


def key_of(shop: Shop, text: str) -> Any:
    field = shop.order._meta.pk
    try:
        value = field.to_python(text)
    except ValidationError:
        raise Refused("request_wrong", "after: not a key of this shop") from None
    # What Python reads as the same number, such as "1_0", was never told by us.
    if str(value) != text:
        raise Refused("request_wrong", "after: not a key of this shop")
    return value


def _values(shop: Shop, query: Any) -> Any:
    names = (shop.number, shop.tracking, shop.shipment_status, shop.phone, shop.user, shop.language, shop.order_chat)
    is_open = ExpressionWrapper(Q(**{f"{shop.status}__in": shop.open_statuses}), models.BooleanField())
    return query.values_list(
        "pk", *(_column(shop.order, name) if name else models.Value("") for name in names), is_open
    )


def _column(model: type[models.Model], name: str) -> str:
    return str(model._meta.get_field(name).attname)


def _items(shop: Shop, rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    profiles = _profiles(shop, {row[5] for row in rows} - {None, "", 0})
    return [
        {
            "key": str(key),
            "number": text_of(number),
            "tracking": tracking,
            "shown": shown,
            "phone": text_of(phone),
            "chat": text_of(chat) or None,
            "language": text_of(language),
            "profiles": profiles.get(user, []) if user not in {None, "", 0} else None,
            "open": bool(is_open),
        }
        for key, number, tracking, shown, phone, user, language, chat, is_open in rows
    ]


def _profiles(shop: Shop, users: set[Any]) -> Mapping[Any, list[dict[str, Any]]]:
    found: dict[Any, list[dict[str, Any]]] = {}
    if shop.profile is None or not users:
        return found
    column = _column(shop.profile, shop.profile_user)
    language = _column(shop.profile, shop.profile_language) if shop.profile_language else models.Value("")
    rows = shop.profile._default_manager.filter(**{f"{column}__in": users})
    for user, chat, spoken in rows.values_list(column, _column(shop.profile, shop.chat), language):
        found.setdefault(user, []).append({"chat": text_of(chat), "language": text_of(spoken)})
    return found


def text_of(value: Any) -> str | None:
    return None if value is None else str(value)


def answers(shop: Shop) -> bool:
    """Whether the database is there: then what it just refused was that row alone."""
    connection = connections[_alias(shop)]
    try:
        connection.ensure_connection()
        return bool(connection.is_usable())
    except DatabaseTrouble:
        return False


def _alias(shop: Shop) -> str:
    return str(router.db_for_write(shop.order))


def why(error: Exception) -> str:
    number = error.args[0] if error.args else None
    if isinstance(error, IntegrityError) or number in _CONSTRAINTS:
        return "constraint"
    return "charset" if number == _CHARSET else "other"


def read_statuses(content: Any) -> tuple[list[Status], bool]:
    """The body of POST statuses, all of it or nothing. Raises Refused."""
    return read_list(content, "statuses", _status)


def read_list(content: Any, name: str, read: Callable[[Any, str], Read]) -> tuple[list[Read], bool]:
    """What a body lists under `name`, each read with where it stands, and whether it comes again. Raises Refused."""
    rows = content.get(name) if isinstance(content, dict) else None
    if not isinstance(rows, list) or len(rows) > 500:
        raise Refused("request_wrong", f"{name}: must be a list of at most 500 rows")
    return [read(row, f"{name}[{place}]") for place, row in enumerate(rows)], content.get("again") is True


def texts_of(row: Any, where: str, names: Sequence[str]) -> list[str]:
    """The fields of these names, each of them text. Raises Refused."""
    if not isinstance(row, dict):
        raise Refused("request_wrong", f"{where}: must be an object")
    for name in names:
        if not isinstance(row.get(name), str):
            raise Refused("request_wrong", f"{where}.{name}: must be text")
    return [row[name] for name in names]


def _status(row: Any, where: str) -> Status:
    key, tracking, text, moment = texts_of(row, where, ("key", "tracking", "text", "at"))
    shown = row.get("shown")
    if shown is not None and not isinstance(shown, str):
        raise Refused("request_wrong", f"{where}.shown: must be text or null")
    try:
        at = datetime.strptime(moment, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
        for one in (key, tracking, text, shown or ""):
            one.encode()
    except ValueError:
        raise Refused("request_wrong", f"{where}: a time or a text cannot be read") from None
    return Status(key=key, tracking=tracking, shown=shown, text=text, at=at)
