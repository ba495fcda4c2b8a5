"""A keyed hash for names that must not be read back: queue groups and items of recipients and keys (R9)."""

import hmac

from vistka.domain.errors import ConfigurationError


class KeyedHash:
    """HMAC-SHA256 under the deployment's own key, cut to 32 hexadecimal digits."""

    def __init__(self, key: str) -> None:
        if not key:
            raise ConfigurationError("HASH_KEY is not set; the template sets it, so deploy again, or set any text")
        self._key = key.encode()

    def __call__(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), "sha256").hexdigest()[:32]
