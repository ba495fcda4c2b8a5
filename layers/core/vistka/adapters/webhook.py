"""Calls of the shop's own program, signed so that it knows who calls, and when."""

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from vistka.adapters.bounded_http import BoundedHttp, Failure
from vistka.domain.errors import ConfigurationError, WebhookUnavailable

ID_HEADER: Final = "X-Vistka-Id"
SIGNATURE_HEADER: Final = "X-Vistka-Signature"

_SHORTEST_SECRET: Final = 32
_CONNECT_SECONDS: Final = 3.0


class SignedWebhook:
    """`vistka.ports.Webhook`. No redirect is followed. `secret` holds one secret, or two while one takes the other's
    place (comma): the call is signed with each."""

    def __init__(self, url: str, *, secret: Callable[[], str], total: timedelta) -> None:
        self._url = url
        self._secret = secret
        self._total = total.total_seconds()
        # Of the answer only the status counts: a program that said yes has the change, whatever it says besides.
        self._http = BoundedHttp(connect_seconds=_CONNECT_SECONDS, read_seconds=self._total, longest_body=0)

    def call(self, body: bytes, *, call_id: str, at: datetime) -> int:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "vistka",
            ID_HEADER: call_id,
            SIGNATURE_HEADER: signature(body, at=at, secrets=secrets_of(self._secret())),
        }
        answer = self._http.send("POST", self._url, body=body, headers=headers, within=self._total)
        if isinstance(answer, Failure):
            raise WebhookUnavailable(answer.text)
        return answer.status

    def close(self) -> None:
        self._http.close()


def secrets_of(text: str) -> tuple[str, ...]:
    """Raises ConfigurationError, which holds no part of a secret."""
    secrets = tuple(part.strip() for part in text.split(",") if part.strip())
    if not 1 <= len(secrets) <= 2 or any(len(secret) < _SHORTEST_SECRET for secret in secrets):
        raise ConfigurationError(
            f"WEBHOOK_SECRET must be one secret of at least {_SHORTEST_SECRET} characters, or two with a comma between"
        )
    return secrets


def signature(body: bytes, *, at: datetime, secrets: tuple[str, ...]) -> str:
    """`t=<seconds since 1970>,v1=<hex>[,v1=<hex>]`: HMAC-SHA256 of the seconds, a dot and the body."""
    seconds = str(int(at.timestamp()))
    signed = f"{seconds}.".encode() + body
    macs = (hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets)
    return ",".join((f"t={seconds}", *(f"v1={mac}" for mac in macs)))
