"""What is asked of an erasure, and where the orders are found."""

from typing import Any

import pytest

from tests.fakes.erasure import FakeMemories
from tests.unit.usecases.world import World
from vistka.domain.errors import BadMessage, OrderUnknown
from vistka.edge.erasing import erase_asked
from vistka.ports import Shop
from vistka.usecases.erasing import Eraser

A, CHAT = "20450000000017", 7001


@pytest.fixture
def world() -> World:
    made = World()
    made.order("TWC1", A, chat=CHAT)
    made.carrier.set(A, "5")
    made.run()
    made.deliver()
    return made


def asked(world: World, asked: Any) -> dict[str, Any]:
    def shop() -> Shop:
        return world.shop

    eraser = Eraser(
        parcels=world.parcels,
        ledger=world.ledger,
        chats=world.chats,
        memories=FakeMemories(world.memory),
        auditor=world.auditor,
        clock=world.clock,
        say=world.say,
    )
    erased: dict[str, Any] = erase_asked(eraser, shop, asked)["erased"]
    return erased


def test_an_order_that_is_gone_from_the_shop_is_found_in_the_store(world: World) -> None:
    world.shop.rows.clear()
    assert asked(world, {"orders": [" TWC1 "]})["orders"] == ["TWC1"]
    assert world.memory.links["1", A].chat_id is None


def test_an_open_order_that_only_the_shop_has_is_remembered_as_forgotten(world: World) -> None:
    key = world.order("TWC2", "", chat=7002)
    assert asked(world, {"orders": ["TWC2"]})["orders"] == []
    assert world.memory.order_chats[key].erased_at == world.clock.now()


def test_a_dry_run_is_told_from_a_real_one(world: World) -> None:
    assert asked(world, {"orders": ["TWC1"], "dry_run": True})["dry_run"] is True
    assert world.memory.links["1", A].chat_id == CHAT
    assert asked(world, {"orders": ["TWC1"]})["dry_run"] is False
    assert world.memory.links["1", A].chat_id is None


def test_a_person_is_found_by_phone_in_the_shop(world: World) -> None:
    world.shop.edit("1", phone="+38 (067) 000-00-01", status="done")
    world.order("TWC2", "", phone="0670000001")
    world.order("TWC3", "", phone="380670000002")
    done = asked(world, {"phone": "380 67 000 00 01"})
    assert done["orders"] == ["TWC1"]
    assert world.memory.links["1", A].chat_id is None
    assert sorted(world.memory.order_chats) == ["1", "2"]
    assert asked(world, {"phone": "380670000009"})["removed"] == {}


def test_an_order_that_nobody_has_stops_all_of_it(world: World) -> None:
    with pytest.raises(OrderUnknown, match="neither the store nor the shop has an order TWC9"):
        asked(world, {"orders": ["TWC1", "TWC9"]})
    assert world.memory.links["1", A].chat_id == CHAT


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        "TWC1",
        {},
        {"orders": "TWC1"},
        {"orders": []},
        {"orders": [1]},
        {"orders": [" "]},
        {"orders": ["x" * 101]},
        {"orders": ["TWC1"], "dry_run": 1},
        {"orders": ["TWC1"], "all": True},
        {"phone": "12345"},
        {"phone": 380670000001},
        {"orders": [], "phone": ""},
    ],
)
def test_what_is_asked_wrongly_is_named_and_removes_nothing(world: World, wrong: Any) -> None:
    with pytest.raises(BadMessage, match="erase"):
        asked(world, wrong)
    assert world.memory.links["1", A].chat_id == CHAT
