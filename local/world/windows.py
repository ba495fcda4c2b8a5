"""The pages of a local world for a browser: the example shop of integrations/django, and the cockpit."""

import json
import os
import secrets
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Final

from local.world.aws import free_port
from local.world.failure import WorldError
from local.world.processes import Process, start, wait_until_ready
from local.world.wishes import ROOT

_EXAMPLE: Final = ROOT / "integrations" / "django" / "example"
_START_SECONDS: Final = 60
_OPENER: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def open_shop(
    file: Path, *, web_url: str, web_key: str, link_key: str, note: Callable[[Process], None], log: Path
) -> str:
    """The address of a Django shop on this SQLite file. Raises WorldError."""
    environ = {
        "PATH": os.defpath,
        "PYTHONPATH": str(_EXAMPLE.parent),
        "PYTHONUTF8": "1",
        "DATABASE_URL": f"sqlite:///{file}",
        "SECRET_KEY": secrets.token_hex(32),
        "LOCAL_STAFF": "1",
        "VISTKA_WEB_URL": web_url,
        "VISTKA_WEB_KEY": web_key,
        "VISTKA_LINK_KEY": link_key,
    }
    manage: list[str | Path] = [sys.executable, _EXAMPLE / "manage.py"]
    prepared = subprocess.run(
        [*manage, "prepare"], cwd=_EXAMPLE, env=environ, capture_output=True, text=True, timeout=120, check=False
    )
    if prepared.returncode:
        raise WorldError(f"the example shop cannot be prepared:\n{prepared.stderr[-1000:]}")
    url = f"http://127.0.0.1:{free_port()}"
    process = start(
        "the shop", [*manage, "runserver", "--noreload", url.removeprefix("http://")], environ=environ, log=log
    )
    note(process)
    wait_until_ready(process, lambda: _answers(url), seconds=_START_SECONDS, log=log)
    return url


def open_cockpit(folder: Path, *, note: Callable[[Process], None], log: Path) -> str:
    """The address of the cockpit of the world in this folder, which must be up. Raises WorldError."""
    ready = folder / "cockpit.json"
    ready.unlink(missing_ok=True)
    command: list[str | Path] = [sys.executable, "-P", "-m", "local.cockpit", "--folder", folder, "--ready-file", ready]
    # The layer and this project, as they are found here.
    environ = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "PYTHONUTF8": "1"}
    process = start("the cockpit", command, environ=environ, log=log)
    note(process)
    wait_until_ready(process, ready.exists, seconds=_START_SECONDS, log=log)
    return str(json.loads(ready.read_text(encoding="utf-8"))["url"])


def _answers(url: str) -> bool:
    try:
        _OPENER.open(url, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
