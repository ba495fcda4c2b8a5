"""Schema files: what is wrong is named, field and file, all at once."""

from pathlib import Path

import pytest

from vistka.domain.errors import ConfigurationError
from vistka.domain.rules import Event
from vistka.shop.schema import ShopSchema, load_schema, parse_schema
from vistka.shop.tables import Entry

GOOD = """
[orders]
table = "orders"
key = "id"
number = "number"
tracking = "ttn"
status = "state"
open_statuses = ["new"]
shipment_status = "np_status"
shipment_status_updated = "np_status_at"
user = "customer"

[profiles]
table = "customers"
user = "id"
chat = "chat_id"
"""


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        parse_schema(text, "shop.toml")
    return str(caught.value).splitlines()


def with_line(section: str, line: str) -> str:
    return GOOD.replace(f"[{section}]", f"[{section}]\n{line}")


def replaced(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


def test_the_built_in_schema_is_the_tables_of_the_original() -> None:
    schema = load_schema("twocomms")
    assert schema.name == "twocomms"
    assert schema.orders.table == "orders_order"
    assert schema.orders.open_statuses == ("new", "prep", "ship")
    assert schema.orders.shipment_status_length == 100
    assert schema.profiles is not None
    assert (schema.profiles.table, schema.profiles.chat) == ("accounts_userprofile", "telegram_id")
    assert str(schema.zone) == "UTC"
    assert schema.keep_connection is False


def test_what_may_be_left_out_has_a_default() -> None:
    schema = parse_schema(GOOD, "shop.toml")
    assert (str(schema.zone), schema.keep_connection, schema.users) == ("UTC", True, None)
    assert (schema.orders.phone, schema.orders.language, schema.orders.shipment_status_length) == ("", "", None)


def test_everything_there_is_can_be_named() -> None:
    schema: ShopSchema = parse_schema(
        'datetime_zone = "Europe/Kyiv"\nkeep_connection = false\n'
        + with_line("orders", 'phone = "tel"\nlanguage = "lang"\nshipment_status_length = 0').replace(
            '["new"]', "[1, 2]"
        )
        + 'language = "lang"\n[users]\ntable = "shop.users"\nkey = "id"\n',
        "/somewhere/my-shop.toml",
    )
    assert schema.name == "my-shop"
    assert schema.orders.open_statuses == (1, 2)
    assert schema.orders.shipment_status_length == 0
    assert schema.users is not None
    assert schema.users.table == "shop.users"
    assert ("profiles.language", "customers", "lang") in list(schema.columns())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (replaced('number = "number"\n', ""), "shop.toml: orders.number: missing"),
        (replaced('key = "id"', "key = 5"), "shop.toml: orders.key: must be a text"),
        (replaced('["new"]', '"new"'), "shop.toml: orders.open_statuses: must be a list"),
        (replaced('["new"]', "[]"), "shop.toml: orders.open_statuses: empty;"),
        (replaced('["new"]', '["new", 1]'), "shop.toml: orders.open_statuses: must be a list of texts"),
        (replaced('["new"]', '["new", " "]'), "shop.toml: orders.open_statuses: must be a list of texts"),
        (replaced('["new"]', "[true]"), "shop.toml: orders.open_statuses: must be a list of texts"),
        (replaced('["new"]', '["new", "new"]'), "shop.toml: orders.open_statuses: lists a status twice"),
        (with_line("orders", 'trackng = "x"'), "shop.toml: orders.trackng: unknown key; is tracking meant?"),
        (with_line("profiles", 'chta = "x"'), "shop.toml: profiles.chta: unknown key; is chat meant?"),
        ('zone = "UTC"\n' + GOOD, "shop.toml: zone: unknown key"),
        ("[webhooks]\n" + GOOD, "shop.toml: webhooks: unknown key"),
        ('datetime_zone = "Kyiv"\n' + GOOD, "shop.toml: datetime_zone: 'Kyiv' is no time zone"),
        ('datetime_zone = "../etc/passwd"\n' + GOOD, "shop.toml: datetime_zone: '../etc/passwd' is no time zone"),
        ('datetime_zone = ""\n' + GOOD, "shop.toml: datetime_zone: '' is no time zone"),
        ('keep_connection = "no"\n' + GOOD, "shop.toml: keep_connection: must be true or false"),
        (with_line("orders", "shipment_status_length = -1"), "shop.toml: orders.shipment_status_length: must lie"),
        (
            with_line("orders", "shipment_status_length = true"),
            "shop.toml: orders.shipment_status_length: must be a whole",
        ),
        (replaced('"np_status"', '"state"'), "shop.toml: orders.shipment_status: column 'state' is mapped twice"),
        (replaced('"np_status"', '"STATE"'), "shop.toml: orders.shipment_status: column 'STATE' is mapped twice"),
        (replaced('"np_status_at"', '"np_status"'), "shop.toml: orders.shipment_status_updated: column 'np_status' is"),
        (
            replaced('"customers"', '"orders"').replace('"chat_id"', '"np_status"'),
            "shop.toml: profiles.chat: column 'np_",
        ),
        (
            replaced('"orders"', '"orders; DROP TABLE x"'),
            "shop.toml: orders.table: 'orders; DROP TABLE x' is no SQL name",
        ),
        (replaced('"ttn"', '"t-n"'), "shop.toml: orders.tracking: 't-n' is no SQL name"),
        (replaced('"ttn"', '""'), "shop.toml: orders.tracking: '' is no SQL name"),
        (replaced('"ttn"', '"замовлення"'), "shop.toml: orders.tracking: 'замовлення' is no SQL name"),
        (replaced('"ttn"', f'"{"t" * 64}"'), "shop.toml: orders.tracking: '"),
        (replaced('user = "customer"\n', ""), "shop.toml: orders.user: missing; without it"),
        (GOOD.split("[profiles]", maxsplit=1)[0], "shop.toml: profiles: missing; orders.user"),
        ("orders = 5", "shop.toml: orders: must be a table"),
        ("", "shop.toml: orders: missing"),
        ("[orders", "shop.toml: not TOML:"),
    ],
)
def test_a_mistake_is_named_with_its_file_and_field(text: str, expected: str) -> None:
    (problem,) = problems(text)
    assert problem.startswith(expected)


