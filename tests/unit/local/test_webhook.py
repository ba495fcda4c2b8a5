"""The stand-in Bot API brings what people do to the webhook, and brings it again until it is taken."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.sockets import Behaviour, Server, answer_json, html
from tests.unit.local.conftest import CHAT, Outside

SECRET = "invented_secret-1"
STRANGER = 600_000_999


@pytest.fixture
def shop() -> Iterator[Server]:
    with Server() as server:
        yield server


def call(outside: Outside, method: str, **body: Any) -> Any:
    return requests.post(outside.bot(method), json=body, timeout=5).json()


def listen(outside: Outside, shop: Server, *behaviours: Behaviour, **more: Any) -> None:
    outside.told("POST", "settings", webhook_pause=0.01, chat_interval=0)
    shop.on("/hook", list(behaviours))
    assert call(outside, "setWebhook", url=f"{shop.url}/hook", secret_token=SECRET, **more)["ok"]


def types(outside: Outside, text: str, *, chat: int = CHAT) -> Any:
    return outside.told("POST", f"chats/{chat}/type", text=text, wait=5)


def test_what_a_person_types_arrives_with_the_secret(outside: Outside, shop: Server) -> None:
    listen(outside, shop, answer_json({}))
    assert types(outside, "/start abc") == {"update_id": 100_001, "taken": True}
    (request,) = shop.requests
    assert request.headers["x-telegram-bot-api-secret-token"] == SECRET
    update = request.json()
    assert update["update_id"] == 100_001
    assert (update["message"]["chat"]["id"], update["message"]["chat"]["type"]) == (CHAT, "private")
    assert update["message"]["text"] == "/start abc"
    assert update["message"]["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]


def test_who_was_not_known_becomes_a_chat_by_the_first_message(outside: Outside, shop: Server) -> None:
    listen(outside, shop, answer_json({"method": "sendMessage", "chat_id": STRANGER, "text": "Вітаємо"}))
    types(outside, "Привіт", chat=STRANGER)
    assert [one["text"] for one in outside.told("GET", f"messages?chat_id={STRANGER}")["messages"]] == ["Вітаємо"]


def test_a_method_in_the_answer_that_is_refused_is_silent(outside: Outside, shop: Server) -> None:
    listen(outside, shop, answer_json({"method": "sendMessage", "chat_id": CHAT, "text": "<b>", "parse_mode": "HTML"}))
    assert types(outside, "/start")["taken"] is True
    told = outside.told("GET", "telegram")
    assert told["refused"] == ["Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\""]
    assert "last_error_message" not in told["webhook"]


def test_an_update_comes_again_until_it_is_taken_and_the_later_ones_wait(outside: Outside, shop: Server) -> None:
    listen(outside, shop, html(503), html(502), answer_json({}), answer_json({}))
    outside.told("POST", f"chats/{CHAT}/type", text="1")
    assert types(outside, "2")["taken"] is True
    assert [request.json()["message"]["text"] for request in shop.requests] == ["1", "1", "1", "2"]
    info = call(outside, "getWebhookInfo")["result"]
    assert info["pending_update_count"] == 0
    assert info["last_error_message"] == "Wrong response from the webhook: 502 Bad Gateway"


def test_what_waits_goes_to_the_next_webhook_or_to_who_asks_for_it(outside: Outside, shop: Server) -> None:
    assert outside.told("POST", f"chats/{CHAT}/type", text="nobody listens")["taken"] is False
    assert call(outside, "getUpdates")["result"][0]["message"]["text"] == "nobody listens"
    listen(outside, shop, answer_json({}))
    assert types(outside, "now")["taken"] is True
    assert len(shop.requests) == 2
    assert call(outside, "getUpdates")["error_code"] == 409
    assert call(outside, "deleteWebhook")["ok"]
    assert call(outside, "getUpdates")["result"] == []


def test_only_the_kinds_that_were_asked_for_arrive(outside: Outside, shop: Server) -> None:
    listen(outside, shop, answer_json({}), allowed_updates=["message"])
    assert outside.told("POST", f"chats/{CHAT}/block", wait=5)["taken"] is True
    assert shop.requests == []
    assert call(outside, "getWebhookInfo")["result"]["allowed_updates"] == ["message"]


def test_a_button_is_pressed_by_what_stands_on_it(outside: Outside, shop: Server) -> None:
    keyboard = {"inline_keyboard": [[{"text": "🔕 Тихо", "callback_data": "v:mute"}]]}
    listen(
        outside,
        shop,
        answer_json({"method": "sendMessage", "chat_id": CHAT, "text": "Меню", "reply_markup": keyboard}),
        answer_json({}),
    )
    types(outside, "/start")
    assert outside.told("POST", f"chats/{CHAT}/press", button="🔕 Тихо", wait=5)["taken"] is True
    query = shop.requests[1].json()["callback_query"]
    assert (query["data"], query["message"]["chat"]["id"], query["message"]["text"]) == ("v:mute", CHAT, "Меню")
    assert "no message of the bot shows a button" in outside.told("POST", f"chats/{CHAT}/press", button="?")["error"]


def test_who_blocks_the_bot_is_told_of_and_can_neither_type_nor_be_written_to(outside: Outside, shop: Server) -> None:
    listen(outside, shop, answer_json({}))
    outside.told("POST", f"chats/{CHAT}/block", wait=5)
    change = shop.requests[0].json()["my_chat_member"]
    assert (change["old_chat_member"]["status"], change["new_chat_member"]["status"]) == ("member", "kicked")
    assert "unblock the bot first" in types(outside, "?")["error"]
    assert outside.send("Вістка")["description"] == "Forbidden: bot was blocked by the user"
    outside.told("POST", f"chats/{CHAT}/unblock", wait=5)
    assert outside.send("Вістка")["ok"] is True


@pytest.mark.parametrize(("what", "body"), [("dance", {}), ("block", {})])
def test_what_a_person_cannot_do_is_refused(outside: Outside, what: str, body: dict[str, Any]) -> None:
    assert "error" in outside.told("POST", f"chats/{STRANGER}/{what}", **body)


def test_a_secret_is_made_of_what_telegram_takes(outside: Outside) -> None:
    assert call(outside, "setWebhook", url="https://shop.example/", secret_token="a b")["error_code"] == 400


def test_menu_and_description_are_kept_for_each_language(outside: Outside) -> None:
    menu = [{"command": "status", "description": "Де посилка"}]
    call(outside, "setMyCommands", commands=menu)
    call(outside, "setMyCommands", commands=[], language_code="en")
    call(outside, "setMyDescription", description="Вістка", language_code="uk")
    assert call(outside, "getMyCommands")["result"] == menu
    assert call(outside, "getMyCommands", language_code="en")["result"] == []
    assert call(outside, "getMyDescription", language_code="uk")["result"] == {"description": "Вістка"}
    assert call(outside, "getMyDescription")["result"] == {"description": ""}
    call(outside, "deleteMyCommands")
    assert call(outside, "getMyCommands")["result"] == []
