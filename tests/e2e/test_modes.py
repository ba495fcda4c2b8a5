"""Shadow, live for one order, live for all: on one deployment, one after another, by the commands that do it."""

from collections.abc import Iterator

import pytest

from tests.e2e.commands import vistka
from tests.e2e.drilling import AT_BRANCH, DUE_AGAIN, ON_ITS_WAY, RECEIVED, DrillWorld


@pytest.fixture
def shop(drill: DrillWorld) -> Iterator[DrillWorld]:
    yield drill
    assert vistka(drill.world, "live", "--yes").code == 0


def test_shadow_touches_nothing_then_one_order_goes_live_then_all(shop: DrillWorld) -> None:
    """R5. What happened before going live is told to nobody; the shop's columns are brought up to date."""
    chosen, other = both = shop.orders(2)
    before = [shop.row(order) for order in both]
    assert vistka(shop.world, "shadow", "--yes").code == 0
    shop.move(both, ON_ITS_WAY)
    shop.run()
    assert [shop.stages()[order.ttn] for order in both] == ["in_transit"] * 2
    assert [shop.row(order) for order in both] == before
    said = vistka(shop.world, "notices", "--state", "shadow", "--order", chosen.number, "--json")
    assert [(one["kind"], one["to"]) for one in said.json["notices"]] == [
        ("on_its_way", f"buyer, chat …{str(chosen.chat_id)[-2:]}")
    ]
    assert f"Ваше замовлення {chosen.number} вже в дорозі" in said.json["notices"][0]["text"]
    assert vistka(shop.world, "live", "--order", chosen.number, "--yes").code == 0
    shop.ahead(hours=DUE_AGAIN)
    shop.run()
    assert shop.labels([chosen]) == ["В дорозі"]
    shop.move(both, AT_BRANCH)
    shop.run()
    assert shop.labels([chosen]) == ["Чекає у відділенні"]
    assert shop.row(other) == before[1]
    assert shop.told_counts(both) == [1, 0]
    assert vistka(shop.world, "live", "--yes").code == 0
    shop.move(both, RECEIVED)
    shop.run()
    assert shop.told_counts(both) == [2, 1]
    assert shop.states(both) == [
        {"on_its_way": "shadow", "waiting": "sent", "received": "sent"},
        {"on_its_way": "shadow", "waiting": "shadow", "received": "sent"},
    ]
    assert shop.labels(both) == ["Отримано"] * 2
