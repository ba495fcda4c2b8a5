"""The local world: what `make up` left in `.local/world.json`, while its processes live."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from vistka.cli.failures import WrongUse


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """Where the local AWS answers, and with what; `access_key` and `secret_key` are made up, yet not shown."""

    endpoint_url: str
    region: str
    stack: str
    clock_file: str = ""
    shop_database_url: str = field(default="", repr=False)
    shop_schema: str = ""
    access_key: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)

    @property
    def title(self) -> str:
        return f"local world, stack {self.stack}, {self.endpoint_url}"

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Raises KeyError for what is missing."""
        return cls(
            endpoint_url=str(data["endpoint_url"]),
            region=str(data["region"]),
            stack=str(data["stack"]),
            clock_file=str(data.get("clock_file") or ""),
            shop_database_url=str(data.get("shop_database_url") or ""),
            shop_schema=str(data.get("shop_schema") or ""),
            access_key=str(data["access_key"]),
            secret_key=str(data["secret_key"]),
        )


def find_world(start: Path) -> World | None:
    """The world whose file lies in this folder or the nearest one above it; None without one that is up.

    Raises WrongUse for a file that cannot be read.
    """
    for folder in (start, *start.parents):
        path = folder / ".local" / "world.json"
        if path.is_file():
            return _read(path)
    return None


def _read(path: Path) -> World | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return World.from_dict(data) if _up(data.get("pids")) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise WrongUse(f"{path} cannot be read; run `make down` and `make up` again") from None


def _up(pids: dict[str, Any] | None) -> bool:
    # A stand-in may have been stopped on purpose, to see an outage: the world is up while any of it lives.
    return any(_alive(int(pid)) for pid in (pids or {}).values())


def _alive(pid: int) -> bool:
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
