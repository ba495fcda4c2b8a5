"""Answers Vistka's requests, each checked before anything of it is believed."""

from __future__ import annotations

import gzip
import json
import logging
import platform
import re
import time
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

import django
from django.db import Error as DatabaseTrouble
from django.db import IntegrityError, connections, router, transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from vistka_django import conf, moves, rows
from vistka_django.models import SeenRequest
from vistka_django.signing import KEPT, PARAMETERS, Refused, check_envelope, check_signature

VERSION = "0.1.0"
MOST_ORDERS = 500
LONGEST_PACKED = 1024 * 1024
LONGEST_BODY = 2 * 1024 * 1024

_WORTH_PACKING = 1024
_STATUS = {
    "request_wrong": 400,
    "operation_unknown": 404,
    "replayed": 409,
    "too_large": 413,
    "shop_mismatch": 500,
    "no_key": 503,
    "shop_unavailable": 503,
}
_log = logging.getLogger("vistka")


@csrf_exempt
@transaction.non_atomic_requests
def answer(request: HttpRequest, operation: str) -> HttpResponse:
    now = int(time.time())
    try:
        content = _checked(request, operation, now)
        return _respond(request, 200, _OPERATIONS[request.method or "", operation](content, now))
    except Refused as refused:
        return _refuse(request, refused, now)
    except conf.Misconfigured as error:
        return _refuse(request, Refused("shop_mismatch", str(error)), now)
    except DatabaseTrouble as error:
        # Its text may hold values of the shop: only its kind is written down.
        _log.error("vistka: the database refused (%s)", type(error).__name__)
        return _refuse(request, _judged(), now)


# LoginRequiredMiddleware would send Vistka to the page for people.
answer.login_required = False


def _checked(request: HttpRequest, operation: str, now: int) -> dict[str, Any]:
    """What was asked, once it is known who asked. Raises Refused."""
    headers = {
        name: request.META.get(f"HTTP_X_VISTKA_{name.upper()}", "") for name in ("key", "time", "nonce", "signature")
    }
    keys = conf.keys()
    check_envelope(headers, keys=keys, now=now)
    body = _body(request)
    parameters = {name: request.GET[name] for name in PARAMETERS if name in request.GET}
    method = request.method or ""
    check_signature(headers, keys=keys, method=method, operation=operation, parameters=parameters, body=body)
    _take(headers["nonce"], now)
    if (method, operation) not in _OPERATIONS:
        raise Refused("operation_unknown", f"{method} {operation}")
    if method == "GET":
        return parameters
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused("request_wrong", "the body is not JSON") from None
    return {"content": content}


def _body(request: HttpRequest) -> bytes:
    raw: bytes = request.read(LONGEST_PACKED + 1)
    if len(raw) > LONGEST_PACKED:
        raise Refused("too_large")
    if raw[:2] != b"\x1f\x8b":
        return raw
    unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        body = unpacker.decompress(raw, LONGEST_BODY + 1)
    except zlib.error:
        raise Refused("request_wrong", "the body cannot be unpacked") from None
    if len(body) > LONGEST_BODY:
        raise Refused("too_large")
    if not unpacker.eof:
        raise Refused("request_wrong", "the body breaks off")
    return body


def _take(nonce: str, now: int) -> None:
    SeenRequest.objects.filter(at__lt=now - KEPT).delete()
    try:
        SeenRequest.objects.create(nonce=nonce, at=now)
    except IntegrityError:
        raise Refused("replayed") from None


# --- the operations -----------------------------------------------------------------------------------------------


def _orders(asked: Mapping[str, str], _: int) -> dict[str, Any]:
    shop = conf.shop()
    if "number" in asked:
        return {"orders": rows.by_number(shop, asked["number"]), "after": None}
    limit = asked.get("limit", str(MOST_ORDERS))
    if not re.fullmatch(r"[0-9]{1,6}", limit) or int(limit) < 1:
        raise Refused("request_wrong", "limit: must be a number from 1 to 500")
    items, after = rows.open_orders(shop, asked.get("after"), min(int(limit), MOST_ORDERS))
    return {"orders": items, "after": after}


def _find(asked: Mapping[str, Any], _: int) -> dict[str, Any]:
    content = asked["content"]
    phone, after = (content.get(name) if isinstance(content, dict) else None for name in ("phone", "after"))
    if not isinstance(phone, str) or not re.fullmatch(r"380[0-9]{9}", phone):
        raise Refused("request_wrong", "phone: must be twelve digits, 380 first")
    if after is not None and not isinstance(after, str):
        raise Refused("request_wrong", "after: must be text")
    items, following = rows.by_phone(conf.shop(), phone, after, MOST_ORDERS)
    return {"orders": items, "after": following}


