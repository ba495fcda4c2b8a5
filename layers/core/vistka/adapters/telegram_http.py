"""One request to Telegram's Bot API over requests, and the truth about whether it was sent."""

import io
import json
import logging
import queue
import re
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema

from vistka.adapters.telegram_answers import Answer, read_answer
from vistka.domain.errors import (
    ConfigurationError,
    CredentialRefused,
    TelegramUnavailable,
    TelegramUnknown,
    VistkaError,
)

_TOKEN_FORM: Final = re.compile(r"[A-Za-z0-9:_-]+")
_MOST_BYTES: Final = 256 * 1024

type _Outcome = queue.SimpleQueue[Answer | Exception]


def one_try() -> BaseAdapter:
    """The adapter of each request: the library itself sends nothing a second time."""
    return HTTPAdapter(max_retries=0)


class BotRequests:
    """Every request has its own connection: one kept alive through a frozen Lambda environment dies unseen, and a
    message written into it would be one of which nobody knows whether it was sent. No redirect is followed.
    """

    def __init__(
        self,
        *,
        token: Callable[[], str],
        url: str,
        connect_timeout: timedelta,
        read_timeout: timedelta,
        total: timedelta,
        adapter: Callable[[], BaseAdapter] = one_try,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._token = token
        self._url = url.rstrip("/")
        self._timeouts = (connect_timeout.total_seconds(), read_timeout.total_seconds())
        self._total = total.total_seconds()
        self._adapter = adapter
        self._monotonic = monotonic
        # urllib3 logs the paths it asks for, and ours holds the token.
        for name in ("urllib3.connection", "urllib3.connectionpool"):
            logging.getLogger(name).addFilter(_names_no_bot)

    def deadline(self, longest: timedelta | None = None) -> float:
        """When several requests that begin now must be over; `longest` in place of the usual total."""
        return self._monotonic() + (self._total if longest is None else longest.total_seconds())

    def post(self, method: str, payload: Mapping[str, Any], *, deadline: float) -> Answer:
        """Call one method of the Bot API.

        Raises TelegramUnavailable when nothing of the payload has left, TelegramUnknown when some has and no answer
        came by `deadline`, CredentialRefused for what cannot be a token, ConfigurationError for an unusable address.
        """
        token = self._token().strip()
        if not _TOKEN_FORM.fullmatch(token):
            raise CredentialRefused("the bot token is empty, or holds characters that no token has")
        left = deadline - self._monotonic()
        if left <= 0:
            raise TelegramUnavailable("there was no time left to send it in another form")
        body = _Body(json.dumps(payload).encode())
        outcome: _Outcome = queue.SimpleQueue()
        request = (f"{self._url}/bot{token}/{method}", body, left, outcome)
        # In a thread, since neither a name lookup nor an answer that drips has a timeout of its own.
        threading.Thread(target=self._exchange, args=request, name="telegram", daemon=True).start()
        try:
            result = outcome.get(timeout=left)
        except queue.Empty:
            result = TimeoutError()
        if isinstance(result, Answer):
            return result
        # Raised here, with no `except` around it, so that no text with the URL stays attached to the error.
        raise _error_without_answer(result, begun=body.stop())

    def _exchange(self, url: str, body: "_Body", left: float, outcome: _Outcome) -> None:
        connect, read = self._timeouts
        headers = {
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
            "Connection": "close",
            "User-Agent": "vistka",
        }
        timeout = (min(connect, left), min(read, left))
        try:
            with _Session() as session:
                session.trust_env = False  # no .netrc, no proxy that the environment happens to name
                session.mount("https://", self._adapter())
                session.mount("http://", self._adapter())
                with session.post(
                    url, data=body, headers=headers, timeout=timeout, allow_redirects=False, stream=True
                ) as response:
                    retry_after = response.headers.get("Retry-After")
                    outcome.put(read_answer(response.status_code, _content(response, body), retry_after=retry_after))
        except Exception as error:  # noqa: BLE001 - whatever it is, its text may hold the URL: only its class goes on
            outcome.put(error)


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002
        # With allow_redirects=False alone, requests still reads a redirect's whole body to say where it would lead.
        return None


class _Body(io.BytesIO):
    """The request's body, which knows whether any of it was taken to be sent, and can be withdrawn before.

    It is taken only after name lookup, connection, TLS handshake and headers: a body not begun is a message certainly
    not sent, whatever class of error the library found for the failure.
    """

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._lock = threading.Lock()
        self._begun = False
        self.stopped = False

    def read(self, size: int | None = -1, /) -> bytes:
        with self._lock:
            if self.stopped:
                raise OSError("withdrawn")
            self._begun = True
        return super().read(size)

    def stop(self) -> bool:
        """Let nothing more be taken; whether anything was."""
        with self._lock:
            self.stopped = True
            return self._begun


def _content(response: requests.Response, body: _Body) -> bytes | None:
    """The answer's body; None when it ends early, is too long, is packed in rubbish, or nobody waits any more."""
    content = b""
    try:
        for chunk in response.iter_content(16 * 1024):
            content += chunk
            if len(content) > _MOST_BYTES or body.stopped:
                return None
    except Exception:  # noqa: BLE001 - the status is known by now, and an unreadable answer is one of the cases
        return None
    return content


def _error_without_answer(error: Exception, *, begun: bool) -> VistkaError:
    name = type(error).__name__  # never its text: that holds the URL, and so the token
    if isinstance(error, InvalidURL | InvalidSchema | MissingSchema):
        return ConfigurationError(f"TELEGRAM_API_URL is not an address that can be asked ({name})")
    if begun:
        return TelegramUnknown(f"no answer from Telegram after the message had left ({name})")
    return TelegramUnavailable(f"Telegram cannot be reached ({name})")


def _names_no_bot(record: logging.LogRecord) -> bool:
    return "/bot" not in record.getMessage()
