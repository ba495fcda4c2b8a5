"""Addresses of shops behind a server of their own, as people type them."""

import pytest

from vistka.adapters.shop_http_url import is_http, read_address
from vistka.domain.errors import ConfigurationError
from vistka.domain.rules import Event

SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"  # invented


def test_an_address_is_read_and_its_secret_stands_in_no_url() -> None:
    address = read_address(f" https://main:{SECRET}@shop.example/vistka/ \n", http_allowed=False)
    assert address.url("orders?limit=5") == "https://shop.example/vistka/orders?limit=5"
    assert (address.key.id, address.key.secret, address.length) == ("main", SECRET, 100)
    assert SECRET not in repr(address) + repr(address.key)


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("https://k:S@shop.example", "https://shop.example/orders?limit=5"),
        ("https://k:S@shop.example:8443/a/vistka.php", "https://shop.example:8443/a/vistka.php/orders?limit=5"),
        ("https://k:S@shop.example/vistka.php?path=", "https://shop.example/vistka.php?path=orders&limit=5"),
        ("https://k:S@shop.example/v?path=&length=255", "https://shop.example/v?path=orders&limit=5"),
        ("HTTPS://k:S@ShOp.Example/v", "https://shop.example/v/orders?limit=5"),
        ("https://k:S@[2001:db8::1]/v", "https://[2001:db8::1]/v/orders?limit=5"),
    ],
)
def test_the_operation_stands_behind_the_address_or_in_its_query(typed: str, asked: str) -> None:
    assert read_address(typed.replace(":S@", f":{SECRET}@"), http_allowed=False).url("orders?limit=5") == asked


def test_the_column_is_as_long_as_the_address_says() -> None:
    assert read_address(f"https://k:{SECRET}@shop.example/v?length=255", http_allowed=False).length == 255


def test_the_address_names_the_rules_that_the_shops_settings_have() -> None:
    address = read_address(f"https://k:{SECRET}@shop.example/v?rules=received,refused&length=255", http_allowed=False)
    assert (set(address.rules), address.length) == ({Event.RECEIVED, Event.REFUSED}, 255)
    assert read_address(f"https://k:{SECRET}@shop.example/v", http_allowed=False).rules == frozenset()


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("https://shop.example/vistka", "key or secret is missing"),
        ("https://main@shop.example/vistka", "key or secret is missing"),
        ("https://ma in:S@shop.example/vistka", "key or secret"),
        ("https://main:short@shop.example/vistka", "at least 32 characters"),
        ("https://main:a%20secret%20with%20blanks%20in%20it%20that%20is%20long@shop.example/vistka", "without blanks"),
        ("http://main:S@shop.example/vistka", "must begin with https://"),
        ("https://main:S@/vistka", "host or path"),
        ("https://main:S@shop.example:99999/v", "not an address"),
        ("https://main:S@shop.example/v#x", "host or path"),
        ("https://main:S@shop.example/a b", "host or path"),
        ("https://main:S@shop.example/v?length=0", "length must be"),
        ("https://main:S@shop.example/v?length=many", "length must be"),
        ("https://main:S@shop.example/v?lenght=255", "lenght is not known"),
        ("https://main:S@shop.example/v?path=x", "path is not known"),
        ("https://main:S@shop.example/v?rules=", "rules must be one or more of received, refused, returned"),
        (
            "https://main:S@shop.example/v?rules=received,done",
            "rules must be one or more of received, refused, returned",
        ),
        ("https://main:S@shop.example/v?x", "not an address"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_of_it_repeated(typed: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match="SHOP_DATABASE_URL") as caught:
        read_address(typed.replace(":S@", f":{SECRET}@"), http_allowed=True)
    assert told in str(caught.value)
    assert SECRET not in str(caught.value)


def test_plain_http_is_for_this_machine_in_a_local_deployment() -> None:
    typed = f"http://main:{SECRET}@127.0.0.1:8000/vistka"
    assert read_address(typed, http_allowed=True).url("check") == "http://127.0.0.1:8000/vistka/check"
    with pytest.raises(ConfigurationError, match="https"):
        read_address(typed, http_allowed=False)


@pytest.mark.parametrize(
    ("typed", "http"),
    [(" https://x", True), ("HTTP://x", True), ("mysql://http://", False), ("sqlite:////https", False), ("", False)],
)
def test_the_scheme_tells_a_server_from_a_database(typed: str, http: bool) -> None:  # noqa: FBT001
    assert is_http(typed) is http
