"""The Telegram adapter against a Bot API on a real socket that misbehaves in every way the answer table names."""

import gzip
import logging
import socket
import ssl
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from tempfile import NamedTemporaryFile
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from requests.adapters import HTTPAdapter

from tests.sockets import (
    Behaviour,
    Request,
    Server,
    Wire,
    answer,
    answer_json,
    gzip_rubbish,
    gzipped,
    half,
    hang_up,
    html,
    large,
    not_http,
    redirect,
    reset,
    stall,
    trickle,
    wrong_length,
)
from vistka.adapters.telegram import BotApi
from vistka.domain.errors import (
    ChatUnreachable,
    ConfigurationError,
    CredentialRefused,
    TelegramLimited,
    TelegramRejected,
    TelegramUnavailable,
    TelegramUnknown,
    VistkaError,
)
from vistka.ports import Button
from vistka.texts.markup import length, plain

TOKEN = "123456:TESTTESTTESTTESTTEST"
CHAT = 700000000123
OK = b'{"ok": true, "result": {"message_id": 7}}'


def sent(message_id: int = 7) -> Behaviour:
    return answer_json({"ok": True, "result": {"message_id": message_id}})


def refused(code: int, description: str, **parameters: object) -> Behaviour:
    data: dict[str, object] = {"ok": False, "error_code": code, "description": description}
    return answer_json({**data, "parameters": parameters} if parameters else data, status=code)


def raw(data: bytes) -> Behaviour:
    def behave(wire: Wire, request: Request) -> bool:
        wire.send(data)
        return False

    return behave


@contextmanager
def bot_api(*behaviours: Behaviour) -> Iterator[Server]:
    with Server() as server:
        server.on("*", behaviours)
        yield server


def bodies(server: Server) -> list[Any]:
    return [request.json() for request in server.requests]


def bot(url: str, *, read: float = 0.3, total: float = 5, token: str = TOKEN) -> BotApi:
    return BotApi(
        token=lambda: token,
        url=url,
        connect_timeout=timedelta(seconds=0.5),
        read_timeout=timedelta(seconds=read),
        total=timedelta(seconds=total),
    )


def failure(url: str, *, read: float = 0.3, total: float = 5) -> VistkaError:
    with pytest.raises(VistkaError) as caught:
        bot(url, read=read, total=total).send(CHAT, "text")
    return caught.value


def answer_to(behaviour: Behaviour, *, read: float = 0.3, total: float = 5) -> VistkaError:
    """The error of one send, which in none of these cases is sent twice."""
    with bot_api(behaviour, sent()) as telegram:
        error = failure(telegram.url, read=read, total=total)
        assert telegram.connections == 1
    return error


def test_a_message_goes_out_once_as_html_without_a_preview() -> None:
    with bot_api(sent(41)) as telegram:
        result = bot(telegram.url).send(CHAT, "<b>Вітаємо</b>")
    assert (result.message_id, result.chat_id, result.plain, result.cut) == (41, CHAT, False, False)
    (request,) = telegram.requests
    assert request.path == f"/bot{TOKEN}/sendMessage"
    assert request.headers["connection"] == "close"
    assert request.headers["content-type"] == "application/json"
    assert request.json() == {
        "chat_id": CHAT,
        "text": "<b>Вітаємо</b>",
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
    }


def test_a_silent_message_rings_nowhere() -> None:
    with bot_api(sent()) as telegram:
        bot(telegram.url).send(CHAT, "text", silent=True)
    assert bodies(telegram)[0]["disable_notification"] is True


KEYBOARD = ((Button(label="🔕 Не сповіщати", says="v:mute_order:7"),),)


def test_buttons_stand_under_a_message_in_rows() -> None:
    with bot_api(sent()) as telegram:
        bot(telegram.url).send(CHAT, "text", buttons=KEYBOARD)
    row = [{"text": "🔕 Не сповіщати", "callback_data": "v:mute_order:7"}]
    assert bodies(telegram)[0]["reply_markup"] == {"inline_keyboard": [row]}


@pytest.mark.parametrize(
    "description",
    [
        "Bad Request: BUTTON_DATA_INVALID",
        "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        "Bad Request: inline keyboard button URL 'http://x' is invalid: Wrong HTTP URL",
        "Bad Request: object expected as reply markup",
    ],
)
def test_a_message_whose_buttons_telegram_does_not_take_goes_out_without_them(description: str) -> None:
    with bot_api(refused(400, description), sent(9)) as telegram:
        result = bot(telegram.url).send(CHAT, "<b>text</b>", buttons=KEYBOARD)
    assert (result.message_id, result.plain) == (9, False)
    first, second = bodies(telegram)
    assert second == {name: value for name, value in first.items() if name != "reply_markup"}


