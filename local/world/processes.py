"""Processes that outlive the one that started them, and end with all their children when told to."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local.world.failure import WorldError

#: Where Linux tells of processes; elsewhere `ps` does.
_PROC: Final = Path("/proc")


@dataclass(frozen=True, kw_only=True, slots=True)
class Process:
    """`born` tells a process from a later one that was given the same number."""

    name: str
    pid: int
    born: str


def start(name: str, command: Sequence[str | Path], *, environ: Mapping[str, str], log: Path) -> Process:
    """Start it in a session of its own: its children share its process group, and no terminal ends it.

    Spawned and not kept as an object: it may outlive this interpreter, and is known by its number alone.
    """
    written = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    pid = os.posix_spawn(
        command[0],
        [str(part) for part in command],
        dict(environ),
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), written, 0o644),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )
    return Process(name=name, pid=pid, born=_born(pid) or "")


def alive(process: Process) -> bool:
    _reap(process.pid)
    return process.born != "" and _born(process.pid) == process.born


def stop(process: Process, *, patience: float = 5) -> None:
    """End it and all of its process group; `patience` is in seconds. One that has ended already is no error."""
    if alive(process):
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGTERM)
        _wait_while(lambda: alive(process), patience)
    # Its number belongs to nobody else as long as one of its group lives; another process there is left alone.
    if _born(process.pid) in {None, process.born}:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        _wait_while(lambda: family_lives(process), patience)


def family_lives(process: Process) -> bool:
    """Whether it or one of its children runs. The dead that the system has not buried yet do not count."""
    _reap(process.pid)
    if _linux():
        return any(_is_of(process.pid, stat) for stat in _PROC.glob("[0-9]*/stat"))
    shown = _shown("-A", "-o", "pgid=,stat=")
    return any(line.split()[0] == str(process.pid) and "Z" not in line for line in shown.splitlines())


def unwind_when_terminated() -> None:
    """Let SIGTERM and a closed terminal end this program as Ctrl-C does: through every `finally`, so that worlds end
    with it. A second one, of somebody impatient, does not break into the first one's ending."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def interrupt(*_: object) -> None:
        for one in signals:
            signal.signal(one, signal.SIG_IGN)
        raise KeyboardInterrupt

    for one in signals:
        signal.signal(one, interrupt)


def wait_until_ready(process: Process, ready: Callable[[], bool], *, seconds: float, log: Path) -> None:
    """Raises WorldError when it ends first, or takes longer."""
    end = time.monotonic() + seconds
    while not ready():
        if not alive(process):
            raise WorldError(f"{process.name} ended at its start", log=log)
        if time.monotonic() > end:
            raise WorldError(f"{process.name} was not ready in {seconds:.0f} s", log=log)
        time.sleep(0.05)


def run(name: str, command: Sequence[str | Path], *, environ: Mapping[str, str], folder: Path, log: Path) -> None:
    """Run it to its end. Raises WorldError when it fails."""
    with log.open("wb") as output:
        done = subprocess.run(
            [str(part) for part in command],
            env=dict(environ),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode != 0:
        raise WorldError(f"{name} failed", log=log)


def _wait_while(true: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while true() and time.monotonic() < end:
        time.sleep(0.02)


def _reap(pid: int) -> None:
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def _linux() -> bool:
    return (_PROC / "self" / "stat").exists()


def _born(pid: int) -> str | None:
    """When the process started, in whatever unit the system has; None if there is none that still runs."""
    if _linux():
        fields = _fields(_PROC / str(pid) / "stat")
        return fields[19] if fields and fields[0] != "Z" else None
    return _shown("-o", "lstart=", "-p", str(pid)).strip() or None


def _is_of(group: int, stat: Path) -> bool:
    fields = _fields(stat)
    return bool(fields) and fields[0] != "Z" and fields[2] == str(group)


def _fields(stat: Path) -> list[str]:
    """State, parent, group and so on; the start is the twentieth. Empty when the process is gone."""
    try:
        # What stands before is the number and, in parentheses, a name that may hold anything.
        return stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def _shown(*options: str) -> str:
    return subprocess.run(["ps", *options], capture_output=True, text=True, check=False).stdout
