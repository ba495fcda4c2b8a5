"""What README promises is there: parameters and their defaults, commands, targets, alarms, metrics, links."""

import re
import tomllib
from pathlib import Path
from typing import Final

import click
import pytest

from tests.template import resources_of, template
from vistka.cli.main import cli
from vistka.domain.audience import CHOOSABLE, Audiences
from vistka.domain.notices import OF_PARCELS, Audience, Kind
from vistka.domain.stages import Stage
from vistka.metrics import Metric
from vistka.shop.schema import parse_schema
from vistka.texts.labels import label

ROOT: Final = Path(__file__).resolve().parents[2]
READMES: Final = ("README.md", "README.uk.md")
PAGES: Final = (
    *READMES,
    "DECISIONS.md",
    "CHANGELOG.md",
    "RELIABILITY.md",
    "events/README.md",
    *(
        f"docs/{name}.md"
        for name in (
            "first-day",
            "first-day.uk",
            "command-line",
            "configuration",
            "shops",
            "store",
            "texts",
            "watching",
        )
    ),
)
#: How the tables say that a default is the empty text.
EMPTY: Final = {"empty", "порожньо"}


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """From a heading to the next one of its level or above."""
    found = re.search(rf"^(#+) {re.escape(heading)}\n(.*?)(?=^#{{1,6}} |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[2]


def rows(text: str) -> dict[str, str]:
    """Of each table row that begins with code: the code and the next cell."""
    return {
        name: cell.strip().strip("`") for name, cell in re.findall(r"^\| `([^`]+)` \| ([^|]*) \|", text, re.MULTILINE)
    }


def code(text: str) -> list[str]:
    """Every line of every block, and every span."""
    blocks = re.findall(r"^[ ]*```\w*\n(.*?)^[ ]*```", text, re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^[ ]*```\w*\n.*?^[ ]*```", "", text, flags=re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()] + re.findall(r"`([^`\n]+)`", rest)


def anchors(text: str) -> set[str]:
    """Headings as GitHub names them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def defaults() -> dict[str, str]:
    return {name: str(parameter.get("Default", "")) for name, parameter in template()["Parameters"].items()}


def test_the_table_of_news_says_who_usually_hears_of_each() -> None:
    table = section(page("README.md"), "What is told to whom")
    told = re.findall(r"^\| `(\w+)` \| [^|]+ \|([^|]*)\|([^|]*)\|$", table, re.M)
    marks = {kind: (buyer.strip(), shop.strip()) for kind, buyer, shop in told}
    usual = Audiences()

    def mark(kind: Kind, audience: Audience) -> str:
        return "never" if kind not in CHOOSABLE[audience] else "✓" if kind in usual.of(audience) else ""

    assert marks == {str(kind): (mark(kind, Audience.BUYER), mark(kind, Audience.SHOP)) for kind in OF_PARCELS}


def test_the_configuration_table_names_exactly_the_parameters_with_their_defaults() -> None:
    told = rows(section(page("docs/configuration.md"), "Parameters of the template"))
    assert {name: "" if default in EMPTY else default for name, default in told.items()} == defaults()


def test_the_ukrainian_table_tells_the_same_defaults() -> None:
    told = rows(section(page("README.uk.md"), "Налаштування"))
    assert told
    assert all(("" if told[name] in EMPTY else told[name]) == defaults()[name] for name in told)


@pytest.mark.parametrize("name", [*READMES, "docs/command-line.md"])
def test_every_command_named_exists_with_its_options(name: str) -> None:
    named = [found for line in code(page(name)) for found in re.findall(r"(?:^|[ /(])vistka ([a-z][a-z-]*)(.*)", line)]
    assert {command for command, _ in named} >= set(cli.commands)
    for name, rest in named:
        assert name in cli.commands, name
        command = cli.commands[name]
        if isinstance(command, click.Group) and (found := re.match(r" ([a-z]+)\b", rest)):
            assert found[1] in command.commands, (name, rest)
            command = command.commands[found[1]]
        known = {option for parameter in command.params for option in parameter.opts}
        assert set(re.findall(r"(?<!\S)--[a-z-]+", re.split(r"[|#&]", rest)[0])) <= known, (name, rest)


def test_every_command_has_a_section_of_its_own() -> None:
    told = re.findall(r"^## `vistka ([a-z]+)", page("docs/command-line.md"), re.MULTILINE)
    assert sorted(told) == sorted(cli.list_commands(click.Context(cli)))


@pytest.mark.parametrize("name", PAGES)
def test_every_make_target_named_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", page("Makefile"), re.MULTILINE))
    named = {target for line in code(page(name)) for target in re.findall(r"\bmake ([a-z]+)", line)}
    assert named <= targets
    assert named or name not in READMES


@pytest.mark.parametrize("name", PAGES)
def test_links_between_files_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page(name)):
        if "://" in target:
            continue
        file, _, fragment = target.partition("#")
        led = (ROOT / name).parent / file if file else ROOT / name
        assert led.exists(), target
        if fragment:
            assert fragment in anchors(led.read_text(encoding="utf-8")), target


def test_every_alarm_and_every_metric_is_explained() -> None:
    text = section(page("docs/watching.md"), "What is watched")
    assert set(re.findall(r"`(\w+Alarm)`", text)) == set(resources_of("AWS::CloudWatch::Alarm"))
    assert {str(metric) for metric in Metric} <= set(re.findall(r"`(\w+)`", text))


def test_the_examples_of_schema_files_are_valid() -> None:
    columns, rows_of_others, rules = re.findall(r"```toml\n(.*?)```", page("docs/shops.md"), re.DOTALL)
    assert parse_schema(columns, "docs/shops.md").written_entries is None
    assert parse_schema(rows_of_others, "docs/shops.md").written_entries is not None
    assert list(parse_schema(f"{columns}\n{rules}", "docs/shops.md").rules.by_event) == ["received"]


@pytest.mark.parametrize(("name", "heading"), [("docs/shops.md", "Other shops"), ("README.uk.md", "Інші магазини")])
def test_the_built_in_schemas_are_those_in_the_table(name: str, heading: str) -> None:
    built_in = {file.stem for file in (ROOT / "layers/core/vistka/schemas").glob("*.toml")}
    assert set(rows(section(page(name), heading))) == built_in


def test_every_name_of_a_stage_is_told() -> None:
    told = section(page("docs/shops.md"), "Other shops")
    assert {label(stage) for stage in Stage} <= set(code(told))


def test_every_sample_event_is_listed() -> None:
    linked = set(re.findall(r"\]\(([^)]+\.json)\)", page("events/README.md")))
    assert linked == {file.name for file in (ROOT / "events").glob("*.json")}


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads(page("pyproject.toml"))["project"]
    wanted = [
        *project["dependencies"],
        *project["optional-dependencies"]["cli"],
        *project["optional-dependencies"]["dev"],
    ]
    text = section(page("DECISIONS.md"), "2026-11-23 · What the layer depends on")
    told = set(re.findall(r"[a-z0-9][a-z0-9-]*", text))
    assert {re.split(r"[\[<>=; ]", requirement, maxsplit=1)[0] for requirement in wanted} <= told
