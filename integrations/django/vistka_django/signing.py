"""Says whether a request was signed by Vistka, as PROTOCOL.md has it; no Django in it."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from urllib.parse import quote

PROTOCOL = "vistka-1"
#: Seconds that a request's time may lie from ours, and for which nonces are kept, twice the window.
WINDOW = 300
KEPT = 2 * WINDOW
SHORTEST_SECRET = 32
#: What may be signed; other parameters of a request are not read by anybody.
PARAMETERS = ("after", "limit", "number")

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TIME = re.compile(r"[0-9]{1,12}")
_NONCE = re.compile(r"[0-9a-f]{32}")
_SIGNATURE = re.compile(r"[0-9a-f]{64}")


class Refused(Exception):
    """`code` is that of the protocol."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(text or code)
        self.code = code
        self.text = text


def check_envelope(headers: Mapping[str, str], *, keys: Mapping[str, str], now: int) -> None:
    """What can be refused before the body is read. Raises Refused."""
    if not keys:
        raise Refused("no_key")
    key_id, time, nonce, signature = (headers.get(name, "") for name in ("key", "time", "nonce", "signature"))
    if not (
        _ID.fullmatch(key_id) and _TIME.fullmatch(time) and _NONCE.fullmatch(nonce) and _SIGNATURE.fullmatch(signature)
    ):
        raise Refused("unsigned")
    if key_id not in keys:
        raise Refused("key_unknown")
    if abs(now - int(time)) > WINDOW:
        raise Refused("clock_wrong")


def check_signature(
    headers: Mapping[str, str],
    *,
    keys: Mapping[str, str],
    method: str,
    operation: str,
    parameters: Mapping[str, str],
    body: bytes,
) -> None:
    """`body` as it is before gzip; after `check_envelope`. Raises Refused."""
    text = "\n".join(
        (
            PROTOCOL,
            headers["key"],
            headers["time"],
            headers["nonce"],
            method,
            _target(operation, parameters),
            hashlib.sha256(body).hexdigest(),
        )
    )
    expected = hmac.new(keys[headers["key"]].encode(), text.encode("utf-8", "surrogatepass"), hashlib.sha256)
    if not hmac.compare_digest(expected.hexdigest(), headers["signature"]):
        raise Refused("signature_wrong")


def _target(operation: str, parameters: Mapping[str, str]) -> str:
    query = "&".join(
        f"{name}={quote(value, safe='', errors='surrogatepass')}" for name, value in sorted(parameters.items())
    )
    return f"{operation}?{query}" if query else operation
