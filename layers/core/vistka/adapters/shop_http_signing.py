"""Signs a request to a shop's own server, as integrations/PROTOCOL.md says."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

#: The first line of what is signed: another version of the protocol signs something else.
PROTOCOL: Final = "vistka-1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """Both sides know it; `id` says which of the shop's keys, since two may be valid at once."""

    id: str
    secret: str = field(repr=False)


def target(operation: str, parameters: Mapping[str, str]) -> str:
    """Operation and parameters as they are signed: sorted, and encoded as RFC 3986 says.

    What stands before the operation in the address is not signed: servers and proxies rewrite it.
    """
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in sorted(parameters.items()))
    return f"{operation}?{query}" if query else operation


def text_to_sign(*, key_id: str, time: int, nonce: str, method: str, signed_target: str, body: bytes) -> str:
    """`time` in seconds since 1970; `body` as it is before gzip."""
    return "\n".join((PROTOCOL, key_id, str(time), nonce, method, signed_target, hashlib.sha256(body).hexdigest()))


def signed_headers(*, key: Key, time: int, nonce: str, method: str, signed_target: str, body: bytes) -> dict[str, str]:
    """Headers of our own, not `Authorization`, which PHP under CGI and FPM never gets to see."""
    text = text_to_sign(
        key_id=key.id, time=time, nonce=nonce, method=method, signed_target=signed_target, body=body
    ).encode()
    return {
        "X-Vistka-Key": key.id,
        "X-Vistka-Time": str(time),
        "X-Vistka-Nonce": nonce,
        "X-Vistka-Signature": hmac.new(key.secret.encode(), text, hashlib.sha256).hexdigest(),
    }
