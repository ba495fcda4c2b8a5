"""The Django app, really served: the contract of a shop's server, and its settings and commands."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.shop_server import ShopServerContract
from tests.contracts.shop_tables import ShopTables, new_sqlite, throw_away_database
from tests.shop_servers import DJANGO_LTS, ShopServer, django_shop


@pytest.fixture(scope="module")
def on_mariadb(mariadb_url: str) -> Iterator[tuple[str, ShopServer]]:
    with throw_away_database(mariadb_url) as url:
        create(url)
        with django_shop(url, python=sys.executable) as server:
            yield url, server


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, ShopServer]]:
    url = new_sqlite(Path(tmp_path_factory.mktemp("django")))
    create(url)
    with django_shop(url, python=str(DJANGO_LTS)) as server:
        yield url, server


@pytest.fixture(scope="module")
def ruled_on_mariadb(on_mariadb: tuple[str, ShopServer]) -> Iterator[ShopServer]:
    with django_shop(on_mariadb[0], python=str(DJANGO_LTS), more={"VISTKA_RULES": "on"}) as server:
        yield server


@pytest.fixture(scope="module")
def ruled_on_sqlite(on_sqlite: tuple[str, ShopServer]) -> Iterator[ShopServer]:
    with django_shop(on_sqlite[0], python=sys.executable, more={"VISTKA_RULES": "on"}) as server:
        yield server


def create(url: str) -> None:
    tables = ShopTables.at(url)
    tables.create()
    tables.engine.dispose()


class TestDjangoOnMariaDb(ShopServerContract):
    @pytest.fixture
    def served(self, on_mariadb: tuple[str, ShopServer]) -> tuple[str, ShopServer]:
        return on_mariadb

    @pytest.fixture
    def ruled(self, ruled_on_mariadb: ShopServer) -> ShopServer:
        return ruled_on_mariadb


class TestLongTermDjangoOnSqlite(ShopServerContract):
    @pytest.fixture
    def served(self, on_sqlite: tuple[str, ShopServer]) -> tuple[str, ShopServer]:
        return on_sqlite

    @pytest.fixture
    def ruled(self, ruled_on_sqlite: ShopServer) -> ShopServer:
        return ruled_on_sqlite
