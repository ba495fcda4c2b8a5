"""Shops' own servers, started for a test on loopback and ended with it."""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any, Final

import sqlalchemy as sa

from local.world.aws import free_port
from vistka.adapters.shop_http import HttpShop
from vistka.adapters.shop_http_url import read_address

ROOT: Final = Path(__file__).resolve().parents[1]
PHP_FILE: Final = ROOT / "integrations" / "php" / "vistka.php"
EXAMPLE: Final = ROOT / "integrations" / "django" / "example"
#: Where the long-term version of Django is; the newest one is in the environment of development.
DJANGO_LTS: Final = ROOT / ".tools" / "django" / "bin" / "python"

#: Of the servers below; a shop takes two keys while one takes the other's place. Invented.
SECRET: Final = "5d0c1e2f" * 8
NEXT_SECRET: Final = "a7b8c9d0" * 8

_PATIENCE: Final = 30


@dataclass(frozen=True, kw_only=True)
class ShopServer:
    """`url` is the address without key and secret, `options` what SHOP_DATABASE_URL must end with."""

    url: str
    options: str = ""

    @property
    def shop_database_url(self) -> str:
        return self.url.replace("://", f"://main:{SECRET}@") + self.options

    def with_rules(self, events: str) -> "ShopServer":
        """The address that names these order rules."""
        return replace(self, options=f"{self.options}{'&' if self.options else '?'}rules={events}")


def shop_of(server: ShopServer) -> HttpShop:
    """Vistka's side of it, to be closed by whoever asked for it."""
    return HttpShop(
        read_address(server.shop_database_url, http_allowed=True), now=time.time, nonce=lambda: secrets.token_hex(16)
    )


@contextmanager
def django_shop(
    database_url: str, *, python: str = sys.executable, more: Mapping[str, str] = MappingProxyType({})
) -> Iterator[ShopServer]:
    """The example shop of integrations/django on a database that has its tables, or gets them later; Vistka's own is
    made, and where its person is let in, what Django's admin needs. `more` goes into its environment."""
    environ = {**django_environ(database_url), **more}
    made = ["prepare"] if "LOCAL_STAFF" in more else ["migrate", "vistka"]
    subprocess.run(
        [python, "-W", "error", "manage.py", *made, "--verbosity", "0"],
        cwd=EXAMPLE, env=environ, check=True, timeout=_PATIENCE,
    )  # fmt: skip
    port = free_port()
    command = [python, "-W", "error", "manage.py", "runserver", "--noreload", "--skip-checks", f"127.0.0.1:{port}"]
    with _running(command, cwd=EXAMPLE, environ=environ, port=port):
        yield ShopServer(url=f"http://127.0.0.1:{port}/vistka")


def django_environ(database_url: str) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": str(EXAMPLE.parent),
        "PYTHONUTF8": "1",
        "DATABASE_URL": _plain(database_url),
        "VISTKA_SECRET": SECRET,
        "VISTKA_NEXT_SECRET": NEXT_SECRET,
    }


@contextmanager
def php_shop(
    database_url: str,
    *,
    in_query: bool = False,
    config: Mapping[str, Any] | None = None,
    before: str = "",
    workers: int = 1,
    rules: bool = False,
) -> Iterator[ShopServer]:
    """integrations/php/vistka.php under PHP's own web server, with a config for the original's tables.

    `before` stands in the config's file before anything else, as careless editors leave it; `workers` answer at once.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(PHP_FILE, folder / "vistka.php")
        if config is None:
            config = php_config(database_url) | ({"rules": PHP_RULES} if rules else {})
        text = json.dumps(config, ensure_ascii=False)
        (folder / "vistka-config.php").write_text(
            f"{before}<?php\nreturn json_decode(<<<'JSON'\n{text}\nJSON\n, true);\n", encoding="utf-8"
        )
        port = free_port()
        environ = {"PATH": os.environ.get("PATH", os.defpath)}
        if workers > 1:
            environ["PHP_CLI_SERVER_WORKERS"] = str(workers)
        # What PHP has to say must not get into an answer, however a host is set up.
        command = ["php", "-d", "display_errors=1", "-d", "error_reporting=-1", "-S", f"127.0.0.1:{port}", "-t", name]
        with _running(command, cwd=folder, environ=environ, port=port):
            yield ShopServer(url=f"http://127.0.0.1:{port}/vistka.php", options="?path=" if in_query else "")


#: As tests.contracts.shop_moves has them.
PHP_RULES: Final = {
    "cancelled_statuses": ["cancelled"],
    "pay_type": "pay_type",
    "payment_status": "payment_status",
    "received": {
        "from": ["prep", "ship"],
        "status": "done",
        "payment_from": ["unpaid", "partial"],
        "payment": {"partial": "paid"},
    },
    "refused": {"from": ["prep", "ship"], "status": "cancelled"},
}


def php_config(database_url: str) -> dict[str, Any]:
    url = sa.make_url(database_url)
    if url.get_backend_name() == "sqlite":
        database = {"dsn": f"sqlite:{url.database}"}
    else:
        dsn = f"mysql:host={url.host};port={url.port or 3306};dbname={url.database}"
        database = {"dsn": dsn, "user": url.username or "", "password": url.password or ""}
    return database | {
        "keys": {"main": SECRET, "next": NEXT_SECRET},
        "orders": {
            "table": "orders_order",
            "number": "order_number",
            "tracking": "tracking_number",
            "status": "status",
            "open_statuses": ["new", "prep", "ship"],
            "phone": "phone",
            "user": "user_id",
        },
        "profiles": {"table": "accounts_userprofile", "user": "user_id", "chat": "telegram_id"},
    }


def _plain(database_url: str) -> str:
    """As a shop's own settings would name it, without SQLAlchemy's driver."""
    url = sa.make_url(database_url)
    return url.set(drivername=url.get_backend_name(), query={}).render_as_string(hide_password=False)


@contextmanager
def _running(command: Sequence[str], *, cwd: Path, environ: Mapping[str, str], port: int) -> Iterator[None]:
    log = Path(os.environ.get("TMPDIR", "/tmp")) / f"vistka-shop-{secrets.token_hex(4)}.log"
    with log.open("wb") as out:
        # In a session of its own: PHP's workers are not ended by whoever ends PHP.
        process = subprocess.Popen(
            command, cwd=cwd, env=environ, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
        try:
            _wait(process, port, log)
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(_PATIENCE)
            log.unlink()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + _PATIENCE
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while True:
        try:
            opener.open(f"http://127.0.0.1:{port}/", timeout=5).close()
        except urllib.error.HTTPError as error:
            error.close()
            return
        except OSError:
            assert process.poll() is None, log.read_text(errors="replace")[-2000:]
            assert time.monotonic() < end, log.read_text(errors="replace")[-2000:]
            time.sleep(0.05)
        else:
            return
