"""What leaves by the pages' Function URL: private, not to be indexed, and closed to whatever is not ours."""

import base64
import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

#: Bytes below which packing gains nothing.
_WORTH_PACKING: Final = 1024
_EVERYWHERE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex, nofollow",
        "X-Content-Type-Options": "nosniff",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Strict-Transport-Security": "max-age=31536000",
    }
)
#: For what is no page: nothing in it may do anything.
_NOTHING: Final = "default-src 'none'; frame-ancestors 'none'"

HTML: Final = "text/html; charset=utf-8"
JSON: Final = "application/json"
#: RFC 9457
PROBLEM: Final = "application/problem+json"
SVG: Final = "image/svg+xml"
TEXT: Final = "text/plain; charset=utf-8"


@dataclass(frozen=True, kw_only=True, slots=True)
class WebResponse:
    """`csp` is the content security policy; `seconds` how long its one reader may keep it without asking again."""

    status: int
    body: str = field(default="", repr=False)
    kind: str = TEXT
    csp: str = _NOTHING
    language: str = ""
    seconds: int = 0
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def etag(self) -> str:
        """A weak one: packed or not, it is the same version."""
        return f'W/"{hashlib.sha256(self.body.encode()).hexdigest()[:32]}"'

    def to_dict(self, *, gzipped: bool, bodiless: bool) -> dict[str, Any]:
        """As the Function URL takes it. `bodiless`: HEAD was asked, the headers are those of GET."""
        headers = {
            **_EVERYWHERE,
            "Content-Type": self.kind,
            "Content-Security-Policy": self.csp,
            "Cache-Control": f"private, max-age={self.seconds}" if self.seconds else "private, no-cache",
            **({"Content-Language": self.language} if self.language else {}),
            "Vary": "Accept-Encoding, Accept-Language",
            **self.headers,
        }
        answer: dict[str, Any] = {"statusCode": self.status, "headers": headers}
        raw = self.body.encode()
        if gzipped and len(raw) >= _WORTH_PACKING:
            headers["Content-Encoding"] = "gzip"
            packed = base64.b64encode(gzip.compress(raw, compresslevel=6, mtime=0)).decode()
            return answer | {"body": "" if bodiless else packed, "isBase64Encoded": not bodiless}
        return answer | {"body": "" if bodiless else self.body}


def as_json(data: Any, *, status: int = 200, kind: str = JSON, **more: Any) -> WebResponse:
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return WebResponse(status=status, body=body, kind=kind, **more)


def problem(
    status: int, code: str, title: str, detail: str = "", headers: Mapping[str, str] | None = None
) -> WebResponse:
    """RFC 9457. `code` is for programs, `title` the same for everybody, `detail` what to do."""
    data = {"type": f"urn:vistka:problem:{code}", "title": title, "status": status}
    if detail:
        data["detail"] = detail
    return as_json(data, status=status, kind=PROBLEM, headers=headers or {})
