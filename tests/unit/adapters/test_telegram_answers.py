"""What each answer of the Bot API means, without a socket."""

import json
from datetime import timedelta
from typing import Any

import pytest

from vistka.adapters.telegram_answers import (
    RETRY_AFTER_DEFAULT,
    RETRY_AFTER_MOST,
    Answer,
    error_of,
    is_chat_id,
    read_answer,
)
from vistka.domain.errors import (
    ChatUnreachable,
    CredentialRefused,
    TelegramLimited,
    TelegramRejected,
    TelegramUnavailable,
    TelegramUnknown,
)

GROUP = -1_000_000_000_001


def body(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


def refusal(code: Any, description: Any = "", **parameters: Any) -> bytes:
    return body(ok=False, error_code=code, description=description, parameters=parameters)


# --- reading ------------------------------------------------------------------------------------------------------


def test_a_200_with_a_result_is_done() -> None:
    assert read_answer(200, body(ok=True, result={"message_id": 7})) == Answer(
        code=200, status=200, enveloped=True, result={"message_id": 7}
    )
    assert read_answer(200, body(ok=True, result=True)) == Answer(code=200, status=200, enveloped=True)
    assert read_answer(200, body(ok=True, result=[{"command": "help"}])) == Answer(
        code=200, status=200, enveloped=True, items=({"command": "help"},)
    )
    assert read_answer(299, body(ok=True)).done


@pytest.mark.parametrize(
    "data", [None, b"", b"<html>", b"[]", b"{}", b'{"ok":1}', b'{"ok":"true"}', b'"ok"', b"[" * 100_000, b"\xff"]
)
def test_a_200_that_the_bot_api_did_not_write_says_nothing(data: bytes | None) -> None:
    assert read_answer(200, data) == Answer(code=0, status=200)


@pytest.mark.parametrize("status", [100, 199, 300, 302, 399, 500, 502, 599])
def test_other_statuses_say_nothing_whatever_the_body(status: int) -> None:
    assert read_answer(status, refusal(400, "Bad Request: chat not found")) == Answer(code=0, status=status)
    assert read_answer(status, body(ok=True, result={})) == Answer(code=0, status=status)


@pytest.mark.parametrize("status", [400, 403, 413, 499])
def test_a_4xx_without_an_envelope_is_a_refusal_of_something_before(status: int) -> None:
    for data in (b"<html>", None, body(ok=True)):
        answer = read_answer(status, data, retry_after="8")
        assert answer == Answer(code=status, status=status, retry_after=timedelta(seconds=8))


def test_a_refusal_is_read_whole() -> None:
    data = refusal(429, "Too Many Requests", retry_after=35, migrate_to_chat_id=GROUP)
    assert read_answer(429, data, retry_after="8") == Answer(
        code=429,
        status=429,
        enveloped=True,
        description="Too Many Requests",
        retry_after=timedelta(seconds=35),
        migrate_to=GROUP,
    )


@pytest.mark.parametrize(
    ("status", "code", "read"),
    [
        (200, 403, 403), (200, 400, 400), (200, 499, 499), (200, 500, 0), (200, 399, 0), (200, "403", 0),
        (200, None, 0),
        (400, 403, 403), (400, 500, 400), (400, 399, 400), (400, None, 400), (429, "x", 429),
    ],
)  # fmt: skip
def test_the_code_is_the_envelopes_where_it_is_a_refusal(status: int, code: Any, read: int) -> None:
    assert read_answer(status, refusal(code)).code == read


@pytest.mark.parametrize("parameters", [None, [], "x", 5])
def test_parameters_that_are_none_are_left(parameters: Any) -> None:
    data = body(ok=False, error_code=429, description=None, parameters=parameters)
    assert read_answer(429, data, retry_after="9") == Answer(
        code=429, status=429, enveloped=True, retry_after=timedelta(seconds=9)
    )


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("8", 8), (8, 8), (8.5, 8.5), (0.2, 1), (1, 1), ("nan", 30), ("inf", 43200), (43201, 43200), (43200, 43200),
        (0, 30), (-1, 30), ("soon", 30), (None, 30), ([], 30), ("", 30),
    ],
)  # fmt: skip
def test_a_wait_is_between_a_second_and_twelve_hours_f35(given: Any, seconds: float) -> None:
    assert timedelta(hours=12) == RETRY_AFTER_MOST
    assert timedelta(seconds=30) == RETRY_AFTER_DEFAULT
    assert read_answer(429, refusal(429, retry_after=given)).retry_after == timedelta(seconds=seconds)
    assert read_answer(429, None, retry_after=given).retry_after == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("value", "is_one"),
    [
        (1, True), (-1, True), (GROUP, True), (2**52 - 1, True), (1 - 2**52, True), (0, False), (2**52, False),
        (-(2**52), False), (True, False), (False, False), ("1", False), (1.0, False), (None, False), (2**63, False),
    ],
)  # fmt: skip
def test_a_chat_is_a_whole_number_of_52_bits(value: Any, is_one: bool) -> None:  # noqa: FBT001
    assert is_chat_id(value) is is_one
    moved = read_answer(400, refusal(400, migrate_to_chat_id=value)).migrate_to
    assert moved == (value if is_one else None)


# --- judging ------------------------------------------------------------------------------------------------------


