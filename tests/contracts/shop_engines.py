"""Tables of WooCommerce, OpenCart and a plain Django shop as they make them, and the ShopRows on them; invented values.

The shapes are those of wp-admin/includes/schema.php (WordPress), OrdersTableDataStore (WooCommerce),
upload/install/opencart.sql (OpenCart 3) and system/helper/db_schema.php (OpenCart 4).
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, Final, Self

import sqlalchemy as sa

from tests.contracts.shop_tables import engine_of

TEXT_KEY: Final = "_vistka_shipment_status"
TIME_KEY: Final = "_vistka_shipment_status_updated"
_MOMENT: Final = datetime(2025, 9, 1, 8, 0, tzinfo=UTC).replace(tzinfo=None)


@dataclass
class EngineTables(ABC):
    """One shop's own way into its tables. A subclass says what they are, and where each field of ShopRows stands."""

    engine: sa.Engine
    prefix: str
    #: behind each table, e.g. ENGINE=MyISAM
    suffix: str = ""
    tables: ClassVar[Mapping[str, str]]
    statuses: ClassVar[Mapping[str, str | int]]

    @classmethod
    def at(cls, url: str, *, prefix: str, suffix: str = "") -> Self:
        return cls(engine=engine_of(url), prefix=prefix, suffix=suffix)

    def create(self) -> None:
        for name, columns in self.tables.items():
            self.run(f"CREATE TABLE {self.t(name)} ({columns}) {self.suffix}")

    def clear(self) -> None:
        for name in self.tables:
            self.run(f"TRUNCATE TABLE {self.t(name)}")
        for event in ("INSERT", "UPDATE"):
            self.run(f"DROP TRIGGER IF EXISTS refuse_{event}")

    def t(self, name: str) -> str:
        return f"`{self.prefix}{name}`"

    def run(self, statement: str, **values: object) -> None:
        with self.engine.connect() as connection:
            connection.execute(sa.text(statement), values)

    def value(self, statement: str, **values: object) -> object:
        with self.engine.connect() as connection:
            return connection.scalar(sa.text(statement), values)

    def rows(self, statement: str, **values: object) -> list[dict[str, object]]:
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(sa.text(statement), values).mappings()]

    def insert(self, table: str, *rows: Mapping[str, object], **values: object) -> None:
        """One row, or several in one statement."""
        each = list(rows or [values])
        names = ", ".join(f"`{name}`" for name in each[0])
        binds = ", ".join(f"({', '.join(f':{name}_{at}' for name in row)})" for at, row in enumerate(each))
        told = {f"{name}_{at}": value for at, row in enumerate(each) for name, value in row.items()}
        self.run(f"INSERT INTO {self.t(table)} ({names}) VALUES {binds}", **told)

    def refuse_rows(self, table: str, condition: str) -> None:
        for event in ("INSERT", "UPDATE"):
            self.run(
                f"CREATE TRIGGER refuse_{event} BEFORE {event} ON {self.t(table)} FOR EACH ROW"
                f" IF {condition} THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not this one'; END IF"
            )

    @abstractmethod
    def shown(self, key: str) -> str | None: ...

    @abstractmethod
    def updated(self, key: str) -> datetime | None: ...

    @abstractmethod
    def add_order(
        self,
        *,
        number: str,
        tracking: str | None = None,
        status: str = "ship",
        user: int | None = None,
        phone: str = "",
        shown: str | None = None,
    ) -> str: ...


