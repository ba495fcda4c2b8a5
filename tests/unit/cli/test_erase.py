"""`vistka erase`."""

from typing import Any

import pytest

from tests.unit.cli.scene import Scene
from vistka.cli.functions import Function
from vistka.ports import JsonObject

REMOVED = {"changes": 4, "chats": 2, "notices": 6}


def erased(*, dry_run: bool, **changes: Any) -> dict[str, Any]:
    return {"orders": ["TWC1"], "removed": REMOVED, "elsewhere": 0, "left": 0, "dry_run": dry_run, **changes}


@pytest.fixture
def scene() -> Scene:
    made = Scene()
    made.functions.answers[Function.DISPATCHER] = lambda event: {"erased": erased(dry_run=event["erase"]["dry_run"])}
    return made


def asked(scene: Scene) -> list[JsonObject]:
    return [event["erase"] for event in scene.functions.of(Function.DISPATCHER)]


def test_it_says_what_it_would_remove_and_asks_before_it_does(scene: Scene) -> None:
    result = scene.run("erase", "--order", "TWC1", typed="y\n")
    assert result.exit_code == 0
    assert [line.split()[:2] for line in result.stdout.splitlines()] == [
        ["4", "changes"],
        ["2", "chats"],
        ["6", "notices"],
    ]
    assert "It cannot be brought back" in result.stderr
    assert "removed, of 1 order: TWC1" in result.stderr
    assert asked(scene) == [{"orders": ["TWC1"], "dry_run": True}, {"orders": ["TWC1"], "dry_run": False}]


@pytest.mark.parametrize(("typed", "code"), [("n\n", 1), ("", 2)])
def test_without_a_yes_nothing_is_removed(scene: Scene, typed: str, code: int) -> None:
    result = scene.run("erase", "--order", "TWC1", typed=typed)
    assert (result.exit_code, "nothing was removed" in result.stderr) == (code, True)
    assert [one["dry_run"] for one in asked(scene)] == [True]


def test_yes_does_not_ask(scene: Scene) -> None:
    result = scene.run("erase", "--order", "TWC1", "--order", "TWC2", "--order", "TWC1", "--yes")
    assert result.exit_code == 0
    assert "4  changes" in result.stdout
    assert asked(scene) == [{"orders": ["TWC1", "TWC2"], "dry_run": False}]


def test_a_dry_run_removes_nothing(scene: Scene) -> None:
    result = scene.run("erase", "--order", "TWC1", "--dry-run")
    assert result.exit_code == 0
    assert "6  notices" in result.stdout
    assert "would be removed, of 1 order: TWC1" in result.stderr
    assert [one["dry_run"] for one in asked(scene)] == [True]


def test_scripts_get_an_object(scene: Scene) -> None:
    result = scene.run("erase", "--order", "TWC1", "--yes", "--json")
    assert result.exit_code == 0
    assert '"notices": 6' in result.stdout
    assert '"dry_run": false' in result.stdout


def test_what_is_gone_already_is_well_and_asks_nothing(scene: Scene) -> None:
    nothing = erased(dry_run=False, orders=[], removed={})
    scene.functions.answers[Function.DISPATCHER] = {"erased": nothing}
    result = scene.run("erase", "--order", "TWC1")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "nothing is left to remove" in result.stderr


def test_what_has_to_wait_and_what_stays_is_said(scene: Scene) -> None:
    many = [f"TWC{number}" for number in range(12)]
    scene.functions.answers[Function.DISPATCHER] = {"erased": erased(dry_run=False, orders=many, left=1, elsewhere=2)}
    said = scene.run("erase", "--order", "TWC1", "--yes").stderr
    assert "removed, of 12 orders: TWC0, TWC1" in said
    assert "TWC9 and 2 more" in said
    assert "1 message to the shop still to be sent; run it again" in said
    assert "linked to 2 other orders, which stay" in said


def test_a_person_is_named_by_phone_which_is_repeated_nowhere(scene: Scene) -> None:
    result = scene.run("erase", "--phone", "+38 067 000 00 01", "--yes")
    assert result.exit_code == 0
    assert asked(scene) == [{"orders": [], "phone": "+38 067 000 00 01", "dry_run": False}]
    assert "067" not in result.output
    wrong = scene.run("erase", "--phone", "12345", "--yes")
    assert (wrong.exit_code, "12345" in wrong.output) == (2, False)


@pytest.mark.parametrize("args", [(), ("--order", ""), ("--order", "x" * 101), ("--order", " ")])
def test_wrong_use_asks_nothing(scene: Scene, args: tuple[str, ...]) -> None:
    assert scene.run("erase", *args, "--yes").exit_code == 2
    assert scene.functions.events == []


def test_an_order_that_nobody_has_is_named(scene: Scene) -> None:
    text = "neither the store nor the shop has an order TWC9"
    scene.functions.answers[Function.DISPATCHER] = {"error": {"kind": "OrderUnknown", "text": text}}
    result = scene.run("erase", "--order", "TWC9", "--yes")
    assert (result.exit_code, text in result.stderr) == (2, True)


def test_a_function_of_another_version_is_named(scene: Scene) -> None:
    scene.functions.answers[Function.DISPATCHER] = {"sweep": {}}
    result = scene.run("erase", "--order", "TWC1", "--yes")
    assert (result.exit_code, "is the deployed version" in result.stderr) == (1, True)
