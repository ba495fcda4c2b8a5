"""The stand-in Bot API takes and refuses what the real one does."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from local.scenario.build import SHOP_CHAT_ID
from local.standins.telegram_html import MarkupError, parse_html, units
from tests.unit.local.conftest import CHAT, Outside


def refusal(said: dict[str, Any]) -> tuple[int, str]:
    assert said["ok"] is False
    return said["error_code"], said["description"]


def test_a_message_is_kept_as_a_person_would_see_it(outside: Outside, tmp_path: Path) -> None:
    said = outside.send("Замовлення <b>A&lt;B &amp; C</b>: <code>20459000000017</code>", disable_notification=True)
    assert said["result"]["chat"]["id"] == CHAT
    (message,) = outside.told("GET", f"messages?chat_id={CHAT}")["messages"]
    assert message["text"] == "Замовлення A<B & C: 20459000000017"
    assert [(one["type"], one["offset"], one["length"]) for one in message["entities"]] == [
        ("bold", 11, 7),
        ("code", 20, 14),
    ]
    assert message["silent"] is True
    on_disk = [json.loads(line) for line in (tmp_path / "messages.jsonl").read_text(encoding="utf-8").splitlines()]
    assert on_disk == [message]


@pytest.mark.parametrize(
    ("html", "why"),
    [
        ("A<B & C", "Unclosed start tag at byte offset 1"),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("<p>привіт</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("ї<br>", 'Unsupported start tag "br" at byte offset 2'),
        ("<b>привіт", 'Can\'t find end tag corresponding to start tag "b"'),
        ("привіт</b>", "Unexpected end tag at byte offset 12"),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_markup_that_cannot_be_read_is_refused_with_its_place(outside: Outside, html: str, why: str) -> None:
    assert refusal(outside.send(html)) == (400, f"Bad Request: can't parse entities: {why}")
    assert outside.told("GET", "messages")["count"] == 0


def test_without_a_parse_mode_nothing_is_markup(outside: Outside) -> None:
    assert outside.send("A<B & C", parse_mode="")["result"]["text"] == "A<B & C"


def test_markup_that_telegram_takes() -> None:
    parsed = parse_html(
        '<a href="https://example.org/?a=1&amp;b=2">тут</a> & &copy; &#8470;5 <blockquote>так</blockquote>'
    )
    assert parsed.text == "тут & &copy; №5 так"
    assert parsed.entities[0] == {"type": "text_link", "offset": 0, "length": 3, "url": "https://example.org/?a=1&b=2"}
    assert parse_html("<b></b>x").entities == []
    with pytest.raises(MarkupError):
        parse_html("<b>&lt;</i>")


def test_length_is_counted_after_parsing_in_utf_16() -> None:
    assert (units("😀"), units("ї")) == (2, 1)


def test_a_message_of_4096_characters_is_the_longest(outside: Outside) -> None:
    assert outside.send(f"<b>{'ї' * 4096}</b>")["ok"]
    assert refusal(outside.send("ї" * 4097)) == (400, "Bad Request: message is too long")
    assert refusal(outside.send("😀" * 2049)) == (400, "Bad Request: message is too long")


@pytest.mark.parametrize("text", ["", "   ", "<b></b>", "<b> \n</b>"])
def test_an_empty_text_is_refused(outside: Outside, text: str) -> None:
    assert refusal(outside.send(text)) == (400, "Bad Request: message text is empty")


@pytest.mark.parametrize(
    ("state", "code", "said"),
    [
        ("blocked", 403, "Forbidden: bot was blocked by the user"),
        ("deactivated", 403, "Forbidden: user is deactivated"),
        ("not_started", 403, "Forbidden: bot can't initiate conversation with a user"),
        ("kicked", 403, "Forbidden: bot was kicked from the supergroup chat"),
    ],
)
def test_a_chat_may_refuse(outside: Outside, state: str, code: int, said: str) -> None:
    outside.told("POST", "chats", id=CHAT, state=state)
    assert refusal(outside.send("вістка")) == (code, said)
    outside.told("POST", "chats", id=CHAT, state="active")
    assert outside.send("вістка")["ok"]


def test_typing_is_refused_where_a_message_would_be(outside: Outside) -> None:
    def typing() -> Any:
        body: dict[str, Any] = {"chat_id": CHAT, "action": "typing"}
        return requests.post(outside.bot("sendChatAction"), json=body, timeout=5).json()

    assert typing() == {"ok": True, "result": True}
    outside.told("POST", "chats", id=CHAT, state="blocked")
    assert refusal(typing()) == (403, "Forbidden: bot was blocked by the user")
    assert outside.told("GET", "messages")["count"] == 0


def test_an_unknown_chat_is_not_found(outside: Outside) -> None:
    assert refusal(outside.send("вістка", CHAT + 5)) == (400, "Bad Request: chat not found")


def test_a_group_that_became_a_supergroup_names_its_new_id(outside: Outside) -> None:
    outside.told("POST", "chats", id=-500, state="migrated", migrated_to=-100_500, name="Магазин")
    said = outside.send("вістка", -500)
    assert refusal(said) == (400, "Bad Request: group chat was upgraded to a supergroup chat")
    assert said["parameters"] == {"migrate_to_chat_id": -100_500}
    assert outside.send("вістка", -100_500)["ok"]


def test_a_token_in_the_right_form_is_unauthorized_and_any_other_not_found(outside: Outside) -> None:
    assert requests.get(outside.bot("getMe", "7000000002:" + "B" * 35), timeout=5).status_code == 401
    assert requests.get(outside.bot("getMe", "token"), timeout=5).status_code == 404
    assert requests.get(outside.bot("getMoon"), timeout=5).status_code == 404
    assert requests.get(outside.bot("getme"), timeout=5).json()["result"]["username"] == "vistka_local_bot"


def test_a_chat_has_one_message_a_second(start: Callable[..., Outside]) -> None:
    outside = start(chat_interval=0.4)
    assert outside.send("одна")["ok"]
    said = outside.send("друга")
    assert refusal(said) == (429, "Too Many Requests: retry after 1")
    assert said["parameters"] == {"retry_after": 1}
    assert outside.send("інша", SHOP_CHAT_ID)["ok"]
    time.sleep(0.4)
    assert outside.send("друга")["ok"]


def test_the_bot_has_so_many_messages_a_second_in_all(start: Callable[..., Outside]) -> None:
    outside = start(bot_per_second=3)
    assert [outside.send("вістка")["ok"] for _ in range(4)] == [True, True, True, False]


def test_a_form_is_read_like_json(outside: Outside) -> None:
    answer = requests.post(outside.bot("sendMessage"), data={"chat_id": str(CHAT), "text": "привіт"}, timeout=5)
    assert answer.json()["result"]["text"] == "привіт"


def test_a_chat_can_be_looked_up(outside: Outside) -> None:
    said = requests.get(outside.bot("getChat"), params={"chat_id": SHOP_CHAT_ID}, timeout=5).json()
    assert said["result"] == {"id": SHOP_CHAT_ID, "type": "supergroup", "title": "Магазин"}


def test_a_webhook_is_kept_without_showing_its_secret(outside: Outside) -> None:
    def call(method: str, **body: str) -> Any:
        return requests.post(outside.bot(method), json=body, timeout=5).json()

    assert call("getWebhookInfo")["result"]["url"] == ""
    assert call("setWebhook", url="http://shop.example.org/hook")["error_code"] == 400
    assert call("setWebhook", url="https://shop.example.org/hook", secret_token="s")["ok"]
    info = call("getWebhookInfo")["result"]
    assert (info["url"], "secret_token" in info) == ("https://shop.example.org/hook", False)
    assert call("deleteWebhook")["ok"]
    assert call("getWebhookInfo")["result"]["url"] == ""


def test_the_buttons_of_a_message_can_be_changed(outside: Outside) -> None:
    def keyboard(says: str) -> dict[str, Any]:
        return {"inline_keyboard": [[{"text": says, "callback_data": says}]]}

    def call(method: str, **body: Any) -> Any:
        return requests.post(outside.bot(method), json={"chat_id": CHAT, **body}, timeout=5).json()

    number = call("sendMessage", text="вістка", reply_markup=keyboard("a"))["result"]["message_id"]
    assert call("editMessageReplyMarkup", message_id=number, reply_markup=keyboard("b"))["ok"]
    again = call("editMessageReplyMarkup", message_id=number, reply_markup=keyboard("b"))
    assert refusal(again) == (400, "Bad Request: message is not modified")
    (message,) = outside.told("GET", "messages")["messages"]
    assert (message["text"], message["markup"]) == ("вістка", keyboard("b"))
    long = call("sendMessage", text="вістка", reply_markup=keyboard("x" * 65))
    assert refusal(long) == (400, "Bad Request: BUTTON_DATA_INVALID")


def test_a_message_can_be_edited(outside: Outside) -> None:
    number = outside.send("було")["result"]["message_id"]

    def edit(text: str) -> Any:
        body = {"chat_id": CHAT, "message_id": number, "text": text}
        return requests.post(outside.bot("editMessageText"), json=body, timeout=5).json()

    assert edit("стало")["result"]["text"] == "стало"
    assert refusal(edit("стало")) == (400, "Bad Request: message is not modified")
    assert [one["text"] for one in outside.told("GET", "messages")["messages"]] == ["стало"]
