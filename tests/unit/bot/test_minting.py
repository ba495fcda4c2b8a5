"""Links that the shop gives to its buyers."""

from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.clock import START
from tests.unit.bot.scene import KEYS, ME, Scene
from vistka.domain.errors import BadMessage, ConfigurationError, OrderUnknown
from vistka.domain.tokens import Purpose, read
from vistka.edge.botside import link_asked
from vistka.usecases.minting import Minter

A = "20450000000017"


def minter(scene: Scene) -> Minter:
    return Minter(
        parcels=scene.world.parcels,
        clock=scene.world.clock,
        keys=lambda: KEYS,
        bot_name=lambda: "@shop_bot",
        random_bytes=lambda count: bytes(range(count)),
    )


@pytest.fixture
def scene() -> Scene:
    made = Scene()
    made.world.order("TWC1", A)
    made.world.carrier.set(A, "5")
    made.world.run(timedelta())
    return made


def test_a_link_leads_to_the_bot_and_binds_whoever_taps_it(scene: Scene) -> None:
    link = minter(scene).link(order_number="TWC1", lasts=timedelta(days=30))
    head, _, token = link.url.partition("?start=")
    assert head == "https://t.me/shop_bot"
    assert (link.order_key, link.order_number, link.expires_at) == ("1", "TWC1", START + timedelta(days=30))
    assert scene.taps(token) == f"uk linked TWC1[{A}]"
    assert scene.chats_of("1") == (ME,)


def test_an_order_may_be_named_by_its_id_before_the_store_knows_it(scene: Scene) -> None:
    link = minter(scene).link(order_key="4711", lasts=timedelta(hours=1))
    token = read(link.url.partition("?start=")[2], Purpose.LINK, keys=KEYS, now=START)
    assert token.order_key == "4711"


def test_an_unknown_number_has_no_link(scene: Scene) -> None:
    with pytest.raises(OrderUnknown, match="knows no order TWC2"):
        minter(scene).link(order_number="TWC2", lasts=timedelta(days=1))


def test_an_id_that_is_too_long_is_told_its_limit(scene: Scene) -> None:
    with pytest.raises(ConfigurationError, match="1 to 17 bytes"):
        minter(scene).link(order_key="order_01HZX5K3AAAAAAAA", lasts=timedelta(days=1))


def test_a_link_asked_of_the_function_lasts_thirty_days_unless_told(scene: Scene) -> None:
    asked = link_asked(minter(scene), {"order_number": "TWC1"})
    assert asked["expires_at"].startswith("2026-02-12T08:00:00")
    assert (asked["order_key"], asked["order_number"]) == ("1", "TWC1")
    assert asked["url"].startswith("https://t.me/shop_bot?start=vQ")
    assert link_asked(minter(scene), {"order_key": "9", "days": 1})["expires_at"].startswith("2026-01-14T08:00:00")


@pytest.mark.parametrize(
    "asked",
    [
        None, [], "TWC1", {}, {"order_number": ""}, {"order_number": 5}, {"order_key": "x" * 101},
        {"order_number": "TWC1", "days": 0}, {"order_number": "TWC1", "days": 367},
        {"order_number": "TWC1", "days": "30"}, {"order_number": "TWC1", "days": True},
        {"order_number": "TWC1", "hours": 5},
    ],
)  # fmt: skip
def test_what_is_asked_wrongly_is_told_which_field(scene: Scene, asked: Any) -> None:
    with pytest.raises(BadMessage, match="link"):
        link_asked(minter(scene), asked)
