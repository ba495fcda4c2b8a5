"""What the first day's page promises is there: the bill, the commands, the alarms."""

import re
from pathlib import Path
from typing import Final

import pytest

from benchmarks.bill import table
from tests.template import resources_of, template
from vistka.cli.main import cli
from vistka.domain.bill import bill, fixed_address, shop_month, total

ROOT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = ("docs/first-day.md", "docs/first-day.uk.md")


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def numbers(text: str) -> list[str]:
    return re.findall(r"\d+\.\d\d", text)


@pytest.mark.parametrize("name", PAGES)
def test_the_bill_is_the_computed_one(name: str) -> None:
    told = re.search(r"^\|---\|---\|---:\|.*?\n\n", page(name), re.MULTILINE | re.DOTALL)
    assert told
    assert numbers(told[0]) == numbers(table().markdown())


@pytest.mark.parametrize("name", [*PAGES, "README.md", "README.uk.md"])
def test_the_price_of_a_fixed_address_is_the_computed_one(name: str) -> None:
    assert f"{total(fixed_address()):.0f}" in page(name)


@pytest.mark.parametrize("name", ["README.md", "README.uk.md"])
def test_the_readme_tells_the_same_sums(name: str) -> None:
    text = page(name).replace(",", ".")
    for orders in (50, 500, 5000):
        assert f"{total(bill(shop_month(orders))):.2f}" in text


@pytest.mark.parametrize("name", PAGES)
def test_every_command_exists(name: str) -> None:
    named = re.findall(r"vistka ([a-z]+)", " ".join(re.findall(r"`[^`]+`|^\.venv.*$", page(name), re.MULTILINE)))
    assert {"setup", "check", "live", "shadow", "link", "replay", "bot"} <= set(named)
    assert set(named) <= set(cli.commands)


@pytest.mark.parametrize("name", PAGES)
def test_every_alarm_has_its_answer(name: str) -> None:
    told = {
        name for row in re.findall(r"^\| (`.*?) \|", page(name), re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }
    assert {f"{alarm}Alarm" for alarm in told} >= set(resources_of("AWS::CloudWatch::Alarm"))


def test_both_languages_have_the_same_commands_and_steps() -> None:
    english, ukrainian = (page(name) for name in PAGES)
    commands = [
        [
            line.partition("#")[0].strip()
            for line in re.findall(r"^(?:\.venv|\.tools|make|aws|sam).*$", text, re.MULTILINE)
        ]
        for text in (english, ukrainian)
    ]
    assert commands[0] == commands[1]
    assert len(re.findall(r"^## ", english, re.MULTILINE)) == len(re.findall(r"^## ", ukrainian, re.MULTILINE))


@pytest.mark.parametrize("name", PAGES)
def test_what_is_taken_away_at_the_end_is_every_secret_of_the_template(name: str) -> None:
    taken = re.search(r"^aws ssm delete-parameters .*--names (.*)$", page(name), re.MULTILINE)
    parameters = template()["Parameters"].items()
    secrets = {one["Default"] for key, one in parameters if key.endswith("Parameter") and one["Default"]}
    assert taken
    assert set(taken[1].split()) == secrets


@pytest.mark.parametrize("name", PAGES)
def test_no_command_needs_a_path_that_the_page_does_not_set(name: str) -> None:
    blocks = "".join(re.findall(r"^```\n(.*?)^```", page(name), re.MULTILINE | re.DOTALL))
    assert not re.findall(r"^(?:sam|vistka|python)\b.*", blocks, re.MULTILINE)