def test_a_token_is_read_for_each_message_and_freed_of_blanks() -> None:
    tokens = iter(["1:old", " 1:new\n"])
    with bot_api(sent(), sent()) as telegram:
        telegram_bot = BotApi(token=lambda: next(tokens), url=telegram.url)
        telegram_bot.send(CHAT, "a")
        telegram_bot.send(CHAT, "b")
    assert [request.path for request in telegram.requests] == ["/bot1:old/sendMessage", "/bot1:new/sendMessage"]


@pytest.mark.parametrize("token", ["", "  ", "1:a b", "1:a/../b", "1:й", "1:a\nHost: x"])
def test_what_cannot_be_a_token_is_sent_nowhere(token: str) -> None:
    with bot_api(sent()) as telegram, pytest.raises(CredentialRefused):
        bot(telegram.url, token=token).send(CHAT, "text")
    assert telegram.connections == 0


# --- refusals ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("description", ["Bad Request: chat not found", "Bad Request: PEER_ID_INVALID"])
def test_a_chat_that_telegram_does_not_know_is_unreachable(description: str) -> None:
    error = answer_to(refused(400, description))
    assert isinstance(error, ChatUnreachable)
    assert error.reason == "not_found"


@pytest.mark.parametrize(
    ("description", "reason"),
    [
        ("Forbidden: bot was blocked by the user", "blocked"),
        ("Forbidden: user is deactivated", "deactivated"),
        ("Forbidden: bot can't initiate conversation with a user", "not_started"),
    ],
)
def test_three_403_texts_say_that_the_chat_is_closed(description: str, reason: str) -> None:
    error = answer_to(refused(403, description))
    assert isinstance(error, ChatUnreachable)
    assert error.reason == reason


@pytest.mark.parametrize(
    "description",
    [
        "Forbidden: bot was kicked from the supergroup chat",
        "Forbidden: bot is not a member of the channel chat",
        "Forbidden: access denied",
        "Forbidden: bot was blocked by the user for a moment",
        "Forbidden",
        "",
    ],
)
def test_any_other_403_may_pass_and_closes_no_chat_f39(description: str) -> None:
    assert type(answer_to(refused(403, description))) is TelegramUnavailable


def test_a_403_that_telegram_did_not_write_closes_no_chat_f39() -> None:
    page = b"<html>bot was blocked by the user</html>"
    assert type(answer_to(answer(page, status=403))) is TelegramUnavailable


@pytest.mark.parametrize("status", [401, 404])
def test_a_wrong_token_is_a_refused_credential(status: int) -> None:
    assert isinstance(answer_to(refused(status, "Unauthorized")), CredentialRefused)
    assert isinstance(answer_to(html(status)), CredentialRefused)


@pytest.mark.parametrize(
    ("behaviour", "seconds"),
    [
        (refused(429, "Too Many Requests: retry after 35", retry_after=35), 35),
        (refused(429, "Too Many Requests"), 30),
        (refused(429, "Too Many Requests", retry_after=0), 30),
        (refused(429, "Too Many Requests", retry_after=-4), 30),
        (refused(429, "Too Many Requests", retry_after="soon"), 30),
        (refused(429, "Too Many Requests", retry_after=10**40), 12 * 3600),
        (answer(b"<html>", status=429, headers={"Retry-After": "8"}), 8),
        (html(429), 30),
    ],
)
def test_a_flood_wait_is_honoured_f35(behaviour: Behaviour, seconds: int) -> None:
    error = answer_to(behaviour)
    assert isinstance(error, TelegramLimited)
    assert error.retry_after == timedelta(seconds=seconds)


def test_an_empty_text_and_an_unnamed_refusal_are_rejected() -> None:
    empty = answer_to(refused(400, "Bad Request: message text is empty"))
    assert isinstance(empty, TelegramRejected)
    assert empty.reason == "empty"
    other = answer_to(refused(400, "Bad Request: not enough rights to send text messages to the chat"))
    assert isinstance(other, TelegramRejected)
    assert other.reason == "rejected"
    assert "not enough rights" in str(other)


