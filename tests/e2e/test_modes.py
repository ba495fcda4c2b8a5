"""Shadow, live for a few, live for all: on one deployment, one after another."""

from tests.e2e.commands import vistka
from tests.e2e.drilling import AT_BRANCH, ON_ITS_WAY, RECEIVED, DrillWorld


def test_shadow_touches_nothing_then_one_order_goes_live_then_all(drill: DrillWorld) -> None:
    """R5. What happened before going live is told to nobody; the shop's columns are brought up to date."""
    chosen, other = both = drill.orders(2)
    before = [drill.row(order) for order in both]
    with drill.configured({"MODE": "shadow"}):
        drill.move(both, ON_ITS_WAY)
        drill.run()
        assert [drill.stages()[order.ttn] for order in both] == ["in_transit"] * 2
        assert [drill.row(order) for order in both] == before
        said = vistka(drill.world, "notices", "--state", "shadow", "--order", chosen.number, "--json")
        assert [one["kind"] for one in said.json["notices"]] == ["on_its_way"]
    with drill.configured({"ONLY_ORDERS": f" {chosen.number} , NO-SUCH-ORDER"}):
        drill.ahead(hours=2)
        drill.run()
        assert drill.labels([chosen]) == ["В дорозі"]
        drill.move(both, AT_BRANCH)
        drill.run()
        assert drill.labels([chosen]) == ["Чекає у відділенні"]
        assert drill.row(other) == before[1]
        assert drill.told_counts(both) == [1, 0]
    drill.move(both, RECEIVED)
    drill.run()
    assert drill.told_counts(both) == [2, 1]
    assert drill.states(both) == [
        {"on_its_way": "shadow", "waiting": "sent", "received": "sent"},
        {"on_its_way": "shadow", "waiting": "shadow", "received": "sent"},
    ]
    assert drill.labels(both) == ["Отримано"] * 2
