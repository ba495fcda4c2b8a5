"""Database URLs as people type them."""

from pathlib import Path

import pytest

from vistka.adapters.shop_sql import SqlShop
from vistka.adapters.shop_url import make_engine, read_url
from vistka.domain.errors import ConfigurationError
from vistka.shop.schema import load_schema

SECRET = "Tr0ub4dor"  # invented


@pytest.mark.parametrize(
    ("typed", "driver"),
    [
        ("mysql://u:p@db.example.com/shop", "mysql+pymysql"),
        ("mariadb://u:p@db.example.com:3307/shop", "mysql+pymysql"),
        ("mysql+pymysql://u:p@db.example.com/shop?charset=utf8mb4", "mysql+pymysql"),
        ("postgres://u:p@db.example.com/shop", "postgresql+pg8000"),
        ("postgresql://u:p@db.example.com/shop?sslmode=require&channel_binding=require", "postgresql+pg8000"),
        ("POSTGRESQL://u:p@db.example.com/shop", "postgresql+pg8000"),
        ("  sqlite:////var/shop.sqlite3\n", "sqlite"),
    ],
)
def test_a_url_gets_its_driver(typed: str, driver: str) -> None:
    address = read_url(typed)
    assert address.url.drivername == driver
    assert dict(address.url.query) == {}


@pytest.mark.parametrize(
    ("typed", "tls"),
    [
        ("mysql://u:p@db.example.com/shop", True),
        ("mysql://u:p@10.0.0.5/shop", True),
        ("mysql://u:p@db.example.com/shop?tls=off", False),
        ("mysql://u:p@db.example.com/shop?ssl-mode=REQUIRED", True),
        ("postgres://u:p@db.example.com/shop?sslmode=disable", False),
        ("postgres://u:p@db.example.com/shop?sslmode=prefer", True),
        ("postgres://u:p@127.0.0.1/shop", False),
        ("postgres://u:p@127.0.0.9/shop", False),
        ("postgres://u:p@[::1]/shop", False),
        ("postgres://u:p@localhost/shop", False),
        ("postgres://u:p@localhost.example.com/shop", True),
        ("postgres://u:p@127.0.0.1/shop?tls=on", True),
        ("postgres://u:p@127.0.0.1/shop?sslmode=verify-full", True),
    ],
)
def test_tls_is_used_unless_the_host_is_this_one_or_the_url_opts_out(typed: str, *, tls: bool) -> None:
    assert read_url(typed).tls is tls


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("", "not a database URL"),
        (f"mysql:/u:{SECRET}@host/shop", "not a database URL"),
        (f"mysql://u:{SECRET}@host:{SECRET}/shop", "not a database URL"),
        (f"oracle://u:{SECRET}@host/shop", "not known"),
        (f"mssql+pyodbc://u:{SECRET}@host/shop", "not known"),
        (f"https://u:{SECRET}@host/shop", "not known"),
        (f"mysql://u:{SECRET}@{SECRET}@host/shop", "%40"),
        (f"mysql://{SECRET}/shop", "user, host or port"),
        (f"mysql://u:{SECRET}@host:99999/shop", "user, host or port"),
        (f"mysql://u:{SECRET}@host", "names no database"),
        (f"mysql://u:{SECRET}@host/?tls=on", "names no database"),
        (f"mysql://u:{SECRET}@host/shop?ssl=true", "ssl is not known"),
        (f"mysql://u:{SECRET}@host/shop?p%20{SECRET}=1", "a parameter is not known"),
        (f"mysql://u:{SECRET}@host/shop?tls={SECRET}", "tls must be on or off"),
        (f"mysql://u:{SECRET}@host/shop?charset=cp1251", "charset must be utf8mb4"),
        (f"mysql://u:{SECRET}@host/shop?tls=off&tls_ca=/x", "contradict"),
        (f"mysql://u:{SECRET}@host/shop?tls_ca=/{SECRET}.pem", "tls_ca is not there"),
        ("sqlite://", "name the SQLite file"),
        ("sqlite:///:memory:", "name the SQLite file"),
        (f"sqlite://{SECRET}/shop", "name the SQLite file"),
    ],
)
def test_a_wrong_url_is_explained_and_not_repeated(typed: str, hint: str) -> None:
    """R9."""
    with pytest.raises(ConfigurationError) as caught:
        SqlShop(typed, load_schema("twocomms"))
    assert str(caught.value).startswith("SHOP_DATABASE_URL: ")
    assert hint in str(caught.value)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_file_that_is_no_certificate_is_named_as_the_setting(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(ConfigurationError, match="tls_ca"):
        make_engine(read_url(f"mysql://u:p@db.example.com/shop?tls_ca={tmp_path}/ca.pem"))


def test_no_text_of_a_shop_shows_its_url() -> None:
    """R9."""
    shop = SqlShop(f"mysql://u:{SECRET}@127.0.0.1/shop", load_schema("twocomms"))
    address = read_url(f"mysql://u:{SECRET}@127.0.0.1/shop")
    assert SECRET not in f"{shop!r} {shop} {address!r} {shop._database._engine!r}"


def test_one_connection_is_all_there_is() -> None:
    """F28."""
    engine = make_engine(read_url("postgresql://u:p@127.0.0.1/shop"))
    assert engine.pool.size() == 1  # type: ignore[attr-defined]
    assert engine.pool._max_overflow == 0  # type: ignore[attr-defined]
    assert engine.pool._pre_ping is True
