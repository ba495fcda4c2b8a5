"""What tests of several folders share: the real databases on this machine, or a skip that says how to start them."""

import os
import shutil
import subprocess
from typing import Final

import hypothesis
import pytest
import sqlalchemy as sa

# Where a failure must not come and go by chance, the examples are the same each time.
hypothesis.settings.register_profile("steady", deadline=None, derandomize=True)
hypothesis.settings.register_profile("curious", deadline=None)
hypothesis.settings.load_profile(
    "steady" if os.environ.get("CI") or os.environ.get("VISTKA_REQUIRE_SERVICES") else "curious"
)

_PHP_PARTS: Final = frozenset({"pdo_mysql", "pdo_sqlite", "zlib"})
_START: Final = {
    "TEST_MARIADB_URL": "docker run -d -p 127.0.0.1:3306:3306 -e MARIADB_ALLOW_EMPTY_ROOT_PASSWORD=1"
    " -e MARIADB_DATABASE=test mariadb:10.11",
    "TEST_POSTGRESQL_URL": "docker run -d -p 127.0.0.1:5432:5432 -e POSTGRES_HOST_AUTH_METHOD=trust"
    " -e POSTGRES_DB=test postgres:15",
}


@pytest.fixture(scope="session")
def mariadb_url() -> str:
    return _reachable("TEST_MARIADB_URL", "mysql+pymysql://root@127.0.0.1:3306/test")


@pytest.fixture(scope="session")
def postgresql_url() -> str:
    return _reachable("TEST_POSTGRESQL_URL", "postgresql+pg8000://postgres@127.0.0.1:5432/test")


@pytest.fixture(scope="session")
def php() -> str:
    """The program, with the parts that integrations/php/vistka.php needs."""
    program = shutil.which("php")
    there: set[str] = set()
    if program is not None:
        said = subprocess.run([program, "-m"], capture_output=True, text=True, timeout=60, check=False)
        there = {line.strip().lower() for line in said.stdout.splitlines()}
    if program is not None and there >= _PHP_PARTS:
        return program
    text = "no PHP with pdo_mysql, pdo_sqlite and zlib: apt-get install php-cli php-mysql php-sqlite3"
    if os.environ.get("VISTKA_REQUIRE_SERVICES"):
        pytest.fail(text)
    pytest.skip(text)


def _reachable(variable: str, default: str) -> str:
    url = os.environ.get(variable) or default
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    try:
        engine.connect().close()
    except sa.exc.SQLAlchemyError:
        text = f"no database behind {variable}; start one: {_START[variable]}"
        # Where a skip would hide that half of the shops were not tried.
        if os.environ.get("VISTKA_REQUIRE_SERVICES"):
            pytest.fail(text)
        pytest.skip(text)
    return url
