"""A whole run on MiniStack, from the rule to the last message: all functions, queues and both stand-ins take part."""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import requests

from benchmarks.figures import Runs, Table
from benchmarks.invented import API_KEY, BOT_TOKEN, STEP_HOURS, scenario
from local.world.wishes import QUICK, Wishes
from local.world.world import World

SIZES: Final = (1_000, 10_000)
ANSWER_MS: Final = 200
#: One in so many parcels has news for its buyer.
NEWS: Final = 20
#: Nothing is to wait but for the work itself: no pace, no night, and Telegram takes whatever comes.
_PARAMETERS: Final = {
    **QUICK,
    "PaceSeconds": "0",
    "ChatPauseSeconds": "0",
    "Polling": "10",
    "QuietHours": "off",
    "DispatcherTimeoutSeconds": "900",
}
_OFF: Final = ("--carrier-interval", "0", "--chat-interval", "0", "--bot-per-second", "0")
_PATIENCE: Final = 1800


def measure(rounds: int, *, sizes: Sequence[int] = SIZES) -> list[Table]:
    rows: list[list[object]] = []
    values: dict[str, float] = {}
    each: dict[int, float] = {}
    for size in sizes:
        first, later, news = _runs_of(size, rounds=min(rounds, 3))
        alone = -(-size // 100) * ANSWER_MS / 1000
        each[size] = later.median / size
        rows.append(
            [
                f"{size:,}".replace(",", " "),
                f"{first:.0f}",
                later.shown(digits=1),
                news,
                f"{each[size] * 1000:.1f}",
                f"**{each[size] / each[sizes[0]]:.2f}**",
                f"{later.median / alone:.1f}",
            ]
        )
    if len(sizes) > 1:
        values["whole: growth"] = each[sizes[-1]] / each[sizes[0]]
    return [
        Table(
            name="whole",
            title=f"From the dispatcher's start to the last message; one parcel in {NEWS} has news, {ANSWER_MS} ms an "
            "answer, no pace",
            columns=(
                "open orders",
                "first sight, s",
                "a run, s",
                "messages",
                "ms an order",
                f"over that at {sizes[0]:,}".replace(",", " "),
                "over the carrier's answers one after another",
            ),
            rows=rows,
            values=values,
        )
    ]


def _runs_of(size: int, *, rounds: int) -> tuple[float, Runs, int]:
    """Seconds of the run that sees all orders for the first time, and of later ones; messages of one."""
    with tempfile.TemporaryDirectory(prefix="vistka-whole-") as folder:
        file = Path(folder) / "bench.json"
        scenario(size, moving=NEWS).save(file)
        wishes = Wishes(
            folder=Path(folder),
            nova_poshta_api_key=API_KEY,
            telegram_bot_token=BOT_TOKEN,
            parameters=_PARAMETERS,
            standins=("--scenario", str(file), "--carrier-latency-ms", str(ANSWER_MS), *_OFF),
        )
        news = -(-size // NEWS)
        with World.start(wishes) as world:
            first = _one(world, messages=0)
            later = []
            for number in range(1, rounds + 1):
                # A parcel that sets out is told of once, one that waits at another branch each time.
                world.set_clock((2 * number - 1) * STEP_HOURS * 3600)
                _one(world, messages=news if number == 1 else 0)
                world.set_clock(2 * number * STEP_HOURS * 3600)
                later.append(_one(world, messages=news))
        return first, Runs(tuple(later)), news


def _one(world: World, *, messages: int) -> float:
    """Seconds until the run is complete and so many messages have come."""
    before = _messages(world)
    began = time.perf_counter()
    run = world.invoke("DispatcherFunction", {"source": "aws.events", "detail-type": "Scheduled Event"})["run"]
    table = world.client("dynamodb")
    while time.perf_counter() - began < _PATIENCE:
        if _messages(world) - before >= messages and _complete(table, world.facts.outputs["StoreTable"], run["id"]):
            return time.perf_counter() - began
        time.sleep(0.1)
    raise RuntimeError(f"the run was not over after {_PATIENCE} s: {_messages(world) - before} of {messages} messages")


def _complete(table: Any, name: str, run: str) -> bool:
    key = {"pk": {"S": "RUN"}, "sk": {"S": run}}
    item = table.get_item(TableName=name, Key=key, ConsistentRead=True)["Item"]
    return len(item.get("done", {}).get("NS", ())) >= int(item["batches"]["N"])


def _messages(world: World) -> int:
    return int(requests.get(f"{world.facts.control_url}/messages", timeout=60).json()["count"])