def test_all_mistakes_are_named_at_once() -> None:
    text = (
        replaced('key = "id"\n', "").replace('["new"]', "[]").replace('"chat_id"', "7").replace('"ttn"', '"np_status"')
    )
    found = problems('datetime_zone = "Kyiv"\n' + with_line("orders", 'colour = "red"').split("[orders]")[0] + text)
    assert [line.split(": ")[1] for line in found] == [
        "datetime_zone",
        "orders.key",
        "orders.open_statuses",
        "profiles.chat",
        "orders.shipment_status",
    ]


def test_a_section_that_is_missing_is_one_line() -> None:
    assert problems('datetime_zone = "UTC"') == ["shop.toml: orders: missing"]


def test_a_file_is_read_by_its_path(tmp_path: Path) -> None:
    file = tmp_path / "my_shop.toml"
    file.write_text(GOOD)
    assert load_schema(str(file)).name == "my_shop"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(GOOD.encode() + "# Ї".encode("cp1251"))
    for given, reason in (
        (str(tmp_path / "none.toml"), "no such schema file, nor a built-in schema (django, opencart"),
        ("twocoms", "no such schema file, nor a built-in schema (django, opencart"),
        (str(tmp_path), "cannot be read"),
        (str(tmp_path / "latin.toml"), "not UTF-8"),
        ("a\0b", "cannot be read"),
    ):
        with pytest.raises(ConfigurationError) as caught:
            load_schema(given)
        assert str(caught.value).startswith(given)
        assert reason in str(caught.value)


def test_no_schema_at_all_is_named_by_its_setting() -> None:
    with pytest.raises(ConfigurationError, match="SHOP_SCHEMA: empty"):
        load_schema("  ")


