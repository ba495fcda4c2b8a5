"""`vistka live` and `vistka shadow`."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.store_samples import TTN, notice
from tests.unit.cli.scene import Scene, poll
from vistka.cli.failures import Busy, Failure
from vistka.cli.functions import Function
from vistka.cli.modes import Mode
from vistka.domain.notices import Kind, NoticeState
from vistka.ports import JsonObject

SHOP = {
    "findings": [
        {"name": "shop orders", "ok": True, "text": "256 open orders have something in their tracking field"},
        {"name": "shop chats", "ok": True, "text": "90 of 256 have a buyer's chat"},
    ]
}


@pytest.fixture
def shop(scene: Scene) -> Scene:
    """In shadow, with an order TWC01 that has a parcel, and no other."""

    def dispatcher(event: JsonObject) -> Any:
        if event.get("check"):
            return SHOP
        if "audit" in event:
            return {"audit": "written"}
        number = str(event["order_number"])
        if number == "EMPTY":
            return {"messages": [], "parcels": [{"error": "'x': not a waybill number"}]}
        if not number.startswith("TWC"):
            return {"error": {"kind": "OrderUnknown", "text": f"the shop has no order {number}"}}
        return {"messages": [poll((number, TTN)).to_dict()], "parcels": []}

    scene.parameters |= {"Mode": "shadow", "OnlyOrders": ""}
    scene.functions.answers[Function.DISPATCHER] = dispatcher
    return scene


def modes(scene: Scene) -> tuple[str, str]:
    return scene.parameters["Mode"], scene.parameters["OnlyOrders"]


def test_going_live_says_what_it_means_and_asks(shop: Scene) -> None:
    ended = notice(state=NoticeState.SHADOW, due_at=None)
    shop.memory.notices[("1", ended.id)] = ended
    result = shop.run("live", typed="y\n")
    assert result.exit_code == 0
    assert modes(shop) == ("live", "")
    for said in (
        "shadow",
        "live for all orders",
        "256 open orders have something",
        "90 of 256 have a buyer's chat",
        "1 notice that ended as shadow stay untold",
        "Go live for all orders? [y/N]",
        "done: live for all orders",
        "in 10 minutes at the latest",
    ):
        assert said in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(("typed", "code"), [("n\n", 1), ("\n", 1), ("", 2)])
def test_without_a_yes_nothing_changes(shop: Scene, typed: str, code: int) -> None:
    result = shop.run("live", typed=typed)
    assert result.exit_code == code
    assert modes(shop) == ("shadow", "")
    assert "nothing was changed" in result.stderr


def test_scripts_say_yes_and_get_the_mode_before_and_after(shop: Scene) -> None:
    assert shop.json("live", "--order", "TWC01", "--yes") == (
        0,
        {"mode": "live", "only_orders": ["TWC01"], "was": {"mode": "shadow", "only_orders": []}},
    )


def test_one_order_goes_live_beside_those_that_are(shop: Scene) -> None:
    result = shop.run("live", "--order", " TWC01 ", "--yes")
    assert modes(shop) == ("live", "TWC01")
    assert f"order TWC01  {TTN}; its buyer has none (no_chat)" in result.stderr
    shop.run("live", "--order", "TWC02", "--order", "TWC01", "--yes")
    assert modes(shop) == ("live", "TWC01,TWC02")
    shop.run("live", "--yes")
    assert modes(shop) == ("live", "")


def test_an_order_that_the_shop_lacks_is_wrong_use_and_changes_nothing(shop: Scene) -> None:
    result = shop.run("live", "--order", "ABC", "--yes")
    assert result.exit_code == 2
    assert "the shop has no order ABC" in result.stderr
    assert modes(shop) == ("shadow", "")


def test_an_order_whose_number_cannot_be_read_is_said_so(shop: Scene) -> None:
    assert "order EMPTY  'x': not a waybill number" in shop.run("live", "--order", "EMPTY", "--yes").stderr


@pytest.mark.parametrize("number", ["", " ", "TWC01,TWC02"])
def test_an_order_is_named_one_by_one(shop: Scene, number: str) -> None:
    assert shop.run("live", "--order", number, "--yes").exit_code == 2


def test_where_all_are_live_one_order_is_no_step_forward(shop: Scene) -> None:
    shop.parameters["Mode"] = "live"
    result = shop.run("live", "--order", "TWC01", "--yes")
    assert result.exit_code == 2
    assert "all orders are live" in result.stderr


def test_back_to_shadow_forgets_the_orders_that_were_live(shop: Scene) -> None:
    shop.parameters |= {"Mode": "live", "OnlyOrders": "TWC01"}
    result = shop.run("shadow", typed="y\n")
    assert result.exit_code == 0
    assert modes(shop) == ("shadow", "")


def test_what_still_goes_out_is_said_without_what_waits_for_an_hour_of_its_own(shop: Scene) -> None:
    shop.parameters["Mode"] = "live"
    leaving = notice(state=NoticeState.WAITING)
    reminder = replace(leaving, kind=Kind.LAST_DAY, not_before=leaving.created_at + timedelta(days=3))
    for one in (leaving, reminder):
        shop.memory.notices[("1", one.id)] = one
    assert "1 notice on the way will still go out" in shop.run("shadow", typed="y\n").stderr


@pytest.mark.parametrize(("command", "mode"), [("live", "live"), ("shadow", "shadow")])
def test_what_is_so_already_is_no_change_and_asks_nobody(shop: Scene, command: str, mode: str) -> None:
    shop.parameters["Mode"] = mode
    result = shop.run(command)
    assert result.exit_code == 0
    assert "nothing to do" in result.stderr
    assert shop.functions.events == []


def test_what_is_not_well_is_said_before_the_question(shop: Scene) -> None:
    refused = {"name": "bot token", "ok": False, "text": "Telegram does not accept the bot token"}
    shop.functions.answers[Function.NOTIFIER] = {"findings": [refused]}
    result = shop.run("live", typed="n\n")
    assert "not well: bot token  Telegram does not accept the bot token" in result.stderr


@pytest.mark.parametrize(
    ("failure", "code"), [(Busy("a deployment is under way"), 1), (Failure("it ended as UPDATE_ROLLBACK_COMPLETE"), 1)]
)
def test_a_change_that_fails_is_one_line(shop: Scene, failure: Failure, code: int) -> None:
    shop.stack_failure = failure
    result = shop.run("live", "--yes")
    assert result.exit_code == code
    assert result.stderr.splitlines()[-1] == f"error: {failure.message}"
    assert modes(shop) == ("shadow", "")


def audited(scene: Scene) -> list[JsonObject]:
    return [event["audit"] for event in scene.functions.of(Function.DISPATCHER) if "audit" in event]


def test_the_audit_trail_says_who_is_told_and_since_when(shop: Scene) -> None:
    shop.run("live", "--order", "TWC01", "--yes")
    shop.run("live", "--yes")
    shop.run("live", "--yes")  # nothing to do
    shop.run("shadow", "--yes")
    assert audited(shop) == [
        {"act": "went_live", "detail": {"orders": "TWC01"}},
        {"act": "went_live", "detail": {}},
        {"act": "went_shadow", "detail": {}},
    ]


def test_who_was_not_sure_did_nothing(shop: Scene) -> None:
    shop.run("live", typed="n\n")
    assert audited(shop) == []


def test_a_trail_that_cannot_be_written_stops_nothing_and_is_named(shop: Scene) -> None:
    shop.functions.answers[Function.DISPATCHER] = lambda event: (
        {"error": {"kind": "StoreUnavailable", "text": "the store did not answer PutItem"}}
        if "audit" in event
        else SHOP
    )
    result = shop.run("live", "--yes")
    assert (result.exit_code, modes(shop)) == (0, ("live", ""))
    assert "note: the audit trail lacks an entry (the store did not answer PutItem)" in result.stderr


def test_a_stack_without_a_timer_says_when_it_counts(shop: Scene) -> None:
    shop.parameters["ScheduleState"] = "DISABLED"
    assert "the next run (vistka run)" in shop.run("live", "--yes").stderr


def test_a_samconfig_that_sets_the_mode_is_kept_in_step(shop: Scene, tmp_path: Path) -> None:
    (tmp_path / "functions").mkdir()
    (tmp_path / "template.yaml").touch()
    config = tmp_path / "samconfig.toml"
    shop.folder = tmp_path
    for stack, mode in (("shop-vistka", "live"), ("another", "shadow")):
        shop.parameters["Mode"] = "shadow"
        config.write_text(
            f'[default.deploy.parameters]\nstack_name = "{stack}"\nparameter_overrides = "Mode=shadow LogLevel=INFO"\n',
            encoding="utf-8",
        )
        shop.run("live", "--yes")
        assert (f'Mode=\\"{mode}\\"' in config.read_text(encoding="utf-8")) is (mode == "live")
        assert "OnlyOrders" not in config.read_text(encoding="utf-8")


def test_many_orders_are_named_in_short() -> None:
    assert str(Mode(live=True, only=tuple("ABCDEFG"))) == "live for orders A, B, C, D, E … only"


def test_more_orders_than_an_environment_holds_are_too_many(shop: Scene) -> None:
    names = [f"TWC{number:09}" for number in range(90)]
    result = shop.run("live", *(part for name in names for part in ("--order", name)), "--yes")
    assert result.exit_code == 2
    assert "90 orders are too many to name" in result.stderr
