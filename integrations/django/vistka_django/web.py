"""Vistka's web, asked what it knows of orders; a page of the shop never waits long for it, nor fails with it."""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException, HTTPResponse
from typing import Any

from django.core.cache.backends.locmem import LocMemCache

from vistka_django import conf

#: Orders in one request, and letters of a number, as docs/openapi.yaml says.
MOST, LONGEST_NUMBER = 100, 100
#: Seconds. What is told is as old as the data in any case; a web that did not answer is left alone for a moment. A page
#: waits for its whole list so long, and for one answer more at most.
_KEPT, _LEFT_ALONE, _PATIENCE = 60, 30, 2.0
#: Bytes of an answer, of which a hundred orders take a tenth; orders whose answers are kept.
_LARGEST, _MOST_KEPT = 1024 * 1024, 10_000


class _Nowhere(urllib.request.HTTPRedirectHandler):
    """Whoever is sent elsewhere would take the key along."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_Nowhere)

_log = logging.getLogger("vistka")


@dataclass(frozen=True)
class Told:
    """`checked_at`, aware: the carrier was asked about every parcel of the order since. `page` is a whole address."""

    headline: str
    checked_at: datetime | None
    page: str


def told_of(number: str) -> Told | None:
    """None where there is no web, none that answers, or nothing known."""
    if not conf.web_url() or not conf.web_key() or not _can_be_asked(number):
        return None
    ask_about([number])
    found = _answers().get(_key(number))
    return found if isinstance(found, Told) else None


def ask_about(numbers: Sequence[str]) -> None:
    """For a whole list in as few requests as can be; what was asked a moment ago is not asked again."""
    if not conf.web_url() or not conf.web_key() or _answers().get(_AWAY):
        return
    sound = [number for number in dict.fromkeys(numbers) if _can_be_asked(number)]
    known = _answers().get_many([_key(number) for number in sound])
    wanted = [number for number in sound if _key(number) not in known]
    end = time.monotonic() + _PATIENCE
    for start in range(0, len(wanted), MOST):
        if time.monotonic() > end:
            # Or each of them would be asked about by itself.
            _answers().set_many({_key(number): "" for number in wanted[start:]}, _LEFT_ALONE)
            return
        few = wanted[start : start + MOST]
        try:
            answer = _ask(few)
        except (OSError, ValueError, KeyError, TypeError, HTTPException) as error:
            # Its address stays out of the log: whoever has a page's address sees the page.
            _log.warning("Vistka's web gave no answer: %s", type(error).__name__)
            _answers().set(_AWAY, True, _LEFT_ALONE)
            return
        _answers().set_many({_key(number): _read(answer.get(number)) for number in few}, _KEPT)


@functools.cache
def _answers() -> LocMemCache:
    """Our own, in this process: the shop's cache may keep nothing, be away, or throw out what a list just brought."""
    return LocMemCache("vistka", {"OPTIONS": {"MAX_ENTRIES": _MOST_KEPT}})


_AWAY = "away"


def _key(number: str) -> str:
    return hashlib.sha256(number.encode()).hexdigest()


def _can_be_asked(number: str) -> bool:
    """The web refuses a whole list for one number that can be none."""
    try:
        number.encode()
    except UnicodeEncodeError:
        return False
    return bool(number.strip()) and len(number) <= LONGEST_NUMBER


def _ask(numbers: Sequence[str]) -> Mapping[str, Any]:
    request = urllib.request.Request(
        f"{conf.web_url()}/api/orders",
        data=json.dumps({"orders": list(numbers)}).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {conf.web_key()}"},
        method="POST",
    )
    with _OPENER.open(request, timeout=_PATIENCE) as answer:
        orders: Mapping[str, Any] = dict(json.loads(_whole(answer))["orders"])
    return orders


def _whole(answer: HTTPResponse) -> bytes:
    """However slowly it drips: the timeout of a socket bounds each wait, not their sum."""
    end, body = time.monotonic() + _PATIENCE, bytearray()
    while part := answer.read1(65536):
        body += part
        if len(body) > _LARGEST or time.monotonic() > end:
            raise ValueError("too large, or too slow")
    return bytes(body)


def _read(given: Any) -> Told | str:
    """ "" for nothing known: a cache cannot tell None from nothing kept."""
    try:
        parcels = given["parcels"]
        checked = [parcel["checked_at"] for parcel in parcels]
        return Told(
            headline=str(parcels[0]["headline"]),
            checked_at=min(map(_moment, checked)) if all(checked) else None,
            page=f"{conf.web_url()}/{given['page']}",
        )
    except (KeyError, TypeError, ValueError, IndexError):
        return ""


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
