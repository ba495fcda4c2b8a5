"""Order rules on a deployment: switched on in the schema file, applied by the tracker, swept by the dispatcher."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.shop_moves import ruled_text
from tests.e2e.commands import vistka
from tests.e2e.drilling import ON_ITS_WAY, RECEIVED, DrillOrder, DrillWorld
from tests.e2e.shop_rows import OURS, Row

REFUSED = "102"


@pytest.fixture
def ruled(drill: DrillWorld, tmp_path: Path) -> Iterator[DrillWorld]:
    schema = tmp_path / "ruled.toml"
    schema.write_text(ruled_text(), encoding="utf-8")
    with drill.configured({"SHOP_SCHEMA": str(schema)}):
        yield drill
    drill.shop.run("DROP TRIGGER IF EXISTS refusing")


def test_an_order_follows_its_parcel_once_and_a_cancelled_one_stays_cancelled_f9(ruled: DrillWorld) -> None:
    """F8, F22, R5: whole rows before and after."""
    received, refused, cancelled, stuck = orders = ruled.orders(4)
    ruled.shop.update(received.number, pay_type="partial", payment_status="prepaid")
    ruled.move(orders, ON_ITS_WAY)
    ruled.run()
    ruled.shop.update(cancelled.number, status="cancelled")
    ruled.shop.run(
        "CREATE TRIGGER refusing BEFORE UPDATE ON orders_order FOR EACH ROW IF NEW.status <> OLD.status"
        f" AND NEW.order_number = '{stuck.number}' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'; END IF"
    )
    before = [ruled.row(order) for order in orders]
    ruled.move([received, cancelled, stuck], RECEIVED)
    ruled.move([refused], REFUSED)
    ruled.run()
    assert [changes(ruled, order, row) for order, row in zip(orders, before, strict=True)] == [
        {"status": "done", "payment_status": "paid"},
        {"status": "cancelled"},
        {},
        {},
    ]
    assert effects(ruled, orders) == {
        received.number: ("received", "applied"),
        refused.number: ("refused", "applied"),
        stuck.number: ("received", "waiting"),
    }
    # Set back by hand: nothing starts anew. And the row that is taken at last is swept.
    ruled.shop.update(received.number, status="ship")
    ruled.shop.run("DROP TRIGGER refusing")
    ruled.ahead(hours=2)
    ruled.run()
    assert [ruled.row(order)["status"] for order in orders] == ["ship", "cancelled", "cancelled", "done"]
    assert effects(ruled, [stuck]) == {stuck.number: ("received", "applied")}
    said = vistka(ruled.world, "check")
    assert "switched on: received: prep, ship → done; payment if partial: paid" in " ".join(said.out.split())


def changes(drill: DrillWorld, order: DrillOrder, before: Row) -> dict[str, object]:
    """What the row has otherwise, but for the two columns that are always written."""
    return {name: value for name, value in drill.row(order).items() if value != before[name] and name not in OURS}


def effects(drill: DrillWorld, orders: list[DrillOrder]) -> dict[str, tuple[str, str]]:
    said = vistka(drill.world, "notices", "--json")
    numbers = {order.number for order in orders}
    return {
        one["order_number"]: (one["kind"], one["state"])
        for one in said.json["notices"]
        if one["audience"] == "order" and one["order_number"] in numbers
    }