class WordPress(EngineTables):
    """What both storages of WooCommerce share: fields as rows of name and value, and the users' meta."""

    statuses: ClassVar = {
        "new": "wc-pending",
        "prep": "wc-on-hold",
        "ship": "wc-processing",
        "done": "wc-completed",
        "cancelled": "wc-cancelled",
    }
    meta: ClassVar[str]
    meta_id: ClassVar[str]
    owner: ClassVar[str]
    number_key: ClassVar[str] = "_order_number"
    tracking_key: ClassVar[str] = "novaposhta_ttn"

    @abstractmethod
    def add_row(self, *, status: str, kind: str) -> str:
        """What stands beside orders in the same table. Returns the key."""
        ...

    def set_meta(self, key: str, name: str, value: str | None) -> None:
        """As update_post_meta() and delete_post_meta() do, looking first."""
        if value is None:
            self.run(
                f"DELETE FROM {self.t(self.meta)} WHERE {self.owner} = :key AND meta_key = :name", key=key, name=name
            )
        elif self.all_meta(key, name):
            self.run(
                f"UPDATE {self.t(self.meta)} SET meta_value = :value WHERE {self.owner} = :key AND meta_key = :name",
                key=key,
                name=name,
                value=value,
            )
        else:
            self.insert(self.meta, {self.owner: int(key), "meta_key": name, "meta_value": value})

    def all_meta(self, key: str, name: str) -> list[str | None]:
        found = self.rows(
            f"SELECT meta_value FROM {self.t(self.meta)} WHERE {self.owner} = :key AND meta_key = :name"
            f" ORDER BY {self.meta_id}",
            key=key,
            name=name,
        )
        return [None if row["meta_value"] is None else str(row["meta_value"]) for row in found]

    def add_profile(self, *, user: int, chat: int | None) -> None:
        value = None if chat is None else str(chat)
        self.insert("usermeta", user_id=user, meta_key="wptelegram_user_id", meta_value=value)
        self.insert("usermeta", user_id=user, meta_key="nickname", meta_value="somebody")

    def shown(self, key: str) -> str | None:
        return next(iter(self.all_meta(key, TEXT_KEY)), None)

    def updated(self, key: str) -> datetime | None:
        found = next(iter(self.all_meta(key, TIME_KEY)), None)
        return None if found is None else datetime.strptime(found, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)

    def others_meta(self, key: str) -> dict[str, object]:
        found = self.rows(
            f"SELECT {self.meta_id} AS id, meta_key, meta_value FROM {self.t(self.meta)} WHERE {self.owner} = :key"
            " AND meta_key NOT IN (:text, :time)",
            key=key,
            text=TEXT_KEY,
            time=TIME_KEY,
        )
        return {f"{row['meta_key']} {row['id']}": row["meta_value"] for row in found}

    def add_meta(self, key: str, *, number: str, tracking: str | None, shown: str | None, **more: str) -> None:
        # Among what a real order has besides.
        values = {"_payment_method": "cod", self.number_key: number, self.tracking_key: tracking, TEXT_KEY: shown}
        rows = [
            {self.owner: int(key), "meta_key": name, "meta_value": value}
            for name, value in (values | more).items()
            if value is not None
        ]
        self.insert(self.meta, *rows)

    def refuse(self, number: str) -> None:
        key = self.value(
            f"SELECT {self.owner} FROM {self.t(self.meta)} WHERE meta_key = :name AND meta_value = :number",
            name=self.number_key,
            number=number,
        )
        self.refuse_rows(self.meta, f"NEW.{self.owner} = {key}")


_USERMETA: Final = """
    umeta_id bigint(20) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id bigint(20) unsigned NOT NULL DEFAULT 0,
    meta_key varchar(255) DEFAULT NULL, meta_value longtext,
    KEY user_id (user_id), KEY meta_key (meta_key(191))
"""


