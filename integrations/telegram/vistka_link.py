"""Links by which a buyer's chat finds its order, `print(link("shop_bot", "1042", key_number=1, key=KEY))`, and links to
an order's page, `print(page("https://….lambda-url.eu-central-1.on.aws", "1042", key_number=1, key=KEY))`."""

import base64
import hashlib
import hmac
import secrets
import time

LINK, PAGE = 0x01, 0x02


def token(
    order_id: str, *, key_number: int, key: str, expires_at: int, nonce: bytes | None = None, purpose: int = LINK
) -> str:
    """`order_id` is the row's id as text; `key` the base64 text behind the number in LINK_KEYS; `expires_at` seconds
    since 1970. Raises ValueError for an id that does not fit."""
    text = order_id.encode()
    if not 0 < len(text) <= 17:
        raise ValueError("the order's id must have 1 to 17 bytes")
    head = bytes((0xBD, key_number, purpose)) + text
    head += expires_at.to_bytes(4, "big") + (nonce or secrets.token_bytes(8))
    mac = hmac.new(base64.b64decode(key), head, hashlib.sha256).digest()[:16]
    return base64.urlsafe_b64encode(head + mac).decode().rstrip("=")


def link(bot: str, order_id: str, *, key_number: int, key: str, days: int = 30) -> str:
    expires_at = int(time.time()) + days * 86400
    return f"https://t.me/{bot}?start={token(order_id, key_number=key_number, key=key, expires_at=expires_at)}"


def page(address: str, order_id: str, *, key_number: int, key: str, days: int = 90) -> str:
    """`address` is the stack's output WebUrl."""
    expires_at = int(time.time()) + days * 86400
    made = token(order_id, key_number=key_number, key=key, expires_at=expires_at, purpose=PAGE)
    return f"{address.rstrip('/')}/o/{made}"
