"""Vistka's web, asked what it knows of orders; a page of the shop never waits long for it, nor fails with it."""

from __future__ import annotations

import json
import logging
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from typing import Any

from django.core.cache import cache

from vistka_django import conf

#: Orders in one request, as docs/openapi.yaml says.
MOST = 100
#: Seconds. What is told is as old as the data in any case; a web that did not answer is left alone for a moment.
_KEPT, _LEFT_ALONE, _PATIENCE = 60, 30, 2.0


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
    if not conf.web_url() or not conf.web_key():
        return None
    ask_about([number])
    found = cache.get(_key(number))
    return found if isinstance(found, Told) else None


def ask_about(numbers: Sequence[str]) -> None:
    """For a whole list in as few requests as can be; what was asked a moment ago is not asked again."""
    if not conf.web_url() or not conf.web_key() or cache.get(_AWAY):
        return
    known = cache.get_many([_key(number) for number in numbers])
    wanted = [number for number in dict.fromkeys(numbers) if _key(number) not in known]
    for start in range(0, len(wanted), MOST):
        few = wanted[start : start + MOST]
        try:
            answer = _ask(few)
        except (OSError, ValueError, KeyError, TypeError, HTTPException) as error:
            # Its address stays out of the log: whoever has a page's address sees the page.
            _log.warning("Vistka's web gave no answer: %s", type(error).__name__)
            cache.set(_AWAY, True, _LEFT_ALONE)
            return
        cache.set_many({_key(number): _read(answer.get(number)) for number in few}, _KEPT)


_AWAY = "vistka:away"


def _key(number: str) -> str:
    # Some caches take no key with a blank or a letter of another script in it.
    return f"vistka:{number.encode().hex()}"


def _ask(numbers: Sequence[str]) -> Mapping[str, Any]:
    request = urllib.request.Request(
        f"{conf.web_url()}/api/orders",
        data=json.dumps({"orders": list(numbers)}).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {conf.web_key()}"},
        method="POST",
    )
    with _OPENER.open(request, timeout=_PATIENCE) as answer:
        orders: Mapping[str, Any] = dict(json.load(answer)["orders"])
    return orders


def _read(given: Any) -> Told | str:
    """ "" for nothing known: a cache cannot tell None from nothing kept."""
    try:
        parcels = given["parcels"]
        checked = [parcel["checked_at"] for parcel in parcels]
        return Told(
            headline=str(parcels[0]["headline"]),
            checked_at=min(map(_moment, checked)) if all(checked) else None,
            page=conf.web_url() + str(given["page"]),
        )
    except (KeyError, TypeError, ValueError, IndexError):
        return ""


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
