"""Vistka signs as the vectors say, which the shop's side is tested with as well."""

from typing import Any

import pytest

from tests.vectors import KEYS, REQUESTS
from vistka.adapters.shop_http_signing import Key, signed_headers, target, text_to_sign


@pytest.mark.parametrize("vector", REQUESTS, ids=lambda vector: vector["name"])
def test_a_request_is_signed_as_its_vector(vector: dict[str, Any]) -> None:
    signed_target = target(vector["operation"], vector["parameters"])
    body = vector["body"].encode()
    assert vector["text_to_sign"] == text_to_sign(
        key_id=vector["key"],
        time=vector["time"],
        nonce=vector["nonce"],
        method=vector["method"],
        signed_target=signed_target,
        body=body,
    )
    assert signed_headers(
        key=Key(id=vector["key"], secret=KEYS[vector["key"]]),
        time=vector["time"],
        nonce=vector["nonce"],
        method=vector["method"],
        signed_target=signed_target,
        body=body,
    ) == {
        "X-Vistka-Key": vector["key"],
        "X-Vistka-Time": str(vector["time"]),
        "X-Vistka-Nonce": vector["nonce"],
        "X-Vistka-Signature": vector["signature"],
    }
