"""The shop over HTTP against a server that answers, or misbehaves, as a test says."""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from tests.sockets import (
    Behaviour,
    Request,
    Server,
    Wire,
    answer,
    answer_json,
    answer_with,
    close_after,
    gzipped,
    hang_up,
    html,
    large,
    redirect,
    stall,
    trickle,
)
from vistka.adapters.shop_http import HttpShop
from vistka.adapters.shop_http_url import read_address
from vistka.domain.errors import ShopMismatch, ShopUnavailable
from vistka.domain.orders import Projection

SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
TTN = "20450000000017"
PHONE = "380670000001"
NOW = 1_764_000_000.0


def item(key: int, **values: Any) -> dict[str, Any]:
    return {"key": str(key), "number": f"TWC{key}", "tracking": TTN, "shown": None, "profiles": None} | values


def page(*keys: int, after: str | None = None) -> dict[str, Any]:
    return {"vistka": 1, "orders": [item(key) for key in keys], "after": after}


def refusal(code: str, *, status: int = 401, **more: Any) -> Behaviour:
    return answer_json({"vistka": 1, "error": {"code": code, "text": "", **more}}, status=status)


def projection(key: int = 1, text: str = "В дорозі") -> Projection:
    return Projection(
        order_key=str(key),
        order_number=f"TWC{key}",
        tracking=TTN,
        shown=None,
        text=text,
        changed_at=datetime(2025, 9, 10, 15, 30, 45, 678_900, tzinfo=UTC),
    )


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


def shop_at(url: str, *, seconds: float = 5) -> HttpShop:
    address = read_address(url.replace("://", f"://main:{SECRET}@") + "/vistka", http_allowed=True)
    nonces = count(1)
    return HttpShop(
        address, now=lambda: NOW, nonce=lambda: f"{next(nonces):032x}", read_seconds=seconds, write_seconds=seconds
    )


@pytest.fixture
def shop(server: Server) -> Iterator[HttpShop]:
    shop = shop_at(server.url)
    yield shop
    shop.close()


# --- reading ------------------------------------------------------------------------------------------------------


def test_a_page_is_one_request_of_at_most_500_orders(server: Server, shop: HttpShop) -> None:
    server.on("*", answer_json(page(1, 2)))
    assert len(shop.open_orders(after="0", limit=1000).orders) == 2
    assert [request.path for request in server.requests] == ["/vistka/orders?after=0&limit=500"]


def test_neither_key_nor_secret_travels_but_the_key_s_name(server: Server, shop: HttpShop) -> None:
    server.on("*", answer_json(page()))
    shop.open_orders(after=None, limit=1)
    (request,) = server.requests
    assert request.headers["x-vistka-key"] == "main"
    assert "authorization" not in request.headers
    assert SECRET not in str(request)


def test_a_packed_answer_is_read(server: Server, shop: HttpShop) -> None:
    server.on("*", gzipped(json.dumps(page(1)).encode()))
    assert len(shop.open_orders(after=None, limit=1).orders) == 1
    assert server.requests[0].headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize("again", [page(1, 2), page(2, 3, after="3"), page(3, 2), page(2), page(5, 1)])
def test_a_page_that_repeats_is_refused_whole_with_what_to_do(
    server: Server, shop: HttpShop, again: dict[str, Any]
) -> None:
    server.on("*", answer_json(again))
    with pytest.raises(ShopMismatch, match=r"pages repeat.*a cache in front of it"):
        shop.open_orders(after="2", limit=2)


@pytest.mark.parametrize("told", [page(after="1"), page(1, 2, after="1"), page(1, 2, after="9")])
def test_a_page_that_leads_nowhere_is_refused(server: Server, shop: HttpShop, told: dict[str, Any]) -> None:
    server.on("*", answer_json(told))
    with pytest.raises(ShopMismatch, match="leads nowhere"):
        shop.open_orders(after=None, limit=2)


def test_an_order_listed_twice_is_taken_once_and_named(server: Server, shop: HttpShop) -> None:
    server.on("*", answer_json(page(1, 2, 2, 1, 3)))
    found = shop.open_orders(after=None, limit=5)
    assert [order.key for order in found.orders] == ["1", "2", "3"]
    assert found.problems == tuple(
        f"order with key {key}: listed twice in one page; the second row is left out" for key in (2, 1)
    )