ROWS = """
prefix = "wp_"

[rows.meta]
table = "postmeta"
id = "meta_id"
owner = "post_id"
name = "meta_key"
value = "meta_value"

[rows.parcels]
table = "parcels"
id = "id"
owner = "order_id"

[orders]
table = "shop.posts"
only = { post_type = "shop_order", site = 1 }
key = "ID"
number = "ID"
tracking = { meta = ["_ttn", "ttn"] }
status = "post_status"
open_statuses = ["wc-processing"]
shipment_status = { meta = "_np" }
shipment_status_updated = { meta = "_np_at" }
phone = { parcels = "phone" }
chat = { meta = "_chat" }
"""


def in_rows(old: str, new: str) -> str:
    assert old in ROWS
    return ROWS.replace(old, new)


def test_a_field_may_stand_in_rows_of_another_table() -> None:
    schema = parse_schema(ROWS, "shop.toml")
    orders = schema.orders
    assert isinstance(orders.tracking, Entry)
    assert (orders.tracking.names, orders.tracking.column) == (("_ttn", "ttn"), "meta_value")
    assert isinstance(orders.phone, Entry)
    assert (orders.phone.names, orders.phone.column, orders.phone.rows.table) == ((), "phone", "wp_parcels")
    assert orders.only == (("post_type", "shop_order"), ("site", 1))
    assert schema.written_entries == (orders.shipment_status, orders.shipment_status_updated)
    assert schema.tables() == {
        "orders.table": "shop.wp_posts",
        "rows.meta.table": "wp_postmeta",
        "rows.parcels.table": "wp_parcels",
    }
    columns = list(schema.columns())
    assert ("orders.shipment_status", "wp_postmeta", "meta_value") in columns
    assert ("rows.meta.id", "wp_postmeta", "meta_id") in columns
    assert ("orders.only.post_type", "shop.wp_posts", "post_type") in columns
    assert len([field for field, _, _ in columns if field.startswith("rows.meta")]) == 3


def test_rows_that_no_field_names_are_not_asked_for() -> None:
    schema = parse_schema(in_rows('phone = { parcels = "phone" }\n', ""), "shop.toml")
    assert "rows.parcels.table" not in schema.tables()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (in_rows('"_np"', "5"), "orders.shipment_status: give one name of [rows.meta]"),
        (in_rows('{ meta = "_np" }', '{ meta = ["_np", "_x"] }'), "orders.shipment_status: give one name of"),
        (in_rows('["_ttn", "ttn"]', "[]"), "orders.tracking: give a name, or a list of names, of [rows.meta]"),
        (in_rows('["_ttn", "ttn"]', '["_ttn", " "]'), "orders.tracking: give a name, or a list of names, of"),
        (in_rows('["_ttn", "ttn"]', f'"{"t" * 192}"'), "orders.tracking: give a name, or a list of names, of"),
        (in_rows('["_ttn", "ttn"]', '"a\\u0000b"'), "orders.tracking: give a name, or a list of names, of"),
        (
            in_rows('{ meta = ["_ttn", "ttn"] }', '{ mta = "_ttn" }'),
            "orders.tracking: there is no [rows.mta]; is meta meant?",
        ),
        (in_rows('{ meta = ["_ttn", "ttn"] }', "{}"), "orders.tracking: names one of the [rows] and what to take"),
        (in_rows('{ meta = ["_ttn", "ttn"] }', "7"), "orders.tracking: must be a column's name, or an entry such as"),
        (
            in_rows('{ parcels = "phone" }', '{ parcels = "a b" }'),
            "orders.phone: [rows.parcels] has rows without names",
        ),
        (in_rows('key = "ID"', 'key = { meta = "_id" }'), "orders.key: must be a text"),
        (in_rows('id = "meta_id"\n', ""), "rows.meta.id: missing"),
        (in_rows('value = "meta_value"\n', ""), "rows.meta.value: missing"),
        (in_rows('owner = "post_id"', 'owner = "post-id"'), "rows.meta.owner: 'post-id' is no SQL name"),
        (in_rows('owner = "post_id"', 'owner = "post_id"\norder = "x"'), "rows.meta.order: unknown key"),
        (
            in_rows('{ meta = "_np_at" }', '"np_at"'),
            "orders.shipment_status_updated: must stand where orders.shipment_status does",
        ),
        (
            in_rows('{ meta = "_np_at" }', '{ parcels = "at" }'),
            "orders.shipment_status_updated: must stand where orders.shipment_status does",
        ),
        (
            in_rows('{ meta = "_np_at" }', '{ meta = "_NP" }'),
            "orders.shipment_status_updated: entry '_NP' is mapped twice",
        ),
        (
            in_rows('["_ttn", "ttn"]', '["_ttn", "_np"]'),
            "orders.shipment_status: entry '_np' is mapped twice, here and",
        ),
        (in_rows('"shop_order", site', '["a"], site'), "orders.only: 'post_type' must be a column, and its value"),
        (in_rows("site = 1", "site = true"), "orders.only: 'site' must be a column, and its value a text or a whole"),
        (in_rows('"wp_"', '"wp-"'), "prefix: 'wp-' is no prefix of tables"),
        (in_rows('"wp_"', "5"), "prefix: must be a text"),
        (in_rows('"postmeta"', f'"{"p" * 61}"'), f"rows.meta.table: 'wp_{'p' * 61}' is longer than 63 characters"),
        (in_rows("[rows.meta]", "[rows]\nx = 5\n[rows.meta]"), "rows.x: must be a table"),
    ],
)
def test_a_mistake_with_rows_is_named_with_its_field(text: str, expected: str) -> None:
    (problem,) = problems(text)
    assert problem.startswith(f"shop.toml: {expected}")