def error(code: int, description: str = "", *, status: int | None = None, enveloped: bool = True) -> Any:
    return error_of(Answer(code=code, status=status or code, enveloped=enveloped, description=description))


@pytest.mark.parametrize("code", [401, 404])
def test_a_wrong_token(code: int) -> None:
    found = error(code, "Unauthorized")
    assert (type(found), str(found)) == (CredentialRefused, "Telegram does not accept the bot token")


def test_a_flood_wait_says_how_long() -> None:
    found = error_of(Answer(code=429, status=429, retry_after=timedelta(seconds=35)))
    assert isinstance(found, TelegramLimited)
    assert (found.retry_after, str(found)) == (timedelta(seconds=35), "Telegram asks to wait 35 s")


@pytest.mark.parametrize(
    ("description", "reason"),
    [
        ("Forbidden: bot was blocked by the user", "blocked"),
        ("forbidden: BOT was blocked by the user. ", "blocked"),
        ("Forbidden: user is deactivated", "deactivated"),
        ("Forbidden: bot can't initiate conversation with a user", "not_started"),
        ("Bad Request: bot can't initiate conversation", "not_started"),
    ],
)
def test_a_chat_is_closed_on_the_exact_answers_f39(description: str, reason: str) -> None:
    found = error(403, description)
    assert isinstance(found, ChatUnreachable)
    assert (found.reason, str(found)) == (reason, f"the chat is closed to the bot: {reason}")
    # The same words under another code close nothing.
    assert isinstance(error(400, description), TelegramRejected)


@pytest.mark.parametrize(
    ("description", "said"),
    [
        ("Forbidden: bot was kicked from the group chat", " Forbidden: bot was kicked from the group chat"),
        ("Forbidden: bot was blocked by the user, perhaps", " Forbidden: bot was blocked by the user, perhaps"),
        ("", ""),
        ('a "quoted name" 1234567 @somebody https://x/y 1234', " a … … … … 1234"),
        ("x" * 200, " " + "x" * 120),
        ("two \n lines", " two lines"),
    ],
)
def test_any_other_403_may_pass_and_is_told_without_what_is_ours_f39(description: str, said: str) -> None:
    found = error(403, description)
    assert type(found) is TelegramUnavailable
    assert str(found) == f"Telegram refused, perhaps in passing: 403{said}"


def test_an_answer_that_says_nothing_leaves_it_unknown() -> None:
    found = error(0, status=502, enveloped=False)
    assert (type(found), str(found)) == (TelegramUnknown, "Telegram's answer says nothing: HTTP 502")


def test_a_refusal_of_something_before_telegram_may_pass() -> None:
    found = error(400, "chat not found", enveloped=False)
    assert (type(found), str(found)) == (TelegramUnavailable, "something before Telegram refused: HTTP 400")


@pytest.mark.parametrize("description", ["Bad Request: chat not found", "Bad Request: PEER_ID_INVALID"])
def test_a_chat_that_is_none(description: str) -> None:
    found = error(400, description)
    assert isinstance(found, ChatUnreachable)
    assert (found.reason, str(found)) == ("not_found", "Telegram knows no such chat")
    assert isinstance(error(409, description), TelegramRejected)


@pytest.mark.parametrize(
    ("code", "description", "reason", "text"),
    [
        (400, "Bad Request: message text is empty", "empty", "the message is empty"),
        (400, "Bad Request: text must be non-empty", "empty", "the message is empty"),
        (400, "Bad Request: MESSAGE_EMPTY", "empty", "the message is empty"),
        (400, "Bad Request: message is too long", "too_long", "the message is too long"),
        (400, "Bad Request: text is too long", "too_long", "the message is too long"),
        (413, "Request Entity Too Large: MESSAGE_TOO_LONG", "too_long", "the message is too long"),
        (400, "Bad Request: can't parse entities: x", "markup", "Telegram cannot read the message"),
        (413, "can't parse", "rejected", "Telegram will not take this message: 413 can't parse"),
        (413, "message text is empty", "rejected", "Telegram will not take this message: 413 message text is empty"),
        (409, "Conflict", "rejected", "Telegram will not take this message: 409 Conflict"),
        (400, "", "rejected", "Telegram will not take this message: 400"),
    ],
)
def test_what_telegram_will_never_take(code: int, description: str, reason: str, text: str) -> None:
    found = error(code, description)
    assert isinstance(found, TelegramRejected)
    assert (found.reason, str(found)) == (reason, text)


@pytest.mark.parametrize(
    ("code", "description", "bad"),
    [
        (400, "Bad Request: BUTTON_URL_INVALID", True),
        (400, "Bad Request: can't parse inline keyboard button", True),
        (400, "Bad Request: object expected as reply markup", True),
        (400, "Bad Request: message text is empty", False),
        (403, "Forbidden: BUTTON_URL_INVALID", False),
    ],
)
def test_buttons_are_at_fault_only_where_a_400_names_them(code: int, description: str, bad: bool) -> None:  # noqa: FBT001
    assert Answer(code=code, status=code, enveloped=True, description=description).bad_buttons is bad


def test_an_answer_shows_nothing_of_a_chat() -> None:
    shown = repr(Answer(code=400, status=400, description="chat 700000000123", migrate_to=GROUP, result={"chat": 7001}))
    assert not {"700000000123", str(GROUP), "7001"} & set(shown.replace(",", " ").replace("=", " ").split())