class WooCommerce(WordPress):
    """High-performance order storage."""

    tables: ClassVar = {
        "wc_orders": """
            id bigint(20) unsigned, status varchar(20) NULL, currency varchar(10) NULL, type varchar(20) NULL,
            tax_amount decimal(26,8) NULL, total_amount decimal(26,8) NULL, customer_id bigint(20) unsigned NULL,
            billing_email varchar(320) NULL, date_created_gmt datetime NULL, date_updated_gmt datetime NULL,
            parent_order_id bigint(20) unsigned NULL, payment_method varchar(100) NULL, payment_method_title text NULL,
            transaction_id varchar(100) NULL, ip_address varchar(100) NULL, user_agent text NULL,
            customer_note text NULL,
            PRIMARY KEY (id), KEY status (status), KEY date_created (date_created_gmt),
            KEY customer_id_billing_email (customer_id, billing_email(171)), KEY billing_email (billing_email(191)),
            KEY type_status_date (type, status, date_created_gmt), KEY parent_order_id (parent_order_id),
            KEY date_updated (date_updated_gmt)
        """,
        "wc_order_addresses": """
            id bigint(20) unsigned AUTO_INCREMENT PRIMARY KEY, order_id bigint(20) unsigned NOT NULL,
            address_type varchar(20) NULL, first_name text NULL, last_name text NULL, company text NULL,
            address_1 text NULL, address_2 text NULL, city text NULL, state text NULL, postcode text NULL,
            country text NULL, email varchar(320) NULL, phone varchar(100) NULL,
            KEY order_id (order_id), UNIQUE KEY address_type_order_id (address_type, order_id),
            KEY email (email(191)), KEY phone (phone)
        """,
        "wc_orders_meta": """
            id bigint(20) unsigned AUTO_INCREMENT PRIMARY KEY, order_id bigint(20) unsigned NULL,
            meta_key varchar(255), meta_value text NULL,
            KEY meta_key_value (meta_key(100), meta_value(82)),
            KEY order_id_meta_key_meta_value (order_id, meta_key(100), meta_value(82))
        """,
        "usermeta": _USERMETA,
    }
    meta, meta_id, owner = "wc_orders_meta", "id", "order_id"

    def add_order(
        self,
        *,
        number: str,
        tracking: str | None = None,
        status: str = "ship",
        user: int | None = None,
        phone: str = "",
        shown: str | None = None,
    ) -> str:
        key = self.add_row(status=str(self.statuses[status]), user=user or 0)
        phones = {"shipping": "380000000000", "billing": phone}
        rows = [{"order_id": int(key), "address_type": kind, "phone": value} for kind, value in phones.items()]
        self.insert("wc_order_addresses", *rows)
        self.add_meta(key, number=number, tracking=tracking, shown=shown)
        return key

    def add_row(self, *, status: str, kind: str = "shop_order", user: int = 0) -> str:
        # Ids are those of the posts that stand in for the orders: this table counts none itself.
        key = int(str(self.value(f"SELECT COALESCE(MAX(id), 100) + 1 FROM {self.t('wc_orders')}")))
        self.insert(
            "wc_orders",
            id=key,
            status=status,
            currency="UAH",
            type=kind,
            total_amount=450,
            customer_id=user,
            date_created_gmt=_MOMENT,
            date_updated_gmt=_MOMENT,
            parent_order_id=0,
        )
        return str(key)

    def edit(self, key: str, **values: str | None) -> None:
        for name, value in values.items():
            match name:
                case "status":
                    self.run(
                        f"UPDATE {self.t('wc_orders')} SET status = :status WHERE id = :key",
                        status=self.statuses[str(value)],
                        key=key,
                    )
                case "phone":
                    self.run(
                        f"UPDATE {self.t('wc_order_addresses')} SET phone = :phone"
                        " WHERE order_id = :key AND address_type = 'billing'",
                        phone=value,
                        key=key,
                    )
                case _:
                    self.set_meta(key, {"tracking": self.tracking_key, "shown": TEXT_KEY}[name], value)

    def others(self, key: str) -> dict[str, object]:
        (order,) = self.rows(f"SELECT * FROM {self.t('wc_orders')} WHERE id = :key", key=key)
        billing = self.value(
            f"SELECT phone FROM {self.t('wc_order_addresses')} WHERE order_id = :key AND address_type = 'billing'",
            key=key,
        )
        named = {each: name for name, each in self.statuses.items()}
        return {**order, **self.others_meta(key), "phone": billing, "status": named[str(order["status"])]}