def test_a_row_that_cannot_be_read_is_named_and_stops_no_other(server: Server, shop: HttpShop) -> None:
    """F40."""
    rows: list[Any] = [
        item(1, number=None),
        {"key": "2", "unreadable": "shown"},
        item(3, tracking=5),
        item(4, shown="\ud83d"),
        item(5, number=["x"]),
        "6",
        {"number": "TWC7"},
        {"key": "8", "unreadable": "password"},
        item(9, profiles=[{"chat": "not a chat"}, None], phone=["x"]),
    ]
    server.on("*", answer_json({"vistka": 1, "orders": rows, "after": None}))
    found = shop.open_orders(after=None, limit=9)
    assert [(order.key, order.phone, order.chat_id) for order in found.orders] == [("9", "", None)]
    assert len(found.problems) == 8
    assert "order with key 2: orders.shipment_status cannot be read" in found.problems[1]
    assert "password" not in found.problems[7]


def test_a_chat_that_stands_in_the_order_counts(server: Server, shop: HttpShop) -> None:
    chats: list[dict[str, Any]] = [
        {"chat": 700_000_001},
        {"chat": "700000002", "profiles": [{"chat": "1"}]},
        {"chat": None, "profiles": []},
    ]
    rows = [item(key, **values) for key, values in enumerate(chats, 1)]
    server.on("*", answer_json({"vistka": 1, "orders": rows, "after": None}))
    found = shop.open_orders(after=None, limit=3).orders
    assert [order.chat_id for order in found] == [700_000_001, 700_000_002, None]


def test_a_person_is_found_over_pages_and_no_address_tells_the_phone(server: Server, shop: HttpShop) -> None:
    theirs, others = {"phone": "067 000 00 01"}, {"phone": "16700000017"}
    first = {"vistka": 1, "orders": [item(1, **theirs), item(2, **others)], "after": "2"}
    second = {"vistka": 1, "orders": [item(3, **theirs)], "after": None}
    server.on("*", [answer_json(first), answer_json(second)])
    assert [order.key for order in shop.of_phone(PHONE)] == ["1", "3"]
    assert [(one.method, PHONE[3:] in one.path) for one in server.requests] == [("POST", False)] * 2
    assert [json.loads(one.body) for one in server.requests] == [{"phone": PHONE}, {"phone": PHONE, "after": "2"}]


def test_a_phone_that_many_orders_have_is_nobodys(server: Server, shop: HttpShop) -> None:
    many = [item(key, phone=PHONE) for key in range(1, 202)]
    server.on("*", answer_json({"vistka": 1, "orders": many, "after": "201"}))
    with pytest.raises(ShopMismatch, match="more than 200 orders have this phone"):
        shop.of_phone(PHONE)
    assert len(server.requests) == 1


def test_an_order_of_another_number_is_not_the_one_asked_for(server: Server, shop: HttpShop) -> None:
    server.on("*", answer_json(page(1)))
    assert shop.order("twc1") is None
    assert shop.order("TWC1") is not None
    assert [request.path for request in server.requests] == [
        "/vistka/orders?number=twc1",
        "/vistka/orders?number=TWC1",
    ]


@pytest.mark.parametrize(("said", "is_open"), [({"open": False}, False), ({"open": True}, True), ({}, True)])
def test_an_order_asked_for_is_open_as_the_shops_side_says(
    server: Server,
    shop: HttpShop,
    said: dict[str, bool],
    is_open: bool,  # noqa: FBT001
) -> None:
    server.on("*", answer_json({"vistka": 1, "orders": [item(1, **said)], "after": None}))
    order = shop.order("TWC1")
    assert order is not None
    assert order.open is is_open


# --- writing ------------------------------------------------------------------------------------------------------


def test_a_batch_is_one_request_packed_and_written_as_it_is_guarded(server: Server, shop: HttpShop) -> None:
    keys = range(1, 101)
    server.on("*", answer_json({"vistka": 1, "written": [str(key) for key in keys], "refused": []}))
    result = shop.write([projection(key) for key in keys])
    assert (result.written, result.statements, result.refused) == (100, 1, {})
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/vistka/statuses")
    assert json.loads(gzip.decompress(request.body))["statuses"][0] == {
        "key": "1",
        "tracking": TTN,
        "shown": None,
        "text": "В дорозі",
        "at": "2025-09-10T15:30:45Z",
    }


def test_a_connection_that_broke_is_asked_once_more_and_says_so(server: Server, shop: HttpShop) -> None:
    """What arrived though its answer was lost counts as written."""
    server.on("*", [hang_up, answer_json({"vistka": 1, "written": ["1"], "refused": {}})])
    assert shop.write([projection()]).written == 1
    first, second = server.requests
    assert ("again" in first.json(), second.json()["again"]) == (False, True)
    assert first.headers["x-vistka-nonce"] != second.headers["x-vistka-nonce"]


def test_a_kept_connection_that_died_is_replaced(server: Server, shop: HttpShop) -> None:
    server.on("*", close_after(answer_json(page(1))))
    for _ in range(3):
        assert len(shop.open_orders(after=None, limit=1).orders) == 1
    assert server.connections == 3


