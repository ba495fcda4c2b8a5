"""The Django app takes and refuses requests as the vectors say."""

from typing import Any

import pytest

from tests.vectors import KEYS, attempts
from vistka_django.signing import Refused, check_envelope, check_signature


def verdict(request: dict[str, Any], now: int, keys: dict[str, str]) -> str | None:
    headers = {name: str(request[name]) for name in ("key", "time", "nonce", "signature")}
    try:
        check_envelope(headers, keys=keys, now=now)
        check_signature(
            headers,
            keys=keys,
            method=request["method"],
            operation=request["operation"],
            parameters=request["parameters"],
            body=request["body"].encode(),
        )
    except Refused as refused:
        return refused.code
    return None


@pytest.mark.parametrize(("name", "request_", "now", "code"), attempts(), ids=lambda value: str(value)[:40])
def test_a_request_is_taken_or_refused_as_its_vector(
    name: str, request_: dict[str, Any], now: int, code: str | None
) -> None:
    assert verdict(request_, now, KEYS) == code


def test_without_a_key_nobody_is_let_in() -> None:
    _, request, now, _ = attempts()[0]
    assert verdict(request, now, {}) == "no_key"


def test_a_signature_is_not_asked_for_in_letters_that_are_none() -> None:
    _, request, now, _ = attempts()[0]
    assert verdict(request | {"parameters": {"number": "\ud83d"}}, now, KEYS) == "signature_wrong"
    assert verdict(request | {"time": "١٢٣"}, now, KEYS) == "unsigned"
