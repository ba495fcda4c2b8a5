"""A whole deployment calls the shop's own program, with IAM enforced: once for each change, after an outage too."""

import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from integrations.webhooks.vistka_webhook import read_call
from local.world.wishes import QUICK, Wishes
from local.world.world import World
from tests.e2e.commands import vistka
from tests.e2e.watching import Watched

PATIENCE = 90


class Program(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append((self.headers["X-Vistka-Signature"], body))  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def program() -> Iterator[Any]:
    server: Any = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Program)
    server.status, server.calls = 503, []
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def called_world(program: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    url = f"http://127.0.0.1:{program.server_address[1]}/vistka"
    folder = Path(tmp_path_factory.mktemp("called")) / ".local"
    parameters = {**QUICK, "WebhookUrl": url, "NoticeDueSeconds": "5"}
    with World.start(Wishes(folder=folder, parameters=parameters)) as world:
        yield world


def until(what: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.3)
    return True


def states(world: World) -> dict[str, int]:
    told: dict[str, int] = json.loads(vistka(world, "webhooks", "--json").out)["states"]
    return told


def test_each_change_is_called_once_signed_and_after_an_outage_too(called_world: World, program: Any) -> None:
    eye = Watched(called_world)
    assert vistka(called_world, "run", "--wait").code in {0, 1}
    called_world.set_clock(30 * 3600)
    assert vistka(called_world, "run", "--wait").code in {0, 1}
    assert until(lambda: states(called_world).get("retry", 0) > 3)
    assert vistka(called_world, "webhooks").code == 1  # in trouble, and says so
    program.status = 204
    called_world.set_clock(31 * 3600)
    # What the queue hides for real seconds, the sweep sends again by the moved clock.
    assert until(lambda: vistka(called_world, "run").code in {0, 1} and "retry" not in states(called_world))
    secret = called_world.client("ssm").get_parameter(Name="/vistka/webhook-secret", WithDecryption=True)
    answered = [
        read_call(body, signature, secret["Parameter"]["Value"], within=10**9) for signature, body in program.calls
    ]
    assert {call["type"] for call in answered} == {"parcel.changed"}
    assert set(states(called_world)) <= {"sent", "shadow"}
    assert {call["id"] for call in answered} == {f"{call['ttn']}-{call['change']}" for call in answered}
    assert len({call["id"] for call in answered}) == states(called_world)["sent"]
    assert eye.stages()


def test_the_program_can_be_tried(called_world: World, program: Any) -> None:
    program.status = 200
    said = vistka(called_world, "webhooks", "test")
    assert (said.code, said.out.strip()) == (0, "answered 200")
    assert json.loads(program.calls[-1][1])["type"] == "test"
    program.status = 500
    assert vistka(called_world, "webhooks", "test").code == 1
