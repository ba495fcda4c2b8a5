"""Every error class of requests and urllib3, before and after the message left, becomes one of ours."""

import http.client
import inspect
import ssl
from collections.abc import Mapping
from typing import Any

import pytest
import requests.exceptions
import urllib3.exceptions
from requests.adapters import BaseAdapter

from vistka.adapters.telegram import BotApi
from vistka.domain.errors import ConfigurationError, TelegramUnavailable, TelegramUnknown, VistkaError

SECRET = "123456:TESTTESTTEST"


def _classes(module: Any) -> list[type[Exception]]:
    return [
        found
        for _, found in inspect.getmembers(module, inspect.isclass)
        if issubclass(found, Exception) and found.__module__.startswith(("requests", "urllib3"))
    ]


LOWER = sorted(
    {
        *_classes(requests.exceptions),
        *_classes(urllib3.exceptions),
        OSError,
        ConnectionResetError,
        BrokenPipeError,
        TimeoutError,
        ssl.SSLError,
        ssl.SSLEOFError,
        http.client.RemoteDisconnected,
        http.client.BadStatusLine,
        ValueError,
        UnicodeError,
        RuntimeError,
    },
    key=lambda found: f"{found.__module__}.{found.__name__}",
)
ADDRESS = (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, requests.exceptions.MissingSchema)


class Breaking(BaseAdapter):
    """Raises one error, before the body is taken or after."""

    def __init__(self, error: type[Exception], *, begun: bool) -> None:
        super().__init__()
        self._error, self._begun = error, begun

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if self._begun:
            body: Any = request.body
            assert b"chat_id" in body.read()
        error = self._error.__new__(self._error)
        error.args = (f"https://api.telegram.org/bot{SECRET}/sendMessage",)
        raise error

    def close(self) -> None:
        pass


def error_of(lower: type[Exception], *, begun: bool) -> VistkaError:
    bot = BotApi(token=lambda: SECRET, adapter=lambda: Breaking(lower, begun=begun))
    with pytest.raises(VistkaError) as caught:
        bot.send(700000000123, "text")
    return caught.value


def named(lower: type[Exception]) -> str:
    return f"{lower.__module__}.{lower.__name__}"


def test_the_list_of_lower_errors_is_the_libraries_own() -> None:
    assert {requests.exceptions.ReadTimeout, requests.exceptions.SSLError, urllib3.exceptions.ProtocolError} < set(
        LOWER
    )
    assert len(LOWER) > 60


@pytest.mark.parametrize("lower", LOWER, ids=named)
def test_any_error_before_the_body_left_is_certainly_not_sent(lower: type[Exception]) -> None:
    expected = ConfigurationError if issubclass(lower, ADDRESS) else TelegramUnavailable
    error = error_of(lower, begun=False)
    assert type(error) is expected
    _holds_nothing(error)


@pytest.mark.parametrize("lower", [lower for lower in LOWER if not issubclass(lower, ADDRESS)], ids=named)
def test_any_error_after_the_body_left_leaves_it_unknown(lower: type[Exception]) -> None:
    error = error_of(lower, begun=True)
    assert type(error) is TelegramUnknown
    _holds_nothing(error)


def _holds_nothing(error: VistkaError) -> None:
    attached: Mapping[str, Any] = vars(error)
    assert SECRET not in f"{error!s} {error!r} {attached}"
    assert (error.__cause__, error.__context__) == (None, None)
