"""Starts: each function as SAM builds it, over `import boto3` and one client in the same environment."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from benchmarks.figures import Runs, Table
from local.world.build import built

_LAYER: Final = "CoreLayer/python"
_FOLDERS: Final = {
    "dispatcher": "DispatcherFunction",
    "tracker": "TrackerFunction",
    "notifier": "NotifierFunction",
    "bot": "BotFunction",
    "web": "WebFunction",
}
_BASE: Final = "boto3 and a client"
_CODE: Final = {_BASE: "import boto3; boto3.client('sqs')"}
#: Imported as Lambda does before the first event, then with all that is made for it; for web a first page too.
_READY: Final = {
    "dispatcher": "from vistka.edge.noticeside import sweeper_of; sweeper_of(app.outside()); app.dispatcher()",
    "tracker": "app.batches()",
    "notifier": "app.batches()",
    "bot": "app.door(); app.minter()",
    "web": "app.minter(); app.site().answer({'rawPath': '/o/x', 'headers': {'accept-encoding': 'gzip'}})",
}
#: CPU time, so that what else the machine does counts less.
_TIMED: Final = """
import sys, time
sys.path[:0] = sys.argv[1:]
began = time.process_time()
{code}
print(time.process_time() - began)
"""
_QUEUE: Final = "https://sqs.eu-central-1.amazonaws.com/1/queue"
_ENVIRON: Final = {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "POWERTOOLS_SERVICE_NAME": "vistka",
    "POWERTOOLS_METRICS_NAMESPACE": "Vistka",
    "STORE_TABLE": "store",
    "HASH_KEY": "bench",
    "POLLS_QUEUE_URL": _QUEUE,
    "POLLS_DEAD_LETTER_QUEUE_URL": _QUEUE,
    "NOTICES_QUEUE_URL": _QUEUE,
    "NOTICES_DEAD_LETTER_QUEUE_URL": _QUEUE,
    "NOVA_POSHTA_API_KEY": "none",
    "TELEGRAM_BOT_TOKEN": "1:none",
    "SHOP_DATABASE_URL": "sqlite:////nowhere/shop.db",
}


def measure(rounds: int) -> list[Table]:
    rows, values = [], {}
    with tempfile.TemporaryDirectory(prefix="vistka-bench-") as folder:
        compiled, plain = Path(folder) / "compiled", Path(folder) / "plain"
        shutil.copytree(built(), compiled)
        shutil.copytree(compiled, plain, ignore=shutil.ignore_patterns("__pycache__"))
        times = {"with bytecode": _times(compiled, rounds), "without": _times(plain, rounds)}
        for name in times["with bytecode"]:
            row: list[object] = [name]
            for title, found in times.items():
                ratio = found[name].over(found[_BASE])
                values[f"{name} {title}"] = ratio.median
                row += [found[name].ms, ratio.ratio]
            rows.append(row)
    return [
        Table(
            name="starts",
            title=f"CPU time of a start, {rounds} runs",
            columns=("what", "with bytecode, ms", f"over {_BASE}", "without, ms", f"over {_BASE}"),
            rows=rows,
            values=values,
        )
    ]


def _times(build: Path, rounds: int) -> dict[str, Runs]:
    code = dict(_CODE)
    for name in _FOLDERS:
        code[f"{name}, imported"] = "import app"
        code[f"{name}, ready"] = f"import app; {_READY[name]}"
    found: dict[str, list[float]] = {name: [] for name in code}
    # By turns, so that a busy minute falls on all of them.
    for _ in range(rounds):
        for name, text in code.items():
            found[name].append(_run(build, _FOLDERS.get(name.partition(",")[0], "NotifierFunction"), text))
    return {name: Runs(tuple(seconds)) for name, seconds in found.items()}


def _run(build: Path, function: str, code: str) -> float:
    command: list[str | Path] = [
        sys.executable,
        "-I",
        "-S",
        "-B",
        "-c",
        _TIMED.format(code=code),
        build / function,
        build / _LAYER,
    ]
    done = subprocess.run(command, env=_ENVIRON, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{function} does not start: {done.stderr[-500:]}")
    return float(done.stdout.splitlines()[-1])  # behind what the function logs