def test_a_request_that_something_on_the_way_repeated_is_signed_anew(server: Server, shop: HttpShop) -> None:
    server.on("*", [refusal("replayed", status=409), answer_json(page(1))])
    assert len(shop.open_orders(after=None, limit=1).orders) == 1
    server.on("*", refusal("replayed", status=409))
    with pytest.raises(ShopUnavailable, match="repeats requests"):
        shop.open_orders(after=None, limit=1)


def test_a_shop_that_does_not_answer_is_asked_once(server: Server) -> None:
    shop = shop_at(server.url, seconds=0.2)
    server.on("*", stall())
    with pytest.raises(ShopUnavailable, match=r"the shop's server: no (whole )?answer"):
        shop.write([projection()])
    shop.close()
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "told",
    [
        {"written": ["2"], "refused": {}},
        {"written": ["1"], "refused": {"1": "other"}},
        {"written": [1], "refused": {}},
        {"written": "1", "refused": {}},
        {"refused": {}},
        {"written": []},
        {"written": [], "refused": ["1"]},
    ],
)
def test_an_answer_about_other_rows_than_were_sent_is_no_success(
    server: Server, shop: HttpShop, told: dict[str, Any]
) -> None:
    """R7."""
    server.on("*", answer_json({"vistka": 1, **told}))
    with pytest.raises(ShopMismatch, match="does not fit what was written"):
        shop.write([projection()])


def test_why_a_row_was_refused_is_said_in_our_words(server: Server, shop: HttpShop) -> None:
    server.on("*", answer_json({"vistka": 1, "written": [], "refused": {"1": "too_long", "2": f"value {PHONE}"}}))
    result = shop.write([projection(1), projection(2), projection(3, "Пів літери \ud83d")])
    assert result.refused == {
        "TWC1": "too long for the column",
        "TWC2": "the database refused it",
        "TWC3": "the text holds half a character, which cannot be written",
    }


# --- what goes wrong: one clear line with the next step -----------------------------------------------------------


@pytest.mark.parametrize(
    ("behaviour", "kind", "told"),
    [
        (refusal("signature_wrong"), ShopMismatch, "the secret in SHOP_DATABASE_URL is not that of the shop"),
        (refusal("key_unknown"), ShopMismatch, "set the same one on both sides"),
        (refusal("unsigned"), ShopMismatch, "drops those that begin with X-Vistka"),
        (refusal("no_key", status=503), ShopMismatch, "no key is set on the shop's side"),
        (refusal("clock_wrong", now=NOW + 3600), ShopMismatch, "differs from ours by 60 min, ahead; have its host set"),
        (refusal("clock_wrong", now=NOW - 90_000), ShopMismatch, "by 25 h, behind"),
        (refusal("clock_wrong", now="soon"), ShopMismatch, "differs from ours; have its host"),
        (refusal("clock_wrong", now=1e400), ShopMismatch, "differs from ours; have its host"),
        (refusal("operation_unknown", status=404), ShopMismatch, "update the integration"),
        (refusal("shop_unavailable", status=503), ShopUnavailable, "it cannot answer now"),
        (refusal("never heard of"), ShopUnavailable, "it cannot answer now"),
        (html(500), ShopUnavailable, "it fails (HTTP 500, a page for people)"),
        (html(503), ShopUnavailable, "its error log says why"),
        (html(404), ShopMismatch, "there is no Vistka at this address"),
        (html(403), ShopMismatch, "a firewall or a password"),
        (html(429), ShopUnavailable, "slow down"),
        (html(200), ShopMismatch, "a page for people where Vistka should answer (HTTP 200): maintenance, a bot check?"),
        (answer(b"<br /><b>Warning</b>"), ShopMismatch, "a page for people where Vistka should answer"),
        (answer(b""), ShopUnavailable, "cannot be read"),
        (answer(b'{"vistka": 1, "orders": ['), ShopUnavailable, "cannot be read"),
        (answer(b"[" * 100_000), ShopUnavailable, "cannot be read"),
        (answer_json(["vistka"]), ShopUnavailable, "cannot be read"),
        (answer_json({"orders": [], "after": None}), ShopUnavailable, "cannot be read"),
        (answer_json({"vistka": 1, "orders": {}, "after": None}), ShopMismatch, "update the integration"),
        (answer_json({"vistka": 1, "orders": [], "after": 5}), ShopMismatch, "update the integration"),
        (answer_json(page(1), status=500), ShopUnavailable, "it fails (HTTP 500)"),
        (redirect("https://www.shop.example/vistka/orders"), ShopMismatch, "put the final one"),
        (large(5 * 1024 * 1024), ShopUnavailable, "an answer larger than"),
        (gzipped(b" " * 5 * 1024 * 1024), ShopUnavailable, "an answer larger than"),
        (hang_up, ShopUnavailable, "closed without an answer"),
    ],
)
def test_what_goes_wrong_is_one_clear_line(
    server: Server, shop: HttpShop, behaviour: Behaviour, kind: type[Exception], told: str
) -> None:
    """R7, R9: an outage is one, and neither address nor secret is told."""
    server.on("*", behaviour)
    with pytest.raises(kind) as caught:
        shop.open_orders(after=None, limit=5)
    text = str(caught.value)
    assert told in text
    assert "\n" not in text
    assert SECRET not in text
    assert server.url not in text


