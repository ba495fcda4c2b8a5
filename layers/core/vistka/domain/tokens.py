"""Signed tokens: `link` binds a buyer's chat to an order, `page` opens an order's page; neither passes for the other.

A token is unpadded base64url of: version (1 byte), key's number (1), purpose and form of the order's id (1), the id,
expiry (4, seconds since 1970), random bytes (8), HMAC-SHA256 of all that, cut to 16. It begins with `vQ`, and fits the
64 characters of A–Z a–z 0–9 _ - that Telegram takes as a bot's start parameter (core.telegram.org/bots/features).
"""

import base64
import binascii
import hashlib
import hmac
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from typing import Final, Self

from vistka.domain.errors import ConfigurationError, TokenRefused

#: Telegram's own limit for `/start`.
LONGEST: Final = 64
NONCE_BYTES: Final = 8
KEY_BYTES: Final = 32
#: So that every token begins with `vQ`, the keys' numbers end here; one that is long out of use may come again.
LARGEST_KEY_NUMBER: Final = 15

_VERSION: Final = 0xBD  # the first six bits make the letter v
_MAC_BYTES: Final = 16
_BESIDE_ID: Final = 3 + 4 + NONCE_BYTES + _MAC_BYTES
LONGEST_ID_BYTES: Final = LONGEST * 3 // 4 - _BESIDE_ID
_FORM: Final = re.compile(r"[A-Za-z0-9_-]{43,64}")
_KEY: Final = re.compile(r"\s*([0-9]{1,2}):([A-Za-z0-9+/_-]+={0,2})\s*")


class Purpose(IntEnum):
    LINK = 1
    PAGE = 2


class _IdForm(IntEnum):
    TEXT = 0x00  # UTF-8
    NUMBER = 0x10  # an unsigned whole number, the highest byte first
    UUID = 0x20  # its 16 bytes


@dataclass(frozen=True, slots=True)
class KeyRing:
    """All `keys` read, the one with number `signing` signs: so a new key comes into use while links of the old work."""

    keys: Mapping[int, bytes] = field(repr=False)
    signing: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `1:<base64>,2:<base64>`; the last one signs. Raises ConfigurationError, which holds no part of a key."""
        keys: dict[int, bytes] = {}
        number = 0
        for place, part in enumerate(text.split(","), start=1):
            match = _KEY.fullmatch(part)
            if match is None:
                raise ConfigurationError(f"LINK_KEYS: key {place} is not of the form <number>:<base64>")
            number = int(match[1])
            if not 1 <= number <= LARGEST_KEY_NUMBER or number in keys:
                raise ConfigurationError(
                    f"LINK_KEYS: key {place} needs a number of its own, from 1 to {LARGEST_KEY_NUMBER}"
                )
            key = _decoded(match[2].rstrip("=").replace("+", "-").replace("/", "_"))
            if key is None or len(key) < KEY_BYTES:
                raise ConfigurationError(f"LINK_KEYS: key {number} must be base64 of at least {KEY_BYTES} random bytes")
            keys[number] = key
        return cls(keys=keys, signing=number)


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """`fingerprint` stands for the token where it is remembered; the token cannot be made from it."""

    order_key: str
    expires_at: datetime
    fingerprint: str


def mint(purpose: Purpose, order_key: str, *, expires_at: datetime, nonce: bytes, keys: KeyRing) -> str:
    """`order_key` is the row's id as text, `nonce` 8 random bytes, `expires_at` aware and cut to the second.

    Raises ConfigurationError for an id that does not fit.
    """
    if len(nonce) != NONCE_BYTES:
        raise ValueError(f"a token takes {NONCE_BYTES} random bytes")
    form, order_id = _packed(order_key)
    head = bytes((_VERSION, keys.signing, purpose | form)) + order_id
    head += int(expires_at.timestamp()).to_bytes(4) + nonce
    return _encoded(head + _mac(keys.keys[keys.signing], head))


def read(token: str, purpose: Purpose, *, keys: KeyRing, now: datetime) -> Token:
    """Raises TokenRefused, which sounds alike whatever is wrong; only what has merely expired says so."""
    raw = _decoded(token) if _FORM.fullmatch(token) else None
    if raw is None or raw[0] != _VERSION:
        raise TokenRefused(reason="malformed")
    head, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    # The same work for a number that no key has.
    genuine = hmac.compare_digest(mac, _mac(keys.keys.get(raw[1], b""), head)) and raw[1] in keys.keys
    order_key = _unpacked(raw[2] & 0xF0, head[3 : -4 - NONCE_BYTES]) if genuine else None
    if order_key is None:
        raise TokenRefused(reason="forged")
    if raw[2] & 0x0F != purpose:
        raise TokenRefused(reason="other_purpose")
    expires_at = datetime.fromtimestamp(int.from_bytes(head[-4 - NONCE_BYTES : -NONCE_BYTES]), UTC)
    if now >= expires_at:
        raise TokenRefused(reason="expired")
    return Token(order_key=order_key, expires_at=expires_at, fingerprint=hashlib.sha256(raw).hexdigest()[:32])


def _mac(key: bytes, head: bytes) -> bytes:
    return hmac.digest(key, head, "sha256")[:_MAC_BYTES]


def _packed(order_key: str) -> tuple[_IdForm, bytes]:
    """As text where it fits; longer whole numbers and UUIDs by their value."""
    text = order_key.encode()
    if 0 < len(text) <= LONGEST_ID_BYTES:
        return _IdForm.TEXT, text
    if re.fullmatch(r"[1-9][0-9]{0,40}", order_key):
        number = int(order_key)
        packed = number.to_bytes((number.bit_length() + 7) // 8)
        if len(packed) <= LONGEST_ID_BYTES:
            return _IdForm.NUMBER, packed
    if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", order_key):
        return _IdForm.UUID, uuid.UUID(order_key).bytes
    raise ConfigurationError(
        f"the order's id {order_key[:40]!r} does not fit into a link: it may have 1 to {LONGEST_ID_BYTES} bytes, or be "
        "a longer whole number, or a UUID in lower case"
    )


def _unpacked(form: int, packed: bytes) -> str | None:
    match form:
        case _IdForm.NUMBER if packed:
            return str(int.from_bytes(packed))
        case _IdForm.UUID if len(packed) == 16:
            return str(uuid.UUID(bytes=packed))
        case _IdForm.TEXT if packed:
            try:
                return packed.decode()
            except UnicodeDecodeError:
                return None
    return None


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decoded(text: str) -> bytes | None:
    """Strictly: one text for the same bytes and no other."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if _encoded(data) == text else None
