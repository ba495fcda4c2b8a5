"""A MariaDB server of a test's own, on a free port and in a folder of its own, that may be killed and started again."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Final

import pytest
import sqlalchemy as sa

from local.world.aws import free_port

_PATIENCE: Final = 60
_MISSING: Final = "no MariaDB server is installed (mariadbd, mariadb-install-db): apt-get install mariadb-server"


class MariadbServer:
    """`url` leads to the one database in it. The machine's own server is never touched."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"mysql+pymysql://root@127.0.0.1:{self._port}/shop?charset=utf8mb4"
        self._server = sa.create_engine(f"mysql+pymysql://root@127.0.0.1:{self._port}", poolclass=sa.NullPool)

    def install(self) -> None:
        """Make the folder and the database. Skips the test where no server is installed."""
        program = _program("mariadb-install-db")
        options = ["--no-defaults", f"--datadir={self._folder}", *_user(), "--skip-test-db", "--skip-name-resolve"]
        options += ["--auth-root-authentication-method=normal"]
        subprocess.run([program, *options], check=True, capture_output=True, timeout=_PATIENCE)
        self.start()
        with self._server.connect() as connection:
            connection.exec_driver_sql("CREATE DATABASE shop CHARACTER SET utf8mb4")

    def start(self) -> None:
        """Returns when it answers."""
        options = ["--no-defaults", f"--datadir={self._folder}", *_user(), "--bind-address=127.0.0.1"]
        # The socket's name is short, as it lies in the data folder: there is a limit to its length.
        options += [f"--port={self._port}", "--socket=s", "--skip-name-resolve", "--innodb-buffer-pool-size=16M"]
        # To the system at each commit, but not to the disk: it is this process alone that gets killed.
        options += ["--innodb-flush-log-at-trx-commit=2", "--performance-schema=OFF", "--log-error=log"]
        self._process = subprocess.Popen(
            [_program("mariadbd"), *options], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + _PATIENCE
        while not self._answers():
            assert self._process.poll() is None, (self._folder / "log").read_text(errors="replace")[-2000:]
            assert time.monotonic() < end, "MariaDB does not answer"
            time.sleep(0.1)

    def kill(self) -> None:
        """At once, as when its machine loses power; what was committed is there again after `start`."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(_PATIENCE)
            self._process = None

    @property
    def is_up(self) -> bool:
        return self._process is not None

    def _answers(self) -> bool:
        try:
            self._server.connect().close()
        except sa.exc.SQLAlchemyError:
            return False
        return True


def _program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")
    if found is None:
        if os.environ.get("VISTKA_REQUIRE_SERVICES"):
            pytest.fail(_MISSING)
        pytest.skip(_MISSING)
    return found


def _user() -> list[str]:
    return ["--user=root"] if os.geteuid() == 0 else []
