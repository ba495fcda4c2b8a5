"""Processes that outlive the one that started them, and end with all their children when told to."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from local.world.failure import WorldError

_PATIENCE = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Process:
    """`born` tells a process from a later one that was given the same number."""

    name: str
    pid: int
    born: str


def start(name: str, command: Sequence[str | Path], *, environ: Mapping[str, str], folder: Path, log: Path) -> Process:
    """Start it in a session of its own: its children share its process group, and no terminal ends it."""
    with log.open("wb") as output:
        pid = subprocess.Popen(
            [str(part) for part in command],
            env=dict(environ),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ).pid
    return Process(name=name, pid=pid, born=_born(pid) or "")


def alive(process: Process) -> bool:
    _reap(process.pid)
    return process.born != "" and _born(process.pid) == process.born


def stop(process: Process) -> None:
    """End it and all of its process group. One that has ended already is no error."""
    if alive(process):
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGTERM)
        _wait(process)
    # Its number belongs to nobody else as long as one of its group lives; another process there is left alone.
    if _born(process.pid) in {None, process.born}:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        _wait(process)


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


def _wait(process: Process) -> None:
    end = time.monotonic() + _PATIENCE
    while alive(process) and time.monotonic() < end:
        time.sleep(0.02)


def _reap(pid: int) -> None:
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def _born(pid: int) -> str | None:
    """When the process started, in whatever unit the system has; None if there is none that still runs."""
    if Path("/proc/self/stat").exists():
        try:
            # The name in parentheses may hold anything; behind it stand the state and, 19 fields on, the start.
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] == "Z" else fields[19]
    shown = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.strip()
    return shown or None