def test_rows_without_names_are_read_and_never_written() -> None:
    text = in_rows('{ meta = "_np" }', '{ parcels = "np" }').replace('{ meta = "_np_at" }', '{ parcels = "np_at" }')
    (problem,) = problems(text)
    assert problem.startswith("shop.toml: orders.shipment_status: [rows.parcels] has no names")


BUILT_IN = ("django", "opencart", "twocomms", "woocommerce", "woocommerce_legacy")


@pytest.mark.parametrize("name", BUILT_IN)
def test_what_is_built_in_is_valid(name: str) -> None:
    assert load_schema(name).name == name


def test_what_is_built_in_is_listed_where_another_is_named() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_schema("magento")
    assert f"nor a built-in schema ({', '.join(BUILT_IN)})" in str(caught.value)


def test_a_prefix_of_tables_is_given_behind_the_name(tmp_path: Path) -> None:
    assert load_schema("woocommerce_legacy?prefix=8x_").tables()["orders.table"] == "8x_posts"
    assert load_schema("opencart?prefix=").orders.table == "order"
    file = tmp_path / "my_shop.toml"
    file.write_text(ROWS)
    schema = load_schema(f"{file}?prefix=my_")
    assert (schema.name, schema.prefix, schema.orders.table) == ("my_shop", "my_", "shop.my_posts")


@pytest.mark.parametrize("setting", ["prefix", "prefx=a_", "prefix=a-b", "prefix=a;b", "", "prefix=" + "a" * 41])
def test_a_setting_that_is_no_prefix_is_named(setting: str) -> None:
    with pytest.raises(ConfigurationError, match=r"SHOP_SCHEMA: after the '\?' stands the prefix of the tables"):
        load_schema(f"opencart?{setting}")


def test_a_file_without_a_prefix_takes_none() -> None:
    with pytest.raises(ConfigurationError, match="twocomms: prefix: missing; a schema file without one names its"):
        load_schema("twocomms?prefix=a_")


RULES = """
[rules]
cancelled_statuses = ["cancelled"]
pay_type = "way"
payment_status = "paid"

[rules.received]
from = ["new", "sent"]
status = "done"
payment_from = ["unpaid", "part"]
payment = { cod = "paid", part = "paid" }

[rules.refused]
from = ["sent"]
status = "cancelled"
"""


def with_rules(old: str = "", new: str = "") -> str:
    assert old in RULES
    return GOOD + (RULES.replace(old, new) if old else RULES)


def test_order_rules_are_off_unless_the_file_has_them_f9() -> None:
    for name in ("django", "opencart", "twocomms", "woocommerce", "woocommerce_legacy"):
        schema = load_schema(name)
        assert schema.rules.by_event == {}
        assert schema.rules.written(schema.orders) == ()