class WooCommerceLegacy(WordPress):
    """Orders as posts."""

    tables: ClassVar = {
        "posts": """
            ID bigint(20) unsigned NOT NULL AUTO_INCREMENT, post_author bigint(20) unsigned NOT NULL DEFAULT '0',
            post_date datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
            post_date_gmt datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
            post_content longtext NOT NULL, post_title text NOT NULL, post_excerpt text NOT NULL,
            post_status varchar(20) NOT NULL DEFAULT 'publish', comment_status varchar(20) NOT NULL DEFAULT 'open',
            ping_status varchar(20) NOT NULL DEFAULT 'open', post_password varchar(255) NOT NULL DEFAULT '',
            post_name varchar(200) NOT NULL DEFAULT '', to_ping text NOT NULL, pinged text NOT NULL,
            post_modified datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
            post_modified_gmt datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
            post_content_filtered longtext NOT NULL, post_parent bigint(20) unsigned NOT NULL DEFAULT '0',
            guid varchar(255) NOT NULL DEFAULT '', menu_order int(11) NOT NULL DEFAULT '0',
            post_type varchar(20) NOT NULL DEFAULT 'post', post_mime_type varchar(100) NOT NULL DEFAULT '',
            comment_count bigint(20) NOT NULL DEFAULT '0',
            PRIMARY KEY (ID), KEY post_name (post_name(191)),
            KEY type_status_date (post_type, post_status, post_date, ID),
            KEY post_parent (post_parent), KEY post_author (post_author)
        """,
        "postmeta": """
            meta_id bigint(20) unsigned NOT NULL AUTO_INCREMENT, post_id bigint(20) unsigned NOT NULL DEFAULT '0',
            meta_key varchar(255) DEFAULT NULL, meta_value longtext,
            PRIMARY KEY (meta_id), KEY post_id (post_id), KEY meta_key (meta_key(191))
        """,
        "usermeta": _USERMETA,
    }
    meta, meta_id, owner = "postmeta", "meta_id", "post_id"

    def add_order(
        self,
        *,
        number: str,
        tracking: str | None = None,
        status: str = "ship",
        user: int | None = None,
        phone: str = "",
        shown: str | None = None,
    ) -> str:
        key = self.add_row(status=str(self.statuses[status]))
        more = {"_customer_user": str(user or 0), "_billing_phone": phone}
        self.add_meta(key, number=number, tracking=tracking, shown=shown, **more)
        return key

    def add_row(self, *, status: str, kind: str = "shop_order") -> str:
        self.insert(
            "posts",
            post_date=_MOMENT,
            post_date_gmt=_MOMENT,
            post_content="",
            post_title="Order",
            post_excerpt="",
            post_status=status,
            to_ping="",
            pinged="",
            post_content_filtered="",
            post_type=kind,
        )
        return str(self.value(f"SELECT MAX(ID) FROM {self.t('posts')}"))

    def edit(self, key: str, **values: str | None) -> None:
        for name, value in values.items():
            if name == "status":
                self.run(
                    f"UPDATE {self.t('posts')} SET post_status = :status WHERE ID = :key",
                    status=self.statuses[str(value)],
                    key=key,
                )
                continue
            names = {"tracking": self.tracking_key, "shown": TEXT_KEY, "phone": "_billing_phone"}
            self.set_meta(key, names[name], value)

    def others(self, key: str) -> dict[str, object]:
        (order,) = self.rows(f"SELECT * FROM {self.t('posts')} WHERE ID = :key", key=key)
        (phone,) = self.all_meta(key, "_billing_phone")
        named = {each: name for name, each in self.statuses.items()}
        return {**order, **self.others_meta(key), "phone": phone, "status": named[str(order["post_status"])]}


