"""What each function's import loads, and that nothing happens by it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"babel", "jinja2", "orjson", "pg8000", "pymysql", "requests", "sqlalchemy", "tenacity"}

#: Imports a function in an empty environment, and watches for whatever reaches outside of it meanwhile. (That urllib3
#: looks whether this machine has IPv6, by binding a socket, reaches nothing.)
CHILD = """
import json, os, sys

os.environ.clear()
reached = []
OUTSIDE = ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.fork", "os.system",
           "sqlite3.connect", "os.putenv", "os.remove", "os.rename", "os.mkdir")

def watch(event, arguments):
    if event in OUTSIDE or (event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")):
        reached.append(f"{event} {arguments[:1]}")

sys.addaudithook(watch)
app = __import__(f"functions.{sys.argv[1]}.app", fromlist=["handler"])
kept = [name for name, value in vars(app).items() if hasattr(value, "cache_info") and value.cache_info().currsize]
clients = sys.modules["boto3"].DEFAULT_SESSION
modules = sorted({name.partition(".")[0] for name in sys.modules})
print(json.dumps({"reached": reached, "kept": kept, "clients": clients is not None, "modules": modules,
                  "all": sorted(sys.modules)}))
"""


@pytest.fixture(scope="module", params=["dispatcher", "tracker", "notifier", "bot", "web"])
def loaded(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-B", "-c", CHILD, request.param],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'layers/core'}", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return request.param, json.loads(done.stdout)


def test_nothing_happens_at_import(loaded: tuple[str, dict[str, Any]]) -> None:
    _, told = loaded
    assert (told["reached"], told["kept"], told["clients"]) == ([], [], False)


def test_a_function_loads_the_heavy_libraries_that_it_needs_and_no_other(
    loaded: tuple[str, dict[str, Any]],
) -> None:
    function, told = loaded
    # Drivers come with the first connection: only that of the shop's own database.
    assert (
        set(told["modules"]) & HEAVY
        == {
            "dispatcher": {"sqlalchemy"},
            "tracker": {"orjson", "requests", "sqlalchemy", "tenacity"},
            "notifier": {"babel", "jinja2", "requests"},
            "bot": {"babel", "jinja2", "requests"},
            "web": {"babel", "jinja2"},
        }[function]
    )


def test_no_function_starts_with_the_events_of_all_of_aws(loaded: tuple[str, dict[str, Any]]) -> None:
    """powertools' batches bring them along: a fifth of the notifier's start."""
    _, told = loaded
    assert not [name for name in told["all"] if name.startswith("aws_lambda_powertools.utilities.data_classes")]


def test_what_speaks_to_people_knows_no_shop_and_no_carrier(loaded: tuple[str, dict[str, Any]]) -> None:
    function, told = loaded
    ours = {name for name in told["all"] if name.startswith("vistka.")}
    if function in {"notifier", "bot", "web"}:
        assert not {name for name in ours if name.startswith(("vistka.shop", "vistka.carrier", "vistka.adapters.shop"))}
    assert not {name for name in ours if name.startswith("vistka.cli")}
    assert ("vistka.adapters.telegram" in ours) is (function == "notifier")  # the bot's replies leave by themselves
    assert ("vistka.adapters.nova_poshta" in ours) is (function == "tracker")
