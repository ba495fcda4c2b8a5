"""What every shop's own server must do: the shop's contract over HTTP, and what the protocol says besides."""

import gzip
import itertools
import json
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any, Final

import pytest
import requests

from tests.contracts.shop import TEXT, TTN, ShopContract, told
from tests.contracts.shop_moves import MovesContract, move_of
from tests.contracts.shop_tables import ShopTables
from tests.shop_servers import NEXT_SECRET, SECRET, ShopServer, shop_of
from vistka.adapters.bounded_http import DirectSession
from vistka.adapters.shop_http import HttpShop
from vistka.adapters.shop_http_signing import Key, signed_headers, target
from vistka.adapters.shop_http_url import read_address
from vistka.domain.errors import ShopMismatch
from vistka.domain.rules import Outcome

MAIN: Final = Key(id="main", secret=SECRET)
NEXT: Final = Key(id="next", secret=NEXT_SECRET)


class Caller:
    """Signs as Vistka does, and sends what a test changed of it."""

    def __init__(self, server: ShopServer) -> None:
        self._server = server
        self._session = DirectSession()

    def close(self) -> None:
        self._session.close()

    def __call__(
        self,
        operation: str = "orders",
        parameters: dict[str, str] | None = None,
        *,
        method: str = "GET",
        content: Any = None,
        body: bytes | None = None,
        key: Key = MAIN,
        time_off: int = 0,
        nonce: str | None = None,
        sent_operation: str | None = None,
        sent_parameters: dict[str, str] | None = None,
        sent_body: bytes | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> requests.Response:
        """`sent_…` go out instead of what was signed; a header of None is left out."""
        body = body if body is not None else b"" if content is None else json.dumps(content).encode()
        signed = signed_headers(
            key=key,
            time=int(time.time()) + time_off,
            nonce=nonce or secrets.token_hex(16),
            method=method,
            signed_target=target(operation, parameters or {}),
            body=body,
        )
        sent = target(sent_operation or operation, sent_parameters if sent_parameters is not None else parameters or {})
        address = read_address(self._server.shop_database_url, http_allowed=True)
        return self._session.request(
            method,
            address.url(sent),
            data=sent_body if sent_body is not None else body,
            headers={name: value for name, value in {**signed, **(headers or {})}.items() if value is not None},
            timeout=10,
            allow_redirects=False,
        )


def code(response: requests.Response) -> tuple[int, str | None]:
    answer = response.json()
    assert answer["vistka"] == 1
    return response.status_code, answer.get("error", {}).get("code")


def status(key: str, text: str = TEXT) -> dict[str, Any]:
    return {"key": key, "tracking": TTN, "shown": None, "text": text, "at": "2025-09-10T12:30:45Z"}


class ShopServerContract(ShopContract, MovesContract):
    """A subclass gives `served`: the URL of the database, with its tables, and the server before it; and `ruled`,
    another server before the same one, whose settings have order rules."""

    @pytest.fixture
    def ruled(self) -> ShopServer:
        raise NotImplementedError

    @pytest.fixture
    def served(self) -> tuple[str, ShopServer]:
        raise NotImplementedError

    @pytest.fixture
    def url(self, served: tuple[str, ShopServer]) -> str:
        return served[0]

    @pytest.fixture
    def server(self, served: tuple[str, ShopServer]) -> ShopServer:
        return served[1]

    @pytest.fixture
    def rows(self, url: str) -> Iterator[ShopTables]:
        tables = ShopTables.at(url)
        yield tables
        tables.clear()
        tables.engine.dispose()

    @pytest.fixture
    def requests_made(self) -> Iterator[int]:
        return itertools.count()

    @pytest.fixture
    def shop(self, server: ShopServer, rows: ShopTables, requests_made: Iterator[int]) -> Iterator[HttpShop]:
        def nonce() -> str:
            next(requests_made)
            return secrets.token_hex(16)

        shop = HttpShop(read_address(server.shop_database_url, http_allowed=True), now=time.time, nonce=nonce)
        yield shop
        shop.close()

    @pytest.fixture
    def moving(self, ruled: ShopServer, rows: ShopTables) -> Iterator[HttpShop]:
        shop = shop_of(ruled.with_rules("received,refused"))
        yield shop
        shop.close()

    @pytest.fixture
    def call(self, server: ShopServer, rows: ShopTables) -> Iterator[Caller]:
        caller = Caller(server)
        yield caller
        caller.close()

    # --- how often it is asked ----------------------------------------------------------------------------------

    def test_500_orders_are_one_request_and_a_batch_is_another(
        self, rows: ShopTables, shop: HttpShop, requests_made: Iterator[int]
    ) -> None:
        rows.add_orders(1000)
        first = shop.open_orders(after=None, limit=1000)
        second = shop.open_orders(after=first.after, limit=1000)
        assert [len(first.orders), len(second.orders), second.after] == [500, 500, None]
        assert shop.write([told(order) for order in first.orders]).written == 500
        assert next(requests_made) == 3

    # --- who may ask --------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("key", [MAIN, NEXT], ids=lambda key: key.id)
    def test_two_keys_are_valid_at_once(self, call: Caller, key: Key) -> None:
        assert code(call(key=key)) == (200, None)

    @pytest.mark.parametrize("header", ["X-Vistka-Key", "X-Vistka-Time", "X-Vistka-Nonce", "X-Vistka-Signature"])
    @pytest.mark.parametrize("value", [None, "", "x y", "0"])
    def test_who_did_not_sign_is_refused(self, call: Caller, header: str, value: str | None) -> None:
        if (header, value) == ("X-Vistka-Key", "0"):
            assert code(call(headers={header: value})) == (401, "key_unknown")
        elif (header, value) == ("X-Vistka-Time", "0"):
            assert code(call(headers={header: value})) == (401, "clock_wrong")
        else:
            assert code(call(headers={header: value})) == (401, "unsigned")

    def test_a_wrong_secret_is_refused(self, call: Caller, shop: HttpShop) -> None:
        wrong = Key(id="main", secret=NEXT_SECRET)
        assert code(call(key=wrong)) == (401, "signature_wrong")
        assert code(call("check", key=wrong)) == (401, "signature_wrong")
        assert code(call("statuses", method="POST", content={}, key=wrong)) == (401, "signature_wrong")

    @pytest.mark.parametrize(
        "changed",
        [
            {"sent_operation": "check"},
            {"sent_parameters": {"limit": "500"}},
            {"sent_parameters": {}},
            {"sent_parameters": {"limit": "5", "after": "0"}},
            {"sent_body": b"{}"},
            {"headers": {"X-Vistka-Nonce": "f" * 32}},
            {"headers": {"X-Vistka-Key": "next"}},
        ],
        ids=str,
    )
    def test_what_was_changed_on_the_way_is_refused(self, call: Caller, changed: dict[str, Any]) -> None:
        assert code(call(parameters={"limit": "5"}, **changed)) == (401, "signature_wrong")

    def test_what_was_not_signed_has_no_effect(self, rows: ShopTables, call: Caller) -> None:
        rows.add_order(number="A1", tracking=TTN)
        response = call(parameters={"limit": "5"}, sent_parameters={"limit": "5", "utm_source": "x"})
        assert len(response.json()["orders"]) == 1

    @pytest.mark.parametrize("hours", [-1, 1])
    def test_a_clock_that_is_an_hour_off_is_refused_and_told(self, call: Caller, hours: int) -> None:
        response = call(time_off=hours * 3600)
        assert code(response) == (401, "clock_wrong")
        assert abs(response.json()["error"]["now"] - time.time()) < 60

    def test_a_request_is_taken_once(self, rows: ShopTables, call: Caller) -> None:
        nonce = secrets.token_hex(16)
        assert code(call(nonce=nonce)) == (200, None)
        assert code(call(nonce=nonce)) == (409, "replayed")
        assert code(call("statuses", method="POST", content={"statuses": []}, nonce=nonce)) == (409, "replayed")

    def test_a_refused_request_uses_up_no_nonce(self, call: Caller) -> None:
        nonce = secrets.token_hex(16)
        assert code(call(nonce=nonce, key=Key(id="main", secret=NEXT_SECRET))) == (401, "signature_wrong")
        assert code(call(nonce=nonce)) == (200, None)

    # --- what may be asked --------------------------------------------------------------------------------------

    @pytest.mark.parametrize(("method", "operation"), [("GET", "nothing"), ("POST", "orders"), ("GET", "statuses")])
    def test_another_operation_is_not_known(self, call: Caller, method: str, operation: str) -> None:
        content: Any = {} if method == "POST" else None
        assert code(call(operation, method=method, content=content)) == (404, "operation_unknown")

    @pytest.mark.parametrize("limit", ["0", "-1", "many", "1.5", ""])
    def test_a_page_has_a_number_of_orders(self, call: Caller, limit: str) -> None:
        assert code(call(parameters={"limit": limit})) == (400, "request_wrong")

    def test_a_page_has_500_orders_at_most(self, rows: ShopTables, call: Caller) -> None:
        rows.add_orders(501)
        answer = call(parameters={"limit": "1000"}).json()
        assert (len(answer["orders"]), answer["after"]) == (500, answer["orders"][-1]["key"])

    def test_of_two_orders_with_one_number_the_newest_is_told_and_of_others_none(
        self, rows: ShopTables, call: Caller
    ) -> None:
        rows.add_order(number="A1", tracking=TTN)
        newest = rows.add_order(number="A1", tracking=TTN, status="done")
        rows.add_order(number="a1", tracking=TTN)
        found = call(parameters={"number": "A1"}).json()["orders"]
        assert [(order["key"], order["number"], order["open"]) for order in found] == [(newest, "A1", False)]
        assert call(parameters={"number": "A1 "}).json()["orders"] == []

    def test_a_guest_is_told_from_a_buyer_without_a_profile(self, rows: ShopTables, call: Caller) -> None:
        for user in (None, 0, 7):
            rows.add_order(number=f"A{user}", tracking=TTN, user=user)
        assert [order["profiles"] for order in call().json()["orders"]] == [None, None, []]

    @pytest.mark.parametrize("after", ["no number", "1_0", "01", "-", "9" * 30, ""])
    def test_a_page_token_of_another_shop_is_refused(self, rows: ShopTables, shop: HttpShop, after: str) -> None:
        rows.add_order(number="A1", tracking=TTN)
        if after == "9" * 30:  # a number, though none that an order could have
            assert shop.open_orders(after=after, limit=1).orders == ()
            return
        with pytest.raises(ShopMismatch, match="after"):
            shop.open_orders(after=after, limit=1)

    @pytest.mark.parametrize(
        "bad",
        [
            {"key": 5},
            {"tracking": None},
            {"shown": 5},
            {"text": None},
            {"at": "2025-09-10 12:30:45"},
            {"at": "2025-13-41T12:30:45Z"},
            {"at": None},
            None,
            "a row",
        ],
        ids=str,
    )
    def test_a_batch_with_a_row_that_cannot_be_read_writes_none(
        self, rows: ShopTables, call: Caller, bad: dict[str, Any] | str | None
    ) -> None:
        keys = [rows.add_order(number=f"A{each}", tracking=TTN) for each in range(2)]
        row = status(keys[1]) | bad if isinstance(bad, dict) else bad
        response = call("statuses", method="POST", content={"statuses": [status(keys[0]), row]})
        assert code(response) == (400, "request_wrong")
        assert "statuses[1]" in response.json()["error"]["text"]
        assert [rows.shown(key) for key in keys] == [None, None]

    @pytest.mark.parametrize(
        "body",
        [b"", b"{", b"[]", b"5", b'{"statuses": {}}', b'{"statuses": "x"}', b"\xff\xfe", b"[" * 10_000],
        ids=lambda body: repr(body[:20]),
    )
    def test_a_body_that_is_no_batch_is_refused(self, call: Caller, body: bytes) -> None:
        assert code(call("statuses", method="POST", body=body)) == (400, "request_wrong")

    def test_more_rows_than_a_batch_has_are_refused(self, rows: ShopTables, call: Caller) -> None:
        key = rows.add_order(number="A1", tracking=TTN)
        response = call("statuses", method="POST", content={"statuses": [status(key)] * 501})
        assert code(response) == (400, "request_wrong")
        assert rows.shown(key) is None

    # --- sizes --------------------------------------------------------------------------------------------------

    def test_a_packed_body_is_read_whether_or_not_a_header_says_so(self, rows: ShopTables, call: Caller) -> None:
        keys = [rows.add_order(number=f"A{each}", tracking=TTN) for each in range(2)]
        for key, headers in zip(keys, ({"Content-Encoding": "gzip"}, {}), strict=True):
            body = json.dumps({"statuses": [status(key)]}).encode()
            response = call("statuses", method="POST", body=body, sent_body=gzip.compress(body), headers=headers)
            assert response.json()["written"] == [key]

    def test_a_small_body_that_unpacks_to_a_large_one_is_refused(self, call: Caller) -> None:
        body = gzip.compress(b" " * 50 * 1024 * 1024)
        assert code(call("statuses", method="POST", body=b"", sent_body=body)) == (413, "too_large")

    def test_a_large_body_is_refused(self, call: Caller) -> None:
        body = secrets.token_bytes(1024 * 1024 + 1)
        assert code(call("statuses", method="POST", body=b"", sent_body=body)) == (413, "too_large")

    def test_a_body_that_cannot_be_unpacked_is_refused(self, call: Caller) -> None:
        packed = gzip.compress(b'{"statuses": []}' + secrets.token_bytes(100))
        for body in (b"\x1f\x8b rubbish", packed[:-20]):
            assert code(call("statuses", method="POST", body=b"", sent_body=body)) == (400, "request_wrong")

    @pytest.mark.parametrize("accepted", ["gzip", "identity"])
    def test_an_answer_is_packed_where_that_is_taken_and_kept_by_nobody(
        self, rows: ShopTables, call: Caller, accepted: str
    ) -> None:
        rows.add_orders(50)
        response = call(headers={"Accept-Encoding": accepted})
        assert response.headers.get("Content-Encoding") == ("gzip" if accepted == "gzip" else None)
        assert len(response.json()["orders"]) == 50
        assert "no-store" in response.headers["Cache-Control"]
        assert response.headers["Content-Type"].startswith("application/json")

    # --- writing ------------------------------------------------------------------------------------------------

    def test_again_takes_a_row_that_shows_its_new_text_for_written(self, rows: ShopTables, call: Caller) -> None:
        keys = [rows.add_order(number=f"A{each}", tracking=TTN) for each in range(2)]
        first = {"statuses": [status(keys[0])]}
        both = {"statuses": [status(key) for key in keys]}
        assert call("statuses", method="POST", content=first).json()["written"] == [keys[0]]
        assert call("statuses", method="POST", content=first).json()["written"] == []
        assert call("statuses", method="POST", content=both | {"again": True}).json()["written"] == keys
        rows.edit(keys[0], shown="Чужий текст")
        assert call("statuses", method="POST", content=first | {"again": True}).json()["written"] == []

    def test_a_text_too_long_for_the_column_is_refused_alone(self, rows: ShopTables, call: Caller) -> None:
        """F11, F40."""
        keys = [rows.add_order(number=f"A{each}", tracking=TTN) for each in range(2)]
        content = {"statuses": [status(keys[0], "ї" * 101), status(keys[1], "ї" * 100)]}
        answer = call("statuses", method="POST", content=content).json()
        assert answer["written"] == [keys[1]]
        assert answer["refused"] == {keys[0]: "too_long"}

    def test_a_key_that_cannot_be_one_matches_no_row(self, rows: ShopTables, shop: HttpShop) -> None:
        key = rows.add_order(number="A1", tracking=TTN)
        (order,) = shop.open_orders(after=None, limit=1).orders
        for wrong in ("abc", f"{key}abc", f"0{key}", f" {key}", str(10**30), "-1", "' OR 1=1 --"):
            assert shop.write([told(replace(order, key=wrong))]).written == 0
        assert rows.shown(key) is None

    # --- order rules --------------------------------------------------------------------------------------------

    def test_what_is_no_list_of_moves_is_refused_and_moves_nothing(
        self, rows: ShopTables, ruled: ShopServer, moving: HttpShop
    ) -> None:
        key = rows.add_order(number="A1", tracking=TTN)
        good = {"key": key, "number": "A1", "tracking": TTN, "event": "received"}
        call = Caller(ruled)
        wrongs: tuple[dict[str, Any], ...] = (
            {},
            {"moves": {}},
            {"moves": ["1"]},
            {"moves": [good, {**good, "event": "done"}]},
            {"moves": [good, {**good, "number": None}]},
            {"moves": [good, {name: value for name, value in good.items() if name != "tracking"}]},
            {"moves": [good] * 501},
        )
        for wrong in wrongs:
            assert code(call("moves", method="POST", content=wrong)) == (400, "request_wrong")
        call.close()
        assert rows.others(key)["status"] == "ship"

    def test_again_takes_an_order_that_has_its_new_status_for_moved(self, rows: ShopTables, ruled: ShopServer) -> None:
        key = rows.add_order(number="A1", tracking=TTN, status="done")
        move = {"key": key, "number": "A1", "tracking": TTN, "event": "received"}
        call = Caller(ruled)
        told = [
            call("moves", method="POST", content={"again": again, "moves": [move]}).json()["outcomes"]
            for again in (False, True)
        ]
        call.close()
        assert told == [["there"], ["moved"]]

    def test_many_moves_are_one_request(self, rows: ShopTables, ruled: ShopServer) -> None:
        rows.add_orders(60)
        keys = [int(str(rows.value("SELECT MIN(id) FROM orders_order"))) + each for each in range(60)]
        made = itertools.count()

        def nonce() -> str:
            next(made)
            return secrets.token_hex(16)

        address = read_address(ruled.with_rules("received").shop_database_url, http_allowed=True)
        with closing(HttpShop(address, now=time.time, nonce=nonce)) as shop:
            done = shop.move([move_of(str(key), f"A{each}") for each, key in enumerate(keys)])
        assert [each.outcome for each in done] == [Outcome.MOVED] * 60
        assert next(made) == 1

    def test_check_names_rules_that_only_one_side_has(
        self, rows: ShopTables, server: ShopServer, ruled: ShopServer
    ) -> None:
        rows.add_order(number="A1", tracking=TTN)
        found: dict[str, list[str]] = {}
        for name, address in (
            ("none there", server.with_rules("received")),
            ("none here", ruled),
            ("one here", ruled.with_rules("received")),
            ("both", ruled.with_rules("refused,received")),
        ):
            with closing(shop_of(address)) as shop:
                found[name] = [one.text for one in shop.check() if one.name == "order rules" and not one.ok]
        assert found == {
            "none there": ["SHOP_DATABASE_URL names received, of which the shop's settings have no rule"],
            "none here": [
                "the shop's settings have rules for received, refused, which SHOP_DATABASE_URL does not name"
            ],
            "one here": ["the shop's settings have rules for refused, which SHOP_DATABASE_URL does not name"],
            "both": [],
        }

    def test_check_tells_what_the_rules_are(self, rows: ShopTables, moving: HttpShop) -> None:
        rows.add_order(number="A1", tracking=TTN)
        (told,) = [finding for finding in moving.check() if finding.name == "order rules"]
        assert told.text == (
            "switched on: received: prep, ship → done; payment if partial: paid; refused: prep, ship → cancelled"
        )

    # --- check --------------------------------------------------------------------------------------------------

    def test_check_tells_software_database_clock_and_column(self, rows: ShopTables, call: Caller) -> None:
        answer = call("check").json()
        assert answer["software"].startswith("vistka-")
        assert answer["database"].split()[0] == {"sqlite": "SQLite", "mysql": "MariaDB"}[rows.kind]
        assert abs(answer["now"] - time.time()) < 60
        assert (answer["length"], answer["writable"], answer["problems"]) == (100, True, [])

    def test_check_counts_orders_and_chats(self, rows: ShopTables, shop: HttpShop) -> None:
        rows.add_profile(user=1, chat=700_000_001)
        rows.add_order(number="A1", tracking=TTN, user=1)
        rows.add_order(number="A2", tracking=TTN)
        findings = {finding.name: finding for finding in shop.check()}
        assert all(finding.ok for finding in findings.values())
        assert findings["shop orders"].text.startswith("2 open orders")
        assert findings["shop chats"].text == "1 of 2 have a buyer's chat (others: no_user 1)"

    def test_a_table_that_is_not_as_the_settings_say_is_named(self, rows: ShopTables, shop: HttpShop) -> None:
        rows.add_order(number="A1", tracking=TTN)
        rows.run("ALTER TABLE orders_order RENAME COLUMN tracking_number TO ttn")
        try:
            with pytest.raises(ShopMismatch, match="tracking_number"):
                shop.open_orders(after=None, limit=1)
            (bad,) = [finding for finding in shop.check() if not finding.ok]
        finally:
            rows.run("ALTER TABLE orders_order RENAME COLUMN ttn TO tracking_number")
        assert "tracking_number" in bad.text
