"""Pages: the first byte of an order's page on MiniStack, over that of a file, and what the page weighs."""

import gzip
import http.client
import tempfile
import time
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from benchmarks.figures import Runs, Table
from local import scenario
from local.world.wishes import Wishes
from local.world.world import World

_BASE: Final = "robots.txt"
#: Asked for in each run, by turns.
_TIMES: Final = 25
_PATIENCE: Final = 300


def measure(rounds: int) -> list[Table]:
    with (
        tempfile.TemporaryDirectory(prefix="vistka-bench-") as folder,
        World.start(Wishes(folder=Path(folder) / ".local")) as world,
    ):
        token = _token(world)
        paths = {
            _BASE: "robots.txt",
            "page": f"o/{token}",
            "embed": f"embed/{token}",
            "JSON": f"api/o/{token}",
            "badge": f"badge/{token}.svg",
        }
        seconds: dict[str, list[float]] = {name: [] for name in paths}
        weights = {name: _asked(world, path)[1] for name, path in paths.items()}  # and the function is warm
        for _ in range(rounds):
            took: dict[str, list[float]] = {name: [] for name in paths}
            for _ in range(_TIMES):
                for name, path in paths.items():
                    took[name].append(_asked(world, path)[0])
            for name, each in took.items():
                seconds[name].append(Runs(tuple(each)).median)
    runs = {name: Runs(tuple(found)) for name, found in seconds.items()}
    rows = [
        [name, runs[name].ms, runs[name].over(runs[_BASE]).ratio, f"{packed / 1000:.1f}", f"{whole / 1000:.1f}"]
        for name, (packed, whole) in weights.items()
    ]
    title = f"{rounds} runs of {_TIMES}, the median of each"
    columns = ("what", "first byte, ms", f"over {_BASE}", "kB", "kB unpacked")
    values = {"page: kB": weights["page"][1] / 1000, "page: over file": runs["page"].over(runs[_BASE]).median}
    return [Table(name="pages", title=title, columns=columns, rows=rows, values=values)]


def _token(world: World) -> str:
    """Of the first order that the store knows, with one parcel, after a first run."""
    world.invoke("DispatcherFunction", {})
    told = scenario.load(Path(world.folder) / "standins" / "scenario.json")
    wanted = next(order for order in told.orders if order.open and len(order.ttns) == 1 and not order.bad)
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        made: dict[str, Any] = world.invoke("WebFunction", {"page": {"order_number": wanted.number}})
        if "page" in made:
            time.sleep(5)  # the first run writes on
            return str(made["page"]["url"]).removeprefix("o/")
        time.sleep(1)
    raise RuntimeError("the first run saw no order in time")


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
