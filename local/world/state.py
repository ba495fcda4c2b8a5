"""What a world leaves on disk: the processes that it started, and, once it is up, how to reach it."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from local.world.processes import Process


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """How to reach a world that is up. `shop_database_url` may hold a password: the file is its owner's alone."""

    endpoint_url: str
    region: str
    stack: str
    clock_file: str
    shop_database_url: str = field(repr=False)
    shop_schema: str
    nova_poshta_url: str
    telegram_api_url: str
    control_url: str
    access_key: str
    secret_key: str = field(repr=False)
    outputs: dict[str, str]
    pids: dict[str, int]
    mode: str = ""
    only_orders: str = ""
    has_carrier_key: bool = True
    shop_url: str = ""
    cockpit_url: str = ""


class State:
    """The files of one world's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._facts = folder / "world.json"
        self._wishes = folder / "wishes.json"
        self._processes = folder / "processes.json"

    def facts(self) -> Facts | None:
        read = _read(self._facts)
        return Facts(**read) if read else None

    def write_facts(self, facts: Facts) -> None:
        _write(self._facts, asdict(facts))

    def forget_facts(self) -> None:
        self._facts.unlink(missing_ok=True)
        self._wishes.unlink(missing_ok=True)

    def wishes(self) -> dict[str, str]:
        """What the world was made from, as Wishes.marks tells it; empty if it is not known."""
        return _read(self._wishes) or {}

    def write_wishes(self, marks: dict[str, str]) -> None:
        _write(self._wishes, marks)

    def processes(self) -> list[Process]:
        return [Process(**item) for item in _read(self._processes) or []]

    def write_processes(self, processes: list[Process]) -> None:
        """At once after each start: also a world that was killed half-made can be ended."""
        if processes:
            _write(self._processes, [asdict(process) for process in processes])
        else:
            self._processes.unlink(missing_ok=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Two calls for one folder wait for each other."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _write(file: Path, data: Any) -> None:
    part = file.with_name(f"{file.name}.part")
    part.touch(mode=0o600)
    part.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(part, file)  # noqa: PTH105
