"""A person's samconfig.toml keeps what is theirs."""

import stat
from pathlib import Path

import pytest

from vistka.cli.failures import WrongUse
from vistka.cli.samconfig import SamConfig

MINE = """\
# my own notes
version = 0.1

[default.global.parameters]
stack_name = "vistka"   # this one

[default.deploy.parameters]
resolve_s3 = true
tags = ["team=shop"]
parameter_overrides = "Mode=\\"live\\" LogLevel=DEBUG"

[other.deploy.parameters]
region = "us-east-1"
"""


def config(folder: Path, text: str | None = None) -> SamConfig:
    if text is not None:
        (folder / "samconfig.toml").write_text(text, encoding="utf-8")
    return SamConfig(folder / "samconfig.toml")


def test_what_is_set_is_added_and_all_else_stays_as_it_was_typed(tmp_path: Path) -> None:
    mine = config(tmp_path, MINE)
    mine.set("region", "eu-central-1")
    mine.set_parameters({"TelegramChatId": "-1001234567890", "Mode": "live"})
    mine.save()
    lines = (tmp_path / "samconfig.toml").read_text(encoding="utf-8").splitlines()
    assert [line for line in MINE.splitlines() if line not in lines] == [
        'parameter_overrides = "Mode=\\"live\\" LogLevel=DEBUG"'
    ]
    again = config(tmp_path)
    assert again.get("region") == "eu-central-1"
    assert again.get("stack_name") == "vistka"
    assert again.parameters == {"Mode": "live", "LogLevel": "DEBUG", "TelegramChatId": "-1001234567890"}


def test_what_is_set_to_what_it_is_changes_nothing(tmp_path: Path) -> None:
    mine = config(tmp_path, MINE)
    mine.set("stack_name", "vistka")
    mine.set_parameters({"LogLevel": "DEBUG"})
    assert not mine.changed


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('"ParameterKey=A,ParameterValue=5 ParameterKey=B,ParameterValue=\\"q \\\\\\" r\\""', {"A": "5", "B": 'q " r'}),
        ('["A=1", \'B="x y"\']', {"A": "1", "B": "x y"}),
        ("{A = 1, B = true}", {"A": "1", "B": "True"}),
        ("\"A= B=''\"", {"A": "", "B": ""}),
    ],
)
def test_every_form_of_parameters_is_read_and_added_to(tmp_path: Path, written: str, read: dict[str, str]) -> None:
    mine = config(tmp_path, f"[default.deploy.parameters]\nparameter_overrides = {written}\n")
    assert mine.parameters == read
    mine.set_parameters({"A": "2", "C": "3"})
    mine.save()
    assert config(tmp_path).parameters == {**read, "A": "2", "C": "3"}


@pytest.mark.parametrize("written", ['"file://mine.yaml"', '["file://mine.yaml", "A=1"]'])
def test_a_file_of_parameters_stays_named(tmp_path: Path, written: str) -> None:
    mine = config(tmp_path, f"[default.deploy.parameters]\nparameter_overrides = {written}\n")
    mine.set_parameters({"C": "3"})
    mine.save()
    text = (tmp_path / "samconfig.toml").read_text(encoding="utf-8")
    assert '"file://mine.yaml"' in text
    assert config(tmp_path).parameters["C"] == "3"


def test_a_file_that_is_not_there_is_made(tmp_path: Path) -> None:
    mine = config(tmp_path)
    mine.set("stack_name", "shop")
    mine.set_parameters({"ShopSchema": "twocomms"})
    mine.save()
    assert config(tmp_path).get("stack_name") == "shop"
    assert (tmp_path / "samconfig.toml").read_text(encoding="utf-8").startswith("version = 0.1\n")


def test_one_that_cannot_be_read_is_named_with_its_line_and_left_alone(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match=r"samconfig\.toml cannot be read, line 2"):
        config(tmp_path, 'a = 1\nb = "half\n')


def test_writing_is_all_or_nothing_and_keeps_who_may_read(tmp_path: Path) -> None:
    mine = config(tmp_path, MINE)
    mine.path.chmod(0o600)
    mine.set("region", "eu-west-1")
    mine.save()
    assert stat.S_IMODE(mine.path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["samconfig.toml"]
