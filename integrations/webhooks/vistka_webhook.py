"""Whether a call is Vistka's own: `change = read_call(request.body, request.headers["X-Vistka-Signature"], SECRET)`."""

import hashlib
import hmac
import json
import re
import time
from typing import Any


class NotVistka(Exception):
    """Answer 403."""


def read_call(
    body: bytes, signature: str, secret: str, *, now: float | None = None, within: int = 300
) -> dict[str, Any]:
    """The change that the call tells of. `within` seconds of now, or somebody repeats an old call. Raises NotVistka,
    and ValueError for a secret that is none."""
    if len(secret) < 32:
        raise ValueError("the secret of Vistka's calls has at least 32 characters")
    parts = [part.partition("=")[::2] for part in signature.split(",")]
    at = next((value for name, value in parts if name == "t" and re.fullmatch(r"[0-9]{1,12}", value)), "")
    if not at or abs((time.time() if now is None else now) - int(at)) > within:
        raise NotVistka("no time, or too old")
    expected = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    if not any(name == "v1" and hmac.compare_digest(value.encode(), expected.encode()) for name, value in parts):
        raise NotVistka("not signed with this secret")
    change: dict[str, Any] = json.loads(body)
    return change