def test_order_rules_are_read_with_the_columns_they_write() -> None:
    schema = parse_schema(with_rules(), "shop.toml")
    received, refused = schema.rules.by_event[Event.RECEIVED], schema.rules.by_event[Event.REFUSED]
    assert (received.from_statuses, received.status) == (("new", "sent"), "done")
    assert (received.payment_from, received.payment) == (("unpaid", "part"), {"cod": "paid", "part": "paid"})
    assert received.words == "new, sent → done; payment if cod: paid; payment if part: paid"
    assert (refused.from_statuses, refused.status, refused.payment) == (("sent",), "cancelled", {})
    assert schema.rules.written(schema.orders) == ("state", "paid")
    assert ("rules.pay_type", "orders", "way") in list(schema.columns())


def test_a_rule_without_payment_writes_the_status_alone() -> None:
    text = GOOD + "[rules]\ncancelled_statuses = []\n".replace("[]", '["off"]')
    schema = parse_schema(text + '[rules.returned]\nfrom = ["new"]\nstatus = "back"\n', "shop.toml")
    assert list(schema.rules.by_event) == [Event.RETURNED]
    assert schema.rules.written(schema.orders) == ("state",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (with_rules('cancelled_statuses = ["cancelled"]', ""), "rules.cancelled_statuses: missing"),
        (
            with_rules('cancelled_statuses = ["cancelled"]', "cancelled_statuses = []"),
            "rules.cancelled_statuses: empty; ",
        ),
        (
            with_rules('from = ["sent"]', 'from = ["sent", "cancelled"]'),
            "rules.refused.from: 'cancelled' is a cancelled",
        ),
        (with_rules('from = ["sent"]', ""), "rules.refused.from: missing"),
        (with_rules('from = ["sent"]', "from = []"), "rules.refused.from: empty; list the statuses that the rule may"),
        (with_rules('status = "cancelled"', ""), "rules.refused.status: missing"),
        (with_rules('status = "cancelled"', "status = true"), "rules.refused.status: must be a text that is not empty"),
        (with_rules('status = "cancelled"', 'status = " "'), "rules.refused.status: must be a text that is not empty"),
        (with_rules('status = "cancelled"', 'status = "sent"'), "rules.refused.status: 'sent' stands in its own from"),
        (with_rules('status = "cancelled"', "status = 5"), "rules.refused: statuses must be texts, as those in"),
        (
            with_rules('status = "done"', 'status = "cancelled"'),
            "rules.received.status: 'cancelled' is a cancelled status",
        ),
        (with_rules("[rules.refused]", "[rules.refusde]"), "rules.refusde: unknown key; is refused meant?"),
        (with_rules('status = "done"', 'status = "done"\nsql = "x"'), "rules.received.sql: unknown key"),
        (with_rules('pay_type = "way"\n', ""), "rules.pay_type: missing; rules.received.payment needs this column"),
        (with_rules('payment_status = "paid"\n', ""), "rules.payment_status: missing; rules.received.payment needs"),
        (with_rules('payment_status = "paid"', 'payment_status = "state"'), "rules.payment_status: column 'state' is"),
        (
            with_rules('payment_status = "paid"', 'payment_status = "p; x"'),
            "rules.payment_status: 'p; x' is no SQL name",
        ),
        (with_rules('payment_from = ["unpaid", "part"]', ""), "rules.received.payment_from: missing"),
        (with_rules('payment = { cod = "paid", part = "paid" }', ""), "rules.received.payment: missing; payment_from"),
        (
            with_rules('"unpaid", "part"', '"unpaid", "paid"').replace(', part = "paid"', ""),
            "rules.received.payment.cod: ",
        ),
        (with_rules('cod = "paid"', "cod = false"), "rules.received.payment: 'cod' must have a text"),
        (with_rules('{ cod = "paid", part = "paid" }', '"paid"'), "rules.received.payment: must be a table"),
    ],
)
def test_a_mistake_in_a_rule_is_named_with_its_field(text: str, expected: str) -> None:
    """R5: a cancelled order is in no rule's reach."""
    found = problems(text)
    assert any(problem.startswith(f"shop.toml: {expected}") for problem in found), found
