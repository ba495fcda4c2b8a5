"""The call itself, over a real socket: signed, bounded, followed nowhere; and what a shop checks it with."""

import importlib.util
import json
import subprocess
import traceback
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.sockets import (
    Behaviour,
    Server,
    answer,
    gzip_rubbish,
    half,
    hang_up,
    large,
    not_http,
    reset,
    stall,
    trickle,
)
from vistka.adapters.webhook import SignedWebhook, secrets_of, signature
from vistka.domain.errors import ConfigurationError, WebhookUnavailable

FOLDER = Path(__file__).resolve().parents[2] / "integrations" / "webhooks"
NOW = datetime(2026, 11, 28, 10, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
OLD, NEW = "o" * 32, "n" * 40
BODY = '{"version":1,"text":"Прибув"}'.encode()


def webhook(server: Server, secret: str = NEW) -> SignedWebhook:
    return SignedWebhook(f"{server.url}/vistka", secret=lambda: secret, total=timedelta(seconds=1))


@pytest.mark.parametrize("status", [204, 302, 410, 500])
def test_the_status_is_told_and_no_redirect_followed(status: int) -> None:
    with Server() as server:
        server.on("/vistka", answer(b"", status=status, headers={"Location": f"{server.url}/elsewhere"}))
        assert webhook(server).call(BODY, call_id="2045-3", at=NOW) == status
        (request,) = server.requests
    assert request.body == BODY
    assert request.headers["x-vistka-id"] == "2045-3"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x-vistka-signature"] == signature(BODY, at=NOW, secrets=(NEW,))


def test_two_secrets_sign_while_one_takes_the_others_place() -> None:
    with Server() as server:
        server.on("/vistka", answer(b""))
        webhook(server, f"{NEW}, {OLD}").call(BODY, call_id="x", at=NOW)
        sent = server.requests[0].headers["x-vistka-signature"]
    assert sent.startswith(f"t={SECONDS},v1=")
    assert [module().read_call(BODY, sent, secret, now=SECONDS)["version"] for secret in (OLD, NEW)] == [1, 1]


@pytest.mark.parametrize(
    "behaviour",
    [stall(), hang_up, reset, trickle(b"", pause=0.1, from_head=True), not_http],
)
def test_a_program_that_gives_no_answer_is_named_without_its_address(behaviour: Behaviour) -> None:
    with Server() as server:
        server.on("/vistka", behaviour)
        with pytest.raises(WebhookUnavailable) as failed:
            webhook(server).call(BODY, call_id="x", at=NOW)
        said = "".join(traceback.format_exception(failed.value))
    assert server.url.rpartition(":")[2] not in said
    assert NEW not in said


@pytest.mark.parametrize("behaviour", [half(b"{}"), trickle(b"x" * 100, pause=0.1), large(10_000_000), gzip_rubbish])
def test_a_program_that_says_yes_has_the_change_whatever_follows(behaviour: Behaviour) -> None:
    """Or it would be called again for three days with what it has taken."""
    with Server() as server:
        server.on("/vistka", behaviour)
        one = webhook(server)
        assert one.call(BODY, call_id="x", at=NOW) == 200
        assert one.call(BODY, call_id="y", at=NOW) == 200
        assert [request.headers["x-vistka-id"] for request in server.requests] == ["x", "y"]


@pytest.mark.parametrize("text", ["", "short", f"{OLD},{NEW},{OLD}", f"{OLD},short"])
def test_a_secret_that_is_none_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ConfigurationError, match="WEBHOOK_SECRET must be one secret of at least 32") as refused:
        secrets_of(text)
    assert "short" not in str(refused.value).replace("at least 32", "")


# --- what a shop checks it with -----------------------------------------------------------------------------------


def module() -> Any:
    spec = importlib.util.spec_from_file_location("vistka_webhook", FOLDER / "vistka_webhook.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


GOOD = signature(BODY, at=NOW, secrets=(NEW,))
CASES: dict[str, tuple[str, bytes, int, bool]] = {
    "as it came": (GOOD, BODY, 0, True),
    "five minutes later": (GOOD, BODY, 300, True),
    "a clock that is behind": (GOOD, BODY, -300, True),
    "repeated later": (GOOD, BODY, 301, False),
    "another body": (GOOD, BODY + b" ", 0, False),
    "another secret": (signature(BODY, at=NOW, secrets=(OLD,)), BODY, 0, False),
    "the second signature": (signature(BODY, at=NOW, secrets=(OLD, NEW)), BODY, 0, True),
    "a time of its own": (GOOD.replace(f"t={SECONDS}", f"t={SECONDS + 1}"), BODY, 0, False),
    "two times": (f"t={SECONDS - 9000},{GOOD}", BODY, 0, False),
    "no time": (GOOD.partition(",")[2], BODY, 0, False),
    "a time that is none": (f"t=x,{GOOD.partition(',')[2]}", BODY, 0, False),
    "nothing": ("", BODY, 0, False),
    "rubbish": (",=,v1,v1=,t=", BODY, 0, False),
    "a time without end": (f"t={'9' * 5000},{GOOD.partition(',')[2]}", BODY, 0, False),
    "not ascii": (f"t={SECONDS},v1=й", BODY, 0, False),
}


@pytest.mark.parametrize("name", CASES)
def test_python_knows_our_calls_from_others(name: str) -> None:
    given, body, later, ours = CASES[name]
    python = module()
    if ours:
        assert python.read_call(body, given, NEW, now=SECONDS + later) == {"version": 1, "text": "Прибув"}
    else:
        with pytest.raises(python.NotVistka):
            python.read_call(body, given, NEW, now=SECONDS + later)


def test_without_a_secret_nothing_is_ours(php: str) -> None:
    """Whoever leaves it unset would believe what anybody signs with nothing."""
    given = signature(BODY, at=NOW, secrets=("",))
    with pytest.raises(ValueError, match="at least 32 characters"):
        module().read_call(BODY, given, "", now=SECONDS)
    code = f"require '{FOLDER / 'vistka_webhook.php'}'; vistka_call('{BODY.decode()}', '{given}', '', {SECONDS});"
    done = subprocess.run([php, "-n", "-r", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode
    assert "at least 32 characters" in done.stdout + done.stderr


def test_php_knows_our_calls_from_others(php: str) -> None:
    code = (
        f"require '{FOLDER / 'vistka_webhook.php'}';"
        "$out = [];"
        "foreach (json_decode(stream_get_contents(STDIN), true) as $name => [$given, $body, $later]) {"
        f"$out[$name] = vistka_call($body, $given, '{NEW}', {SECONDS} + $later); }}"
        "echo json_encode($out);"
    )
    asked = {name: [given, body.decode(), later] for name, (given, body, later, _) in CASES.items()}
    done = subprocess.run(
        [php, "-n", "-r", code], input=json.dumps(asked), capture_output=True, text=True, timeout=60, check=True
    )
    expected = {name: {"version": 1, "text": "Прибув"} if ours else None for name, (*_, ours) in CASES.items()}
    assert json.loads(done.stdout) == expected
