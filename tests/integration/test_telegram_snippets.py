"""What a shop copies from integrations/telegram makes the tokens that we read, and reaches the bot's door."""

import importlib.util
import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.sockets import Request, Server, Wire, answer_json, close_after
from tests.unit.bot.scene import ME, told
from tests.unit.bot.test_door import FORWARD, Hall
from vistka.domain.tokens import KeyRing, Purpose, mint, read

FOLDER = Path(__file__).resolve().parents[2] / "integrations/telegram"
VECTORS: list[dict[str, Any]] = json.loads((FOLDER / "test-vectors.json").read_text(encoding="utf-8"))["tokens"]
#: What the snippets make; the others are for who writes a whole one.
SHORT = [one for one in VECTORS if len(one["order_id"].encode()) <= 17]

needs_php = pytest.mark.skipif(shutil.which("php") is None, reason="no php on this machine: apt install php-cli")


def module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector['purpose']} {vector['order_id']}")
def test_the_vectors_are_tokens_of_ours(vector: dict[str, Any]) -> None:
    ring = KeyRing.parse(f"{vector['key_number']}:{vector['key']}")
    purpose, expires_at = Purpose[vector["purpose"].upper()], datetime.fromtimestamp(vector["expires_at"], UTC)
    nonce = bytes.fromhex(vector["nonce"])
    assert mint(purpose, vector["order_id"], expires_at=expires_at, nonce=nonce, keys=ring) == vector["token"]
    opened = read(vector["token"], purpose, keys=ring, now=datetime(2026, 11, 24, tzinfo=UTC))
    assert (opened.order_key, opened.expires_at) == (vector["order_id"], expires_at)


def test_python_makes_the_same_tokens() -> None:
    snippet = module("vistka_link")
    for one in SHORT:
        nonce = bytes.fromhex(one["nonce"])
        made = snippet.token(
            one["order_id"],
            key_number=one["key_number"],
            key=one["key"],
            expires_at=one["expires_at"],
            nonce=nonce,
            purpose=Purpose[one["purpose"].upper()],
        )
        assert made == one["token"]
    for wrong in ("", "x" * 18):
        with pytest.raises(ValueError, match="1 to 17 bytes"):
            snippet.token(wrong, key_number=1, key=SHORT[0]["key"], expires_at=1)


def test_a_link_made_in_python_is_read() -> None:
    one = SHORT[0]
    url = module("vistka_link").link("shop_bot", "1042", key_number=1, key=one["key"], days=2)
    head, _, token = url.partition("?start=")
    assert head == "https://t.me/shop_bot"
    ring = KeyRing.parse(f"1:{one['key']}")
    assert read(token, Purpose.LINK, keys=ring, now=datetime.now(UTC)).order_key == "1042"


def test_a_page_made_in_python_is_read() -> None:
    one = SHORT[0]
    url = module("vistka_link").page("https://pages.example/", "1042", key_number=1, key=one["key"], days=2)
    head, _, token = url.partition("/o/")
    assert head == "https://pages.example"
    ring = KeyRing.parse(f"1:{one['key']}")
    assert read(token, Purpose.PAGE, keys=ring, now=datetime.now(UTC)).order_key == "1042"


@needs_php
def test_php_makes_the_same_tokens() -> None:
    code = """
        foreach (json_decode(stream_get_contents(STDIN), true) as $one) {
            echo vistka_token($one['order_id'], $one['key_number'], $one['key'], $one['expires_at'],
                hex2bin($one['nonce']), $one['purpose'] === 'page' ? VISTKA_PAGE : VISTKA_LINK), "\\n";
        }
        try { vistka_token('', 1, 'AAAA', 1); } catch (InvalidArgumentException $e) { echo $e->getMessage(), "\\n"; }
        echo vistka_link('shop_bot', '1042', 1, $one['key']), "\\n";
        echo vistka_page('https://pages.example/', '1042', 1, $one['key']), "\\n";
    """
    done = subprocess.run(
        ["php", "-n", "-r", f"require '{FOLDER / 'vistka_link.php'}';{code}"],
        input=json.dumps(SHORT), capture_output=True, text=True, check=True, timeout=30,
    )  # fmt: skip
    *tokens, refused, url, page = done.stdout.splitlines()
    assert tokens == [one["token"] for one in SHORT]
    assert refused == "the order's id must have 1 to 17 bytes"
    assert url.startswith("https://t.me/shop_bot?start=vQ")
    assert page.startswith("https://pages.example/o/vQ")
    ring = KeyRing.parse(f"1:{SHORT[-1]['key']}")
    assert read(page.rpartition("/")[2], Purpose.PAGE, keys=ring, now=datetime.now(UTC)).order_key == "1042"


