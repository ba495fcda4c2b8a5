"""Reads the address of a shop that is reached over HTTP: https://KEY:SECRET@shop.example/vistka."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from vistka.adapters.shop_http_signing import Key
from vistka.domain.errors import ConfigurationError
from vistka.domain.rules import Event
from vistka.settings import is_loopback

#: What the original shop's column holds, and nearly every sentence of the carrier's fits into.
USUAL_LENGTH: Final = 100
SHORTEST_SECRET: Final = 32

_SETTING: Final = "SHOP_DATABASE_URL"
_FORM: Final = "https://KEY:SECRET@shop.example/vistka"
_KEY_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SECRET: Final = re.compile(r"[!-~]+")
_HOST: Final = re.compile(r"[A-Za-z0-9_.:-]+")
_PATH: Final = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@%/-]*")


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Address:
    """`base` has neither key nor secret in it. `in_query`: the operation stands in the parameter `path`, for servers
    that do not take anything behind the name of a PHP file. `length`: characters of the shop's column. `rules`: the
    events for which the shop's own settings have a rule."""

    base: str
    key: Key
    length: int = USUAL_LENGTH
    length_given: bool = False
    in_query: bool = False
    rules: frozenset[Event] = frozenset()

    def url(self, signed_target: str) -> str:
        if not self.in_query:
            return f"{self.base}/{signed_target}"
        return f"{self.base}?path={signed_target.replace('?', '&', 1)}"


def is_http(text: str) -> bool:
    return text.strip().lower().startswith(("https://", "http://"))


def read_address(text: str, *, http_allowed: bool) -> Address:
    """Read https://KEY:SECRET@host/path, with `?length=255` where the column takes other than 100 characters,
    `?rules=received,refused` where the shop's settings have order rules, and `?path=` where the operation must stand in
    the query.

    http:// is for a loopback address, where `http_allowed`. Raises ConfigurationError, whose text repeats nothing of
    the address but the name of an option.
    """
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname or "", parts.port
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError:
        raise ConfigurationError(f"{_SETTING}: not an address; expected {_FORM}") from None
    if not _HOST.fullmatch(host) or not _PATH.fullmatch(parts.path) or parts.fragment:
        raise ConfigurationError(f"{_SETTING}: host or path cannot be read; expected {_FORM}")
    if parts.scheme.lower() == "http" and not (http_allowed and is_loopback(text.strip())):
        raise ConfigurationError(
            f"{_SETTING}: must begin with https://; http:// is for this machine alone, in a local deployment"
        )
    where = f"[{host}]" if ":" in host else host
    return Address(
        base=f"{parts.scheme.lower()}://{where}{f':{port}' if port else ''}{parts.path.rstrip('/')}",
        key=_key(unquote(parts.username or ""), unquote(parts.password or "")),
        length=_length(options),
        length_given="length" in options,
        in_query="path" in options,
        rules=_rules(options),
    )


def _key(key_id: str, secret: str) -> Key:
    if not _KEY_ID.fullmatch(key_id) or not secret:
        raise ConfigurationError(f"{_SETTING}: key or secret is missing, or cannot be read; expected {_FORM}")
    if len(secret) < SHORTEST_SECRET or not _SECRET.fullmatch(secret):
        raise ConfigurationError(
            f"{_SETTING}: the secret must have at least {SHORTEST_SECRET} characters, without blanks; "
            "the shop's side makes one (integrations/README.md)"
        )
    return Key(id=key_id, secret=secret)


def _length(options: dict[str, str]) -> int:
    for name, value in options.items():
        if name not in {"length", "path", "rules"} or (name == "path" and value):
            shown = name if re.fullmatch(r"[A-Za-z_-]{1,32}", name) else "an option"
            raise ConfigurationError(f"{_SETTING}: {shown} is not known; there are ?length=255, ?rules= and ?path=")
    length = options.get("length", str(USUAL_LENGTH))
    if not re.fullmatch(r"[1-9][0-9]{0,4}", length) or int(length) > 65_535:
        raise ConfigurationError(f"{_SETTING}: length must be a number of characters, from 1 to 65535")
    return int(length)


def _rules(options: dict[str, str]) -> frozenset[Event]:
    named = [name for name in options.get("rules", "").split(",") if name]
    if "rules" in options and (not named or not set(named) <= set(Event)):
        raise ConfigurationError(f"{_SETTING}: rules must be one or more of {', '.join(Event)}, with commas")
    return frozenset(map(Event, named))