class Columns(EngineTables):
    """Shops whose orders have all fields in columns."""

    orders: ClassVar[str]
    key: ClassVar[str]
    columns: ClassVar[Mapping[str, str]]
    needed: ClassVar[Mapping[str, object]]

    def add_order(
        self,
        *,
        number: str,
        tracking: str | None = None,
        status: str = "ship",
        user: int | None = None,
        phone: str = "",
        shown: str | None = None,
    ) -> str:
        values = {"number": number, "tracking": tracking, "user": user, "phone": phone, "shown": shown}
        told = {self.columns[name]: value for name, value in values.items()}
        self.insert(self.orders, **{**self.needed, **told, self.columns["status"]: self.statuses[status]})
        return str(self.value(f"SELECT MAX({self.key}) FROM {self.t(self.orders)}"))

    def edit(self, key: str, **values: str | None) -> None:
        for name, value in values.items():
            new = self.statuses[str(value)] if name == "status" else value
            self.run(
                f"UPDATE {self.t(self.orders)} SET `{self.columns[name]}` = :new WHERE {self.key} = :key",
                new=new,
                key=key,
            )

    def shown(self, key: str) -> str | None:
        found = self._row(key)["shipment_status"]
        return None if found is None else str(found)

    def updated(self, key: str) -> datetime | None:
        found = self._row(key)["shipment_status_updated"]
        return found.replace(tzinfo=UTC) if isinstance(found, datetime) else None

    def others(self, key: str) -> dict[str, object]:
        row = {name: value for name, value in self._row(key).items() if not name.startswith("shipment_status")}
        named = {each: name for name, each in self.statuses.items()}
        status, phone = self.columns["status"], self.columns["phone"]
        return {**row, "status": named[row[status]], "phone": row[phone]}  # type: ignore[index]

    def refuse(self, number: str) -> None:
        self.refuse_rows(self.orders, f"NEW.{self.columns['number']} = '{number}'")

    def _row(self, key: str) -> dict[str, object]:
        (row,) = self.rows(f"SELECT * FROM {self.t(self.orders)} WHERE {self.key} = :key", key=key)
        return row


def _opencart_order(*, third: bool) -> str:
    """The orders of OpenCart 3, or those of 4; neither has a default for most of what must not be null."""
    texts = ["store_name varchar(64)", "store_url varchar(255)", "firstname varchar(32)", "lastname varchar(32)"]
    texts += [
        "email varchar(96)",
        "telephone varchar(32)",
        *(["fax varchar(32)"] if third else []),
        "custom_field text",
    ]
    for side in ("payment", "shipping"):
        texts += [f"{side}_firstname varchar(32)", f"{side}_lastname varchar(32)", f"{side}_company varchar(60)"]
        texts += [f"{side}_address_1 varchar(128)", f"{side}_city varchar(128)", f"{side}_postcode varchar(10)"]
        texts += [f"{side}_country varchar(128)", f"{side}_zone varchar(128)", f"{side}_address_format text"]
        texts += [f"{side}_custom_field text", f"{side}_method varchar(128)", f"{side}_code varchar(128)"]
    texts += ["comment text", "tracking varchar(64)", "currency_code varchar(3)", "ip varchar(40)"]
    texts += ["forwarded_ip varchar(40)", "user_agent varchar(255)", "accept_language varchar(255)"]
    return f"""
        order_id int(11) NOT NULL AUTO_INCREMENT, invoice_no int(11) NOT NULL DEFAULT '0',
        invoice_prefix varchar(26) NOT NULL, store_id int(11) NOT NULL DEFAULT '0',
        customer_id int(11) NOT NULL DEFAULT '0', customer_group_id int(11) NOT NULL DEFAULT '0',
        {", ".join(f"{text} NOT NULL" for text in texts)},
        total decimal(15,4) NOT NULL DEFAULT '0.0000', order_status_id int(11) NOT NULL DEFAULT '0',
        affiliate_id int(11) NOT NULL, commission decimal(15,4) NOT NULL, marketing_id int(11) NOT NULL,
        language_id int(11) NOT NULL, currency_id int(11) NOT NULL,
        currency_value decimal(15,8) NOT NULL DEFAULT '1.00000000',
        date_added datetime NOT NULL, date_modified datetime NOT NULL,
        novaposhta_cn_number varchar(100) NOT NULL, novaposhta_cn_ref varchar(100) NOT NULL,
        PRIMARY KEY (order_id)
    """


