"""The original shop's three tables, with the types that Django gives them on each database."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
)
from sqlalchemy.dialects import mysql

_MYSQL: Final[dict[str, Any]] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_unicode_ci",
}


def _moment() -> Any:
    # Django: timestamptz on PostgreSQL, datetime(6) in UTC on MySQL, text in UTC on SQLite.
    return DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def _key() -> Column[Any]:
    # SQLite counts only in a column that is declared INTEGER.
    return Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True)


def tracking_columns() -> Sequence[Column[Any]]:
    """The two that the guide's migration added."""
    return (
        Column("shipment_status", String(100), nullable=True),
        Column("shipment_status_updated", _moment(), nullable=True),
    )


def tables(*, tracked: bool = True) -> MetaData:
    """`tracked` False: a shop before the migration, without the two columns."""
    metadata = MetaData()
    Table(
        "auth_user",
        metadata,
        Column("id", Integer, primary_key=True, autoincrement=True),
        Column("password", String(128), nullable=False),
        Column("last_login", _moment(), nullable=True),
        Column("is_superuser", Boolean, nullable=False),
        Column("username", String(150), nullable=False, unique=True),
        Column("first_name", String(150), nullable=False),
        Column("last_name", String(150), nullable=False),
        Column("email", String(254), nullable=False),
        Column("is_staff", Boolean, nullable=False),
        Column("is_active", Boolean, nullable=False),
        Column("date_joined", _moment(), nullable=False),
        **_MYSQL,
    )
    Table(
        "accounts_userprofile",
        metadata,
        _key(),
        Column("user_id", Integer, ForeignKey("auth_user.id"), nullable=False, unique=True),
        Column("full_name", String(200), nullable=False),
        Column("phone", String(32), nullable=False),
        Column("email", String(254), nullable=True),
        Column("telegram", String(100), nullable=True),
        Column("telegram_id", BigInteger, nullable=True),
        Column("city", String(100), nullable=False),
        Column("np_office", String(200), nullable=False),
        Column("pay_type", String(10), nullable=False),
        **_MYSQL,
    )
    Table(
        "orders_order",
        metadata,
        _key(),
        Column("order_number", String(20), nullable=False, unique=True),
        Column("user_id", Integer, ForeignKey("auth_user.id"), nullable=True, index=True),
        Column("full_name", String(200), nullable=False),
        Column("phone", String(32), nullable=False),
        Column("city", String(100), nullable=False),
        Column("np_office", String(200), nullable=False),
        Column("pay_type", String(10), nullable=False),
        Column("total_sum", Numeric(10, 2), nullable=False),
        Column("status", String(10), nullable=False),
        Column("payment_status", String(20), nullable=False),
        Column("tracking_number", String(50), nullable=True),
        *(tracking_columns() if tracked else ()),
        Column("notes", Text, nullable=True),
        Column("created", _moment(), nullable=False),
        Column("updated", _moment(), nullable=False),
        **_MYSQL,
    )
    # Marks a database that this module filled, and so may empty again.
    Table("vistka_local_seed", metadata, Column("seed", BigInteger, nullable=False), **_MYSQL)
    return metadata
