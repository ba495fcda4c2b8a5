"""The bot's door: closed by default, bounded, and answering in the form that Telegram calls."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.bot.scene import KEYS, ME, Press, Scene, told
from tests.unit.usecases.world import SHOP_CHAT
from vistka.domain.errors import ConfigurationError, StoreUnavailable, TelegramUnavailable, TransientError, VistkaError
from vistka.edge.direct import is_request
from vistka.edge.webhook import FORWARD_HEADER, LARGEST, TELEGRAM_HEADER, Door, Expected
from vistka.texts.markup import TELEGRAM_LIMIT
from vistka.usecases.conversing import Conversation, Reply

SECRET, FORWARD = "invented-webhook-secret_0123456789", "invented-forward-secret_0123456789"


class Hall:
    """A door whose secrets and conversation the test sets; `log` holds what was said and noted."""

    def __init__(self) -> None:
        self.scene = Scene()
        self.secret: str | VistkaError = SECRET
        self.forward: str | VistkaError | None = FORWARD
        self.talk: Callable[[], Conversation] = lambda: self.scene.conversation
        self.fault: VistkaError | None = None
        self.read: list[str] = []
        self.seen: list[str] = []
        self.shown: list[str] = []
        self.log: list[tuple[str, dict[str, object]]] = []

    def open(self, event: Any) -> tuple[int, dict[str, Any]]:
        def secret(name: str, value: str | VistkaError) -> Callable[[], str]:
            def read() -> str:
                self.read.append(name)
                if isinstance(value, VistkaError):
                    raise value
                return value

            return read

        expected = [Expected(header=TELEGRAM_HEADER, secret=secret("webhook", self.secret), source="")]
        if self.forward is not None:
            expected.append(Expected(header=FORWARD_HEADER, secret=secret("forward", self.forward), source="f"))
        door = Door(expected=tuple(expected), conversation=self.talk, seen=self._seen, note=self._say, say=self._say)
        answer = door.answer(event)
        assert answer["headers"] == {"Content-Type": "application/json"}
        return answer["statusCode"], json.loads(answer["body"])

    def _seen(self, query: str, text: str) -> None:
        self.seen.append(query)
        self.shown.append(text)
        if self.fault is not None:
            raise self.fault

    def _say(self, message: str, **named: object) -> None:
        self.log.append((message, named))


@pytest.fixture
def hall() -> Hall:
    return Hall()


def request(body: object, header: str = TELEGRAM_HEADER, secret: str | None = SECRET, **more: Any) -> dict[str, Any]:
    text = body if isinstance(body, str) else json.dumps(body)
    headers = {"content-type": "application/json"} | ({header: secret} if secret is not None else {})
    return {"requestContext": {"http": {"method": "POST"}}, "headers": headers, "body": text} | more


def typed(text: str = "/status", chat: int = ME) -> dict[str, Any]:
    return {"update_id": 9, "message": {"text": text, "chat": told(chat)}}


# --- who may come in --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", [None, "", "guess", SECRET[:-1], SECRET + "x", SECRET.upper(), FORWARD, "секрет"])
def test_without_the_secret_nothing_is_read_f19(hall: Hall, secret: str | None) -> None:
    hall.talk = lambda: pytest.fail("the conversation began")
    assert hall.open(request(typed(), secret=secret)) == (403, {})
    assert hall.log == []


def test_who_brings_no_secret_costs_no_look_at_ours(hall: Hall) -> None:
    assert hall.open(request(typed(), secret=None))[0] == 403
    assert hall.open({"requestContext": {}, "headers": None})[0] == 403
    assert hall.read == []


@pytest.mark.parametrize("secret", ["", ConfigurationError("the SSM parameter cannot be used: ParameterNotFound")])
def test_the_door_is_closed_while_no_secret_is_set_f19(hall: Hall, secret: str | VistkaError) -> None:
    hall.secret = secret
    hall.forward = None
    for given in ("", "anything", "None"):
        assert hall.open(request(typed(), secret=given)) == (403, {})


def test_the_secret_opens_it(hall: Hall) -> None:
    status, answer = hall.open(request(typed()))
    assert (status, answer["method"], answer["chat_id"], answer["text"]) == (200, "sendMessage", ME, "uk help")


def test_a_shops_own_bot_has_a_secret_of_its_own(hall: Hall) -> None:
    status, answer = hall.open(request(typed(), FORWARD_HEADER, FORWARD))
    assert (status, answer["text"]) == (200, "uk help")
    assert hall.open(request(typed(), FORWARD_HEADER, SECRET))[0] == 403
    assert hall.open(request(typed(), TELEGRAM_HEADER, FORWARD))[0] == 403
    hall.forward = None
    assert hall.open(request(typed(), FORWARD_HEADER, FORWARD))[0] == 403


def test_updates_of_the_shops_bot_are_told_from_ours_by_their_source(hall: Hall) -> None:
    hall.open(request(typed("/stop"), FORWARD_HEADER, FORWARD))
    assert hall.scene.recipient().updates == ("f9",)


# --- what comes in ----------------------------------------------------------------------------------------------------


def test_a_body_may_come_as_base64(hall: Hall) -> None:
    body = base64.b64encode(json.dumps(typed()).encode()).decode()
    assert hall.open(request(body, isBase64Encoded=True))[0] == 200


@pytest.mark.parametrize(
    ("body", "more", "status"),
    [
        ("", {}, 400),
        ("no json", {}, 400),
        ("[]", {}, 400),
        ('{"update_id": 1, "message": 5}', {}, 400),
        ("[" * 100_000, {}, 400),
        ("not base64!", {"isBase64Encoded": True}, 400),
        (" " * (LARGEST + 1), {}, 413),
        ("ї" * (LARGEST // 2 + 1), {}, 413),
        ("x" * 10 * 1024 * 1024, {}, 413),
        (base64.b64encode(b" " * (LARGEST + 1)).decode(), {"isBase64Encoded": True}, 413),
        ("A" * 10 * 1024 * 1024, {"isBase64Encoded": True}, 413),
    ],
)
def test_what_no_bot_sends_is_refused_with_a_clear_line(
    hall: Hall, body: str, more: dict[str, Any], status: int
) -> None:
    got, answer = hall.open(request(body, **more))
    assert got == status
    assert answer["error"].startswith("an update")
    assert hall.log == [("an update was refused", {"reason": answer["error"]})]


def test_a_body_that_is_no_text_is_refused(hall: Hall) -> None:
    assert hall.open(request("") | {"body": 5})[0] == 413
    assert hall.open(request("") | {"body": None})[0] == 400


@pytest.mark.parametrize("update", [{"update_id": 1}, {"update_id": 1, "edited_message": {"text": "x"}}])
def test_an_update_without_a_message_is_taken_and_left_alone(hall: Hall, update: dict[str, Any]) -> None:
    """200: Telegram would bring anything else again and again, for a day."""
    assert hall.open(request(update)) == (200, {})
    assert hall.log == [("an update that is not for us", {})]


# --- what goes out ----------------------------------------------------------------------------------------------------


def test_the_reply_is_a_method_that_telegram_calls_itself(hall: Hall) -> None:
    _, answer = hall.open(request(typed("/help")))
    assert answer["parse_mode"] == "HTML"
    assert answer["link_preview_options"] == {"is_disabled": True}
    rows = answer["reply_markup"]["inline_keyboard"]
    assert [[button["callback_data"] for button in row] for row in rows] == [
        [Press.STATUS],
        [Press.MUTE, Press.LANGUAGE],
    ]
    assert all(len(button["callback_data"].encode()) <= 64 for row in rows for button in row)


def test_a_reply_without_buttons_has_no_keyboard(hall: Hall) -> None:
    assert "reply_markup" not in hall.open(request(typed("/stop")))[1]


def test_a_reply_is_as_long_as_telegram_takes(hall: Hall) -> None:
    class Long(Conversation):
        def answer(self, update: Any) -> Reply:
            return Reply(chat_id=ME, html="<b>слово</b> " * 2000, outcome="help")

    short = hall.scene.conversation
    hall.talk = lambda: Long(**{name: getattr(short, name) for name in short.__dataclass_fields__})
    text = hall.open(request(typed()))[1]["text"]
    assert len(text.replace("<b>", "").replace("</b>", "")) <= TELEGRAM_LIMIT


def test_a_press_is_confirmed_and_a_confirmation_that_fails_stops_nothing(hall: Hall) -> None:
    press = {"update_id": 3, "callback_query": {"id": "q7", "data": Press.MUTE, "message": {"chat": told(ME)}}}
    hall.fault = TelegramUnavailable("Telegram cannot be reached (ConnectTimeout)")
    status, answer = hall.open(request(press))
    assert (status, answer["text"]) == (200, "uk muted")
    assert hall.seen == ["q7"]
    assert hall.log[-1] == ("a press was not confirmed", {"kind": "TelegramUnavailable"})


def test_what_is_said_aside_is_shown_for_a_moment_and_changes_the_messages_buttons(hall: Hall) -> None:
    key = hall.scene.world.order("TWC1", "20450000000017")
    hall.scene.world.carrier.set("20450000000017", "5")
    hall.scene.world.run()
    message = {"message_id": 41, "chat": told(SHOP_CHAT)}
    query = {"id": "q7", "data": f"{Press.MUTE_ORDER}:{key}", "message": message}
    status, answer = hall.open(request({"update_id": 3, "callback_query": query}))
    assert (status, hall.seen, hall.shown) == (200, ["q7"], ["uk order_muted TWC1"])
    other = {"text": "uk:v:unmute_order", "callback_data": f"{Press.UNMUTE_ORDER}:{key}"}
    assert answer == {
        "method": "editMessageReplyMarkup",
        "chat_id": SHOP_CHAT,
        "message_id": 41,
        "reply_markup": {"inline_keyboard": [[other]]},
    }
    # Of a message that Telegram does not name nothing can be changed.
    query["message"] = {"chat": told(SHOP_CHAT)}
    assert hall.open(request({"update_id": 4, "callback_query": query})) == (200, {})


def test_a_block_is_taken_without_a_reply(hall: Hall) -> None:
    data = {"update_id": 3, "my_chat_member": {"chat": told(ME), "new_chat_member": {"status": "kicked"}}}
    assert hall.open(request(data)) == (200, {})
    assert hall.log == [("an update", {"what": "blocked", "command": "", "outcome": "no reply"})]


@pytest.mark.parametrize(
    "fault", [StoreUnavailable("throttled"), ConfigurationError("the text uk/bot_help.j2 is missing")]
)
def test_what_may_pass_or_be_mended_makes_telegram_come_again(hall: Hall, fault: VistkaError) -> None:
    def broken() -> Conversation:
        raise fault

    hall.talk = broken
    assert hall.open(request(typed())) == (503, {})
    assert hall.log == [("an update comes again", {"kind": type(fault).__name__, "reason": str(fault)})]


def test_a_store_of_secrets_that_is_away_makes_telegram_come_again(hall: Hall) -> None:
    hall.secret = TransientError("SSM does not answer")
    assert hall.open(request(typed()))[0] == 503


def test_the_log_says_what_happened_and_to_nobody_r9(hall: Hall) -> None:
    hall.open(request(typed(f"/start {hall.scene.token('1')}")))
    hall.open(request(typed("Привіт, це Олена, +380671234567")))
    hall.open(request(typed("/380671234567")))
    assert hall.log == [
        ("an update", {"what": "command", "command": "start", "outcome": "linked"}),
        ("an update", {"what": "text", "command": "", "outcome": "help"}),
        ("an update", {"what": "command", "command": "", "outcome": "help"}),
    ]
    for secret in (str(ME), "Олена", "380671234567", SECRET):
        assert secret not in str(hall.log + hall.scene.world.said)


def test_only_what_came_through_the_url_is_a_request() -> None:
    assert is_request(request(typed()))
    for event in ({"link": {"order_number": "1"}}, {"check": True}, {}, None, {"requestContext": "x"}):
        assert not is_request(event)
    assert KEYS
