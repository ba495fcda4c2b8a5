"""What somebody wants of a local world is read, and refused, before anything starts."""

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import pytest

from local import scenario
from local.shop.seed import seeding_engine
from local.world import __main__ as command
from local.world.failure import WorldError
from local.world.shop import fill_if_empty
from local.world.state import Facts, State
from local.world.wishes import QUICK, Wishes
from local.world.world import World

FACTS = Facts(
    endpoint_url="http://127.0.0.1:1",
    region="eu-central-1",
    stack="vistka",
    clock_file="clock",
    shop_database_url="sqlite:////shop.db",
    shop_schema="twocomms",
    nova_poshta_url="http://127.0.0.1:2",
    telegram_api_url="http://127.0.0.1:3",
    control_url="http://127.0.0.1:4",
    access_key="test",
    secret_key="test",
    outputs={},
    pids={},
    mode="shadow",
    only_orders="A1,A2",
)


OWN = {"NOVA_POSHTA_URL": "http://127.0.0.1:2", "SHOP_DATABASE_URL": "sqlite:////shop.db"}


def read(folder: Path, **environ: str) -> Wishes:
    return Wishes.from_environ(environ, folder=folder, here=folder)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:geheim@127.0.0.1/shop?foo=1",
        "mysql://u:geheim@127.0.0.1",
        "mysql://u:geheim@127.0.0.1:port/shop",
        "mysql://u:geheim@127.0.0.1/shop?tls_ca=missing.pem",
        "oracle://u:geheim@127.0.0.1/shop",
        "http://main:geheim@127.0.0.1:8000/vistka",
        "http://main:geheimgeheimgeheimgeheimgeheimgeheim@shop.example/vistka",
        "sqlite://",
        "geheim",
    ],
)
def test_a_database_that_the_layer_cannot_reach_is_refused_by_name(url: str, tmp_path: Path) -> None:
    with pytest.raises(WorldError, match=r"^SHOP_DATABASE_URL: ") as refused:
        read(tmp_path, SHOP_DATABASE_URL=url)
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize("kind", ["mysql", "mariadb", "postgres", "postgresql+pg8000"])
def test_a_database_without_tls_can_be_filled(kind: str, tmp_path: Path) -> None:
    url = f"{kind}://u:p%40@db.example/shop?tls=off"
    assert read(tmp_path, SHOP_DATABASE_URL=url).shop_database_url == url
    assert not seeding_engine(url).url.query


def test_quiet_hours_and_the_digest_are_off_unless_asked_for(tmp_path: Path) -> None:
    assert read(tmp_path).parameters == QUICK
    asked = read(tmp_path, QUIET_HOURS="21-9", DIGEST_HOUR="10").parameters
    assert (asked["QuietHours"], asked["DigestHour"]) == ("21-9", "10")


@pytest.mark.parametrize("variable", ["QUIET_HOURS", "DIGEST_HOUR"])
def test_an_hour_that_there_is_not_is_refused_by_name(variable: str, tmp_path: Path) -> None:
    with pytest.raises(WorldError, match=variable):
        read(tmp_path, **{variable: "25"})


def test_relative_paths_are_those_of_the_caller(tmp_path: Path) -> None:
    assert read(tmp_path, SHOP_DATABASE_URL="sqlite:///shop.db").shop_database_url == f"sqlite:///{tmp_path}/shop.db"


def test_a_schema_file_of_the_callers_may_have_another_prefix(tmp_path: Path) -> None:
    (tmp_path / "shop.toml").write_text(
        (resources.files("vistka") / "schemas/opencart.toml").read_text("utf-8"), "utf-8"
    )
    assert read(tmp_path, SHOP_SCHEMA="shop.toml?prefix=my_").shop_schema == f"{tmp_path}/shop.toml?prefix=my_"
    assert read(tmp_path, SHOP_SCHEMA="opencart?prefix=my_").shop_schema == "opencart?prefix=my_"


def test_every_wrong_variable_is_named_at_once(tmp_path: Path) -> None:
    wrong = {
        "MODE": "lve",
        "NOVA_POSHTA_URL": "http://example.com/",
        "TELEGRAM_API_URL": "telegram",
        "TELEGRAM_CHAT_ID": "@shop",
        "SHOP_SCHEMA": "./missing.toml",
        "SHOP_DATABASE_URL": "oracle://u@h/d",
    }
    with pytest.raises(WorldError) as refused:
        read(tmp_path, **wrong)
    lines = str(refused.value).splitlines()
    assert {line.replace(":", " ").split()[0] for line in lines} == set(wrong)
    assert len(lines) == len(wrong)


