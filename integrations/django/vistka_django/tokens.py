"""Tokens of the page that shows an order, made by the shop itself with one of Vistka's link keys."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re

#: Bytes of an order's id that a token has room for.
LONGEST_ID = 17
NONCE_BYTES = 8

_VERSION = 0xBD
_PAGE = 0x02
_KEY = re.compile(r"\s*([0-9]{1,2}):([A-Za-z0-9+/_-]+={0,2})\s*")


def page_token(order_id: str, *, key: tuple[int, bytes], expires_at: int, nonce: bytes) -> str:
    """`key` is a number and its bytes, `expires_at` seconds since 1970, `nonce` 8 random bytes. Raises ValueError for
    an id that does not fit."""
    packed = order_id.encode()
    if not 0 < len(packed) <= LONGEST_ID or len(nonce) != NONCE_BYTES:
        raise ValueError(f"the order's id must have 1 to {LONGEST_ID} bytes")
    number, secret = key
    head = bytes((_VERSION, number, _PAGE)) + packed + expires_at.to_bytes(4, "big") + nonce
    mac = hmac.new(secret, head, hashlib.sha256).digest()[:16]
    return base64.urlsafe_b64encode(head + mac).decode().rstrip("=")


def read_key(text: str) -> tuple[int, bytes] | None:
    """The last one of LINK_KEYS, which signs; None for what is no such key."""
    match = _KEY.fullmatch(text.rpartition(",")[2])
    if match is None:
        return None
    try:
        return int(match[1]), base64.b64decode(match[2].rstrip("=").replace("-", "+").replace("_", "/") + "==")
    except binascii.Error:
        return None
