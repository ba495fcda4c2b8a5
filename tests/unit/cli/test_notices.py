"""`vistka notices`."""

from datetime import timedelta
from typing import Any

from tests.contracts.store_samples import MINUTE, notice
from tests.fakes.clock import START
from tests.unit.cli.scene import Scene
from vistka.domain.notices import Audience, Kind, Notice, NoticeState
from vistka.domain.parcels import to_iso

DAY = timedelta(days=1)


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


def shadows(scene: Scene) -> None:
    ended: dict[str, Any] = {"state": NoticeState.SHADOW, "due_at": None, "kind": Kind.ON_ITS_WAY, "payload": {}}
    keep(
        scene,
        notice(**ended),
        notice(**ended, version=2, occurrence="2", chat_id=None, created_at=START + MINUTE, reason="before_live"),
        notice(state=NoticeState.SENT, due_at=None, order_key="2", order_number="TWC02"),
    )


def test_what_shadow_kept_back_is_shown_with_its_text_and_to_whom_masked(scene: Scene) -> None:
    shadows(scene)
    result = scene.run("notices", "--state", "shadow")
    assert result.exit_code == 0
    told, untold = [part.splitlines() for part in result.stdout.strip().split("\n\n") if part.startswith("2026-")]
    assert "TWC01  20450000000011  on_its_way → buyer, chat …95  shadow" in told[0]
    assert "    │ 🚚 Ваше замовлення TWC01 вже в дорозі." in told
    assert "<b>" not in result.stdout
    assert "buyer, no chat  shadow before_live" in untold[0]
    assert "the shop's chat hears of it" in untold[1]
    assert str(2**52 - 1) not in result.stdout
    assert "2 notices" in result.stderr


def moved(scene: Scene) -> None:
    rule = {"kind": Kind.RECEIVED, "audience": Audience.ORDER, "chat_id": None, "payload": {"rule": "ship → done"}}
    done: dict[str, Any] = {**rule, "due_at": None, "settled_at": START}
    kept: dict[str, Any] = {
        "occurrence": "2",
        "created_at": START + MINUTE,
        "reason": "the order has that status already",
    }
    keep(
        scene,
        notice(**done, state=NoticeState.APPLIED),
        notice(**{**done, **kept}, state=NoticeState.NOT_APPLICABLE),
        notice(**{**done, "occurrence": "3", "created_at": START + 2 * MINUTE}, state=NoticeState.SHADOW),
    )


def test_what_order_rules_did_stands_beside_the_notices(scene: Scene) -> None:
    moved(scene)
    _, data = scene.json("notices", "--state", "applied", "--state", "not_applicable")
    assert [(one["kind"], one["to"], one["state"], one["reason"]) for one in data["notices"]] == [
        ("received", "order's status", "applied", None),
        ("received", "order's status", "not_applicable", "the order has that status already"),
    ]
    lines = [line.split("order's status")[1].split() for line in scene.run("notices").stdout.splitlines()[1:]]
    assert [" ".join(line) for line in lines] == [
        "applied ship → done",
        "not_applicable the order has that status already",
        "shadow ship → done",
    ]


def test_what_shadow_kept_from_an_order_is_told_as_its_rule(scene: Scene) -> None:
    moved(scene)
    told = scene.run("notices", "--state", "shadow").stdout
    assert "received → order's status  shadow" in told
    assert "    order rule: ship → done" in told
    _, data = scene.json("notices", "--state", "shadow")
    assert [one["text"] for one in data["notices"]] == [None]


def test_texts_come_with_other_states_only_when_asked_for(scene: Scene) -> None:
    shadows(scene)
    assert "│" not in scene.run("notices").stdout
    assert "│" in scene.run("notices", "--texts").stdout
    assert "│" not in scene.run("notices", "--state", "shadow", "--no-texts").stdout


def test_scripts_get_the_texts_as_people_read_them(scene: Scene) -> None:
    shadows(scene)
    _, data = scene.json("notices", "--state", "shadow")
    told, untold = data["notices"]
    assert told["text"].startswith("🚚 Ваше замовлення TWC01 вже в дорозі.")
    assert untold["text"] is None
    assert "text" not in scene.json("notices")[1]["notices"][0]


def test_an_empty_ledger_is_said_to_people_and_is_an_empty_list_to_scripts(scene: Scene) -> None:
    assert "no notices" in scene.run("notices").stderr
    assert scene.json("notices") == (0, {"notices": []})


def reminder(**changes: Any) -> Notice:
    hour = START + 2 * DAY  # 15 January, 10:00 in Kyiv
    values = {"kind": Kind.LAST_DAY, "state": NoticeState.WAITING, "due_at": hour, "not_before": hour} | changes
    return notice(**values)


def test_what_waits_for_its_hour_says_until_when(scene: Scene) -> None:
    later = START + 2 * DAY + MINUTE
    keep(scene, reminder(), reminder(order_key="2", reason="no_user", due_at=later, chat_id=None))
    first, second = scene.run("notices").stdout.splitlines()[1:]
    assert first.endswith("waiting  until 2026-01-15 10:00")
    assert second.endswith("waiting  until 2026-01-15 10:00, no_user")
    data = scene.json("notices")[1]["notices"]
    assert [(one["not_before"], one["due_at"]) for one in data] == [
        ("2026-01-15T08:00:00Z", "2026-01-15T08:00:00Z"),
        ("2026-01-15T08:00:00Z", "2026-01-15T08:01:00Z"),
    ]


def test_what_has_ended_waits_for_nothing(scene: Scene) -> None:
    keep(scene, reminder(state=NoticeState.SUPERSEDED, due_at=None, reason="the parcel has moved on"))
    assert scene.run("notices").stdout.splitlines()[1].endswith("superseded  the parcel has moved on")


def test_the_text_of_a_reminder_is_that_of_its_hour(scene: Scene) -> None:
    paid = {"facts": {"code": "7", "paid_storage_at": to_iso(START + 3 * DAY)}, "stage": "at_branch"}
    keep(
        scene,
        reminder(payload=paid),
        reminder(payload=paid, order_key="2", state=NoticeState.SHADOW, settled_at=START + DAY, due_at=None),
    )
    today, tomorrow = (one["text"].splitlines()[0] for one in scene.json("notices", "--texts")[1]["notices"])
    assert "Сьогодні" in today
    assert "Завтра" in tomorrow