def test_what_is_right_is_taken(tmp_path: Path) -> None:
    wishes = read(tmp_path, MODE="Shadow", NOVA_POSHTA_URL="http://127.0.0.1:8099/", SHOP_SCHEMA="twocomms")
    assert (wishes.mode, wishes.shop_schema) == ("shadow", "twocomms")
    assert read(tmp_path) == Wishes(folder=tmp_path, windows=True)


def test_a_carrier_of_ones_own_never_gets_the_standins_key(tmp_path: Path) -> None:
    url = "https://api.novaposhta.ua/v2.0/json/"
    assert read(tmp_path).carrier_key("the stand-in's") == "the stand-in's"
    assert read(tmp_path, NOVA_POSHTA_URL=url).carrier_key("the stand-in's") == ""
    assert read(tmp_path, NOVA_POSHTA_URL=url, NOVA_POSHTA_API_KEY="mine").carrier_key("the stand-in's") == "mine"


def test_a_second_up_with_other_settings_fails_and_names_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = {**OWN, "MODE": "shadow", "TELEGRAM_BOT_TOKEN": "12:geheim"}
    made = read(tmp_path, **own)
    State(tmp_path).write_wishes(made.marks())
    assert "geheim" not in (tmp_path / "wishes.json").read_text(encoding="utf-8")
    monkeypatch.setattr(World, "find", lambda _: World(tmp_path, FACTS))
    monkeypatch.setattr(command, "unwind_when_terminated", lambda: None)
    monkeypatch.setattr("os.environ", own)
    assert command.main(["up"]) == 0
    assert "shadow  only orders A1,A2" in capsys.readouterr().out
    monkeypatch.setattr("os.environ", {"TELEGRAM_BOT_TOKEN": "12:other"})
    assert command.main(["up"]) == 1
    said = capsys.readouterr()
    assert said.err.splitlines() == [
        "vistka: a world with other settings is up, and nothing was changed:",
        "  MODE: shadow there, live here",
        "  SHOP_DATABASE_URL: set there, not set here",
        "  NOVA_POSHTA_URL: http://127.0.0.1:2 there, not set here",
        "  TELEGRAM_BOT_TOKEN: another one there, or not set",
        "`make down` ends it; then `make up` starts one with these settings",
    ]
    assert not said.out


def test_a_world_of_which_nothing_is_known_is_taken_as_it_is(tmp_path: Path) -> None:
    assert World(tmp_path, replace(FACTS, mode="")).differs_in(Wishes(folder=tmp_path)) == []


@pytest.fixture
def told(tmp_path: Path) -> Path:
    file = tmp_path / "scenario.json"
    scenario.build(epoch=datetime(2026, 11, 20, 10, 0, tzinfo=UTC), orders=130).save(file)
    return file


def made(folder: Path, *statements: str) -> str:
    connection = sqlite3.connect(folder / "shop.db")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return f"sqlite:///{folder / 'shop.db'}"


def names(folder: Path) -> set[str]:
    connection = sqlite3.connect(folder / "shop.db")
    found = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    connection.close()
    return found


@pytest.mark.parametrize("schema", ["", "twocomms"])
def test_an_empty_database_is_filled_once(schema: str, tmp_path: Path, told: Path) -> None:
    url = made(tmp_path)
    assert fill_if_empty(url, told, schema=schema) is True
    assert fill_if_empty(url, told, schema=schema) is False
    made(tmp_path, "DELETE FROM orders_order")
    assert fill_if_empty(url, told, schema=schema) is True


def test_a_database_that_is_not_there_is_named_with_what_to_do(tmp_path: Path, told: Path) -> None:
    with pytest.raises(WorldError, match=r"missing/shop.db: the SQLite file is not there, or may not be opened"):
        fill_if_empty(f"sqlite:///{tmp_path}/missing/shop.db", told)


def test_somebodys_tables_without_orders_ask_for_a_schema(tmp_path: Path, told: Path) -> None:
    url = made(tmp_path, "CREATE TABLE bestellungen (id INTEGER)")
    with pytest.raises(WorldError, match="there are tables, but no orders_order; name the schema file of this shop"):
        fill_if_empty(url, told)
    assert fill_if_empty(url, told, schema="twocomms") is False
    assert fill_if_empty(url, told, schema="/shop.toml") is False
    assert names(tmp_path) == {"bestellungen"}


def test_somebodys_empty_order_table_is_left_alone(tmp_path: Path, told: Path) -> None:
    url = made(tmp_path, "CREATE TABLE orders_order (id INTEGER)")
    assert fill_if_empty(url, told) is False
    assert names(tmp_path) == {"orders_order"}


def test_a_shop_s_own_server_on_this_machine_is_taken_as_it_is(tmp_path: Path) -> None:
    url = "http://main:geheimgeheimgeheimgeheimgeheimgeheim@127.0.0.1:8000/vistka"
    assert read(tmp_path, SHOP_DATABASE_URL=url).shop_database_url == url
