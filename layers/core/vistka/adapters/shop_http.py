"""The shop's orders behind its own web server, for shops whose database is closed to the outside."""

import gzip
import itertools
import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from typing import Any, Final

from vistka.adapters.bounded_http import BoundedHttp, Failure
from vistka.adapters.shop_http_answers import JsonObject, Replayed, away, read_answer, wrong
from vistka.adapters.shop_http_check import check_shop
from vistka.adapters.shop_http_orders import read_moves, read_outcomes, read_page, read_single
from vistka.adapters.shop_http_signing import signed_headers, target
from vistka.adapters.shop_http_url import Address
from vistka.adapters.shop_rows import too_many
from vistka.carrier.phones import phone_of
from vistka.domain.orders import MOST_OF_ONE_PHONE, Finding, Order, OrderPage, Projection, WriteResult
from vistka.domain.parcels import is_sound
from vistka.domain.rules import Event, Move, Moved
from vistka.shop.fitting import Room, fit_text

#: The most orders that one request reads, and the most that one writes.
MOST_ORDERS: Final = 500
#: Seconds for one exchange; the tracker has one minute for all it does.
READ_SECONDS: Final = 20.0
WRITE_SECONDS: Final = 12.0

_LONGEST_ANSWER: Final = 4 * 1024 * 1024
_WORTH_PACKING: Final = 1024
_UNSOUND: Final = "the text holds half a character, which cannot be written"
_HEADERS: Final = {
    "Accept": "application/json",
    # Firewalls of shared hosts turn libraries away by their names.
    "User-Agent": "Vistka/1 (parcel tracking of this shop)",
}


