"""The bot's own affairs against a Bot API on a real socket: identity, webhook, and the shop's chat."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from tests.sockets import Behaviour, Server, answer_json, html, stall
from vistka.adapters.telegram_bot import BotAccount, Chat, Identity, Webhook, bot_id
from vistka.domain.errors import (
    ChatUnreachable,
    ConfigurationError,
    CredentialRefused,
    TelegramRejected,
    TelegramUnavailable,
    VistkaError,
)

TOKEN = "7000000001:TESTTESTTESTTESTTEST"
CHAT = -1001234567890


def said(result: object) -> Behaviour:
    return answer_json({"ok": True, "result": result})


def refused(code: int, description: str, **parameters: object) -> Behaviour:
    data = {"ok": False, "error_code": code, "description": description, "parameters": parameters}
    return answer_json(data, status=code)


@contextmanager
def bot_api(**methods: Behaviour) -> Iterator[Server]:
    with Server() as server:
        for method, behaviour in methods.items():
            server.on(f"/bot{TOKEN}/{method}", [behaviour])
        yield server


def account(server: Server, *, token: str = TOKEN, total: float = 5) -> BotAccount:
    return BotAccount(token=lambda: token, url=server.url, total=timedelta(seconds=total))


def test_the_token_says_whose_it_is() -> None:
    with bot_api(getMe=said({"id": 7000000001, "is_bot": True, "username": "shop_bot"})) as telegram:
        assert account(telegram).me() == Identity(id=7000000001, name="@shop_bot")
    assert bot_id(f" {TOKEN}\n") == 7000000001


@pytest.mark.parametrize("text", ["", "7000000001", "7000000001:", ":TEST", "abc:TEST", "-7:TEST", "٧:TEST"])
def test_what_cannot_be_a_token_belongs_to_no_bot(text: str) -> None:
    assert bot_id(text) is None


def test_a_webhook_is_told_whole_but_shown_without_its_path() -> None:
    found = {
        "url": f"https://shop.example:8443/hooks/{TOKEN}",
        "has_custom_certificate": False,
        "pending_update_count": 3,
        "last_error_date": 1790000000,
        "last_error_message": "Wrong response from the webhook: 500",
        "allowed_updates": ["message"],
    }
    with bot_api(getWebhookInfo=said(found)) as telegram:
        hook = account(telegram).webhook()
    assert hook == Webhook(
        url=f"https://shop.example:8443/hooks/{TOKEN}",
        waiting=3,
        last_error="Wrong response from the webhook: 500",
        last_error_at=datetime.fromtimestamp(1790000000, UTC),
        allowed_updates=("message",),
    )
    assert hook.place == "https://shop.example:8443/…"
    assert TOKEN not in repr(hook)


@pytest.mark.parametrize(
    ("url", "place"),
    [("", ""), ("https://a.example", "https://a.example"), ("https://u:p@a.example/?k=v", "https://a.example/…")],
)
def test_what_is_shown_of_a_webhook_holds_no_secret(url: str, place: str) -> None:
    assert Webhook(url=url).place == place


def test_an_address_that_cannot_be_read_is_shown_as_such() -> None:
    assert Webhook(url="https://a.example:port/").place == "an address that cannot be read"


def test_no_webhook_is_an_empty_one() -> None:
    with bot_api(getWebhookInfo=said({"url": "", "has_custom_certificate": False, "pending_update_count": 0})) as told:
        assert account(told).webhook() == Webhook()


def test_a_webhook_is_set_with_its_secret_and_taken_away_without_losing_what_waits() -> None:
    with bot_api(setWebhook=said(True), deleteWebhook=said(True)) as telegram:
        bot = account(telegram)
        bot.set_webhook("https://own.example/", secret="s3cret_-", allowed_updates=["message", "my_chat_member"])
        bot.delete_webhook()
        assert [request.json() for request in telegram.requests] == [
            {
                "url": "https://own.example/",
                "secret_token": "s3cret_-",
                "allowed_updates": ["message", "my_chat_member"],
                "max_connections": 40,
            },
            {},
        ]


def test_an_address_that_telegram_does_not_take_is_its_refusal() -> None:
    with bot_api(setWebhook=refused(400, "Bad Request: bad webhook: HTTPS url must be provided")) as telegram:
        with pytest.raises(TelegramRejected) as caught:
            account(telegram).set_webhook("http://own.example/", secret="s", allowed_updates=[])
        assert "own.example" not in str(caught.value)


def test_a_chat_is_one_that_the_bot_may_write_to_and_nothing_is_written() -> None:
    group = {"id": CHAT, "type": "supergroup", "title": "Крамниця"}
    with bot_api(getChat=said(group), sendChatAction=said(True)) as telegram:
        assert account(telegram).chat(CHAT) == Chat(id=CHAT, kind="supergroup", title="Крамниця")
        assert [request.path.rpartition("/")[2] for request in telegram.requests] == ["getChat", "sendChatAction"]
    kicked = refused(403, "Forbidden: bot was kicked")
    with bot_api(getChat=said(group), sendChatAction=kicked) as telegram, pytest.raises(VistkaError):
        account(telegram).chat(CHAT)


def test_a_chat_that_is_not_there_or_has_moved_is_told_apart() -> None:
    with bot_api(getChat=refused(400, "Bad Request: chat not found")) as telegram:
        with pytest.raises(ChatUnreachable) as caught:
            account(telegram).chat(CHAT)
        assert caught.value.reason == "not_found"
    moved = refused(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1009999999999)
    with bot_api(getChat=said({"type": "group"}), sendChatAction=moved) as telegram:
        with pytest.raises(ChatUnreachable) as caught:
            account(telegram).chat(-123456)
        assert caught.value.reason == "migrated"
        assert "9999" not in str(caught.value)


def test_a_number_that_no_chat_has_is_not_asked_about() -> None:
    with bot_api() as telegram:
        with pytest.raises(ChatUnreachable):
            account(telegram).chat(0)
        assert telegram.requests == []


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (refused(401, "Unauthorized"), CredentialRefused),
        (refused(404, "Not Found"), CredentialRefused),
        (html(502), TelegramUnavailable),
        (stall(), TelegramUnavailable),
    ],
)
def test_a_question_without_an_answer_was_no_harm(behaviour: Behaviour, error: type[VistkaError]) -> None:
    with bot_api(getMe=behaviour) as telegram:
        with pytest.raises(error) as caught:
            account(telegram, total=0.4).me()
        assert type(caught.value) is error
        assert TOKEN not in str(caught.value)


def test_an_address_that_is_none_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError):
        BotAccount(token=lambda: TOKEN, url="telegram").me()


def test_the_menu_is_read_and_written_in_each_language() -> None:
    found = [{"command": "status", "description": "Де мої посилки"}, "rubbish"]
    with bot_api(getMyCommands=said(found), setMyCommands=said(True)) as telegram:
        assert account(telegram).commands("uk") == {"status": "Де мої посилки"}
        account(telegram).set_commands("", {"stop": "Годі"})
        asked, written = (request.json() for request in telegram.requests)
    assert asked == {"language_code": "uk"}
    assert written == {"commands": [{"command": "stop", "description": "Годі"}], "language_code": ""}


def test_the_description_is_read_and_written_in_each_language() -> None:
    with bot_api(getMyDescription=said({"description": "Магазин"}), setMyDescription=said(True)) as telegram:
        assert account(telegram).description("en") == "Магазин"
        account(telegram).set_description("ru", "Привет")
        asked, written = (request.json() for request in telegram.requests)
    assert asked == {"language_code": "en"}
    assert written == {"description": "Привет", "language_code": "ru"}


def test_a_press_is_confirmed_and_an_old_one_refused() -> None:
    with bot_api(answerCallbackQuery=said(True)) as telegram:
        account(telegram).press_seen("77")
        account(telegram).press_seen("78", "😀" * 300)
        bare, shown = (request.json() for request in telegram.requests)
        assert bare == {"callback_query_id": "77"}
        assert shown == {"callback_query_id": "78", "text": "😀" * 200}
    old = refused(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
    with bot_api(answerCallbackQuery=old) as telegram, pytest.raises(TelegramRejected):
        account(telegram).press_seen("77")