def test_a_refusal_that_telegram_did_not_write_may_pass() -> None:
    assert type(answer_to(answer(b"<html>Bad Request: chat not found</html>", status=400))) is TelegramUnavailable
    assert type(answer_to(answer(b"", status=413))) is TelegramUnavailable


def test_the_refusal_of_a_200_is_believed() -> None:
    data = {"ok": False, "error_code": 403, "description": "Forbidden: user is deactivated"}
    assert isinstance(answer_to(answer_json(data)), ChatUnreachable)


@pytest.mark.parametrize("chat_id", [0, 2**52, -(2**52), 10**30, True])
def test_a_number_that_is_no_chat_is_asked_of_nobody(chat_id: int) -> None:
    with bot_api(sent()) as telegram, pytest.raises(ChatUnreachable) as caught:
        bot(telegram.url).send(chat_id, "text")
    assert caught.value.reason == "bad_chat"
    assert telegram.connections == 0


# --- refusals that can be mended --------------------------------------------------------------------------------


def test_a_group_that_became_a_supergroup_is_told_there_at_once() -> None:
    moved = refused(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-1001234567890)
    with bot_api(moved, sent(9)) as telegram:
        result = bot(telegram.url).send(-4321, "<b>x</b>")
    assert (result.chat_id, result.message_id) == (-1001234567890, 9)
    assert [body["chat_id"] for body in bodies(telegram)] == [-4321, -1001234567890]


@pytest.mark.parametrize("target", [-4321, "x", None, 2**60, True])
def test_a_move_to_nowhere_is_a_rejection(target: object) -> None:
    with bot_api(refused(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=target), sent()) as telegram:
        with pytest.raises(TelegramRejected):
            bot(telegram.url).send(-4321, "x")
        assert telegram.connections == 1


def test_markup_that_telegram_cannot_read_goes_out_as_plain_text_f14() -> None:
    broken = refused(400, 'Bad Request: can\'t parse entities: Unsupported start tag "b &" at byte offset 1')
    with bot_api(broken, sent(3)) as telegram:
        result = bot(telegram.url).send(CHAT, "A<B & C <b>жирний</b> &lt;i&gt;", silent=True)
    assert (result.plain, result.message_id) == (True, 3)
    second = bodies(telegram)[1]
    assert second["text"] == "A<B & C жирний <i>"
    assert "parse_mode" not in second
    assert second["disable_notification"] is True


def test_plain_text_is_tried_once() -> None:
    broken = refused(400, "Bad Request: can't parse entities")
    with bot_api(broken, broken, sent()) as telegram:
        with pytest.raises(TelegramRejected) as caught:
            bot(telegram.url).send(CHAT, "text")
        assert telegram.connections == 2
    assert caught.value.reason == "markup"


def test_a_message_too_long_goes_out_cut_at_a_word_with_its_tags_closed() -> None:
    with bot_api(refused(400, "Bad Request: message is too long"), sent()) as telegram:
        result = bot(telegram.url).send(CHAT, "<b>" + "слово &amp; " * 800 + "</b>кінець")
    assert result.cut
    text = bodies(telegram)[1]["text"]
    assert text.startswith("<b>слово &amp; ")
    assert text.endswith(("слово…</b>", "&amp;…</b>"))
    assert length(plain(text)) <= 4096


def test_a_message_still_too_long_is_rejected() -> None:
    long = refused(400, "Bad Request: message is too long")
    with bot_api(long, long, sent()) as telegram:
        with pytest.raises(TelegramRejected) as caught:
            bot(telegram.url).send(CHAT, "word " * 2000)
        assert telegram.connections == 2
    assert caught.value.reason == "too_long"


def test_a_message_moved_broken_and_too_long_still_arrives() -> None:
    with bot_api(
        refused(400, "Bad Request: upgraded", migrate_to_chat_id=-1009),
        refused(400, "Bad Request: can't parse entities"),
        refused(400, "Bad Request: message is too long"),
        sent(),
    ) as telegram:
        result = bot(telegram.url).send(CHAT, "слово " * 1000)
    assert (result.chat_id, result.plain, result.cut) == (-1009, True, True)


def test_chats_that_point_at_each_other_end() -> None:
    moves = [refused(400, "Bad Request: upgraded", migrate_to_chat_id=-1000 - n) for n in range(20)]
    with bot_api(*moves) as telegram:
        with pytest.raises(TelegramRejected):
            bot(telegram.url).send(CHAT, "x")
        assert telegram.connections == 5