def test_a_redirect_is_not_followed(server: Server, shop: HttpShop) -> None:
    with Server() as other:
        server.on("*", redirect(f"{other.url}/vistka/orders", status=307))
        with pytest.raises(ShopMismatch):
            shop.write([projection()])
        assert other.requests == []


def test_an_answer_that_drips_ends_in_time(server: Server) -> None:
    shop = shop_at(server.url, seconds=0.3)
    server.on("*", trickle(json.dumps(page(1)).encode(), pause=0.05))
    with pytest.raises(ShopUnavailable, match="no whole answer within"):
        shop.open_orders(after=None, limit=1)
    shop.close()


def test_nobody_there_is_an_outage() -> None:
    with Server() as gone:
        url = gone.url
    with pytest.raises(ShopUnavailable, match="no connection"):
        shop_at(url).order("TWC1")


# --- check --------------------------------------------------------------------------------------------------------

CHECK = {
    "vistka": 1,
    "software": "vistka-test 1",
    "database": "MariaDB 10.11.6",
    "now": NOW,
    "length": 100,
    "writable": True,
    "problems": [],
}


def findings(server: Server, shop: HttpShop, **told: Any) -> dict[str, tuple[bool, str, str]]:
    def make(request: Request) -> Any:
        return page(1) if "orders" in request.path else CHECK | told

    server.on("*", answer_with(make))
    return {one.name: (one.ok, one.text, one.hint) for one in shop.check()}


def test_check_tells_what_the_shop_s_side_is(server: Server, shop: HttpShop) -> None:
    found = findings(server, shop)
    assert [name for name, (ok, _, _) in found.items() if ok] == [
        "shop server", "shop clock", "shop tables", "shop column", "shop writable", "shop orders", "shop chats",
    ]  # fmt: skip
    assert found["shop server"][1] == "vistka-test 1 answers; MariaDB 10.11.6"
    assert found["shop column"][1:] == ("shipment_status holds 100 characters", "")


@pytest.mark.parametrize(
    ("told", "name", "text", "hint"),
    [
        ({"now": NOW - 200}, "shop clock", "200 s behind ours", "NTP"),
        ({"now": None}, "shop clock", "does not tell", "update"),
        ({"length": 50}, "shop column", "holds 50 characters; texts are cut at 100", "?length=50"),
        ({"writable": False}, "shop writable", "may not write", "UPDATE"),
        ({"problems": ["TRACKING: no field 'ttn'"]}, "shop tables", "TRACKING: no field 'ttn'", "settings"),
    ],
)
def test_check_names_what_is_wrong_and_what_to_do(
    server: Server, shop: HttpShop, told: dict[str, Any], name: str, text: str, hint: str
) -> None:
    ok, said, advice = findings(server, shop, **told)[name]
    assert not ok
    assert text in said
    assert hint in advice


@pytest.mark.parametrize("length", [0, 255])
def test_check_says_how_a_longer_column_is_used(server: Server, shop: HttpShop, length: int) -> None:
    ok, _, hint = findings(server, shop, length=length)["shop column"]
    assert ok
    assert "?length=255" in hint


def test_a_shop_that_is_away_is_one_finding(server: Server, shop: HttpShop) -> None:
    server.on("*", html(502))
    (found,) = shop.check()
    assert (found.name, found.ok, bool(found.hint)) == ("shop server", False, True)


def test_terminal_codes_of_the_shop_s_side_reach_no_terminal(server: Server, shop: HttpShop) -> None:
    _, text, _ = findings(server, shop, software="evil\x1b[2J\nsecond line")["shop server"]
    assert "\x1b" not in text
    assert "\n" not in text


def test_what_is_asked_twice_is_signed_twice(server: Server, shop: HttpShop) -> None:
    seen: list[str] = []

    def behave(wire: Wire, request: Request) -> bool:
        seen.append(request.headers["x-vistka-signature"])
        return answer_json(page(1))(wire, request)

    server.on("*", behave)
    for _ in range(2):
        shop.open_orders(after=None, limit=1)
    assert len(set(seen)) == 2
