"""Start the stand-in carrier and Bot API in one process, until it is told to end."""

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path

from local import scenario
from local.standins.clock import MovedClock
from local.standins.control import Control
from local.standins.http import Listener
from local.standins.world import Limits, World


def main(arguments: list[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    clock = MovedClock(chosen.clock_file)
    chosen.state.mkdir(parents=True, exist_ok=True)
    file = chosen.scenario or chosen.state / "scenario.json"
    if not file.exists():
        scenario.build(epoch=clock.now(), orders=chosen.orders, seed=chosen.seed).save(file)
    world = World(
        scenario.load(file),
        clock=clock,
        limits=Limits(
            carrier_interval=chosen.carrier_interval,
            carrier_latency=chosen.carrier_latency_ms / 1000,
            chat_interval=chosen.chat_interval,
            bot_per_second=chosen.bot_per_second,
        ),
        messages_file=chosen.state / "messages.jsonl",
        ports={"carrier": chosen.carrier_port, "telegram": chosen.telegram_port},
    )
    control = Control(world)
    listener = Listener(control, port=chosen.port)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    ready = {
        **control.health(),
        "pid": os.getpid(),
        "control_url": f"{listener.url}/control",
        "api_key": world.scenario.api_keys[0],
        "bot_token": world.scenario.bot_token,
        "shop_chat_id": world.scenario.shop_chat_id,
        "scenario": str(file.resolve()),
    }
    if chosen.ready_file is not None:
        _write_whole(chosen.ready_file, json.dumps(ready, indent=2))
    else:
        print(json.dumps(ready), flush=True)
    ended.wait()
    listener.close()
    world.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.standins", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="control API (and both services); 0 takes a free one")
    parser.add_argument("--carrier-port", type=int, default=0)
    parser.add_argument("--telegram-port", type=int, default=0)
    parser.add_argument("--state", type=Path, required=True, help="folder for scenario.json and messages.jsonl")
    parser.add_argument("--clock-file", type=Path, help="seconds to add to the real time")
    parser.add_argument("--ready-file", type=Path, help="written when all listen: addresses, key, token, pid")
    parser.add_argument("--scenario", type=Path, help="read (or write) this scenario; default: STATE/scenario.json")
    parser.add_argument("--orders", type=int, default=scenario.ORDERS)
    parser.add_argument("--seed", type=int, default=scenario.SEED)
    parser.add_argument("--carrier-interval", type=float, default=1.0, help="seconds between requests of a key; 0: off")
    parser.add_argument("--carrier-latency-ms", type=float, default=0.0)
    parser.add_argument("--chat-interval", type=float, default=1.0, help="seconds between messages of a chat; 0: off")
    parser.add_argument("--bot-per-second", type=int, default=30, help="messages a second in all; 0: off")
    return parser


def _write_whole(file: Path, text: str) -> None:
    # Whoever waits for the file must never read half of it.
    part = file.with_name(f"{file.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(file)


if __name__ == "__main__":
    sys.exit(main())
