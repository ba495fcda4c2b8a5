"""F45: the old cron is found by what it leaves in the shop's column, before going live and after."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.unit.usecases.world import INTERVAL, World
from vistka.domain.errors import ShopUnavailable
from vistka.domain.orders import Finding
from vistka.usecases.rivals import look_for_rivals

A, B = "20450000000017", "20450000000024"
CRONS = "В пути - Посылка в пути к получателю из города Харьков в город Киев"


@pytest.fixture
def world() -> World:
    return World()


def find(world: World, *, is_live: Callable[[str], bool] = lambda _: True) -> list[Finding]:
    return look_for_rivals(world.shop, world.parcels, is_live=is_live)


def two(world: World) -> tuple[str, str]:
    keys = world.order("TWC1", A), world.order("TWC2", B)
    for ttn in (A, B):
        world.carrier.set(ttn, "5", "Прямує")
    return keys


def run(world: World) -> None:
    world.clock.advance(INTERVAL)
    world.run()


def test_a_shop_that_nobody_else_writes_has_no_rival(world: World) -> None:
    two(world)
    run(world)
    assert [(one.ok, one.hint) for one in find(world)] == [(True, "")]


def test_before_the_first_run_a_text_that_stands_there_is_another_programs(world: World) -> None:
    first, _ = two(world)
    world.shop.edit(first, shown=CRONS)
    (found,) = find(world, is_live=lambda _: False)
    assert found.ok
    assert found.text == (
        "1 of 2 open orders (order TWC1: «В пути - Посылка в пути к получателю из города Хар…») shows a text that "
        "Vistka did not write"
    )
    assert "before `vistka live` switch the old cron off" in found.hint


def test_in_shadow_a_text_that_we_would_have_written_is_no_rivals(world: World) -> None:
    keys = two(world)
    run(world)
    shown = world.shop.shown(keys[0])
    for key in keys:
        world.shop.edit(key, shown=shown)
    assert find(world, is_live=lambda _: False)[0].hint == ""
    world.shop.edit(keys[1], shown=CRONS)
    assert "1 of 2" in find(world, is_live=lambda _: False)[0].text


def test_live_a_text_left_from_before_is_replaced_and_no_fault(world: World) -> None:
    first, _ = two(world)
    run(world)
    world.shop.edit(first, shown=CRONS)
    assert find(world)[0].ok


def test_live_a_text_that_comes_back_is_a_fault_that_names_the_cron(world: World) -> None:
    first, _ = two(world)
    run(world)
    for _ in range(3):
        world.shop.edit(first, shown=CRONS)
        run(world)
    (found,) = find(world)
    assert not found.ok
    assert "order TWC1" in found.text
    assert "another program's text again and again" in found.text
    assert found.hint.startswith("switch the old cron off")
    world.shop.edit(first, shown=None)
    world.clock.advance(timedelta(hours=1))
    assert find(world)[0].ok


def test_where_the_shop_cannot_be_asked_other_lines_say_so(world: World) -> None:
    two(world)
    world.shop.outage = ShopUnavailable("gone away")
    assert find(world) == []


def test_a_large_shop_is_read_page_by_page(world: World) -> None:
    for number in range(1200):
        world.shop.add_order(number=f"TWC{number:04}", tracking=f"2045{number:010}", shown=CRONS)
    assert find(world, is_live=lambda _: False)[0].text.startswith("1200 of 1200 open orders (order TWC0000")