def test_all_forms_together_stay_within_the_time() -> None:
    def moved_slowly(to: int) -> Behaviour:
        def behave(wire: Wire, request: Request) -> bool:
            wire.wait(0.4)
            return refused(400, "Bad Request: upgraded", migrate_to_chat_id=to)(wire, request)

        return behave

    with bot_api(*(moved_slowly(-1000 - n) for n in range(4))) as telegram:
        began = time.monotonic()
        with pytest.raises(TelegramUnavailable):
            bot(telegram.url, read=2, total=0.7).send(CHAT, "x")
        assert time.monotonic() - began < 1.2


# --- certainly not sent -----------------------------------------------------------------------------------------


def test_nobody_listening_is_certainly_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert type(failure(f"http://127.0.0.1:{port}")) is TelegramUnavailable


def test_an_unknown_host_is_certainly_not_sent() -> None:
    assert type(failure("http://no-such-host.invalid")) is TelegramUnavailable


def test_a_connection_that_is_not_taken_is_certainly_not_sent() -> None:
    with socket.socket() as listener:  # a full backlog drops the handshake
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        try:
            for filler in fillers:
                filler.setblocking(False)
                filler.connect_ex(("127.0.0.1", port))
            assert type(failure(f"http://127.0.0.1:{port}")) is TelegramUnavailable
        finally:
            for filler in fillers:
                filler.close()


def handshake_garbage(peer: socket.socket) -> None:
    peer.recv(4096)
    peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def handshake_closed(peer: socket.socket) -> None:
    peer.recv(4096)


def handshake_stalled(peer: socket.socket) -> None:
    time.sleep(1)


def handshake_with_unknown_certificate(peer: socket.socket) -> None:
    with self_signed().wrap_socket(peer, server_side=True):
        pass


@pytest.mark.parametrize(
    "behave", [handshake_garbage, handshake_closed, handshake_stalled, handshake_with_unknown_certificate]
)
def test_a_failed_tls_handshake_is_certainly_not_sent(behave: Callable[[socket.socket], None]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)

        def serve() -> None:
            peer, _ = listener.accept()
            with peer, suppress(OSError):
                peer.settimeout(5)
                behave(peer)

        thread = threading.Thread(target=serve)
        thread.start()
        error = failure(f"https://127.0.0.1:{listener.getsockname()[1]}")
        thread.join()
        listener.settimeout(0.05)
        with pytest.raises(TimeoutError):  # nobody knocked a second time
            listener.accept()
    assert type(error) is TelegramUnavailable


def self_signed() -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "nobody")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
    certificate = builder.sign(key, hashes.SHA256())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    pem, plain_key = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    with NamedTemporaryFile(suffix=".pem") as file:
        file.write(certificate.public_bytes(pem))
        file.write(key.private_bytes(pem, plain_key, serialization.NoEncryption()))
        file.flush()
        context.load_cert_chain(file.name)
    return context


