"""What came to the pages' Function URL, read as far as anything is made of it; nothing of it is ever logged."""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs

#: Bytes. A hundred order numbers of a hundred characters, four bytes each, and the JSON around them.
LARGEST: Final = 64 * 1024
_RANGE: Final = re.compile(r"\s*([a-z]{1,8})(?:-[a-z0-9-]{1,16})?\s*(?:;\s*q\s*=\s*([01](?:\.[0-9]{1,3})?))?\s*", re.I)
#: Of any quality but 0.
_GZIP: Final = re.compile(r"\s*(gzip|\*)\s*(;\s*q\s*=\s*(1(\.0*)?|0\.0*[1-9][0-9]*))?\s*")


class BodyTooLarge(ValueError):
    pass


@dataclass(frozen=True, kw_only=True, slots=True)
class WebRequest:
    """Names of headers are in lower case. `path` is as it was sent, not decoded: what is encoded in it is not ours."""

    method: str
    path: str = field(repr=False)
    query: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: str = field(default="", repr=False)
    is_base64: bool = False

    @classmethod
    def of_event(cls, event: Mapping[str, Any]) -> "WebRequest":
        """Payload format 2.0 (docs.aws.amazon.com/lambda, "Lambda function URLs"); what is missing is empty."""
        context = event.get("requestContext")
        http = context.get("http") if isinstance(context, Mapping) else None
        headers = event.get("headers")
        return cls(
            method=_text(http.get("method") if isinstance(http, Mapping) else "").upper(),
            path=_text(event.get("rawPath")),
            query=_text(event.get("rawQueryString")),
            headers={
                str(name).lower(): value
                for name, value in (headers.items() if isinstance(headers, Mapping) else ())
                if isinstance(value, str)
            },
            body=_text(event.get("body")),
            is_base64=event.get("isBase64Encoded") is True,
        )

    def language(self, known: Iterable[str], *, usual: str) -> str:
        """`?lang=` if it is known, else the one that the browser likes best, else the usual one."""
        known = tuple(known)
        asked = self.wish("lang")
        if asked in known:
            return asked
        liked = [(quality, -place, code) for place, (code, quality) in enumerate(self._liked()) if code in known]
        best = max(liked, default=(0.0, 0, usual))
        return best[2] if best[0] else usual

    def wish(self, name: str, known: Iterable[str] = (), default: str = "") -> str:
        """What the query says of `name`, in lower case; the default for what is not known, where that is limited."""
        try:
            wished = parse_qs(self.query[:512], max_num_fields=16).get(name, [""])[0].lower()
        except ValueError:
            return default
        limited = tuple(known)
        return default if limited and wished not in limited else wished

    def _liked(self) -> Iterable[tuple[str, float]]:
        for part in self.headers.get("accept-language", "")[:512].split(","):
            if match := _RANGE.fullmatch(part):
                yield match[1].lower(), float(match[2] or 1)

    def takes_gzip(self) -> bool:
        codings = self.headers.get("accept-encoding", "")[:512].lower().split(",")
        return any(_GZIP.fullmatch(one) for one in codings)

    def has(self, etag: str) -> bool:
        """Whether the sender has this version already, by the weak comparison (RFC 9110, 13.1.2)."""
        known = (one.strip() for one in self.headers.get("if-none-match", "")[:2048].split(","))
        return any(one == "*" or one.removeprefix("W/") == etag.removeprefix("W/") for one in known)

    def json(self) -> Any:
        """Raises BodyTooLarge, ValueError."""
        if len(self.body) > LARGEST * 4 // 3 + 4:
            raise BodyTooLarge
        try:
            raw = base64.b64decode(self.body, validate=True) if self.is_base64 else self.body.encode()
        except (binascii.Error, UnicodeEncodeError):
            raise ValueError("not JSON") from None
        if len(raw) > LARGEST:
            raise BodyTooLarge
        try:
            return json.loads(raw)
        except RecursionError:
            raise ValueError("not JSON") from None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