class OpenCart(Columns):
    """OpenCart 3 with the columns of the `novaposhta` module; no chats, so that a table of them is made up."""

    tables: ClassVar = {
        "order": _opencart_order(third=True),
        "order_shipment": """
            order_shipment_id int(11) NOT NULL AUTO_INCREMENT, order_id int(11) NOT NULL, date_added datetime NOT NULL,
            shipping_courier_id varchar(255) NOT NULL DEFAULT '', tracking_number varchar(255) NOT NULL DEFAULT '',
            PRIMARY KEY (order_shipment_id)
        """,
        "customer_chat": "customer_id int(11) NOT NULL, chat_id varchar(32) NULL",
    }
    statuses: ClassVar = {"new": 1, "prep": 2, "ship": 3, "done": 5, "cancelled": 7}
    orders, key = "order", "order_id"
    columns: ClassVar = {
        "number": "invoice_prefix",
        "tracking": "novaposhta_cn_number",
        "status": "order_status_id",
        "user": "customer_id",
        "phone": "telephone",
        "shown": "shipment_status",
    }
    needed: ClassVar = {"language_id": 1, "date_added": _MOMENT, "date_modified": _MOMENT}

    def run(self, statement: str, **values: object) -> None:
        with self.engine.connect() as connection:
            # As OpenCart itself works: what it leaves out of an order becomes empty.
            connection.exec_driver_sql("SET SESSION sql_mode = ''")
            connection.execute(sa.text(statement), values)

    def add_order(
        self,
        *,
        number: str,
        tracking: str | None = None,
        status: str = "ship",
        user: int | None = None,
        phone: str = "",
        shown: str | None = None,
    ) -> str:
        return super().add_order(
            number=number, tracking=tracking or "", status=status, user=user or 0, phone=phone, shown=shown
        )

    def edit(self, key: str, **values: str | None) -> None:
        super().edit(key, **{name: value or "" if name == "tracking" else value for name, value in values.items()})

    def add_profile(self, *, user: int, chat: int | None) -> None:
        self.insert("customer_chat", customer_id=user, chat_id=None if chat is None else str(chat))


class OpenCart4(OpenCart):
    tables: ClassVar = {**OpenCart.tables, "order": _opencart_order(third=False)}


class Django(Columns):
    """What `makemigrations` makes of an ordinary model on MySQL."""

    tables: ClassVar = {
        "orders_order": """
            `id` bigint AUTO_INCREMENT NOT NULL PRIMARY KEY, `number` varchar(32) NOT NULL, `user_id` integer NULL,
            `full_name` varchar(200) NOT NULL DEFAULT 'Тест Тестенко', `phone` varchar(32) NOT NULL,
            `total` numeric(10, 2) NOT NULL DEFAULT 450, `status` varchar(20) NOT NULL,
            `tracking_number` varchar(50) NULL, `created_at` datetime(6) NOT NULL
        """,
        "accounts_profile": """
            `id` bigint AUTO_INCREMENT NOT NULL PRIMARY KEY, `user_id` integer NOT NULL, `telegram_id` bigint NULL
        """,
    }
    statuses: ClassVar = {
        "new": "new",
        "prep": "processing",
        "ship": "shipped",
        "done": "done",
        "cancelled": "cancelled",
    }
    orders, key = "orders_order", "id"
    columns: ClassVar = {
        "number": "number",
        "tracking": "tracking_number",
        "status": "status",
        "user": "user_id",
        "phone": "phone",
        "shown": "shipment_status",
    }
    needed: ClassVar = {"created_at": _MOMENT}

    def add_profile(self, *, user: int, chat: int | None) -> None:
        self.insert("accounts_profile", user_id=user, telegram_id=chat)
