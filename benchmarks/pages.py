"""Pages: the first byte of an order's page on MiniStack, over that of a file, and what the page weighs; and the answers
of the bot's webhook, over a refused call."""

import gzip
import http.client
import json
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from benchmarks.figures import Runs, Table
from local import scenario
from local.world.wishes import Wishes
from local.world.world import WEBHOOK_SECRET, World

_BASE: Final = "robots.txt"
_REFUSED: Final = "a forged call, refused"
#: Asked for in each run, by turns.
_TIMES: Final = 25
_TAPS: Final = 5
#: A chat is answered once a second (F20): whoever taps again has waited a moment.
_MOMENT: Final = 2.0
_PATIENCE: Final = 300


def measure(rounds: int) -> list[Table]:
    with (
        tempfile.TemporaryDirectory(prefix="vistka-bench-") as folder,
        World.start(Wishes(folder=Path(folder) / ".local")) as world,
    ):
        order = _order(world)
        token = str(world.invoke("WebFunction", {"page": {"order_number": order}})["page"]["url"]).removeprefix("o/")
        paths = {
            _BASE: "robots.txt",
            "page": f"o/{token}",
            "embed": f"embed/{token}",
            "JSON": f"api/o/{token}",
            "badge": f"badge/{token}.svg",
        }
        weights = {name: _asked(world, path)[1] for name, path in paths.items()}
        pages = _by_turns(rounds, _TIMES, {name: partial(_first_byte, world, path) for name, path in paths.items()})
        said = _by_turns(rounds, _TAPS, _updates(world, order))
    return [
        Table(
            name="pages",
            title=f"{rounds} runs of {_TIMES}, the median of each",
            columns=("what", "first byte, ms", f"over {_BASE}", "kB", "kB unpacked"),
            rows=[
                [
                    name,
                    pages[name].ms,
                    pages[name].over(pages[_BASE]).ratio,
                    f"{packed / 1000:.1f}",
                    f"{whole / 1000:.1f}",
                ]
                for name, (packed, whole) in weights.items()
            ],
            values={
                "page: kB": weights["page"][1] / 1000,
                "page: over file": pages["page"].over(pages[_BASE]).median,
            },
        ),
        Table(
            name="webhook",
            title=f"{rounds} runs of {_TAPS}, the median of each",
            columns=("update", "whole answer, ms", "over a forged call"),
            rows=[[name, each.ms, each.over(said[_REFUSED]).ratio] for name, each in said.items()],
        ),
    ]


def _by_turns(rounds: int, times: int, what: Mapping[str, Callable[[], float]]) -> dict[str, Runs]:
    """The median of each run. What is asked for the first time finds its function cold, and does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in what}
    for ask in what.values():
        ask()
    for _ in range(rounds):
        took: dict[str, list[float]] = {name: [] for name in what}
        for _ in range(times):
            for name, ask in what.items():
                took[name].append(ask())
        for name, each in took.items():
            seconds[name].append(Runs(tuple(each)).median)
    return {name: Runs(tuple(found)) for name, found in seconds.items()}


def _updates(world: World, order: str) -> dict[str, Callable[[], float]]:
    """What people write, each in a chat of their own, as Telegram's webhook brings it; the reply is in the answer."""
    made = world.invoke("BotFunction", {"link": {"order_number": order}})
    link = str(made["link"]["url"]).partition("start=")[2]
    secret = world.client("ssm").get_parameter(Name=WEBHOOK_SECRET, WithDecryption=True)["Parameter"]["Value"]
    chats = count(600_700_000)
    buyer = next(chats)

    def tapped_again() -> float:
        time.sleep(_MOMENT)
        return _answered(world, f"/start {link}", chat=buyer, secret=secret)

    return {
        _REFUSED: lambda: _answered(world, "/help", chat=next(chats), secret="forged", status=403),  # noqa: S106
        "/help": lambda: _answered(world, "/help", chat=next(chats), secret=secret),
        "/status": lambda: _answered(world, "/status", chat=next(chats), secret=secret),
        "a link, tapped again": tapped_again,
    }


def _answered(world: World, text: str, *, chat: int, secret: str, status: int = 200) -> float:
    """Seconds to the whole answer."""
    person = {"id": chat, "type": "private", "first_name": "Приклад"}
    message = {"message_id": 1, "date": int(time.time()), "chat": person, "from": person, "text": text}
    address = urlsplit(world.facts.outputs["BotUrl"])
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=60)
    connection.connect()
    began = time.perf_counter()
    connection.request(
        "POST",
        address.path or "/",
        body=json.dumps({"update_id": time.time_ns() % 2**31, "message": message}).encode(),
        headers={"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": secret},
    )
    answer = connection.getresponse()
    answer.read()
    took = time.perf_counter() - began
    connection.close()
    if answer.status != status:
        raise RuntimeError(f"{answer.status} for an update")
    return took


def _order(world: World) -> str:
    """The number of the first order that the store knows, with one parcel, after a first run."""
    world.invoke("DispatcherFunction", {})
    told = scenario.load(Path(world.folder) / "standins" / "scenario.json")
    wanted = next(order for order in told.orders if order.open and len(order.ttns) == 1 and not order.bad)
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        made: dict[str, Any] = world.invoke("WebFunction", {"page": {"order_number": wanted.number}})
        if "page" in made:
            time.sleep(5)  # the first run writes on
            return wanted.number
        time.sleep(1)
    raise RuntimeError("the first run saw no order in time")


def _first_byte(world: World, path: str) -> float:
    return _asked(world, path)[0]


def _asked(world: World, path: str) -> tuple[float, tuple[int, int]]:
    """Seconds to the first byte, and the bytes as they came and unpacked."""
    address = urlsplit(world.facts.outputs["WebUrl"])
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=60)
    connection.connect()
    began = time.perf_counter()
    connection.request("GET", f"{address.path}{path}", headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    first = answer.read(1)
    took = time.perf_counter() - began
    body = first + answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status} for a page")
    whole = gzip.decompress(body) if answer.headers["Content-Encoding"] == "gzip" else body
    return took, (len(body), len(whole))