def test_a_name_lookup_that_hangs_ends_and_sends_nothing_later(monkeypatch: pytest.MonkeyPatch) -> None:
    known = socket.getaddrinfo

    def slow(*args: object, **kwargs: object) -> object:
        time.sleep(0.6)
        return known(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with bot_api(sent()) as telegram:
        assert type(failure(telegram.url, total=0.2)) is TelegramUnavailable
        time.sleep(0.8)
        assert [request.body for request in telegram.requests] in ([], [b""])


@pytest.mark.parametrize("url", ["", "telegram", "ftp://127.0.0.1", "http://", "http://[::1"])
def test_an_address_that_is_none_is_a_configuration_error(url: str) -> None:
    error = failure(url)
    assert isinstance(error, ConfigurationError)
    assert "TELEGRAM_API_URL" in str(error)


# --- nobody knows -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(stall(), id="no answer in time"),
        pytest.param(reset, id="reset after the body"),
        pytest.param(hang_up, id="closed after the body"),
        pytest.param(raw(b"HTTP/1.1 200 OK\r\nContent-Le"), id="half a header"),
        pytest.param(half(OK), id="half a body"),
        pytest.param(answer(OK[: len(OK) // 2]), id="half a JSON"),
        pytest.param(wrong_length(OK, promised=len(OK) - 5), id="longer than it says"),
        pytest.param(wrong_length(OK, promised=len(OK) + 5), id="shorter than it says"),
        pytest.param(raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), id="broken chunks"),
        pytest.param(not_http, id="not HTTP"),
        pytest.param(html(200), id="HTML"),
        pytest.param(answer(b""), id="empty"),
        pytest.param(answer(b"\xff\xfe\x00{"), id="not text"),
        pytest.param(answer(b"[" * 100_000), id="deep"),
        pytest.param(answer_json(["ok"]), id="a list"),
        pytest.param(answer_json({"ok": "yes"}), id="an ok that is none"),
        pytest.param(gzip_rubbish, id="gzip that is none"),
        pytest.param(answer(gzip.compress(OK)[:-12], headers={"Content-Encoding": "gzip"}), id="half a gzip"),
        pytest.param(gzipped(b" " * 50_000_000), id="a gzip bomb"),
        pytest.param(large(10 * 1024 * 1024), id="huge"),
        pytest.param(large(10 * 1024 * 1024, told=False), id="huge without a length"),
        pytest.param(answer_json({"ok": False, "error_code": 500, "description": "Internal"}), id="a 500 in a 200"),
        pytest.param(refused(500, "Internal Server Error"), id="500"),
        pytest.param(html(502), id="502"),
        pytest.param(answer(b"", status=504), id="504"),
        pytest.param(
            answer_json({"ok": False, "error_code": 400, "description": "Bad Request: chat not found"}, status=503),
            id="a 400 in a 503",
        ),
        pytest.param(raw(b"HTTP/1.1 204 No Content\r\n\r\n"), id="204"),
    ],
)
def test_an_answer_that_says_nothing_leaves_it_unknown(behaviour: Behaviour) -> None:
    assert isinstance(answer_to(behaviour), TelegramUnknown)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(status: int) -> None:
    with bot_api(sent()) as elsewhere:
        assert isinstance(answer_to(redirect(f"{elsewhere.url}/x", status=status)), TelegramUnknown)
        assert elsewhere.connections == 0


@pytest.mark.parametrize("from_head", [True, False])
def test_an_answer_that_drips_ends_with_the_whole_time(from_head: bool) -> None:  # noqa: FBT001
    began = time.monotonic()
    dripping = trickle(OK + b" " * 200, pause=0.05, from_head=from_head)
    assert isinstance(answer_to(dripping, total=0.6), TelegramUnknown)
    assert time.monotonic() - began < 1.2


def test_a_slow_answer_within_the_time_is_read() -> None:
    with bot_api(trickle(OK, pause=0.005, from_head=True)) as telegram:
        assert bot(telegram.url).send(CHAT, "text").message_id == 7


def test_bytes_behind_a_whole_answer_make_it_no_less_sent() -> None:
    with bot_api(wrong_length(OK + OK, promised=len(OK))) as telegram:
        assert bot(telegram.url).send(CHAT, "text").message_id == 7


def test_an_answer_without_a_message_id_is_still_sent() -> None:
    with bot_api(answer_json({"ok": True, "result": True})) as telegram:
        assert bot(telegram.url).send(CHAT, "text").message_id is None


def test_one_message_after_another_never_shares_a_connection() -> None:
    with bot_api(sent(), sent(), sent()) as telegram:
        telegram_bot = bot(telegram.url)
        for _ in range(3):
            telegram_bot.send(CHAT, "text")
    assert telegram.connections == 3


# --- no secret, no personal data --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "behaviour",
    [
        reset,
        stall(),
        raw(b"HTTP/1.1 200 OK\r\nbroken header line\r\n\r\n"),
        redirect(f"http://127.0.0.1:9/bot{TOKEN}"),
        refused(400, f'Bad Request: no chat {CHAT} "Іван" at https://x/bot{TOKEN}/y @someone'),
        refused(403, f"Forbidden: {CHAT}"),
        refused(401, f"Unauthorized {TOKEN}"),
        sent(),
    ],
)
def test_neither_error_nor_log_holds_token_url_or_chat(behaviour: Behaviour, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    text = "Замовлення для Івана"
    caught: VistkaError | None = None
    with bot_api(behaviour) as telegram:
        telegram_bot = bot(telegram.url)
        try:
            telegram_bot.send(CHAT, text)
        except VistkaError as error:
            caught = error
    shown = caplog.text + repr(telegram_bot)
    if caught is not None:
        assert (caught.__context__, caught.__cause__) == (None, None)
        shown += "".join(traceback.format_exception(caught)) + repr(caught) + str(vars(caught))
    for secret in (TOKEN, "TESTTEST", str(CHAT), "127.0.0.1:9/", "Іван", "@someone"):
        assert secret not in shown


# --- questions --------------------------------------------------------------------------------------------------


def test_get_me_names_the_bot() -> None:
    with bot_api(answer_json({"ok": True, "result": {"username": "shop_bot"}})) as telegram:
        assert bot(telegram.url).get_me() == "@shop_bot"
    assert telegram.requests[0].path == f"/bot{TOKEN}/getMe"


@pytest.mark.parametrize("behaviour", [reset, stall(), html(502), html(200)])
def test_a_question_without_an_answer_is_never_an_unknown_message(behaviour: Behaviour) -> None:
    with bot_api(behaviour) as telegram, pytest.raises(TelegramUnavailable) as caught:
        bot(telegram.url).get_me()
    assert type(caught.value) is TelegramUnavailable


def test_a_question_has_less_time_than_a_message() -> None:
    given: list[Any] = []

    class Adapter(HTTPAdapter):
        def send(self, *_: Any, **named: Any) -> Any:
            given.append(named["timeout"])
            raise requests.ConnectionError

    telegram_bot = BotApi(token=lambda: TOKEN, url="http://127.0.0.1:9", adapter=Adapter, monotonic=lambda: 7.0)
    with pytest.raises(TelegramUnavailable):
        telegram_bot.get_me()
    with pytest.raises(TelegramUnavailable):
        telegram_bot.send(CHAT, "text")
    assert given == [(3, pytest.approx(5.6)), (3, 25)]


def test_a_question_with_a_revoked_token_is_a_refused_credential() -> None:
    with bot_api(refused(401, "Unauthorized")) as telegram, pytest.raises(CredentialRefused):
        bot(telegram.url).get_me()


ME = answer_json({"ok": True, "result": {"username": "shop_bot"}})
GROUP = answer_json({"ok": True, "result": {"id": CHAT, "type": "supergroup", "title": "Замовлення"}})
DONE = answer_json({"ok": True, "result": True})


def test_check_is_content_with_a_bot_that_may_write_to_the_shop() -> None:
    with bot_api(ME, GROUP, DONE) as telegram:
        findings = bot(telegram.url).check(CHAT)
    assert [(f.name, f.ok, f.text) for f in findings] == [
        ("bot token", True, "Telegram knows the bot as @shop_bot"),
        ("shop's chat", True, "the bot may write to it (supergroup)"),
    ]
    assert [request.path.rsplit("/", 1)[1] for request in telegram.requests] == ["getMe", "getChat", "sendChatAction"]


def test_check_sends_the_owner_of_a_wrong_token_to_botfather() -> None:
    with bot_api(refused(401, "Unauthorized")) as telegram:
        first, second = bot(telegram.url).check(CHAT)
    assert not first.ok
    assert "@BotFather" in first.hint
    assert not second.ok


def test_check_says_that_no_chat_is_set() -> None:
    with bot_api(ME) as telegram:
        finding = bot(telegram.url).check(None)[1]
    assert (finding.ok, finding.text) == (False, "TELEGRAM_CHAT_ID is not set")
    assert "Add the bot to the shop's chat" in finding.hint


@pytest.mark.parametrize(
    "behaviours",
    [
        [refused(400, "Bad Request: chat not found")],
        [refused(403, "Forbidden: bot was kicked from the group chat")],
        [refused(400, "Bad Request: upgraded", migrate_to_chat_id=-1001)],
        [GROUP, refused(400, "Bad Request: not enough rights to send text messages to the chat")],
        [GROUP, refused(403, "Forbidden: bot can't initiate conversation with a user")],
    ],
)
def test_check_says_how_to_come_to_a_chat_that_takes_messages(behaviours: list[Behaviour]) -> None:
    with bot_api(ME, *behaviours) as telegram:
        finding = bot(telegram.url).check(CHAT)[1]
    assert not finding.ok
    assert "Add the bot to the shop's chat" in finding.hint
    assert str(CHAT) not in finding.text


def test_check_finds_a_number_that_is_no_chat_without_asking() -> None:
    with bot_api(ME) as telegram:
        assert not bot(telegram.url).check(2**60)[1].ok
        assert telegram.connections == 1


def test_check_names_an_outage_as_one() -> None:
    with bot_api(reset) as telegram:
        first, _ = bot(telegram.url).check(CHAT)
    assert not first.ok
    assert first.hint.startswith("Try again")
    with bot_api(ME, html(502)) as telegram:
        _, second = bot(telegram.url).check(CHAT)
    assert not second.ok
    assert second.hint.startswith("Try again")
