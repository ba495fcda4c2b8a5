"""Which deployment is meant."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vistka.cli.failures import WrongUse
from vistka.cli.target import Choice, choose
from vistka.settings import here

WORLD = {
    "endpoint_url": "http://127.0.0.1:4566",
    "region": "eu-central-1",
    "stack": "vistka-local",
    "clock_file": "",
    "shop_database_url": "sqlite:///shop.db",
    "shop_schema": "twocomms",
    "access_key": "local",
    "secret_key": "hunter2",
}


@pytest.fixture(autouse=True)
def _no_aws_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))


def world(folder: Path, **changes: Any) -> Path:
    (folder / ".local").mkdir()
    (folder / ".local" / "world.json").write_text(json.dumps(WORLD | {"pids": {"aws": os.getpid()}} | changes))
    return folder


def dead_pid() -> int:
    child = subprocess.Popen([sys.executable, "-c", ""])  # ours, and over when it is named
    child.wait()
    return child.pid


def test_without_a_deployment_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match=r"--stack or VISTKA_STACK.*make up"):
        choose(Choice(), folder=tmp_path, environ={})


def set_up(folder: Path, region: str) -> Path:
    (folder / "functions").mkdir()
    (folder / "template.yaml").touch()
    text = f'[default.global.parameters]\nstack_name = "mine"\n{region}\n'
    (folder / "samconfig.toml").write_text(text, encoding="utf-8")
    return folder


def test_what_was_set_up_is_found_by_itself_below_its_project(tmp_path: Path) -> None:
    set_up(tmp_path, 'region = "eu-central-1"')
    for folder in (tmp_path, tmp_path / "functions"):
        assert choose(Choice(), folder=folder, environ={}).title == "stack mine in eu-central-1"


def test_the_local_world_goes_before_what_was_set_up_and_a_named_stack_before_both(tmp_path: Path) -> None:
    world(set_up(tmp_path, 'region = "eu-central-1"'))
    assert choose(Choice(), folder=tmp_path, environ={}).world is not None
    assert choose(Choice(stack="x", region="eu-west-1"), folder=tmp_path, environ={}).stack == "x"


def test_a_samconfig_that_names_no_region_was_not_set_up(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="vistka setup"):
        choose(Choice(), folder=set_up(tmp_path, ""), environ={})


def test_the_local_world_is_found_from_a_folder_below_it(tmp_path: Path) -> None:
    below = world(tmp_path) / "a" / "b"
    below.mkdir(parents=True)
    target = choose(Choice(), folder=below, environ={})
    assert target.title == "local world, stack vistka-local, http://127.0.0.1:4566"
    assert target.client("sqs").meta.endpoint_url == "http://127.0.0.1:4566"


def test_a_local_world_that_has_died_is_none(tmp_path: Path) -> None:
    pids = {"aws": dead_pid(), "carrier": dead_pid()}
    with pytest.raises(WrongUse, match="make up"):
        choose(Choice(), folder=world(tmp_path, pids=pids), environ={})


def test_a_local_world_with_one_stand_in_stopped_is_still_up(tmp_path: Path) -> None:
    pids = {"aws": os.getpid(), "carrier": dead_pid()}
    assert choose(Choice(), folder=world(tmp_path, pids=pids), environ={}).world is not None


@pytest.mark.parametrize(("option", "variable"), [("mine", ""), (None, "mine"), ("mine", "other")])
def test_a_named_stack_goes_before_the_local_world(tmp_path: Path, option: str | None, variable: str) -> None:
    environ = {"VISTKA_STACK": variable}
    target = choose(Choice(stack=option, region="eu-west-1"), folder=world(tmp_path), environ=environ)
    assert (target.title, target.world) == ("stack mine in eu-west-1", None)


def test_the_region_may_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-north-1")
    assert choose(Choice(stack="x"), folder=tmp_path, environ={}).title == "stack x in eu-north-1"


def test_a_stack_without_a_region_is_a_clear_line(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="--region"):
        choose(Choice(stack="x"), folder=tmp_path, environ={})


def test_an_unknown_profile_is_a_clear_line(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="no such AWS profile"):
        choose(Choice(stack="x", profile="nobody"), folder=tmp_path, environ={})


def test_a_region_for_the_local_world_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="--stack"):
        choose(Choice(region="eu-west-1"), folder=world(tmp_path), environ={})


def test_nothing_of_the_users_aws_settings_reaches_into_the_local_world(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config").write_text("[default]\nregion = broken\nendpoint_url = http://elsewhere.example\n[oh no")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "missing")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "real")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    before = dict(os.environ)
    target = choose(Choice(), folder=world(tmp_path), environ={})
    credentials = target.session.get_credentials().get_frozen_credentials()
    assert (credentials.access_key, credentials.token) == ("local", None)
    client = target.client("lambda")
    assert (client.meta.region_name, client.meta.endpoint_url) == ("eu-central-1", "http://127.0.0.1:4566")
    assert dict(os.environ) == before


def test_a_state_file_that_cannot_be_read_says_how_to_get_a_new_one(tmp_path: Path) -> None:
    (world(tmp_path) / ".local" / "world.json").write_text("{")
    with pytest.raises(WrongUse, match="make down"):
        choose(Choice(), folder=tmp_path, environ={})


def test_r9_no_secret_is_in_what_a_target_shows_of_itself(tmp_path: Path) -> None:
    assert "hunter2" not in repr(choose(Choice(), folder=world(tmp_path), environ={}))


@pytest.mark.parametrize(
    ("url", "on_this_machine"),
    [
        ("https://0a1b.lambda-url.eu-central-1.on.aws/", "http://127.0.0.1:4566/_aws/lambda-url/0a1b/"),
        ("https://0a1b.lambda-url.eu-central-1.on.aws/p/x", "http://127.0.0.1:4566/_aws/lambda-url/0a1b/p/x"),
        ("https://example.org/", "https://example.org/"),
        ("vistka-Store-1", "vistka-Store-1"),
    ],
)
def test_a_function_url_of_the_local_world_is_found_on_this_machine(url: str, on_this_machine: str) -> None:
    assert here(url, "http://127.0.0.1:4566/") == here(url, "http://127.0.0.1:4566") == on_this_machine
