"""One HTTP request that takes no longer, reads no more and goes nowhere else than it was told to (requests)."""

import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.response import HTTPResponse

_CHUNK = 64 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """A whole answer, of any status; the body without its transfer and gzip encoding."""

    status: int
    body: bytes
    content_type: str = ""
    retry_after: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """No whole answer. `text` is ours: nothing of the address, the request or the answer is in it.

    `broken`: it failed at once, not by waiting; another try on a new connection costs little time.
    """

    text: str
    may_pass: bool = True
    broken: bool = False


class DirectSession(requests.Session):
    """A session that follows no redirect, keeps no cookie, and asks neither proxies nor .netrc of the environment."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.headers["Accept-Encoding"] = "gzip"
        self.mount("http://", _WatchedAdapter(max_retries=0))
        self.mount("https://", _WatchedAdapter(max_retries=0))

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002
        # With allow_redirects=False alone, requests still reads the whole body of a redirect to find the next one.
        return None


class BoundedHttp:
    """Keeps one session, and with it the connection that served well; one that failed is not used again.

    `longest_body` is in bytes; with 0 only the status is waited for, and nothing that follows it makes a failure.
    """

    def __init__(
        self,
        *,
        connect_seconds: float,
        read_seconds: float,
        longest_body: int,
        session: Callable[[], requests.Session] = DirectSession,
    ) -> None:
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        self._longest_body = longest_body
        self._new_session = session
        self._session: requests.Session | None = None

    def post(self, url: str, body: bytes, *, within: float) -> Reply | Failure:
        """`send` of JSON."""
        return self.send("POST", url, body=body, headers={"Content-Type": "application/json"}, within=within)

    def send(
        self, method: str, url: str, *, body: bytes = b"", headers: Mapping[str, str], within: float
    ) -> Reply | Failure:
        """Send the request and read the whole answer in `within` seconds, however slowly it drips.

        Never raises for what the network or the server does; no exception of the libraries below is left to be
        chained to another, so that no address ends in a traceback.
        """
        if within <= 0:
            return Failure(text="no time left to ask")
        watchdog = _Watchdog(within)
        token = _WATCHDOG.set(watchdog)
        try:
            result = self._exchange(method, url, body, headers, within)
        except (requests.RequestException, HTTPError, HTTPException, OSError, ValueError) as error:
            result = _failure_of(error)
        finally:
            _WATCHDOG.reset(token)
            watchdog.stop()
        if watchdog.expired:
            # Shutting the socket may look like the regular end of an answer.
            return Failure(text=f"no whole answer within {within:.1f} s")
        return result

    def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def _exchange(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str], within: float
    ) -> Reply | Failure:
        if self._session is None:
            self._session = self._new_session()
        with self._session.request(
            method,
            url,
            data=body or None,
            headers=headers,
            timeout=(min(self._connect_seconds, within), min(self._read_seconds, within)),
            allow_redirects=False,
            stream=True,
        ) as response:
            if not self._longest_body:
                return Reply(status=response.status_code, body=b"")
            content = bytearray()
            for chunk in response.iter_content(_CHUNK):
                content += chunk
                if len(content) > self._longest_body:
                    return Failure(text=f"an answer larger than {self._longest_body} bytes", may_pass=False)
            return Reply(
                status=response.status_code,
                body=bytes(content),
                content_type=response.headers.get("Content-Type", ""),
                retry_after=response.headers.get("Retry-After", ""),
            )


def _failure_of(error: Exception) -> Failure:
    unusable = (requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL)
    if isinstance(error, unusable):
        return Failure(text="the address cannot be used", may_pass=False)
    if isinstance(error, requests.exceptions.SSLError):
        return Failure(text="no secure connection (TLS)")
    if isinstance(error, requests.Timeout) or any(isinstance(arg, ReadTimeoutError) for arg in error.args):
        return Failure(text="no answer in time")
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return Failure(text="an answer that cannot be unpacked")
    if isinstance(error, requests.ConnectionError):
        return Failure(text="no connection, or it was closed without an answer", broken=True)
    return Failure(text="an answer that broke off", broken=True)


class _Watchdog:
    """Shuts the socket of a request when its time is up.

    A read timeout bounds each wait for bytes, not their sum: a server that sends one byte every nine seconds would
    hold us for hours, in the headers as well as in the body.
    """

    def __init__(self, seconds: float) -> None:
        self.expired = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True
        self._timer.start()

    def watch(self, sock: socket.socket) -> None:
        with self._lock:
            self._socket = sock
            if self.expired:
                self._shut()

    def stop(self) -> None:
        self._timer.cancel()
        with self._lock:
            self._socket = None

    def _expire(self) -> None:
        with self._lock:
            self.expired = True
            self._shut()

    def _shut(self) -> None:
        if self._socket is None:
            return
        with suppress(OSError):  # closed already
            # The plain socket's shutdown: that of a TLS socket changes state under the reading thread.
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


_WATCHDOG: ContextVar[_Watchdog | None] = ContextVar("_WATCHDOG", default=None)


def _show_to_watchdog(sock: Any) -> None:
    watchdog = _WATCHDOG.get()
    if watchdog is not None and isinstance(sock, socket.socket):
        watchdog.watch(sock)


class _WatchedHTTPConnection(HTTPConnection):
    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as in urllib3 itself
        _show_to_watchdog(self.sock)
        return super().getresponse()


class _WatchedHTTPSConnection(HTTPSConnection):
    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as in urllib3 itself
        _show_to_watchdog(self.sock)
        return super().getresponse()


class _WatchedHTTPPool(HTTPConnectionPool):
    ConnectionCls = _WatchedHTTPConnection


class _WatchedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedHTTPSConnection


class _WatchedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _WatchedHTTPPool, "https": _WatchedHTTPSPool}
