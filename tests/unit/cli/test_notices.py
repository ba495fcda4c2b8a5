"""`vistka notices`."""

from tests.contracts.store_samples import MINUTE, notice
from tests.fakes.clock import START
from tests.unit.cli.scene import Scene
from vistka.domain.notices import Audience, Kind, Notice, NoticeState


def keep(scene: Scene, *notices: Notice) -> None:
    scene.memory.numbers["TWC01"] = "1"
    for one in notices:
        scene.memory.notices[(one.order_key, one.id)] = one


def three(scene: Scene) -> None:
    keep(
        scene,
        notice(created_at=START + 2 * MINUTE, kind=Kind.RECEIVED),
        notice(state=NoticeState.SENT, due_at=None, chat_id=None),
        notice(order_key="2", order_number="TWC02", created_at=START + MINUTE, audience=Audience.SHOP),
    )


def test_the_newest_notice_comes_last(scene: Scene) -> None:
    three(scene)
    code, data = scene.json("notices")
    assert code == 0
    assert [(one["order_number"], one["kind"], one["to"]) for one in data["notices"]] == [
        ("TWC01", "waiting", "buyer, no chat"),
        ("TWC02", "waiting", "shop's chat"),
        ("TWC01", "received", "buyer, chat …95"),
    ]


def test_only_one_state(scene: Scene) -> None:
    three(scene)
    _, data = scene.json("notices", "--state", "sent")
    assert [one["state"] for one in data["notices"]] == ["sent"]


def test_several_states(scene: Scene) -> None:
    three(scene)
    _, data = scene.json("notices", "--state", "sent", "--state", "new")
    assert len(data["notices"]) == 3


def test_only_one_order(scene: Scene) -> None:
    three(scene)
    _, data = scene.json("notices", "--order", "TWC01")
    assert {one["order_number"] for one in data["notices"]} == {"TWC01"}


def test_an_unknown_order_is_wrong_use(scene: Scene) -> None:
    assert scene.run("notices", "--order", "TWC99").exit_code == 2


def test_an_unknown_state_is_wrong_use_that_names_the_right_ones(scene: Scene) -> None:
    result = scene.run("notices", "--state", "gone")
    assert result.exit_code == 2
    assert "undeliverable" in result.stderr


def test_an_empty_ledger_is_said_to_people_and_is_an_empty_list_to_scripts(scene: Scene) -> None:
    assert "no notices" in scene.run("notices").stderr
    assert scene.json("notices") == (0, {"notices": []})
