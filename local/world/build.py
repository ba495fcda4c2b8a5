"""Builds what is deployed, once for each state of the sources."""

import fcntl
import hashlib
import os
import platform
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from local.world.processes import run
from local.world.wishes import ROOT

_SOURCES: Final = ("template.yaml", "functions", "layers/core", "local/layer.py")
_KEPT: Final = 2
_IN_USE_SECONDS: Final = 600


def architecture() -> str:
    """This machine's processor, as Lambda names it."""
    return "arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64"


def built() -> Path:
    """The folder of a finished build of the present sources, compiled; made now if there is none.

    Worlds share it and never change it; a build in work has another name. Raises WorldError.
    """
    builds = ROOT / ".aws-sam" / "local"
    builds.mkdir(parents=True, exist_ok=True)
    with _alone(builds / "lock"):
        done = builds / f"{architecture()}-{_state()}"
        if not done.exists():
            work = builds / "work"
            shutil.rmtree(work, ignore_errors=True)
            _build(work, log=builds / "build.log")
            _forget_old(builds)
            work.rename(done)
        os.utime(done)
    return done


def _build(folder: Path, *, log: Path) -> None:
    here = Path(sys.executable).parent
    environ = {
        **os.environ,
        # SAM takes the first Python of the template's version that it finds.
        "PATH": f"{here}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "SAM_CLI_TELEMETRY": "0",
        "__SAM_CLI_APP_DIR": str(folder.parent / "sam"),
    }
    command: list[str | Path] = [
        ROOT / ".tools/sam/bin/python",
        "-m",
        "samcli",
        "build",
        "--build-dir",
        folder,
        "--cached",
    ]
    command += ["--cache-dir", folder.parent / f"cache-{architecture()}"]
    command += ["--parameter-overrides", f"Architecture={architecture()}"]
    run("sam build", command, environ=environ, folder=ROOT, log=log)
    # What a deployment of one's own goes through too (`make build`).
    finishing: list[str | Path] = [sys.executable, "-m", "local.layer", folder]
    run("finishing the build", finishing, environ=environ, folder=ROOT, log=log.with_name("finish.log"))


def _state() -> str:
    digest = hashlib.sha256(sys.version.encode())
    for source in _SOURCES:
        for file in sorted(_files(ROOT / source)):
            digest.update(f"{file.relative_to(ROOT)}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _files(source: Path) -> Iterator[Path]:
    if source.is_file():
        yield source
    for file in source.rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts and not file.parent.name.endswith(".egg-info"):
            yield file


def _forget_old(builds: Path) -> None:
    """Each is some 100 MB; one that was used a moment ago may be in deployment."""
    by_use = sorted(builds.glob(f"{architecture()}-*"), key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in by_use[_KEPT:]:
        if folder.stat().st_mtime < time.time() - _IN_USE_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
