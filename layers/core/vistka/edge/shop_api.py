"""What the shop itself may ask of the pages, with its key: many orders at once, and a check soon."""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from vistka.domain.errors import BadMessage, ConfigurationError
from vistka.edge.order_json import VERSION, moment, order_to_dict
from vistka.edge.refreshing import TooManyOrders, order_numbers
from vistka.edge.web_requests import BodyTooLarge, WebRequest
from vistka.edge.web_responses import WebResponse, as_json, problem
from vistka.ports import Clock, LinkedOrders, ParcelStore, Runs
from vistka.texts.pages import LANGUAGES
from vistka.usecases.minting import Minter
from vistka.usecases.refreshing import Refresher
from vistka.usecases.viewing import stories

#: A key that can be guessed is none.
SHORTEST_KEY: Final = 32
_KEY: Final = re.compile(rf"[\x21-\x7e]{{{SHORTEST_KEY},200}}")
_BEARER: Final = re.compile(r"Bearer +([\x21-\x7e]{1,200})", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class ShopApi:
    """`keys` reads those that are good now; `page_lasts` is how long the links live that a list of orders brings."""

    orders: LinkedOrders
    parcels: ParcelStore
    runs: Runs
    clock: Clock
    keys: Callable[[], Iterable[str]]
    minter: Minter
    page_lasts: timedelta
    refresher: Refresher
    default_language: str
    say: Callable[..., None]

    def listed(self, request: WebRequest) -> WebResponse:
        """Each order as it stands, without its history, with the path of its page; null for one that is not known."""
        return self._answered(request, self._listed)

    def refreshed(self, request: WebRequest) -> WebResponse:
        return self._answered(request, self._refreshed)

    def _answered(self, request: WebRequest, answer: Callable[[WebRequest, list[str]], WebResponse]) -> WebResponse:
        if not self._knows(request):
            detail = "send Authorization: Bearer and a key that ApiKeysParameter holds"
            return problem(401, "key", "The key is missing or not known", detail, {"WWW-Authenticate": "Bearer"})
        try:
            return answer(request, _numbers(request))
        except BodyTooLarge:
            return problem(413, "too-large", "The body is too large", "send fewer orders")
        except TooManyOrders as error:
            return problem(422, "too-many-orders", "Too many orders", str(error))
        except BadMessage as error:
            return problem(422, "orders", "The orders cannot be read", str(error))
        except ValueError:
            return problem(400, "json", "The body is not JSON", 'send an object such as {"orders": ["TWC09092025N01"]}')

    def _listed(self, request: WebRequest, numbers: list[str]) -> WebResponse:
        language, now = request.language(LANGUAGES, usual=self.default_language), self.clock.now()
        found = self.orders.of_numbers(numbers)
        told = stories(found.values(), self.parcels, self.runs, whole=False)
        orders: dict[str, Any] = dict.fromkeys(numbers)
        for (number, order), story in zip(found.items(), told, strict=True):
            link = self.minter.page(order_key=order.order_key, lasts=self.page_lasts)
            orders[number] = order_to_dict(story, language=language, now=now, whole=False) | {"page": link.url}
        return as_json({"version": VERSION, "orders": orders}, language=language)

    def _refreshed(self, _request: WebRequest, numbers: list[str]) -> WebResponse:
        done = self.refresher.ask(numbers)
        recent = {number: moment(free_at) for number, free_at in done.recent.items()}
        return as_json({"version": VERSION, "asked": list(done.asked), "recent": recent}, status=202)

    def _knows(self, request: WebRequest) -> bool:
        match = _BEARER.fullmatch(request.headers.get("authorization", ""))
        if match is None:
            return False  # no secret is read for strangers
        try:
            keys = list(self.keys())
        except ConfigurationError as error:
            self.say("the API is closed: its keys cannot be read", reason=str(error))
            return False
        given = _digest(match[1])
        # All are compared, and hashes of one length: how long it takes tells nothing of any.
        matches = [hmac.compare_digest(given, _digest(key)) for key in keys]
        return any(matches)


def read_keys(text: str) -> list[str]:
    """Keys with white space or commas between them: a new one is added, used, and the old one taken out. Raises
    ConfigurationError, which holds no part of a key."""
    keys = [key for key in re.split(r"[\s,]+", text) if key]
    for place, key in enumerate(keys, start=1):
        if not _KEY.fullmatch(key):
            raise ConfigurationError(f"API_KEYS: key {place} must be {SHORTEST_KEY} to 200 letters, digits and signs")
    return keys


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _numbers(request: WebRequest) -> list[str]:
    body = request.json()
    if not isinstance(body, dict) or body.keys() != {"orders"}:
        raise BadMessage('the body must be an object with orders alone, such as {"orders": ["TWC09092025N01"]}')
    return order_numbers(body["orders"])
