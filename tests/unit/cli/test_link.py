"""`vistka link`."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.scene import Scene
from vistka.cli import link as module
from vistka.cli.functions import Function

URL = "https://t.me/shop_bot?start=vQEBMTA0MmstCUAAAQIDBAUGB2pDDZLgXfCQ24o_U5sOJpc"
MADE = {"order_key": "1042", "order_number": "TWC1", "url": URL, "expires_at": "2026-12-24T08:00:00.000000Z"}


@pytest.fixture
def scene() -> Scene:
    made = Scene()
    made.functions.answers[Function.BOT] = {"link": MADE}
    return made


def asked(scene: Scene) -> dict[str, Any]:
    (event,) = scene.functions.of(Function.BOT)
    return event


def test_a_pipe_gets_the_link_alone(scene: Scene) -> None:
    result = scene.run("link", "TWC1")
    assert (result.exit_code, result.stdout) == (0, f"{URL}\n")
    assert "works until 2026-12-24 10:00 Kyiv time; the first chat that opens it is linked" in result.stderr
    assert asked(scene) == {"link": {"order_number": "TWC1", "days": 30}}


def test_an_order_may_be_named_by_its_id_and_the_days_chosen(scene: Scene) -> None:
    scene.run("link", " 1042 ", "--id", "--days", "7")
    assert asked(scene) == {"link": {"order_key": "1042", "days": 7}}


def test_scripts_get_an_object(scene: Scene) -> None:
    assert scene.json("link", "TWC1") == (0, MADE)


def test_a_terminal_gets_a_code_to_scan(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    module._draw(URL)
    drawn = capsys.readouterr().out
    assert "█" in drawn
    assert len(drawn.splitlines()) > 15


@pytest.mark.parametrize(("name", "begins"), [("slip.svg", b"<?xml"), ("slip.PNG", b"\x89PNG")])
def test_a_code_may_be_printed_on_the_slip(scene: Scene, tmp_path: Path, name: str, begins: bytes) -> None:
    file = tmp_path / name
    assert scene.run("link", "TWC1", "--save", str(file)).exit_code == 0
    assert file.read_bytes().startswith(begins)


def test_a_file_that_cannot_be_a_picture_or_be_written_is_wrong_use(scene: Scene, tmp_path: Path) -> None:
    assert scene.run("link", "TWC1", "--save", "slip.pdf").exit_code == 2
    assert scene.functions.events == []
    result = scene.run("link", "TWC1", "--save", str(tmp_path / "no" / "slip.svg"))
    assert (result.exit_code, "cannot be written" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("kind", "text", "advice"),
    [
        ("OrderUnknown", "the store knows no order TWC9 yet", "`vistka link ID --id`"),
        ("ConfigurationError", "LINK_KEYS: the SSM parameter /vistka/link-keys cannot be used", "vistka bot install"),
        ("ConfigurationError", "the order's id 'x…' does not fit into a link", "does not fit into a link"),
    ],
)
def test_what_cannot_be_made_says_what_to_do(scene: Scene, kind: str, text: str, advice: str) -> None:
    scene.functions.answers[Function.BOT] = {"error": {"kind": kind, "text": text}}
    result = scene.run("link", "TWC9")
    assert result.exit_code == 2
    assert text in result.stderr
    assert advice in result.stderr


@pytest.mark.parametrize("answer", [{}, {"link": None}])
def test_a_function_of_another_version_is_named(scene: Scene, answer: dict[str, Any]) -> None:
    scene.functions.answers[Function.BOT] = answer
    result = scene.run("link", "TWC1")
    assert (result.exit_code, "is the deployed version" in result.stderr) == (1, True)


@pytest.mark.parametrize("args", [("",), ("TWC1", "--days", "0"), ("TWC1", "--days", "400"), ()])
def test_wrong_use_asks_nothing(scene: Scene, args: tuple[str, ...]) -> None:
    assert scene.run("link", *args).exit_code == 2
    assert scene.functions.events == []
