"""The stand-ins as a process: ready when they say so, gone when they are told."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import requests


def test_it_says_where_it_listens_and_ends_when_told(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    command = [sys.executable, "-m", "local.standins", "--port", "0", "--state", str(tmp_path / "state")]
    command += ["--clock-file", str(tmp_path / "clock"), "--ready-file", str(ready)]
    with subprocess.Popen(command, cwd=Path(__file__).parents[3]) as process:
        try:
            until = time.monotonic() + 20
            while not ready.exists() and time.monotonic() < until:
                time.sleep(0.02)
            said = json.loads(ready.read_text(encoding="utf-8"))
            assert requests.get(f"{said['control_url']}/health", timeout=5).json()["ok"] is True
            assert requests.get(f"{said['telegram_api_url']}/bot{said['bot_token']}/getMe", timeout=5).json()["ok"]
            assert requests.post(said["nova_poshta_url"], json={}, timeout=5).json()["success"] is False
            assert Path(said["scenario"]).is_file()
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=5) == 0
