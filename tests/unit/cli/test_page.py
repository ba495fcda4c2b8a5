"""`vistka page`."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.scene import Scene
from vistka.cli.functions import Function

TOKEN = "vQECMTA0MmstCUAAAQIDBAUGB2pDDZLgXfCQ24o_U5sOJpc"
MADE = {
    "order_key": "1042",
    "order_number": "TWC1",
    "url": f"o/{TOKEN}",
    "expires_at": "2026-12-24T08:00:00.000000Z",
}
URL = f"https://pages.example/o/{TOKEN}"


@pytest.fixture
def scene() -> Scene:
    made = Scene(outputs={"WebUrl": "https://pages.example/"})
    made.functions.answers[Function.WEB] = {"page": MADE}
    return made


def test_a_pipe_gets_the_pages_whole_address_alone(scene: Scene) -> None:
    result = scene.run("page", "TWC1")
    assert (result.exit_code, result.stdout) == (0, f"{URL}\n")
    assert "works until 2026-12-24 10:00 Kyiv time; whoever has it sees the order" in result.stderr
    assert scene.functions.of(Function.WEB) == [{"page": {"order_number": "TWC1", "days": 90}}]


def test_an_order_may_be_named_by_its_id_and_the_days_chosen(scene: Scene) -> None:
    scene.run("page", "1042", "--id", "--days", "7")
    assert scene.functions.of(Function.WEB) == [{"page": {"order_key": "1042", "days": 7}}]


def test_scripts_get_an_object_and_slips_a_code(scene: Scene, tmp_path: Path) -> None:
    file = tmp_path / "slip.svg"
    assert scene.json("page", "TWC1", "--save", str(file)) == (0, MADE | {"url": URL})
    assert file.read_bytes().startswith(b"<?xml")


def test_a_stack_without_pages_is_asked_nothing() -> None:
    scene = Scene(outputs={})
    result = scene.run("page", "TWC1")
    assert (result.exit_code, "has no pages" in result.stderr) == (2, True)
    assert scene.functions.events == []


def test_an_order_that_is_not_known_says_what_to_do(scene: Scene) -> None:
    scene.functions.answers[Function.WEB] = {"error": {"kind": "OrderUnknown", "text": "the store knows no order TWC9"}}
    result = scene.run("page", "TWC9")
    assert (result.exit_code, "`vistka page ID --id`" in result.stderr) == (2, True)


@pytest.mark.parametrize("answer", [{}, {"page": None}])
def test_a_function_of_another_version_is_named(scene: Scene, answer: dict[str, Any]) -> None:
    scene.functions.answers[Function.WEB] = answer
    result = scene.run("page", "TWC1")
    assert (result.exit_code, "is the deployed version" in result.stderr) == (1, True)
