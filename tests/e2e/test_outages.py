"""What was away comes back: nothing is lost, nothing is told twice, and the outage was never called a success."""

import pytest

from local.world.failure import WorldError
from tests.e2e.commands import vistka
from tests.e2e.drilling import AT_BRANCH, DUE_AGAIN, ON_ITS_WAY, DrillWorld
from tests.e2e.mariadb_server import MariadbServer


def test_after_telegram_was_away_each_buyer_hears_the_newest_and_only_once(drill: DrillWorld) -> None:
    """F4, R2, R4, R7"""
    orders = drill.orders(4)
    before = drill.metrics()
    drill.break_("telegram", "down")
    drill.move(orders, ON_ITS_WAY)
    run = drill.dispatch()
    drill.until("Telegram's outage is measured", lambda: drill.metrics()["TelegramOutages"] > before["TelegramOutages"])
    drill.until("tracking goes on without Telegram", lambda: drill.is_complete(run))
    drill.move(orders, AT_BRANCH)
    run = drill.dispatch()
    drill.until("tracking goes on without Telegram", lambda: drill.is_complete(run))
    assert drill.told_counts(orders) == [0] * 4
    assert drill.labels(orders) == ["Чекає у відділенні"] * 4
    assert drill.metrics()["NoticesOverdue"] > before["NoticesOverdue"]
    drill.mend("telegram")
    drill.until("every notice has ended", drill.all_settled)
    assert drill.states(orders) == [{"on_its_way": "superseded", "waiting": "sent"}] * 4
    assert drill.told_counts(orders) == [1] * 4
    drill.ahead(hours=DUE_AGAIN)
    drill.run()
    assert drill.told_counts(orders) == [1] * 4
    assert drill.metrics()["GoodRuns"] >= before["GoodRuns"] + 3


def test_after_the_shop_died_in_mid_run_its_columns_heal_and_nobody_is_told_twice(
    drill: DrillWorld, mariadb_server: MariadbServer
) -> None:
    """F28, R1, R7: killed between dispatch and tracking, away for a whole run, then there again."""
    orders = drill.orders(3)
    before = drill.metrics()
    shown = drill.labels(orders)
    drill.move(orders, ON_ITS_WAY)
    drill.break_("carrier", "slow:4000", count=1)
    asked = drill.carrier_requests()
    run = drill.dispatch()
    drill.until("the tracker waits for the carrier", lambda: drill.carrier_requests() > asked)
    mariadb_server.kill()
    drill.until("the buyers are told all the same", lambda: drill.told_counts(orders) == [1] * 3)
    drill.until("the shop's outage is measured", lambda: drill.metrics()["ShopOutages"] > before["ShopOutages"])
    assert not drill.is_complete(run)
    with pytest.raises(WorldError, match="the shop's database: no connection"):
        drill.dispatch()
    assert drill.metrics()["GoodRuns"] == before["GoodRuns"]
    said = vistka(drill.world, "update", "--json")
    assert said.code == 1
    assert said.json["failed"] > 0
    assert vistka(drill.world, "check").code == 1
    mariadb_server.start()
    assert drill.labels(orders) == shown
    drill.run()
    assert drill.labels(orders) == ["В дорозі"] * 3
    assert drill.metrics()["GoodRuns"] == before["GoodRuns"] + 1
    assert drill.told_counts(orders) == [1] * 3
    assert vistka(drill.world, "update").code == 0


@pytest.mark.parametrize("fault", ["down", "empty_success", "key_refused"])
def test_a_carrier_that_fails_changes_nothing_and_is_reported(drill: DrillWorld, fault: str) -> None:
    """F3, F15, F23, R6, R7"""
    metric = "CredentialsRefused" if fault == "key_refused" else "CarrierOutages"
    orders = drill.orders(2)
    before, shown = drill.metrics(), [drill.row(order) for order in orders]
    drill.move(orders, ON_ITS_WAY)
    drill.break_("carrier", fault)
    run = drill.dispatch()
    drill.until(f"{metric} is measured", lambda: drill.metrics()[metric] > before[metric])
    said = vistka(drill.world, "update", "--json")
    assert said.code == 1
    assert (said.json["checked"], said.json["failed"]) == (0, 2)
    assert not drill.is_complete(run)
    assert drill.metrics()["GoodRuns"] == before["GoodRuns"]
    assert [drill.stages()[order.ttn] for order in orders] == ["created"] * 2
    assert [drill.row(order) for order in orders] == shown
    drill.mend("carrier")
    drill.run()
    # The first run's poll, held back for a while, may be the one that tells.
    drill.until("both are told", lambda: drill.told_counts(orders) == [1] * 2)
    assert drill.metrics()["GoodRuns"] > before["GoodRuns"]


def test_with_a_refused_key_parcels_are_tracked_without_it_and_somebody_hears_of_it(drill: DrillWorld) -> None:
    orders = drill.orders(1)
    before = drill.metrics()
    drill.move(orders, ON_ITS_WAY)
    drill.control("POST", "settings", {"carrier_keys": ["another"]})
    drill.run()
    assert drill.told_counts(orders) == [1]
    assert drill.metrics()["CredentialsRefused"] > before["CredentialsRefused"]
    said = vistka(drill.world, "check", "--json")
    assert said.code == 1
    assert "carrier" in {finding["name"] for finding in said.json["findings"] if not finding["ok"]}