# --- passed on --------------------------------------------------------------------------------------------------------

UPDATES: dict[str, tuple[dict[str, Any], bool]] = {
    "a link of ours": ({"message": {"text": "/start vQabc", "chat": told(ME)}}, True),
    "a button of ours": ({"callback_query": {"id": "1", "data": "v:mute", "message": {"chat": told(ME)}}}, True),
    "a block": ({"my_chat_member": {"chat": told(ME), "new_chat_member": {"status": "kicked"}}}, True),
    "a link of theirs": ({"message": {"text": "/start verify_1a2b", "chat": told(ME)}}, False),
    "a start": ({"message": {"text": "/start", "chat": told(ME)}}, False),
    "words": ({"message": {"text": "де мій vQ", "chat": told(ME)}}, False),
    "a picture": ({"message": {"chat": told(ME)}}, False),
    "a button of theirs": ({"callback_query": {"id": "1", "data": "order:1", "message": {"chat": told(ME)}}}, False),
    "a game": ({"callback_query": {"id": "1"}}, False),
    "something else": ({"poll": {}}, False),
}


@pytest.fixture
def hall() -> Hall:
    return Hall()


@pytest.fixture
def url(hall: Hall) -> Iterator[str]:
    def behave(wire: Wire, request: Request) -> bool:
        status, body = hall.open(
            {"requestContext": {}, "headers": dict(request.headers), "body": request.body.decode()}
        )
        return close_after(answer_json(body, status=status))(wire, request)

    with Server() as server:
        server.on("/", [behave] * 5)
        yield f"{server.url}/"


def update(name: str) -> dict[str, Any]:
    return {"update_id": 31, **UPDATES[name][0]}


def test_python_knows_what_is_for_us() -> None:
    snippet = module("vistka_forward")
    assert {name: snippet.is_for_vistka(update(name)) for name in UPDATES} == {n: u[1] for n, u in UPDATES.items()}


def test_python_passes_an_update_on_and_gets_the_reply(hall: Hall, url: str) -> None:
    snippet = module("vistka_forward")
    answer = snippet.forward(update("a button of ours"), url=url, secret=FORWARD)
    assert (answer["method"], answer["text"]) == ("sendMessage", "uk muted")
    assert hall.scene.recipient().updates == ("f31",)
    assert snippet.forward(update("a block"), url=url, secret=FORWARD) == {}
    with pytest.raises(OSError, match="403"):
        snippet.forward(update("a block"), url=url, secret="guess")


@needs_php
def test_php_knows_what_is_for_us_and_passes_it_on(hall: Hall, url: str) -> None:
    code = f"""
        foreach (json_decode(stream_get_contents(STDIN), true) as $one) {{
            echo json_encode(vistka_is_for($one)), "\\n";
        }}
        echo vistka_forward('{json.dumps(update("a button of ours"))}', '{url}', '{FORWARD}'), "\\n";
        foreach (['{url}', 'http://127.0.0.1:9/'] as $url) {{
            try {{ vistka_forward('{{}}', $url, 'guess'); }}
            catch (RuntimeException $e) {{ echo $e->getMessage(), "\\n"; }}
        }}
    """
    done = subprocess.run(
        ["php", "-n", "-r", f"require '{FOLDER / 'vistka_forward.php'}';{code}"],
        input=json.dumps([update(name) for name in UPDATES]), capture_output=True, text=True, check=True, timeout=30,
    )  # fmt: skip
    *ours, reply, refused, away = done.stdout.splitlines()
    assert [json.loads(one) for one in ours] == [wanted for _, wanted in UPDATES.values()]
    assert json.loads(reply)["text"] == "uk muted"
    assert refused == away == "Vistka did not take the update"
    assert hall.scene.recipient().updates == ("f31",)