def _statuses(asked: Mapping[str, Any], _: int) -> dict[str, Any]:
    statuses, again = rows.read_statuses(asked["content"])
    written, refused = rows.write(conf.shop(), statuses, again=again)
    return {"written": written, "refused": refused}


def _moves(asked: Mapping[str, Any], _: int) -> dict[str, Any]:
    wanted, again = moves.read_moves(asked["content"])
    return {"outcomes": moves.move(conf.shop(), wanted, again=again)}


def _check(_: Mapping[str, str], now: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "software": f"vistka-django {VERSION}, Django {django.get_version()}, Python {platform.python_version()}",
        "now": now,
    }
    try:
        shop = conf.shop()
    except conf.Misconfigured as error:
        return {**found, "problems": error.problems}
    problems = _missing(shop)
    return {
        **found,
        "database": _database(shop),
        "length": shop.length,
        "problems": problems,
        "writable": not problems and rows.try_to_write(shop),
        "rules": {event: rule.words for event, rule in shop.rules.by_event.items()},
        "movable": not problems and bool(shop.rules.by_event) and moves.try_to_move(shop),
    }


_OPERATIONS = {
    ("GET", "orders"): _orders,
    ("POST", "find"): _find,
    ("POST", "statuses"): _statuses,
    ("POST", "moves"): _moves,
    ("GET", "check"): _check,
}


def _database(shop: conf.Shop) -> str:
    connection = connections[router.db_for_read(shop.order)]
    name = "MariaDB" if getattr(connection, "mysql_is_mariadb", False) else connection.display_name
    return f"{name} {'.'.join(map(str, connection.get_database_version()))}"


def _missing(shop: conf.Shop) -> list[str]:
    """Tables and columns that the models have and the database has not."""
    wanted: dict[Any, tuple[str, ...]] = {
        SeenRequest: ("nonce",),
        shop.order: (
            *(shop.number, shop.tracking, shop.status, shop.shipment_status, shop.shipment_status_updated),
            *(shop.phone, shop.user, shop.language, shop.order_chat),
            *(shop.rules.pay_type, shop.rules.payment_status),
        ),
    }
    if shop.profile is not None:
        own = (shop.profile_user, shop.chat, shop.profile_language)
        wanted[shop.profile] = (*wanted.get(shop.profile, ()), *own)
    return [problem for model, names in wanted.items() for problem in _missing_of(model, names)]


def _missing_of(model: Any, names: tuple[str, ...]) -> Iterator[str]:
    connection, table = connections[router.db_for_read(model)], model._meta.db_table
    with connection.cursor() as cursor:
        if table not in connection.introspection.table_names(cursor, include_views=True):
            yield f"{model._meta.label}: there is no table '{table}'; run manage.py migrate {model._meta.app_label}"
            return
        there = {each.name for each in connection.introspection.get_table_description(cursor, table)}
    for name in filter(None, names):
        column = model._meta.get_field(name).column
        if column not in there:
            run = f"run manage.py migrate {model._meta.app_label}"
            yield f"{model._meta.label}.{name}: table '{table}' has no column '{column}'; {run}"


def _judged() -> Refused:
    """After an error of the database: are tables or columns missing, or is it away?"""
    try:
        problems = _missing(conf.shop())
    except DatabaseTrouble:
        return Refused("shop_unavailable")
    except conf.Misconfigured as error:
        problems = error.problems
    return Refused("shop_mismatch", "; ".join(problems)) if problems else Refused("shop_unavailable")


# --- the answer ---------------------------------------------------------------------------------------------------


def _refuse(request: HttpRequest, refused: Refused, now: int) -> HttpResponse:
    error = {"code": refused.code, "text": refused.text}
    if refused.code == "clock_wrong":
        error["now"] = now  # type: ignore[assignment]
    return _respond(request, _STATUS.get(refused.code, 401), {"error": error})


def _respond(request: HttpRequest, status: int, content: dict[str, Any]) -> HttpResponse:
    body = json.dumps({"vistka": 1, **content}, ensure_ascii=False).encode("utf-8", "replace")
    response = HttpResponse(status=status, content_type="application/json")
    response["Cache-Control"] = "no-store"
    if len(body) > _WORTH_PACKING and "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", ""):
        body = gzip.compress(body, mtime=0)
        response["Content-Encoding"] = "gzip"
    response.content = body
    response["Content-Length"] = str(len(body))
    return response