class HttpShop:
    """ports.Shop over the protocol of integrations/PROTOCOL.md: one request a page, one a batch.

    `now` is the real time in seconds since 1970, whatever a moved clock says: the shop's own is not moved. `nonce`
    makes 32 hexadecimal digits, never the same twice.
    """

    def __init__(
        self,
        address: Address,
        *,
        now: Callable[[], float],
        nonce: Callable[[], str],
        read_seconds: float = READ_SECONDS,
        write_seconds: float = WRITE_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Connects to nothing yet."""
        self._address = address
        self._now = now
        self._nonce = nonce
        self._monotonic = monotonic
        self._seconds = {"GET": read_seconds, "POST": write_seconds}
        self._http = BoundedHttp(connect_seconds=5, read_seconds=read_seconds, longest_body=_LONGEST_ANSWER)

    def open_orders(self, *, after: str | None, limit: int) -> OrderPage:
        """A page of at most 500 open orders. Raises ShopUnavailable, ShopMismatch."""
        asked = {"limit": str(min(limit, MOST_ORDERS))} | ({} if after is None else {"after": after})
        return read_page(self.ask("orders", asked), after=after)

    def order(self, number: str) -> Order | None:
        """The order with exactly this number, the newest if there are several. Raises ShopUnavailable, ShopMismatch."""
        if not number or not is_sound(number):
            return None
        return read_single(self.ask("orders", {"number": number}), number)

    def of_phone(self, phone: str) -> Sequence[Order]:
        """In the body of a POST: addresses are logged. Raises ShopUnavailable, ShopMismatch."""
        found: list[Order] = []
        after: str | None = None
        while True:
            asked = {"phone": phone} | ({} if after is None else {"after": after})
            page = read_page(self._exchange("POST", "find", {}, asked), after=after)
            found.extend(order for order in page.orders if phone_of(order.phone) == phone)
            if len(found) > MOST_OF_ONE_PHONE:
                raise wrong(too_many(MOST_OF_ONE_PHONE))
            if page.after is None:
                return found
            after = page.after

    def write(self, projections: Sequence[Projection]) -> WriteResult:
        """Set the two columns, 500 rows a request; of two projections for one order the later counts. A statement is
        a request here. Raises ShopUnavailable, ShopMismatch; rows written before that stay written."""
        latest = {projection.order_key: projection for projection in projections}
        refused = {row.order_number: _UNSOUND for row in latest.values() if not _is_sound(row)}
        rows = [row for row in latest.values() if _is_sound(row)]
        written, requests = 0, 0
        for start in range(0, len(rows), MOST_ORDERS):
            batch = {row.order_key: row for row in rows[start : start + MOST_ORDERS]}
            answer = self._exchange("POST", "statuses", {}, {"statuses": [self._status(row) for row in batch.values()]})
            requests += 1
            done, not_taken = read_outcomes(answer, list(batch))
            written += len(done)
            refused |= {batch[key].order_number: why for key, why in not_taken.items()}
        return WriteResult(written=written, statements=requests, refused=refused)

    def rules(self) -> Mapping[Event, str]:
        """Those that the address names; from which statuses to which, the shop's own settings say."""
        return {event: "as the settings on the shop's side say" for event in Event if event in self._address.rules}

    def move(self, moves: Sequence[Move]) -> Sequence[Moved]:
        """500 orders a request. Raises ShopUnavailable, ShopMismatch; what was moved before that stays moved."""
        done: list[Moved] = []
        for batch in itertools.batched(moves, MOST_ORDERS, strict=False):
            answer = self._exchange("POST", "moves", {}, {"moves": [_move(move) for move in batch]})
            done += read_moves(answer, len(batch))
        return done

    def fit(self, text: str) -> str:
        """The text as it fits a column of the length that the address names, 100 without one: dispatcher and tracker
        must agree on it without asking."""
        return fit_text(text, Room(characters=self._address.length))

    def check(self) -> Sequence[Finding]:
        return check_shop(self.ask, self._address, self.open_orders, now=self._now)

    def close(self) -> None:
        """Close the connection: one that is kept through a frozen environment dies unseen."""
        self._http.close()

    def ask(self, operation: str, parameters: Mapping[str, str]) -> JsonObject:
        """One GET. Raises ShopUnavailable, ShopMismatch."""
        return self._exchange("GET", operation, parameters, None)

    def _status(self, row: Projection) -> JsonObject:
        at = row.changed_at.astimezone(UTC).replace(microsecond=0, tzinfo=None)
        return {
            "key": row.order_key,
            "tracking": row.tracking,
            "shown": row.shown,
            "text": self.fit(row.text),
            "at": f"{at.isoformat()}Z",
        }

    def _exchange(
        self, method: str, operation: str, parameters: Mapping[str, str], content: dict[str, Any] | None
    ) -> JsonObject:
        """Ask, and once more on a new connection if this one broke: should both arrive, guards keep off the second."""
        end = self._monotonic() + self._seconds[method]
        try:
            reply = self._send(method, operation, parameters, content, end)
        except Replayed:
            reply = Failure(text="", broken=True)
        if isinstance(reply, Failure) and reply.broken:
            self._http.close()
            again = None if content is None else content | {"again": True}
            reply = self._send(method, operation, parameters, again, end)
        if isinstance(reply, Failure):
            raise away(reply.text)
        return reply

    def _send(
        self, method: str, operation: str, parameters: Mapping[str, str], content: JsonObject | None, end: float
    ) -> JsonObject | Failure:
        body = b"" if content is None else json.dumps(content, ensure_ascii=False).encode()
        signed_target = target(operation, parameters)
        headers = _HEADERS | signed_headers(
            key=self._address.key,
            time=int(self._now()),
            nonce=self._nonce(),
            method=method,
            signed_target=signed_target,
            body=body,
        )
        if body:
            headers["Content-Type"] = "application/json"
        if len(body) > _WORTH_PACKING:
            body = gzip.compress(body, mtime=0)
            headers["Content-Encoding"] = "gzip"
        url = self._address.url(signed_target)
        reply = self._http.send(method, url, body=body, headers=headers, within=end - self._monotonic())
        return reply if isinstance(reply, Failure) else read_answer(reply, now=self._now())


def _move(move: Move) -> JsonObject:
    return {"key": move.order_key, "number": move.order_number, "tracking": move.tracking, "event": str(move.event)}


def _is_sound(row: Projection) -> bool:
    return all(is_sound(text) for text in (row.text, row.tracking, row.shown or ""))
